"""Photometric files written for the tests."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def ldt(path: Path, intensity: Floats, *, symmetry: int = 0, flux: float = 1000.0, power: str = "10", **lines: str) -> Path:
    """An EULUMDAT file with the planes given; `lineN=text` replaces line N."""
    stored, angles = intensity.shape
    planes = {0: stored, 1: 24, 2: 2 * (stored - 1), 3: 2 * (stored - 1), 4: 4 * (stored - 1)}[symmetry]
    head = ["essai", "1", str(symmetry), str(planes), str(360 / planes), str(angles), str(180 / (angles - 1)), "r", "essai"]
    head += ["n", "f", "d", *["0"] * 9, "100", "100", "1", "0", "1", "1", "led", str(flux), "3000", "80", power, *["0"] * 10]
    numbers = [*np.arange(planes) * 360 / planes, *np.linspace(0, 180, angles), *intensity.ravel()]
    text = head + [f"{x:.6g}" for x in numbers]
    for name, value in lines.items():
        text[int(name.removeprefix("line")) - 1] = value
    path.write_text("\r\n".join(text), encoding="latin-1")
    return path


def ies(path: Path, c: Floats, gamma: Floats, candela: Callable[[Floats, Floats], Floats], *, lumens: float = 2000.0,
        ballast: float = 1.0, tilt: str = "NONE", kind: int = 1) -> Path:  # fmt: skip
    """An IES LM-63 file, intensities from `candela(c, gamma)` [cd]."""
    cc, gg = np.meshgrid(c, gamma, indexing="ij")
    rows = [" ".join(f"{x:.6g}" for x in row) for row in candela(cc, gg)]
    head = ["IESNA:LM-63-2002", "[MANUFAC] essai", f"TILT={tilt}"]
    head += [f"1 {lumens} 1 {len(gamma)} {len(c)} {kind} 2 0 0 0", f"{ballast} 1 20"]
    path.write_text("\n".join([*head, " ".join(map(str, gamma)), " ".join(map(str, c)), *rows]) + "\n")
    return path
