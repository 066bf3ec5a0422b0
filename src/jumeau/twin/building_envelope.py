"""Envelope of one building as the computation takes it: area and U of each element, declared or inferred."""

from typing import Any

import numpy as np

from jumeau.engines.buildings.choices import FIELD, LAYER
from jumeau.engines.protocol import Bundle, Context


def envelope_of(bundle: Bundle, ctx: Context) -> list[dict[str, Any]]:
    """Area [m²] and U value [W/(m²·K)] of each element of the only building of a bundle, with their intervals; empty where
    nothing can be said."""
    from jumeau.engines.buildings.envelope import envelope, u_value, window_u
    from jumeau.engines.buildings.stock import stock
    from jumeau.engines.groups import summaries
    from jumeau.engines.tally import Draws

    part, draws = stock(bundle[LAYER]), Draws(ctx, FIELD)
    if not part.modelled.all():
        return []
    env, state = envelope(part, draws), part.current
    elements = {
        "wall": (env.wall, u_value(part, env, "wall", state.wall, draws), state.wall),
        "roof": (env.roof, u_value(part, env, "roof", state.roof, draws), state.roof),
        "floor": (env.roof, u_value(part, env, "floor", state.floor, draws), state.floor),
        "window": (env.window, window_u(part, env, state.window, draws), state.window),
    }
    return [
        {
            "element": name,
            "done": bool(done[0]),
            "said": _said(part, name),
            "area": _triple(area, summaries),
            "u": _triple(u, summaries),
        }
        for name, (area, u, done) in elements.items()
    ]


def _said(part: Any, element: str) -> str | None:
    """What is declared of an element: `u` for its U value, `built` where it is as it was built, None where nothing is."""
    if np.isfinite(getattr(part.told, element)[0]):
        return "u"
    return "built" if getattr(part.told, f"{element}_built")[0] else None


def _triple(draws: Any, summaries: Any) -> dict[str, float]:
    value, low, high = (round(float(x[0]), 3) for x in summaries(draws))
    return {"value": value, "low": low, "high": high}
