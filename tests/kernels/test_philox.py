"""Philox against the published vectors, and the C kernel against the readable one."""

import os

import numpy as np
import pytest

from jumeau.kernels import build, kernel_in_use, load, philox

# Random123 1.14.0, tests/kat_vectors, lines "philox4x32 10": counter, key, result.
VECTORS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text: str) -> list[int]:
    return [int(w, 16) for w in text.split()]


@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_published_vectors(counter: str, key: str, expected: str) -> None:
    low, high = words(key)
    got = philox.philox4x32(np.array([words(counter)], np.uint32), (low, high))
    assert got.tolist() == [words(expected)]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory):
    made = build.build(tmp_path_factory.mktemp("kernels"))
    if made is None:
        pytest.skip("no C compiler")
    lib = load(made)
    assert lib is not None
    return lib


@pytest.mark.parametrize("n", [1, 3, 4, 63, 64, 65, 256])
def test_c_equals_numpy_bit_for_bit(compiled, n: int) -> None:
    ids = np.random.default_rng(n).integers(0, 2**64, 33, dtype=np.uint64)
    key = (0x12345678, 0x9ABCDEF0)
    c, reference = philox.uniforms_c(compiled, ids, key, n), philox.uniforms_numpy(ids, key, n)
    assert c.shape == (33, n)
    assert np.array_equal(c, reference)


def test_published_vector_through_the_c_kernel(compiled) -> None:
    got = philox.uniforms_c(compiled, np.zeros(1, np.uint64), (0, 0), 4)
    assert ((got[0] * 2**32) - 0.5).astype(np.uint32).tolist() == words(VECTORS[0][2])


def test_uniforms_stay_inside_the_open_interval(compiled) -> None:
    drawn = philox.uniforms_c(compiled, np.arange(2000, dtype=np.uint64), (1, 2), 256)
    assert drawn.min() > 0
    assert drawn.max() < 1
    assert abs(drawn.mean() - 0.5) < 0.002
    assert abs(drawn.var() - 1 / 12) < 0.001


def test_no_compiler_means_the_fallback(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    assert build.build(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_stale_library_is_replaced(tmp_path) -> None:
    if build.compiler() is None:
        pytest.skip("no C compiler")
    (tmp_path / "_kernels_000000000000.so").write_bytes(b"old")
    made = build.build(tmp_path)
    assert [f.name for f in tmp_path.iterdir()] == [made.name] == [build.library_name()]


def test_the_kernel_in_use_is_named() -> None:
    assert kernel_in_use("nothing") == "numpy"
    expected = "c" if os.environ.get("CI") else kernel_in_use("philox")
    assert kernel_in_use("philox") == expected
    assert expected in ("c", "numpy")
