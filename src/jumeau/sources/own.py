"""Actions and needs a user writes in a file: read, checked row by row, refused whole when one row is wrong."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jumeau.errors import InputError
from jumeau.model.action import Action
from jumeau.model.dictionary import Layer, parse_layer
from jumeau.model.need import THEMES, Need, Requirement
from jumeau.model.price import UnitPrice
from jumeau.sources.names import fold
from jumeau.sources.readers import read
from jumeau.sources.values import parse
from jumeau.texts import t

PREFIX, FIELD = "own", "own"
PRICE = ("need", "unit", "price_eur", "price_year", "contract", "valid_from", "valid_to")
Row = dict[str, Any]


@cache
def form(name: str) -> Layer:
    """Columns of the file of `action` or `need`."""
    text = files("jumeau.model").joinpath("own", f"{name}.csv").read_text(encoding="utf-8")
    return parse_layer(name, text.splitlines(), f"{name}.csv")


def read_needs(path: Path) -> dict[str, Need]:
    """Needs of a file, by code. Raises InputError naming the file, row and field."""
    rows = _rows(path, form("need"))
    return {
        row["code"]: Need(
            id=row["code"],
            title=row["title"],
            field=FIELD,
            unit=row["unit"],
            requirements=tuple(Requirement(THEMES[0], text) for text in _split(row["requirements"])),
        )
        for row in rows
    }


def read_actions(
    path: Path, needs: Mapping[str, Need], knows: Callable[[str], bool]
) -> tuple[list[Action], list[Row], dict[str, float]]:
    """Actions of a file, their effects (rows of EFFECT_SCHEMA) and declared values [€] by action.

    knows: whether a commune code exists. Raises InputError naming the file, row and field.
    """
    rows = _rows(path, form("action"))
    codes = {row["code"] for row in rows}
    actions, effects, values = [], [], {}
    for row in rows:
        _check(row, path, needs, codes, knows)
        action = _action(row, needs[row["need"]])
        actions.append(action)
        if row["yearly_effect_eur"] is not None:
            effects.append(_effect(row, action))
        if row["value_eur"] is not None:
            values[action.id] = row["value_eur"]
    return actions, effects, values


def read_prices(path: Path, needs: Mapping[str, Need]) -> list[UnitPrice]:
    """Unit prices of a file. Raises InputError naming the file, row and field: an unknown need, another unit than its own."""
    out = []
    for row in _rows(path, form("price"), unique=False):
        need = needs.get(row["need"])
        if need is None:
            _refuse(path, row["_row"], "need", t("imports.propres_besoin", need=row["need"]))
        elif row["unit"] != need.unit:
            _refuse(path, row["_row"], "unit", t("imports.propres_unite", unit=need.unit))
        if not row["price_eur"] > 0:
            _refuse(path, row["_row"], "price_eur", t("imports.propres_prix"))
        given = {
            name: row[name] for name in ("need", "unit", "price_eur", "price_year", "contract", "valid_from", "valid_to")
        }
        out.append(UnitPrice(**given, owners=_split(row["owners"])))
    return out


def _rows(path: Path, layer: Layer, *, unique: bool = True) -> list[Row]:
    if not path.is_file():
        raise InputError("jumeau.fichier_absent", file=path)
    raw = read(path)
    columns = {fold(name): raw.columns[name] for name in raw.columns.column_names}
    missing = [f.name for f in layer.fields if f.constraint.required and fold(f.name) not in columns]
    if missing:
        raise InputError("imports.propres_colonnes", file=path.name, fields=", ".join(missing), known=", ".join(layer.names))
    found: dict[str, list[Any]] = {}
    for field in layer.fields:
        column = columns.get(fold(field.name))
        if column is None:
            found[field.name] = [None] * raw.num_rows
            continue
        parsed = parse(column.combine_chunks(), field)
        for problem in parsed.problems:
            limits = field.constraint
            low, high = ("-" if x is None else f"{x:g}" for x in (limits.minimum, limits.maximum))
            words = {"field": field.name, "low": low, "high": high}
            _refuse(path, raw.first_row + int(problem.rows[0]), field.name, t(f"imports.raison_{problem.reason}", **words))
        found[field.name] = parsed.values.to_pylist()
    rows = [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]
    seen: set[str] = set()
    for number, row in enumerate(rows, start=raw.first_row):
        row["_row"] = number
        for field in layer.fields:
            if field.constraint.required and row[field.name] is None:
                _refuse(path, number, field.name, t("imports.propres_vide"))
        if unique and row["code"] in seen:
            _refuse(path, number, "code", t("imports.propres_double", code=row["code"]))
        seen.add(row.get("code", ""))
    return rows


def _refuse(path: Path, row: int, field: str, reason: str) -> None:
    raise InputError("imports.propres_refus", file=path.name, row=row, field=field, reason=reason)


def _check(row: Row, path: Path, needs: Mapping[str, Need], codes: set[str], knows: Callable[[str], bool]) -> None:
    number = row["_row"]
    if row["need"] not in needs:
        _refuse(path, number, "need", t("imports.propres_besoin", need=row["need"]))
    for field in ("requires", "excludes"):
        for code in _split(row[field]):
            if code not in codes:
                _refuse(path, number, field, t("imports.propres_action", code=code))
    kind, _, code = row["owner"].partition(":")
    for field, value in (("commune", row["commune"]), ("owner", code if kind == "commune" else None)):
        if value is not None and not knows(value):
            _refuse(path, number, field, t("imports.propres_commune", code=value))
    for name, value in (("cost_eur", row["cost_eur"]), ("yearly_effect_eur", row["yearly_effect_eur"])):
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        if value is not None and not (value if low is None else low) <= value <= (value if high is None else high):
            _refuse(path, number, name, t("imports.propres_bornes"))


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split("|") if part.strip())


def _id(code: str) -> str:
    return f"{PREFIX}/{code}"


def _action(row: Row, need: Need) -> Action:
    return Action(
        id=_id(row["code"]),
        kind=f"{PREFIX}_{need.id}",
        field=FIELD,
        title=row["title"],
        owner=row["owner"],
        commune=row["commune"],
        need=need.id,
        quantity=row["quantity"],
        unit=need.unit,
        cost_eur=row["cost_eur"],
        cost_eur_low=row["cost_eur_low"],
        cost_eur_high=row["cost_eur_high"],
        price_year=row["price_year"],
        cost_source=row["cost_source"] or t("imports.propres_source"),
        lifetime_y=row["lifetime_y"],
        assets=_split(row["assets"]),
        requires_all=tuple(_id(code) for code in _split(row["requires"])),
        excludes=tuple(_id(code) for code in _split(row["excludes"])),
        earliest_year=row["earliest_year"],
        latest_year=row["latest_year"],
    )


def _effect(row: Row, action: Action) -> Row:
    head: Row = {"action": action.id, "indicator": "own_annual_cost_eur", "unit": "€/an", "from_year": 1}
    amounts = {
        name: row[f"yearly_effect_eur{end}"] for name, end in (("value", ""), ("value_low", "_low"), ("value_high", "_high"))
    }
    return head | {"to_year": action.lifetime_y} | amounts
