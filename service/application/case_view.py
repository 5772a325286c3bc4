"""A case as its pages show it: what is forecast now, why, and how it came to be.

A fit is explained a moment after it lands: until then the view has the explanation of
the one before it, and says so. Densities come with the explanation; before the first
fit, and until a new one is explained, they are made here, of draws.
"""

import datetime
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from cachetools import LRUCache, cachedmethod
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.history_days import history_days
from deciban.model.casebook.past_days import day_digest
from deciban.model.explain.explanation import Explanation, ScenarioExplanation
from deciban.model.plots.history_drawing import (
    ReportMove,
    history_point,
    noticed,
    report_moves,
    since_opened,
)
from deciban.model.plots.plotted_fit import Densities
from deciban.model.plots.svg.histories import HistoryPoint
from deciban.model.posterior.density_curve import cell_densities, cell_ends
from deciban.model.posterior.summaries import prior_probability
from deciban.model.posterior.summary import ScenarioSummary, Summary
from deciban.model.posterior.wording import written_day
from deciban.priors import Outcome, Scenario
from deciban.service.application.current_forecasts import (
    CurrentForecast,
    ForecastReader,
)
from deciban.service.application.errors import UnknownItemError
from deciban.service.application.time_left import TimeLeft, time_left
from deciban.service.refits.artefacts import EXPLANATION
from deciban.service.store import Store, casebooks, fits
from deciban.service.store.fits import FitRecord

__all__ = [
    "CaseName",
    "CaseView",
    "CaseViews",
    "ForecastDensities",
    "HistoryDay",
    "OutcomesMove",
]

_WEEK = datetime.timedelta(7)
# Newest fits among which one of the case as it is now is looked for.
_RECENT = 10


class HistoryDay(NamedTuple):
    """What was forecast with what was known on a day.

    Attributes
    ----------
    day : date
    digest : str
        Of what the forecast starts from.
    summary : Summary or None
        None where it is not computed yet.
    """

    day: datetime.date
    digest: str
    summary: Summary | None


class OutcomesMove(NamedTuple):
    """How far outcomes of other scenarios move a forecast, in dB, and since when."""

    weight_db: float
    on: datetime.date


class ForecastDensities(NamedTuple):
    """Densities by scenario, in cells of the probability axis.

    Attributes
    ----------
    ends : sequence of float
        Of the cells, from 0 to 1.
    forecast, prior : mapping of sequence of float
        By scenario; None where all is one value. ``forecast`` is empty without a fit.
    """

    ends: Sequence[float]
    forecast: Densities
    prior: Densities


@dataclass(frozen=True)
class CaseName:
    """What the navigation of a page needs to know of a case."""

    id: str
    title: str


class CaseView:
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
        explained: tuple[int, Explanation] | None,
        recent: Sequence[FitRecord],
        days: Sequence[HistoryDay],
        densities: Callable[[], ForecastDensities],
        prior: Callable[[Casebook, datetime.date], list[ScenarioSummary]],
    ) -> None:
        self.current = current
        self.explained_fit = explained[0] if explained else None
        self.explanation = explained[1] if explained else None
        self.newest = next(iter(recent), None)
        wanted = current.head.revision, current.as_of
        self.refit_follows = current.stale and all(
            (fit.revision, fit.as_of) != wanted for fit in recent
        )
        self._days = [day.summary for day in days if day.summary is not None]
        self._n_days = len(days)
        self._make_densities = densities
        self._prior = prior

    @property
    def case(self) -> CaseName:
        """Id and title."""
        return CaseName(self.current.head.case, self.current.head.title)

    @property
    def day(self) -> datetime.date:
        """Day of what is shown: that of the fit, or of the priors without one."""
        fit = self.current.fit
        return fit.as_of if fit else self.current.as_of

    @property
    def casebook(self) -> Casebook:
        """At the head's revision."""
        return self.current.casebook

    @cached_property
    def claims_by_report(self) -> dict[str, str]:
        """What each report claims, by id."""
        return {report.id: report.claim for report in self.casebook.evidence.reports}

    @property
    def told_source(self) -> str:
        """Say what its numbers come from, as their files do."""
        fit = self.current.fit
        told = f"revision {fit.revision}, fit {fit.id}" if fit else "priors, no fit"
        return f"Deciban: {self.case.title}, {told}"

    @cached_property
    def questions(self) -> dict[str, str]:
        """What each scenario asks, by id."""
        return {s.id: s.question for s in self.casebook.priors.scenarios}

    @cached_property
    def source_names(self) -> dict[str, str]:
        """Names of the sources, by id."""
        return {source.id: source.name for source in self.casebook.evidence.sources}

    @cached_property
    def _said(self) -> dict[str, ScenarioSummary]:
        summary = self.current.summary
        said = {one.id: one for one in summary.scenarios} if summary else {}
        # What was forecast at a close, where draws of today cannot tell it.
        for scenario in self.casebook.priors.scenarios:
            one = said.get(scenario.id)
            if one and one.state == "closed, not settled" and one.at_close is None:
                then = self._days_by_date.get(scenario.closes, {}).get(scenario.id)
                said[scenario.id] = one.model_copy(update={"at_close": then})
        return said

    @cached_property
    def _days_by_date(self) -> dict[datetime.date, dict[str, float]]:
        return {
            day.as_of: {one.id: one.mean for one in day.scenarios} for day in self._days
        }

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
        told = days // 10 if self.history_note else "all"
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
    def explanation_note(self) -> str | None:
        """Whose explanation is shown; None for the fit's own, or without a fit."""
        fit = self.current.fit
        if fit is None or self.is_explained:
            return None
        if self.explained_fit is None:
            return "being worked out"
        return f"of fit {self.explained_fit}; that of fit {fit.id} is being worked out"

    @property
    def history_note(self) -> str | None:
        """How much of the history is computed; None once all of it is."""
        if len(self._days) == self._n_days:
            return None
        return f"History: {len(self._days)} of {self._n_days} days are computed."

    def is_fitted(self, scenario: str) -> bool:
        """Whether the fit knows a scenario: not one that was added since.

        Parameters
        ----------
        scenario : str
            Its id.
        """
        return scenario in self._said

    def forecast_of(self, scenario: str) -> ScenarioSummary:
        """What is forecast of a scenario; what is known before, without a fit.

        Parameters
        ----------
        scenario : str
            Its id.

        Returns
        -------
        ScenarioSummary
            Probabilities from 0 to 1; its outcome, where no fit says more, is 0 or 1.
        """
        return self._said.get(scenario) or _settled(self._before[scenario])

    def explanation_of(self, scenario: str) -> ScenarioExplanation | None:
        """Why; None where that is not known yet.

        Parameters
        ----------
        scenario : str
            Its id.
        """
        return self._explained.get(scenario)

    @cached_property
    def _densities(self) -> ForecastDensities:
        return self._make_densities()

    @property
    def axis(self) -> Sequence[float]:
        """Ends of the cells of all densities."""
        return self._densities.ends

    def density(self, scenario: str) -> Sequence[float] | None:
        """Density of a forecast, by cell; None without a fit, or if it is one value.

        Parameters
        ----------
        scenario : str
            Its id.

        Returns
        -------
        sequence of float, or None
            By cell of ``axis``, per unit of probability.
        """
        return self._densities.forecast.get(scenario)

    def prior_density(self, scenario: str) -> Sequence[float] | None:
        """Density of what was believed before.

        Parameters
        ----------
        scenario : str
            Its id.

        Returns
        -------
        sequence of float, or None
            By cell of ``axis``, per unit of probability; None where it is one value.
        """
        return self._densities.prior.get(scenario)

    def scenario(self, scenario_id: str) -> Scenario:
        """Return a scenario as it is written now.

        Raises
        ------
        UnknownItemError
            If the case has none of this id.
        """
        for scenario in self.casebook.priors.scenarios:
            if scenario.id == scenario_id:
                return scenario
        raise UnknownItemError("scenario", scenario_id)

    def time_left(self, scenario: Scenario) -> TimeLeft:
        """Tell how a scenario stands with time, on the day of the forecasts.

        Parameters
        ----------
        scenario : Scenario
            As it is written now.
        """
        return time_left(scenario, self._outcomes.get(scenario.id), self.current.as_of)

    @property
    def looked(self) -> datetime.date | None:
        """When somebody last looked whether anything had happened; None for never."""
        return self.casebook.looked(self.current.as_of)

    @property
    def is_open(self) -> bool:
        """Whether there is a scenario that is not settled."""
        return len(self._outcomes) < len(self.casebook.priors.scenarios)

    @cached_property
    def _outcomes(self) -> dict[str, Outcome]:
        return self.casebook.as_of(self.current.as_of).outcomes()

    def settled(self, scenario: str) -> str | None:
        """Why a scenario is settled; None where its forecast can still move.

        Parameters
        ----------
        scenario : str
            Its id.
        """
        said = self.forecast_of(scenario)
        if said.outcome is not None:
            return "occurred" if said.outcome else "did not occur"
        explained = self.explanation_of(scenario) if self.is_explained else None
        return explained.settled if explained else None

    @cached_property
    def _histories(self) -> Mapping[str, list[HistoryPoint]]:
        summary = self.current.summary
        histories = defaultdict[str, list[HistoryPoint]](list)
        for day in [*self._days, summary] if summary else []:
            for said in day.scenarios:
                histories[said.id].append(history_point(day.as_of, said))
        return histories

    def history(self, scenario: str) -> list[HistoryPoint]:
        """Forecasts of a scenario by day, the oldest first, the current one last.

        Days before its window are left out, but for the last of them.

        Parameters
        ----------
        scenario : str
            Its id.
        """
        points = self._histories.get(scenario, [])
        return since_opened(points, self.scenario(scenario).opens)

    def week_before(self, scenario: str) -> HistoryPoint | None:
        """What was last forecast a week before the forecast, or longer ago.

        Parameters
        ----------
        scenario : str
            Its id.

        Returns
        -------
        HistoryPoint or None
            Probabilities from 0 to 1; None where its history does not reach so far.
        """
        then = self.current.as_of - _WEEK
        past = [point for point in self.history(scenario) if point.day <= then]
        return past[-1] if past else None

    def prior_on(self, scenario: str, day: datetime.date) -> HistoryPoint:
        """What was believed of a scenario on a day, before any report.

        Parameters
        ----------
        scenario : str
            Its id.
        day : date
            Any: links and the clock count.

        Returns
        -------
        HistoryPoint
            Probabilities from 0 to 1.
        """
        for said in self._prior(self.casebook, day):
            if said.id == scenario:
                return history_point(day, said)
        raise KeyError(scenario)

    def moves_of(self, scenario: str) -> list[ReportMove]:
        """Reports that moved a scenario, the newest first, of a day the largest.

        Parameters
        ----------
        scenario : str
            Its id.
        """
        return self._moves.get(scenario, [])

    def moved_last(self, scenario: str) -> ReportMove | OutcomesMove | None:
        """What moved a scenario last, by as much as one sees.

        Parameters
        ----------
        scenario : str
            Its id.

        Returns
        -------
        ReportMove, OutcomesMove or None
            None where nothing did, or its own outcome, which settled it.
        """
        if self.settled(scenario):
            return None
        reported = next(iter(noticed(self.moves_of(scenario))), None)
        explained = self.explanation_of(scenario)
        steps = explained.steps if explained else []
        weight_db = sum(step.weight_db for step in steps if step.kind == "outcomes")
        known = [o.known_on for o in self._outcomes.values() if not o.annulled]
        move = OutcomesMove(weight_db, max(known, default=datetime.date.min))
        is_later = reported is None or move.on >= reported.on
        return move if noticed([move]) and is_later else reported

    def why_unmoved(self, scenario: str) -> str:
        """Say why no report is named that moved a scenario.

        Parameters
        ----------
        scenario : str
            Its id.
        """
        own = self._outcomes.get(scenario)
        if own is not None:
            verb = "annulled" if own.annulled else "settled"
            return f"It was {verb} on {written_day(own.on)}."
        if not self.casebook.reports_on(scenario):
            return "No report bears on it."
        if self.current.fit is None:
            return "What moved it is known after the first fit."
        if not self.is_explained:
            return "What moved it is being worked out."
        if self.current.stale:
            return "Its reports wait for the refit."
        if self.moves_of(scenario):
            return "Its reports move it by less than 0.05 dB."
        return "Its reports are later than the forecasts."

    @cached_property
    def _moves(self) -> Mapping[str, list[ReportMove]]:
        explanation = self.explanation
        return report_moves(explanation, self.casebook) if explanation else {}


class CaseViews:
    """Makes the views of cases, and keeps what they are made of and never changes.

    Times below are what each saves for the shipped case, of 83 reports.

    Parameters
    ----------
    store : Store
        Of casebooks and fits.
    forecasts : ForecastReader
        Reads what is forecast now.
    history_days : int
        Days that a history has at most.
    """

    def __init__(
        self, store: Store, forecasts: ForecastReader, history_days: int
    ) -> None:
        self._store = store
        self._forecasts = forecasts
        self._history_days = history_days
        # Two who ask for the same at once wait for one that makes it.
        self._making = threading.Condition()
        # Of 16 fits; to read one takes 1.2 ms, and grows with the reports.
        self._explanations = LRUCache[int, Explanation](16)
        # Of 16 fits or priors; to make one of draws takes 52 ms, of priors 35 ms.
        self._densities = LRUCache[tuple[str, object], ForecastDensities](16)
        # Of 32 cases the digests of the days, which take 19 ms.
        self._digests = LRUCache[
            str, tuple[Casebook, datetime.date, dict[datetime.date, str]]
        ](32)
        # Of 1,000 days; to read the 55 of a history takes 13 ms.
        self._days = LRUCache[str, Summary](1000)

    def name(self, case: str) -> CaseName:
        """Look up the title of a case.

        Parameters
        ----------
        case : str
            Its id.

        Raises
        ------
        UnknownCaseError
        """
        head = self._forecasts.current(case).head
        return CaseName(head.case, head.title)

    def view(self, case: str) -> CaseView:
        """Gather what is forecast now of a case, why, and how it came to be.

        Parameters
        ----------
        case : str
            Its id.

        Raises
        ------
        UnknownCaseError
        """
        current = self._forecasts.current(case)
        with self._store.reading() as session:
            recent = fits.fits(session, case, limit=_RECENT if current.stale else 1)
            days = self.history(session, current)
            explained = self._explained(session, current)
        return CaseView(
            current,
            explained,
            recent,
            days,
            partial(self._densities_of, current, explained),
            self._forecasts.prior,
        )

    def _explained(
        self, session: Session, current: CurrentForecast
    ) -> tuple[int, Explanation] | None:
        """Find the explanation of the fit, or while it is made that of one before.

        With the number of the fit that it explains, and without the claims of reports
        that were retracted since.
        """
        if current.fit is None:
            return None
        number: int | None = current.fit.id
        if number not in self._explanations:
            number = fits.last_kept(session, current.fit, EXPLANATION)
        if number is None:
            return None
        explanation = self._explanation(session, number)
        reports = {report.id for report in current.casebook.evidence.reports}
        standing = [claim for claim in explanation.claims if claim.report in reports]
        return number, explanation.model_copy(update={"claims": standing})

    @cachedmethod(
        attrgetter("_explanations"),
        key=lambda _self, _session, fit_id: fit_id,
        condition=attrgetter("_making"),
    )
    def _explanation(self, session: Session, fit_id: int) -> Explanation:
        kept = fits.kept(session, fit_id, EXPLANATION)
        assert kept is not None  # a session sees one state of the store
        return Explanation.model_validate_json(kept.content)

    def history(self, session: Session, current: CurrentForecast) -> list[HistoryDay]:
        """Look up what was forecast on the days of a history, before the current one.

        Parameters
        ----------
        session : Session
            One that reads.
        current : CurrentForecast
            Of the case.

        Returns
        -------
        list of HistoryDay
            The oldest first.
        """
        digests = self._day_digests(current)
        with self._making:
            known = {d: self._days[d] for d in digests.values() if d in self._days}
        missing = [digest for digest in digests.values() if digest not in known]
        read = fits.days(session, current.head.case, missing)
        with self._making:
            self._days.update(read)
        known |= read
        return [HistoryDay(day, d, known.get(d)) for day, d in digests.items()]

    def _day_digests(self, current: CurrentForecast) -> dict[datetime.date, str]:
        """Digests of the days before; they stay the same until the case changes."""
        case, casebook = current.head.case, current.casebook
        with self._making:
            last = self._digests.get(case)
        if last is not None and last[0] is casebook and last[1] == current.as_of:
            return last[2]
        days = history_days(casebook, current.as_of, self._history_days)
        digests = {day: day_digest(casebook, day) for day in days}
        with self._making:
            self._digests[case] = (casebook, current.as_of, digests)
        return digests

    def _densities_of(
        self, current: CurrentForecast, explained: tuple[int, Explanation] | None
    ) -> ForecastDensities:
        """Take densities from the fit's explanation, or else make them of draws."""
        if current.fit is None:
            return self._prior_densities(current)
        if explained is None or explained[0] != current.fit.id:
            return self._fit_densities(current, current.fit)
        explanation = explained[1]
        known = ForecastDensities(
            explanation.axis,
            {scenario.id: scenario.density for scenario in explanation.scenarios},
            {scenario.id: scenario.prior_density for scenario in explanation.scenarios},
        )
        written = {scenario.id for scenario in current.casebook.priors.scenarios}
        if written <= known.prior.keys():
            return known
        bare = self._prior_densities(current)  # of scenarios that were added since
        return known._replace(prior={**bare.prior, **known.prior})

    @cachedmethod(
        attrgetter("_densities"),
        key=lambda _self, current: ("prior", (current.head, current.as_of)),
        condition=attrgetter("_making"),
    )
    def _prior_densities(self, current: CurrentForecast) -> ForecastDensities:
        before = prior_probability(current.casebook, current.as_of)
        prior = _by_scenario(before.design.scenarios, before.belief.probability)
        return ForecastDensities(cell_ends().tolist(), {}, prior)

    @cachedmethod(
        attrgetter("_densities"),
        key=lambda _self, _current, fit: ("fit", fit.id),
        condition=attrgetter("_making"),
    )
    def _fit_densities(
        self, current: CurrentForecast, fit: FitRecord
    ) -> ForecastDensities:
        with self._store.reading() as session:
            casebook = casebooks.casebook(session, fit.case, fit.revision)
        told = self._forecasts.reading(fit, casebook, fit.as_of).summary.told
        forecast = _by_scenario(told.scenarios, told.probability)
        return self._prior_densities(current)._replace(forecast=forecast)


def _by_scenario(
    scenarios: Sequence[str], probability: NDArray[np.float64]
) -> dict[str, list[float] | None]:
    """Density of each scenario's draws, shape (draw, scenario); None for one value."""
    densities = (cell_densities(draws) for draws in probability.T)
    return {
        scenario: None if density is None else density.tolist()
        for scenario, density in zip(scenarios, densities, strict=True)
    }


def _settled(said: ScenarioSummary) -> ScenarioSummary:
    """Put the outcome of a scenario, where it is known, in place of its prior."""
    if said.outcome is None:
        return said
    known = float(said.outcome)
    ends = {"eti90": (known, known), "eti50": (known, known)}
    return said.model_copy(update={"mean": known, "median": known, "sd": 0.0, **ends})
