"""A report context with everything in it: several communes, unknowns, a programme under hypothetical budgets."""

from datetime import date

from jumeau.documents.context import (
    ActionLine,
    AttributeLine,
    BudgetLine,
    EffectLine,
    IndicatorGroup,
    IndicatorSection,
    LayerLine,
    ProgrammeSection,
    Range,
    ReportContext,
    SourceLine,
)  # fmt: skip

COMMUNES = ("Montpellier", "Castelnau-le-Lez", "Saint-Guilhem-le-Désert", "Béziers", "Agde")
SHARES = {"measured": 0.0, "declared": 0.25, "inferred": 0.75, "default": 0.0, "unknown": 0.0}


def _group(label: str, value: float, unknown: int = 0) -> IndicatorGroup:
    return IndicatorGroup(label=label, range=Range(value, 0.7 * value, 1.4 * value), shares=SHARES, known=90, unknown=unknown)


def _section(title: str, unit: str, total: float) -> IndicatorSection:
    places = [_group(name, total * part) for name, part in zip(COMMUNES, (0.6, 0.2, 0.003, 0.197), strict=False)]
    places.append(IndicatorGroup(label=COMMUNES[-1], range=Range(), unknown=12))
    return IndicatorSection(
        title=title,
        unit=unit,
        decimals=0,
        total=_group("Ensemble", total, unknown=12),
        communes=tuple(places),
        description="Puissance multipliée par les heures de fonctionnement de l'année",
        source="EN 13201-5",
    )


def _programme() -> ProgrammeSection:
    effect = EffectLine(
        title="Énergie annuelle", unit="kWh/an", decimals=0, range=Range(-1_234_567.0, -1_500_000.0, -900_000.0)
    )
    actions = tuple(
        ActionLine(
            year=2027 + i % 4,
            title="Remplacer les lanternes par des LED",
            owner=f"Commune de {COMMUNES[i % 4]}",
            place=f"armoire {i}",
            quantity=40 + i,
            unit="point",
            cost=Range(31_234.0 + i, 25_000.0, 38_000.0),
            effects=(effect,),
        )
        for i in range(14)
    )
    budgets = tuple(
        BudgetLine(owner=f"Commune de {name}", year=2027 + y, budget=150_000.0, spent=125_000.0, hypothesis=True)
        for name in COMMUNES[:2]
        for y in range(4)
    )
    return ProgrammeSection(
        first_year=2027,
        years=4,
        price_year=2026,
        gap=0.0037,
        cost=Range(437_367.0, 380_000.0, 512_000.0),
        actions=actions,
        budgets=budgets,
        totals=(effect,),
        left_out=23,
    )


def sample(**changes: object) -> ReportContext:
    """The sample context, with some members replaced."""
    attributes = (
        AttributeLine(title="Puissance de la lampe", shares=SHARES),
        AttributeLine(title="Année d'installation", shares={"declared": 0.4, "unknown": 0.6}),
    )
    layer = LayerLine(title="Luminaires", count=29_969, rejected=3, duplicates=80, outside=221, attributes=attributes)
    city = SourceLine(title="Éclairage public, Ville de Montpellier", licence="Licence Ouverte 1.0", vintage="2013")
    values = {
        "title": "Ce que le territoire sait, ce qu'il peut faire, et ce que cela change",
        "territory": "Hérault",
        "date": date(2026, 11, 23),
        "actor": "administrateur local",
        "communes": 5,
        "commit": 7,
        "layers": (LayerLine(title="Communes", count=5, territory=True), layer),
        "indicators": (
            _section("Énergie annuelle", "kWh/an", 12_345_678.0),
            _section("Coût annuel", "€/an", 2_345_678.0),
            _section("Flux émis vers le ciel", "lm", 9_345_678.0),
        ),
        "programme": _programme(),
        "sources": (city,),
        "notes": ("La puissance des lampes est déduite de moyennes nationales.",),
        "rules": ("Arrêté du 27 décembre 2018 : vérifié le 2 mars 2024.",),
    }
    return ReportContext(**(values | changes))  # type: ignore[arg-type]
