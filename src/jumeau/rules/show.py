"""The rules in French lines, for `jumeau rules list | explain | test | stale` and for documents."""

from collections.abc import Iterable
from datetime import date
from importlib.resources import files
from pathlib import PurePath

import msgspec

from jumeau.rules.cases import read_cases, run_case
from jumeau.rules.evaluate import Facts, confidence_on, explain, is_stale, stale
from jumeau.rules.loader import Rule, catalogue, check_catalogue, read_rule_document, read_yaml, rule
from jumeau.rules.trace import trace
from jumeau.rules.wording import amount_lines, french_date, missing_words, trace_lines
from jumeau.texts import t

__all__ = [
    "case_lines",
    "check_lines",
    "checked_words",
    "explain_lines",
    "french_date",
    "list_lines",
    "missing_words",
    "stale_lines",
]


def checked_words(law: Rule, on: date) -> str:
    """When the rule was last checked, and a warning when that is too old."""
    key = "regles.perimee" if is_stale(law, on) else "regles.verifiee"
    return t(key, checked=french_date(law.last_checked_on))


def list_lines(on: date) -> list[str]:
    """One line a rule: name, title, status, confidence, last check."""
    return [
        t(
            "regles.ligne",
            name=law.id,
            title=law.title,
            state=t(f"regles.etat_{law.status}"),
            confidence=t(f"regles.confiance_{confidence_on(law, on)}"),
            checked=checked_words(law, on),
        )
        for law in catalogue().values()
    ]


def explain_lines(name: str, given: Facts, on: date) -> list[str]:
    """Why the rule `name` applies or not to a case, with the values, dates and sources it rests on, then what it gives.
    Raises RuleError for an unknown rule or fact."""
    law = rule(name)
    verdict = explain(law, given, on)
    decision = t(f"regles.decision_{verdict.decision}")
    lines = [t("regles.explication", title=law.title, on=french_date(on), decision=decision)]
    conditions = {condition.id: condition.when for condition in law.conditions}
    for reason in verdict.reasons:
        lines.append(t(f"regles.raison_{reason.decision}", title=reason.title.rstrip(".")))
        if reason.condition in conditions:
            lines += trace_lines(trace(law, conditions[reason.condition], given, on), given, on)
    if verdict.decision != "no":
        lines += amount_lines(law, given, on)
    confidence = t(f"regles.confiance_{verdict.confidence}")
    lines.append(t("regles.texte", reference=law.reference, confidence=confidence))
    return [*lines, checked_words(law, on), *law.notes]


def stale_lines(on: date) -> list[str]:
    """Rules to check again, then values of rules and whole texts that nobody has read, with where to read them."""
    old = [f"{law.id} : {law.title}. {checked_words(law, on)}" for law in stale(on)]
    lines = old or [t("regles.aucune_perimee", on=french_date(on))]
    values = [t("regles.valeur_non_lue", **words) for words in unread_values(on)]
    texts = [t("regles.texte_non_lu", title=one["title"], where=one["where"]) for one in unread_texts()]
    return [*lines, t("regles.non_lu", values=len(values), texts=len(texts)), *values, *texts]


def unread_values(on: date) -> list[dict[str, str]]:
    """Values in force whose text could not be read: rule, title, keys that miss in a table, reference."""
    out = []
    for law in catalogue().values():
        for value in law.values.values():
            for dated in value.dated:
                if not (dated.start <= on and (dated.end is None or on <= dated.end)):
                    continue
                keys = [k for k, v in dated.value.items() if v is None] if isinstance(dated.value, dict) else []
                if dated.value is None or keys:
                    which = f" ({', '.join(keys)})" if keys else ""
                    reference = dated.reference or law.reference
                    out.append({"rule": law.id, "title": value.title + which, "reference": reference, "law": law.reference})
    return out


def unread_texts() -> list[dict[str, str]]:
    """Texts no rule holds, each with the official place to read it, from `rules/unread.yaml`."""
    raw = read_yaml(files("jumeau.rules").joinpath("unread.yaml").read_text(encoding="utf-8"), "unread.yaml")
    return msgspec.convert(raw, list[dict[str, str]])


def check_lines(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Read rule files given as (name, YAML text), each beside the rules of jumeau: one line a rule. Raises RuleError, with
    file and line, at the first thing that cannot be."""
    lines = []
    for file, text in texts:
        law, document = read_rule_document(text, PurePath(file).name)
        check_catalogue({**catalogue(), law.id: law}, {law.id: document})
        counts = {"conditions": len(law.conditions), "values": len(law.values), "amounts": len(law.amounts)}
        lines.append(t("regles.controle_bon", file=document.file, name=law.id, **counts))
    return lines


def case_lines(texts: Iterable[tuple[str, str]]) -> tuple[list[str], bool]:
    """Run case files given as (name, YAML text): French lines, and whether every case holds."""
    lines, count, good = [], 0, 0
    for file, text in texts:
        for case in read_cases(text, PurePath(file).name):
            misses = run_case(case)
            count, good = count + 1, good + (not misses)
            lines += [
                t("regles.cas_faux", file=PurePath(file).name, name=m.case, what=m.what, found=m.found, expected=m.expected)
                for m in misses
            ]
    return [*lines, t("regles.cas_bons", good=good, count=count)], good == count
