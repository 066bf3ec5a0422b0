"""A few ids are found among many as a look at each of them finds them."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.store.finding import FEW, Ids

TEXTS = st.text("abé€𝄞-0", max_size=14)


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS, max_size=40), st.lists(TEXTS, max_size=FEW + 3), st.integers(0, 5))
def test_rows_are_those_of_the_wanted_ids(ids: list[str], wanted: list[str], start: int) -> None:
    wanted += ids[::7]
    array = pa.array(ids, pa.string()).slice(min(start, len(ids)))
    found = Ids(array).rows(pa.array(wanted, pa.string()))
    assert found.tolist() == [i for i, one in enumerate(array.to_pylist()) if one in wanted]


@pytest.mark.parametrize("wanted", [["x00000012"], ["y00000012", "x00000013"], ["00000012"], ["12"]])
def test_ids_with_the_same_end_are_told_apart(wanted: list[str]) -> None:
    ids = [f"{letter}{i:08}" for i in range(20) for letter in "xy"]
    found = Ids(pa.array(ids)).rows(pa.array(wanted))
    assert [ids[i] for i in found] == sorted((w for w in wanted if w in ids), key=ids.index)
