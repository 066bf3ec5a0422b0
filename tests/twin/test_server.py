"""A twin on a server is the same product as a twin in a folder."""

from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.errors import NotFoundError
from jumeau.twin import open_twin

pytestmark = pytest.mark.postgis


def test_init_and_read_a_twin_on_a_server_and_in_a_folder(postgis_server: str, tmp_path: Path) -> None:
    places = [f"{postgis_server}#t{uuid4().hex[:12]}", str(tmp_path / "jumeau")]
    with pytest.raises(NotFoundError, match="jumeau init"):
        open_twin(places[0])
    tables = []
    for place in places:
        assert CliRunner().invoke(app, ["init", place, "--departement", "34"]).exit_code == 0
        log = CliRunner().invoke(app, ["log", "--twin", place])
        assert "34" in log.output
        with open_twin(place) as twin:
            twin.edit("luminaire", "L1", {"lamp_power_w": 70.0}, message="relevé")
            tables.append([twin.view.read(layer) for layer in ("commune", "luminaire")])
    assert tables[0][0].num_rows > 300
    assert all(one.equals(other) for one, other in zip(*tables, strict=True))


def test_a_missing_driver_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from jumeau.errors import SetupError

    for name in [n for n in sys.modules if n.startswith("jumeau.store.postgis")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SetupError, match=r"jumeau\[server\]"):
        open_twin("postgresql://localhost/jumeau")
