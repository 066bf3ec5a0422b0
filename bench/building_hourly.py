"""Buildings hour by hour: 5R1C and wall-by-wall rooms, against RC_BuildingSimulator and against solving every hour.

Usage: bench/building_hourly.py [--quick] [--json] [--full]. One core; --full runs all
300 000 x 100 in two processes. The roof is what this core gives in fused products and sums of
eight doubles, measured in the same run. The last line runs the whole chain of a stock (draws of the unknown, zones, two runs
of the kernel) on a fraction of 300 000 buildings x 100 draws and multiplies.
"""

import argparse
import ctypes
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import peer

HERE = Path(__file__).parent
HOURS = 8760
GOAL_RC, GOAL_MODAL, STOCK, DRAWS = 200_000, 5_000, 300_000, 100
PARTITION = 1000
ROOF = """
typedef double vec __attribute__((vector_size(64)));
__attribute__((target_clones("default", "avx2", "avx512f"), optimize("fp-contract=fast")))
double roof(long n) {
    vec r[12], m = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, c = m;
    for (int k = 0; k < 12; k++) r[k] = m * (double)k;
    vec a = r[0], b = r[1], d = r[2], e = r[3], f = r[4], g = r[5];
    vec h = r[6], i = r[7], j = r[8], l = r[9], o = r[10], p = r[11];
    for (long k = 0; k < n; k++) {
        a = a * m + c; b = b * m + c; d = d * m + c; e = e * m + c; f = f * m + c; g = g * m + c;
        h = h * m + c; i = i * m + c; j = j * m + c; l = l * m + c; o = o * m + c; p = p * m + c;
    }
    a += b + d + e + f + g + h + i + j + l + o + p;
    return a[0];
}
"""


def best(run: Callable[[], Any], times: int = 3) -> float:
    """The shortest of a few runs, in seconds of processor: other work on the machine does not count."""
    out = []
    for _ in range(times):
        began = time.process_time()
        run()
        out.append(time.process_time() - began)
    return min(out)


def row(name: str, value: float, unit: str, conditions: str, **more: Any) -> dict[str, Any]:
    """One line of the table of benches."""
    return {"name": name, "value": value, "unit": unit, "conditions": conditions} | more


def roof_flops() -> float | None:
    """Products and sums a second of one core; None without a compiler."""
    from jumeau.kernels.build import FLAGS, compiler

    tool = compiler()
    if tool is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "roof.c", Path(folder) / "roof.so"
        source.write_text(ROOF, encoding="utf-8")
        subprocess.run([tool, *FLAGS, "-Wno-psabi", "-o", str(made), str(source)], check=True, capture_output=True)
        lib = ctypes.CDLL(str(made))
        lib.roof.restype, lib.roof.argtypes = ctypes.c_double, [ctypes.c_long]
        count = 5_000_000
        return 12 * 16 * count / best(lambda: lib.roof(count), 4)


def shared_year() -> Any:
    """A made-up year of an occupied building: two ventilation levels, discomfort watched when people are there."""
    from jumeau.kernels.rc5 import Hours

    h = np.arange(HOURS)
    rng = np.random.default_rng(1)
    there = (h % 24 >= 8) & (h % 24 < 19)
    up = np.maximum(0, np.sin((h % 24 - 6) / 12 * np.pi))[:, None]
    outdoor = 11 - 9 * np.cos(h / HOURS * 2 * np.pi) + 4 * np.sin((h % 24 - 9) / 12 * np.pi)
    return Hours(
        outdoor=outdoor, sun=up * rng.uniform(0, 600, (HOURS, 5)),
        gain=np.where(there, 1.0, 0.2), heat_set=np.where(there, 19.0, 16.0), cool_set=np.where(there, 26.0, np.inf),
        level=np.where(there, 0, 1).astype(np.uint8), watch=np.where(there, 27.0, np.inf), stop=np.arange(1, 13) * 730,
    )  # fmt: skip


def zones(n: int) -> Any:
    """Random buildings."""
    from jumeau.kernels.rc5 import Zones

    rng = np.random.default_rng(2)
    floor = rng.uniform(60, 3000, n)
    endless = np.full(n, np.inf)
    return Zones(
        opaque=floor * rng.uniform(0.3, 2.0, n), windows=floor * rng.uniform(0.1, 0.8, n),
        air=floor[:, None] * rng.uniform(0.1, 0.9, (n, 2)), capacity=floor * rng.uniform(80e3, 300e3, n),
        mass_area=2.5 * floor, all_area=4.5 * floor, sun=floor[:, None] * rng.uniform(0, 0.05, (n, 5)),
        gain=floor * rng.uniform(3, 12, n),
        heat_max=endless, cool_max=endless,
    )  # fmt: skip


def flops(hours: Any) -> float:
    """Products, sums and comparisons of one zone and year, as rc5.c is written: 13 an hour, 12 more by day, 6 more when
    discomfort is watched and 6 where there is cooling."""
    lit, watched, cooled = hours.sun.sum(axis=1) > 0, np.isfinite(hours.watch), np.isfinite(hours.cool_set)
    return 13 * HOURS + 12 * float(lit.sum()) + 6 * float(watched.sum()) + 6 * float(cooled.sum())


def rc5_rows(quick: bool, roof: float | None) -> list[dict[str, Any]]:
    """The 5R1C kernel and its peer."""
    from jumeau.kernels import rc5

    hours, many = shared_year(), zones(4096 if quick else 16384)
    rate = len(many.opaque) / best(lambda: rc5.hourly_loads(many, hours))
    few = zones(4)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "zones.json"
        said = {
            n: getattr(few, n).tolist()
            for n in ("opaque", "windows", "air", "capacity", "mass_area", "all_area", "sun", "gain")
        }
        said |= {n: getattr(hours, n).tolist() for n in ("outdoor", "heat_set", "cool_set", "level")}
        path.write_text(json.dumps(said | {"light": hours.sun.tolist(), "share": hours.gain.tolist()}), encoding="utf-8")
        theirs = json.loads(peer.run_peer("dibs", HERE / "peers" / "building_hourly_dibs.py", str(path)))
    ours = rc5.hourly_loads(few, hours)
    apart = np.abs(ours.heat.sum(axis=1) / np.array(theirs["heat"]) - 1).max()
    peer_rate = len(few.opaque) / theirs["seconds"]
    conditions = f"un cœur, f64, but {GOAL_RC} par seconde, chauffage à {apart:.2%} près du pair"
    done = flops(hours) * rate
    return [
        row(
            "building_hourly_5r1c", round(rate), "bâtiments-années/s", conditions, peer="RC_BuildingSimulator (DIBS)",
            peer_value=round(peer_rate, 2), ratio=round(rate / peer_rate),
            **share_of(roof, done),
        )
    ]  # fmt: skip


def rooms(n: int) -> tuple[Any, Any]:
    """Random dwellings wall by wall (48 nodes), and their year."""
    from jumeau.engines.buildings.hourly.room import SUNNY, Layer, Room, Surface, Window, networks
    from jumeau.kernels.modal import RoomHours

    rng, year = np.random.default_rng(3), shared_year()
    brick, wool, slab = Layer(0.2, 0.7, 1600, 900), Layer(0.1, 0.04, 20, 1000), Layer(0.15, 1.6, 2300, 1000)

    def one() -> Room:
        side = rng.uniform(6, 14)
        walls = [
            Surface(area=side * 2.7, kind="wall", face=f, layers=(wool, brick) if rng.random() < 0.5 else (brick, wool))
            for f in ("south", "east", "north", "west")
        ]
        ends = [Surface(area=side**2, kind=k, face=f, layers=(wool, slab)) for k, f in (("roof", "roof"), ("floor", None))]
        panes = [Window(area=side * 0.4, face=f, u=rng.uniform(1.2, 4), factor=0.6) for f in ("south", "north")]
        return Room(
            surfaces=(*walls, *ends), windows=tuple(panes), volume=side**2 * 2.5, floor=side**2, air=side**2 * 0.3,
            extra=(0.0, side**2 * rng.uniform(0, 0.5)), gain=side**2 * 5,
        )  # fmt: skip

    inputs = [year.outdoor, np.full(HOURS, -8.0), year.gain, year.sun, year.sun * 0.8]
    hours = RoomHours(
        inputs=np.column_stack(inputs), sunny=SUNNY, lit=year.sun.sum(axis=1) > 0, outdoor=year.outdoor,
        heat_set=year.heat_set, cool_set=year.cool_set, watch=year.watch, level=year.level, stop=year.stop,
    )  # fmt: skip
    return networks([one() for _ in range(n)]), hours


def modal_flops(hours: Any, inputs: int, modes: int) -> float:
    """Products, sums and comparisons of one room and year, as modal.c is written: each mode brings to the air, decays, takes
    the inputs and the power; then 20 for the air, and the felt temperature where it is watched."""
    used = np.where(hours.lit, inputs, inputs - hours.sunny)
    watched = np.isfinite(hours.watch)
    return float((2 * used + modes * (6 + 2 * used) + 20 + watched * 2 * (used + modes + 2)).sum())


def share_of(roof: float | None, done: float) -> dict[str, float | None]:
    """What of the arithmetic of the core was reached."""
    return {
        "floor": None if roof is None else round(roof / 1e9, 1),
        "floor_share": None if roof is None else round(done / roof, 2),
    }


def modal_rows(quick: bool, roof: float | None) -> list[dict[str, Any]]:
    """Rooms of 48 nodes under 13 inputs, from their network to their year: modes found, then stepped."""
    from jumeau.kernels import modal, modes

    built, hours = rooms(512 if quick else 2048)
    few = built.take(slice(0, 4))
    n, nodes = built.link.shape[1], len(built.capacity)
    began = time.process_time()
    exact = modal.loads_every_hour(few.matrices(), hours)
    slow = few.link.shape[1] / (time.process_time() - began)
    out = []
    for count in (8, 12):
        near = modes.network_loads(few, (hours,), count)[0]
        wrong = np.abs(near.heat.sum(axis=1) / exact.heat.sum(axis=1) - 1).max()
        whole = best(lambda c=count: modes.network_loads(built, (hours,), c))
        found = best(lambda c=count: modes.found_modes(built, c))
        done = modal_flops(hours, built.inputs, count) * n / max(whole - found, 1e-9)
        conditions = f"un cœur, f64, du réseau au résultat : {count} modes sur {nodes} nœuds, chauffage à {wrong:.2%} près ; "
        conditions += (
            f"modes {found / n * 1e6:.0f} µs, heures {(whole - found) / n * 1e6:.0f} µs par bâtiment ; but {GOAL_MODAL}"
        )
        conditions += " par seconde ; part du plafond : celle des heures"
        out.append(row(
            f"building_hourly_iso52016_{count}", round(n / whole), "bâtiments-années/s", conditions,
            peer="résolution de chaque heure (NumPy)", peer_value=round(slow, 2), ratio=round(n / whole / slow),
            **share_of(roof, done),
        ))  # fmt: skip
    return [*out, described_row(quick)]


def described_row(quick: bool) -> dict[str, Any]:
    """From a table of buildings to their years wall by wall: draws of the unknown, own sun, networks, modes, hours."""
    from jumeau.engines.buildings.choices import FIELD, HEATED_USES
    from jumeau.engines.buildings.envelope import envelope
    from jumeau.engines.buildings.hourly import walls
    from jumeau.engines.buildings.stock import stock
    from jumeau.engines.protocol import Context
    from jumeau.engines.tally import Draws
    from jumeau.kernels import modal, modes

    count, year, ctx = 64 if quick else 256, made_year(), Context(date=date(2026, 1, 1), draws=64)
    whole, draws = stock(made_stock(0, 2 * count)["batiment"]), Draws(ctx, FIELD)
    part = whole.take(np.flatnonzero(whole.use == 0)[:count])
    run = year.hours(HEATED_USES[0])[0]

    def all_of_it() -> Any:
        return walls.loads_by_walls(part, envelope(part, draws), draws, year, [run])

    all_of_it()
    seconds, n = best(all_of_it), len(part.ids) * ctx.draws
    net = walls.rooms_of_stock(part, envelope(part, draws), draws, year.weather)
    drawn = best(lambda: walls.rooms_of_stock(part, envelope(part, draws), draws, year.weather))
    found = best(lambda: modes.found_modes(net, walls.MODES))
    few = net.take(slice(0, n, n // 8))
    light, sun = (on(year.panes, part.faces[:1], part.horizon[:1])[0] for on in (walls.own_light, walls.on_walls))
    hours = walls.room_hours(run, year, light, sun)
    exact, near = modal.loads_every_hour(few.matrices(), hours), modes.network_loads(few, (hours,), walls.MODES)[0]
    wrong = np.abs(near.heat.sum(axis=1) / exact.heat.sum(axis=1) - 1).max()
    conditions = (
        f"un cœur, f64, de la table au résultat : {len(part.ids)} bâtiments x {ctx.draws} tirages x une année, "
        f"{walls.MODES} modes sur {len(net.capacity)} nœuds, chauffage à {wrong:.3%} près ; tirages et parois "
        f"{drawn / n * 1e6:.0f} µs, modes {found / n * 1e6:.0f} µs, soleil propre et heures "
        f"{(seconds - drawn - found) / n * 1e6:.0f} µs par bâtiment-année ; but {GOAL_MODAL} par seconde"
    )
    return row("building_hourly_parois", round(n / seconds), "bâtiments-années/s", conditions)


def made_stock(first: int, count: int) -> Any:
    """Buildings of a made-up stock, the same whatever the partition."""
    import pyarrow as pa

    from jumeau.engines.buildings import engine

    rng = np.random.default_rng(4 + first)
    uses = np.array(["residentiel", "residentiel", "residentiel", "bureau", "enseignement"])
    table = pa.table({
        "id": [f"b{first + i}" for i in range(count)], "commune": ["34172"] * count, "usage": uses[rng.integers(0, 5, count)],
        "floor_area_m2": rng.uniform(60, 2000, count), "construction_year": rng.integers(1900, 2020, count),
    })  # fmt: skip
    return engine().inventory({"batiment": table}, "34172")


def made_year() -> Any:
    """The made-up year as a weather that buildings share."""
    from jumeau.engines.buildings.hourly.year import year_under
    from jumeau.model.weather import Weather

    year = shared_year()
    light = year.sun.mean(axis=1)
    return year_under(Weather(
        outdoor=year.outdoor, direct=light, diffuse=light / 4, sky=np.full(HOURS, 320.0), wind=np.full(HOURS, 3.0),
        latitude=43.6, longitude=3.9, hours_east=1.0, altitude=50.0, source="banc",
    ))  # fmt: skip


def stock_rows(quick: bool) -> list[dict[str, Any]]:
    """A fraction of a département, chain complete."""
    from jumeau.engines.buildings.hourly.stock import simulate_stock
    from jumeau.engines.protocol import Context

    n, year = 200 if quick else 2000, made_year()
    bundle, ctx = made_stock(0, n), Context(date=date(2026, 1, 1), draws=DRAWS)
    simulate_stock({"batiment": bundle["batiment"].slice(0, 20)}, year, ctx)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = best(lambda: simulate_stock(bundle, year, ctx), 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    whole = seconds * STOCK / n / 60
    conditions = (
        f"{n} bâtiments x {DRAWS} tirages x 2 régimes mesurés sur un cœur, multipliés par {STOCK // n} (par partitions, "
    )
    conditions += f"sans échange entre elles) ; deux cœurs : {whole / 2:.0f} min ; mémoire de pointe {peak / 1024:.0f} Mo, "
    conditions += f"dont {(peak - before) / 1024:.0f} Mo pour le parc"
    return [row("building_hourly_departement", round(whole, 1), "min pour 300 000 x 100", conditions)]


def worker(first: int, last: int) -> None:
    """One process of --full: buildings from `first` to `last` by partitions, of which only sums are kept."""
    from jumeau.engines.buildings.hourly.stock import simulate_stock
    from jumeau.engines.protocol import Context

    year, ctx, heat, done = made_year(), Context(date=date(2026, 1, 1), draws=DRAWS), np.zeros(DRAWS), 0
    for start in range(first, last, PARTITION):
        found = simulate_stock(made_stock(start, min(PARTITION, last - start)), year, ctx)
        heat += found.heat.sum(axis=0)
        done += len(found.rows)
        if (start - first) // PARTITION % 15 == 14:
            print(f"{done} / {last - first}, {time.process_time():.0f} s de processeur", file=sys.stderr, flush=True)
    used = resource.getrusage(resource.RUSAGE_SELF)
    said = {"done": done, "cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024, "heat": heat.tolist()}
    print(json.dumps(said))


def full_rows() -> list[dict[str, Any]]:
    """All of it: two processes, half of the buildings each."""
    began = time.perf_counter()
    halves = [(0, STOCK // 2), (STOCK // 2, STOCK)]
    command = [sys.executable, str(HERE / "building_hourly.py"), "--worker"]
    running = [subprocess.Popen([*command, f"{a}:{b}"], stdout=subprocess.PIPE, text=True) for a, b in halves]
    said = [json.loads(p.communicate()[0]) for p in running]
    wall = (time.perf_counter() - began) / 60
    cpu, memory = sum(s["cpu"] for s in said) / 60, sum(s["peak_mb"] for s in said)
    heat = np.sum([s["heat"] for s in said], axis=0) / 1e9
    low, high = np.quantile(heat, [0.05, 0.95])
    conditions = (
        f"{sum(s['done'] for s in said)} bâtiments x {DRAWS} tirages x {HOURS} h x 2 régimes, tous calculés, deux processus "
        f"par partitions de {PARTITION} ; {cpu:.1f} min de processeur ; mémoire de pointe {memory:.0f} Mo (somme des deux) ; "
        f"chauffage {heat.mean():.2f} TWh ({low:.2f} à {high:.2f})"
    )
    return [row("building_hourly_departement_entier", round(wall, 1), "min", conditions)]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.worker:
        worker(*map(int, said.worker.split(":")))
        return
    results = full_rows() if said.full else []
    if not said.full:
        roof = roof_flops()
        results = [*rc5_rows(said.quick, roof), *modal_rows(said.quick, roof), *stock_rows(said.quick)]
    if said.json:
        print(json.dumps(results, ensure_ascii=False, indent=1))
        return
    for r in results:
        print(
            f"{r['name']}: {r['value']} {r['unit']} ({r['conditions']})",
            {k: r[k] for k in r if k in ("peer_value", "ratio", "floor", "floor_share")},
        )


if __name__ == "__main__":
    main()
