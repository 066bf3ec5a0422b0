"""Philox4x32-10, a counter-based generator: any draw is computed from its name, in any order, without its neighbours.

References: [1] J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw (2011), Parallel random numbers: as easy as 1, 2, 3,
SC'11, section 3.3 (ten rounds, multipliers and Weyl constants of its table).
"""

import ctypes

import numpy as np
from numpy.typing import NDArray

from jumeau.kernels import kernel_in_use, library

__all__ = ["kernel_in_use", "philox4x32", "uniforms", "uniforms_c", "uniforms_numpy"]

ROUNDS = 10
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_MASK, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)


def philox4x32(counter: NDArray[np.uint32], key: tuple[int, int]) -> NDArray[np.uint32]:
    """Ten rounds of Philox on counters (N, 4) with one key of two 32-bit words; words (N, 4) [1]."""
    c0, c1, c2, c3 = (counter[:, j].astype(np.uint64) for j in range(4))
    for r in range(ROUNDS):
        k0, k1 = (np.uint64((k + r * w) & 0xFFFFFFFF) for k, w in zip(key, (_W0, _W1), strict=True))
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> _SHIFT) ^ c1 ^ k0, p1 & _MASK, (p0 >> _SHIFT) ^ c3 ^ k1, p0 & _MASK
    return np.stack([c0, c1, c2, c3], axis=1).astype(np.uint32)


def uniforms_numpy(ids: NDArray[np.uint64], key: tuple[int, int], n: int) -> NDArray[np.float64]:
    """The readable version of `uniforms`."""
    blocks = -(-n // 4)
    counter = np.zeros((len(ids), blocks, 4), np.uint32)
    counter[..., 0] = (ids & _MASK).astype(np.uint32)[:, None]
    counter[..., 1] = (ids >> _SHIFT).astype(np.uint32)[:, None]
    counter[..., 2] = np.arange(blocks, dtype=np.uint32)
    words = philox4x32(counter.reshape(-1, 4), key).reshape(len(ids), 4 * blocks)
    return np.ascontiguousarray((words[:, :n] + 0.5) * 2.0**-32)


def uniforms_c(lib: ctypes.CDLL, ids: NDArray[np.uint64], key: tuple[int, int], n: int) -> NDArray[np.float64]:
    """The compiled version of `uniforms`."""
    ids, words = np.ascontiguousarray(ids, np.uint64), np.array(key, np.uint32)
    out = np.empty((len(ids), n))
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    lib.jumeau_philox(pointer(ids.ctypes.data), size(len(ids)), pointer(words.ctypes.data), size(n), pointer(out.ctypes.data))
    return out


def uniforms(ids: NDArray[np.uint64], key: tuple[int, int], n: int) -> NDArray[np.float64]:
    """Numbers in ]0, 1[ (N, n): draw k of id i depends on (key, id i, k) only.

    ids: (N,) 64-bit names; key: two 32-bit words; n: draws. The counter of a block of four draws is (low word of the id,
    high word, block, 0), a word w gives (w + 0.5) / 2^32.
    """
    lib = library()
    return uniforms_numpy(ids, key, n) if lib is None else uniforms_c(lib, ids, key, n)
