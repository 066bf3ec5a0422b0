"""What a report says, as plain data: the twin fills it, the templates print it, and nothing else goes between them."""

from datetime import date

import msgspec


class Range(msgspec.Struct, frozen=True):
    """A quantity for print: mean, 5 % and 95 % quantiles in the unit of its row; None where it is unknown."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


class LayerLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one layer.

    count: assets; territory: the layer says where (communes), it is no equipment; rejected: rows refused at import;
    duplicates: rows seen twice; outside: assets outside their commune; attributes: what is known of the fields that matter.
    """

    title: str
    count: int
    territory: bool = False
    rejected: int = 0
    duplicates: int = 0
    outside: int = 0
    attributes: tuple["AttributeLine", ...] = ()


class AttributeLine(msgspec.Struct, frozen=True, kw_only=True):
    """Share [-] of the assets of a layer whose attribute has each origin; `unknown` included, they sum to 1."""

    title: str
    shares: dict[str, float]


class IndicatorGroup(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator over one commune or the whole. shares: part of the value on each origin; known, unknown: assets.

    code: of the commune.
    """

    label: str
    range: Range
    shares: dict[str, float] = {}
    known: int = 0
    unknown: int = 0
    code: str = ""


class KnowledgeLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a commune knows of a field. assets: those diagnosed; shares: part of the first indicator by origin [-]."""

    place: str
    field: str
    assets: int
    shares: dict[str, float]


class IndicatorSection(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator: its total and its communes. better: `lower` or `higher`."""

    title: str
    unit: str
    decimals: int
    total: IndicatorGroup
    communes: tuple[IndicatorGroup, ...] = ()
    better: str = "lower"
    field: str = ""
    description: str = ""
    source: str = ""


class EffectLine(msgspec.Struct, frozen=True, kw_only=True):
    """Yearly effect of an action or of the whole programme, after minus before: a saving is negative."""

    title: str
    unit: str
    decimals: int
    range: Range
    field: str = ""


class ActionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One action of the programme: what, where, for whom, when, at what cost [€ excluding tax].

    id, owner_id: keys of the action and its owner; commune: code of the place; kind: what is done, whatever the place.
    """

    year: int
    title: str
    owner: str
    place: str
    quantity: float
    unit: str
    cost: Range
    effects: tuple[EffectLine, ...] = ()
    id: str = ""
    owner_id: str = ""
    commune: str = ""
    need: str = ""
    kind: str = ""


class BudgetLine(msgspec.Struct, frozen=True, kw_only=True):
    """Money of one owner in one year [€]; hypothesis: nobody has voted it yet."""

    owner: str
    year: int
    budget: float
    spent: float
    hypothesis: bool = False


class SharedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Equipment paid once that serves several owners or fields. uses: what takes a place on it, and how many [-]."""

    title: str
    owner: str
    year: int
    cost: float | None
    places: float
    uses: tuple[tuple[str, float], ...]


class ProgrammeSection(msgspec.Struct, frozen=True, kw_only=True):
    """The programme. gap: proven relative distance [-] to the best possible one, None when nothing is proven.

    totals: the programme simulated whole; left_out: feasible actions that were not chosen; price_year: euros of that year.
    """

    first_year: int
    years: int
    price_year: int
    gap: float | None
    cost: Range
    actions: tuple[ActionLine, ...] = ()
    budgets: tuple[BudgetLine, ...] = ()
    totals: tuple[EffectLine, ...] = ()
    left_out: int = 0
    shared: tuple[SharedLine, ...] = ()


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A source of the report, with its licence and vintage."""

    title: str
    licence: str = ""
    vintage: str = ""
    synthetic: bool = False


class ResourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A resource [€] in a low, a middle and a high scenario of aid, with what its rule is worth.

    kind: `aid`, `certificate`, `fctva`, `tva`, `loan` or `own`; confidence: already French; after_years: before it is paid.
    """

    kind: str
    label: str
    payer: str
    low: float
    mid: float
    high: float
    confidence: str = ""
    checked_on: date | None = None
    stale: bool = False
    after_years: int = 0


class OwnerFinancing(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays for the works of an owner [€]: the lines sum to before_tax + tax in each scenario."""

    owner: str
    before_tax: float
    tax: float
    lines: tuple[ResourceLine, ...]


class FinancingSection(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays for the whole programme. on: day the rules were read; to_confirm: what is not counted, and what is missing."""

    on: date
    whole: tuple[ResourceLine, ...]
    owners: tuple[OwnerFinancing, ...]
    to_confirm: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    hypotheses: str = ""
    facts: tuple[str, ...] = ()


class ReportContext(msgspec.Struct, frozen=True, kw_only=True):
    """A whole report. Every text is already French; every number is still a number.

    notes: sentences about the limits of this very report; rules: sentences about stale or doubtful rules that were used;
    commit: number of the last write the report has seen.
    """

    title: str
    territory: str
    date: date
    actor: str
    communes: int
    synthetic: bool = False
    commit: int = 0
    layers: tuple[LayerLine, ...] = ()
    indicators: tuple[IndicatorSection, ...] = ()
    programme: ProgrammeSection | None = None
    financing: FinancingSection | None = None
    sources: tuple[SourceLine, ...] = ()
    knowledge: tuple[KnowledgeLine, ...] = ()
    notes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


class KnownLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one place knows of a layer. shares: part of its values by origin, `unknown` included; empty when the layer has
    no uncertain value."""

    title: str
    count: int
    shares: dict[str, float] = {}


class FundingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A resource [€], in a low, a middle and a high scenario of aid."""

    label: str
    payer: str
    low: float
    mid: float
    high: float


class FundingSection(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays. before_tax, tax: [€]; lines: their sum is the cost with tax; own: what the owner pays, its high bound
    when aid is lowest; to_confirm: aid that is not counted; hypotheses: what was taken for granted."""

    before_tax: float
    tax: float
    lines: tuple[FundingLine, ...]
    own: Range
    to_confirm: tuple[str, ...] = ()
    hypotheses: str = ""


class PlaceIndicator(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator of a place today, and the yearly effect of the works chosen there."""

    title: str
    unit: str
    decimals: int
    today: Range
    effect: Range | None = None
    unknown: int = 0


class PlaceSheet(msgspec.Struct, frozen=True, kw_only=True):
    """One page about a commune, or about an owner that is no commune.

    others: cost of the actions done there by other owners; left_out: actions possible and not chosen; missing: fields
    without data, with what is proposed; schematic: its outline is not a survey.
    """

    code: str
    title: str
    detail: str
    actions: tuple[ActionLine, ...] = ()
    cost: Range = Range()
    funding: FundingSection | None = None
    others: tuple[tuple[str, float | None], ...] = ()
    left_out: int = 0
    indicators: tuple[PlaceIndicator, ...] = ()
    known: tuple[KnownLine, ...] = ()
    missing: tuple[str, ...] = ()
    schematic: bool = False


class PlacesContext(msgspec.Struct, frozen=True, kw_only=True):
    """All the sheets of a territory."""

    title: str
    territory: str
    date: date
    actor: str
    sheets: tuple[PlaceSheet, ...]
    synthetic: bool = False
    commit: int = 0
    price_year: int | None = None
