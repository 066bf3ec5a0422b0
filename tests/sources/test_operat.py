"""Exports of OPERAT as people send them."""

from pathlib import Path

import numpy as np
import pytest

from jumeau.errors import InputError
from jumeau.sources.operat import by_entity, read_operat
from jumeau.twin.tertiary import follow

EXPORT = """Référence EFA;SIREN;Année;Surface de plancher (m²);Consommation d'énergie finale (kWh)
EFA-1;220000000;2012;3000;600 000
EFA-1;220000000;2019;3000;500 000
EFA-1;220000000;2024;3000;300 000
EFA-1;220000000;2024;3000;120 000
EFA-2;220000000;2015;1500;200000
EFA-2;220000000;2024;1500;90000
EFA-3;220000001;2024;2000;
;220000001;2024;2000;5
EFA-4;220000001;deux mille;2000;5
"""


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "operat.csv"
    path.write_text(EXPORT, encoding="utf-8")
    return path


def test_lines_of_one_entity_and_year_add_up_and_bad_ones_are_named(export: Path) -> None:
    found = read_operat(export)
    assert [line for line, _ in found.rejected] == [9, 10]
    names, owner, years, kwh, area, _ = by_entity(found)
    assert names == ["EFA-1", "EFA-2", "EFA-3"]
    assert owner[0] == "220000000"
    assert years.tolist() == [2012, 2015, 2019, 2024]
    assert kwh[0, [0, 2, 3]].tolist() == [600_000, 500_000, 420_000]
    assert np.isnan(kwh[0, 1])
    assert np.isnan(kwh[2]).all()
    assert area.tolist() == [3000, 1500, 2000]


def test_follow_says_what_is_left_and_never_zero_for_the_unknown(export: Path) -> None:
    found = follow(export, 2026)
    assert found.step == 2030
    assert found.gap_kwh[:2].tolist() == pytest.approx([60_000, -30_000])
    assert np.isnan(found.gap_kwh[2])
    assert found.ahead_kwh[0] == pytest.approx(600_000 - 240_000 * 12 / 18 - 420_000)
    assert found.pools["220000000"].gap_kwh == pytest.approx(30_000)
    assert found.pools["220000000"].lent_kwh == pytest.approx(30_000)
    assert found.pools["220000001"].unknown == 1
    assert not found.pools["220000001"].met
    assert np.isnan(found.pools["220000001"].gap_kwh)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "autre.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(InputError, match="identifiant efa"):
        read_operat(path)
