"""A calendar tried without drawing the powers again gives the totals of the ordinary diagnosis."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from jumeau.engines.lighting.diagnose import COST, ENERGY, diagnose
from jumeau.engines.lighting.stock import stock_of, totals
from jumeau.engines.lighting.whatif import Choice, selected, try_calendar
from jumeau.engines.protocol import Context
from jumeau.engines.tables import conform

CTX = Context(date=date(2026, 6, 1), draws=64)
N = 300


def stock() -> dict[str, pa.Table]:
    rng = np.random.default_rng(4)
    table = pa.table(
        {
            "id": [f"l{k}" for k in range(N)],
            "commune": rng.choice(["34172", "34032"], N).tolist(),
            "lamp_technology": rng.choice(["shp", "led", "vm", None], N).tolist(),
            "lamp_power_w": pa.array(rng.choice([70.0, 100.0, np.nan], N), from_pandas=True),
            "regime": rng.choice(["permanent", "coupure", "abaissement", None], N).tolist(),
            "remote_managed": rng.choice([True, False], N).tolist(),
            "road_class": rng.choice(["M4", "P4", None], N).tolist(),
        }
    )
    return {"luminaire": conform({"luminaire": table}, "luminaire")}


@pytest.mark.parametrize("classes", [(), ("P4",)])
def test_the_totals_are_those_of_the_diagnosis(classes: tuple[str, ...]) -> None:
    bundle, choice = stock(), Choice(off_from_h=23, off_to_h=5, ratio=0.4, road_classes=classes)
    kept = stock_of(bundle["luminaire"], selected(bundle, choice), CTX)
    groups = diagnose(bundle, CTX).groups
    found = totals(bundle["luminaire"], kept, CTX)
    for name in (ENERGY, COST):
        whole = groups.draws[:, groups.names.index(name)].sum(axis=0)
        np.testing.assert_allclose(found[name], whole, rtol=1e-6)
    assert kept.count.sum() == N
    assert try_calendar(bundle, choice, CTX, kept) == try_calendar(bundle, choice, CTX)
    other = Choice(off_from_h=22, off_to_h=6, road_classes=classes)
    assert try_calendar(bundle, other, CTX, kept) == try_calendar(bundle, other, CTX)
