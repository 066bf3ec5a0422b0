"""A small made-up territory for the browser tests only: twelve square communes, a few hundred lights, no real place."""

import random
from typing import Any

Json = dict[str, Any]

WEST, SOUTH, STEP = 3.70, 43.55, 0.05
COMMUNES = [
    (f"9900{k + 1}" if k < 9 else f"990{k + 1}", name)
    for k, name in enumerate(
        [
            "Aubais-le-Test",
            "Bellefont",
            "Clairval",
            "Dourbie",
            "Escale",
            "Fontvive",
            "Garrigue",
            "Hortus",
            "Issanka",
            "Jonquières",
            "Lattes-Fictive",
            "Mireval-Essai",
        ]
    )
]
INDICATORS = [
    ("lighting_annual_energy_kwh", "Énergie annuelle", "kWh/an", 0, "lower"),
    ("lighting_annual_cost_eur", "Coût annuel", "€/an", 0, "lower"),
    ("lighting_upward_flux_lm", "Flux émis vers le ciel", "lm", 0, "lower"),
]
FIELDS = [
    ("commune", "commune", "", None, "Code de la commune", []),
    ("code", "text", "", None, "Numéro du point lumineux", []),
    ("lamp_technology", "choice", "", None, "Technologie de la lampe", ["shp", "led", "vm"]),
    ("lamp_power_w", "number", "W", 1, "Puissance nominale de la lampe", []),
    ("ulr", "number", "ratio", 4, "Part du flux émise au-dessus de l'horizontale (ULR)", []),
    ("install_year", "integer", "année", 0, "Année d'installation du luminaire", []),
    ("remote_managed", "boolean", "", None, "Télégestion en service", []),
    ("height_m", "number", "m", 2, "Hauteur de feu", []),
]


def corner(k: int) -> tuple[float, float]:
    """South-west corner of the k-th commune [degrees]."""
    return WEST + (k % 4) * STEP, SOUTH + (k // 4) * STEP


def communes() -> Json:
    """The contours as GeoJSON."""
    features = []
    for k, (code, nom) in enumerate(COMMUNES):
        x, y = corner(k)
        ring = [[x, y], [x + STEP, y], [x + STEP, y + STEP], [x, y + STEP], [x, y]]
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {"code": code, "nom": nom, "population": 300 + 911 * k, "schematic": True},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def lights() -> list[Json]:
    """Three hundred lights, a few with an unknown power."""
    draw = random.Random(7)
    rows = []
    for n in range(300):
        k = draw.randrange(len(COMMUNES) - 1)
        x, y = corner(k)
        rows.append(
            {
                "id": f"pl-{n:04d}",
                "label": f"PL {n:04d}",
                "commune": COMMUNES[k][0],
                "point": (x + draw.random() * STEP, y + draw.random() * STEP),
                "values": {
                    "commune": COMMUNES[k][0],
                    "code": f"{n:04d}",
                    "lamp_technology": draw.choice(["shp", "led", "vm"]),
                    "lamp_power_w": draw.choice([70.0, 100.0, 150.0, None]),
                    "ulr": 0.04,
                    "install_year": draw.randrange(1985, 2022),
                    "remote_managed": None,
                    "height_m": None,
                },
            }
        )
    return rows


def shares(unknown: float) -> Json:
    """Shares by origin, adding to one."""
    known = 1 - unknown
    return {
        "measured": 0.1 * known,
        "declared": 0.4 * known,
        "inferred": 0.45 * known,
        "default": 0.05 * known,
        "unknown": unknown,
    }


def indicators(rows: list[Json]) -> Json:
    """Indicators by commune; the last commune has no asset and stays unknown."""
    out = []
    for k, (code, nom) in enumerate(COMMUNES):
        count = sum(row["commune"] == code for row in rows)
        measures = {}
        for rank, (name, _, _, _, _) in enumerate(INDICATORS):
            mean = count * (410.0, 96.0, 2200.0)[rank] * (1 + k / 6)
            known = {"value": mean, "low": mean * 0.72, "high": mean * 1.35, "known": count, "unknown": k % 3}
            empty = {"value": None, "low": None, "high": None, "known": 0, "unknown": 0}
            measures[name] = (known if count else empty) | {"shares": shares(0.05 * (k % 3) if count else 1.0)}
        out.append({"code": code, "nom": nom, "indicators": measures})
    total = {}
    for name, *_ in INDICATORS:
        some = [c["indicators"][name] for c in out if c["indicators"][name]["value"] is not None]
        sums = {key: sum(m[key] for m in some) for key in ("value", "known", "unknown")}
        total[name] = sums | {"low": sums["value"] * 0.85, "high": sums["value"] * 1.18, "shares": shares(0.04)}
    listed = [
        {"name": n, "title": t, "unit": u, "decimals": d, "description": f"{t} du domaine", "source": "essai", "better": b}
        for n, t, u, d, b in INDICATORS
    ]
    return {"indicators": listed, "communes": out, "total": total}


def programme() -> Json:
    """Ten years, eight owners, actions chosen and not chosen."""
    draw = random.Random(3)
    owners, actions = [], []
    for k, (code, nom) in enumerate(COMMUNES[:8]):
        spent = dict.fromkeys(range(2027, 2037), 0.0)
        for n in range(12):
            cost = round(draw.uniform(2_000, 60_000), 2)
            year = draw.choice([*range(2027, 2037), None])
            if year:
                spent[year] += cost
            kind = draw.choice(["Remplacement des lanternes par des LED", "Coupure en cœur de nuit", "Télégestion d'armoire"])
            actions.append(
                {
                    "id": f"{code}-{n}",
                    "field": "lighting",
                    "kind": "led_relamp",
                    "title": kind,
                    "commune": code,
                    "owner": f"commune:{code}",
                    "owner_nom": nom,
                    "year": year,
                    "reason": None if year else "Le budget de chaque année est déjà pris par des actions plus utiles.",
                    "quantity": draw.randrange(4, 90),
                    "unit": "point",
                    "cost": {"value": cost, "low": cost * 0.8, "high": cost * 1.3, "unit": "€", "source": "essai"},
                    "effects": [
                        {"indicator": INDICATORS[0][0], "title": "Énergie annuelle", "unit": "kWh/an"}
                        | {"value": -cost / 9, "low": -cost / 7, "high": -cost / 12}
                    ],
                }
            )
        budgets = [
            {"year": y, "budget": 60_000 + 4_000 * k, "spent": round(s, 2), "hypothesis": k % 3 == 0}
            for y, s in spent.items()
        ]
        owners.append({"id": f"commune:{code}", "nom": nom, "budgets": budgets})
    return {
        "first_year": 2027,
        "years": list(range(2027, 2037)),
        "status": "feasible",
        "objective": 812_345.0,
        "bound": 831_000.0,
        "gap": 0.023,
        "owners": owners,
        "actions": actions,
        "totals": [
            {"indicator": n, "title": t, "unit": u, "value": -40_000.0, "low": -52_000.0, "high": -29_000.0}
            for n, t, u, _, _ in INDICATORS[:2]
        ],
    }


AMOUNTS = ("low_cents", "cents", "high_cents")


def financing() -> Json:
    """Who pays for that programme: one aid, certificates, FCTVA; an owner whom nobody helps."""
    owners = []
    for k, owner in enumerate(programme()["owners"]):
        cost = round(sum(budget["spent"] for budget in owner["budgets"]) * 120)
        lines = [
            _line("aid", "Dotation d'équipement des territoires ruraux", "detr", "recalled", cost * 20 * (k % 3) // 100, 3),
            _line("certificate", "CEE, éclairage extérieur", "cee_res_ec_104", "sourced", cost * 2 * (k % 2) // 100, 1),
            _line("fctva", "Fonds de compensation pour la TVA", "fctva", "recalled_low", cost * 16404 // 100_000, 0),
        ]
        lines = [line for line in lines if line["high_cents"]]
        unsure = {"rule": "fonds_vert_batiments", "rule_title": "Fonds vert", "payer": "État", "actions": 3}
        unsure["missing"] = ["Gain d'énergie finale après travaux"]
        owners.append({"id": owner["id"], "nom": owner["nom"], "to_confirm": [unsure]} | _plan(cost, lines))
    sums: dict[str, Json] = {}
    for line in (line for one in owners for line in one["lines"]):
        old = sums.get(line["kind"])
        sums[line["kind"]] = line | {name: line[name] + (old[name] if old else 0) for name in AMOUNTS}
    total = _plan(sum(one["cost_cents"] for one in owners), list(sums.values()))
    warning = "La règle « Dotation » n'a pas été vérifiée depuis plus de douze mois (dernière fois le 01/06/2025)."
    return {"on": "2026-11-23", "owners": owners, "actions": [], "total": total, "warnings": [warning]}


def _line(kind: str, label: str, rule: str, confidence: str, cents: int, spread: int) -> Json:
    amounts = {"low_cents": cents - cents * spread // 10, "cents": cents, "high_cents": cents + cents * spread // 10}
    said = {"kind": kind, "label": label, "payer": "État", "rule": rule, "rule_title": label, "reference": "essai"}
    return said | amounts | {"confidence": confidence, "checked_on": "2025-06-01", "stale": kind == "aid"}


def _plan(cost: int, lines: list[Json]) -> Json:
    own, most, least = (cost - sum(one[name] for one in lines) for name in ("cents", "low_cents", "high_cents"))
    sums = {"own_cents": own, "own_low_cents": least, "own_high_cents": most, "balance_cents": 0}
    return {"cost_cents": cost, "vat_cents": cost // 6, "lines": lines} | sums
