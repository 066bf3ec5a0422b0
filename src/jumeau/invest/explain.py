"""Why this year, why not sooner, what binds, what would have to change: said from the plan itself, in French."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InputError, SolverError
from jumeau.invest.check_together import granted
from jumeau.invest.evaluate import net_cents, pooled, years_of
from jumeau.invest.problem import Problem, read_problem, yearly_limits
from jumeau.invest.programme import Programme
from jumeau.invest.question import Question, answer
from jumeau.texts import t


class YearView(msgspec.Struct, frozen=True, kw_only=True):
    """An action in one year, all the rest staying. gain: what the plan would gain against now [€ or unit]; blocked: what
    stands in the way; missing_eur: money its owner lacks that year [€], 0 when it has it."""

    year: int
    gain: float | None
    blocked: tuple[str, ...]
    missing_eur: float = 0.0


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """An action explained. year: in the plan, None when left out; years: every year of the plan; text: in a few lines.

    forced: what the whole plan would lose if the action were done in `forced_year`, all the rest chosen again.
    """

    action: str
    title: str
    owner: str
    year: int | None
    years: tuple[YearView, ...]
    text: tuple[str, ...]
    forced_year: int | None = None
    forced_loss: float | None = None


class Desk:
    """A plan laid open: its problem, the years and costs of its actions, so that many actions are explained at once."""

    def __init__(self, question: Question, programme: Programme) -> None:
        self.question, self.programme = question, programme
        self.problem: Problem = read_problem(question.actions, question.effects, question.budgets, question.settings)
        self.years = years_of(self.problem, programme)
        self.net = net_cents(self.problem, granted(programme))
        self.at = self.problem.items.row_of
        self.titles = dict(zip(question.actions["id"].to_pylist(), question.actions["title"].to_pylist(), strict=True))
        self.needed: dict[str, list[int]] = {}
        for i, names in self.problem.items.requires_all.items():
            for name in names:
                self.needed.setdefault(name, []).append(i)
        self.used = self._used()

    def _used(self) -> dict[tuple[str, int], float]:
        """Volume of each lot and amount of each envelope taken in a calendar year."""
        out: dict[tuple[str, int], float] = {}
        lots, grants = self.programme.lots, self.programme.grants
        for row in lots.to_pylist() if lots is not None else ():
            out[f"lot {row['lot']}", row["year"]] = row["volume"]
        for row in grants.to_pylist() if grants is not None else ():
            key = (f"envelope {row['envelope']}", row["year"])
            out[key] = out.get(key, 0.0) + row["amount_eur"]
        return out

    def explain(self, action: str, force: int | None = None) -> Explanation:
        """One action. force: a calendar year to try the whole plan again with it. Raises InputError when unknown."""
        if action not in self.at:
            raise InputError("programme.action_absente", action=action)
        i = self.at[action]
        item, first = self.problem.items[i], self.problem.settings.first_year
        views = tuple(self._view(i, y) for y in range(self.problem.settings.years))
        year = int(self.years[i]) + first if self.years[i] >= 0 else None
        loss = None if force is None else self._forced(action, force)
        return Explanation(
            action=action, title=self.titles[action], owner=item.owner, year=year, years=views,
            text=self._text(i, year, views, force, loss), forced_year=force, forced_loss=loss,
        )  # fmt: skip

    def _view(self, i: int, y: int) -> YearView:
        blocked = self._blocked(i, y)
        missing = self._missing(i, y)
        if missing > 0:
            blocked.append(t("programme.bloque_budget", amount=_fr(missing)))
        return YearView(
            year=self.problem.settings.first_year + y, gain=self._change(i, y), blocked=tuple(blocked), missing_eur=missing
        )

    def _change(self, i: int, y: int) -> float | None:
        """Gain of moving an action to year y, lots and trenches included; None when its gain is unknown."""
        here = self.problem.gain[i]
        if not np.isfinite(here).all():
            return None
        moved = self.years.copy()
        moved[i] = y
        now = float(here[self.years[i]]) if self.years[i] >= 0 else 0.0
        change = float(here[y]) - now
        if self.problem.settings.money and (self.problem.items[i].lot >= 0 or self.problem.items[i].trench_cents):
            change += self._pooled(i, moved) - self._pooled(i, self.years)
        return change

    def _pooled(self, i: int, years: NDArray[np.int64]) -> float:
        """Savings of the lot and the place of an item only."""
        items = self.problem.items
        near = (items.lot == items.lot[i]) & (items.lot[i] >= 0)
        near |= (items.place.code == items.place.code[i]) & (items.place.code[i] >= 0)
        return pooled(self.problem, np.where(near, years, -1))

    def _missing(self, i: int, y: int) -> float:
        """Euros that the owner lacks in a year for an action to come on top of the plan."""
        item, s = self.problem.items[i], self.problem.settings
        if item.cost_cents is None or self.years[i] == y:
            return 0.0
        purses = self.problem.items.purse.code
        others = np.flatnonzero((purses == purses[i]) & (self.years >= 0) & (np.arange(purses.size) != i))
        limits = yearly_limits(self.problem, item.purse)
        last = s.years if s.carry_over else y + 1
        worst = 0.0
        for z in range(y, last):
            past = others[self.years[others] <= z if s.carry_over else self.years[others] == z]
            spent = float(self.net[past].sum()) / 100
            worst = max(worst, spent + item.cost_cents / 100 - float(limits[z]))
        return max(0.0, round(worst, 2))

    def _blocked(self, i: int, y: int) -> list[str]:
        item, s = self.problem.items[i], self.problem.settings
        out = []
        if item.cost_cents is None:
            out.append(t("programme.raison_unknown_cost"))
        if not item.first <= y <= item.last:
            said = {"first": s.first_year + item.first, "last": s.first_year + item.last}
            out.append(t("programme.bloque_fenetre", **said))
        for name in item.requires_all:
            done = int(self.years[self.at[name]]) if name in self.at else -1
            if not 0 <= done <= y:
                out.append(t("programme.bloque_requis", action=self.titles.get(name, name)))
        some = [int(self.years[self.at[n]]) for n in item.requires_any if n in self.at]
        if item.requires_any and not any(0 <= done <= y for done in some):
            names = [self.titles.get(n, n) for n in item.requires_any]
            out.append(t("programme.bloque_requis", action=" / ".join(names)))
        if self.years[i] >= 0:
            waiting = [k for k in self.needed.get(item.id, ()) if 0 <= self.years[k] < y]
            out += [t("programme.bloque_suivant", action=self.titles[self.problem.items[k].id]) for k in waiting[:3]]
        out += [
            t("programme.bloque_exclusion", action=self.titles.get(n, n))
            for n in item.excludes
            if n in self.at and self.years[self.at[n]] >= 0
        ]
        if item.lot >= 0 and self.years[i] != y:
            lot = s.together.lots[item.lot]
            there = self.used.get((f"lot {lot.name}", s.first_year + y), 0.0)
            if lot.capacity is not None and there + item.volume > lot.capacity * (1 + 1e-9):
                out.append(t("programme.bloque_entreprises", name=lot.name))
        return out

    def _forced(self, action: str, year: int) -> float | None:
        """What the plan loses when an action is done in a given year and all the rest is chosen again; None: not possible."""
        s = self.question.settings
        settings = msgspec.structs.replace(s, fixed={**s.fixed, action: year})
        try:
            other = answer(msgspec.structs.replace(self.question, settings=settings))
        except SolverError:
            return None
        return self.programme.objective - other.objective

    def _text(
        self, i: int, year: int | None, views: tuple[YearView, ...], force: int | None, loss: float | None
    ) -> tuple[str, ...]:
        item, lines = self.problem.items[i], []
        free = [v for v in views if not v.blocked and v.gain is not None]
        if year is not None:
            lines.append(t("programme.explique_retenue", year=year, cost=_fr((item.cost_cents or 0) / 100)))
            better = [v for v in free if v.year != year and (v.gain or 0.0) > 0.005]
            sooner = [v for v in views if v.year < year]
            lines += [t("programme.explique_mieux", year=v.year, gain=_fr(v.gain or 0.0)) for v in better[:1]]
            lines += [_sooner(v) for v in sooner[-3:]]
        else:
            reason = dict(
                zip(
                    self.programme.left_out["action"].to_pylist(),
                    self.programme.left_out["explanation"].to_pylist(),
                    strict=True,
                )
            )
            lines.append(t("programme.explique_ecartee", reason=reason.get(item.id, "")))
            lines += self._what_would(views)
        if force is not None:
            lines.append(
                t("programme.explique_impossible", year=force)
                if loss is None
                else t("programme.explique_force", year=force, loss=_fr(max(loss, 0.0)))
            )
        return tuple(lines)

    def _what_would(self, views: tuple[YearView, ...]) -> list[str]:
        """The least that would have to change for an action left out."""
        known = [v for v in views if v.gain is not None]
        if not known:
            return []
        money = [v for v in known if v.missing_eur > 0 and len(v.blocked) == 1 and (v.gain or 0.0) > 0]
        out = []
        if money:
            least = min(money, key=lambda v: (v.missing_eur, v.year))
            said = {"amount": _fr(least.missing_eur), "year": least.year, "gain": _fr(least.gain or 0.0)}
            out.append(t("programme.faudrait_budget", **said))
        best = max(known, key=lambda v: v.gain or 0.0)
        if (best.gain or 0.0) <= 0:
            out.append(t("programme.faudrait_gain", amount=_fr(-(best.gain or 0.0)), year=best.year))
        return out


def _sooner(view: YearView) -> str:
    if view.blocked:
        return t("programme.explique_pas_avant", year=view.year, reason=" ; ".join(view.blocked))
    if view.gain is not None and view.gain < -0.005:
        return t("programme.explique_perte", year=view.year, loss=_fr(-view.gain))
    return t("programme.explique_egal", year=view.year)


def _fr(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u202f")


def plain(found: Explanation) -> dict[str, Any]:
    """An explanation as plain values."""
    out: dict[str, Any] = msgspec.to_builtins(found)
    return out
