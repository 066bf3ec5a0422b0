"""The engines held to the contract. To join: a line in FIELDS, and `sample_FIELD.py` whose `sources()` gives raw tables of
at least two partitions with some values unknown.
"""

import runpy
from collections.abc import Mapping
from datetime import date
from importlib import import_module
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest

from jumeau.engines.protocol import Bundle, Context, Diagnosis, Engine

FIELDS = [
    "lighting",
    "buildings",
    "water",
    "risks",
]


class Case(msgspec.Struct):
    """One engine over its sample."""

    engine: Engine
    parts: Mapping[str, Bundle]
    ctx: Context
    inventory: Bundle
    diagnosis: Diagnosis
    actions: pa.Table


def gather(parts: list[Bundle]) -> Bundle:
    """Raw tables of partitions put together."""
    layers = {layer for part in parts for layer in part}
    return {x: pa.concat_tables([p[x] for p in parts if x in p], promote_options="default") for x in sorted(layers)}


@pytest.fixture(scope="module", params=FIELDS)
def case(request: pytest.FixtureRequest) -> Case:
    parts = runpy.run_path(str(Path(__file__).with_name(f"sample_{request.param}.py")))["sources"]()
    engine = import_module(f"jumeau.engines.{request.param}").engine()
    ctx = Context(date=date(2026, 11, 23), seed=7, draws=64)
    inventory = engine.inventory(gather(list(parts.values())), "tout")
    diagnosis = engine.diagnose(inventory, ctx)
    return Case(engine, parts, ctx, inventory, diagnosis, engine.propose(inventory, diagnosis, ctx))
