"""What the stock model infers of a building from its size, year and zone, against the losses and needs of official DPE."""

import csv
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.choices import FIELD
from jumeau.engines.buildings.energy import heating, use_of, useful_heat
from jumeau.engines.buildings.envelope import envelope, losses
from jumeau.engines.buildings.stock import Stock, stock
from jumeau.engines.protocol import Context
from jumeau.engines.tally import Draws
from jumeau.model.dpe import DpeBatch

CTX = Context(date=date(2026, 11, 1), seed=1, draws=400)
OLD_FACTOR = msgspec.structs.replace(CTX, prices={"primary_electricity": (2.3, 2.3, 2.3)})
MIDDLE_OF_PERIOD = {1: 1930, 2: 1965, 3: 1976, 4: 1980, 5: 1985, 6: 1995, 7: 2003, 8: 2009, 9: 2016, 10: 2022}
COMMUNE_OF_ZONE = {1: "75056", 2: "67482", 3: "69123", 4: "35238", 5: "44109", 6: "31555", 7: "26362", 8: "34172"}
HOUSE, WHOLE_BUILDING = (1,), (6, 7, 8, 9, 26, 27, 28)

pytestmark = pytest.mark.data


class Sample:
    """Official figures per floor area, and the same buildings as the inventory would know them."""

    def __init__(self, official: DpeBatch, rows: dict[str, dict[str, str]], methods: tuple[int, ...]) -> None:
        at = [i for i, n in enumerate(official.numbers) if n in rows and int(float(rows[n]["methode"])) in methods]
        batch = official.take(at)
        said = [rows[n] for n in batch.numbers]
        facts, home = batch.facts, methods == HOUSE
        whole = facts.get("surface_habitable_immeuble")
        alone = np.array([float(r["surface"]) for r in said])
        floor = alone if home else np.where(np.isfinite(whole), whole, alone)
        year = [int(float(r["annee_ou_periode"])) for r in said]
        storeys = facts.get("nombre_niveau_logement" if home else "nombre_niveau_immeuble")
        dwellings = [1.0] * len(at) if home else facts.get("nombre_appartement").tolist()
        table = {
            "id": batch.numbers, "commune": [COMMUNE_OF_ZONE[int(float(r["zone"]))] for r in said],
            "usage": ["residentiel"] * len(at), "floor_area_m2": floor,
            "construction_year": pa.array([MIDDLE_OF_PERIOD.get(y, y) for y in year], pa.int32()),
            "storeys": pa.array([int(s) if s >= 1 else None for s in storeys], pa.int32()),
            "dwellings": pa.array([int(d) if d >= 1 else None for d in dwellings], pa.int32()),
        }  # fmt: skip
        self.part: Stock = stock(engine().inventory({"batiment": pa.table(table)}, "")["batiment"])
        self.losses = facts.get("sortie.deperdition_enveloppe") / floor
        self.need, self.final = (facts.get(f"sortie.{n}") / floor for n in ("besoin_ch", "conso_ch"))
        self.primary = np.array([float(r["ep_m2"]) for r in said])


def met(official: np.ndarray, ours: np.ndarray) -> tuple[float, float]:
    """Bias of the mean, and share of official figures in the 90 % interval."""
    low, high = np.quantile(ours, [0.05, 0.95], axis=1)
    return float(ours.mean() / official.mean() - 1), float(((official >= low) & (official <= high)).mean())


@pytest.fixture(scope="module")
def index(data_dir: Path) -> dict[str, dict[str, str]]:
    with (data_dir / "batiments" / "dpe-xml-open3cl" / "index.csv").open(encoding="utf-8") as file:
        return {r["numero_dpe"]: r for r in csv.DictReader(file, delimiter=";")}


def test_houses(official: DpeBatch, index: dict[str, dict[str, str]]) -> None:
    """49 houses (ADEME through Open3CL), floor, storeys, year and zone given. Before the archetypes of TABULA: losses -12 %
    and 67 % in the interval, need -10 % and 76 %, final energy of heating -7 % and 65 %, primary energy +14 % and 78 %.
    With them: +2 % and 82 %, +1 % and 82 %, 0 % and 82 %, +14 % and 86 %. What is left of the last one is the energy of
    heating, drawn from the national stock: this sample burns more wood and has more heat pumps."""
    found = Sample(official, index, HOUSE)
    draws = Draws(OLD_FACTOR, FIELD)
    part, env = found.part, envelope(found.part, draws)
    assert len(part.ids) == 49
    need = useful_heat(part, env, part.current, draws)
    ours = {
        "losses": (found.losses, sum(losses(part, env, part.current, draws))),
        "need": (found.need, need),
        "final": (found.final, need / heating(part, part.current, draws)[1]),
    }
    for official_, mine in ours.values():
        bias, inside = met(official_, np.asarray(mine))
        assert abs(bias) < 0.06
        assert inside >= 0.76
    bias, inside = met(found.primary, use_of(part, env, part.current, draws).primary(draws))
    assert abs(bias) < 0.15
    assert inside >= 0.8


def test_apartment_buildings(official: DpeBatch, index: dict[str, dict[str, str]]) -> None:
    """14 whole apartment buildings. Before: losses -17 % and 43 % in the interval, primary energy -15 % and 93 %. With the
    archetypes: +3 % and 50 %, -7 % and 93 %. Their losses are still too sure: the outline is unknown, the sample small."""
    found = Sample(official, index, WHOLE_BUILDING)
    draws = Draws(OLD_FACTOR, FIELD)
    part, env = found.part, envelope(found.part, draws)
    assert len(part.ids) == 14
    bias, inside = met(found.losses, np.asarray(sum(losses(part, env, part.current, draws))))
    assert abs(bias) < 0.10
    assert inside >= 0.43
    bias, inside = met(found.primary, use_of(part, env, part.current, draws).primary(draws))
    assert abs(bias) < 0.12
    assert inside >= 0.9
