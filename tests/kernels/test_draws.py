"""Keyed draws: their law, and their independence from everything but their name."""

from uuid import uuid5

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from jumeau.errors import InputError
from jumeau.kernels.draws import hash_ids, quantile, quantile_by_class, sample, uniforms
from jumeau.model.draws import Parameter
from jumeau.model.ids import NAMESPACE, asset_id

Z95 = 1.6448536269514722


def parameter(law: str, low: float, mode: float, high: float, name: str = "p") -> Parameter:
    return Parameter(
        name=name, scope="asset", law=law, low=low, mode=mode, high=high, unit="W", source="test", confidence="high"
    )


IDS = [asset_id("luminaire", "essai", i) for i in range(50)]
LAWS = [
    (parameter("uniform", 2, 3, 5), stats.uniform(2, 3)),
    (parameter("normal", 10, 15, 20), stats.norm(15, 5 / Z95)),
    (parameter("lognormal", 50, 100, 200), stats.lognorm(np.log(2) / Z95, scale=100)),
    (parameter("triangular", 0.15, 0.17, 0.2), stats.triang(0.4, 0.15, 0.05)),
    (parameter("triangular", 1, 1, 3), stats.triang(0, 1, 2)),
]


@pytest.mark.parametrize(("law", "published"), LAWS)
def test_laws_match_scipy(law: Parameter, published) -> None:
    u = np.linspace(0.001, 0.999, 999)
    assert quantile(law, u) == pytest.approx(published.ppf(u), rel=1e-9)
    drawn = sample(law, IDS, 1, 2000).ravel()
    assert stats.kstest(drawn, published.cdf).pvalue > 1e-3


def test_fixed_law_is_its_mode() -> None:
    assert (sample(parameter("fixed", 1, 2, 3), None, 0, 8) == 2).all()


@pytest.mark.parametrize(
    "bad",
    [parameter("lognormal", 0, 1, 2), parameter("triangular", 1, 5, 3), parameter("uniform", 3, 2, 1),
     parameter("cauchy", 1, 2, 3), parameter("uniform", 1, 2, float("nan"))],
)  # fmt: skip
def test_a_law_that_cannot_be_drawn_is_refused_by_name(bad: Parameter) -> None:
    with pytest.raises(InputError, match="« p »"):
        quantile(bad, np.array([0.5]))


def test_a_draw_depends_on_its_name_only() -> None:
    law = parameter("lognormal", 50, 100, 200)
    whole = sample(law, IDS, 3, 256)
    assert np.array_equal(sample(law, IDS[::-1], 3, 256), whole[::-1])
    assert np.array_equal(sample(law, IDS[7:9], 3, 256), whole[7:9])
    assert np.array_equal(sample(law, IDS, 3, 100), whole[:, :100])
    assert np.array_equal(sample(law, pa.chunked_array([IDS[:9], IDS[9:]]), 3, 256), whole)
    assert np.array_equal(sample(law, hash_ids(IDS), 3, 256), whole)


def test_streams_differ_by_seed_parameter_and_scope() -> None:
    base = uniforms("p", IDS[:1], 0, 256)
    for other in (uniforms("p", IDS[:1], 1, 256), uniforms("q", IDS[:1], 0, 256), uniforms("p", IDS[1:2], 0, 256)):
        assert abs(np.corrcoef(base[0], other[0])[0, 1]) < 0.25
        assert not np.array_equal(base, other)


def test_a_shared_parameter_has_one_row() -> None:
    assert sample(parameter("uniform", 0, 0.5, 1), None, 0, 256).shape == (1, 256)


def test_names_of_uuids_and_of_short_codes_do_not_collide() -> None:
    texts = [str(uuid5(NAMESPACE, str(i))) for i in range(20_000)] + [f"{i:05d}" for i in range(20_000)]
    mixed = hash_ids(texts)
    assert len(np.unique(mixed)) == 40_000
    assert np.array_equal(hash_ids(texts[::-1]), mixed[::-1])


def test_a_uuid_is_the_fold_of_its_two_halves_wherever_it_stands() -> None:
    text = IDS[0]
    raw = bytes.fromhex(text.replace("-", ""))
    fold = int.from_bytes(raw[:8], "little") ^ int.from_bytes(raw[8:], "little")
    assert hash_ids([text])[0] == fold
    column = pa.array(["34172", *IDS, "x" * 36, "é" * 18, None]).slice(1, 53)
    assert hash_ids(column)[0] == fold
    assert len(set(hash_ids(column).tolist())) == 53


@pytest.mark.parametrize("laws", [[law for law, _ in LAWS], [LAWS[3][0], LAWS[4][0]], [LAWS[2][0]]])
def test_rows_of_several_classes_are_each_read_under_their_law(laws: list[Parameter]) -> None:
    u = uniforms("p", IDS, 0, 32)
    classes = np.arange(len(IDS), dtype=np.int8) % len(laws)
    got = quantile_by_class(laws, classes, u)
    for row, c in enumerate(classes):
        assert got[row] == pytest.approx(quantile(laws[c], u[row]), rel=1e-14)
    assert quantile_by_class(laws, classes[:0], u[:0]).shape == (0, 32)
