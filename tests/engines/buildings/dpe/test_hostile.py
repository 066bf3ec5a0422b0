"""Hostile and impossible DPE: named in French, and the others go on."""

from pathlib import Path

import numpy as np
import pytest

from jumeau.engines.buildings.dpe import compute
from jumeau.engines.buildings.dpe.check import oddities
from jumeau.errors import HostileFileError, InputError
from jumeau.model.dpe import DpeBatch
from jumeau.sources.dpe_xml import read_dpe

SMALL = """<dpe version="2"><numero_dpe>{number}</numero_dpe><logement><caracteristique_generale>
<annee_construction>{year}</annee_construction><enum_periode_construction_id>2</enum_periode_construction_id>
<enum_methode_application_dpe_log_id>1</enum_methode_application_dpe_log_id>
<surface_habitable_logement>{area}</surface_habitable_logement><hsp>{height}</hsp></caracteristique_generale>
<meteo><enum_zone_climatique_id>1</enum_zone_climatique_id><enum_classe_altitude_id>1</enum_classe_altitude_id></meteo>
<enveloppe><mur_collection><mur><donnee_entree><enum_type_adjacence_id>1</enum_type_adjacence_id>
<surface_paroi_opaque>{wall}</surface_paroi_opaque><enum_methode_saisie_u_id>9</enum_methode_saisie_u_id>
<umur_saisi>1.2</umur_saisi></donnee_entree></mur></mur_collection></enveloppe></logement></dpe>"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def small(folder: Path, number: str = "A", **values: object) -> Path:
    filled = {"number": number, "year": 1960, "area": 100, "height": 2.5, "wall": 120} | values
    return write(folder, f"{number}.xml", SMALL.format(**filled))


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><!DOCTYPE dpe [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><dpe>&b;</dpe>',
        '<!DOCTYPE dpe SYSTEM "file:///etc/passwd"><dpe/>',
        '<!DOCTYPE dpe [<!ENTITY x SYSTEM "http://example.org/x">]><dpe>&x;</dpe>',
    ],
)
def test_entities_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(HostileFileError, match="bombe"):
        read_dpe([write(tmp_path, "bombe.xml", text)])


def test_too_many_elements_are_refused(tmp_path: Path) -> None:
    body = "<mur></mur>" * 30_000
    with pytest.raises(InputError, match="mur"):
        read_dpe([write(tmp_path, "long.xml", f"<dpe><logement><mur_collection>{body}</mur_collection></logement></dpe>")])


@pytest.mark.parametrize("text", ["", "<dpe>", "pas du XML", "<html><body>Bonjour</body></html>", "<a>" * 5000])
def test_what_is_not_a_dpe_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"rien\.xml"):
        read_dpe([write(tmp_path, "rien.xml", text)])


def test_a_bad_file_leaves_no_trace_and_the_others_go_on(tmp_path: Path) -> None:
    half = SMALL.format(number="moitie", year=1960, area=100, height=2.5, wall=120)
    half = half[: half.index("</mur_collection>")]
    paths = [small(tmp_path, "A"), write(tmp_path, "moitie.xml", half), small(tmp_path, "B", area=50)]
    refused: list[str] = []
    batch = read_dpe(paths, lambda path, _: refused.append(path.name))
    assert refused == ["moitie.xml"]
    assert batch.numbers == ["A", "B"]
    assert batch.of("mur").owner.tolist() == [0, 1]
    assert batch.facts.get("surface_habitable_logement").tolist() == [100, 50]


def keys(batch: DpeBatch) -> set[str]:
    return {odd.key for odd in oddities(batch)}


def test_wrong_units_and_contradictions_are_named(tmp_path: Path) -> None:
    plain = keys(read_dpe([small(tmp_path)]))
    assert plain == {"sans_chauffage"}
    for expected, values in (
        ("surface_folle", {"area": 1_000_000}),
        ("hauteur_folle", {"height": 250}),
        ("murs_fous", {"wall": 1_200_000}),
        ("annee_contre_periode", {"year": 2015}),
        ("sans_surface", {"area": 0}),
    ):
        assert expected in keys(read_dpe([small(tmp_path, **values)])), expected


def test_an_almost_empty_dpe_gives_unknowns_and_not_zeros(tmp_path: Path) -> None:
    out = compute(read_dpe([small(tmp_path, area=0)]))
    assert out.label.tolist() == ["?"]
    assert not np.isfinite(out.primary_m2[0])


def test_extra_and_repeated_columns_are_bounded(tmp_path: Path) -> None:
    extra = "".join(f"<champ_{i}>1</champ_{i}>" for i in range(5000))
    text = SMALL.format(number="A", year=1960, area=100, height=2.5, wall=120).replace("<hsp>", extra + "<hsp>")
    batch = read_dpe([write(tmp_path, "A.xml", text)])
    assert len(batch.facts.columns) <= 300
