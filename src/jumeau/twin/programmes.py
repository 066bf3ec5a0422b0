"""What can be asked of the latest programme: why, who pays what, what if, at what price, under which futures."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from jumeau.errors import InputError, NotFoundError
from jumeau.invest import Programme
from jumeau.invest.binding import Leaving, binding, leaving
from jumeau.invest.carriers import offered as carriers
from jumeau.invest.explain import Desk, Explanation
from jumeau.invest.options import Options, read_options
from jumeau.invest.pareto import Front, front, offered
from jumeau.invest.question import Question, answer
from jumeau.invest.replan import Event, Replan, replan
from jumeau.invest.robust import Robust, Scenario, robust, under
from jumeau.invest.share import Sharing, share
from jumeau.twin import financing, planning

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

MAX_BYTES = 1_000_000
TRIAL_SECONDS = 8.0


class Programmes:
    """The latest programme of a twin, and the questions around it. Each raises NotFoundError before any programme."""

    def __init__(self, twin: "Twin") -> None:
        self._twin = twin

    @property
    def question(self) -> Question:
        """What the latest programme answers."""
        return planning.kept_question(self._twin)

    @property
    def latest(self) -> Programme:
        """The latest programme."""
        found = self._twin.programme()
        if found is None:
            raise NotFoundError("programme.pas_de_question")
        return found

    def explain(self, action: str, force: int | None = None) -> Explanation:
        """Why an action is where it is; force: a year in which to try the whole plan again with it."""
        return Desk(self.question, self.latest).explain(action, force)

    def binding(self) -> pa.Table:
        """What holds the plan back, with its shadow price (BINDING_SCHEMA)."""
        return binding(self.question)

    def leaving(self, owner: str) -> Leaving:
        """What an owner gains by staying in the group, and what the others lose if it leaves."""
        return leaving(self.question, self.latest, owner)

    def sharing(self, samples: int = 2000) -> Sharing:
        """Who pays what, by several rules."""
        question = self.question
        return share(self.latest, question.actions, question.settings, samples=samples)

    def replan(self, event: Event, *, keep: bool = False) -> Replan:
        """Plan again after an event, changing as little as possible; keep: make it the latest programme."""
        found = replan(self.question, self.latest, event)
        if keep:
            self._twin.view.require("plan")
            kept = planning.keep(self._twin, found.question, found.programme)
            financing.keep(self._twin.view, financing.finance(self._twin, kept, self._twin.instant().date()))
        return found

    def trial(self, scenario: Scenario) -> Programme:
        """The programme as it would be with other budgets, grants and prices; nothing is kept."""
        question = under(self.question, scenario)
        quick = msgspec.structs.replace(question.settings, seconds=min(question.settings.seconds, TRIAL_SECONDS))
        return answer(msgspec.structs.replace(question, settings=quick))

    def sliders(self) -> dict[str, Any]:
        """What a trial may change: prices that count in the programme, envelopes, and owners that have a budget."""
        question = self.question
        prices = carriers(question.effects)
        money = question.budgets.group_by("owner").aggregate([("budget_eur", "mean")]).to_pylist()
        return {
            "prices": prices,
            "carbon": question.settings.carbon and question.settings.prices is None,
            "envelopes": {e.name: sum(e.amounts.values()) for e in question.settings.together.envelopes},
            "owners": {row["owner"]: row["budget_eur_mean"] for row in money},
        }

    def goods(self) -> list[str]:
        """Indicators that some action improves, so that a front makes sense."""
        return offered(self.question)

    def pareto(self, indicator: str, points: int = 6) -> Front:
        """Plans nobody can better on both the gain and an indicator."""
        question = self.question
        known = offered(question)
        if indicator not in known:
            raise InputError("programme.objectif_inconnu", name=indicator, known=", ".join(known))
        return front(question, indicator, points)

    def robust(self, scenarios: Path | None = None) -> Robust:
        """The plan under other futures, those of a YAML file or the usual ones."""
        return robust(self.question, read_scenarios(scenarios) if scenarios else ())


def options_file(path: Path) -> Options:
    """Options of a YAML file. Raises InputError naming the file and the key."""
    return read_options(_yaml(path), path.name)


def read_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Futures of a YAML file: a list, each as in Scenario."""
    try:
        found = msgspec.convert(_yaml(path), tuple[Scenario, ...], strict=False)
    except msgspec.ValidationError as error:
        raise InputError("programme.options_refusees", file=path.name, reason=error) from error
    return found


def _yaml(path: Path) -> Any:
    import yaml

    if not path.is_file():
        raise InputError("jumeau.fichier_absent", file=path)
    if path.stat().st_size > MAX_BYTES:
        raise InputError("programme.options_refusees", file=path.name, reason="> 1 Mo")
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("programme.options_refusees", file=path.name, reason=error) from error
