"""Facts that decide of a grant or of a tax, given by people: checked when they come in, found for each action."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from jumeau.errors import InputError
from jumeau.model.action import Action
from jumeau.model.territory import collectivite_name
from jumeau.rules.given import read_fact
from jumeau.rules.loader import facts as vocabulary
from jumeau.rules.loader import read_yaml
from jumeau.sharing.view import View
from jumeau.texts import t

LAYER = "fait_financement"
EVERYONE = "*"
LARGEST = 2_000_000
_COLUMNS = ["owner", "need", "action", "fact", "value", "said_by", "said_on"]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A fact somebody gave. owner: `*` for all; need, action: what it is limited to, empty for everything."""

    owner: str
    need: str
    action: str
    fact: str
    value: Any
    said_by: str
    said_on: date

    def concerns(self, action: Action) -> bool:
        """True when the fact speaks of this action."""
        return self.owner in (EVERYONE, action.owner) and self.need in ("", action.need) and self.action in ("", action.id)

    @property
    def rank(self) -> tuple[bool, bool, bool, date]:
        """The most particular fact wins, then the latest."""
        return bool(self.action), bool(self.need), self.owner != EVERYONE, self.said_on

    def words(self) -> str:
        """The fact in one French line, with its source and its day."""
        about = vocabulary()[self.fact]
        value = t("sorties.fait_oui" if self.value else "sorties.fait_non") if about.type == "boolean" else self.value
        owner = t("sorties.fait_tous") if self.owner == EVERYONE else collectivite_name(self.owner)
        said = {"owner": owner, "title": about.title, "value": str(value), "source": self.said_by}
        return t("sorties.fait_donne", **said, on=f"{self.said_on:%d/%m/%Y}")


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facts of one owner as a YAML file writes them: several at once, from one source."""

    facts: dict[str, Any]
    said_by: str
    said_on: date
    owner: str = EVERYONE
    need: str = ""
    action: str = ""


def table_of(path: Path, folder: Path) -> Path:
    """A YAML file of facts (a list of `Written`) as the CSV that an import reads, in `folder`; any other file as it is.

    Raises InputError naming the file and the entry, RuleError naming the line of a text that is no YAML.
    """
    if path.suffix.lower() not in (".yaml", ".yml"):
        return path
    if path.stat().st_size > LARGEST:
        raise InputError("financement.faits_lourds", file=path.name)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError("cli.cas_encodage", name=path.name) from error
    raw = read_yaml(text, path.name)
    rows = []
    for number, entry in enumerate(raw if isinstance(raw, list) else [raw], start=1):
        try:
            one = msgspec.convert(entry, Written)
        except msgspec.ValidationError as error:
            raise InputError("financement.faits_mal_ecrits", file=path.name, number=number, problem=error) from error
        about = [one.owner, one.need, one.action]
        rows += [[*about, name, _written(value), one.said_by, one.said_on.isoformat()] for name, value in one.facts.items()]
    out = folder / f"{path.stem}.csv"
    with out.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(_COLUMNS)
        table.writerows(rows)
    return out


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return t("sorties.fait_oui" if value else "sorties.fait_non")
    return value.isoformat() if isinstance(value, date) else str(value)


def check(file: str, table: pa.Table) -> None:
    """Raises InputError naming the file and the row of a fact that cannot be read."""
    there = [name for name in ("fact", "value") if name in table.column_names]
    for number, row in enumerate(table.select(there).to_pylist(), start=1):
        try:
            read_fact(row.get("fact") or "", row.get("value") or "")
        except InputError as error:
            raise InputError("financement.fait_refuse", file=file, row=number, reason=error) from error


def given(view: View) -> tuple[list[Given], list[str]]:
    """Facts that are kept, and what is wrong with those edited by hand since, which are left aside."""
    out, wrong = [], []
    if LAYER not in view.layers() or not view.count(LAYER):
        return [], []
    for row in view.read(LAYER, columns=_COLUMNS).to_pylist():
        plain = {name: row[name] or "" for name in _COLUMNS[:4]}
        try:
            value = read_fact(plain["fact"], row["value"] or "")
        except InputError as error:
            wrong.append(t("financement.fait_laisse", reason=error))
            continue
        out.append(Given(**plain, value=value, said_by=row["said_by"] or "", said_on=row["said_on"] or date.min))
    return sorted(out, key=lambda one: one.rank), wrong


def of_action(found: list[Given], action: Action) -> dict[str, Any]:
    """Fact -> value, for an action. found: as `given` sorts them."""
    return {one.fact: one.value for one in found if one.concerns(action)}
