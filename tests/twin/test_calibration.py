"""A stock brought to totals whose truth is known: intervals narrow, hold the truth, and the diagnosis uses them."""

from pathlib import Path

import numpy as np
import pytest

from jumeau.errors import InputError
from jumeau.twin import open_twin
from jumeau.twin.calibration import calibrate, forget_calibration
from jumeau.twin.core import Twin
from jumeau.twin.runs import total

COMMUNES = ("34003", "34023", "34032")


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("calage")
    rng = np.random.default_rng(3)
    rows = ["code,insee,usage,surface,annee,energie,conso"]
    for commune in COMMUNES:
        for i in range(30):
            use = ("residentiel", "bureau", "enseignement")[i % 3]
            year = 1900 + int(rng.integers(0, 120)) if i % 2 else ""
            bill = "" if i % 5 else f"{20_000 + 500 * i}"
            rows.append(f"{commune}-{i},{commune},{use},{int(rng.uniform(80, 1500))},{year},,{bill}")
    file = folder / "batiments.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    with open_twin(folder / "t", create=True) as opened:
        opened.load_communes("34")
        opened.import_file(file, "batiment")
        yield opened


def sums(twin: Twin) -> tuple[float, float, float]:
    found = total(twin.diagnose("buildings").diagnosis.groups).draws[0, 0]
    return float(found.mean()), *(float(q) for q in np.quantile(found, [0.05, 0.95]))


def test_totals_move_the_diagnosis_and_can_be_forgotten(twin: Twin, tmp_path: Path) -> None:
    before = sums(twin)
    plain = calibrate(twin, totals(tmp_path, dict.fromkeys(COMMUNES, (1000000.0, 1000000.0))), write=False)
    assert {g.commune for g in plain.groups} == set(COMMUNES)
    assert all(g.billed > 0 for g in plain.groups)
    wanted = {c: tuple(1.2 * g.before[0] for s in ("residentiel", "tertiaire") for g in plain.groups
              if (g.commune, g.sector) == (c, s)) for c in COMMUNES}  # fmt: skip
    file = totals(tmp_path, wanted, error=0.03)
    found = calibrate(twin, file)
    for g in found.groups:
        assert g.used
        assert g.after[1] <= g.metered <= g.after[2]
        assert g.after[2] - g.after[1] < 0.7 * (g.before[2] - g.before[1])
    after = sums(twin)
    asked = sum(g.metered for g in found.groups)
    assert after[0] == pytest.approx(asked, rel=0.03)
    assert after[2] - after[1] < 0.6 * (before[2] - before[1])
    forget_calibration(twin)
    assert sums(twin) == before


def totals(folder: Path, wanted: dict[str, tuple[float, ...]], error: float = 0.1) -> Path:
    """One row an energy, as open data has it: two rows add up."""
    rows = ["code_commune;secteur;filiere;conso_totale_mwh;erreur"]
    for commune, (home, other) in wanted.items():
        for sector, kwh in (("RESIDENTIEL", home), ("TERTIAIRE", other)):
            for share, energy in ((0.4, "gaz"), (0.6, "electricite")):
                rows.append(f"{commune};{sector};{energy};{kwh * share / 1000:.6f};{error}")
    file = folder / "totaux.csv"
    file.write_text("\n".join([*rows, f"{COMMUNES[0]};AGRICULTURE;gaz;12;0.1", ";TERTIAIRE;gaz;12;0.1"]), encoding="utf-8")
    return file


def test_a_total_of_another_stock_moves_nothing(twin: Twin, tmp_path: Path) -> None:
    found = calibrate(twin, totals(tmp_path, {COMMUNES[0]: (9e9, 1.0), "34172": (1e6, 1e6)}), write=False)
    assert [g.used for g in found.groups] == [False, False]
    said = " ".join(found.remarks)
    assert "34172" in said
    assert "tout le parc" in said
    assert "secteur autre" in said


def test_bills_say_how_far_the_model_is(twin: Twin, tmp_path: Path) -> None:
    found = calibrate(twin, totals(tmp_path, {COMMUNES[0]: (1e6, 1e6)}), write=False)
    assert found.prebound is not None
    assert found.prebound.meters == 18
    file = tmp_path / "sans.csv"
    file.write_text("commune;kwh\n34003;5\n", encoding="utf-8")
    with pytest.raises(InputError, match="secteur"):
        calibrate(twin, file)
