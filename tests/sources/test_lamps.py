"""Lamp names as inventories write them, and light points in the published model."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from jumeau.model.dictionary import builtin_layers
from jumeau.sources.importer import prepare
from jumeau.sources.lamps import read_lamp, read_lamps

NAMES = [
    ("SHP 100W", "shp", 100), ("NaHP", "shp", None), ("HPS 70", "shp", 70), ("Iod. Mét.", "im", None),
    ("ballon fluo", "vm", None), ("LED 38 W", "led", 38), ("S.H.P. 150 W", "shp", 150), ("100W SHP", "shp", 100),
    ("SHP100", "shp", 100), ("shp_70w", "shp", 70), ("NAV-T 70", "shp", 70), ("SON-T 150W", "shp", 150),
    ("Sodium Haute Pression 250", "shp", 250), ("BF 125", "vm", 125), ("HQL 80W", "vm", 80),
    ("Vapeur de mercure 125W", "vm", 125), ("IM 150", "im", 150), ("CDO-TT 70W", "im", 70),
    ("Cosmopolis 60 W", "im", 60), ("CPO-TW 45W", "im", 45), ("Iodures métalliques 400W", "im", 400),
    ("HQI 70W", "im", 70), ("2x36W fluo", "fluo", 72), ("PL-L 2 x 36 W", "fluo", 72), ("Tube fluo 18W", "fluo", 18),
    ("SBP 55W", "sbp", 55), ("SOX 35", "sbp", 35), ("Halogène 500W", "halogene", 500), ("LED 3000K 24W", "led", 24),
    ("Modules LED 32 leds 52W", "led", 52), ("LED 0,038 kW", "led", 38), ("High pressure sodium 100 W", "shp", 100),
    ("Vapor de sodio alta presión 150W", "shp", 150), ("Natriumdampf-Hochdruck 70W", "shp", 70),
    ("Halogenuros metálicos 70", "im", 70), ("Metal halide 150W", "im", 150), ("Mercury vapour 125 W", "vm", 125),
    ("Quecksilberdampf 80W", "vm", 80), ("SHP 70/100W", "shp", None), ("100 W", None, 100),
    ("Induction 85W", "autre", 85), ("?", None, None), ("NC", None, None), ("lampe", None, None),
    ("SHP 5000W", "shp", None), ("E27 LED 12W 2700K", "led", 12), ("SHP 100W 1998", "shp", 100), ("Led", "led", None),
    ("SAP 150", "shp", 150),
]  # fmt: skip


@pytest.mark.parametrize(("text", "technology", "power"), NAMES)
def test_a_lamp_name_is_read(text: str, technology: str | None, power: float | None) -> None:
    found = read_lamp(text)
    assert (found.technology, found.power_w) == (technology, power)
    assert (found.technology_confidence > 0) == (technology is not None)
    assert (found.power_confidence > 0) == (power is not None)


def test_what_is_written_in_words_is_surer_than_what_is_guessed() -> None:
    assert read_lamp("SHP 100W").power_confidence > read_lamp("SHP 100").power_confidence > read_lamp("100").power_confidence
    assert read_lamp("SHP ou IM 100W").technology is None or read_lamp("SHP ou IM 100W").technology_confidence < 0.9


def test_a_million_cells_of_few_words_cost_a_few_readings(monkeypatch) -> None:
    import jumeau.sources.lamps as lamps

    seen = []
    monkeypatch.setattr(lamps, "read_lamp", lambda text: seen.append(text) or read_lamp(text))
    column = pa.array(["SHP 100W", "LED 38 W", None, "ballon fluo 125"] * 50_000)
    read = read_lamps(column)
    assert len(seen) == 3
    assert read.technology.to_pylist()[:4] == ["shp", "led", None, "vm"]
    assert np.nan_to_num(read.power_w[:4]).tolist() == [100, 38, 0, 125]


def points(path: Path, header: str, *rows: str) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def load(path: Path):
    return prepare(path, builtin_layers()["luminaire"])


def test_the_power_comes_out_of_the_lamp_name_and_the_lamp_out_of_the_power_column(tmp_path) -> None:
    named = load(
        points(
            tmp_path / "a.csv", "num;insee;lampe;x;y", "1;34172;SHP 100W;770000;6280000", "2;34172;ballon fluo;770010;6280000"
        )
    )
    assert named.table["lamp_technology"].to_pylist() == ["shp", "vm"]
    assert named.table["lamp_power_w"].to_pylist() == [100, None]
    mixed = load(
        points(tmp_path / "b.csv", "num;insee;puissance;x;y", "1;34172;100W SHP;770000;6280000", "2;34172;70;770010;6280000")
    )
    assert mixed.table["lamp_power_w"].to_pylist() == [100, 70]
    assert mixed.table["lamp_technology"].to_pylist() == ["shp", None]


def test_powers_in_kilowatts_are_said_and_marked(tmp_path) -> None:
    rows = [f"{i};34172;0,{p:03d};{770000 + i};6280000" for i, p in enumerate([70, 100, 150, 250, 38] * 4)]
    found = load(points(tmp_path / "kw.csv", "num;insee;puissance;x;y", *rows))
    assert found.table["lamp_power_w"].to_pylist()[:3] == pytest.approx([70, 100, 150])
    assert found.origins["lamp_power_w"].value == "inferred"
    assert any("1 000" in note for note in found.notes)


def test_a_lamp_table_with_no_coordinates_loads_when_its_commune_is_known(tmp_path) -> None:
    found = load(points(tmp_path / "c.csv", "num;insee;armoire;lampe", "1;34172;A1;SHP 100W", "2;34172;A1;LED 38 W"))
    assert found.table.num_rows == 2
    assert found.table["armoire"].to_pylist() == ["A1", "A1"]
    assert "geometry" not in found.table.column_names or found.table["geometry"].null_count == 2


@pytest.mark.data
def test_the_france_data_reseau_model_is_recognised_and_read_in_its_own_units(tmp_path, data_dir) -> None:
    path = data_dir / "standards/tableschema/fdr-eclairagepublic/tableschemas/eclairagepublic_pointslumineux_tableschema.json"
    fields = [f["name"] for f in json.loads(path.read_text(encoding="utf-8"))["fields"]]
    values = {
        "insee": "34172", "siren": "213401722", "reference": "PL-1", "x": "770000", "y": "6280000", "puissance": "82",
        "flux": "7000", "type_luminaire": "routier", "type_source": "SHP", "ulr": "1", "temperature_couleur": "2000",
        "hauteur": "8", "plages_variation": "A/X///23:00HL/05:00HL", "eclairage_adaptatif": "DTP",
    }  # fmt: skip
    rows = [
        ",".join((values | {"type_source": kind}).get(f, "") for f in fields)
        for kind in ("SHP", "TF", "FC", "HAL", "INC", "XX", "LED")
    ]
    found = load(points(tmp_path / "fdr.csv", ",".join(fields), *rows))
    table = found.table
    assert any("France Data Réseau" in note for note in found.notes)
    assert table["system_power_w"].to_pylist()[0] == 82
    assert table["ulr"].to_pylist()[0] == pytest.approx(0.01)
    assert table["lamp_technology"].to_pylist() == ["shp", "fluo", "fluo", "halogene", "autre", None, "led"]
    assert table["dimming_steps"].to_pylist()[0] == values["plages_variation"]
    assert table["adaptive_control"].to_pylist()[0] == "detection"
    assert set(found.mapping.unused) <= {"commune", "tag", "commentaire", "latitude", "longitude"}


@pytest.mark.data
def test_the_twenty_columns_of_darkskylab_load_with_latitudes_only(tmp_path, data_dir) -> None:
    """The table of France Data Réseau is signed by DarkSkyLab: twenty columns, positions in degrees or in metres."""
    path = data_dir / "standards/tableschema/fdr-eclairagepublic/tableschemas/eclairagepublic_pointslumineux_tableschema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    fields = [f["name"] for f in schema["fields"]]
    assert len(fields) == 20
    assert "DarkSkyLab" in [c["organisation"] for c in schema["contributors"]]
    values = {"latitude": "43.61", "longitude": "3.87", "puissance": "82", "type_source": "SHP", "ulr": "3", "tag": "essai"}
    found = load(points(tmp_path / "dsl.csv", ",".join(fields), ",".join(values.get(f, "") for f in fields)))
    assert any("DarkSkyLab" in note for note in found.notes)
    assert found.table["geometry"].null_count == 0
    assert found.table["ulr"].to_pylist() == [pytest.approx(0.03)]


ECLEXT = {
    "X": "770000", "Y": "6280000", "statut": "functional", "eclairagePublic": "true", "usage": "A", "typeSource": "SHP",
    "structure": "LANT", "support": "MUR", "temperatureCouleur": "2000", "puissance": "115", "valideDe": "20200101",
    "extinctionNuit": "true", "estAdaptatif": "false", "fabricant": "X", "modele": "Y", "hauteurFeu": "8",
    "fluxSource": "10700",
    "fluxLuminaire": "9000", "cie3": "0.97", "ulrNominal": "0.01", "ulrInstalle": "0.02", "inclinaisonInstallee": "5",
    "datePremiereInstallation": "20040501", "eclairageAdaptatif": "EN",
}  # fmt: skip


def test_the_eclext_geostandard_is_read_with_its_codes(tmp_path) -> None:
    """Columns and codes of the CNIG geostandard EclExt 1.1 (29 November 2022), class PointLumineux."""
    other = ECLEXT | {
        "statut": "dismantled", "usage": "XX", "typeSource": "XX", "structure": "PROJ", "extinctionNuit": "false",
        "eclairageAdaptatif": "TG",
    }  # fmt: skip
    rows = [";".join(r.values()) for r in (ECLEXT, other)]
    found = load(points(tmp_path / "eclext.csv", ";".join(ECLEXT), *rows))
    row = {name: found.table[name].to_pylist() for name in found.table.column_names if name != "geometry"}
    assert any("EclExt 1.1" in note for note in found.notes)
    assert row["in_service"] == [True, False]
    assert row["installation_type"] == ["voirie", None]
    assert row["lamp_technology"] == ["shp", None]
    assert row["luminaire_type"] == ["lanterne", "projecteur"]
    assert row["regime"] == ["coupure", None]
    assert row["support_type"] == ["facade", "facade"]
    assert (row["system_power_w"][0], row["height_m"][0], row["cct_k"][0]) == (115, 8, 2000)
    assert (row["luminous_flux_lm"][0], row["install_year"][0], row["tilt_deg"][0]) == (10700, 2004, 5)
    assert (row["ulr"][0], row["cie_flux_code_3"][0]) == (pytest.approx(0.01), pytest.approx(0.97))
    assert found.rejects == 0 or found.rejects.num_rows == 0


FOREIGN = {
    "English": (
        "asset_id;lat;lon;lamp_type;wattage;mounting_height;install_date;column_type;feeder_pillar;lantern_type;switching",
        "UK1;43.61;3.87;HPS 150W;150;8;2004-05-01;steel column;FP12;Lantern;all night",
        ("shp", 150, 8, 2004, "mat", "FP12", "lanterne", "permanent"),
    ),
    "German": (
        "Mastnummer;X;Y;Leuchtmittel;Leistung_W;Lichtpunkthöhe;Baujahr;Masttyp;Schaltschrank;Leuchtentyp;Betriebsart",
        "L2;770030;6280000;Natriumdampf-Hochdruck 70W;70;6,5;1998;Wandausleger;SS-4;Mastansatzleuchte;Halbnacht",
        ("shp", 70, 6.5, 1998, "facade", "SS-4", "lanterne", "coupure"),
    ),
    "Spanish": (
        "codigo;coord_x;coord_y;tipo_lampara;potencia_w;altura;ano_instalacion;tipo_soporte;cuadro;tipo_luminaria;regimen",
        "A1;770000;6280000;Halogenuros metálicos 70;70;5;2010;fachada;CM-3;farol;media noche",
        ("im", 70, 5, 2010, "facade", "CM-3", "luminaire_ambiance", "coupure"),
    ),
    "Occitan": (
        "numero;x;y;lampa;poténcia;nautor;annada_pausa;supòrt;armari;tipe_luminari;foncionament",
        "O1;770000;6280000;sòdi nauta pression;100;8;2001;pal;A1;lantèrna;tota la nuech",
        ("shp", 100, 8, 2001, "mat", "A1", "lanterne", "permanent"),
    ),
    "French syndicate": (
        "N° PL;X_L93;Y_L93;Nature lampe;Puiss. nom. (W);Ht feu;Année pose lum.;Type mât;N° commande;Cat. lum.;Régime fct",
        "1;770000;6280000;Iod. Mét.;70;8;1995;candélabre acier;A1;Fonctionnelle;Coupure",
        ("im", 70, 8, 1995, "candelabre", "A1", "lanterne", "coupure"),
    ),
}


@pytest.mark.parametrize("language", FOREIGN)
def test_a_table_in_another_language_is_read(tmp_path, language: str) -> None:
    header, row, wanted = FOREIGN[language]
    table = load(points(tmp_path / "x.csv", header, row)).table
    names = ("lamp_technology", "lamp_power_w", "height_m", "install_year", "support_type", "armoire", "luminaire_type",
             "regime")  # fmt: skip
    assert tuple(table[n].to_pylist()[0] for n in names) == wanted


def test_hours_written_as_a_clock_are_read(tmp_path) -> None:
    rows = [f"{i};{770000 + i};6280000;{h};05h00" for i, h in enumerate(("23:30", "23h30", "23h", "23.5"))]
    table = load(points(tmp_path / "h.csv", "num;x;y;H. extinction;H. rallumage", *rows)).table
    assert table["off_from_h"].to_pylist() == [23.5, 23.5, 23.0, 23.5]
    assert table["off_to_h"].to_pylist() == [5.0] * 4
