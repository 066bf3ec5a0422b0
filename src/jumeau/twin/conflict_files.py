"""Conflicts as a file that a person fills in and gives back: XLSX, CSV or YAML, by the end of its name."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from jumeau.documents.render import write_whole
from jumeau.documents.workbook import Sheet, SheetColumn, write_workbook
from jumeau.errors import InputError
from jumeau.model.dictionary import Layer
from jumeau.sources.guard import Limits
from jumeau.sources.names import fold
from jumeau.sources.readers import read
from jumeau.sources.values import as_text
from jumeau.texts import t
from jumeau.twin.branching import shown
from jumeau.twin.merging import Clash, Key, Side

ENDS = (".xlsx", ".csv", ".yaml", ".yml")
_LIMITS = Limits(file_bytes=64_000_000, unpacked_bytes=512_000_000, rows=200_000)
_KEYS = ("layer", "id", "attribute")
_HEAD = (*_KEYS, "label", "commune", "description", "unit")
_SIDE = ("value", "source", "author", "date")


def heads(source: str, target: str) -> list[str]:
    """Names of the columns, in order; the last one is to be filled in."""
    sides = [t(f"branches.colonne_{n}", branch=b) for b in (target, source) for n in _SIDE]
    return [*(t(f"branches.colonne_{n}") for n in _HEAD), *sides, t("branches.colonne_choice")]


def write(out: Path, found: Sequence[Clash], layers: Mapping[str, Layer], source: str, target: str, on: date) -> Path:
    """Write the conflicts, their last column empty. Raises InputError for an unknown kind of file."""
    end = _end(out)
    names, rows = heads(source, target), [_row(one, layers) for one in found]
    if end == ".xlsx":
        last = len(names) - 1
        columns = [
            SheetColumn(n, width=38 if i == 0 else 20, choices=(target, source) if i == last else (), open=i == last)
            for i, n in enumerate(names)
        ]
        sheet = Sheet(title=t("branches.feuille"), columns=tuple(columns), rows=[[*r, None] for r in rows], protected=True)
        return write_workbook([sheet], out, on, t("branches.titre_conflits", source=source, target=target))
    if end == ".csv":
        text = StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\n")
        writer.writerow(names)
        writer.writerows([*map(safe, row), ""] for row in rows)
        return write_whole(out, b"\xef\xbb\xbf" + text.getvalue().encode())
    return write_whole(out, _yaml(names, rows, source, target))


def _yaml(names: Sequence[str], rows: Sequence[Sequence[Any]], source: str, target: str) -> bytes:
    import yaml

    head = "".join(f"# {line}\n" for line in t("branches.aide_yaml", source=source, target=target).splitlines())
    body = [dict(zip(names, [*row, None], strict=True)) for row in rows]
    return (head + yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=120)).encode()


def _row(one: Clash, layers: Mapping[str, Layer]) -> list[Any]:
    field = next((f for f in layers[one.layer].fields if f.name == one.attribute), None)
    about = [field.description if field else t(f"branches.champ_{one.attribute.strip('_')}"), field.unit if field else ""]
    return [one.layer, one.asset, one.attribute, one.label, one.commune or "", *about, *_told(one.ours), *_told(one.theirs)]


def _told(side: Side) -> list[Any]:
    when = side.instant.date().isoformat() if side.instant else ""
    return [shown(side.value), f"{side.title} ({t(f'rapport.origine_{side.origin}')})", side.author, when]


def safe(value: Any) -> Any:
    """Text a spreadsheet never takes for a formula."""
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


def parse(path: Path, found: Sequence[Clash], source: str, target: str) -> dict[Key, str]:
    """The branch whose value stays, by conflict. Empty cells decide nothing; lines that are no longer in conflict are left.

    Raises InputError naming the file and the line for a choice that is neither branch, or a missing column.
    """
    end = _end(path)
    names = [t(f"branches.colonne_{n}") for n in (*_KEYS, "choice")]
    rows = _yaml_rows(path, names) if end in (".yaml", ".yml") else _table_rows(path, names)
    open_ = {one.key for one in found}
    branches = {fold(b): b for b in (target, source)}
    out: dict[Key, str] = {}
    for number, (layer, asset, attribute, choice) in rows:
        if not choice:
            continue
        if fold(choice) not in branches:
            raise InputError(
                "branches.choix_fichier", file=path.name, row=number, choice=choice[:60], source=source, target=target
            )
        if (layer, asset, attribute) in open_:
            out[layer, asset, attribute] = branches[fold(choice)]
    return out


def _table_rows(path: Path, names: Sequence[str]) -> list[tuple[int, list[str]]]:
    raw = read(path, limits=_LIMITS)
    here = {fold(name): name for name in raw.columns.column_names}
    missing = [name for name in names if fold(name) not in here]
    if missing:
        raise InputError("branches.colonne_absente", file=path.name, columns=", ".join(missing))
    columns = [as_text(raw.columns[here[fold(name)]]).to_pylist() for name in names]
    lines = raw.rows.to_pylist() if raw.rows is not None else range(raw.first_row, raw.first_row + raw.num_rows)
    return [(n, [(v or "").strip() for v in row]) for n, row in zip(lines, zip(*columns, strict=True), strict=True)]


def _yaml_rows(path: Path, names: Sequence[str]) -> list[tuple[int, list[str]]]:
    import yaml

    try:
        if path.stat().st_size > _LIMITS.file_bytes:
            raise InputError("branches.yaml", file=path.name)
        body = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise InputError("branches.yaml", file=path.name) from error
    if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        raise InputError("branches.yaml", file=path.name)
    if body and (missing := [n for n in names if n not in body[0]]):
        raise InputError("branches.colonne_absente", file=path.name, columns=", ".join(missing))
    return [(i, ["" if row.get(n) is None else str(row[n]).strip() for n in names]) for i, row in enumerate(body, start=1)]


def _end(path: Path) -> str:
    end = path.suffix.lower()
    if end not in ENDS:
        raise InputError("branches.sorte", file=path.name, known=", ".join(ENDS))
    return end
