"""The referential against the official files and against facts anyone can check."""

import gzip
import json
from collections import Counter
from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from jumeau.errors import NotFoundError
from jumeau.model.territory import collectivite_name, normalise, referential, vintages
from jumeau.model.territory.facts import usual_siren
from jumeau.model.territory.names import joined, linked

known = referential()

MOVED_WITH_A_SPLIT = {("55273", "55245"), ("60455", "60054")}
"""Parts the published list of old codes leaves to the commune that took them first; the list of parts of the same file says
they followed another one at its split (Madine 1983, Les Hauts-Talican 2024)."""


@pytest.mark.parametrize(
    ("code", "today"),
    [
        ("34144", ("34144",)),
        ("34093", ("34144",)),
        ("75056", ("75056",)),
        ("75101", ("75056",)),
        ("75120", ("75056",)),
        ("69381", ("69123",)),
        ("69389", ("69123",)),
        ("69232", ("69123",)),
        ("13216", ("13055",)),
        ("97123", ("97701",)),
        ("97127", ("97801",)),
        ("60467", ("60057",)),
        ("78646", ("78646",)),
        ("20004", ("2A004",)),
        ("20033", ("2B033",)),
        ("27058", ("27676",)),
        ("51606", ("51235", "51313", "51369")),
        ("14513", ("50592",)),
    ],
)
def test_codes_become_todays(code: str, today: tuple[str, ...]) -> None:
    """Published movements: Lunas-les-Châteaux 2025, Corse 1976, Beauvais 1943, Verdey shared in 1966, Pont-Farcy 2018."""
    assert known.resolve(code) == today


def test_a_date_tells_what_a_reused_code_held() -> None:
    """Les Ulis was born in 1977 of parts of Bures-sur-Yvette and Orsay."""
    assert known.resolve("91122", on=date(2020, 1, 1)) == ("91122",)
    assert known.resolve("91122", on=date(1970, 1, 1)) == ("91122", "91692")
    assert known.resolve("60054", on=date(2020, 1, 1)) == ("60054", "60694")
    assert known.resolve("60455", on=date(2018, 1, 1)) == ("60694",)
    assert known.resolve("34093", on=date(2018, 1, 1)) == ("34144",)


def test_every_code_since_1943_is_a_commune_of_today() -> None:
    today = {c.code for c in known.communes()}
    codes = known._successors.codes | known.components.keys()
    lost = {code for code in codes if not set(known.resolve(code)) <= today or not known.resolve(code)}
    assert len(codes) > 8500
    assert lost == set()


def test_counts_of_cog_2026() -> None:
    """Counts stated by the source of the data."""
    assert len(known.communes()) == 34969
    assert Counter(p.type for p in known.components.values())["arrondissement_municipal"] == 45
    assert len(known.communes("34")) == 341
    assert Counter(e.type for e in known.epcis.values()) == {
        "CC": 989, "CA": 230, "METRO": 21, "CU": 14, "MET69": 1, "EPT": 11,
    }  # fmt: skip


def test_epci_are_closed_and_their_populations_add_up() -> None:
    for epci in known.epcis.values():
        members = known.communes(epci=epci.siren)
        assert tuple(m.code for m in members) == epci.membres
        assert len(members) > 0
        if epci.type != "EPT":
            assert sum(m.population_epci or 0 for m in members) == epci.population
            assert sum(m.population_totale or 0 for m in members) == epci.population_totale
            assert {m.epci for m in members} == {epci.siren}


def test_montpellier_and_the_isles() -> None:
    montpellier = known.commune("34172")
    assert (montpellier.nom, montpellier.population, montpellier.siren) == ("Montpellier", 310240, "213401722")
    metropole = known.epci_of("34172")
    assert metropole is not None
    assert (metropole.siren, metropole.type, len(metropole.membres)) == ("243400017", "METRO", 31)
    without = [c.nom for c in known.communes() if c.epci is None and c.departement[:2] not in ("97", "98")]
    assert without == ["Île-de-Bréhat", "Île-de-Sein", "Ouessant", "L'Île-d'Yeu"]
    assert known.departement(montpellier.departement).nom == "Hérault"
    assert known.region(montpellier.region).nom == "Occitanie"


def test_names_are_found_however_they_are_typed() -> None:
    assert [c.code for c in known.find("st jean de vedas")] == ["34270"]
    assert [c.code for c in known.find("SETE")] == ["34301"]
    assert [c.code for c in known.find("Dio-et-Valquières")] == ["34144"]
    assert len(known.find("Saint-Martin")) > 1
    assert [c.departement for c in known.find("Castelnau", "34")] == []
    assert known.find("nulle part") == []
    assert normalise("L’Œuf-Ste-Marie") == "l oeuf sainte marie"


@pytest.mark.parametrize(
    ("code", "near"), [("34999", "34199"), ("1001", "L'Abergement-Clémenciat (01001)"), ("Montpelier", "Montpellier (34172)")]
)
def test_unknown_code_teaches(code: str, near: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        known.commune(code)
    assert code in str(caught.value)
    assert near in str(caught.value)


def test_other_unknowns_name_the_way_out() -> None:
    with pytest.raises(NotFoundError, match=r"Essarts.*Lachy"):
        known.commune("51606")
    with pytest.raises(NotFoundError, match="SIREN"):
        known.epci("123456789")
    with pytest.raises(NotFoundError, match="974"):
        known.communes("96")
    with pytest.raises(NotFoundError, match="76"):
        known.region("77")
    with pytest.raises(NotFoundError, match="syndicat:NOM"):
        collectivite_name("mairie")


def test_resolve_array_follows_resolve() -> None:
    given = np.array(["34093", "34172", None, "51606", "75101", "xx", "34093"], dtype=object)
    assert known.resolve_array(given).tolist() == ["34144", "34172", None, None, "75056", None, "34144"]
    assert known.resolve_array([]).tolist() == []


def test_history_is_in_order() -> None:
    moves = known.history("34093")
    assert {(m.date, m.kind, m.code_after) for m in moves} == {("2025-01-01", "32", "34093"), ("2025-01-01", "32", "34144")}
    dates = [m.date for m in known.history("14472")]
    assert dates == sorted(dates)
    assert len(dates) > 2


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("commune:34172", "Commune de Montpellier"),
        ("commune:34003", "Commune d'Agde"),
        ("commune:34036", "Commune du Bosc"),
        ("epci:243400017", "Montpellier Méditerranée Métropole"),
        ("epci:200017341", "Communauté de communes Lodévois et Larzac"),
        ("departement:34", "Département de l'Hérault"),
        ("region:76", "Région d'Occitanie"),
        ("syndicat:Hérault Énergies", "Syndicat Hérault Énergies"),
        ("syndicat:Syndicat mixte du Bas Languedoc", "Syndicat mixte du Bas Languedoc"),
    ],
)
def test_owners_have_french_names(owner: str, name: str) -> None:
    assert collectivite_name(owner) == name


def test_link_words() -> None:
    assert joined("commune", "L'Abergement-Clémenciat", 5) == "commune de l'Abergement-Clémenciat"
    assert joined("commune", "Les Aires", 4) == "commune des Aires"
    assert linked("Abeilhan", 1) == "d'Abeilhan"


def test_embedded_facts_are_small_dated_and_sourced() -> None:
    folder = files("jumeau.model").joinpath("cog")
    tables = {f.name: f.read_bytes() for f in folder.iterdir() if ".csv" in f.name}
    assert sum(map(len, tables.values())) < 900_000
    assert tables.keys() == vintages().keys()
    assert all(about["vintage"] and about["source"] and about["licence"] for about in vintages().values())
    assert all(data[4:8] == b"\0\0\0\0" for name, data in tables.items() if name.endswith(".gz"))


@pytest.mark.data
def test_against_the_official_file(data_dir: Path) -> None:
    """Every commune, population, SIREN and EPCI of the published file, read independently."""
    folder = data_dir / "referentiel" / "decoupage-administratif-npm-6.0.0"
    communes = json.loads(gzip.decompress((folder / "communes.json.gz").read_bytes()))
    for c in (c for c in communes if c["type"] == "commune-actuelle"):
        ours = known.commune(c["code"])
        assert (ours.nom, ours.population, ours.siren) == (c["nom"], c.get("population"), c.get("siren"))
        assert (ours.departement, ours.region) == (c["departement"], c["region"])
    old = {(o, c["code"]) for c in communes if c["type"] == "commune-actuelle" for o in c.get("anciensCodes", ())}
    assert len(old) > 2500
    apart = {(o, new) for o, new in old if new not in known.resolve(o) and known.resolve(o) != (o,)}
    assert apart == MOVED_WITH_A_SPLIT
    assert usual_siren("97411") is None


@pytest.mark.data
@pytest.mark.parametrize(("departement", "count"), [("34-herault", 343), ("31-haute-garonne", 588)])
def test_communes_of_2018_resolve(data_dir: Path, departement: str, count: int) -> None:
    folder = data_dir / "referentiel" / "france-geojson-2018" / "departements" / departement
    features = json.loads((folder / f"communes-{departement}.geojson").read_text(encoding="utf-8"))["features"]
    codes = [f["properties"]["code"] for f in features]
    assert len(codes) >= count - 5
    found = known.resolve_array(codes)
    assert all(found != None)  # noqa: E711
    assert set(found) == {c.code for c in known.communes(departement[:2])}
