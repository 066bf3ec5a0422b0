"""The label after works: every change goes the way physics says, and only where it was asked."""

import numpy as np
import pytest

from jumeau.engines.buildings.dpe import PRIMARY_2026, compute
from jumeau.engines.buildings.dpe.works import after, read_works
from jumeau.errors import InputError
from jumeau.model.dpe import DpeBatch

pytestmark = pytest.mark.data


@pytest.mark.parametrize("name", ["murs=4,4", "toiture=7", "plancher=3", "fenetres=1.3"])
def test_insulation_never_raises_losses_and_its_interval_holds(official: DpeBatch, name: str) -> None:
    works = read_works([name])
    before = compute(official, True, PRIMARY_2026)
    usual, worst, best = (compute(after(official, works, shift), True, PRIMARY_2026) for shift in (0.0, -1.0, 1.0))
    known = np.isfinite(before.loss_w_k)
    tolerance = 1.02 if name.startswith("fenetres") else 1 + 1e-9
    assert (usual.loss_w_k[known] <= before.loss_w_k[known] * tolerance + 1e-6).mean() > 0.95
    assert (best.loss_w_k[known] <= usual.loss_w_k[known] + 1e-6).all()
    assert (usual.loss_w_k[known] <= worst.loss_w_k[known] + 1e-6).all()


def test_nothing_asked_changes_nothing(official: DpeBatch) -> None:
    before, same = compute(official, True), compute(after(official, read_works([])), True)
    np.testing.assert_array_equal(before.primary, same.primary)


def test_heat_pump_takes_the_place_of_a_gas_boiler(official: DpeBatch) -> None:
    source = official.of("generateur_chauffage")
    gas = np.zeros(official.size, dtype=bool)
    gas[source.owner[source.code("enum_type_energie_id") == 2]] = True
    alone = np.bincount(source.owner, minlength=official.size) == 1
    rows = np.flatnonzero(gas & alone)
    before = compute(official.take(rows), True, PRIMARY_2026)
    new = compute(after(official.take(rows), read_works(["chauffage=pac_air_eau"])), True, PRIMARY_2026)
    assert len(rows) > 20
    assert (new.gases < before.gases).all()
    assert np.median(new.heat / before.heat) < 0.5


def test_solar_panels_lower_primary_energy_only(official: DpeBatch) -> None:
    before = compute(official, True, PRIMARY_2026)
    new = compute(after(official, read_works(["pv=3"])), True, PRIMARY_2026)
    known = np.isfinite(before.primary)
    assert (new.primary[known] <= before.primary[known] + 1e-6).all()
    assert (new.loss_w_k == before.loss_w_k)[known].all()


@pytest.mark.parametrize("text", ["murs", "murs=bleu", "murs=-3", "toit=3", "chauffage=charbon", "fenetres=9999"])
def test_works_that_are_not_understood_are_named(text: str) -> None:
    with pytest.raises(InputError, match=text.split("=")[0]):
        read_works([text])
