"""A programme is read again as it was kept, however far its proof was."""

from typing import Any

import msgspec
import numpy as np

from jumeau.invest.instances import instance
from jumeau.invest.question import answer
from jumeau.twin.planning import SHARED, TABLES, _head


def test_a_plan_without_a_gap_is_read_again() -> None:
    plan = answer(instance(1))
    part = msgspec.structs.replace(plan.components[0], gap=float("inf"), bound=float("inf"))
    plan = msgspec.structs.replace(plan, gap=float("inf"), components=(part,))
    head: dict[str, Any] = msgspec.structs.asdict(plan)
    plain = {name: value for name, value in head.items() if name not in (*TABLES, *SHARED, "whole")}
    again = _head(msgspec.json.decode(msgspec.json.encode(plain)))
    assert np.isinf([again.gap, again.components[0].gap, again.components[0].bound]).all()
    assert again.bound == plan.bound
