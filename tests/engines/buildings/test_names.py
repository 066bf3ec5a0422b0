"""Uses told by names, against the categories the city of Montpellier gives its own establishments; buildings drawn twice."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from tests.engines.buildings.conftest import table

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.chain import LEAST_ELEMENT_M2
from jumeau.engines.buildings.geometry import drawn_twice, party_walls
from jumeau.engines.buildings.names import named_uses
from jumeau.engines.protocol import Context

CATEGORIES = {
    "enseignement": {"Ecoles élémentaires", "Ecoles préélémentaires", "Petite enfance", "Collèges", "Lycées",
                     "Enseignement supérieur"},
    "sport": {"Gymnases"}, "sante": {"Santé", "Age d'or"}, "culture": {"MPT", "Médiathèques", "Culture et monuments"},
    "bureau": {"Mairies annexes", "Police et justice", "Autres administrations", "Collectivités territoriales"},
}  # fmt: skip
"""Columns LIBEL and DELTA_SSCA of VilleMTP_MTP_EtabliPublic (Ville de Montpellier, Licence Ouverte)."""


def test_names_say_the_use_that_the_city_says(data_dir: Path) -> None:
    path = data_dir / "batiments/montpellier-34/EtabliPublic/VilleMTP_MTP_EtabliPublic.geojson"
    rows = [f["properties"] for f in json.loads(path.read_text(encoding="utf-8"))["features"]]
    said = np.array([row["DELTA_SSCA"] for row in rows])
    found = named_uses(pa.table({"nom": [row["LIBEL"] for row in rows]}))
    for use, named in found.items():
        assert named.sum() > 10
        assert np.isin(said[named], list(CATEGORIES[use])).mean() >= 0.9, use
    schools = np.isin(said, ["Ecoles élémentaires", "Ecoles préélémentaires", "Collèges", "Lycées"])
    assert found["enseignement"][schools].mean() >= 0.95


def test_a_name_fills_a_vague_use_and_contradicts_nothing() -> None:
    rows = [
        {"nom": "École maternelle Goethe", "usage": None, "side": (40, 15)},
        {"nom": "Collège du Jeu de Mail", "usage": "indifferencie", "side": (40, 15)},
        {"nom": "Gymnase Jean Bouin", "usage": "enseignement", "side": (40, 15)},
        {"nom": "Ecolodge des pins", "usage": None, "side": (40, 15)},
        {"nom": "Mairie annexe", "usage": "annexe", "side": (40, 15)},
        {"nom": "Stade de la Mosson", "usage": None, "public_owner": True, "side": (40, 15)},
    ]
    read = engine().inventory({"batiment": table(rows)}, "34999")["batiment"].to_pylist()
    assert [row["usage"] for row in read] == ["enseignement", "enseignement", "enseignement", None, "annexe", "equipement"]
    assert read[0]["usage__origin"] == "inferred"


def test_a_building_drawn_twice_keeps_its_walls() -> None:
    boxes = np.array([shapely.box(0, 0, 20, 10), shapely.box(0, 0, 20, 10), shapely.box(20, 0, 40, 10)])
    assert drawn_twice(boxes, np.array([0, 0]), np.array([1, 2])).tolist() == [True, False]
    alone, again, beside = party_walls(boxes, np.ones(3, bool), np.zeros(3, np.int32))
    assert alone == again
    assert 9 < alone < 11
    assert 19 < beside < 22


def test_nothing_is_proposed_on_walls_and_windows_that_are_not_there(ctx: Context) -> None:
    school = {"usage": "enseignement", "public_owner": True, "storeys": 1, "side": (100, 60)}
    rows = [school | {"nom": f"école {i}"} for i in range(5)]
    layer = table(rows)
    boxes = [shapely.box(100 * x, 60 * y, 100 * x + 100, 60 * y + 60) for x, y in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))]
    layer = layer.set_column(layer.column_names.index("geometry"), "geometry", pa.array(shapely.to_wkb(boxes), pa.binary()))
    bundle = engine().inventory({"batiment": layer}, "34999")
    made = engine().propose(bundle, engine().diagnose(bundle, ctx), ctx).to_pylist()
    middle = [one for one in made if layer["id"][0].as_py() in one["assets"]]
    assert middle
    assert not [one for one in middle if "menuiseries" in one["title"] or "murs" in one["title"]]
    assert all(one["quantity"] >= LEAST_ELEMENT_M2 for one in made if one["kind"] in ("menuiseries", "isolation_murs"))
    assert [one for one in made if layer["id"][1].as_py() in one["assets"] and "menuiseries" in one["title"]]
