"""DPE of the ADEME in its naming generations: read alike; what contradicts itself is named; no address is kept."""

from pathlib import Path

import pytest

from jumeau.errors import InputError
from jumeau.sources.dpe_csv import Dpe, read_dpe_csv


@pytest.mark.parametrize(
    "head",
    [
        "N°DPE;Etiquette_DPE;Surface_habitable_logement;Année_construction;Type_énergie_principale_chauffage;Code_INSEE_(BAN)",
        "numero_dpe;etiquette_dpe;surface_habitable_logement;annee_construction;type_energie_principale_chauffage;code_insee_ban",
    ],
)
def test_naming_generations_give_the_same(tmp_path: Path, head: str) -> None:
    path = tmp_path / "d.csv"
    path.write_text(head + "\n2269E1,D,45.5,1955,Gaz naturel,69381\n".replace(",", ";"), encoding="utf-8")
    (row,) = read_dpe_csv(path).rows
    assert (row.number, row.label, row.floor, row.year, row.heating_energy) == ("2269E1", "D", 45.5, 1955, "gaz")
    assert not any("adresse" in name for name in Dpe.__struct_fields__)


def test_a_diagnosis_that_contradicts_itself_is_named(tmp_path: Path) -> None:
    head = "numero_dpe,surface_habitable_logement,surface_habitable_immeuble,conso_5_usages_par_m2_ep,conso_5_usages_ep,"
    rows = "A,450000,,200,9000,D,1950\nB,120,60,,,D,1950\nC,45,,200,9010,D,12\nD,45,2000,100,4500,Z,1950\n"
    path = tmp_path / "d.csv"
    path.write_text(head + "etiquette_dpe,annee_construction\n" + rows, encoding="utf-8")
    found = read_dpe_csv(path)
    assert [d.floor for d in found.rows] == [None, None, 45.0, 45.0]
    assert found.rows[2].year is None
    assert found.rows[3].label is None
    assert len(found.remarks) == 4


def test_not_a_dpe_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="numéro de DPE"):
        read_dpe_csv(path)


@pytest.mark.data
def test_real_files(data_dir: Path) -> None:
    """Lyon 1er (old names, decimal commas), new dwellings of the Rhône (220 columns), samples met with RNB ids."""
    folder = data_dir / "batiments"
    old = read_dpe_csv(folder / "dpe-69-rhone" / "dpe-existants-lyon1-sample.csv.gz")
    new = read_dpe_csv(folder / "dpe-69-rhone" / "dpe-v2-logements-neufs.csv.gz")
    samples = folder / "rnb-echantillons" / "notebooks" / "rapprochements" / "DPE" / "2024" / "samples"
    met = read_dpe_csv(samples / "DPE_existants_sample.csv")
    assert (len(old.rows), len(new.rows), len(met.rows)) == (1000, 2851, 30)
    assert sum(d.label is not None and d.floor is not None for d in old.rows) > 950
    assert sum(d.x is not None for d in old.rows) > 900
    assert sum(d.heating_energy is not None for d in old.rows) > 950
    assert sum(d.rnb is not None for d in met.rows) > 20
