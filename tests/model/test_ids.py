"""Asset ids: the standard uuid5, whichever way they are made."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from jumeau.model.ids import NAMESPACE, asset_id, content_ids, keyed_ids


@given(st.text(max_size=20), st.text(max_size=20), st.lists(st.one_of(st.text(max_size=40), st.integers()), max_size=20))
def test_keyed_ids_are_the_standard_uuid5(layer: str, source: str, keys: list[str | int]) -> None:
    """Against the second implementation of the standard library."""
    assert keyed_ids(layer, source, keys) == [str(uuid5(NAMESPACE, f"{layer}\x1f{source}\x1f{key}")) for key in keys]
    assert keyed_ids(layer, source, keys) == [asset_id(layer, source, key) for key in keys]


def test_content_ids_survive_another_order_and_keep_doubles() -> None:
    once = content_ids("luminaire", "f", [b"a", b"b", b"a"])
    again = content_ids("luminaire", "f", [b"b", b"a", b"a"])
    assert len(set(once)) == 3
    assert set(once) == set(again)
    assert UUID(once[0]).version == 5
    assert once[1] == again[0] == asset_id("luminaire", "f", "62#0")
