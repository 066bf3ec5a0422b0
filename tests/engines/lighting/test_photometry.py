"""EN 13201-3: closed forms, and a second route that sends rays instead of reading points."""

import csv
from pathlib import Path

import msgspec
import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.spatial.transform import Rotation

from jumeau.engines.lighting.photometry.energy import Period, energy
from jumeau.engines.lighting.photometry.eyes import on_faces, threshold_increment, veiling, worst_veiling
from jumeau.engines.lighting.photometry.performance import performance, verdicts
from jumeau.engines.lighting.photometry.street import Build, Field, Street, fields, lantern_rows, street_from
from jumeau.errors import InputError
from jumeau.kernels.road import Tables, Tasks, light
from jumeau.model.lantern import Lantern, efficiency
from jumeau.model.road_classes import choose, required
from jumeau.model.road_surface import (
    BETAS_DEG,
    TANS,
    Surface,
    class_by_specularity,
    diffuse,
    mean_coefficient,
    specular_factor,
)
from jumeau.sources.road_surface import read_surface

STREET = street_from({"width_m": 7, "spacing_m": 30, "height_m": 8})


def lamp(intensity: np.ndarray, flux_lm: float = 4000.0) -> Lantern:
    return Lantern(name="essai", intensity=intensity, flux_lm=flux_lm, power_w=40.0, source="essai", origin="default")


def even(candela_per_klm: float = 80.0) -> Lantern:
    return lamp(np.full((4, 37), candela_per_klm))


def leaning() -> Lantern:
    """Towards the street and along it, symmetric in nothing, dark above 75 degrees."""
    c, g = np.meshgrid(np.radians(np.arange(0, 360, 5)), np.radians(np.linspace(0, 180, 73)), indexing="ij")
    beam = 200 * (1 + 0.6 * np.sin(c) + 0.3 * np.cos(c)) * (1 + np.sin(g) ** 2)
    return lamp(np.where(g < np.radians(75), beam, 0.0))


def lambert_table(q0: float = 0.07) -> np.ndarray:
    return 1e4 * q0 * (1 + TANS[:, None] ** 2) ** -1.5 * np.ones((1, len(BETAS_DEG)))


def test_an_even_light_gives_the_illuminances_of_the_inverse_square() -> None:
    found = performance(STREET, even(), None)
    grid = found.grids[0]
    x, y = np.meshgrid(grid.x_m, grid.y_m)
    by_hand = np.zeros_like(x)
    for n in range(-10, 11):
        plan = np.hypot(x - 30 * n, y)
        by_hand += np.where(plan <= 40, 320 * 0.8 * 8 / (plan**2 + 64) ** 1.5, 0)
    assert grid.values == pytest.approx(by_hand, rel=1e-5)
    assert found.values["illuminance"] == pytest.approx(by_hand.mean(), rel=1e-5)
    assert found.values["illuminance_uniformity"] == pytest.approx(by_hand.min() / by_hand.mean(), rel=1e-5)


def test_a_diffuse_road_shines_as_its_illuminance_says() -> None:
    """L = E ρ / π: exactly on the ideal surface, within the linear reading of its r-table."""
    street = street_from({"width_m": 7, "spacing_m": 25, "height_m": 9, "arrangement": "quinconce", "tilt_deg": 5})
    build = Build()
    build.add(street, Field("carriageway", 0, 7, 2), 4.0, luminance=True, q0=0.07)
    build.add(street, Field("carriageway", 0, 7, 2), 4.0, luminance=True, surface=0)
    lit = light(build.tasks(), Tables((leaning().intensity,), (lambert_table(),)))
    size = 60
    lux = lit.illuminance[:size]
    exact, read = lit.luminance[: 2 * size].reshape(2, -1), lit.luminance[2 * size :].reshape(2, -1)
    # The lantern is dark where illuminance and luminance do not count the same lights.
    assert exact == pytest.approx(np.stack([0.07 * lux] * 2), rel=2e-5)
    assert read == pytest.approx(exact, rel=0.025)


def _rays(street: Street, lantern: Lantern, cells: tuple[int, int]) -> np.ndarray:
    """Illuminance of each cell of the first carriageway: rays leave every lantern of one span and land somewhere."""
    n = 900
    g, c = (np.arange(n) + 0.5) / n * np.pi / 2, (np.arange(2 * n) + 0.5) / n * np.pi
    gg, cc = np.meshgrid(g, c, indexing="ij")
    planes, angles = lantern.intensity.shape
    from scipy.interpolate import RegularGridInterpolator

    whole = np.concatenate([lantern.intensity, lantern.intensity[:1]])
    axes = (np.linspace(0, 360, planes + 1), np.linspace(0, 180, angles))
    candela = RegularGridInterpolator(axes, whole)(np.stack([np.degrees(cc), np.degrees(gg)], -1)) * lantern.flux_lm / 1000
    lumens = candela * np.sin(gg) * (np.pi / 2 / n) * (np.pi / n)
    body = np.stack([np.sin(gg) * np.cos(cc), np.sin(gg) * np.sin(cc), -np.cos(gg)], -1).reshape(-1, 3)
    total = np.zeros(cells)
    for y, x, turned in lantern_rows(street):
        turn = Rotation.from_euler("z", 180 if turned else 0, degrees=True) * Rotation.from_euler(
            "x", street.tilt_deg, degrees=True
        )
        ray = turn.apply(body)
        down = ray[:, 2] < -1e-6
        reach = street.height_m / -ray[down, 2]
        px, py = np.mod(x + reach * ray[down, 0], street.spacing_m), y + reach * ray[down, 1]
        edges = (np.linspace(0, street.spacing_m, cells[0] + 1), np.linspace(0, street.width_m, cells[1] + 1))
        total += np.histogram2d(px, py, bins=edges, weights=lumens.reshape(-1)[down])[0]
    return total.T / (street.spacing_m / cells[0] * street.width_m / cells[1])


@pytest.mark.parametrize(
    "change",
    [
        {"arrangement": "unilateral", "overhang_m": 1.0},
        {"arrangement": "bilateral", "tilt_deg": 10},
        {"arrangement": "quinconce", "tilt_deg": 5, "overhang_m": -0.5},
        {"arrangement": "axial", "median_m": 2.0, "tilt_deg": 8},
        {"arrangement": "axial"},
    ],
)
def test_rays_land_where_the_points_say(change: dict[str, object]) -> None:
    """Another route: the flux that lands on cells, without inverse square nor cosine anywhere."""
    street = street_from({"width_m": 7, "spacing_m": 30, "height_m": 8, "maintenance_factor": 1} | change)
    lantern = leaning()
    cells, fine = (6, 3), 8
    build = Build()
    build.add(street, Field("carriageway", 0, 7, 2), lantern.flux_lm / 1000, luminance=False)
    nx, ny = cells[0] * fine, cells[1] * fine
    dx, dy = street.spacing_m / nx, street.width_m / ny
    tasks = msgspec.structs.replace(
        build.tasks(),
        grid=np.array([[dx / 2, dx, dy / 2, dy]], np.float32),
        shape=np.array([[nx, ny]], np.int32),
    )
    points = light(tasks, Tables((lantern.intensity,))).illuminance.reshape(cells[1], fine, cells[0], fine).mean(axis=(1, 3))
    landed = _rays(street, lantern, cells)
    assert points == pytest.approx(landed, rel=0.02)
    assert points.mean() == pytest.approx(landed.mean(), rel=0.004)


def test_a_specular_surface_is_seen_against_the_light_only() -> None:
    """β is 0 beyond the point and 180 before it: a table lit only at small β shines only from lanterns ahead."""
    table = np.where(BETAS_DEG[None] <= 45, lambert_table(), 0.0)
    build = Build()
    street = street_from({"width_m": 7, "spacing_m": 149, "height_m": 8})
    build.add(street, Field("carriageway", 0, 7, 2), 4.0, luminance=True, surface=0)
    seen = light(build.tasks(), Tables((even().intensity,), (table,))).luminance.reshape(2, 6, -1)
    assert seen[:, :, :17].max() == 0
    assert seen[:, :, -8].min() > 0


def test_glare_of_one_source_and_of_a_street() -> None:
    # CIE 146: Lv = 10 E / θ² for an observer of 23 years.
    assert veiling(np.array([0.5]), np.array([10.0])) == pytest.approx([10 * 0.5 / 100], rel=2e-3)
    assert veiling(np.array([0.5]), np.array([10.0]), 60.0)[0] == pytest.approx(0.0493 * (1 + (60 / 66.4) ** 4), rel=1e-3)
    assert (veiling(np.array([1.0, 1.0]), np.array([1.2, 61.0])) == 0).all()
    assert threshold_increment(0.2, 1.0) == pytest.approx(0.13)
    assert threshold_increment(0.2, 8.0) == pytest.approx(0.95 * 0.2 / 8**1.05)
    assert np.isnan(threshold_increment(0.2, 0.01))
    # One row, one lane, even light: the sum by hand at the first eye, which is the worst.
    street = street_from({"width_m": 3.5, "lanes": 1, "spacing_m": 100, "height_m": 11.5})
    back, total = 10 / np.tan(np.radians(20)), 0.0
    for n in range(5):
        dx, dy = back + 100 * n, -1.75
        far = np.sqrt(dx**2 + dy**2 + 100)
        theta = np.arccos((dx * np.cos(np.pi / 180) - 10 * np.sin(np.pi / 180)) / far)
        each = 10 * 320 / far**2 * np.cos(theta) / np.degrees(theta) ** 2 if np.degrees(theta) > 1.5 else 0.0
        if n and each < 0.02 * total:
            break
        total += each
    assert worst_veiling(street, even(), fields(street)[0]) == pytest.approx(total, rel=2e-3)


def test_faces_are_the_means_over_half_a_cylinder_and_half_a_sphere() -> None:
    street = street_from({"width_m": 7, "spacing_m": 150, "height_m": 6, "maintenance_factor": 1})
    px, py = np.array([4.0]), np.array([3.0])
    found = on_faces(street, even(), px, py)

    def lux(normal: np.ndarray, height: float) -> float:
        to = np.array([-4.0, -3.0, 6 - height])
        return float(320 * max(normal @ to, 0) / np.linalg.norm(to) ** 3)

    half = quad(lambda a: lux(np.array([np.cos(a), np.sin(a), 0.0]), 1.5), -np.pi / 2, np.pi / 2, limit=200)[0] / np.pi
    back = quad(lambda a: lux(np.array([np.cos(a), np.sin(a), 0.0]), 1.5), np.pi / 2, 3 * np.pi / 2, limit=200)[0] / np.pi
    assert found["semicylindrical"][0] == pytest.approx(min(half, back), rel=1e-3)

    def on_dome(theta: float, phi: float) -> float:
        normal = np.array([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)])
        return lux(normal, 0.0) * np.sin(theta)

    dome = dblquad(on_dome, 0, 2 * np.pi, 0, np.pi / 2, epsabs=1e-4)[0] / (2 * np.pi)
    assert found["hemispherical"][0] == pytest.approx(dome, rel=2e-3)
    assert found["vertical"][0] == pytest.approx(lux(np.array([1.0, 0, 0]), 1.5), abs=1e-9)


def test_two_mirrored_carriageways_receive_the_same() -> None:
    street = street_from({"width_m": 7, "spacing_m": 30, "height_m": 10, "arrangement": "axial", "median_m": 3})
    found = performance(street, leaning(), diffuse(0.07))
    first, second = (g.values for g in found.grids if g.field == "carriageway" and g.kind == "illuminance")
    # Turned by half a turn about the middle of the median, up to where the span starts.
    assert first.mean() == pytest.approx(second.mean(), rel=1e-5)
    assert sorted(first.ravel()) == pytest.approx(sorted(second.ravel()), rel=1e-3)


def test_the_light_beside_the_road_is_compared_with_the_light_inside() -> None:
    single = performance(street_from({"width_m": 7, "spacing_m": 30, "height_m": 8, "overhang_m": 0}), even(), None)
    middle = performance(
        street_from({"width_m": 7, "spacing_m": 30, "height_m": 8, "arrangement": "axial", "lanes": 2}), even(), None
    )
    assert single.values["edge_ratio"] < middle.values["edge_ratio"] < 1


def test_without_a_table_the_illuminances_stand_and_the_rest_is_unknown() -> None:
    found = performance(STREET, leaning(), None)
    assert found.values["illuminance"] > 0
    assert np.isnan([found.values[q] for q in ("luminance", "overall_uniformity", "threshold_increment")]).all()
    assert "table r" in found.doubts[0]
    by_name = {v.quantity: v.status for v in verdicts(found, "M4")}
    assert by_name["luminance"] == "inconnu"
    assert by_name["edge_ratio"] in ("conforme", "non_conforme")
    ideal = performance(STREET, leaning(), diffuse(0.07))
    assert ideal.values["luminance"] > 0
    assert {v.status for v in verdicts(ideal, "M4") if v.quantity != "edge_ratio"} == {"inconnu"}
    real = performance(STREET, leaning(), Surface(name="r", source="r.csv", q0=0.07, table=lambert_table()))
    assert "inconnu" not in {v.status for v in verdicts(real, "M4")}


def test_verdicts_turn_where_the_class_says() -> None:
    lantern = leaning()
    lux = performance(STREET, lantern, None).values["illuminance"]
    for wanted, status in ((10.0, "conforme"), (9.9, "non_conforme")):
        scaled = msgspec.structs.replace(lantern, flux_lm=lantern.flux_lm * wanted / lux)
        one = next(v for v in verdicts(performance(STREET, scaled, None), "C4") if v.quantity == "illuminance")
        assert (one.status, one.found) == (status, pytest.approx(wanted, rel=1e-4))
    assert {r.confidence for r in required("P3")} == {"recalled"}


def test_a_table_is_known_by_its_integrals(tmp_path: Path) -> None:
    table = lambert_table(0.07)
    assert mean_coefficient(table) == pytest.approx(0.07, rel=0.015)
    assert specular_factor(table) == pytest.approx(5**-1.5)
    assert [class_by_specularity(s) for s in (0.09, 0.5, 1.1, 2)] == ["R1", "R2", "R3", "R4"]
    # By another route: a solid angle integral over directions instead of the plan.
    shiny = table * (1 + 3 * np.exp(-BETAS_DEG / 20) * np.minimum(TANS, 1)[:, None])

    def q(y: float, x: float) -> float:
        tan, beta = np.hypot(x, y), np.degrees(np.arctan2(y, x))
        cosine = (1 + tan**2) ** -0.5
        row = [np.interp(beta, BETAS_DEG, r) for r in shiny]
        return float(np.interp(tan, TANS, row)) * 1e-4 / cosine**3 * cosine**3

    whole = dblquad(q, -4, 12, 0, 3, epsabs=1e-3)[0]
    angle = dblquad(lambda y, x: (1 + x * x + y * y) ** -1.5, -4, 12, 0, 3)[0]
    assert mean_coefficient(shiny) == pytest.approx(whole / angle, rel=0.01)
    path = write_table(tmp_path / "r.csv", shiny)
    read = read_surface(path, q0=mean_coefficient(shiny), s1=specular_factor(shiny))
    assert read.table == pytest.approx(shiny, abs=0.06)
    assert read.measured


def write_table(path: Path, table: np.ndarray, separator: str = ";") -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(["tan", *BETAS_DEG])
        writer.writerows([t, *(f"{x:.1f}" for x in row)] for t, row in zip(TANS, table, strict=True))
    return path


def test_a_wrong_table_is_refused_by_its_name(tmp_path: Path) -> None:
    path = write_table(tmp_path / "r.csv", lambert_table(), ",")
    assert read_surface(path).q0 == pytest.approx(0.07, rel=0.02)
    with pytest.raises(InputError, match=r"r\.csv.*S1"):
        read_surface(path, s1=1.11)
    with pytest.raises(InputError, match=r"r\.csv.*Q0"):
        read_surface(path, q0=0.1)
    lines = path.read_text().splitlines()
    for wrong, words in (
        ("\n".join(lines[:20]), "19 ligne"),
        ("\n".join(lines).replace("700.0", "peu", 1), "ligne 2, colonne 2"),
        ("\n".join(lines).replace("700.0", "350.0", 1), "tan ε = 0"),
        ("\n".join(lines).replace("180.0", "170.0", 1), "CIE 144"),
        ("nimporte quoi", "ligne"),
    ):
        path.write_text(wrong)
        with pytest.raises(InputError, match=words):
            read_surface(path)


def test_energy_indicators_by_hand() -> None:
    """EN 13201-5: D_P = P / (E A), D_E = sum of P t over A."""
    street = street_from({"width_m": 7, "spacing_m": 30, "height_m": 8, "arrangement": "bilateral", "footway_m": 2})
    nights = [Period(2000), Period(2000, 0.5, 0.45), Period(100, 0.02, 0)]
    found = energy(street, 40.0, 10.0, 6.0, nights)
    lumens = 210 * 10 + 120 * 6
    assert found.density == pytest.approx([80 / lumens, 40 / (0.45 * lumens)])
    assert found.annual_kwh_per_m2 == pytest.approx(80 * (2000 + 1000 + 2) / 330 / 1000)
    assert np.isnan(energy(street, float("nan"), 10.0, None, nights).annual_kwh_per_m2)


def test_a_class_is_chosen_by_its_weights() -> None:
    answers = {"speed": "moderate", "volume": "moderate", "composition": "mixed", "separation": "no", "junctions": "few",
               "parked": "yes", "ambient": "moderate", "guidance": "easy"}  # fmt: skip
    assert choose("M", answers) == "M4"
    worst = answers | {"speed": "very_high", "volume": "high", "ambient": "high", "guidance": "very_difficult"}
    assert choose("M", worst) == "M1"
    with pytest.raises(InputError, match="volume"):
        choose("M", {k: v for k, v in answers.items() if k != "volume"})
    with pytest.raises(InputError, match="speed"):
        choose("P", answers | {"speed": "very_high"})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"width_m": 0}, "width_m"),
        ({"height_m": "haut"}, "height_m"),
        ({"lanes": 50}, "lanes"),
        ({"arrangement": "partout"}, "partout"),
        ({"largeur": 7}, "largeur"),
        ({"spacing_m": None}, "spacing_m"),
        ({"tilt_deg": float("nan")}, "tilt_deg"),
    ],
)
def test_an_impossible_street_is_refused_by_its_field(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        street_from({"width_m": 7, "spacing_m": 30, "height_m": 8} | wrong)


def test_efficiency_of_the_lamps_used_here() -> None:
    assert efficiency(even()) == pytest.approx(80 * 4 * np.pi / 1000, rel=1e-6)
    assert isinstance(Build().tasks(), Tasks)
