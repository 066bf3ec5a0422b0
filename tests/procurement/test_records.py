"""Own prices, the official record of an award, unit costs read in public records."""

import csv
import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from tests.funding.test_plan import action

from jumeau.errors import InputError
from jumeau.model.action import actions_table
from jumeau.model.price import UnitPrice
from jumeau.procurement import Award, benchmarks, compared, is_service, priced, records, seen
from jumeau.procurement.benchmarks import need_of, numbered, quantity_of
from jumeau.procurement.decp import siret_is_valid

DAY = date(2026, 11, 25)
PRICE = UnitPrice(need="lanterne_led", unit="point", price_eur=612.5, price_year=2026, contract="AC-2026-03")
AWARD = Award(
    id="2026EP01",
    buyer="21340172201787",
    subject="Rénovation de l'éclairage public",
    cpv="34928530-2",
    contract="travaux",
    procedure="adaptee",
    place="34172",
    months=12,
    notified_on=date(2026, 10, 1),
    published_on=date(2026, 10, 20),
    amount_eur=120_000,
    offers=4,
    winners=("73282932000074",),
)


def lights() -> pa.Table:
    return actions_table([action(need="lanterne_led", quantity=100.0, unit="point")])


def test_a_price_of_the_user_replaces_the_catalogue() -> None:
    found = priced(lights(), [PRICE], DAY).to_pylist()[0]
    assert found["cost_eur"] == found["cost_eur_low"] == found["cost_eur_high"] == 61_250
    assert found["price_year"] == 2026
    assert "AC-2026-03" in found["cost_source"]


def test_a_price_counts_for_those_who_may_order_while_it_is_in_force() -> None:
    table = lights()
    old = UnitPrice(**{**_fields(PRICE), "valid_to": date(2025, 12, 31)})
    other = UnitPrice(**{**_fields(PRICE), "owners": ("commune:34999",)})
    assert priced(table, [old, other], DAY).equals(table)


def test_a_price_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="se compte en point"):
        priced(lights(), [UnitPrice(**{**_fields(PRICE), "unit": "m"})], DAY)
    with pytest.raises(InputError, match="AC-2026-03"):
        priced(lights(), [UnitPrice(**{**_fields(PRICE), "price_eur": -1.0})], DAY)


def _fields(price: UnitPrice) -> dict[str, object]:
    return {name: getattr(price, name) for name in price.__struct_fields__}


@pytest.mark.data
def test_a_record_is_valid_against_the_official_schema(data_dir: Path) -> None:
    """Schéma « marché » 2.0.3 du format de la commande publique (139bercy/format-commande-publique)."""
    import jsonschema_rs

    folder = data_dir / "commande-publique/decp-exemples/139bercy"
    schema = json.loads((folder / "schema_decp_v2.0.3.json").read_text(encoding="utf-8"))
    framework = Award(**{**_award(), "framework": True, "advance": 0.1, "place": "34", "contract": "fournitures_services"})
    made = json.loads(json.dumps(records([AWARD, framework])))
    official = jsonschema_rs.validator_for(schema)
    official.validate(made)
    del made["marches"]["marche"][0]["objet"]
    assert not official.is_valid(made)


def _award() -> dict[str, object]:
    return {name: getattr(AWARD, name) for name in AWARD.__struct_fields__}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"buyer": "21340172201788"}, "SIRET"),
        ({"buyer": "2134"}, "SIRET"),
        ({"winners": ()}, "titulaire"),
        ({"amount_eur": 0.0}, "montant"),
        ({"offers": 0}, "offres"),
    ],
)
def test_a_record_that_cannot_be_published_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        records([Award(**{**_award(), **change})])


def test_check_digit_of_public_numbers() -> None:
    """SIRET of Insee's own examples and of the city of Montpellier (its TOTEM accounts); La Poste has a rule of its own."""
    assert all(siret_is_valid(n) for n in ("73282932000074", "21340172201787", "35600000049837"))
    assert not any(siret_is_valid(n) for n in ("73282932000075", "21340172201788", "35600000049838"))


@pytest.mark.parametrize(
    ("text", "need", "quantity"),
    [
        ("Remplacement de 241 luminaires par des LED", "lanterne_led", 241),
        ("Éclairage public : 1 250 points lumineux", "lanterne_led", 1250),
        ("Éclairage public du stade", None, None),
        ("Renouvellement de la canalisation AEP, 850 ml", "canalisation_aep", 850),
        ("Éclairage public : 12 lampadaires et 15 lampadaires", "lanterne_led", None),
        ("Remplacement de quarante points lumineux de l'éclairage public", "lanterne_led", 40),
        ("Fourniture et pose de 71 modules retrofit sur lanternes", "lanterne_led", 71),
        ("Éclairage public, luminaires LED x 45", "lanterne_led", 45),
        ("Remplacement de 120 anciens points lumineux", "lanterne_led", 120),
        ("Rénovation de l'éclairage public, tranche 2, programme 2019", "lanterne_led", None),
        ("Remplacement d'un luminaire de l'éclairage public", "lanterne_led", None),
        ("Installation d'une chaudière à granulés en remplacement de la pompe à chaleur", None, None),
        ("Réfection de la toiture et isolation des combles", None, None),
        ("Rénovation de la mairie", None, None),
        ("Pompe à chaleur de 60 kW à l'école", "pompe_chaleur_batiment", 60),
    ],
)
def test_texts_become_needs(text: str, need: str | None, quantity: float | None) -> None:
    assert need_of(text) == need
    if need:
        assert quantity_of(text, need) == quantity


def test_a_sample_of_titles_read_by_a_person() -> None:
    """60 titles drawn among those of the DETR and DSIL projects of 2019 (Licence Ouverte) that name lighting, drinking water,
    insulation, heat pumps or controls, each read and given its need, or none when it mixes trades or buys something else."""
    rows = list(csv.DictReader((Path(__file__).parent / "titles_2019.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 60
    pairs = [(row["need"], need_of(row["title"]) or "") for row in rows]
    given = [truth for truth, said in pairs if said]
    right = sum(truth == said for truth, said in pairs if said)
    wanted = sum(bool(truth) for truth, _ in pairs)
    assert len(given) >= 25
    assert right / len(given) >= 0.95, [
        row["title"] for row, (truth, said) in zip(rows, pairs, strict=True) if said and truth != said
    ]
    assert right / wanted >= 0.95


@pytest.mark.parametrize(
    ("title", "need"),
    [
        ("Remplacement des menuiseries aux écoles Prévert maternelle et Cocteau élémentaire", "menuiseries"),
        ("Changement des huisseries d’un bâtiment communal", "menuiseries"),
        ("Travaux de remplacement des menuiseries de la salle des fêtes de Pachins", "menuiseries"),
        ("Remplacement de fenêtres et de volets à l’école", None),
        ("Restauration du toit de la cantine scolaire et changement des fenêtres", None),
        ("Rénovation énergétique de l'école : isolation intérieure et changement des menuiseries et des radiateurs", None),
    ],
)
def test_windows_alone_are_told_from_works_of_several_trades(title: str, need: str | None) -> None:
    """Titles of the projects of 2019 (DGCL, ANCT): of 60 drawn at random and read, two mixed works before the last words."""
    assert need_of(title) == need


@pytest.mark.parametrize(
    ("text", "number"),
    [("quatre-vingt-dix-sept", 97), ("vingt et un", 21), ("deux cent cinquante", 250), ("mille deux cents", 1200),
     ("soixante-dix", 70), ("cent", 100), ("quatre-vingts", 80), ("soixante et onze", 71)],
)  # fmt: skip
def test_numbers_in_words(text: str, number: int) -> None:
    assert numbered(f"{text} lampadaires") == f"{number} lampadaires"


def test_outliers_are_shown_and_left_out() -> None:
    rows = [(str(i), f"Remplacement de {10 + i} luminaires", (10 + i) * 700.0 * (1 + i / 100)) for i in range(12)]
    found = seen([*rows, ("faux", "Remplacement de 100 luminaires", 9_000_000.0), ("rien", "Mairie", 10.0)])
    assert [one.record for one in found if one.outlier] == ["faux"]
    made = benchmarks(found)["lanterne_led"]
    assert (made.records, made.with_quantity, made.outliers) == (13, 13, 1)
    assert made.median_eur == pytest.approx(740, abs=10)
    assert [word for _, word in compared({"lanterne_led": made}, {"lanterne_led": (500, 900)})] == ["inside"]
    assert [word for _, word in compared({"lanterne_led": made}, {"lanterne_led": (900, 1200)})] == ["below"]
    assert [word for _, word in compared({"lanterne_led": made}, {})] == ["unknown"]


def test_too_few_records_say_nothing() -> None:
    made = benchmarks(seen([("1", "Remplacement de 10 luminaires", 7000.0)]))["lanterne_led"]
    assert made.median_eur is None
    assert made.amount_median_eur is None


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("Maîtrise d'œuvre pour l'éclairage public", None),
        ("Maintenance de l'éclairage public", None),
        ("Étude et travaux d'éclairage public", "lanterne_led"),
    ],
)
def test_a_service_is_not_the_cost_of_works(text: str, need: str | None) -> None:
    assert need_of(text) == need


def test_the_code_of_a_contract_says_when_it_is_a_service() -> None:
    """CPV 2008: 50232100 maintenance of street lighting, 71314300 consulting, 34928510 columns, 45316110 installation."""
    assert [is_service(code) for code in ("50232100", "71314300", "34928510", "45316110", None)] == [True, True] + [False] * 3


def test_prices_of_many_actions_are_those_of_one_by_one() -> None:
    many = actions_table(
        [action(id=f"a{i}", need=need, quantity=float(i + 1), unit=unit, owner=f"commune:3400{i % 4}")
         for i, (need, unit) in enumerate([("lanterne_led", "point"), ("canalisation_aep", "m")] * 20)]
    )  # fmt: skip
    some = UnitPrice(**{**_fields(PRICE), "price_eur": 500.0, "contract": "AC-2", "owners": ("commune:34002",)})
    found = priced(many, [PRICE, some], DAY).to_pylist()
    for before, after in zip(many.to_pylist(), found, strict=True):
        wanted = before["cost_eur"]
        if before["need"] == "lanterne_led":
            wanted = before["quantity"] * (500.0 if before["owner"] == "commune:34002" else 612.5)
        assert after["cost_eur"] == pytest.approx(wanted)
