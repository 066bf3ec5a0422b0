"""The few shapes a document is made of. The PDF and the page print the same blocks, so they cannot say different things."""

from typing import Literal, TypeAlias

import msgspec

Align: TypeAlias = Literal["left", "right"]


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """A title of level 2 or 3 (level 1 is the title of the document)."""

    text: str
    level: int = 2


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph"):
    """Running text; `lead` is a sentence set larger."""

    text: str
    lead: bool = False


class Notice(msgspec.Struct, frozen=True, tag="notice"):
    """A framed warning."""

    title: str
    text: str


class Bullets(msgspec.Struct, frozen=True, tag="bullets"):
    """A list."""

    items: tuple[str, ...]


class Figure(msgspec.Struct, frozen=True):
    """One key figure: what, how much, between what and what."""

    label: str
    value: str
    detail: str


class Figures(msgspec.Struct, frozen=True, tag="figures"):
    """Key figures side by side."""

    items: tuple[Figure, ...]


class Column(msgspec.Struct, frozen=True):
    """A column of a table. width: share of the page taken, relative to the other columns."""

    title: str
    align: Align = "left"
    width: float = 1.0


class Table(msgspec.Struct, frozen=True, tag="table"):
    """A table with a caption; the first cell of each row heads the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


class Chart(msgspec.Struct, frozen=True, tag="chart"):
    """A drawing (SVG) and what it says to who does not see it."""

    caption: str
    svg: str
    alt: str


class Break(msgspec.Struct, frozen=True, tag="break"):
    """A new page."""


Block: TypeAlias = Heading | Paragraph | Notice | Bullets | Figures | Table | Chart | Break


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document ready for print. eyebrow, subtitle: lines above and under the title; footer: foot of each page.

    collection: title of the file when it holds several documents.
    """

    title: str
    eyebrow: str
    subtitle: str
    footer: str
    keywords: tuple[str, ...]
    blocks: tuple[Block, ...]
    collection: str = ""
