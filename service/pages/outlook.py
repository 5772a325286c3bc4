"""The outlook of a case: what is forecast now, why, and how it came to be.

Most pages are made of it. What was computed when the fit was made, its explanation and
the days of its history, is read from the store once and remembered by the fit. A fit is
explained a moment after it lands: until then pages show why the one before it said what
it said, and say so.
"""

import datetime
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from flask import abort, current_app
from sqlalchemy.orm import Session

from model.casebook import Casebook
from model.explanation import Claim, Explanation, ScenarioExplanation
from model.summary import ScenarioSummary, Summary
from model.what_if import prior_summary
from priors import PriorsFile, Scenario
from service.forecasts import Current
from service.pages.drawing.histories import HistoryPoint
from service.pages.shapes import Shapes
from service.refits.artefacts import EXPLANATION
from service.refits.day_digests import day_digests
from service.refits.history import history_days
from service.services import Services, services
from service.store import casebooks, fits
from service.store.fits import FitRecord

__all__ = ["CaseName", "Move", "Outlook", "case_name", "outlook"]

type _DayDigests = tuple[Casebook, datetime.date, list[str]]
type _Explained = tuple[int, Explanation]  # with the number of the fit

_NAME = "deciban-outlook"
# Newest fits among which one of the case as it is now is looked for.
_RECENT = 10


@dataclass(frozen=True)
class CaseName:
    """What the navigation of a page needs to know of a case."""

    id: str
    title: str


@dataclass(frozen=True)
class Move:
    """A report that moved a forecast: the claim it told, when, and by how much.

    Attributes
    ----------
    report : str
        Id of the report.
    claim : Claim
        That it told, for the first time or again.
    weight_db : float
        Its share of the weight of the claim.
    on : date
        When it was published.
    """

    report: str
    claim: Claim
    weight_db: float
    on: datetime.date


class Outlook:
    """What is forecast now of one case, why, and how it came to be.

    Attributes
    ----------
    current : Current
        Of the desk.
    explanation : Explanation or None
        Of the fit, or else of the newest before it that has one, without the claims of
        reports that were retracted since; None where there is none at all.
    explained_fit : int or None
        Number of the fit that it explains.
    newest : FitRecord or None
        The newest fit, in whatever state: one under way, or one that failed.
    refit_follows : bool
        Whether no fit of the case as it is now is on record: one will be soon.
    """

    def __init__(
        self,
        current: Current,
        explained: _Explained | None,
        recent: Sequence[FitRecord],
        days: Sequence[Summary | None],
        shapes: Callable[[], Shapes],
    ) -> None:
        self.current = current
        self.explained_fit = explained[0] if explained else None
        self.explanation = explained[1] if explained else None
        self.newest = next(iter(recent), None)
        wanted = current.head.revision, current.as_of
        self.refit_follows = current.stale and all(
            (fit.revision, fit.as_of) != wanted for fit in recent
        )
        self._days = [day for day in days if day is not None]
        self._n_days = len(days)
        self._shapes_of = shapes

    @property
    def case(self) -> CaseName:
        """Id and title."""
        return CaseName(self.current.head.case, self.current.head.title)

    @property
    def casebook(self) -> Casebook:
        """At the head's revision."""
        return self.current.casebook

    @cached_property
    def _said(self) -> dict[str, ScenarioSummary]:
        summary = self.current.summary
        return {said.id: said for said in summary.scenarios} if summary else {}

    @cached_property
    def _before(self) -> dict[str, ScenarioSummary]:
        return {said.id: said for said in self.current.prior}

    @cached_property
    def _explained(self) -> dict[str, ScenarioExplanation]:
        explained = self.explanation.scenarios if self.explanation else []
        return {scenario.id: scenario for scenario in explained}

    @property
    def mark(self) -> str:
        """What changes whenever the pages of the case would."""
        fit, newest = self.current.fit, self.newest
        return "-".join(
            str(part)
            for part in (
                self.current.head.revision,
                self.current.as_of,
                fit.id if fit else 0,
                self.explained_fit or 0,
                newest.id if newest else 0,
                newest.state if newest else "none",
                len(self._days) // 10 if self.days_told else "all",
            )
        )

    @property
    def is_explained(self) -> bool:
        """Whether the explanation is that of the fit."""
        fit = self.current.fit
        return fit is not None and fit.id == self.explained_fit

    @property
    def explained_told(self) -> str | None:
        """Whose explanation is shown; None for the fit's own, or without a fit."""
        fit = self.current.fit
        if fit is None or self.is_explained:
            return None
        if self.explained_fit is None:
            return "being worked out"
        return f"of fit {self.explained_fit}; that of fit {fit.id} is being worked out"

    @property
    def days_told(self) -> str | None:
        """How much of the history is computed; None once all of it is."""
        if len(self._days) == self._n_days:
            return None
        return f"History: {len(self._days)} of {self._n_days} days are computed."

    def is_fitted(self, scenario: str) -> bool:
        """Whether the fit knows a scenario: not one that was added since."""
        return scenario in self._said

    def said(self, scenario: str) -> ScenarioSummary:
        """What is forecast of a scenario; what is believed before, without a fit."""
        return self._said.get(scenario) or self._before[scenario]

    def explained(self, scenario: str) -> ScenarioExplanation | None:
        """Why; None where that is not known yet."""
        return self._explained.get(scenario)

    @cached_property
    def _shapes(self) -> Shapes:
        return self._shapes_of()

    @property
    def axis(self) -> Sequence[float]:
        """Ends of the cells of all densities."""
        return self._shapes.ends

    def density(self, scenario: str) -> Sequence[float] | None:
        """Density of a forecast, by cell; None without a fit, or if it is one value."""
        return self._shapes.forecast.get(scenario)

    def prior_density(self, scenario: str) -> Sequence[float] | None:
        """Density of what was believed before."""
        return self._shapes.prior.get(scenario)

    def scenario(self, scenario_id: str) -> Scenario:
        """One scenario as it is written now; aborts with 404 where there is none."""
        for scenario in self.casebook.priors.scenarios:
            if scenario.id == scenario_id:
                return scenario
        abort(404, f"must be one of the scenarios of the case, got {scenario_id!r}")

    def settled(self, scenario: str) -> str | None:
        """Why a scenario is settled; None where its forecast can still move."""
        said = self.said(scenario)
        if said.outcome is not None:
            return "occurred" if said.outcome else "did not occur"
        explained = self.explained(scenario) if self.is_explained else None
        return explained.settled if explained else None

    def history(self, scenario: str) -> list[HistoryPoint]:
        """Forecasts of a scenario by day, the oldest first, the current one last.

        Days before its window are left out, but for the last of them.
        """
        summary = self.current.summary
        points = [
            HistoryPoint(day.as_of, said.mean, said.eti90, said.eti50)
            for day in ([*self._days, summary] if summary else [])
            for said in day.scenarios
            if said.id == scenario
        ]
        opens = self.scenario(scenario).opens
        before = sum(point.day < opens for point in points)
        return points[max(0, before - 1) :]

    def begun(self, scenario: str, day: datetime.date) -> HistoryPoint:
        """What was believed of a scenario on a day, before any report."""
        for said in _believed(self.casebook, day):
            if said.id == scenario:
                return HistoryPoint(day, said.mean, said.eti90, said.eti50)
        raise KeyError(scenario)

    @cached_property
    def _published(self) -> dict[str, datetime.date]:
        return {r.id: r.published for r in self.casebook.evidence.reports}

    def moves(self, scenario: str) -> list[Move]:
        """Reports that moved a scenario, the newest first, of a day the largest."""
        return self._moves.get(scenario, [])

    def unmoved(self, scenario: str) -> str:
        """Say why no report is named that moved a scenario."""
        if not self.casebook.reports_on(scenario):
            return "No report bears on it."
        if self.current.fit is None:
            return "What moved it is known after the first fit."
        if not self.is_explained:
            return "What moved it is being worked out."
        if self.current.stale:
            return "Its reports wait for the refit."
        return "Its reports are later than the forecasts."

    @cached_property
    def _moves(self) -> dict[str, list[Move]]:
        moves: defaultdict[str, list[Move]] = defaultdict(list)
        for claim in self.explanation.claims if self.explanation else []:
            for scenario in claim.scenarios():
                moves[scenario] += self._moved(claim, scenario)
        return {
            scenario: sorted(made, key=lambda m: (m.on, abs(m.weight_db)))[::-1]
            for scenario, made in moves.items()
        }

    def _moved(self, claim: Claim, scenario: str) -> Iterator[Move]:
        weight = claim.on(scenario)
        assert weight is not None  # it is one of the scenarios of the claim
        for report, share in (claim.carried or {claim.report: 1.0}).items():
            if report in self._published:  # it may have been retracted since
                on = self._published[report]
                yield Move(report, claim, share * weight.mean, on)


def case_name(case: str) -> CaseName:
    """Look up a case by its id.

    Raises
    ------
    UnknownCaseError
    """
    head = services().desk.current(case).head
    return CaseName(head.case, head.title)


def outlook(case: str) -> Outlook:
    """Gather what is forecast now of a case.

    Raises
    ------
    UnknownCaseError
    """
    shared = services()
    current = shared.desk.current(case)
    with shared.store.reading() as session:
        recent = fits.fits(session, case, limit=_RECENT if current.stale else 1)
        days = _days(shared, session, current)
        explained = _explained(session, current)
    return Outlook(
        current, explained, recent, days, lambda: _shapes(shared, current, explained)
    )


def _shapes(shared: Services, current: Current, explained: _Explained | None) -> Shapes:
    """Take the densities out of the fit's explanation, or else make them of draws."""
    if explained and current.fit and explained[0] == current.fit.id:
        known = Shapes.explained(explained[1])
        written = {scenario.id for scenario in current.casebook.priors.scenarios}
        if written <= known.prior.keys():
            return known
        bare = _shapes_before(current)
        return Shapes(known.ends, known.forecast, {**bare.prior, **known.prior})
    fit = current.fit
    if fit is None:
        return _shapes_before(current)

    def drawn() -> Shapes:
        with shared.store.reading() as session:
            casebook = casebooks.casebook(session, fit.case, fit.revision)
        return Shapes.read(current, shared.desk.reading(fit, casebook, fit.as_of))

    return _remembered(("fit", fit.id), drawn)


def _shapes_before(current: Current) -> Shapes:
    key = ("prior", current.head, current.as_of)
    return _remembered(key, lambda: Shapes.before(current))


def _remembered(key: Hashable, make: Callable[[], Shapes]) -> Shapes:
    shapes = _memory().shapes
    known = shapes.get(key)
    if known is None:
        known = make()
        shapes.keep(key, known)
    return known


def _explained(session: Session, current: Current) -> _Explained | None:
    """Find the explanation of the fit, or while it is made that of one before."""
    if current.fit is None:
        return None
    number: int | None = current.fit.id
    if current.fit.id not in _memory().explanations:
        number = fits.last_kept(session, current.fit, EXPLANATION)
    if number is None:
        return None
    explanation = _explanation(session, number)
    reports = {report.id for report in current.casebook.evidence.reports}
    standing = [claim for claim in explanation.claims if claim.report in reports]
    return number, explanation.model_copy(update={"claims": standing})


def _explanation(session: Session, fit_id: int) -> Explanation:
    memory = _memory()
    known = memory.explanations.get(fit_id)
    if known is None:
        kept = fits.kept(session, fit_id, EXPLANATION)
        assert kept is not None  # a session sees one state of the store
        known = Explanation.model_validate_json(kept.content)
        memory.explanations.keep(fit_id, known)
    return known


def _days(shared: Services, session: Session, current: Current) -> list[Summary | None]:
    """Forecasts of the days before, the oldest first; None for one to be computed."""
    memory = _memory()
    digests = _day_digests(shared, current)
    missing = [digest for digest in digests if memory.days.get(digest) is None]
    for digest, summary in fits.days(session, current.head.case, missing).items():
        memory.days.keep(digest, summary)
    return [memory.days.get(digest) for digest in digests]


def _day_digests(shared: Services, current: Current) -> list[str]:
    """Digests of the days before; they stay the same until the case changes."""
    known = _memory().digests
    case, casebook = current.head.case, current.casebook
    last = known.get(case)
    if last is not None and last[0] is casebook and last[1] == current.as_of:
        return last[2]
    days = history_days(casebook, current.as_of, shared.settings.history_days)
    digests = list(day_digests(casebook, days).values())
    known.keep(case, (casebook, current.as_of, digests))
    return digests


def _believed(casebook: Casebook, day: datetime.date) -> list[ScenarioSummary]:
    """What is believed without reports: it stays the same while reports come in."""
    known = _memory().believed
    key = (casebook.case, day)
    last = known.get(key)
    if last is None or last[0] != casebook.priors:
        last = (casebook.priors, prior_summary(casebook, day))
        known.keep(key, last)
    return last[1]


class _Kept[T]:
    """The values that were asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, T] = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    def get(self, key: Hashable) -> T | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def keep(self, key: Hashable, value: T) -> None:
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)


class _Memory:
    """What one application has read, none of which ever changes."""

    def __init__(self) -> None:
        self.explanations = _Kept[Explanation](16)
        self.digests = _Kept[_DayDigests](32)
        self.days = _Kept[Summary](1000)
        self.shapes = _Kept[Shapes](16)
        self.believed = _Kept[tuple[PriorsFile, list[ScenarioSummary]]](32)


def _memory() -> _Memory:
    memory = current_app.extensions.setdefault(_NAME, _Memory())
    return cast(_Memory, memory)
