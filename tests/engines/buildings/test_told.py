"""What is declared of an envelope narrows what is drawn of it: as it was built, given U values, energy of a DPE."""

import csv
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.engines.buildings.conftest import table

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.choices import DEPARTEMENTS, ELEMENTS, FIELD, LAYER, ZONES
from jumeau.engines.buildings.described import HOUSE, described, kind_of
from jumeau.engines.buildings.diagnose import diagnose
from jumeau.engines.buildings.energy import use_of
from jumeau.engines.buildings.envelope import envelope, losses, u_value, window_u
from jumeau.engines.buildings.packages import packages
from jumeau.engines.buildings.stock import stock
from jumeau.engines.groups import summaries
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tally import Draws
from jumeau.twin.dpe import dpe_from_xml

CTX = Context(date=date(2026, 11, 1), seed=3, draws=128)
BUILT = dict.fromkeys(ELEMENTS.values(), "origine")


def bundle(rows: list[dict[str, Any]]) -> Bundle:
    return engine().inventory({LAYER: table(rows)}, "34999")


def house(name: str, **more: Any) -> dict[str, Any]:
    return {"nom": name, "usage": "residentiel", "storeys": 2, "side": (11, 8), "dwellings": 1, "construction_year": 1965,
            "heating_energy": "gaz", **more}  # fmt: skip


def u_of(rows: list[dict[str, Any]], element: str) -> np.ndarray:
    part, draws = stock(bundle(rows)[LAYER]), Draws(CTX, FIELD)
    env = envelope(part, draws)
    state = getattr(part.current, element)
    return window_u(part, env, state, draws) if element == "window" else u_value(part, env, element, state, draws)


def widths(rows: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """Mean energy, and width of its interval over the mean."""
    found = diagnose(bundle(rows), CTX, hourly=False).assets
    mean, low, high = (found[f"buildings_annual_energy_kwh{s}"].to_numpy() for s in ("", "_low", "_high"))
    return mean, (high - low) / mean


@pytest.mark.parametrize("element", list(ELEMENTS))
def test_as_built_is_narrower_and_worse_than_unknown(element: str) -> None:
    u = u_of([house("a"), house("b", **{ELEMENTS[element]: "origine"})], element)
    mean, low, high = (np.asarray(x) for x in summaries(u))
    assert mean[1] > mean[0]
    assert (high - low)[1] / mean[1] < 0.75 * (high - low)[0] / mean[0]


@pytest.mark.parametrize("element", list(ELEMENTS))
def test_a_given_u_is_taken_within_a_tenth(element: str) -> None:
    u = u_of([house("a", **{f"{element}_u_w_m2k": 0.7})], element)
    assert 0.63 <= u.min() < u.max() <= 0.77
    assert u.mean() == pytest.approx(0.7, rel=0.01)


def test_the_more_is_declared_the_narrower_the_energy() -> None:
    given = {f"{e}_u_w_m2k": u for e, u in {"wall": 2.0, "roof": 1.5, "floor": 1.2, "window": 3.0}.items()}
    told = [{}, BUILT, given, given | {"dpe_final_kwh_m2": 240.0}]
    rows = [house(f"a{i}", floor_area_m2=140.0, **more) for i, more in enumerate(told)]
    mean, width = widths(rows)
    assert (np.diff(width) < 0).all()
    assert mean[1] > mean[0]


def test_the_energy_of_a_dpe_is_that_of_the_convention() -> None:
    """Conventional energy is met; real energy follows the behaviour of the class."""
    rows = [house("a", dpe_final_kwh_m2=300.0), house("b", dpe_final_kwh_m2=100.0)]
    mean, _ = widths(rows)
    assert 1.5 < mean[0] / mean[1] < 3


def test_works_still_save_where_u_is_given_and_what_was_done_is_not_done_twice() -> None:
    poor = bundle([house("a", wall_u_w_m2k=2.0)])
    done = bundle([house("a", wall_u_w_m2k=0.6, wall_insulation="renovee")])
    one = packages(poor, CTX, poor[LAYER]["id"].to_pylist())[0]
    assert next(s for s in one.steps if s.kind == "isolation_murs").saved[0] > 0
    assert "isolation_murs" not in [s.kind for s in packages(done, CTX, done[LAYER]["id"].to_pylist())[0].steps]
    assert u_of([house("a", wall_u_w_m2k=0.6, wall_insulation="renovee")], "wall").mean() == pytest.approx(0.6, rel=0.01)


@pytest.mark.data
def test_declared_as_built_meets_the_archetypes_as_built(data_dir: Path) -> None:
    """TABULA/EPISCOPE (tabula-calculator.xlsx), 28 generic dwellings of before 2001 in their original state: with every
    element declared as built, the loss drawn is nearer to that of the archetype than when nothing is declared. The engine
    draws dwellings from these archetypes: this checks that the declaration is heard, not the archetypes."""
    with (data_dir / "validation" / "tabula" / "tabula_FR_variants.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if ".Gen." in r["Code_BuildingVariant"]]
    old = [r for r in rows if r["Code_BuildingVariant"].endswith(".001") and float(r["Year2_Building"]) < 2001]
    columns = {
        "id": [r["Code_BuildingVariant"] for r in old], "commune": ["69123"] * len(old), "usage": ["residentiel"] * len(old),
        "floor_area_m2": [float(r["A_C_Ref"]) for r in old],
        "construction_year": pa.array([int(float(r["Year2_Building"])) for r in old], pa.int32()),
        "storeys": pa.array([max(round(float(r["n_Storey"])), 1) for r in old], pa.int32()),
    }  # fmt: skip
    said = {name: ["origine"] * len(old) for name in ELEMENTS.values()}
    true = np.array([float(r["h_Transmission"]) for r in old])
    gap = []
    for more in ({}, said):
        part = stock(engine().inventory({LAYER: pa.table(columns | more)}, "69123")[LAYER])
        draws = Draws(CTX, FIELD)
        loss = losses(part, envelope(part, draws), part.current, draws)[0]
        gap.append(np.abs(np.log(loss.mean(axis=1) / true)))
    assert len(old) == 28
    assert np.median(gap[1]) < np.median(gap[0])
    assert np.median(gap[1]) < np.log(1.25)


@pytest.mark.data
def test_given_u_values_bring_houses_nearer_to_their_official_dpe(data_dir: Path, tmp_path: Path) -> None:
    """Official DPE of houses (ADEME): from year, area, storeys and heating alone, then with the U values that the file
    records, the conventional final energy drawn comes nearer to the recorded one, in a narrower interval that still holds it.
    """
    with tarfile.open(data_dir / "batiments" / "dpe-xml-open3cl" / "dpe-xml.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    zones = {zone: codes.split()[0] for zone, codes in DEPARTEMENTS.items()}
    rows = []
    for path in sorted((tmp_path / "dpe").glob("*.xml")):
        batch = dpe_from_xml([path])
        said, facts = described(batch), batch.facts
        if kind_of(batch) == HOUSE and {"construction_year", "floor_area_m2", "dpe_final_kwh_m2"} <= said.keys():
            zone = ZONES[facts.code("enum_zone_climatique_id")[0] - 1]
            rows.append(said | {"commune": f"{zones[zone]}001", "storeys": facts.get("nombre_niveau_logement")[0]})
    true = np.array([r["dpe_final_kwh_m2"] for r in rows])
    assert len(rows) > 30
    found = []
    known = ["floor_area_m2", "construction_year", "storeys", "heating_energy", "heating_system", "dwellings"]
    for names in (known, [*known, *(f"{e}_u_w_m2k" for e in ELEMENTS)]):
        columns = {n: [r.get(n) for r in rows] for n in (*names, "commune")}
        columns |= {"id": [str(i) for i in range(len(rows))], "usage": ["residentiel"] * len(rows)}
        columns["storeys"] = [None if not x > 0 else int(x) for x in columns["storeys"]]
        part = stock(engine().inventory({LAYER: pa.table(columns)}, "all")[LAYER])
        draws = Draws(CTX, FIELD)
        energy = use_of(part, envelope(part, draws), part.current, draws).final
        mean, low, high = (np.asarray(x) for x in summaries(energy))
        inside = ((true >= low) & (true <= high)).mean()
        gap = np.log(mean / true)
        found.append((np.median(np.abs(gap)), np.median((high - low) / mean), inside, abs(np.median(gap))))
    before, after = found
    assert after[0] < before[0]
    assert after[1] < 0.85 * before[1]
    assert after[2] > 0.75
    assert after[3] < np.log(1.15)
