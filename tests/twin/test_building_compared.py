"""What a DPE teaches beside what was known or inferred."""

from jumeau.twin.building_compared import _differs


def test_a_value_differs_from_what_was_known_or_falls_outside_what_was_inferred() -> None:
    assert not _differs("floor_area_m2", 130.0, 121.0, None)
    assert _differs("floor_area_m2", 130.0, 90.0, None)
    assert _differs("dpe_class", "D", "C", None)
    # ten per cent of a year would be two centuries
    assert _differs("construction_year", 1947, 1960, None)
    assert not _differs("construction_year", 1947, 1950, None)
    assert not _differs("wall_u_w_m2k", 1.1, None, (0.9, 0.2, 2.5))
    assert _differs("wall_u_w_m2k", 3.0, None, (0.9, 0.2, 2.5))
    assert _differs("dpe_class", "D", None, ("C", None, None))
    assert not _differs("construction_year", 1947, None, None)
