"""A DPE is kept without what names people and places, and still says the same."""

import tarfile
from pathlib import Path

import numpy as np
import pytest

from jumeau.errors import HostileFileError, InputError
from jumeau.sources.dpe_clean import cleaned
from jumeau.sources.dpe_xml import read_dpe

PERSONAL = (
    "<geolocalisation><adresses><adresse_bien><adresse_brut>12 rue Haute</adresse_brut>"
    "<code_postal_brut>34090</code_postal_brut></adresse_bien></adresses></geolocalisation>",
    "<nom_proprietaire>Dupont</nom_proprietaire><date_visite_diagnostiqueur>2021-12-15</date_visite_diagnostiqueur>",
    "<telephone_diagnostiqueur>0467000000</telephone_diagnostiqueur><mail_diagnostiqueur>a@b.fr</mail_diagnostiqueur>",
)
FILE = f"""<dpe version="0.1.0"><numero_dpe>2334E0000001A</numero_dpe><administratif>{PERSONAL[0]}{PERSONAL[1]}
<date_etablissement_dpe>2023-04-12</date_etablissement_dpe><diagnostiqueur>{PERSONAL[2]}
<version_moteur_calcul>x_1.2</version_moteur_calcul></diagnostiqueur></administratif>
<logement><caracteristique_generale><annee_construction>1970</annee_construction>
<nom_residence>Les Lilas</nom_residence><surface_habitable_logement>90</surface_habitable_logement></caracteristique_generale>
<enveloppe><mur_collection><mur><donnee_entree><description>mur de Mme Dupont</description>
<reference>Dupont sud</reference><surface_paroi_opaque>40</surface_paroi_opaque></donnee_entree></mur></mur_collection>
</enveloppe></logement></dpe>"""


def test_nothing_personal_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(FILE, encoding="utf-8")
    kept = cleaned(path).decode()
    for word in ("Haute", "34090", "Dupont", "0467", "a@b", "Lilas", "diagnostiqueur>0", "<description"):
        assert word not in kept
    for word in ("2334E0000001A", "2023-04-12", "x_1.2", "1970", "<surface_paroi_opaque>40<", "<reference>r1<"):
        assert word in kept


def test_bombs_and_other_files_are_refused(tmp_path: Path) -> None:
    bomb, other = tmp_path / "b.xml", tmp_path / "c.xml"
    bomb.write_text('<!DOCTYPE a [<!ENTITY b "x">]><dpe><logement>&b;</logement></dpe>', encoding="utf-8")
    other.write_text("<dpe><administratif/></dpe>", encoding="utf-8")
    with pytest.raises(HostileFileError, match=r"b\.xml"):
        cleaned(bomb)
    with pytest.raises(InputError, match=r"c\.xml"):
        cleaned(other)


@pytest.mark.data
def test_the_official_files_say_the_same_once_cleaned(data_dir: Path, tmp_path: Path) -> None:
    with tarfile.open(data_dir / "batiments" / "dpe-xml-open3cl" / "dpe-xml.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    paths = sorted((tmp_path / "dpe").glob("*.xml"))
    kept = tmp_path / "kept"
    kept.mkdir()
    for path in paths:
        (kept / path.name).write_bytes(cleaned(path))
    before, after = read_dpe(paths), read_dpe(sorted(kept.glob("*.xml")))
    assert len(paths) == 190
    assert before.numbers == after.numbers
    days = [day if day[:4].isdigit() else "" for day in before.facts.text("date_etablissement_dpe")]
    assert days == after.facts.text("date_etablissement_dpe")
    assert before.facts.text("sortie.classe_bilan_dpe") == after.facts.text("sortie.classe_bilan_dpe")
    for kind, part in before.elements.items():
        other = after.of(kind)
        assert part.columns.keys() == other.columns.keys()
        for name, column in part.columns.items():
            np.testing.assert_array_equal(column, other.columns[name], err_msg=f"{kind}.{name}")
