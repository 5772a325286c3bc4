"""The outlook of a case: what is forecast now, why, and how it came to be.

Most pages are made of it. A fit is explained a moment after it lands: until then pages
show why the one before it said what it said, and say so.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flask import abort

from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import Claim, ScenarioExplanation
from deciban.model.plots.svg.histories import HistoryPoint
from deciban.model.posterior.summary import ScenarioSummary, Summary
from deciban.priors import Scenario
from deciban.service.application.current_forecasts import CurrentForecast
from deciban.service.store import fits
from deciban.service.store.fits import FitRecord
from deciban.service.web.pages import read_once
from deciban.service.web.pages.density_shapes import Shapes
from deciban.service.web.pages.read_once import Explained
from deciban.service.web.shared import services

__all__ = ["CaseName", "Move", "Outlook", "case_name", "outlook"]

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
    current : CurrentForecast
        Of ``ForecastReader``.
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
        current: CurrentForecast,
        explained: Explained | None,
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
        """What changes whenever the pages of the case would, now and then for days."""
        newest = self.newest
        *shown, days = self.shown
        under_way = (newest.id, newest.state) if newest else (0, "none")
        told = days // 10 if self.days_told else "all"
        return "-".join(map(str, (*shown, *under_way, told)))

    @property
    def shown(self) -> tuple[int, datetime.date, int, int, int]:
        """What changes whenever a forecast, its prior or its history does."""
        fit = self.current.fit
        return (
            self.current.head.revision,
            self.current.as_of,
            fit.id if fit else 0,
            self.explained_fit or 0,
            len(self._days),
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
        """What is forecast of a scenario; what is known before, without a fit."""
        return self._said.get(scenario) or _settled(self._before[scenario])

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

    @cached_property
    def _histories(self) -> Mapping[str, list[HistoryPoint]]:
        summary = self.current.summary
        histories = defaultdict[str, list[HistoryPoint]](list)
        for day in [*self._days, summary] if summary else []:
            for said in day.scenarios:
                point = HistoryPoint(day.as_of, said.mean, said.eti90, said.eti50)
                histories[said.id].append(point)
        return histories

    def history(self, scenario: str) -> list[HistoryPoint]:
        """Forecasts of a scenario by day, the oldest first, the current one last.

        Days before its window are left out, but for the last of them.
        """
        points = self._histories.get(scenario, [])
        opens = self.scenario(scenario).opens
        before = sum(point.day < opens for point in points)
        return points[max(0, before - 1) :]

    def begun(self, scenario: str, day: datetime.date) -> HistoryPoint:
        """What was believed of a scenario on a day, before any report."""
        for said in read_once.believed(self.casebook, day):
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


def _settled(said: ScenarioSummary) -> ScenarioSummary:
    """Put the outcome of a scenario, where it is known, in place of its prior."""
    if said.outcome is None:
        return said
    known = float(said.outcome)
    ends = {"eti90": (known, known), "eti50": (known, known)}
    return said.model_copy(update={"mean": known, "median": known, "sd": 0.0, **ends})


def case_name(case: str) -> CaseName:
    """Look up a case by its id.

    Raises
    ------
    UnknownCaseError
    """
    head = services().forecasts.current(case).head
    return CaseName(head.case, head.title)


def outlook(case: str) -> Outlook:
    """Gather what is forecast now of a case.

    Raises
    ------
    UnknownCaseError
    """
    shared = services()
    current = shared.forecasts.current(case)
    with shared.store.reading() as session:
        recent = fits.fits(session, case, limit=_RECENT if current.stale else 1)
        days = read_once.days(shared, session, current)
        why = read_once.explained(session, current)
    return Outlook(
        current, why, recent, days, lambda: read_once.shapes(shared, current, why)
    )
