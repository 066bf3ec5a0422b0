"""The few hot loops: NAME.py (NumPy, the documentation and the oracle) beside NAME.c (fast), held equal by the tests."""

import ctypes
from functools import cache
from pathlib import Path


def load(path: Path) -> ctypes.CDLL | None:
    """The shared library at `path`; None when it is not there or this machine cannot load it."""
    try:
        return ctypes.CDLL(str(path)) if path.exists() else None
    except OSError:
        return None


@cache
def library() -> ctypes.CDLL | None:
    """The compiled kernels of this very source, or None."""
    from jumeau.kernels.build import HERE, library_name

    return load(HERE / library_name())


def kernel_in_use(name: str) -> str:
    """`c` when the compiled kernel `name` runs, `numpy` when the reference does."""
    return "c" if hasattr(library(), f"jumeau_{name}") else "numpy"
