"""The demonstration on a bare machine says that it is synthetic, on every output."""

from pathlib import Path

from jumeau.twin import recipes

RECIPE = """title: Essai synthétique
territory: {departement: "34"}
synthetic: true
seed: 34
fields: [water]
plan: {first_year: 2027, years: 2}
"""


def test_every_output_of_a_synthetic_run_says_so(tmp_path: Path) -> None:
    path = tmp_path / "essai.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    done = recipes.run_recipe(path, None, tmp_path / "sortie")
    assert done.synthetic
    assert done.layers
    pages = [Path(p) for p in done.paths.values() if p.endswith(".html")]
    assert len(pages) >= 2
    for page in pages:
        text = page.read_text(encoding="utf-8").lower()
        assert "synthétique" in text, page.name
    printed = [Path(done.paths["rapport_pdf"]), *sorted(Path(done.paths["fiches_pdf"]).iterdir())]
    assert len(printed) > 341
    assert all(p.read_bytes().startswith(b"%PDF") for p in printed)
    assert len(done.knowledge) == 341
