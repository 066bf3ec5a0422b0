"""Synthetic water services against the published figures they are drawn from."""

import numpy as np
import pyarrow as pa
import pytest

from jumeau.sources.synthetique import generate


@pytest.fixture(scope="module")
def services() -> pa.Table:
    return generate("34", layers=["service_eau"])["service_eau"]


def test_every_commune_is_served_once(services: pa.Table) -> None:
    served = [code for text in services["communes"].to_pylist() for code in text.split("|")]
    assert len(served) == len(set(served)) == 341


def test_some_services_run_over_several_communes(services: pa.Table) -> None:
    sizes = [len(text.split("|")) for text in services["communes"].to_pylist()]
    assert max(sizes) > 1
    assert min(sizes) == 1
    owners = services["owner"].to_pylist()
    assert all(o.startswith("epci:") == (n > 1 or o.startswith("epci:")) for o, n in zip(owners, sizes, strict=True))


def test_efficiency_is_that_published_for_the_herault(services: pa.Table) -> None:
    """SISPEA 2021: 80.72 % on average in the Hérault."""
    known = services["efficiency_ratio"].drop_null().to_numpy()
    assert 0 < services["efficiency_ratio"].null_count < len(services)
    assert known.mean() == pytest.approx(0.8072, abs=3 * 0.09 / np.sqrt(len(known)))


def test_volumes_close_on_the_efficiency(services: pa.Table) -> None:
    rows = [r for r in services.to_pylist() if r["produced_m3"] is not None and r["service_m3"] is not None]
    assert rows
    for r in rows:
        used = r["domestic_metered_m3"] + r["other_metered_m3"] + r["service_m3"] + r["unmetered_m3"]
        assert used / r["produced_m3"] == pytest.approx(r["efficiency_ratio"], abs=0.001)


def test_same_seed_same_bytes(services: pa.Table) -> None:
    assert generate("34", layers=["service_eau"])["service_eau"].equals(services)
