"""Keeps a small twin of the present format, so that later versions prove they still open it.

Usage, with the version that writes the format: python tests/store/formats/make.py. It writes `N.tar.gz` (a folder),
`N.sql.gz` (the same on a server) and `N.json` (what both answered), N being the format of the store.
"""

import gzip
import json
import sys
import tarfile
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from jumeau.model.claim import EXISTS, Claim, Observation
from jumeau.model.dictionary import parse_layer
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.store.embedded import EmbeddedStore
from jumeau.store.port import ClaimTable, Moment, Store

HERE = Path(__file__).resolve().parent
SCHEMA = "ancien"
BENCH = [
    "name,type,unit,decimals,default,description,source_name,constraint,standard,scope,synonyms",
    "geometry,none,,,,Bancs,,,,,",
]
BENCH += ["pose,date,,,,Date de pose,,,,,"]
AT = datetime(2026, 6, 1, tzinfo=UTC)


def clock() -> Callable[[], datetime]:
    """A minute more at each look."""
    now = [datetime(2026, 1, 1, tzinfo=UTC)]

    def look() -> datetime:
        now[0] += timedelta(minutes=1)
        return now[0]

    return look


def say(attribute: str, value: Any, asset: str = "a1", **more: Any) -> Claim:
    """A declared value typed by hand."""
    return Claim(
        layer="luminaire", asset=asset, attribute=attribute, value=value, source="saisie:anne", origin=Origin.DECLARED, **more
    )


def fill(store: Store) -> None:
    """Every kind of thing a twin keeps."""
    points = shapely.to_wkb(shapely.points([[770_000 + 10 * i, 6_279_000] for i in range(6)]), byte_order=1)
    rows = pa.table(
        {
            "id": [f"a{i}" for i in range(6)],
            "commune": ["34172"] * 6,
            "lamp_power_w": [70.0, 100.0, None, 150.0, 70.0, 35.0],
            "geometry": pa.array(points, pa.binary()),
        }
    )
    origins = {"commune": Origin.DECLARED, "lamp_power_w": Origin.MEASURED, "geometry": Origin.DECLARED}
    source = Source(id="registre", title="Registre", licence="Licence Ouverte 2.0", vintage="2025")
    store.commit([ClaimTable(layer="luminaire", table=rows, source=source, origins=origins)], author="anne", message="import")
    store.commit([say("lamp_power_w", 60.0), say("code", "L-1")], author="anne", message="relevé")
    store.create_branch("led", author="anne")
    led = [say("lamp_power_w", 20.0, f"a{i}", valid_from=datetime(2026, 3, 1, tzinfo=UTC)) for i in (1, 3)]
    store.commit(led, author="bruno", message="passage en LED", branch="led")
    store.commit([say("lamp_power_w", 90.0, "a3"), say(EXISTS, False, "a5")], author="anne", message="dépose")
    gone = store.commit([say("code", "faux", "a4")], author="anne", message="erreur")
    store.revert(gone.id, author="anne")
    choices = {(c.layer, c.asset, c.attribute): "theirs" for c in store.conflicts("led", "principale")}
    store.merge("led", author="anne", message="travaux faits", choices=choices)
    store.commit([say("owner", "Madame X", "a2")], author="anne", message="propriétaire")
    store.erase("luminaire", "a2", "owner", author="dpo", reason="demande")
    store.declare_source(Source(id="registre", title="Registre communal", rank=1))
    store.declare_layer(parse_layer("banc", BENCH))
    bench = Claim(
        layer="banc", asset="b1", attribute="pose", value=date(2020, 2, 3), source="saisie:anne", origin=Origin.MEASURED
    )
    store.commit([bench], author="anne", message="un banc")
    store.put_file(b"photo", name="photo.jpg")
    store.put_result("essai", "34172", pa.table({"n": [1]}))
    store.identify("luminaire", [("a1", "PL", "12", 0.9)])
    hours = [datetime(2026, 2, 1, h, tzinfo=UTC) for h in (3, 1, 2)]
    store.observe([Observation(series="p1", instant=h, value=float(h.hour), unit="kWh") for h in hours])


def answers(store: Store) -> dict[str, Any]:
    """What a twin says, in plain values."""

    def rows(layer: str, moment: Moment) -> list[dict[str, Any]]:
        found = store.read(layer, provenance=True, moment=moment).to_pylist()
        return [{k: v.hex() if isinstance(v, bytes) else v for k, v in row.items() if v is not None} for row in found]

    commits = store.commits()
    moments = {"principale": Moment(at=AT), "led": Moment("led", at=AT), "avant": Moment(at=datetime(2026, 2, 1, tzinfo=UTC))}
    moments |= {f"commit {c.id}": Moment(at=AT, as_of=c.instant) for c in commits}
    out = {
        "commits": [
            [c.id, c.parents, c.branch, c.author, c.message, str(c.instant), c.kind, c.layers, c.undoes] for c in commits
        ],
        "branches": [[b.name, b.head] for b in store.branches()],
        "luminaire": {name: rows("luminaire", moment) for name, moment in moments.items()},
        "banc": rows("banc", Moment(at=AT)),
        "claims": [str(c) for c in store.claims("luminaire", "a3", moment=Moment(at=AT))],
        "identifiers": store.identifiers("a1"),
        "results": store.get_result("essai", "34172").to_pylist(),
        "latest": str(store.latest("p1")),
        "observations": store.observations("p1").to_pylist(),
    }
    plain: dict[str, Any] = json.loads(json.dumps(out, default=str))
    return plain


def main() -> None:
    """Write the fixtures of the present format."""
    from jumeau.store.formats import FORMAT

    with tempfile.TemporaryDirectory() as folder:
        store = EmbeddedStore(Path(folder) / "jumeau", create=True, clock=clock())
        fill(store)
        said = answers(store)
        (HERE / f"{FORMAT}.json").write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
        store.backup(Path(folder) / "copie")
        store.close()
        with tarfile.open(HERE / f"{FORMAT}.tar.gz", "w:gz") as archive:
            archive.add(Path(folder) / "copie", "jumeau")
    sys.path.insert(0, str(HERE.parents[1]))
    import subprocess

    from conftest import POSTGRES, server
    from jumeau.store.postgis import PostgisStore

    with server() as address:
        remote = PostgisStore(f"{address}#{SCHEMA}", create=True, clock=clock())
        fill(remote)
        assert answers(remote) == said
        remote.close()
        dump = [
            POSTGRES / "pg_dump",
            "--no-owner",
            "--no-comments",
            f"--schema={SCHEMA}",
            f"--schema={SCHEMA}_couches",
            address,
        ]
        text = subprocess.run(dump, check=True, capture_output=True).stdout
        (HERE / f"{FORMAT}.sql.gz").write_bytes(gzip.compress(text, 9, mtime=0))


if __name__ == "__main__":
    main()
