"""The adapters of the store and the engines, held to their contracts.

For an engine to join: a line in FIELDS, and `sample_FIELD.py` whose `sources()` gives raw tables of at least two partitions
with some values unknown.
"""

import runpy
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pyarrow as pa
import pytest

from jumeau.engines.protocol import Bundle, Context, Diagnosis, Engine
from jumeau.store.embedded import EmbeddedStore
from jumeau.store.port import Store

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


@pytest.fixture(params=["embedded", pytest.param("postgis", marks=pytest.mark.postgis)])
def store_factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Opens stores of the adapter under test, each in its own place; `name` opens the same place again.

    A folder of that name that holds a backup is first restored.
    """
    opened: list[Store] = []
    address = request.getfixturevalue("postgis_server") if request.param == "postgis" else ""
    prefix = f"t{uuid4().hex[:8]}"

    def make(name: str = "twin", **options: Any) -> Store:
        if request.param == "postgis":
            from jumeau.store.postgis import PostgisStore, restore

            url = f"{address}#{prefix}_{name}"
            if (tmp_path / name).exists():
                restore(tmp_path / name, url)
            store: Store = PostgisStore(url, create=True, **options)
        else:
            store = EmbeddedStore(tmp_path / name, create=True, **options)
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()
