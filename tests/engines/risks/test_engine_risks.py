"""The risk engine on assets whose answer is known, and on the real zones of the Hérault against plain geopandas."""

import runpy
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest

from jumeau.engines.protocol import Context, simulate
from jumeau.engines.risks import DAMAGE, EXPOSED, SENSITIVE, engine
from jumeau.model.ids import keyed_ids

SAMPLE = runpy.run_path(str(Path(__file__).parents[2] / "contracts" / "sample_risks.py"))
CONTOURS = "referentiel/france-geojson-2018/departements/34-herault/communes-34-herault.geojson"
CTX = Context(date=date(2026, 11, 23), seed=3)


@pytest.fixture(scope="module")
def case():
    made = engine()
    parts = SAMPLE["sources"]()["34172"]
    inventory = made.inventory(parts, "34172")
    return made, inventory, made.diagnose(inventory, CTX)


def test_who_is_exposed_and_what_it_rests_on(case) -> None:
    _, inventory, found = case
    rows = dict(zip(inventory["actif_expose"]["id"].to_pylist(), found.assets.to_pylist(), strict=True))
    buildings = [rows[i] for i in keyed_ids("batiment", "34172", range(6))]
    assert [b[EXPOSED] for b in buildings] == [1, 1, 0, 1, 1, None]
    assert [b[f"{EXPOSED}__origin"] for b in buildings] == ["declared"] * 4 + ["inferred", "unknown"]
    assert [b[SENSITIVE] for b in buildings] == [1, 0, 0, 1, None, None]
    damage = [b[DAMAGE] for b in buildings]
    assert damage[0] > 0
    assert damage[2] == damage[3] == 0
    assert damage[5] is None
    school, stadium = (rows[i] for i in keyed_ids("etablissement", "34172", range(2)))
    assert (school[SENSITIVE], stadium[SENSITIVE]) == (1, 0)
    assert school[DAMAGE] is None


def test_a_commune_without_zones_stays_unknown() -> None:
    made = engine()
    found = made.diagnose(made.inventory(SAMPLE["sources"]()["34129"], "34129"), CTX)
    assert found.assets[EXPOSED].null_count == 2
    assert found.assets[DAMAGE].null_count == 2


def test_the_lighting_cabinet_in_the_flood_zone_is_raised(case) -> None:
    made, inventory, found = case
    actions = made.propose(inventory, found, CTX)
    row = next(r for r in actions.to_pylist() if r["kind"] == "raise_cabinets")
    assert row["assets"] == [keyed_ids("armoire", "34172", [0])[0]]
    effect = next(
        r for r in simulate(made, inventory, actions, CTX).to_pylist()
        if r["action"] == row["id"] and r["indicator"] == DAMAGE
    )  # fmt: skip
    assert effect["value_low"] < effect["value"] < 0


def test_dwellings_are_not_protected_by_the_commune(case) -> None:
    made, inventory, found = case
    row = next(r for r in made.propose(inventory, found, CTX).to_pylist() if r["kind"] == "flood_protection")
    home = keyed_ids("batiment", "34172", [1])[0]
    assert home not in row["assets"]
    assert row["quantity"] == len(row["assets"]) == 2


@pytest.mark.data
def test_montpellier_buildings_in_the_zones_as_geopandas_sees_them(data_dir: Path) -> None:
    """3 356 buildings in the PAC polygons of the DDTM 34 and near its flood marks, by an independent computation.

    These polygons are the whole communes: they locate nothing, and the engine must say so.
    """
    buildings = gpd.read_file(data_dir / "batiments/montpellier-34/Batiments/VilleMTP_MTP_Batiments.geojson").to_crs(2154)
    zones = gpd.read_file(data_dir / "risques/herault-34-ddtm/N_PAC_RISQUES_S_034.shp").query("INSEE == '34172'")
    inner = "Exemple_Couche_Repere_Crue/Reperes_crue_extrait_DDTM34.shp"
    marks = gpd.read_file(f"zip://{data_dir}/risques/herault-34-ddtm/Exemple_Couche_Repere_Crue.zip!{inner}")
    marks = marks[marks["INSEE"].astype(str) == "34172"]
    assert len(buildings) == 3356

    def layer(name: str, frame: gpd.GeoDataFrame, **columns: list[object]) -> pa.Table:
        ids = keyed_ids(name, "essai", range(len(frame)))
        geometry = pa.array(frame.geometry.to_wkb().tolist(), pa.binary())
        return pa.table({"id": ids, "commune": ["34172"] * len(frame), "geometry": geometry} | columns)

    made = engine()
    contours = gpd.read_file(data_dir / CONTOURS).query("code == '34172'").to_crs(2154)
    inventory = made.inventory(
        {
            "batiment": layer("batiment", buildings),
            "commune": layer("commune", contours),
            "zone_alea": layer("zone_alea", zones, alea=["inondation"] * len(zones)),
            "repere_crue": layer("repere_crue", marks),
        },
        "34172",
    )
    table = inventory["actif_expose"]
    inside = buildings.geometry.intersects(zones.geometry.union_all())
    near = buildings.geometry.apply(lambda g: bool((marks.geometry.distance(g) <= 25.0).any()))
    assert zones.area.min() == pytest.approx(contours.area.iloc[0], rel=0.001)
    assert 0.95 < inside.mean() < 1
    assert [x is True for x in table["exposed"].to_pylist()] == near.tolist()
    assert table["commune_hazard"].to_pylist() == (~near).tolist()
    total = made.diagnose(inventory, CTX).groups
    low, high = (float(x) for x in np.quantile(total.draws[0, 0], [0.05, 0.95]))
    assert near.sum() < low < 0.25 * 3356 < high < inside.sum()
