"""The 5R1C kernel against the equations of ISO 13790 written plainly, and against what must hold of any building."""

import msgspec
import numpy as np
import pytest

from jumeau.kernels import build, load, rc5

YEAR = 24 * 60


def zones(n: int, seed: int = 5, levels: int = 2) -> rc5.Zones:
    rng = np.random.default_rng(seed)
    floor = rng.uniform(40, 3000, n)
    return rc5.Zones(
        opaque=floor * rng.uniform(0.2, 2.5, n),
        windows=floor * rng.uniform(0.1, 0.9, n),
        air=floor[:, None] * rng.uniform(0.05, 1.2, (n, levels)),
        capacity=floor * rng.uniform(80e3, 370e3, n),
        mass_area=floor * rng.uniform(2.5, 3.5, n),
        all_area=floor * 4.5,
        sun=floor[:, None] * rng.uniform(0, 0.08, (n, 5)),
        gain=floor * rng.uniform(2, 20, n),
        heat_max=np.where(rng.random(n) < 0.3, floor * 30, np.inf),
        cool_max=np.where(rng.random(n) < 0.5, 0.0, np.inf),
    )


def hours(count: int = YEAR) -> rc5.Hours:
    rng, h = np.random.default_rng(7), np.arange(count)
    day = (h % 24 >= 8) & (h % 24 < 19)
    bright = np.maximum(0, np.sin((h % 24 - 6) / 12 * np.pi))[:, None]
    return rc5.Hours(
        outdoor=8 + 10 * np.sin(h / 300) + 5 * np.sin(h / 24 * 2 * np.pi) + rng.normal(0, 1, count),
        sun=bright * rng.uniform(0, 700, (count, 5)),
        gain=np.where(day, 1.0, 0.2),
        heat_set=np.where(day, 20.0, 16.0),
        cool_set=np.where(day, 26.0, 30.0),
        level=day.astype(np.uint8),
        watch=np.where(day, 26.0, np.inf),
        stop=np.array([count // 3, count // 2, count]),
    )


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory):
    made = build.build(tmp_path_factory.mktemp("kernels"))
    if made is None:
        pytest.skip("no C compiler")
    return load(made)


@pytest.mark.parametrize("n", [1, 7, 8, 41])
def test_c_equals_the_readable_version(compiled, n: int) -> None:
    z, shared = zones(n), hours()
    c, plain = rc5.loads_c(compiled, z, shared), rc5.loads_numpy(z, shared)
    for name in rc5.HourlyTotals.__struct_fields__:
        ours, theirs = getattr(c, name), getattr(plain, name)
        assert ours.shape == (n, 3)
        assert np.abs(ours - theirs).max() <= 1e-9 * np.abs(theirs).max() + 1e-7, name


def test_groups_of_zones_have_their_own_sun(compiled) -> None:
    """Each group alone under its sun, the sun that all share, gives what it gives among the others."""
    z, shared, rng = zones(29), hours(), np.random.default_rng(11)
    dim = rng.uniform(0, 1, (4, YEAR, 5))
    own = rc5.OwnSun(shared.sun * dim, rng.integers(0, 3, 29) + (np.arange(29) == 4))
    c, plain = rc5.loads_c(compiled, z, shared, own=own), rc5.loads_numpy(z, shared, own=own)
    for name in rc5.HourlyTotals.__struct_fields__:
        ours, theirs = getattr(c, name), getattr(plain, name)
        assert np.abs(ours - theirs).max() <= 1e-9 * np.abs(theirs).max() + 1e-7, name
    for g in np.unique(own.of):
        rows = np.flatnonzero(own.of == g)
        alone = rc5.loads_c(compiled, z.take(rows), msgspec.structs.replace(shared, sun=own.light[g]))
        np.testing.assert_allclose(c.heat[rows], alone.heat, rtol=1e-9, atol=1e-9)


def test_terms_in_c_are_those_read_on_the_step(compiled) -> None:
    z = zones(21)
    seat = np.minimum(np.arange(24), 20)
    term, aperture = rc5._terms(compiled, z, seat)
    for level in range(2):
        terms, areas = rc5.affine_terms(z, z.air[:, level])
        for ours, plain in ((term, terms), (aperture, areas)):
            rows = np.moveaxis(ours[:, level], 0, 1).reshape(len(plain), 24)
            np.testing.assert_allclose(rows, plain[:, seat], rtol=1e-11)


def test_zones_of_a_chunk_and_of_the_next_are_theirs(compiled) -> None:
    z, shared = zones(rc5.CHUNK + 5), hours(48)
    whole = rc5.loads_c(compiled, z, shared)
    rows = np.array([0, rc5.CHUNK - 1, rc5.CHUNK, rc5.CHUNK + 4])
    alone = rc5.loads_c(compiled, z.take(rows), shared)
    for name in rc5.HourlyTotals.__struct_fields__:
        np.testing.assert_allclose(getattr(whole, name)[rows], getattr(alone, name), rtol=1e-12)


def test_energy_is_conserved_in_a_steady_state() -> None:
    """Outside constant, no sun: the plant gives what is lost minus what people give."""
    z = msgspec.structs.replace(zones(9), heat_max=np.full(9, np.inf), cool_max=np.full(9, np.inf))
    n = 24 * 400
    shared = rc5.Hours(
        outdoor=np.zeros(n), sun=np.zeros((n, 5)), gain=np.full(n, 0.1), heat_set=np.full(n, 20.0), cool_set=np.full(n, 99.0),
        level=np.zeros(n, np.uint8), watch=np.full(n, np.inf), stop=np.array([n - 24, n]),
    )  # fmt: skip
    heat = rc5.hourly_loads(z, shared).heat[:, 1] / 24 * 1000
    free, _ = rc5.step(z, z.air[:, 0], np.full(9, 20.0), *(np.zeros(9),) * 4)
    assert np.isfinite(free).all()
    zero = rc5.hourly_loads(msgspec.structs.replace(z, gain=np.zeros(9)), shared).heat[:, 1] / 24 * 1000
    less = zero - heat
    assert (less > 0.75 * 0.1 * z.gain).all()
    assert (less < 1.0001 * 0.1 * z.gain).all()
    # With no gain every surface is between air and outside: the loss is at most (H_op + H_w + H_ve) x 20 K.
    most = (z.opaque + z.windows + z.air[:, 0]) * 20
    assert (zero <= most * 1.0001).all()
    assert (zero >= 0.55 * most).all()


def test_a_weak_plant_heats_less_and_a_shut_one_not_at_all() -> None:
    z, shared = zones(16), hours()
    strong = rc5.hourly_loads(msgspec.structs.replace(z, heat_max=np.full(16, np.inf)), shared)
    weak = rc5.hourly_loads(msgspec.structs.replace(z, heat_max=strong.heat_peak.max(axis=1) / 2), shared)
    shut = rc5.hourly_loads(msgspec.structs.replace(z, heat_max=np.zeros(16)), shared)
    assert (weak.heat.sum(axis=1) < strong.heat.sum(axis=1)).all()
    assert weak.heat_peak.max(axis=1) == pytest.approx(strong.heat_peak.max(axis=1) / 2)
    assert shut.heat.sum() == 0


def test_nobody_gives_nothing() -> None:
    none = rc5.hourly_loads(zones(0), hours())
    assert none.heat.shape == (0, 3)
