"""A test-only server with the addresses of `docs/api.md`, so that the page can be tried without a twin."""

import contextlib
import json
import math
import mimetypes
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import mapbox_vector_tile
from tests.ui import fixture_data as data

Json = dict[str, Any]
FILE = {"id": "essai", "title": "Luminaires d'essai", "licence": "Licence Ouverte 2.0"}
ENTRY = {"id": "saisie", "title": "Saisie dans la page", "licence": ""}
MEANS = {"id": "moyennes", "title": "Moyennes nationales", "licence": "Licence Ouverte 2.0"}
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
START = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


class World:
    """The state behind one server: edits and their reverts are kept in memory."""

    def __init__(self) -> None:
        self.rows = {row["id"]: row for row in data.lights()}
        self.edits: dict[tuple[str, str], list[Json]] = {}
        self.commits: list[Json] = []
        self.record("Import du fichier d'essai", "import")

    def record(self, message: str, kind: str) -> int:
        """Add a commit and return its id."""
        number = len(self.commits) + 1
        instant = (START + timedelta(minutes=number)).isoformat()
        row = {"id": number, "instant": instant, "author": "Essai", "message": message, "kind": kind, "layers": ["luminaire"]}
        self.commits.insert(0, row | {"revertible": kind == "edit"})
        return number

    @property
    def head(self) -> int:
        """The latest commit."""
        return int(self.commits[0]["id"])

    def winning(self, asset: str, name: str) -> Json:
        """The claim that wins for one attribute."""
        for edit in reversed(self.edits.get((asset, name), [])):
            if not edit["reverted"]:
                return edit
        value = self.rows[asset]["values"][name]
        origin = "unknown" if value is None else ("inferred" if name == "ulr" else "declared")
        return {"value": value, "origin": origin, "source": FILE if value is not None else None, "commit": 1}

    def edit(self, asset: str, body: Json) -> Json:
        """Apply a PATCH."""
        commit = self.record(body["message"], "edit")
        for name, value in body["changes"].items():
            claim = {"value": value, "origin": body["origin"], "source": ENTRY, "commit": commit, "reverted": False}
            self.edits.setdefault((asset, name), []).append(claim)
        return {"commit": commit}

    def revert(self, commit: int) -> Json:
        """Undo one commit."""
        for edit in (one for many in self.edits.values() for one in many):
            if edit["commit"] == commit:
                edit["reverted"] = True
        for row in self.commits:
            row["revertible"] = row["revertible"] and row["id"] != commit
        return {"commit": self.record(f"Annulation de {commit}", "revert")}

    def asset(self, name: str) -> Json:
        """The sheet of one light."""
        row = self.rows[name]
        values = []
        for attribute, kind, unit, decimals, description, choices in data.FIELDS:
            claim = self.winning(name, attribute)
            stamp = {"instant": START.isoformat(), "author": "Essai"}
            others = [claim | stamp | {"winning": True, "taken_back": False}] if claim["value"] is not None else []
            if attribute == "lamp_power_w" and others:
                others.append({"value": 250.0, "origin": "inferred", "source": MEANS, "commit": 1} | stamp)
                others[-1] |= {"winning": False, "taken_back": False}
            values.append(
                {"attribute": attribute, "description": description, "unit": unit, "decimals": decimals, "type": kind}
                | {"choices": choices, "value": claim["value"], "origin": claim["origin"], "source": claim["source"]}
                | {"editable": attribute != "commune", "alternatives": others}
            )
        indicators = [
            {
                "name": n,
                "title": t,
                "unit": u,
                "decimals": d,
                "value": 410.0,
                "low": 300.0,
                "high": 560.0,
                "origin": "inferred",
            }
            for n, t, u, d, _ in data.INDICATORS
        ]
        geometry = {"type": "Point", "coordinates": list(row["point"])}
        sheet = {"id": name, "layer": "luminaire", "label": row["label"], "geometry": geometry, "head": self.head}
        return sheet | {"values": values, "indicators": indicators}

    def page(self, query: dict[str, str]) -> Json:
        """One page of the list of lights."""
        rows = [
            r for r in self.rows.values() if query.get("commune") in (None, r["commune"]) and query.get("q", "") in r["label"]
        ]
        start, limit = int(query.get("after", 0)), int(query.get("limit", 50))
        keep = ("lamp_technology", "lamp_power_w")
        out = [
            {k: row[k] for k in ("id", "label", "commune")}
            | {"values": {n: self.winning(row["id"], n)["value"] for n in keep}}
            for row in rows[start : start + limit]
        ]
        return {"rows": out, "total": len(rows), "next": str(start + limit) if start + limit < len(rows) else None}

    def tile(self, z: int, x: int, y: int) -> bytes:
        """One vector tile of the lights."""
        side = 2.0**z
        features = []
        for row in self.rows.values():
            lon, lat = row["point"]
            px = ((lon + 180) / 360 * side - x) * 4096
            mercator = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
            py = ((1 - mercator / math.pi) / 2 * side - y) * 4096
            if 0 <= px < 4096 and 0 <= py < 4096:
                geometry = f"POINT({px:.0f} {4096 - py:.0f})"
                features.append({"geometry": geometry, "properties": {"id": row["id"]}})
        return bytes(mapbox_vector_tile.encode([{"name": "luminaire", "features": features}]))

    def state(self) -> Json:
        """What /api/etat says."""
        source = {
            "id": "essai",
            "title": "Fichier d'essai",
            "licence": "Licence Ouverte 2.0",
            "vintage": "2026",
            "synthetic": True,
        }
        bbox = [data.WEST, data.SOUTH, data.WEST + 4 * data.STEP, data.SOUTH + 3 * data.STEP]
        return {
            "version": "0.1.0",
            "synthetic": True,
            "territory": {"name": "Territoire d'essai", "bbox": bbox, "communes": len(data.COMMUNES)},
            "actor": {"id": "local", "name": "Administrateur local", "rights": ["read", "edit", "administer"]},
            "head": self.head,
            "sources": [source],
            "fields": ["lighting"],
        }

    def layers(self) -> list[Json]:
        """What /api/couches says."""
        keys = ("name", "type", "unit", "decimals", "description", "choices")
        fields = [dict(zip(keys, field, strict=True)) for field in data.FIELDS]
        lights = {"name": "luminaire", "title": "Luminaires d'éclairage public", "geometry": "point", "field": "lighting"}
        towns = {
            "name": "commune",
            "title": "Communes",
            "geometry": "polygon",
            "field": "territory",
            "fields": [],
            "count": 12,
        }
        return [towns, lights | {"count": len(self.rows), "fields": fields}]

    def get(self, path: str, query: dict[str, str]) -> Any:
        """The JSON body of a GET, None when there is no such address."""
        parts = path.split("/")
        if len(parts) == 5 and parts[3] == "actifs":
            return self.asset(parts[4])
        answers = {
            "api/etat": self.state,
            "api/couches": self.layers,
            "api/couches/luminaire/actifs": lambda: self.page(query),
            "api/commits": lambda: self.commits[: int(query.get("limit", 50))],
            "api/indicateurs": lambda: data.indicators(list(self.rows.values())),
            "api/communes.geojson": data.communes,
            "api/programme": programme,
            "api/programme/ecartees": lambda: left_out(query),
            "api/programme/indicateurs": list,
            "api/financement": data.financing,
        }
        return answers[path]() if path in answers else None


def programme() -> Json:
    """The programme with the actions it keeps; the others are counted."""
    plan = data.programme()
    kept = [one for one in plan["actions"] if one["year"] is not None]
    owners = {one["owner"] for one in plan["actions"]}
    counts = [
        {"owner": owner, "field": "lighting", "count": left_out({"proprietaire": owner})["total"]} for owner in sorted(owners)
    ]
    return plan | {"actions": kept, "left_out": counts, "caveats": ["Une réserve."]}


def left_out(query: dict[str, str]) -> Json:
    """Actions the programme leaves out."""
    every = [one for one in data.programme()["actions"] if one["year"] is None]
    found = [one for one in every if query.get("proprietaire") in (None, one["owner"])]
    return {"actions": found, "total": len(found)}


def make_server(static: Path, world: World) -> ThreadingHTTPServer:
    """A server on a free loopback port; the caller runs and closes it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):
                super().handle()

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def answer(self, body: bytes, kind: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(body)

        def json(self, value: Any, status: int = 200) -> None:
            self.answer(json.dumps(value).encode(), "application/json", status)

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            path = unquote(url.path).strip("/")
            if path.startswith("tuiles/"):
                z, x, y = (int(part.removesuffix(".mvt")) for part in path.split("/")[2:])
                return self.answer(world.tile(z, x, y), "application/vnd.mapbox-vector-tile")
            if path == "api/evenements":
                return self.answer(b"retry: 600000\n\n", "text/event-stream")
            if path.startswith("api/"):
                found = world.get(path, {k: v[0] for k, v in parse_qs(url.query).items()})
                return self.json({"message": "Adresse inconnue."} if found is None else found, 404 if found is None else 200)
            file = static / (path or "index.html")
            if not file.is_file():
                return self.answer(b"", "text/plain", 404)
            return self.answer(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream")

        def do_PATCH(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if body["expect"] != world.head:
                return self.json({"message": "L'équipement a changé.", "status": 409, "changed": []}, 409)
            return self.json(world.edit(self.path.split("/")[-1], body))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            return self.json(world.revert(int(self.path.split("/")[3])))

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)
