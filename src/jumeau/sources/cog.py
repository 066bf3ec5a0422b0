"""Rebuilds the embedded referential from the official files a user gives.

Reads the code officiel géographique as published with the populations (`communes.json`, `departements.json`,
`regions.json`), the EPCI register (`epci.json`, `ept.json`), INSEE's movements (`mouvements-communes.csv` or
`v_mvt_commune_*.csv`) and commune contours in CRS84 for the centres. Each may be gzipped and lie in any subfolder.
"""

import csv
import gzip
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from jumeau.errors import InputError
from jumeau.model.territory.facts import pack, usual_siren

_TYPES = {
    "commune-deleguee": "deleguee",
    "commune-associee": "associee",
    "arrondissement-municipal": "arrondissement_municipal",
}
_MOVEMENTS = ("mouvements-communes.csv", "mouvements-communes.csv.gz", "v_mvt_commune_*.csv", "mvtcommune_*.csv")
_MOVEMENT_COLUMNS = (
    "DATE_EFF", "MOD", "TYPECOM_AV", "COM_AV", "LIBELLE_AV", "TYPECOM_AP", "COM_AP", "LIBELLE_AP",
)  # fmt: skip

Item = Mapping[str, Any]


def refresh(folder: Path) -> dict[str, bytes]:
    """Bytes of the embedded tables, by name, from the official files under `folder`; nothing is written.

    Raises InputError naming the missing or damaged file, or two files of different vintages.
    """
    communes = _json(folder, "communes.json")
    epcis, epts = _json(folder, "epci.json"), _json(folder, "ept.json")
    today = {c["code"] for c in communes if _get(c, "type", "communes.json") == "commune-actuelle"}
    rows: dict[str, Iterable[Iterable[Any]]] = {
        "communes.csv.gz": _communes(communes, epcis, epts, today),
        "composantes.csv.gz": _components(communes),
        "mouvements.csv.gz": _movements(_path(folder, _MOVEMENTS)),
        "epci.csv.gz": [
            [e["code"], e["nom"], e["type"], e["modeFinancement"], e.get("populationMunicipale"), e.get("populationTotale")]
            for e in sorted([*epcis, *epts], key=lambda e: str(e["code"]))
        ],
        "departements.csv": _places(_json(folder, "departements.json"), "departements.json", "region"),
        "regions.csv": _places(_json(folder, "regions.json"), "regions.json"),
    }
    return {name: pack(name, table) for name, table in rows.items()}


def centres(contours: Sequence[Path], today: Mapping[str, str]) -> bytes:
    """Bytes of the table of centres, from commune contours in CRS84 (GeoJSON with `code`).

    today: today's commune of each old code. The centre is a representative point of the contour that bears today's code,
    or of the union of its parts where none does, at 4 decimals of a degree (about 10 m).
    """
    import shapely

    shapes: dict[str, dict[str, Any]] = {}
    for path in contours:
        for feature in _decode(path).get("features", ()):
            code = str(_get(feature["properties"], "code", path.name))
            if code not in today:
                raise InputError("territoire.fichier_illisible", file=path.name, reason=f"code {code}")
            shape = shapely.from_geojson(msgspec.json.encode(feature["geometry"]))
            shapes.setdefault(today[code], {})[code] = shape
    rows = []
    for code, parts in sorted(shapes.items()):
        point = (parts[code] if code in parts else shapely.union_all(list(parts.values()))).representative_point()
        kind = "contour 2018" if set(parts) == {code} else "contour 2018 du chef-lieu" if code in parts else "union 2018"
        rows.append([code, f"{point.x:.4f}", f"{point.y:.4f}", kind])
    return pack("centres.csv", rows)


def _communes(communes: Sequence[Item], epcis: Sequence[Item], epts: Sequence[Item], today: set[str]) -> list[list[Any]]:
    member = {m["code"]: (e["code"], m) for e in epcis for m in _get(e, "membres", "epci.json")}
    territorial = {m["code"]: e["code"] for e in epts for m in _get(e, "membres", "ept.json")}
    for code, (siren, _) in member.items():
        if code not in today:
            raise InputError("territoire.epci_commune_inconnue", file="epci.json", siren=siren, code=code)
    rows = []
    for c in sorted((c for c in communes if c["code"] in today and c["type"] == "commune-actuelle"), key=_code):
        siren, counts = member.get(c["code"], (None, {}))
        rows.append(
            [
                c["code"], _get(c, "nom", "communes.json"), c.get("typeLiaison", 0), c.get("arrondissement"),
                _unusual(c), siren, territorial.get(c["code"]), c.get("population"), counts.get("populationMunicipale"),
                counts.get("populationTotale"),
            ]
        )  # fmt: skip
    return rows


def _unusual(commune: Item) -> str | None:
    siren: str | None = commune.get("siren")
    if siren is None and usual_siren(commune["code"]) is not None:
        raise InputError("territoire.champ_absent", file=f"communes.json ({commune['code']})", field="siren")
    return None if siren == usual_siren(commune["code"]) else siren


def _components(communes: Sequence[Item]) -> list[list[Any]]:
    parts = sorted((c for c in communes if c["type"] in _TYPES), key=_code)
    return [[c["code"], c["nom"], _TYPES[c["type"]], c.get("chefLieu") or c.get("commune")] for c in parts]


def _movements(path: Path) -> list[tuple[str, ...]]:
    table = csv.DictReader(io.StringIO(_text(path), newline=""))
    for name in _MOVEMENT_COLUMNS:
        if name not in (table.fieldnames or ()):
            raise InputError("territoire.champ_absent", file=path.name, field=name)
    return sorted({tuple(row[name] or "" for name in _MOVEMENT_COLUMNS) for row in table})


def _places(items: Sequence[Item], file: str, *more: str) -> list[list[Any]]:
    names = ("code", "nom", "typeLiaison", *more, "chefLieu", "zone")
    return [[_get(item, name, file) for name in names] for item in sorted(items, key=_code)]


def _code(item: Item) -> str:
    return str(item["code"])


def _get(item: Item, key: str, file: str) -> Any:
    if key not in item:
        raise InputError("territoire.champ_absent", file=file, field=key)
    return item[key]


def _json(folder: Path, name: str) -> Sequence[Item]:
    path = _path(folder, (name, f"{name}.gz"))
    items = _decode(path)
    if not isinstance(items, list) or not all(isinstance(i, dict) and "code" in i and "nom" in i for i in items):
        raise InputError("territoire.champ_absent", file=path.name, field="code, nom")
    return items


def _decode(path: Path) -> Any:
    try:
        return msgspec.json.decode(_text(path))
    except msgspec.DecodeError as error:
        raise InputError("territoire.fichier_illisible", file=path.name, reason=error) from error


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.name.endswith(".gz") else data).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError("territoire.fichier_illisible", file=path.name, reason=error) from error


def _path(folder: Path, names: Iterable[str]) -> Path:
    names = tuple(names)
    for name in names:
        for path in sorted(folder.rglob(name)):
            return path
    raise InputError("territoire.fichier_absent", file=names[0], folder=folder, names=", ".join(names))
