"""What each file says and how it is read, against figures that certified software recorded: nobody here wrote them."""

from dataclasses import replace

import numpy as np
import pytest

from jumeau.engines.buildings.dpe import compute
from jumeau.engines.buildings.dpe.agreement import factor_of
from jumeau.engines.buildings.dpe.bridges import bridge_k
from jumeau.engines.buildings.dpe.combustion import characteristics, store_litres
from jumeau.engines.buildings.dpe.dwelling import dwelling
from jumeau.engines.buildings.dpe.glazing import shade
from jumeau.engines.buildings.dpe.opaque import floor_u, reduction
from jumeau.engines.buildings.dpe.segments import sums
from jumeau.engines.buildings.dpe.told_burners import told_row
from jumeau.engines.buildings.dpe.water import hot_water
from jumeau.engines.buildings.dpe.works import after, read_works
from jumeau.model.dpe import F64, DpeBatch, Elements


def one(official: DpeBatch, number: str) -> DpeBatch:
    """A single official DPE."""
    return official.take([official.numbers.index(number)])


def changed(batch: DpeBatch, kind: str, **columns: float) -> DpeBatch:
    """The same DPE with some columns of a kind of element replaced; `di_` is `di.`."""
    part = batch.of(kind)
    named = {name.replace("di_", "di."): np.full(part.size, float(value)) for name, value in columns.items()}
    return replace(batch, elements={**batch.elements, kind: replace(part, columns={**part.columns, **named})})


def seen(batch: DpeBatch, name: str) -> float:
    """A recorded output."""
    return float(batch.facts.get(f"sortie.{name}")[0])


@pytest.mark.data
def test_a_floor_without_a_size_for_its_ground_takes_its_own_area(official: DpeBatch) -> None:
    """Files of before 2023 have a perimeter and no area: 2S/P from the area of the floor gives the Ue they record."""
    floor, home = official.of("plancher_bas"), dwelling(official)
    near, recorded = floor.code("enum_type_adjacence_id"), floor.get("di.upb_final")
    shape = 2 * floor.get("surface_paroi_opaque") / floor.get("perimetre_ue")
    asked = np.isnan(floor.get("surface_ue")) & np.isin(near, (3, 5, 6)) & (shape >= 3) & (shape <= 20)
    ours = floor_u(floor, home.around(floor.owner), False)
    found = np.abs(ours / recorded - 1)[asked]
    assert found.size >= 15
    assert (found < 0.005).mean() > 0.8
    unsized = np.isin(near, (3, 5, 6)) & np.isnan(floor.get("perimetre_ue")) & np.isnan(floor.get("ue"))
    assert unsized.any()
    np.testing.assert_allclose(floor_u(floor, home.around(floor.owner), False)[unsized], recorded[unsized])


@pytest.mark.data
def test_small_floors_on_the_ground_are_those_that_each_software_wrote(official: DpeBatch) -> None:
    """Below 2S/P = 3 the line of the table goes on in files of one software, but for one floor, and stops in the others."""
    floor, home = official.of("plancher_bas"), dwelling(official)
    area = np.where(np.isnan(floor.get("surface_ue")), floor.get("surface_paroi_opaque"), floor.get("surface_ue"))
    on_ground = np.isin(floor.code("enum_type_adjacence_id"), (3, 5, 6))
    small = on_ground & (np.round(2 * area / floor.get("perimetre_ue")) < 3)
    ours = floor_u(floor, home.around(floor.owner), False)
    found = (np.abs(ours / floor.get("di.upb_final") - 1) < 0.005)[small]
    goes_on = home.beyond_table[floor.owner][small]
    assert (goes_on.sum(), (~goes_on).sum()) == (7, 8)
    assert found[~goes_on].all()
    assert found[goes_on].sum() == 6


@pytest.mark.data
def test_bare_and_of_unknown_insulation_is_unknown(official: DpeBatch) -> None:
    """U = min(U0, U of the period), as the arrêté has it for what is not known: 0.8 for a floor of 1983-1988 in H1."""
    batch = one(official, "2262E0020943Y")
    floor = batch.of("plancher_bas")
    plain = replace(floor, columns={**floor.columns, "enum_type_adjacence_id": np.array([1.0])})
    assert floor_u(plain, dwelling(batch).around(plain.owner), False).tolist() == floor.get("di.upb").tolist() == [0.8]


@pytest.mark.data
def test_bridges_recorded_over_their_whole_length_or_from_another_cell(official: DpeBatch) -> None:
    for number, trust in (("2221E0006033X", False), ("2273E0303205P", False), ("2125E0981916Z", True)):
        batch = one(official, number)
        bridge = batch.of("pont_thermique")
        lost = sums(bridge.owner, bridge_k(batch, trust) * bridge.get("l"), 1)[0]
        assert lost == pytest.approx(seen(batch, "deperdition_pont_thermique"), rel=0.01), number


@pytest.mark.data
@pytest.mark.parametrize(
    ("number", "trust"),
    [
        ("2162E1017681Z", False),  # a default system that takes electricity is an electric store
        ("2162E1023160S", False),  # a default system on a heat network: not insulated, 0.75
        ("2494E3676842T", True),  # a recorded 0.75 on an insulated network
        ("2495E3212393J", True),  # a recorded 0.9 on an unknown one
        ("2221E0006033X", False),  # ten litres in a file that says it has no store
    ],
)
def test_hot_water_of_odd_systems_is_what_the_file_came_to(official: DpeBatch, number: str, trust: bool) -> None:
    batch = one(official, number)
    assert compute(batch, trust, factor_of(batch)).water[0] == pytest.approx(seen(batch, "conso_ecs"), rel=0.002)


def test_an_instant_heater_has_no_store() -> None:
    columns = {"enum_type_stockage_ecs_id": np.array([1.0, 3.0, np.nan]), "volume_stockage": np.full(3, 100.0)}
    source = Elements(np.zeros(3, np.int64), np.zeros(3, np.int64), columns)
    assert store_litres(source).tolist() == [0, 100, 100]


@pytest.mark.data
def test_losses_at_rest_of_a_large_boiler_are_of_its_whole_power(official: DpeBatch) -> None:
    """0.3 % of 826 and 983 kW, not of the 400 kW where the efficiencies stop (files of two software)."""
    for number in ("2413E2780191B", "2213E2971717J"):
        source = one(official, number).of("generateur_chauffage")
        pn, lost = float(source.get("di.pn")[0]) / 1000, float(source.get("di.qp0")[0])
        rpn, _, qp0 = characteristics("ch", np.array([97]), np.array([pn]), np.zeros(1))
        assert qp0[0] == pytest.approx(lost / 1000 if lost > 100 else lost)
        assert rpn[0] == pytest.approx(0.966, abs=0.001)


@pytest.mark.data
def test_a_boiler_is_that_of_its_recorded_figures(official: DpeBatch) -> None:
    """A coal boiler written on its own row (47 + 6 log Pn) and computed with the first row, gas of before 1981."""
    batch = one(official, "2262E1839422L")
    assert compute(batch, True).heat[0] == pytest.approx(seen(batch, "conso_ch"), rel=0.005)
    log = np.log10(50)

    def row(rpn: float, rpint: float, qp0: float) -> int:
        wanted: list[F64] = [np.array([x]) for x in (50.0, rpn, rpint, qp0)]
        return int(told_row(np.array([120]), *wanted)[0])

    assert row(0.84 + 0.02 * log, 0.80 + 0.03 * log, 2.0) == 0
    assert row(0.47 + 0.06 * log, 0.48 + 0.06 * log, 0.08 * 50**0.73) == -1
    assert row(0.84 + 0.02 * log, 0.80 + 0.03 * log, 1.9) == -1
    assert row(np.nan, np.nan, np.nan) == -1


@pytest.mark.data
def test_a_boiler_whose_regulation_is_not_told_is_what_its_efficiency_says(official: DpeBatch) -> None:
    regulated, plain = one(official, "2125E0981916Z"), one(official, "2238E0097309E")
    for batch, said in ((regulated, 1.0), (plain, 0.0)):
        assert np.isnan(batch.of("generateur_chauffage").get("presence_regulation_combustion")).all()
        told = changed(batch, "generateur_chauffage", presence_regulation_combustion=said)
        np.testing.assert_allclose(compute(batch, True).heat, compute(told, True).heat)
    assert compute(regulated, True).heat[0] < compute(regulated, False).heat[0]


@pytest.mark.data
def test_power_without_its_zeros(official: DpeBatch) -> None:
    """3 500 W that gave the efficiencies of 35 kW, and 24 W that gave those of 24 kW."""
    for number, kw in (("2273E0303205P", 35.0), ("NON_DEPOSE", 24.0)):
        batch = one(official, number)
        home = dwelling(batch)
        tap = hot_water(batch, home, compute(batch, True).loss_w_k, True)
        assert tap.pn_kw[0] == pytest.approx(kw)
        assert compute(batch, True).water[0] == pytest.approx(seen(batch, "conso_ecs"), rel=0.001)


@pytest.mark.data
def test_an_uneven_mask_without_obstacle_gives_way_to_the_even_one(official: DpeBatch) -> None:
    batch = one(official, "2438E4094489Y")
    bay = batch.of("baie_vitree")
    np.testing.assert_allclose(shade(batch), bay.get("di.fe1") * bay.get("di.fe2"))
    assert shade(batch).tolist() == [0.3, 0.3, 0.5]


@pytest.mark.data
def test_outside_is_outside(official: DpeBatch) -> None:
    """A file that writes b x U in the place of b: 0.4 for a wall on the open air."""
    wall = one(official, "NON_DEPOSE").of("mur")
    outside = wall.code("enum_type_adjacence_id") == 1
    assert wall.get("di.b")[outside].tolist() == [0.4] * 4
    assert reduction(wall, np.full(wall.size, 3), True)[outside].tolist() == [1.0] * 4


@pytest.mark.data
def test_a_low_pressure_fan_is_dated_by_its_flag(official: DpeBatch) -> None:
    batch = one(official, "2413E2780191B")
    late, early = (compute(changed(batch, "ventilation", ventilation_post_2012=flag)).fans[0] for flag in (1, 0))
    assert late / early == pytest.approx(0.25 / 0.46)
    assert compute(batch, True).primary_m2[0] == pytest.approx(seen(batch, "ep_conso_5_usages_m2"), rel=0.001)


@pytest.mark.data
@pytest.mark.parametrize(
    "text", ["chauffage=granules", "chauffage=reseau_chaleur", "ecs=ballon_electrique", "ecs=reseau_chaleur"]
)
def test_nothing_that_a_file_recorded_of_a_boiler_outlives_it(official: DpeBatch, text: str) -> None:
    kind = "generateur_chauffage" if text.startswith("chauffage") else "generateur_ecs"
    works = read_works([text])
    figures = {"di_rpn": 0.5, "di_rpint": 0.5, "di_qp0": 3.0, "di_pn": 30_000.0, "di_rendement_generation": 0.4}
    odd = {**figures, "di_rendement_generation_stockage": 0.75, "enum_type_stockage_ecs_id": 1.0}
    for way in (1.0, 4.0):
        typed = changed(official, kind, **odd, enum_methode_saisie_carac_sys_id=way)
        main = official.of(kind).code("enum_lien_generateur_emetteur_id", 1) == 1
        alone = np.bincount(official.of(kind).owner[~main], minlength=official.size) == 0
        before, now = (compute(after(batch, works), True) for batch in (official, typed))
        for name in ("heat", "water"):
            mine = alone & np.isfinite(getattr(before, name))
            if (name == "heat") == (kind == "generateur_chauffage"):
                np.testing.assert_allclose(getattr(now, name)[mine], getattr(before, name)[mine], rtol=0.02)


@pytest.mark.data
def test_insulating_a_floor_of_unknown_size_lowers_its_loss(official: DpeBatch) -> None:
    batch = one(official, "2273E0303205P")
    before, now = compute(batch, True), compute(after(batch, read_works(["plancher=3"])), True)
    assert now.envelope.floors[0] < before.envelope.floors[0]
