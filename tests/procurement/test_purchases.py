"""What is bought together, under which procedure, when; volumes that name nobody."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.procurement.sample import ROWS, bought, line

from jumeau.model.need import needs
from jumeau.procurement import calendar, legal_forms, pooling, procedure, purchases, volumes
from jumeau.procurement.calendar import months_before

DAY = date(2026, 11, 25)


def test_actions_of_one_family_are_bought_together() -> None:
    found = bought()
    assert sorted(found) == ["canalisations_eau-2027", "eclairage_public-2027", "objets_connectes-2027"]
    light = found["eclairage_public-2027"]
    assert light.contract == "travaux"
    assert [(m.owner, m.cents) for m in light.members] == [
        ("commune:34001", 3_200_000),
        ("commune:34002", 4_800_000),
        ("commune:34003", 4_000_000),
    ]
    assert (light.first_year, light.last_year, light.years) == (2027, 2028, 2)
    assert sum(p.cents for p in found.values()) == 100 * sum(int(r["cost_eur"]) for r in ROWS)


def test_a_purchase_never_covers_more_than_its_span() -> None:
    rows = [line("commune:34001", "lanterne_led", 2027 + y, 10, 1000) for y in range(10)]
    found = purchases(pa.Table.from_pylist(rows), needs())
    assert [(p.first_year, p.last_year) for p in found] == [(2027, 2030), (2031, 2034), (2035, 2036)]


def test_a_need_nobody_described_stands_alone_and_its_procedure_is_not_known() -> None:
    (one,) = bought([line("commune:34001", "couche_roulement", 2027, 10, 90_000)]).values()
    assert (one.family, one.contract) == ("couche_roulement", None)
    asked = procedure(one, DAY)
    assert asked.kind is None
    assert asked.months_low is None
    assert calendar(asked, 1, date(2027, 6, 1), DAY) is None


def test_a_mixed_purchase_follows_its_main_object() -> None:
    rows = [
        line("commune:34001", "lanterne_led", 2027, 40, 32_000),
        line("commune:34001", "programmation_coupure", 2027, 4, 900),
    ]
    assert bought(rows)["eclairage_public-2027"].contract == "travaux"
    rows[0]["cost_eur"] = 100
    assert bought(rows)["eclairage_public-2027"].contract == "fournitures_services"


def test_pooling_lifts_small_works_above_the_threshold() -> None:
    """Three communes under 100 000 € each are free of publicity; together they are not (CCP R2122-8, R2121-5)."""
    found = pooling(bought()["eclairage_public-2027"], DAY)
    assert {p.kind for p in found.alone.values()} == {"sans_publicite"}
    assert found.together.kind == "adaptee"
    assert found.together.publicity == "boamp_ou_jal"
    assert found.heavier == ("commune:34001", "commune:34002", "commune:34003")
    assert found.months_low == 3 + 2 - 1
    assert found.months_high == 5 + 4 - 2


def test_a_cost_whose_range_crosses_a_threshold_is_not_sure() -> None:
    near = bought([line("commune:34001", "lanterne_led", 2027, 10, 95_000)])["eclairage_public-2027"]
    assert procedure(near, DAY).kind == "sans_publicite"
    assert not procedure(near, DAY).sure
    far = bought([line("commune:34001", "lanterne_led", 2027, 10, 20_000)])["eclairage_public-2027"]
    assert procedure(far, DAY).sure


def test_a_water_network_has_the_thresholds_of_a_contracting_entity() -> None:
    meters = bought([line("syndicat:hydro", "compteur_sectorisation", 2027, 40, 300_000)])["comptage_eau-2027"]
    asked = procedure(meters, DAY)
    assert asked.formal_eur == 432_000
    assert asked.kind == "adaptee"


def test_forms_that_may_serve() -> None:
    light = {f.form: f.decision for f in legal_forms(bought()["eclairage_public-2027"], needs(), DAY)}
    assert light == {"groupement_commandes": "unknown", "accord_cadre": "yes"}
    signed = legal_forms(bought()["eclairage_public-2027"], needs(), DAY, {"convention_signed": True})
    assert [f.decision for f in signed] == ["yes", "yes"]
    water = {f.form for f in legal_forms(bought()["canalisations_eau-2027"], needs(), DAY)}
    assert water == {"centrale_achat"}


def test_calendar_counts_back_from_the_works() -> None:
    light = bought()["eclairage_public-2027"]
    found = calendar(procedure(light, DAY), 3, date(2027, 9, 1), date(2026, 6, 15))
    assert found is not None
    assert not found.from_today
    assert [s.name for s in found.steps] == ["accord", "dossier", "consultation", "preparation"]
    assert found.steps[-1].ends_on == date(2027, 9, 1)
    assert all(a.ends_on == b.starts_on for a, b in zip(found.steps, found.steps[1:], strict=False))
    assert found.starts_on == date(2026, 7, 1)
    assert found.at_latest == date(2027, 1, 1)
    assert not found.late


def test_steps_that_are_past_are_counted_again_from_today() -> None:
    light = bought()["eclairage_public-2027"]
    for works_on, late in ((date(2027, 9, 1), False), (date(2027, 6, 1), True)):
        found = calendar(procedure(light, DAY), 3, works_on, DAY)
        assert found is not None
        assert found.starts_on < DAY
        assert (found.late, found.from_today) == (late, True)
        assert found.steps[0].starts_on == DAY
        assert found.steps[-1].ends_on == found.prudent
        assert all(a.ends_on == b.starts_on for a, b in zip(found.steps, found.steps[1:], strict=False))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2027, 3, 31), 1, date(2027, 2, 28)),
        (date(2028, 3, 31), 1, date(2028, 2, 29)),
        (date(2027, 1, 15), 13, date(2025, 12, 15)),
        (date(2027, 3, 31), 0.5, date(2027, 3, 16)),
    ],
)
def test_months_before(day: date, months: float, expected: date) -> None:
    assert months_before(day, months) == expected


def test_volumes_name_nobody_and_tell_small_years_together() -> None:
    found = volumes(bought().values(), needs())
    assert [(v.need, v.years, v.owners, v.quantity) for v in found.published] == [("lanterne_led", (2027, 2028), 3, 150)]
    assert found.withheld == ("canalisation_aep", "telegestion_armoire")
    assert "34001" not in repr(found)


buyers = st.lists(st.tuples(st.integers(1, 8), st.integers(2027, 2032), st.integers(1, 50)), min_size=1, max_size=40)


@given(buyers)
def test_every_published_volume_stands_on_enough_owners_and_none_is_lost(rows: list[tuple[int, int, int]]) -> None:
    table = [line(f"commune:3400{o}", "lanterne_led", y, q, q * 800.0) for o, y, q in rows]
    for purchase in bought(table).values():
        found = volumes([purchase], needs())
        assert all(v.owners >= 3 for v in found.published)
        total = sum(v.quantity for v in found.published)
        whole = sum(i.quantity for i in purchase.items)
        assert total in (0, pytest.approx(whole))
        for v in found.published:
            part = [i for i in purchase.items if i.year in v.years]
            most = max(sum(i.quantity for i in part if i.owner == m.owner) for m in purchase.members)
            assert most <= 0.85 * v.quantity + 1e-9
        alone = max(sum(i.quantity for i in purchase.items if i.owner == m.owner) for m in purchase.members)
        assert (total == 0) == (len(purchase.members) < 3 or alone > 0.85 * whole)
        covered = [y for v in found.published for y in v.years]
        assert len(covered) == len(set(covered)), "years told twice could be subtracted"


def test_an_owner_nearly_alone_in_a_lot_is_not_told() -> None:
    """Ninety points of a hundred are one commune's: the two others could tell its volume (Insee, 85 %)."""
    rows = [line("commune:34001", "lanterne_led", 2027, 90, 72_000.0)]
    rows += [line(f"commune:3400{k}", "lanterne_led", 2027, 5, 4_000.0) for k in (2, 3)]
    (purchase,) = bought(rows).values()
    found = volumes([purchase], needs())
    assert (found.published, found.withheld) == ((), ("lanterne_led",))
