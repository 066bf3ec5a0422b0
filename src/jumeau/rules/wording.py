"""Facts, dated values and amounts of the rules in French words."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from jumeau.rules.evaluate import Facts, Used
from jumeau.rules.loader import Dated, Rule, facts
from jumeau.rules.trace import Trace, trace
from jumeau.texts import t


def french_date(day: date) -> str:
    """A day as 23/11/2026."""
    return f"{day:%d/%m/%Y}"


def missing_words(names: Iterable[str]) -> str:
    """The facts nobody has given, in brackets; nothing when none is missing."""
    titles = [facts()[name].title for name in names]
    return t("regles.manquants", names=", ".join(x[:1].lower() + x[1:] for x in titles)) if titles else ""


def value_words(value: Any, unit: str) -> str:
    """A value with its unit, as a person writes it: a share in per cent, a truth as oui or non."""
    if isinstance(value, bool):
        return t("regles.oui" if value else "regles.non")
    if isinstance(value, date):
        return french_date(value)
    if isinstance(value, list | tuple):
        return ", ".join(value_words(one, "") for one in value) or t("regles.liste_vide")
    if isinstance(value, dict):
        return ", ".join(f"{key} {value_words(one, unit)}" for key, one in value.items() if one is not None)
    if isinstance(value, int | float):
        number, shown = (value * 100, "%") if unit == "ratio" else (value, "" if unit in ("année", "texte") else unit)
        text = f"{number:,.10g}".replace(",", "\u202f").replace(".", ",")
        return f"{text}\u00a0{shown}".strip()
    return str(value).replace("_", " ")


def trace_lines(found: Trace, given: Facts, on: date) -> list[str]:
    """What a condition looked at, one line a fact and one a value."""
    return [*(_fact_line(name, given) for name in found.facts), *(_value_line(seen, on) for seen in found.values)]


def _fact_line(name: str, given: Facts) -> str:
    field, value = facts()[name], given.get(name)
    if value is not None:
        return t("regles.vu_fait", title=field.title, value=value_words(value, field.unit))
    choices = t("regles.vu_choix", choices=", ".join(field.choices)) if field.choices else ""
    return t("regles.vu_fait_inconnu", title=field.title, choices=choices, name=name)


def _value_line(seen: Used, on: date) -> str:
    told = seen.rule.values[seen.name]
    title = f"{told.title} ({value_words(seen.key, '')})" if seen.key else told.title
    if seen.entry is None:
        return t("regles.vu_hors_dates", title=title, on=french_date(on), start=french_date(told.dated[0].start))
    words = {"title": title, "period": _period(seen.entry), "reference": seen.entry.reference or seen.rule.reference}
    if seen.value is None:
        return t("regles.vu_texte_inconnu", **words)
    confidence = t(f"regles.confiance_{seen.entry.confidence}")
    return t("regles.vu_texte", value=value_words(seen.value, told.unit), confidence=confidence, **words)


def _period(entry: Dated) -> str:
    start = french_date(entry.start)
    said = (
        t("regles.depuis", start=start) if entry.end is None else t("regles.entre", start=start, end=french_date(entry.end))
    )
    return t("regles.annonce", period=said) if entry.expected else said


def amount_lines(law: Rule, given: Facts, on: date) -> list[str]:
    """What the rule gives in the case, and the facts that miss for the rest."""
    out, unread = [], []
    for amount in law.amounts.values():
        found = trace(law, amount.formula, given, on)
        if found.value is not None:
            out.append(t("regles.montant", title=amount.title, value=value_words(found.value, amount.unit)))
            continue
        out.append(t("regles.montant_inconnu_vu", title=amount.title, missing=missing_words(found.missing)))
        unread += [_value_line(seen, on) for seen in found.values if seen.value is None]
    return [*out, *dict.fromkeys(unread)]
