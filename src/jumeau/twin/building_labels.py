"""Labels after each step of works, told by the official method (3CL-DPE 2021) from the recorded description of a DPE."""

from pathlib import Path

import msgspec

from jumeau.engines.buildings.choices import FIELD, LAYER
from jumeau.engines.buildings.dpe.works import Works
from jumeau.engines.buildings.envelope import envelope
from jumeau.engines.buildings.packages import Package
from jumeau.engines.buildings.stock import UNKNOWN_ALTITUDE, stock
from jumeau.engines.buildings.thresholds import SMALL_M2, home_size
from jumeau.engines.buildings.works import FLOOR, PUMP, ROOF, WALLS, WINDOWS
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tables import origins
from jumeau.engines.tally import Draws
from jumeau.model.origin import Origin
from jumeau.texts import t
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


def label_notes(bundle: Bundle, ctx: Context) -> list[str]:
    """Which thresholds the label of the only building of a bundle rests on, and what is supposed of it, in French."""
    part, draws = stock(bundle[LAYER]), Draws(ctx, FIELD)
    if not part.modelled.all():
        return []
    out = []
    size = float(home_size(part, envelope(part, draws)).mean())
    if size < SMALL_M2:
        out.append(t("batiments.seuils_petit", size=f"{size:.0f}"))
    elif part.use[0] == 0 and not part.dwellings[0] > 0:
        out.append(t("batiments.seuils_non_comptes"))
    if part.high[0] == UNKNOWN_ALTITUDE:
        out.append(t("batiments.seuils_altitude_inconnue", share=f"{100 * draws.law('above_800_share').mode:.0f}"))
    elif part.high[0] == 1:
        said = origins(bundle[LAYER], "altitude_m")[0] == Origin.INFERRED.rank
        out.append(t("batiments.seuils_altitude_deduite" if said else "batiments.seuils_altitude"))
    return out
