"""Radiance (LBNL), another program and another model of light, on the same streets: lanterns as sources, the road as a plane.

It runs as processes of its own, from the wheel of `pyradiance`.
"""

import os
import subprocess
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tests.sources.lamps import ies

from jumeau.engines.lighting.photometry.performance import performance
from jumeau.engines.lighting.photometry.street import Street, lantern_rows, street_from
from jumeau.model.road_surface import diffuse
from jumeau.sources.photometry import read_lantern

pyradiance = pytest.importorskip("pyradiance")
HOME = Path(pyradiance.__file__).parent
LUMENS_PER_WATT = 179.0
Q0 = 0.07


def run(folder: Path, *command: object, given: str | None = None) -> bytes:
    """Output of a program of Radiance."""
    env = os.environ | {"RAYPATH": f"{HOME / 'lib'}:{folder}", "PATH": f"{HOME / 'bin'}:{os.environ['PATH']}"}
    asked = [str(HOME / "bin" / str(command[0])), *map(str, command[1:])]
    return subprocess.run(asked, cwd=folder, env=env, input=given and given.encode(), capture_output=True, check=True).stdout


def candela(c: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    """Leans towards the street and to one side, dark above 70 degrees."""
    c, g = np.radians(c), np.radians(gamma)
    edge = np.clip((np.radians(72) - g) / np.radians(4), 0, 1)
    return 600 * (1 + 0.6 * np.cos(c) + 0.3 * np.sin(c)) * (1 + np.sin(g) ** 2) * edge


def octree(folder: Path, street: Street) -> None:
    """The road and its lanterns, 16 spans of them."""
    run(folder, "ies2rad", "-dm", "-o", "lamp", "a.ies")
    reflectance = Q0 * np.pi
    scene = [f"void plastic road 0 0 5 {reflectance} {reflectance} {reflectance} 0 0",
             "road polygon ground 0 0 12 -500 -500 0 500 -500 0 500 500 0 -500 500 0"]  # fmt: skip
    (folder / "road.rad").write_text("\n".join(scene))
    lamps = b""
    for y, x, turned in lantern_rows(street):
        for n in range(-8, 9):
            place = ("-t", x + n * street.spacing_m, y, street.height_m)
            turn = ("-rz", 180) if turned else ()
            lamps += run(folder, "xform", "-n", f"l{n}", "-rz", 90, "-rx", street.tilt_deg, *turn, *place, "lamp.rad")
    (folder / "lamps.rad").write_bytes(lamps)
    (folder / "scene.oct").write_bytes(run(folder, "oconv", "road.rad", "lamps.rad"))


def traced(folder: Path, rays: np.ndarray, *options: object) -> np.ndarray:
    """Photometric value of each ray."""
    text = "\n".join(" ".join(f"{x:.7f}" for x in ray) for ray in rays)
    out = run(folder, "rtrace", "-h", "-ab", 0, "-dt", 0, "-dc", 1, "-dj", 0, "-ds", 0, *options, "scene.oct", given=text)
    rgb = np.array(out.split(), float).reshape(len(rays), 3)
    return rgb @ np.array([0.265, 0.670, 0.065]) * LUMENS_PER_WATT


@pytest.mark.parametrize(
    "change",
    [
        {"tilt_deg": 10, "overhang_m": 0.5},
        {"arrangement": "quinconce"},
        {"arrangement": "axial", "median_m": 2, "tilt_deg": 5},
    ],
)
def test_radiance_lights_the_same_street(tmp_path: Path, change: dict[str, object]) -> None:
    described = {"width_m": 7, "spacing_m": 30, "height_m": 8, "maintenance_factor": 1, **change}
    street = street_from(described)
    c, gamma = np.arange(0, 361, 5.0), np.linspace(0, 180, 181)
    lantern = read_lantern(ies(tmp_path / "a.ies", c, gamma, candela, lumens=4000.0)).lantern
    found = performance(msgspec.structs.replace(street), lantern, diffuse(Q0))
    octree(tmp_path, street)
    for grid in (g for g in found.grids if g.field == "carriageway"):
        x, y = (a.ravel() for a in np.meshgrid(grid.x_m, grid.y_m))
        if grid.kind == "illuminance":
            rays = np.stack([x, y, 0 * x + 1e-4, 0 * x, 0 * x, 0 * x + 1], 1)
            theirs = traced(tmp_path, rays, "-I")
        else:
            assert grid.eye is not None
            eye = np.array([*grid.eye, 1.5])
            rays = np.concatenate([np.broadcast_to(eye, (len(x), 3)), np.stack([x, y, 0 * x], 1) - eye], 1)
            theirs = traced(tmp_path, rays)
        ours = grid.values.ravel()
        assert ours.mean() == pytest.approx(theirs.mean(), rel=0.005)
        assert ours == pytest.approx(theirs, rel=0.02)
