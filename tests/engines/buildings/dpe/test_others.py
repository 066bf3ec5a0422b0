"""The other outputs of official DPE: costs, the spendthrift, auxiliaries, lighting, cooling, quality of the envelope.

Rates are printed in `docs/dpe.md`; a change of the engine that loses one fails here, one that gains has to write it there.
"""

import csv
import gzip
import re
from pathlib import Path

import numpy as np
import pytest

from jumeau.engines.buildings.dpe import compute
from jumeau.engines.buildings.dpe.agreement import factor_of
from jumeau.engines.buildings.dpe.costs import price, tariff
from jumeau.engines.buildings.dpe.tables import recorded
from jumeau.model.dpe import DpeBatch
from jumeau.twin.dpe import details

PAGE = Path(__file__).resolve().parents[4] / "docs" / "dpe.md"
ROW = re.compile(r"\| [^|]+ \| `(\w+)` \| (\d+) sur (\d+) \| (\d+) sur (\d+) \|")


@pytest.mark.data
@pytest.mark.parametrize(("trust", "column"), [(True, 1), (False, 3)])
def test_rates_of_the_other_outputs_are_those_of_the_page(official: DpeBatch, trust: bool, column: int) -> None:
    printed = {m[1]: (int(m[column + 1]), int(m[column + 2])) for m in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    found = details(official, compute(official, trust, factor_of(official)), trust).agreement
    measured = {name: (int((near & known).sum()), int(known.sum())) for name, (near, known) in found.items()}
    assert measured == printed
    assert measured["cout_5_usages"][0] >= 165
    assert measured["ubat"][0] >= 171


@pytest.mark.data
def test_prices_give_the_recorded_costs_to_the_euro(official: DpeBatch) -> None:
    """From recorded energies to recorded costs, without the engine: houses and flats with their own contracts."""
    line, facts = official.of("sortie_par_energie"), official.facts
    own = np.isin(facts.code("enum_methode_application_dpe_log_id"), (1, 2))[line.owner]
    kwh, paid, energy = line.get("conso_5_usages"), line.get("cout_5_usages"), line.code("enum_type_energie_id")
    asked = price(energy, kwh, tariff(official)[line.owner]) * kwh
    known = own & (kwh > 0) & (paid > 0) & ~np.isnan(asked)
    near = np.abs(asked - paid)[known] <= 1.5
    assert known.sum() > 100
    assert near.mean() > 0.85


@pytest.mark.data
def test_prices_give_the_costs_of_new_dwellings(data_dir: Path) -> None:
    """ADEME rows of 2 851 new dwellings, which no price was found from: heating and hot water by gas since July 2024, and by
    heat network before; a third of the older gas rows pay every kWh at the price of the first step."""
    path = data_dir / "batiments" / "dpe-69-rhone" / "dpe-v2-logements-neufs.csv.gz"
    text = gzip.decompress(path.read_bytes()).decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(), delimiter=csv.Sniffer().sniff(text[:4000], ";,").delimiter))
    codes = {"Gaz naturel": 2, "Réseau de Chauffage urbain": 8}
    share = {}
    for energy, late, least in ((2, 1, 150), (8, 0, 770), (2, 0, 1600)):
        of_period = [r for r in rows if (float(r["Version_DPE"]) >= 2.4) == bool(late)]
        mine = [r for r in of_period if codes.get(r["Type_énergie_n°1"]) == energy]
        kwh = np.array([float(r["Conso_5_usages_é_finale_énergie_n°1"] or "nan") for r in mine])
        paid = np.array([float(r["Coût_chauffage_énergie_n°1"]) + float(r["Coût_ECS_énergie_n°1"]) for r in mine])
        asked = price(np.full(kwh.size, energy), kwh, np.full(kwh.size, late)) * kwh
        known = (kwh > 50) & (paid > 0)
        assert known.sum() >= least
        share[energy, late] = float((np.abs(asked - paid) <= 1.5 + 0.01 * paid)[known].mean())
    assert share[2, 1] > 0.98
    assert share[8, 0] > 0.99
    assert share[2, 0] > 0.6


def test_a_larger_consumption_never_costs_less_and_steps_meet() -> None:
    for energy, bounds in ((1, (1000, 2500, 5000, 15000)), (2, (5009, 50055))):
        for when in (0, 1):
            kwh = np.linspace(10, 80_000, 4000)
            codes, times = np.full(kwh.size, energy), np.full(kwh.size, when)
            assert (np.diff(price(codes, kwh, times) * kwh) > 0).all()
            edges = np.repeat(np.array(bounds, dtype=float), 2) + np.tile([-1e-6, 0.0], len(bounds))
            both = price(np.full(edges.size, energy), edges, np.full(edges.size, when)).reshape(-1, 2)
            assert np.abs(both[:, 0] / both[:, 1] - 1).max() < 0.025
    assert np.isnan(price(np.array([3]), np.array([100.0]), np.array([1])))[0]


@pytest.mark.data
def test_the_spendthrift_spends_more(official: DpeBatch) -> None:
    usual, lavish = compute(official, True), compute(official, True, spendthrift=True)
    for name in ("need_heat", "heat", "need_water", "water", "need_cold"):
        few, many = getattr(usual, name), getattr(lavish, name)
        known = np.isfinite(few)
        assert (many[known] >= few[known] - 1e-6).all()
    assert np.median(lavish.heat / np.maximum(usual.heat, 1)) > 1.15
    np.testing.assert_array_equal(usual.loss_w_k, lavish.loss_w_k)


def test_a_recorded_figure_is_believed_only_if_the_table_has_it() -> None:
    rows = np.array([2.0, 2.0, 2.0, np.nan])
    seen = np.array([2.3, 2.17, np.nan, 2.4])
    found = recorded("scop", "scop", rows, seen)
    from jumeau.engines.buildings.dpe.tables import by_row

    second = by_row("scop", "scop")[2]
    np.testing.assert_allclose(found, [2.3, second, second, 2.4])
