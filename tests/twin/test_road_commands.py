"""`jumeau road`: a street as its engineer types it."""

import json
from pathlib import Path

import pytest
from tests.sources.lamps import ldt
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.errors import InputError

RUN = CliRunner()
STREET = "width_m: 7\nspacing_m: 28\nheight_m: 8\narrangement: bilateral\n"


def said(*command: str) -> str:
    done = RUN.invoke(app, ["road", *command], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_street_from_a_file_and_a_lantern(tmp_path: Path) -> None:
    import numpy as np

    (tmp_path / "rue.yaml").write_text(STREET)
    lamp = ldt(tmp_path / "lampe.ldt", 250 * np.maximum(np.cos(np.radians(np.linspace(0, 180, 37))), 0)[None], symmetry=1)
    told = said("compute", "--street", str(tmp_path / "rue.yaml"), "-l", str(lamp), "-c", "M4")
    assert "table r" in told
    assert "comparable C4" in told
    found = json.loads(said("compute", "--street", str(tmp_path / "rue.yaml"), "-l", str(lamp), "-c", "M4", "--json"))
    assert found["values"]["luminance"] is None
    assert found["status"] in ("inconnu", "non_conforme")
    assert found["street"]["arrangement"] == "bilateral"
    more = ("-s", "width_m=6", "--diffuse", "0.07", "--json")
    other = json.loads(said("compute", "--street", str(tmp_path / "rue.yaml"), "-l", str(lamp), *more))
    assert other["street"]["width_m"] == 6
    assert other["values"]["luminance"] > 0


def test_the_chosen_lantern_keeps_the_class_and_a_weaker_one_does_not() -> None:
    street = ("-s", "width_m=7", "-s", "spacing_m=30", "-s", "height_m=8")
    found = json.loads(said("choose", "-c", "C4", *street, "--json"))
    chosen = found["chosen"]
    assert chosen["keeps"] == "conforme"
    assert chosen["lantern"]["origin"] == "default"
    weaker = json.loads(said("compute", "-c", "C4", *street, "--power", str(chosen["lantern"]["power_w"] * 0.8), "--json"))
    assert weaker["keeps"] == "non_conforme"
    assert "Aucun" in said("choose", "-c", "C0", "-s", "width_m=20", "-s", "spacing_m=60", "-s", "height_m=6")


def test_a_class_is_chosen_and_a_file_is_looked_at(tmp_path: Path) -> None:
    import numpy as np

    assert "speed" in said("class", "M")
    answers = ["speed=low", "volume=low", "composition=walkers", "parked=no", "ambient=low"]
    assert said("class", "P", *(x for a in answers for x in ("-a", a))).startswith("P6")
    lamp = ldt(tmp_path / "lampe.ldt", np.full((1, 37), 70.0), symmetry=1)
    assert "0.5" in said("lantern", str(lamp))


@pytest.mark.parametrize("command", [["compute"], ["compute", "-s", "width_m"], ["class", "Z", "-a", "a=b"]])
def test_what_is_missing_is_named(command: list[str]) -> None:
    with pytest.raises(InputError):
        RUN.invoke(app, ["road", *command], catch_exceptions=False)


def test_the_law_of_a_twin_is_told_with_what_to_measure(tmp_path: Path) -> None:
    place = str(tmp_path / "j")
    assert RUN.invoke(app, ["init", place], catch_exceptions=False).exit_code == 0
    rows = ["code;insee;x;y;type_lanterne;annee_pose;cct;ulr", "1;34172;770000;6280000;lanterne;2022;4000;0"]
    rows += ["2;34172;770010;6280000;lanterne;2022;3000;"]
    (tmp_path / "l.csv").write_text("\n".join(rows))
    done = RUN.invoke(app, ["import", str(tmp_path / "l.csv"), "--as", "luminaire", "-t", place], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    told = json.loads(said("law", "-t", place, "--json"))
    counts = {k: v for c in told["communes"] for k, v in c["counts"]["lumiere_temperature"].items()}
    assert (counts["conforme"], counts["non_conforme"]) == (1, 1)
    assert "À mesurer" in said("law", "-t", place)
