"""Columns of a bundle as arrays, and back."""

import numpy as np
import pyarrow as pa
import pytest

from jumeau.engines.tables import assign, codes, conform, floats, origins, texts, touched
from jumeau.errors import EngineError
from jumeau.model.action import ACTION_SCHEMA
from jumeau.model.dictionary import builtin_layers
from jumeau.model.origin import Origin

RAW = pa.table(
    {
        "id": ["a", "b", "c"],
        "commune": ["34172"] * 3,
        "lamp_power_w": pa.array([100, None, 70], pa.int32()),
        "lamp_power_w__origin": ["measured", "measured", None],
        "lamp_technology": ["shp", None, "inconnue"],
        "remote_managed": [True, None, False],
        "other": [1, 2, 3],
    }
)


@pytest.fixture
def table() -> pa.Table:
    return conform({"luminaire": RAW}, "luminaire")


def test_every_column_of_the_dictionary_is_there_and_no_other(table) -> None:
    names = builtin_layers()["luminaire"].names
    assert set(table.column_names) == {"id", "geometry", *names, *(f"{n}__origin" for n in names)}
    assert table["height_m"].null_count == 3
    assert table["lamp_power_w__origin"].to_pylist() == ["measured", None, "declared"]


def test_a_layer_that_is_absent_is_empty() -> None:
    assert conform({}, "armoire").num_rows == 0


def test_tables_without_identity_or_with_a_wrong_type_are_named() -> None:
    with pytest.raises(EngineError, match=r"« luminaire ».*« id »"):
        conform({"luminaire": pa.table({"commune": ["34172"]})}, "luminaire")
    with pytest.raises(EngineError, match="« lamp_power_w »"):
        conform({"luminaire": pa.table({"id": ["a"], "lamp_power_w": ["cent"]})}, "luminaire")


def test_columns_as_arrays_keep_unknown(table) -> None:
    assert floats(table, "lamp_power_w") == pytest.approx([100, np.nan, 70], nan_ok=True)
    assert floats(table, "remote_managed") == pytest.approx([1, np.nan, 0], nan_ok=True)
    assert codes(table, "lamp_technology", ["im", "shp"]).tolist() == [1, 2, 2]
    assert origins(table, "lamp_power_w").tolist() == [0, 4, 1]
    assert texts(table, "lamp_technology", "?").tolist() == ["shp", "?", "inconnue"]


def test_assign_sets_values_and_origins_on_the_rows_only(table) -> None:
    rows = np.array([True, True, False])
    got = assign(table, rows, {"lamp_power_w": np.array([40.0, np.nan, 9.0]), "lamp_technology": "led", "cct_k": None})
    assert got["lamp_power_w"].to_pylist() == [40, None, 70]
    assert got["lamp_power_w__origin"].to_pylist() == ["inferred", None, "declared"]
    assert got["lamp_technology"].to_pylist() == ["led", "led", "inconnue"]
    assert got["cct_k__origin"].to_pylist() == [None, None, None]
    assert got.schema.equals(table.schema)
    declared = assign(table, rows, {"cct_k": 3000}, Origin.DECLARED)
    assert declared["cct_k__origin"].to_pylist() == ["declared", "declared", None]


def test_touched_finds_the_action_of_each_row(table) -> None:
    column = pa.array([["b"], [], ["elsewhere", "c"]], ACTION_SCHEMA.field("assets").type)
    assert touched(table, pa.table({"assets": column})).tolist() == [-1, 0, 2]
    assert touched(table, pa.table({"assets": column.slice(1)})).tolist() == [-1, -1, 1]
