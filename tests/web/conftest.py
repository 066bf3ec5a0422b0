"""A small twin behind the page: three communes, a hundred lights, one line and one polygon layer, in the embedded store."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest
import shapely
from fastapi.testclient import TestClient

from jumeau.engines.protocol import Context, Diagnosis, Groups
from jumeau.funding import FinancedAction, Financing, plan_for
from jumeau.invest.programme import CHOSEN_SCHEMA, LEFT_SCHEMA, OWNERS_SCHEMA, SPENDING_SCHEMA, Programme
from jumeau.model.action import ACTION_SCHEMA, EFFECT_SCHEMA, actions_list
from jumeau.model.dictionary import parse_layer
from jumeau.model.estimate import Estimate
from jumeau.model.origin import ORIGINS, Origin
from jumeau.model.provenance import Source
from jumeau.sharing.actors import ANONYMOUS, LOCAL_ADMIN, Actor
from jumeau.sharing.view import View
from jumeau.store.embedded import EmbeddedStore
from jumeau.store.port import NOW, ClaimTable, Moment
from jumeau.web.app import create_app

OPEN = Source(id="essai", title="Fichier d'essai", licence="Licence Ouverte 2.0", vintage="2026", public=True, synthetic=True)
CLOSED = Source(id="interne", title="Relevé interne")
X0, Y0, SIDE = 770_000.0, 6_280_000.0, 2_000.0
CODES = ("34001", "34002", "34003")
INDICATORS = ("lighting_annual_energy_kwh", "lighting_annual_cost_eur", "lighting_upward_flux_lm")


def claimed(layer: str, source: Source, **columns: Any) -> ClaimTable:
    """Claims of one source on one layer."""
    origins = dict.fromkeys(columns.keys() - {"id"}, Origin.DECLARED)
    return ClaimTable(layer=layer, table=pa.table(columns), source=source, origins=origins)


def fill(store: EmbeddedStore) -> None:
    """Communes side by side; lights on a lattice, power from the closed source; an own layer of lines."""
    cells = [shapely.box(X0 + k * SIDE, Y0, X0 + (k + 1) * SIDE, Y0 + SIDE) for k in range(3)]
    towns = claimed(
        "commune",
        OPEN,
        id=[f"c{code}" for code in CODES],
        commune=list(CODES),
        nom=["Aubais", "Bélarga", "Cazilhac"],
        population=pa.array([900, 1200, 40], pa.int32()),
        geometry=shapely.to_wkb(np.array(cells)),
    )
    store.commit([towns], author="import", message="communes", kind="import")
    steps = np.arange(100)
    points = shapely.points(X0 + 150 + 390 * (steps % 10), Y0 + 100 + 190 * (steps // 10))
    ids = [f"PL-{k:03d}" for k in steps]
    codes = [CODES[0] if x < X0 + SIDE else CODES[1] for x in shapely.get_x(points)]
    opened = claimed(
        "luminaire", OPEN, id=ids, commune=codes, code=[f"Éclairage {k}" for k in steps], geometry=shapely.to_wkb(points)
    )
    closed = claimed("luminaire", CLOSED, id=ids[:50], lamp_power_w=[70.0, 150.0] * 25, lamp_technology=["shp"] * 50)
    store.commit([opened], author="import", message="lampes", kind="import")
    store.commit([closed], author="import", message="puissances", kind="import")
    rows = ["name,type,description", "_layer,,own", "geometry,line,Chemins", "code,text,Numéro"]
    store.declare_layer(parse_layer("chemin", rows))
    line = shapely.LineString([(X0, Y0), (X0 + 5000, Y0 + 1500)])
    path = claimed("chemin", OPEN, id=["ch-1"], code=["GR 7"], geometry=[shapely.to_wkb(line)])
    store.commit([path], author="import", message="chemin", kind="import")


class SmallTwin:
    """A twin whose computed results are fixed."""

    fields = ("lighting",)

    def __init__(self, view: View, folder: Path) -> None:
        self.view, self.folder = view, folder
        self.computed = True

    def seen(self, moment: Moment) -> "SmallTwin":
        return SmallTwin(self.view.seen(moment), self.folder)

    def context(self, moment: Moment = NOW) -> Context:
        return Context(date=date(2026, 1, 1))

    def territory(self) -> dict[str, Any]:
        return {"name": "Hérault (34)", "bbox": [3.8, 43.6, 3.9, 43.7], "communes": 3, "synthetic": True}

    def diagnosis(self, field: str) -> Diagnosis | None:
        return diagnosis() if self.computed else None

    def offered(self) -> pa.Table | None:
        return actions() if self.computed else None

    def effects(self, field: str) -> pa.Table | None:
        row = {"action": "a1", "indicator": INDICATORS[0], "unit": "kWh/an", "from_year": 1, "to_year": 20}
        row |= {"value": -1000.4, "value_low": -1500.0, "value_high": None}
        return pa.Table.from_pylist([row], schema=EFFECT_SCHEMA) if self.computed else None

    def programme(self) -> Programme | None:
        if not self.computed:
            return None
        row = actions().to_pylist()[0]
        chosen = {n: row.get(n) for n in CHOSEN_SCHEMA.names} | {"action": "a1", "year": 2027, "cost_eur": 4200.0}
        spent = {"owner": "commune:34001", "year": 2027, "budget_eur": 5000.0, "spent_eur": 4200.0, "available_eur": 5000.0}
        left = {"action": "a2", "owner": "commune:34001", "kind": "led_relamp", "title": "Passage en LED"}
        left |= {"reason": "limited", "explanation": "Le budget est épuisé."}
        return Programme(
            first_year=2027, years=2, maximise="npv", objective=10.0, bound=10.0, gap=0.0, status="optimal", seconds=0.1,
            chosen=pa.Table.from_pylist([chosen], schema=CHOSEN_SCHEMA), components=(), caveats=("Une réserve.",),
            spending=pa.Table.from_pylist([spent | {"hypothesis": True}], schema=SPENDING_SCHEMA),
            left_out=pa.Table.from_pylist([left], schema=LEFT_SCHEMA), owners=OWNERS_SCHEMA.empty_table(),
            totals={f"effect {INDICATORS[0]}": Estimate(-1000.0, -1500.0, -600.0, "kWh/an")},
        )  # fmt: skip

    def financing(self) -> Financing | None:
        if not self.computed:
            return None
        row = actions_list(actions())[0]
        known = {"vat_regime": "fctva", "third_party_asset": False, "expense_kind": "immobilisation", "overseas": False}
        plan = plan_for(row, row.owner, known, date(2026, 6, 1))
        said = {"action": "a1", "title": row.title, "owner": row.owner, "field": "lighting", "year": 2027}
        one = FinancedAction(**said, cost_low_eur=3500.0, cost_high_eur=6000.0, plan=plan)
        return Financing(on=date(2026, 6, 1), actions=(one,))

    def instant(self) -> datetime:
        return datetime(2026, 6, 1, tzinfo=UTC)

    def report_file(self, kind: str) -> Path | None:
        path = self.folder / f"rapport.{kind}"
        return path if path.exists() else None


def diagnosis() -> Diagnosis:
    """Two communes: the first known with draws 1..4, the second partly unknown; upward flux unknown everywhere."""
    draws = np.full((2, 3, 4), np.nan)
    draws[0, 0], draws[1, 0] = [1000, 2000, 3000, 4000], [4000, 3000, 2000, 1000]
    draws[0, 1] = [10, 20, 30, 40]
    shares = np.zeros((2, 3, len(ORIGINS)))
    shares[:, :, 2] = 1.0
    known = np.array([[50, 50, 0], [50, 0, 0]])
    groups = Groups(CODES[:2], INDICATORS, draws, shares, known, 50 - known)
    name = INDICATORS[0]
    columns = {name: [410.4], f"{name}_low": [300.0], f"{name}_high": [float("nan")]}
    assets = pa.table({"id": ["PL-000"], "commune": ["34001"]} | columns | {f"{name}__origin": ["inferred"]})
    return Diagnosis(assets, groups)


def actions() -> pa.Table:
    """Two actions of one commune."""
    common = {
        "kind": "led_relamp", "field": "lighting", "title": "Passage en LED", "owner": "commune:34001", "commune": "34001",
        "need": "lanterne_led", "quantity": 10.0, "unit": "point", "cost_eur": 4200.0, "cost_eur_low": 3500.0,
        "cost_eur_high": 6000.0, "price_year": 2026, "cost_source": "essai", "lifetime_y": 20, "assets": ["PL-000"],
    }  # fmt: skip
    return pa.Table.from_pylist([common | {"id": "a1"}, common | {"id": "a2", "assets": []}], schema=ACTION_SCHEMA)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path / "jumeau", create=True)
    fill(store)
    yield store
    store.close()


def served(store: EmbeddedStore, folder: Path, actor: Actor) -> TestClient:
    """A client of the application as `actor` sees it."""
    app = create_app(SmallTwin(View(store, actor), folder), static=folder / "static")
    return TestClient(app, base_url="http://127.0.0.1:8034", raise_server_exceptions=True)


@pytest.fixture
def client(store: EmbeddedStore, tmp_path: Path) -> Iterator[httpx.Client]:
    """The page of the local administrator."""
    with served(store, tmp_path, LOCAL_ADMIN) as client:
        yield client


@pytest.fixture
def anonymous(store: EmbeddedStore, tmp_path: Path) -> Iterator[httpx.Client]:
    """The page of an anonymous reader of the same twin."""
    with served(store, tmp_path, ANONYMOUS) as client:
        yield client


@pytest.fixture
def small_twin() -> type[SmallTwin]:
    """The class of the twin, to put it behind another view."""
    return SmallTwin
