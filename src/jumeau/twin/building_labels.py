"""Labels after each step of works, told by the official method (3CL-DPE 2021) from the recorded description of a DPE."""

from pathlib import Path

import msgspec

from jumeau.engines.buildings.dpe.works import Works
from jumeau.engines.buildings.packages import Package
from jumeau.engines.buildings.works import FLOOR, PUMP, ROOF, WALLS, WINDOWS
from jumeau.twin.dpe import dpe_from_xml, study

AMOUNTS = {ROOF: ("toiture", 6.0), FLOOR: ("plancher", 3.0), WALLS: ("murs", 3.7), WINDOWS: ("fenetres", 1.3)}
"""Works of each step in the words of the 3CL engine: resistance added [m².K/W], Uw of windows [W/(m².K)], as the needs of
the programme ask for."""
CHOICES = {WINDOWS: {"ventilation": "hygro_b"}, PUMP: {"chauffage": "pac_air_eau"}}


class Labelled(msgspec.Struct, frozen=True):
    """A state of the works: kind of the last step ('' at the start), label by the 3CL method, and its range."""

    kind: str
    label: str
    best: str
    worst: str


def labels_of_dpe(package: Package, xml: Path) -> list[Labelled]:
    """Label of the DPE as recorded (factor of 2026), then after each step added to those before. What the method does not
    see (management class) leaves it as it was. Raises InputError for a file that is not a DPE."""
    batch = dpe_from_xml([xml])
    start = str(study(batch).today.label[0])
    out = [Labelled("", start, start, start)]
    amounts: dict[str, float] = {}
    choices: dict[str, str] = {}
    for step in package.steps:
        if step.kind in AMOUNTS:
            name, value = AMOUNTS[step.kind]
            amounts[name] = value
        choices |= CHOICES.get(step.kind, {})
        if step.kind not in AMOUNTS and step.kind not in CHOICES:
            out.append(msgspec.structs.replace(out[-1], kind=step.kind))
            continue
        found = study(batch, Works(dict(amounts), dict(choices))).after
        assert found is not None
        out.append(Labelled(step.kind, str(found.label[0]), str(found.label_best[0]), str(found.label_worst[0])))
    return out
