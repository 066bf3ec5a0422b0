"""How near a computed DPE comes to what its certified software recorded, and the first step that parts from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.compute import PRIMARY_2021, PRIMARY_2026, Outputs
from jumeau.engines.buildings.dpe.habits import gross_of_sun
from jumeau.engines.buildings.dpe.segments import sums
from jumeau.model.dpe import F64, DpeBatch

TOLERANCE = 0.05
_TORN = 0.02
_ELEMENTS = {
    "walls": ("mur", "di.umur", "surface_paroi_opaque", "deperdition_mur"),
    "floors": ("plancher_bas", "di.upb_final", "surface_paroi_opaque", "deperdition_plancher_bas"),
    "ceilings": ("plancher_haut", "di.uph", "surface_paroi_opaque", "deperdition_plancher_haut"),
    "bays": ("baie_vitree", "di.u_menuiserie", "surface_totale_baie", "deperdition_baie_vitree"),
    "doors": ("porte", "di.uporte", "surface_porte", "deperdition_porte"),
    "bridges": ("pont_thermique", "di.k", "l", "deperdition_pont_thermique"),
}
_STEPS = (
    "walls",
    "floors",
    "ceilings",
    "bays",
    "doors",
    "bridges",
    "leaks",
    "loss",
    "need_heat",
    "heat",
    "water",
    "cold",
    "pumps",
    "light",
)


def factor_of(batch: DpeBatch) -> F64:
    """Primary energy factor of electricity in force when each DPE was made [-]."""
    days = batch.facts.text("date_etablissement_dpe")
    return np.array([PRIMARY_2026 if day >= "2026" else PRIMARY_2021 for day in days])


@dataclass(slots=True)
class Agreement:
    """Whether heating, hot water, primary energy and gases are each within the tolerance; cause: first step that is not,
    empty where all four agree, and `contradiction` or `torn_...` where the file does not add up with itself."""

    heat: NDArray[np.bool_]
    water: NDArray[np.bool_]
    primary: NDArray[np.bool_]
    gases: NDArray[np.bool_]
    cause: list[str]

    @property
    def all_four(self) -> NDArray[np.bool_]:
        """All four outputs agree."""
        return self.heat & self.water & self.primary & self.gases


def agreement(batch: DpeBatch, out: Outputs, tolerance: float = TOLERANCE) -> Agreement:
    """Compare results with the recorded ones. tolerance [-]: relative.

    Official values by m2 are cut to whole numbers by most software: a whole recorded value is compared with the computed
    one cut the same way. Recorded totals in Wh or by m2 are recognised by their size.
    """
    gross, taken = gross_of_sun(batch), out.uses.taken_kwh
    heat, water = (getattr(out, use) + gross * taken[use] for use in ("heat", "water"))
    found = within(batch, out.area_m2, heat, water, out.primary, out.gases, tolerance)
    found.cause = _causes(batch, out, found.all_four, tolerance)
    return found


def within(
    batch: DpeBatch, area: F64, heat: F64, water: F64, primary: F64, gases: F64, tolerance: float = TOLERANCE
) -> Agreement:
    """The same comparison for yearly totals from anywhere, without causes. area [m2]: that the label divides by."""
    return Agreement(
        _near(heat, _seen(batch, "conso_ch"), tolerance),
        _near(water, _seen(batch, "conso_ecs"), tolerance),
        _by_area(batch, primary, area, "ep_conso_5_usages", tolerance),
        _by_area(batch, gases, area, "emission_ges_5_usages", tolerance),
        [""] * batch.size,
    )


def _seen(batch: DpeBatch, name: str) -> F64:
    return batch.facts.get(f"sortie.{name}")


def _near(value: F64, recorded: F64, tolerance: float) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = np.abs(value - recorded) <= tolerance * np.abs(recorded) + 1e-9
    return near


def _by_area(batch: DpeBatch, value: F64, area: F64, name: str, tolerance: float) -> NDArray[np.bool_]:
    per_m2 = _seen(batch, f"{name}_m2")
    whole = (per_m2 == np.floor(per_m2)) & _near(np.floor(value / area), per_m2, tolerance)
    total = np.where(np.isnan(per_m2), _near(value / area, _seen(batch, name), tolerance), False)
    total = total | _near(value, _seen(batch, name), tolerance)
    good: NDArray[np.bool_] = _near(value / area, per_m2, tolerance) | total | whole
    return good


def _causes(batch: DpeBatch, out: Outputs, good: NDArray[np.bool_], tolerance: float) -> list[str]:
    shell = out.envelope
    recorded = {
        "walls": (shell.walls, _seen(batch, "deperdition_mur")),
        "floors": (shell.floors, _seen(batch, "deperdition_plancher_bas")),
        "ceilings": (shell.ceilings, _seen(batch, "deperdition_plancher_haut")),
        "bays": (shell.bays, _seen(batch, "deperdition_baie_vitree")),
        "doors": (shell.doors, _seen(batch, "deperdition_porte")),
        "bridges": (shell.bridges, _seen(batch, "deperdition_pont_thermique")),
        "leaks": (shell.leaks, _seen(batch, "hperm")),
    }
    total = _seen(batch, "deperdition_enveloppe")
    parts = sum((np.nan_to_num(seen) for _, seen in recorded.values()), np.zeros(batch.size)) - np.nan_to_num(
        _seen(batch, "hperm")
    )
    parts = parts + np.nan_to_num(_seen(batch, "deperdition_renouvellement_air"))
    odd = np.abs(parts - total) > 0.02 * np.abs(total) + 1
    wrong = {name: np.abs(ours - seen) > 0.02 * np.abs(total) for name, (ours, seen) in recorded.items()}
    need = _seen(batch, "besoin_ch")
    need = np.where(np.abs(need) > 200 * np.maximum(out.need_heat, 1), need / 1000, need)
    wrong["loss"] = ~_near(out.loss_w_k, total, tolerance)
    wrong["need_heat"] = ~_near(out.need_heat, need, tolerance)
    wrong["heat"] = ~_near(out.heat, _seen(batch, "conso_ch"), tolerance)
    wrong["water"] = ~_near(out.water, _seen(batch, "conso_ecs"), tolerance)
    for name, ours, seen in (
        ("cold", out.cold, "conso_fr"),
        ("pumps", out.pumps + out.fans, "conso_totale_auxiliaire"),
        ("light", out.light, "conso_eclairage"),
    ):
        wrong[name] = np.abs(ours - np.nan_to_num(_seen(batch, seen))) > 0.02 * out.final
    torn = _torn(batch, total)
    causes = []
    for row in range(batch.size):
        if good[row]:
            causes.append("")
        elif odd[row]:
            causes.append("contradiction")
        else:
            first = next((name for name in _STEPS if wrong[name][row]), "factors")
            causes.append(f"torn_{first}" if first in torn and torn[first][row] else first)
    return causes


def _torn(batch: DpeBatch, total: F64) -> dict[str, NDArray[np.bool_]]:
    """Whether the recorded values of the walls of each kind do not make the recorded loss of their kind."""
    out = {}
    for name, (kind, u, area, field) in _ELEMENTS.items():
        part = batch.of(kind)
        b = part.get("di.b", 1.0) if kind != "pont_thermique" else part.get("pourcentage_valeur_pont_thermique", 1.0)
        size = part.get(area, 0.0)
        made = sums(part.owner, np.nan_to_num(b * part.get(u)) * size, batch.size)
        plain = sums(part.owner, np.nan_to_num(part.get(u)) * size, batch.size) if kind == "pont_thermique" else made
        seen = np.nan_to_num(_seen(batch, field))
        out[name] = np.minimum(np.abs(made - seen), np.abs(plain - seen)) > _TORN * np.abs(total)
    return out
