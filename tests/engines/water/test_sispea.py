"""SISPEA formulas against the official definitions and a service worked by hand."""

import numpy as np
import pytest

from jumeau.engines.water.sispea import (
    efficiency,
    linear_consumption_index,
    linear_loss_index,
    losses,
    renewal_rate,
    required_efficiency,
)


def one(value: float) -> np.ndarray:
    return np.array([value])


def test_a_service_worked_by_hand() -> None:
    produced, imported, exported, authorised, length = one(900e3), one(100e3), one(20e3), one(688e3), one(120.0)
    assert efficiency(produced, imported, exported, authorised)[0] == pytest.approx(0.708)
    lost = losses(produced, imported, exported, authorised)
    assert lost[0] == pytest.approx(292e3)
    assert linear_loss_index(lost, length)[0] == pytest.approx(292e3 / 365 / 120)
    assert linear_consumption_index(authorised, exported, length)[0] == pytest.approx(708e3 / 365 / 120)


def test_renewal_is_the_official_total_times_twenty_percent() -> None:
    """StaR-Eau's published SQL gives P107.2 as length of the last five years over total, times 20 [%]."""
    renewed, total = one(3.0), one(120.0)
    assert renewal_rate(renewed, total)[0] * 100 == pytest.approx(renewed[0] / total[0] * 20)


@pytest.mark.parametrize(
    ("ilc", "scarce", "withdrawn", "asked"),
    [(10.0, False, 1e6, 0.67), (30.0, False, 1e6, 0.71), (10.0, True, 3e6, 0.72),
     (10.0, True, 1e6, 0.67), (150.0, True, 3e6, 0.85)],
)  # fmt: skip
def test_threshold_of_the_decree(ilc: float, scarce: bool, withdrawn: float, asked: float) -> None:
    """Décret 2012-97: 65 + ILC/5 per cent, 70 + ILC/5 in scarcity zones above 2 Mm³, and 85 per cent always suffices."""
    assert required_efficiency(one(ilc), np.array([scarce]), one(withdrawn))[0] == pytest.approx(asked)


def test_nothing_is_said_without_water_or_length() -> None:
    assert np.isnan(efficiency(one(0.0), one(0.0), one(0.0), one(0.0))[0])
    assert np.isnan(linear_loss_index(one(1.0), one(0.0))[0])
    assert np.isnan(renewal_rate(one(1.0), one(0.0))[0])
