"""Documents to files. Same document, same bytes; nothing is fetched; a file is whole or is not there."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from jumeau.documents.blocks import Document
from jumeau.documents.context import PlacesContext, ReportContext
from jumeau.documents.html import to_html
from jumeau.documents.report import compose
from jumeau.documents.typography import drawable_document
from jumeau.model.territory.names import normalise


def render_pdf(context: ReportContext, out: Path) -> Path:
    """Write the report as a tagged PDF."""
    return print_pdf([compose(context)], out, context.date)


def render_html(context: ReportContext, out: Path) -> Path:
    """Write the report as one HTML file that stands alone."""
    return print_html([compose(context)], out)


def place_pages(context: PlacesContext, documents: Sequence[Document]) -> Iterator[tuple[str, tuple[str, date]]]:
    """The sheet of each place apart: file name, and what `print_page` needs. documents: its `sheets`."""
    for sheet, document in zip(context.sheets, documents, strict=True):
        words = re.sub(r"[^a-z0-9]+", "-", normalise(f"{sheet.code} {sheet.title}"))
        alone = msgspec.structs.replace(document, collection="")
        yield f"{words}.pdf", (_json([alone], dense=True), context.date)


def print_page(key: str, page: tuple[str, date]) -> bytes:  # noqa: ARG001
    """The PDF of one page: a task, so that an executor may print many at once. A page alone needs little memory."""
    return _pdf(*page)


def print_pdf(documents: Sequence[Document], out: Path, on: date, *, dense: bool = False) -> Path:
    """Documents as one tagged PDF (PDF/UA-1: the compiler refuses a drawing without a description).

    The first one gives the title and the foot; dense: small print, for documents of one page.
    """
    return write_whole(out, _pdf(_json(documents, dense), on))


def _pdf(document: str, on: date) -> bytes:
    import typst

    template = files("jumeau.documents").joinpath("templates", "rapport.typ").read_bytes()
    when = datetime(on.year, on.month, on.day, tzinfo=UTC)
    with TemporaryDirectory() as empty:
        compiler = typst.Compiler(root=empty, ignore_system_fonts=True, sys_inputs={"document": document})
        data = compiler.compile(input=template, format="pdf", pdf_standards="ua-1", timestamp=when)
    assert isinstance(data, bytes)
    return data


def print_html(documents: Sequence[Document], out: Path) -> Path:
    """Documents as one HTML file that stands alone."""
    return write_whole(out, to_html(documents).encode())


def _json(documents: Sequence[Document], dense: bool) -> str:
    drawn = [drawable_document(document) for document in documents]
    first = drawn[0]
    whole = {"title": first.collection or first.title, "footer": first.footer, "keywords": first.keywords}
    return msgspec.json.encode(whole | {"dense": dense, "pages": drawn}).decode()


def write_whole(out: Path, data: bytes) -> Path:
    """Write a file that is whole or is not there."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.part")
    partial.write_bytes(data)
    partial.replace(out)
    return out
