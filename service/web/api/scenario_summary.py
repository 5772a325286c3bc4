"""The posterior summary of one scenario, as the API says it: complete by itself."""

import datetime
from typing import NamedTuple

from pydantic import Field

from deciban.model.posterior.summary import Checks, Interval, ScenarioSummary
from deciban.priors import ScaleName
from deciban.service.application.verbal_probability import estimate
from deciban.service.store.fits import FitRecord
from deciban.service.web.api.operation import AnswerBody

__all__ = ["ForecastStanding", "ForecastSummary", "PriorForecast", "forecast_summary"]


class PriorForecast(AnswerBody):
    """The probability of one scenario before any report, with links and clock."""

    mean: float
    sd: float
    median: float
    eti90: Interval
    eti50: Interval


class ForecastSummary(ScenarioSummary):
    """The forecast of one scenario, with its prior, in words, and what it rests on.

    Attributes
    ----------
    prior : PriorForecast or None
        None for a scenario that is not in the case yet.
    scale : str
        The verbal scale of ``term``, which is None where it has no word for ``mean``.
    term_range : tuple or None
        Ends of the band of ``term``, in probabilities.
    sentence : str
        The number, and beside it the word with its range.
    as_of : date
        Up to and with this day reports and outcomes are known.
    revision : int
        Of the casebook that it is of.
    digest : str or None
        Of casebook, day and settings of the fit whose draws it rests on; None before
        the first fit.
    checks : Checks or None
        Of that fit.
    stale : bool
        Whether the case has changed, or the day, since that fit.
    """

    prior: PriorForecast | None
    scale: ScaleName
    term_range: Interval | None
    sentence: str
    as_of: datetime.date
    revision: int
    digest: str | None
    checks: Checks | None
    stale: bool = Field(description="Whether the case or the day has changed since.")


class ForecastStanding(NamedTuple):
    """What forecasts rest on: see ``ForecastSummary``."""

    revision: int
    fit: FitRecord | None
    as_of: datetime.date
    stale: bool


def forecast_summary(
    summary: ScenarioSummary,
    standing: ForecastStanding,
    scale: ScaleName,
    prior: ScenarioSummary | None,
) -> ForecastSummary:
    """Say a scenario's summary with its prior, in words, and what it rests on.

    Parameters
    ----------
    summary : ScenarioSummary
        What is forecast.
    standing : ForecastStanding
        What it rests on.
    scale : str
        Whose words are used.
    prior : ScenarioSummary or None
        What is believed without reports; None for a scenario that is new.
    """
    words = estimate(
        summary.mean, scale, state=summary.state, at_close=summary.at_close
    )
    fit = standing.fit
    return ForecastSummary.model_construct(
        **dict(summary) | {"term": words.term},
        prior=prior and PriorForecast.model_validate(prior),
        scale=scale,
        term_range=words.term_range,
        sentence=words.sentence,
        as_of=standing.as_of,
        revision=standing.revision,
        digest=fit and fit.digest,
        checks=fit.summary.checks if fit and fit.summary else None,
        stale=standing.stale,
    )
