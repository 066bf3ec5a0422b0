"""The tertiary decree over the layer of declared consumptions."""

import pyarrow as pa

from jumeau.twin.tertiary import sites_of, stand, told


def test_the_layer_is_followed_at_a_normal_weather() -> None:
    """A hot reference year counts for more: the target of 2030 rises with it."""

    def row(year: int, kwh: float, **more: float) -> dict[str, object]:
        return {"entity": "E", "year": year, "energy_kwh": kwh, **more}

    days = {"normal_heating_degree_days": 2_000.0}
    rows = [
        row(2015, 300_000.0, heating_kwh=200_000.0, heating_degree_days=1_600.0, **days),
        row(2023, 200_000.0, heating_kwh=120_000.0, heating_degree_days=2_400.0, **days),
        row(2024, 210_000.0),
    ]
    found = told(stand(sites_of(pa.Table.from_pylist(rows)), 2026))
    one = found["entities"][0]
    assert (one["reference_year"], one["reference_kwh"]) == (2015, 350_000)
    assert one["steps"]["2030"]["allowed"] == 210_000
    assert [(y["kwh"], y["declared_kwh"], y["adjusted"]) for y in one["years"]] == [
        (350_000, 300_000, True), (180_000, 200_000, True), (210_000, 210_000, False),
    ]  # fmt: skip
    assert "à une année moyenne : 2 ; telles que déclarées : 1" in found["remarks"][0]
