"""What the papers of a purchase rest on, and what they all end with: rules, data, and what a person must still decide."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from jumeau.documents.blocks import Block, Bullets, Document, Heading, Notice, Paragraph, Table
from jumeau.documents.numbers import day, number, with_unit
from jumeau.documents.programme import table_columns
from jumeau.documents.typography import typeset
from jumeau.funding import PlanDeFinancement
from jumeau.model.need import Need
from jumeau.procurement import Calendar, LegalForm, Pooling, Purchase
from jumeau.rules.loader import rule
from jumeau.rules.show import checked_words
from jumeau.texts import t


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase and all that its papers say. names: owner -> how it is called; titles: action titles by owner.

    plans: plan de financement by owner; shares: key of sharing by owner [-], with the name of its rule; payments: what each
    would pay alone and pays by that rule [€]; share_notes: what must be known of the rule; coordinator: owner that runs the
    purchase for the others, None while nobody said.
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
    sources: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """What is bought, in French."""
        return t(f"pieces.famille_{self.purchase.family}") if self.known_family else ", ".join(self.need_titles)

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
        """Name of the coordinator, or a blank to fill."""
        return self.names[self.coordinator] if self.coordinator else t("pieces.blanc_coordonnateur")

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
            eyebrow=t("pieces.surtitre", territory=dossier.territory),
            subtitle=subtitle,
            footer=(t("rapport.pied_synthetique") if dossier.synthetic else "") + footer,
            keywords=tuple(t("pieces.mots_cles").split("|")),
            blocks=(*before, *blocks),
        )
    )


def grounds(dossier: Dossier, rules: Sequence[str], decisions: Sequence[str]) -> Iterator[Block]:
    """The rules and the data a paper rests on, and what a person must still decide."""
    yield Heading(t("pieces.a_decider"))
    yield Bullets(tuple(decisions))
    yield Heading(t("pieces.fondements"))
    rows = []
    for name in dict.fromkeys(rules):
        law = rule(name)
        confidence = t(f"regles.confiance_{law.confidence}")
        rows.append((law.title, law.reference, confidence, checked_words(law, dossier.date)))
    columns = table_columns("pieces.regles_colonnes", (1.6, 2.4, 1.3, 1.2), "llll")
    yield Table(t("pieces.regles"), columns, tuple(rows))
    yield Paragraph(t("pieces.donnees", commit=dossier.commit, date=day(dossier.date), actor=dossier.actor))
    if dossier.sources:
        yield Bullets(dossier.sources)


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
        rows.append((title, str(year), number(quantity, 0 if quantity >= 10 else 1), unit))
    columns = table_columns("pieces.besoins_colonnes", (3.0, 0.8, 1.0, 1.0), "llrl")
    return Table(t("pieces.besoins"), columns, tuple(rows), t("pieces.besoins_note"))


def members_table(dossier: Dossier) -> Table:
    """Members, their cost and range, and the procedure each would follow alone."""
    rows = []
    for m in dossier.purchase.members:
        alone = dossier.pooling.alone[m.owner].kind
        rows.append(
            (
                dossier.names[m.owner],
                number(m.actions),
                dossier.euros(m.cents),
                t("rapport.intervalle", low=number(m.low_cents / 100), high=number(m.high_cents / 100)),
                t(f"pieces.procedure_{alone}") if alone else t("rapport.inconnu"),
            )
        )
    columns = table_columns("pieces.membres_colonnes", (2.2, 0.7, 1.1, 1.8, 2.0), "lrrrl")
    return Table(t("pieces.membres"), columns, tuple(rows), t("pieces.membres_note"))
