"""The model of presence at night, told: who passes on each kind of road, and the time spent at the full level."""

from typing import Any

import numpy as np

from jumeau.engines.lighting.presence import ROADS, at_full
from jumeau.model.draws import Parameter, parameters
from jumeau.texts import t


def presence_model() -> dict[str, Any]:
    """hold_s, level: low, likely, high; roads: passages a day and, by hour of the clock, share of the time at the full level
    (low, likely, high) [ratio]."""
    laws = parameters("lighting")
    held = laws["presence_hold_s"]
    return {
        "hold_s": _triple(held), "level": _triple(laws["presence_low_level"]),
        "roads": [_road(name, laws[f"presence_per_day.{name}"], held) for name in ROADS],
    }  # fmt: skip


def _road(name: str, passing: Parameter, held: Parameter) -> dict[str, Any]:
    days, holds = (np.array([law.low, law.mode, law.high]) for law in (passing, held))
    return {
        "road": name, "title": t(f"eclairage.presence_{name}"), "per_day": _triple(passing),
        "hours": np.round(at_full(days, holds), 3).tolist(), "source": passing.source,
        "confidence": t(f"moteurs.confiance_{passing.confidence}"),
    }  # fmt: skip


def _triple(law: Parameter) -> dict[str, float]:
    return {"low": law.low, "likely": law.mode, "high": law.high}
