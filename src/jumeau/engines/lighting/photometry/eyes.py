"""What reaches an eye: glare of drivers, light on the faces of walkers.

References: [1] EN 13201-3:2015, clause 8.5 (threshold increment: eye at 1.5 m, line of sight 1 degree down, roof of the
car at 20 degrees, sum ended at 2 %, initial flux). [2] CIE 146:2002 (veiling luminance and age). [3] EN 13201-3:2015,
clause 7 (hemispherical, semicylindrical and vertical illuminance).
"""

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.lighting.photometry.street import Field, Street, along, lantern_rows
from jumeau.model.lantern import Lantern, intensity_at

Floats = NDArray[np.float64]

EYE_M = 1.5
ROOF_DEG, SIGHT_DEG, WIDEST_DEG, NARROWEST_DEG = 20.0, 1.0, 60.0, 1.5
FARTHEST_M, LEAST_SHARE = 500.0, 0.02
USUAL_AGE_Y = 23.0
FACE_M = 1.5


def towards(lantern: Lantern, street: Street, turned: bool, dx: Floats, dy: Floats, dz: Floats) -> Floats:
    """Intensity [cd] of a lantern of a row towards points at (dx, dy, dz) from it [m], initial flux."""
    side = -1.0 if turned else 1.0
    tilt = np.radians(street.tilt_deg - lantern.tilt_deg)
    ax, ay = side * dx, side * dy
    c90, down = ay * np.cos(tilt) + dz * np.sin(tilt), ay * np.sin(tilt) - dz * np.cos(tilt)
    c, gamma = np.degrees(np.arctan2(c90, ax)), np.degrees(np.arctan2(np.hypot(ax, c90), down))
    return intensity_at(lantern, c, gamma) * lantern.flux_lm / 1000


def veiling(lux: Floats, theta_deg: Floats, age_y: float = USUAL_AGE_Y) -> Floats:
    """Equivalent veiling luminance [cd/m²] of sources that give `lux` at the eye, `theta_deg` away from the line of sight,
    for an observer of `age_y` years [1, 2]; 0 nearer than 1.5 degrees or wider than 60."""
    inside = (theta_deg > NARROWEST_DEG) & (theta_deg <= WIDEST_DEG)
    return np.where(inside, 9.86 * lux / np.maximum(theta_deg, 0.1) ** 2 * (1 + (age_y / 66.4) ** 4), 0.0)


def threshold_increment(veil: float, luminance: float) -> float:
    """fTI [ratio] for a veiling luminance and an initial mean road luminance [cd/m²]; NaN under 0.05 cd/m² [1]."""
    if not luminance > 0.05:
        return float("nan")
    return float(0.65 * veil / luminance**0.8 if luminance <= 5 else 0.95 * veil / luminance**1.05)


def worst_veiling(street: Street, lantern: Lantern, field: Field, age_y: float = USUAL_AGE_Y) -> float:
    """Greatest veiling luminance [cd/m²] over the eyes in every lane of `field`, moved along one spacing."""
    rise = street.height_m - EYE_M
    if rise <= 0:
        return float("nan")
    steps = along(street)
    back = rise / np.tan(np.radians(ROOF_DEG))
    eye_x = (np.arange(steps) / steps * street.spacing_m - back)[:, None, None]
    lane = field.width_m / field.lanes
    eye_y = (field.y_m + (np.arange(field.lanes) + 0.5) * lane)[None, :, None]
    total = np.zeros((steps, field.lanes))
    for y, x, turned in lantern_rows(street):
        if field.way < 0:
            x = -x
        n = np.arange(np.floor(-back / street.spacing_m) - 1, np.ceil((FARTHEST_M + street.spacing_m) / street.spacing_m) + 1)
        dx = x + n[None, None, :] * street.spacing_m - eye_x
        dy = y - eye_y
        plan, far = np.hypot(dx, dy), np.sqrt(dx**2 + dy**2 + rise**2)
        ahead = (dx > 0) & (np.degrees(np.arctan2(rise, dx)) <= ROOF_DEG + 1e-6) & (dx <= FARTHEST_M)
        candela = towards(lantern, street, turned, -field.way * dx, -dy + 0 * dx, -rise + 0 * dx)
        sight = np.radians(SIGHT_DEG)
        cosine = (dx * np.cos(sight) - rise * np.sin(sight)) / far
        theta = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
        each = np.where(ahead & (plan > 0), veiling(candela * np.maximum(cosine, 0) / far**2, theta, age_y), 0.0)
        total += _ended(each)
    return float(total.max())


def _ended(each: Floats) -> Floats:
    """Sum along the last axis, ended by the first lantern that adds less than 2 % to those before it."""
    before = np.cumsum(each, axis=-1) - each
    small = (each < LEAST_SHARE * before) & (before > 0)
    kept = np.cumsum(small, axis=-1) == 0
    return np.asarray(np.where(kept, each, 0.0).sum(axis=-1))


def on_faces(street: Street, lantern: Lantern, px: Floats, py: Floats) -> dict[str, Floats]:
    """Light on walkers at points (P,) [m], maintained [lx]: `hemispherical` at the ground; `semicylindrical` and `vertical`
    at 1.5 m, the lesser of the two directions of walk."""
    sums = {name: np.zeros((2, len(px))) for name in ("hemispherical", "semicylindrical", "vertical")}
    h, reach = street.height_m, 5 * street.height_m
    for y, x, turned in lantern_rows(street):
        n = np.arange(
            np.ceil((px.min() - reach - x) / street.spacing_m), np.floor((px.max() + reach - x) / street.spacing_m) + 1
        )
        dx = px - (x + n[:, None] * street.spacing_m)
        dy = np.broadcast_to(py - y, dx.shape)
        near = np.hypot(dx, dy) <= reach
        far = np.sqrt(dx**2 + dy**2 + h**2)
        ground = towards(lantern, street, turned, dx, dy, -h + 0 * dx)
        sums["hemispherical"] += np.where(near, ground * (1 + h / far) / (4 * far**2), 0).sum(axis=0)
        rise = h - FACE_M
        if rise <= 0:
            continue
        plan = np.maximum(np.hypot(dx, dy), 1e-9)
        far = np.hypot(plan, rise)
        face = towards(lantern, street, turned, dx, dy, -rise + 0 * dx) * plan / far**3
        for k, way in enumerate((1.0, -1.0)):
            cosine = -way * dx / plan
            sums["semicylindrical"][k] += np.where(near, face * (1 + cosine) / np.pi, 0).sum(axis=0)
            sums["vertical"][k] += np.where(near, face * np.maximum(cosine, 0), 0).sum(axis=0)
    return {name: street.maintenance_factor * found.min(axis=0) for name, found in sums.items()}
