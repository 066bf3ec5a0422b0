"""`/api/programme`: the actions it keeps and their year, those it leaves out and why, and the budgets."""

from collections import defaultdict
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Query, Response

from jumeau.errors import NotFoundError
from jumeau.invest.capacity import shared, uses
from jumeau.invest.programme import Programme
from jumeau.model.dictionary import indicators
from jumeau.model.estimate import triple
from jumeau.model.purse import split_purse
from jumeau.model.territory import collectivite_name
from jumeau.texts import t
from jumeau.web.answers import answer
from jumeau.web.api.assets import rounded
from jumeau.web.api.indicators import communes
from jumeau.web.ports import Twin

MAX_LEFT = 20_000
_EFFECT = "effect "
_SHOWN = ["id", "field", "kind", "title", "commune", "owner", "quantity", "unit", "cost_source", *triple("cost_eur")]


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.get("/programme")
    def programme() -> Response:
        found = twin.programme() if twin.view.sees_all else None
        if found is None:
            raise NotFoundError("web.pas_de_programme")
        return answer(described(twin, found))

    @routes.get("/programme/ecartees")
    def ecartees(
        proprietaire: Annotated[str | None, Query(max_length=100)] = None,
        champ: Annotated[str | None, Query(max_length=40)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LEFT)] = 2_000,
    ) -> Response:
        found = twin.programme() if twin.view.sees_all else None
        if found is None:
            raise NotFoundError("web.pas_de_programme")
        left, known = found.left_out, twin.offered()
        if proprietaire is not None:
            left = left.filter(pc.equal(left["owner"], proprietaire))
        if champ is not None:
            ids = offered(known, left)
            ids = ids.filter(pc.equal(ids["field"], champ))["id"] if ids.num_rows else pa.chunked_array([], pa.string())
            left = left.filter(pc.is_in(left["action"], value_set=ids.combine_chunks()))
        rows = listed(twin, known, left.slice(0, limit), Owners(communes(twin)))
        return answer({"actions": rows, "total": left.num_rows})

    return routes


def described(twin: Twin, programme: Programme) -> dict[str, Any]:
    """A programme for the page, with the actions it keeps; those left out are counted."""
    owners, known = Owners(communes(twin)), twin.offered()
    last = programme.first_year + programme.years
    return {
        "first_year": programme.first_year,
        "years": list(range(programme.first_year, last)),
        "status": programme.status,
        "objective": rounded(programme.objective, 2),
        "bound": rounded(programme.bound, 2),
        "gap": rounded(programme.gap, 6),
        "owners": _owners(programme.spending, owners),
        "actions": listed(twin, known, programme.chosen, owners),
        "shared": _shared(known, programme.chosen, owners),
        "left_out": _counted(offered(known, programme.left_out)),
        "totals": _totals(programme),
        "caveats": programme.caveats,
    }


class Owners:
    """French names of owners; an owner that is in no register keeps its id."""

    def __init__(self, names: dict[str, str]) -> None:
        self.communes = names
        self._known: dict[str, str] = {}

    def __getitem__(self, owner: str) -> str:
        if owner not in self._known:
            self._known[owner] = owner_name(owner, self.communes)
        return self._known[owner]


def owner_name(owner: str, names: dict[str, str]) -> str:
    """French name of an owner or of one of its purses; its id when it is in no register. names: of communes, by code."""
    owner, purse = split_purse(owner)
    if purse:
        return t(f"territoire.bourse_{purse}", name=owner_name(owner, names))
    kind, _, code = owner.partition(":")
    if kind == "commune" and code in names:
        return names[code]
    try:
        return collectivite_name(owner)
    except NotFoundError:
        return owner


def offered(found: pa.Table | None, wanted: pa.Table) -> pa.Table:
    """The rows of a programme beside what the latest diagnoses say of their actions, where they still offer them."""
    if found is None:
        return wanted.slice(0, 0)
    known = found.select(_SHOWN).combine_chunks()
    at = pc.index_in(wanted["action"], value_set=known["id"].combine_chunks())
    rows = known.take(pc.drop_null(at))
    for name, column in zip(wanted.column_names, wanted.filter(pc.is_valid(at)).columns, strict=True):
        rows = (
            rows.set_column(_place(rows, name), name, column)
            if name in rows.column_names
            else rows.append_column(name, column)
        )
    return rows


def _place(table: pa.Table, name: str) -> int:
    return int(table.schema.get_field_index(name))


def listed(twin: Twin, known: pa.Table | None, wanted: pa.Table, owners: Owners) -> list[dict[str, Any]]:
    """Actions as the page lists them, with their cost and their yearly effects."""
    table = offered(known, wanted)
    if not table.num_rows:
        return []
    for name in triple("cost_eur"):
        table = table.set_column(_place(table, name), name, _rounded(table[name], 2))
    effects = effects_of(twin, table["id"])
    return [_action(row, effects.get(row["id"], []), owners) for row in table.to_pylist()]


def _rounded(column: pa.ChunkedArray, decimals: int | None) -> pa.Array:
    """Values at the decimals of the dictionary, null where there is none, never minus zero."""
    values = column.to_numpy().astype(np.float64)
    values = (values if decimals is None else np.round(values, decimals)) + 0.0
    return pa.array(values, mask=~np.isfinite(values))


def effects_of(twin: Twin, ids: pa.ChunkedArray) -> dict[str, list[dict[str, Any]]]:
    """Yearly effects of some actions, as they begin."""
    tables = [table for field in twin.fields if (table := twin.effects(field)) is not None]
    out: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for table in tables:
        found = table.filter(pc.is_in(table["action"], value_set=ids.combine_chunks()))
        for name in pc.unique(found["indicator"]).to_pylist():
            rows = found.filter(pc.equal(found["indicator"], name))
            about = indicators().get(name)
            title, decimals = (about.title, about.decimals) if about else (name, None)
            columns = [_rounded(rows[c], decimals).to_pylist() for c in triple("value")]
            units = rows["unit"].to_pylist()
            for action, unit, value, low, high in zip(rows["action"].to_pylist(), units, *columns, strict=True):
                out[action].append(
                    {"indicator": name, "title": title, "unit": unit, "value": value, "low": low, "high": high}
                )
    return out


def _effect(row: dict[str, Any]) -> dict[str, Any]:
    about = indicators().get(row["indicator"])
    decimals = about.decimals if about else None
    return {
        "indicator": row["indicator"],
        "title": about.title if about else row["indicator"],
        "unit": row["unit"],
        "value": rounded(row["value"], decimals),
        "low": rounded(row["value_low"], decimals),
        "high": rounded(row["value_high"], decimals),
    }


def _action(row: dict[str, Any], effects: list[dict[str, Any]], owners: Owners) -> dict[str, Any]:
    shown = {name: row[name] for name in ("id", "field", "kind", "commune", "owner", "quantity", "unit")}
    value, low, high = (row[name] for name in triple("cost_eur"))
    nom, reason, code = owners[row["owner"]], row.get("explanation"), row["commune"]
    return shown | {
        "title": row["title"].replace(f"commune {code}", owners.communes.get(code, f"commune {code}")),
        "year": row.get("year"),
        "owner_nom": nom,
        "reason": reason and reason.replace(row["owner"], nom),
        "cost": {"value": value, "low": low, "high": high, "unit": "€", "source": row["cost_source"]},
        "effects": effects,
    }


def _shared(known: pa.Table | None, chosen: pa.Table, owners: Owners) -> list[dict[str, Any]]:
    """Equipment paid once that several owners or fields use, with its users."""
    out: dict[str, dict[str, Any]] = {}
    for row in shared(uses(known, chosen)).to_pylist() if known is not None else ():
        head = {name: row[name] for name in ("title", "owner", "year", "places")} | {"id": row["provider"]}
        head |= {"owner_nom": owners[row["owner"]], "cost": rounded(row["cost_eur"], 2), "users": []}
        user = {name: row[f"user_{name}"] for name in ("title", "owner", "field", "year")} | {"used": row["used"]}
        one = out.setdefault(row["provider"], head)
        one["users"].append(user | {"id": row["user"], "owner_nom": owners[row["user_owner"]]})
    return list(out.values())


def _counted(left: pa.Table) -> list[dict[str, Any]]:
    """How many actions were left out, by owner and field."""
    if not left.num_rows:
        return []
    counts = left.group_by(["owner", "field"], use_threads=False).aggregate([([], "count_all")])
    return [{"owner": r["owner"], "field": r["field"], "count": r["count_all"]} for r in counts.to_pylist()]


def _totals(programme: Programme) -> list[dict[str, Any]]:
    """Effects of the programme simulated whole when it was, else the sums of single effects."""
    if programme.whole is not None:
        columns = {"value": "whole", "value_low": "whole_low", "value_high": "whole_high"}
        rows = programme.whole.to_pylist()
        return [
            _effect({"indicator": r["indicator"], "unit": r["unit"]} | {k: r[c] for k, c in columns.items()}) for r in rows
        ]
    return [
        _effect(
            {
                "indicator": name.removeprefix(_EFFECT),
                "unit": e.unit,
                "value": e.value,
                "value_low": e.low,
                "value_high": e.high,
            }
        )
        for name, e in programme.totals.items()
        if name.startswith(_EFFECT)
    ]


def _owners(budgets: pa.Table, owners: Owners) -> list[dict[str, Any]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in budgets.to_pylist():
        rows[row["owner"]].append(
            {
                "year": row["year"],
                "budget": rounded(row["budget_eur"], 2),
                "spent": rounded(row["spent_eur"], 2),
                "hypothesis": bool(row["hypothesis"]),
            }
        )
    return [{"id": owner, "nom": owners[owner], "budgets": rows[owner]} for owner in sorted(rows)]
