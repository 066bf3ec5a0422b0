"""The embedded facts: compact tables of package data, their vintage and where they come from."""

import csv
import gzip
import io
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

COLUMNS = {
    "communes.csv.gz": (
        "code", "nom", "liaison", "arrondissement", "siren", "epci", "ept", "population", "population_epci",
        "population_totale",
    ),
    "composantes.csv.gz": ("code", "nom", "type", "commune"),
    "mouvements.csv.gz": (
        "date", "kind", "type_before", "code_before", "name_before", "type_after", "code_after", "name_after",
    ),
    "epci.csv.gz": ("siren", "nom", "type", "financement", "population", "population_totale"),
    "departements.csv": ("code", "nom", "liaison", "region", "chef_lieu", "zone"),
    "regions.csv": ("code", "nom", "liaison", "chef_lieu", "zone"),
    "centres.csv": ("code", "lon", "lat", "nature"),
}  # fmt: skip
"""Columns of each embedded table; a change here needs the tables rebuilt by `jumeau.sources.cog`."""


_DOUBLED = str.maketrans("0123456789", "".join(str(sum(divmod(2 * d, 10))) for d in range(10)))
"""Sum of the digits of twice each digit, as the key of Luhn wants it."""


def usual_siren(code: str) -> str | None:
    """SIREN most communes bear: `21`, département, rank, Luhn key; None overseas. The table of communes leaves it out.

    >>> usual_siren("34172")
    '213401722'
    """
    if code[:2] in ("97", "98") or not code.isdigit():
        return None
    stem = f"21{code[:2]}0{code[2:]}"
    digits = stem[1::2].translate(_DOUBLED) + stem[0::2]
    key = (len(digits) * ord("0") - sum(digits.encode())) % 10
    return f"{stem}{key}"


def read_rows(name: str) -> Iterator[list[str]]:
    """Rows of an embedded table, as texts in the order of COLUMNS, without its header."""
    data = files("jumeau.model").joinpath("cog", name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8")
    rows = csv.reader(io.StringIO(text, newline=""))
    next(rows)
    return rows


def pack(name: str, rows: Iterable[Iterable[Any]]) -> bytes:
    """Bytes of an embedded table: CSV with a header, gzipped with no date when its name says so; None is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS[name])
    writer.writerows(rows)
    data = text.getvalue().encode("utf-8")
    if not name.endswith(".gz"):
        return data
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as file:
        file.write(data)
    return packed.getvalue()


@cache
def vintages() -> dict[str, dict[str, str]]:
    """Vintage, source, licence and meaning of each embedded table, by name."""
    text = files("jumeau.model").joinpath("cog", "SOURCES.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
