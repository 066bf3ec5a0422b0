"""Photometric files: against the Relux set, by symmetry, and broken in every way we know."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.sources.lamps import ies, ldt

from jumeau.errors import InputError
from jumeau.model.lantern import cie_code, efficiency, flux_share, intensity_at, luminance, ulr
from jumeau.sources.photometry import read_lantern

GAMMA = np.linspace(0, 180, 37)


def street_side(c: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    """Intensities that lean towards C = 0, symmetric about the plane C0-C180."""
    down = np.maximum(np.cos(np.radians(gamma)), 0)
    return 400 * down * (1 + 0.5 * np.cos(np.radians(c)) * np.sin(np.radians(gamma)))


@pytest.mark.data
def test_the_relux_set_gives_its_luminances(data_dir: Path) -> None:
    """Ten lanterns of an ISO 17025 laboratory, luminances printed by Relux in whole cd/m² (SOURCE.md of the folder)."""
    folder = data_dir / "validation" / "relux_ldt"
    reference = json.loads((folder / "reference" / "relux_reference.json").read_text())
    c = np.array(reference["grid"]["c_planes_deg"], float)
    seen = 0
    for path in sorted((folder / "input").glob("*.ldt")):
        lantern = read_lantern(path).lantern
        for gamma, printed in reference["samples"][path.stem]["table"].items():
            ours, theirs = luminance(lantern, c, np.full(len(c), float(gamma))), np.array(printed, float)
            assert np.abs(ours - theirs).max() <= 0.5 + 0.003 * theirs.max(), (path.name, gamma)
            seen += len(c)
        assert efficiency(lantern) == pytest.approx(1, abs=0.01)
    assert seen == 1200


def test_an_even_light_has_closed_forms(tmp_path: Path) -> None:
    lantern = read_lantern(ldt(tmp_path / "a.ldt", np.full((1, 37), 1000 / (4 * np.pi)), symmetry=1)).lantern
    assert efficiency(lantern) == pytest.approx(1, rel=1e-6)
    assert flux_share(lantern, 75.5) == pytest.approx((1 - np.cos(np.radians(75.5))) / 2, rel=1e-6)
    assert ulr(lantern) == pytest.approx(0.5, abs=1e-6)
    assert ulr(lantern, 30.0) == pytest.approx(0.5, abs=1e-4)
    lambert = np.maximum(np.cos(np.radians(np.linspace(0, 180, 181))), 0)[None] * 1000 / np.pi
    code = cie_code(read_lantern(ldt(tmp_path / "b.ldt", lambert, symmetry=1)).lantern)
    assert code == pytest.approx([np.sin(np.radians(a)) ** 2 for a in (41.4, 60, 75.5)] + [1, 1], abs=2e-3)
    # A Lambert lamp tilted by δ sends (1 - cos δ) / 2 of its flux above the horizontal.
    tilted = ulr(read_lantern(tmp_path / "b.ldt").lantern, 20.0)
    assert tilted == pytest.approx((1 - np.cos(np.radians(20))) / 2, abs=1e-3)


@pytest.mark.parametrize("symmetry", [2, 3, 4])
def test_symmetric_files_say_the_same_as_whole_ones(tmp_path: Path, symmetry: int) -> None:
    c = np.arange(0, 360, 15.0)
    images = {2: [-c], 3: [180 - c], 4: [-c, 180 - c]}[symmetry]
    base = np.random.default_rng(3).uniform(50, 300, (24, 37))
    index = [np.mod(np.round(x / 15), 24).astype(int) for x in images]
    whole = (base + sum(base[i] for i in index)) / (1 + len(index))
    if symmetry == 4:
        whole = (whole + whole[np.mod(12 + np.arange(24), 24)]) / 2
        whole = (whole + whole[index[0]]) / 2
    kept = {2: whole[:13], 3: whole[np.mod(18 + np.arange(13), 24)], 4: whole[:7]}[symmetry]
    scale = 900 / (4 * np.pi * 175)
    folded = read_lantern(ldt(tmp_path / "s.ldt", kept * scale, symmetry=symmetry)).lantern
    full = read_lantern(ldt(tmp_path / "f.ldt", whole * scale)).lantern
    assert np.allclose(folded.intensity, full.intensity, rtol=1e-4)


@pytest.mark.parametrize(("planes", "exact"), [([0, 45, 90, 135, 180], True), ([0, 90, 180, 270, 360], True)])
def test_ies_files_are_unfolded_and_face_the_street(tmp_path: Path, planes: list[float], exact: bool) -> None:
    read = read_lantern(ies(tmp_path / "a.ies", np.array(planes, float), GAMMA, street_side, ballast=0.9))
    at = np.array([90.0, 270.0, 0.0, 180.0])
    wanted = street_side(at - 90, np.full(4, 60.0)) / 2 * 0.9
    assert intensity_at(read.lantern, at, np.full(4, 60.0)) == pytest.approx(wanted, rel=1e-3)
    assert "0.0°" in read.doubts[0]
    other = read_lantern(tmp_path / "a.ies", street_deg=90.0)
    assert other.doubts == ()
    assert intensity_at(other.lantern, np.array([0.0]), np.array([60.0])) == pytest.approx(wanted[0], rel=1e-3)


def test_ies_files_symmetric_about_the_other_plane(tmp_path: Path) -> None:
    def lean(c: np.ndarray, gamma: np.ndarray) -> np.ndarray:
        return street_side(c - 90, gamma)

    read = read_lantern(ies(tmp_path / "a.ies", np.arange(90, 271, 15.0), GAMMA, lean))
    c = np.arange(0, 360, 30.0)
    ours = intensity_at(read.lantern, c, np.full(12, 50.0))
    assert ours == pytest.approx(lean(c, np.full(12, 50.0)) / 2, rel=1e-3)
    axial = read_lantern(ies(tmp_path / "b.ies", np.array([0.0]), GAMMA, lambda c, g: street_side(90 + 0 * c, g)))
    assert axial.lantern.intensity.shape[0] == 1


GOOD = np.full((24, 37), 70.0)
BROKEN = {
    "vide": ("a.ldt", b""),
    "binaire": ("a.ldt", b"\x00" * 100),
    "court": ("a.ldt", b"essai\n1\n0\n24\n"),
    "texte": ("a.ldt", b"essai\n1\nzero\n24\n15\n37\n5\n"),
    "symetrie": ("a.ldt", b"essai\n1\n9\n24\n15\n37\n5\n"),
    "bombe": ("a.ldt", b"essai\n1\n0\n1000000000\n15\n1000000000\n5\n"),
    "infini": ("a.ldt", b"essai\n1\n0\ninf\n15\n37\n5\n"),
    "autre": ("a.pdf", b"%PDF-1.4"),
    "sans tilt": ("a.ies", b"IESNA:LM-63-2002\n1 2 3\n"),
    "ies court": ("a.ies", b"TILT=NONE\n1 1000 1 37 24 1 2 0 0 0\n1 1 10\n0 5\n"),
    "ies bombe": ("a.ies", b"TILT=NONE\n1 1000 1 99999999 99999999 1 2 0 0 0\n1 1 10\n"),
    "ies mots": ("a.ies", b"TILT=NONE\nun deux trois\n"),
    "tilt": ("a.ies", b"TILT=INCLUDE\n1\n"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    file, raw = BROKEN[name]
    (tmp_path / file).write_bytes(raw)
    with pytest.raises(InputError, match=file):
        read_lantern(tmp_path / file)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"line29": "0"}, "flux"),
        ({"line4": "25"}, "manque"),
        ({"line60": "-4"}, "angles"),
        ({"line200": "-70"}, "négative"),
        ({"line200": "nan"}, "négative"),
        ({"line200": "9e9"}, "cd/klm"),
        ({"line25": "400"}, "inclinaison"),
    ],
)
def test_an_absurd_file_is_refused_with_the_reason(tmp_path: Path, change: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=rf"a\.ldt.*{words}"):
        read_lantern(ldt(tmp_path / "a.ldt", GOOD, **change))


def test_what_is_only_doubtful_is_read_and_said(tmp_path: Path) -> None:
    assert "puissance" in read_lantern(ldt(tmp_path / "a.ldt", GOOD, power="0")).doubts[0]
    assert "lm/W" in read_lantern(ldt(tmp_path / "b.ldt", GOOD, flux=9000.0)).doubts[0]
    assert "flux" in read_lantern(ldt(tmp_path / "c.ldt", GOOD / 20)).doubts[0]
    too_much = ldt(tmp_path / "d.ldt", GOOD * 2)
    with pytest.raises(InputError, match="%"):
        read_lantern(too_much)
