"""Cells as French files write them."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from jumeau.model.dictionary import Field, builtin_layers, parse_constraint
from jumeau.sources.choices import choice_of
from jumeau.sources.units import factor, header_unit
from jumeau.sources.values import Parsed, parse

LIGHT = builtin_layers()["luminaire"]


def number(cells: list[Any], unit: str = "", target: str = "", constraint: str = "", kind: str = "number") -> Parsed:
    field = Field(name="f", type=kind, unit=target, constraint=parse_constraint(constraint))
    return parse(pa.array(cells), field, unit)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1 234,5", 1234.5),
        ("1\u00a0234,5", 1234.5),
        ("1\u202f234,5", 1234.5),
        ("1\u2009234", 1234.0),
        ("8,911819e+01", 89.11819),
        ("8.911819E+01", 89.11819),
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("1.234.567", 1234567.0),
        ("-0,5", -0.5),
        (",5", 0.5),
        (" 81    ", 81.0),
        ("9173478,52426000000", 9173478.52426),
        ("1,234", 1.234),
    ],
)
def test_french_numbers(cell: str, value: float) -> None:
    assert number([cell, "x"]).values.to_pylist() == [pytest.approx(value), None]
    assert number([cell, "2"]).values[0].as_py() == pytest.approx(value)


def test_units_inside_cells() -> None:
    read = number(["500 [mm]", "0,5 m", "50cm", "3", "4 [kg]"], target="m")
    assert read.values.to_pylist() == [pytest.approx(v) for v in (0.5, 0.5, 0.5, 3.0)] + [None]
    assert read.problems[0].rows.tolist() == [4]


def test_unit_of_the_column() -> None:
    assert number(["0,07", "0,1"], unit="kW", target="W").values.to_pylist() == [pytest.approx(70), pytest.approx(100)]
    assert header_unit("Consommation (kWh)") == ("Consommation", "kWh")
    assert header_unit("puissance_kw") == ("puissance", "kw")
    assert header_unit("Hauteur [cm]") == ("Hauteur", "cm")
    assert header_unit("type_l")[1] == ""
    assert factor("km^2", "m²") == 1e6
    assert factor("W", "m") is None


def test_percent_becomes_a_ratio_and_says_so() -> None:
    read = parse(pa.array(["12", "3,5", "80"]), LIGHT["ulr"])
    assert read.values.to_pylist() == [pytest.approx(v) for v in (0.12, 0.035, 0.8)]
    assert read.inferred
    assert read.notes
    assert parse(pa.array(["12 %", "3,5%"]), LIGHT["ulr"]).values.to_pylist() == [pytest.approx(0.12), pytest.approx(0.035)]


def test_flow_whose_magnitude_betrays_litres() -> None:
    """As in the Garonne files: `17200 [m3/s]` is 17.2 m3/s (the largest flood on record stays under 10 000 m3/s)."""
    read = number(["17200 [m3/s]", "450000 [m3/s]", "90000 [m3/s]"], target="m³/s", constraint="min=0;max=15000")
    assert read.values.to_pylist() == [pytest.approx(v) for v in (17.2, 450.0, 90.0)]
    assert read.inferred


def test_sentinels_bounds_and_text_are_kept_apart() -> None:
    read = parse(pa.array(["-9999", "70", "NC", "-", None, "", "5000", "abc", "0"]), LIGHT["lamp_power_w"])
    assert read.values.to_pylist() == [None, 70.0, None, None, None, None, None, None, None]
    assert read.sentinels == 4
    assert {p.reason: p.rows.tolist() for p in read.problems} == {"illisible": [7], "hors_bornes": [6]}


@pytest.mark.parametrize(
    ("cells", "years"),
    [
        (["1997/12/18", "1900/01/01", "2012"], [1997, None, 2012]),
        (["18/12/1997", "01/01/1900"], [1997, None]),
        (["20120601", "1998"], [2012, 1998]),
        ([dt.date(2001, 5, 1), None], [2001, None]),
        ([1998.0, 9999.0, float("nan")], [1998, None, None]),
    ],
)
def test_years(cells: list[Any], years: list[int | None]) -> None:
    assert parse(pa.array(cells), LIGHT["install_year"]).values.to_pylist() == years


def test_dates() -> None:
    field = Field(name="d", type="date")
    cells = [
        "1997/12/18",
        "18/12/1997",
        "2012_07_23",
        "1900/01/01",
        "????/??/??",
        "1953/??/??",
        "31/02/2000",
        "2008-11-18 15:19:53",
    ]
    read = parse(pa.array(cells), field)
    day = dt.date(1997, 12, 18)
    assert read.values.to_pylist() == [day, day, dt.date(2012, 7, 23), None, None, None, None, dt.date(2008, 11, 18)]
    assert read.problems[0].rows.tolist() == [5, 6]
    assert read.sentinels == 2


def test_booleans() -> None:
    field = Field(name="b", type="boolean")
    cells = ["oui", "Non", "O", "N", "1", "0", "VRAI", "x", "peut-être", ""]
    read = parse(pa.array(cells), field)
    assert read.values.to_pylist() == [True, False, True, False, True, False, True, True, None, None]
    assert read.problems[0].rows.tolist() == [8]
    assert parse(pa.array([True, False, None]), field).values.to_pylist() == [True, False, None]


@pytest.mark.parametrize(
    ("field", "cell", "choice"),
    [
        ("lamp_technology", "SHP", "shp"),
        ("lamp_technology", "NaHP", "shp"),
        ("lamp_technology", "HPS", "shp"),
        ("lamp_technology", "Sodium haute pression", "shp"),
        ("lamp_technology", "iodure", "im"),
        ("lamp_technology", "Iodures métalliques", "im"),
        ("lamp_technology", "Ballon fluo", "vm"),
        ("lamp_technology", "Tube fluo", "fluo"),
        ("lamp_technology", "LED 3000K", "led"),
        ("lamp_technology", "SHP 100W", "shp"),
        ("lamp_technology", "xyz", None),
        ("lamp_technology", "SHP ou LED", None),
        ("luminaire_type", "LANTERNE", "lanterne"),
        ("luminaire_type", "Lanterne", "lanterne"),
        ("luminaire_type", "LUMINAIRE AMBIANCE", "luminaire_ambiance"),
        ("luminaire_type", "Luminaire en applique", "applique"),
        ("luminaire_type", "BORNE COLONNE", "borne"),
        ("luminaire_type", "Encastré", "encastre"),
    ],
)
def test_spellings(field: str, cell: str, choice: str | None) -> None:
    assert choice_of(LIGHT[field], cell) == choice


def test_the_users_spelling_wins() -> None:
    words = {"modèle Z": "led"}
    assert parse(pa.array(["Modele z", "SHP"]), LIGHT["lamp_technology"], words=words).values.to_pylist() == ["led", "shp"]


def test_every_synonym_names_a_choice_of_a_field() -> None:
    from jumeau.sources.choices import synonyms

    fields: dict[str, set[str]] = {}
    for layer in builtin_layers().values():
        for field in layer.fields:
            fields.setdefault(field.name, set()).update(field.constraint.choices)
    for name, words in synonyms().items():
        assert set(words.values()) <= fields[name], name


def test_whole_floats_make_whole_texts() -> None:
    assert parse(pa.array([343.0, 12.0, None]), LIGHT["code"]).values.to_pylist() == ["343", "12", None]
