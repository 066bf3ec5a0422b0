"""Collèges to the département, lycées to the région, private ones to nobody: the rule, and the list of a city."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.engines.buildings.conftest import table

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.owners import school_owners
from jumeau.engines.protocol import Context
from jumeau.model.territory import collectivite_name
from jumeau.sources.names import fold

HERE = "montpellier-34"


def owners(rows: list[dict[str, Any]], commune: str = "34172") -> list[str | None]:
    built = engine().inventory({"batiment": table([{"side": (40, 20)} | row for row in rows], commune)}, commune)
    return built["batiment"]["owner"].to_pylist()


def test_names_give_the_owner_that_the_law_gives() -> None:
    names = [
        "Collège Joffre",
        "LYCEE JOFFRE",
        "Lycée Professionnel Jean Mermoz",
        "EREA Jean-Jacques Rousseau",
        "École Joffre",
    ]
    found = owners([{"nom": n} for n in names])
    assert found == ["departement:34", "region:76", "region:76", "region:76", None]
    doubtful = ["Collège privé de l'Assomption", "Collège Saint-Roch", "Lycée Notre-Dame", "Collégiale", "Lycée militaire",
                "Rue du Collège"]  # fmt: skip
    assert owners([{"nom": n} for n in doubtful]) == [None] * 6
    said = [{"nom": "Collège Joffre", "owner": "commune:34172"}, {"nom": "Collège Las Cazes", "public_owner": False},
            {"nom": "Lycée Joffre", "usage": "residentiel"}]  # fmt: skip
    assert owners(said) == ["commune:34172", None, None]


@pytest.mark.parametrize(
    ("commune", "college", "lycee"),
    [("75056", "commune:75056", "region:11"), ("2A004", "region:94", "region:94"), ("97209", "region:02", "region:02"),
     ("69123", "epci:200046977", "region:84"), ("69264", "departement:69", "region:84"),
     ("12174", "departement:12", "region:76")],
)  # fmt: skip
def test_where_another_collectivite_holds_the_level(commune: str, college: str, lycee: str) -> None:
    """Villefranche (69264) is out of the métropole de Lyon, Lyon (69123) is in it."""
    found = owners([{"nom": "Collège A"}, {"nom": "Lycée B"}], commune)
    assert found == [college, lycee]
    assert all(collectivite_name(o) for o in found if o)


def test_an_inferred_owner_says_so_and_gets_the_actions(ctx: Context) -> None:
    bundle = engine().inventory({"batiment": table([{"nom": "Collège A", "storeys": 3, "side": (60, 20)}], "34172")}, "34172")
    assert bundle["batiment"]["owner__origin"].to_pylist() == ["inferred"]
    actions = engine().propose(bundle, engine().diagnose(bundle, ctx), ctx)
    assert set(actions["owner"].to_pylist()) == {"departement:34"}


@pytest.mark.data
def test_the_schools_of_a_city(data_dir: Path) -> None:
    """Montpellier: the city's list of public establishments (collèges and lycées of the « ADM.EDUC.NAT » heading) against the
    names of its stock of buildings, and its own classes: BC are the commune's, NP private."""
    listed = json.loads((data_dir / "batiments" / HERE / "EtabliPublic/VilleMTP_MTP_EtabliPublic.geojson").read_text("utf-8"))
    schools = {}
    for feature in listed["features"]:
        row = feature["properties"]
        if row["DELTA_SSCA"] in ("Collèges", "Lycées"):
            schools[fold(row["LIBEL"])] = "departement:34" if row["DELTA_SSCA"] == "Collèges" else "region:76"
    drawn = json.loads((data_dir / "batiments" / HERE / "Batiments/VilleMTP_MTP_Batiments.geojson").read_text("utf-8"))
    rows = [f["properties"] for f in drawn["features"]]
    names = pa.array([r["PATRLIB"] for r in rows], pa.string())
    none = pa.nulls(len(rows), pa.string())
    stock = pa.table({"nom": names, "commune": pa.repeat("34172", len(rows)), "owner": none, "usage": none,
                      "public_owner": pa.nulls(len(rows), pa.bool_())})  # fmt: skip
    found = school_owners(stock)
    wrong = {r["PATRLIB"]: o for r, o in zip(rows, found, strict=True) if schools.get(fold(r["PATRLIB"] or ""), o) != o}
    assert not wrong
    assert sum(fold(r["PATRLIB"] or "") in schools for r in rows) > 250
    classes = {r["CLASS"] for r, o in zip(rows, found, strict=True) if o}
    assert classes == {"BT", "CI"}  # never a building of the commune (BC) nor a private one (NP)
