"""What the papers of a purchase rest on, and what they all end with: rules, data, and what a person must still decide."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from jumeau.documents.blocks import Block, Bullets, Document, Heading, Notice, Paragraph, Table
from jumeau.documents.context import Range
from jumeau.documents.numbers import NBSP, day, interval, month, number, with_unit
from jumeau.documents.programme import table_columns
from jumeau.documents.typography import typeset
from jumeau.funding import PlanDeFinancement
from jumeau.funding.cash import CashYear
from jumeau.model.need import Need
from jumeau.procurement import Calendar, LegalForm, Member, Pooling, Purchase
from jumeau.rules.evaluate import confidence_on
from jumeau.rules.loader import rule
from jumeau.rules.show import checked_words
from jumeau.texts import t


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What works change each year of an indicator, action by action added up: mean of the model."""

    title: str
    value: float
    unit: str
    decimals: int


class PriceUsed(msgspec.Struct, frozen=True, kw_only=True):
    """What the works of an owner for a need were priced at, before tax. quantity: in the unit of the need; low_cents, cents,
    high_cents: their cost; year: of the prices; source: where they come from."""

    owner: str
    need: str
    unit: str
    quantity: float
    low_cents: int
    cents: int
    high_cents: int
    year: int
    source: str


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase and all that its papers say. names: owner -> how it is called; titles: action titles by owner.

    plans: plan de financement by owner; shares: key of sharing by owner [-], with the name of its rule; payments: what each
    would pay alone and pays by that rule [€]; share_notes: what must be known of the rule; coordinator: owner that runs the
    purchase for the others, None while nobody said; effects, cash: by owner, in the middle scenario.
    """

    territory: str
    date: date
    actor: str
    commit: int
    synthetic: bool
    purchase: Purchase
    needs: Mapping[str, Need]
    names: Mapping[str, str]
    titles: Mapping[str, tuple[str, ...]]
    pooling: Pooling
    calendar: Calendar | None
    forms: tuple[LegalForm, ...]
    plans: Mapping[str, PlanDeFinancement]
    shares: Mapping[str, float] = {}
    share_rule: str = ""
    payments: Mapping[str, tuple[float, float]] = {}
    share_notes: tuple[str, ...] = ()
    coordinator: str | None = None
    effects: Mapping[str, tuple[Effect, ...]] = {}
    cash: Mapping[str, tuple[CashYear, ...]] = {}
    sources: tuple[str, ...] = ()
    prices: tuple[PriceUsed, ...] = ()

    @property
    def subject(self) -> str:
        """What is bought, in French."""
        return t(f"pieces.famille_{self.purchase.family}") if self.known_family else ", ".join(self.need_titles)

    @property
    def subject_title(self) -> str:
        """What is bought, as a title."""
        return self.subject[:1].upper() + self.subject[1:]

    @property
    def grouped(self) -> bool:
        """True when several owners buy together."""
        return len(self.purchase.members) > 1

    @property
    def framework(self) -> bool:
        """True when orders follow each other: a framework agreement, compared with thresholds by its maximum."""
        return self.purchase.framework

    def member(self, owner: str) -> Member:
        """What an owner puts in."""
        return next(m for m in self.purchase.members if m.owner == owner)

    @property
    def known_family(self) -> bool:
        """True when the family has a name of its own."""
        return any(need.family == self.purchase.family for need in self.needs.values())

    @property
    def need_titles(self) -> tuple[str, ...]:
        """Titles of the needs bought."""
        return tuple(self.needs[n].title if n in self.needs else n for n in self.purchase.needs)

    @property
    def leader(self) -> str:
        """Name of the coordinator, of the only member, or a blank to fill."""
        if not self.grouped:
            return self.names[self.purchase.members[0].owner]
        return self.names[self.coordinator] if self.coordinator else t("pieces.blanc_coordonnateur")

    def years(self, owner: str | None = None) -> str:
        """Years in which an owner buys, or all of them: `2027`, `de 2027 à 2030`."""
        found = sorted({item.year for item in self.purchase.items if owner in (None, item.owner)})
        first, last = (found[0], found[-1]) if found else (self.purchase.first_year, self.purchase.last_year)
        return str(first) if first == last else t("sorties.fiche_de_a", first=first, last=last)

    def euros(self, cents: int) -> str:
        """An amount in the text."""
        return with_unit(cents / 100, "€")


def document(dossier: Dossier, title: str, subtitle: str, blocks: Iterator[Block]) -> Document:
    """A paper with its warnings before and its grounds after."""
    when = day(dossier.date)
    footer = t("rapport.pied", territory=dossier.territory, date=when, actor=dossier.actor, commit=dossier.commit)
    before: list[Block] = [Notice(t("pieces.projet_titre"), t("pieces.projet"))]
    if dossier.synthetic:
        before.append(Notice(t("rapport.synthetique_titre"), t("pieces.synthetique")))
    return typeset(
        Document(
            title=title,
            eyebrow=t("pieces.surtitre" if dossier.grouped else "pieces.surtitre_seul", territory=dossier.territory),
            subtitle=subtitle,
            footer=(t("rapport.pied_synthetique") if dossier.synthetic else "") + footer,
            keywords=tuple(t("pieces.mots_cles").split("|")),
            blocks=(*before, *blocks),
        )
    )


def grounds(
    dossier: Dossier, rules: Sequence[str], decisions: Sequence[str], owner: str | None = None, *, prices: bool = True
) -> Iterator[Block]:
    """The rules and the data a paper rests on, and what a person must still decide. owner: whose prices, all when None;
    prices: False for a paper that companies read."""
    yield Heading(t("pieces.a_decider"))
    yield Bullets((*_years_to_move(dossier, owner), *decisions))
    yield Heading(t("pieces.fondements"))
    rows = []
    for name in dict.fromkeys(rules):
        law = rule(name)
        confidence = t(f"regles.confiance_{confidence_on(law, dossier.date)}")
        rows.append((law.title, law.reference, confidence, checked_words(law, dossier.date)))
    columns = table_columns("pieces.regles_colonnes", (1.6, 2.4, 1.3, 1.2), "llll")
    yield Table(t("pieces.regles"), columns, tuple(rows))
    yield Paragraph(t("pieces.donnees", commit=dossier.commit, date=day(dossier.date), actor=dossier.actor))
    if dossier.sources:
        yield Bullets(dossier.sources)
    if prices and dossier.prices:
        yield _prices(dossier, owner)


def _years_to_move(dossier: Dossier, owner: str | None) -> Iterator[str]:
    """What to decide when works cannot start in the year they are planned."""
    found = dossier.calendar
    first = min((x.year for x in dossier.purchase.items if owner in (None, x.owner)), default=None)
    if found is not None and first is not None and found.from_today and found.prudent.year > first:
        yield t("pieces.decider_annees", year=first, month=month(found.prudent))


def _prices(dossier: Dossier, owner: str | None) -> Table:
    """Mean price of each need, its range and where it comes from."""
    found: dict[str, list[PriceUsed]] = {}
    for one in dossier.prices:
        if owner in (None, one.owner):
            found.setdefault(one.need, []).append(one)
    rows = []
    for need, mine in sorted(found.items()):
        quantity = sum(x.quantity for x in mine) or 1.0
        low, mid, high = (sum(getattr(x, n) for x in mine) / 100 / quantity for n in ("low_cents", "cents", "high_cents"))
        unit = f"€/{shown_unit(mine[0].unit)}"
        decimals = 0 if mid >= 100 else 2
        sources = " ; ".join(dict.fromkeys(shown_unit(x.source) for x in mine))
        title = dossier.needs[need].title if need in dossier.needs else need
        span = interval(Range(mid, low, high), decimals) if low < high else ""
        rows.append((title, f"{number(mid, decimals)}{NBSP}{unit}", span, str(max(x.year for x in mine)), sources))
    columns = table_columns("pieces.prix_colonnes", (1.7, 1.3, 1.5, 0.7, 3.2), "lrrrl")
    return Table(t("pieces.prix"), columns, tuple(rows), t("pieces.prix_note"))


def shown_unit(unit: str) -> str:
    """A unit as print wants it.

    >>> shown_unit("m2")
    'm²'
    >>> shown_unit("prelocalisateur")
    'prélocalisateur'
    """
    words = dict(pair.split("=") for pair in t("pieces.unites").split("|"))
    return words.get(unit) or unit.replace("m2", "m²").replace("m3", "m³")


def shown_quantity(quantity: float) -> str:
    """A quantity without decimals it does not have: `9`, `2,4`, `1 206`."""
    return number(quantity, 0 if quantity >= 10 or quantity == round(quantity) else 1)


def between(range_: Range) -> str:
    """`de LOW à HIGH €`, empty when unknown."""
    said = interval(range_)
    return f"{said}{NBSP}€" if said else ""


def needs_table(dossier: Dossier, owner: str | None = None) -> Table:
    """Quantities by need and year, of all the members or of one."""
    sums: dict[tuple[str, str, int], float] = {}
    for item in dossier.purchase.items:
        if owner in (None, item.owner):
            key = (item.need, item.unit, item.year)
            sums[key] = sums.get(key, 0.0) + item.quantity
    rows = []
    for (need, unit, year), quantity in sorted(sums.items(), key=lambda x: (x[0][2], x[0][0])):
        title = dossier.needs[need].title if need in dossier.needs else need
        rows.append((title, str(year), shown_quantity(quantity), shown_unit(unit)))
    columns = table_columns("pieces.besoins_colonnes", (3.0, 0.8, 1.0, 1.0), "llrl")
    return Table(t("pieces.besoins"), columns, tuple(rows), t("pieces.besoins_note"))


def members_table(dossier: Dossier) -> Table:
    """Members, their cost and range, and the procedure each would follow alone."""
    rows = tuple(_member_row(dossier, m) for m in dossier.purchase.members)
    columns = table_columns("pieces.membres_colonnes", (2.2, 0.8, 1.1, 1.8, 2.0), "lrrrl")
    return Table(t("pieces.membres"), columns, rows, t("pieces.membres_note"))


def _member_row(dossier: Dossier, m: Member) -> tuple[str, ...]:
    alone = dossier.pooling.alone[m.owner].kind
    cost = Range(m.cents / 100, m.low_cents / 100, m.high_cents / 100)
    kind = t(f"pieces.procedure_{alone}") if alone else t("rapport.inconnu")
    return dossier.names[m.owner], number(m.actions), dossier.euros(m.cents), between(cost), kind
