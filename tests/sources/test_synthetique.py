"""The synthetic territory: same seed same bytes, inside its communes, and the published national figures on the whole."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import shapely

from jumeau.errors import NotFoundError
from jumeau.model.dictionary import builtin_layers
from jumeau.model.draws import parameters
from jumeau.model.territory import referential, schematic_cells
from jumeau.sources import synthetique

LIGHTING = ("armoire", "luminaire")


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    return synthetique.generate()


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


def test_same_seed_same_bytes_and_a_layer_stands_alone() -> None:
    once = synthetique.generate("31", seed=7, layers=LIGHTING)
    again = synthetique.generate("31", seed=7, layers=["luminaire"])
    other = synthetique.generate("31", seed=8, layers=["luminaire"])
    assert _bytes(once["luminaire"]) == _bytes(again["luminaire"])
    assert set(again) == {"luminaire"}
    assert _bytes(other["luminaire"]) != _bytes(once["luminaire"])
    assert set(other["luminaire"]["id"].to_pylist()).isdisjoint(once["luminaire"]["id"].to_pylist())


def test_columns_are_those_of_the_dictionary(tables: dict[str, pa.Table]) -> None:
    assert set(tables) == {"armoire", "batiment", "commune", "luminaire", "service_eau"}
    for name, table in tables.items():
        layer = builtin_layers()[name]
        assert table.schema.equals(layer.schema)
        for field in layer.fields:
            values = pc.drop_null(table[field.name])
            limits = field.constraint
            if len(values) and limits.choices:
                assert set(values.unique().to_pylist()) <= set(limits.choices)
            if len(values) and limits.minimum is not None:
                assert pc.min(values).as_py() >= limits.minimum
            if len(values) and limits.maximum is not None:
                assert pc.max(values).as_py() <= limits.maximum


def test_every_asset_has_a_code_and_lies_in_its_commune(tables: dict[str, pa.Table]) -> None:
    codes, cells = schematic_cells("34")
    row = {code: i for i, code in enumerate(codes)}
    for name in LIGHTING:
        table = tables[name]
        assert all(table[c].null_count == 0 for c in ("id", "commune", "code", "owner", "geometry"))
        assert pc.count_distinct(table["id"]).as_py() == pc.count_distinct(table["code"]).as_py() == table.num_rows
        assert set(table["commune"].unique().to_pylist()) == {c.code for c in referential().communes("34")}
        where = np.array([row[c] for c in table["commune"].to_pylist()])
        points = shapely.from_wkb(table["geometry"].to_numpy())
        assert shapely.contains_xy(cells[where], shapely.get_x(points), shapely.get_y(points)).all()
    assert set(tables["luminaire"]["armoire"].to_pylist()) == set(tables["armoire"]["code"].to_pylist())


def test_owner_is_the_metropole_where_there_is_one(tables: dict[str, pa.Table]) -> None:
    lights = tables["luminaire"]
    owner = dict(zip(lights["commune"].to_pylist(), lights["owner"].to_pylist(), strict=True))
    assert owner["34172"] == "epci:243400017"
    assert owner["34301"] == "commune:34301"


def test_published_national_figures_come_back(tables: dict[str, pa.Table]) -> None:
    """ADEME and AFE: 9.5 to 11 M points for 68 M inhabitants; 1 260 MW for 9 M lamps in 2010 (140 W a point); 40 % of the
    stock older than 25 years; 4.7 TWh in 2022, falling with switch-off, under the 5.6 TWh of the years before."""
    lights, cabinets = tables["luminaire"], tables["armoire"]
    inhabitants = sum(c.population or 0 for c in referential().communes("34"))
    national = lights.num_rows / inhabitants * 68e6
    assert 9.5e6 <= national <= 11e6
    year, power = lights["install_year"].to_numpy(), lights["system_power_w"].to_numpy()
    known = np.isfinite(year)
    old = (year[known] <= 2026 - 25).mean()
    assert old == pytest.approx(0.40, abs=0.03)
    stock_2010 = power[(year <= 2010) & np.isfinite(power)]
    assert len(stock_2010) > 5000
    assert stock_2010.mean() == pytest.approx(140, rel=0.05)
    assert lights.num_rows / cabinets.num_rows == pytest.approx(40, rel=0.05)
    billed = pc.mean(cabinets["annual_billed_energy_kwh"]).as_py() * cabinets.num_rows / lights.num_rows
    assert 3.5 <= billed * national / 1e9 <= 5.6


def test_unknown_stays_unknown(tables: dict[str, pa.Table]) -> None:
    lights = tables["luminaire"]
    for column in ("lamp_power_w", "lamp_technology", "install_year", "system_power_w", "regime"):
        share = 1 - lights[column].null_count / lights.num_rows
        assert share == pytest.approx(parameters("synthetique")[f"known_{column}"].mode, abs=0.12)
    assert lights["ulr"].null_count == lights["luminous_flux_lm"].null_count == lights.num_rows
    assert tables["armoire"]["pdl"].null_count == tables["armoire"].num_rows
    off = pc.equal(lights["regime"], "coupure")
    assert pc.filter(lights["off_from_h"], off).null_count == 0
    assert pc.all(pc.is_null(pc.filter(lights["off_from_h"], pc.invert(pc.fill_null(off, False))))).as_py()


def test_communes_keep_their_inventory_more_or_less_well(tables: dict[str, pa.Table]) -> None:
    lights = tables["luminaire"].select(["commune", "lamp_power_w"]).group_by("commune")
    counts = lights.aggregate([("lamp_power_w", "count"), ("commune", "count")])
    share = counts["lamp_power_w_count"].to_numpy() / counts["commune_count"].to_numpy()
    assert share.std() > 0.15


def test_every_constant_is_sourced() -> None:
    for constant in parameters("synthetique").values():
        assert constant.source
        assert constant.confidence in ("low", "medium", "high")
        assert constant.low <= constant.mode <= constant.high
    shares = parameters("synthetique")
    for prefix in ("part_avant_1995_", "part_1995_2009_", "part_2010_2015_", "part_apres_2015_", "lampe_led_", "type_"):
        assert sum(p.mode for n, p in shares.items() if n.startswith(prefix)) == pytest.approx(1, abs=1e-9)
    lamps = {n.removeprefix("lampe_") for n in shares if n.startswith("lampe_")}
    assert lamps == {n.removeprefix("systeme_") for n in shares if n.startswith("systeme_")}


def test_source_is_labelled() -> None:
    source = synthetique.source("34", seed=7)
    assert source.synthetic
    assert source.rank < 0
    assert source.id == "synthetique-34-7"
    assert "synthétique" in source.title


def test_what_cannot_be_generated_is_said() -> None:
    with pytest.raises(NotFoundError, match="armoire, batiment, commune, luminaire, service_eau"):
        synthetique.generate(layers=["volcan"])
    with pytest.raises(NotFoundError, match="48"):
        synthetique.generate("48")
