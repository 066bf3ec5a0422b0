"""A small raw inventory of water services: full volumes, length and subscribers only, nothing, and one over two communes."""

import pyarrow as pa

from jumeau.model.ids import keyed_ids


def services(commune: str, rows: list[dict[str, object]]) -> pa.Table:
    """Services of one main commune."""
    names = ("communes", "owner", "produced_m3", "imported_m3", "exported_m3", "domestic_metered_m3", "other_metered_m3",
             "service_m3", "unmetered_m3", "network_km", "renewed_5y_km", "subscribers", "sectorised", "zre")  # fmt: skip
    texts, flags = {"communes", "owner"}, {"sectorised", "zre"}
    columns: dict[str, object] = {
        "id": keyed_ids("service_eau", "sispea", [f"{commune}-{i}" for i in range(len(rows))]),
        "commune": [commune] * len(rows),
        "code": [f"{commune}-{i}" for i in range(len(rows))],
    }
    for name in names:
        kind = pa.string() if name in texts else pa.bool_() if name in flags else pa.float64()
        columns[name] = pa.array([row.get(name) for row in rows], kind)
    return pa.table(columns)


FULL = {
    "produced_m3": 900_000.0, "imported_m3": 100_000.0, "exported_m3": 20_000.0, "domestic_metered_m3": 600_000.0,
    "other_metered_m3": 80_000.0, "service_m3": 5_000.0, "unmetered_m3": 3_000.0, "network_km": 120.0, "renewed_5y_km": 3.0,
    "subscribers": 5_000.0, "owner": "syndicat:Eaux du Pic", "communes": "34172|34057",
}  # fmt: skip


def sources() -> dict[str, dict[str, pa.Table]]:
    """Partition -> raw tables."""
    tight = FULL | {"produced_m3": 700_000.0, "sectorised": True, "owner": None}
    silent = {k: v for k, v in FULL.items() if k not in ("service_m3", "unmetered_m3")}
    length_only = {"network_km": 40.0, "subscribers": 900.0}
    return {
        "34172": {"service_eau": services("34172", [FULL, silent, length_only])},
        "34129": {"service_eau": services("34129", [tight, {}, {"network_km": 12.0}])},
    }
