"""What a change does to forecasts: before and after, from the draws of one fit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.cautions import review
from deciban.model.casebook.changes import Change, changed
from deciban.model.posterior.summary import ScenarioSummary, can_tell
from deciban.priors import ScaleName
from deciban.service.application.current_forecasts import (
    CurrentForecast,
    UnreadableDrawsError,
    WhatIfReading,
)
from deciban.service.application.forecast_changes import (
    forecast_changes,
    late_reports,
)
from deciban.service.web.api.operation import AnswerBody, Call, Query, Reply, Writing
from deciban.service.web.api.scenario_summary import (
    ForecastStanding,
    ForecastSummary,
    forecast_summary,
)

__all__ = [
    "ChangeEffect",
    "EffectQuery",
    "ScenarioEffect",
    "advice",
    "compared",
    "writing",
]

_NAMED = 3  # of reports that do not count, and how many more


class ScenarioEffect(AnswerBody):
    """What a change does to the forecast of one scenario."""

    scenario: str
    before: ForecastSummary | None = Field(description="Null where it is new.")
    after: ForecastSummary
    pareto_k: float | None = Field(
        description="How far the draws reach; above 0.7: wait for the refit."
    )


class ChangeEffect(AnswerBody):
    """What a change does, for every scenario that it touches, links included.

    ``what_if`` is empty where the draws of no fit can be read yet, or where it is not
    asked for; ``reason`` says so.
    ``reason`` also names reports that are published after the day of the forecast, and
    so do not count in it. ``advice`` is there where the draws say too little.
    ``cautions`` are sentences on what is allowed in the items that were written and yet
    seldom meant, such as a claim that its origin has made in the ledger already.
    """

    revision: int
    what_if: list[ScenarioEffect]
    pareto_k: float | None = None
    advice: str | None = None
    reason: str | None = None
    cautions: list[str] = Field(default_factory=list)


class EffectQuery(Query):
    """Whether it is read what a change does to forecasts."""

    what_if: Annotated[
        Literal["yes", "no"],
        Field(
            description="Whether the answer tells what this does to forecasts. Not to "
            "read that is several times as fast."
        ),
    ] = "yes"


def writing(
    call: Call[Any, Any],
    case: str,
    changes: Callable[[Casebook | None], Sequence[Change]],
    answered: type[ChangeEffect] = ChangeEffect,
    fields: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Writing:
    """Write changes, and answer what they do to forecasts.

    Parameters
    ----------
    call : Call
        Whose query says why, and whether it is told what they do.
    case : str
        Its id.
    changes : callable
        Makes them of the casebook as it is; called again when they are written.
    answered : type
        Of the answer.
    fields : mapping, optional
        What it says beside their effect.
    status : int
        Of the answer.
    headers : mapping, optional
        Of the answer, beside its entity tag.

    Raises
    ------
    ChangeError
        If they do not lead to a casebook.
    """
    effect = ChangeEffect(revision=0, what_if=[], reason="not asked for")
    cautions: list[str] = []

    def look() -> None:
        nonlocal effect
        effect = _effect_of(call, case, changes)

    def noted(casebook: Casebook | None) -> Sequence[Change]:
        made = changes(casebook)
        cautions[:] = _cautions(casebook, made)
        return made

    def answer(revision: int) -> Reply:
        said = {**dict(effect), **(fields or {}), "revision": revision}
        said["cautions"] = cautions
        return Reply(answered(**said), status, headers or {}, etag=str(revision))

    asked = call.query.what_if == "yes"
    return Writing(case, noted, answer, call.query.because, look if asked else None)


def _cautions(casebook: Casebook | None, changes: Sequence[Change]) -> list[str]:
    """Say what is seldom meant in the items that changes write."""
    if not changes:
        return []
    after = changed(casebook, changes)
    among = {change.place for change in changes if change.body is not None}
    return [str(caution) for caution in review(after, among=among)]


def _effect_of(
    call: Call[EffectQuery, Any],
    case: str,
    changes: Callable[[Casebook], Sequence[Change]],
) -> ChangeEffect:
    """Read what changes would do, before they are made."""
    current = call.forecasts.current(case)
    made = changes(current.casebook)
    if not made:
        return ChangeEffect(revision=current.head.revision, what_if=[])
    try:
        read = call.forecasts.what_if(case, made)
    except UnreadableDrawsError as error:
        return ChangeEffect(
            revision=current.head.revision, what_if=[], reason=str(error)
        )
    return ChangeEffect(
        revision=current.head.revision,
        what_if=compared(current, read, only=read.touched),
        pareto_k=read.pareto_k,
        advice=advice(read.pareto_k),
        reason=_not_counted(read, made),
    )


def _not_counted(read: WhatIfReading, changes: Sequence[Change]) -> str | None:
    """Name the reports that are too late to count; None if there are none."""
    late = [
        f"{report.id} is published {report.published}, after the day of the forecast, "
        f"{read.as_of}: it does not count in it"
        for report in late_reports(changes, read.as_of)
    ]
    if len(late) > _NAMED:
        late = [*late[:_NAMED], f"and {len(late) - _NAMED} more"]
    return "; ".join(late) or None


def compared(
    current: CurrentForecast,
    read: WhatIfReading,
    scale: ScaleName = "icd203",
    only: Sequence[str] | None = None,
) -> list[ScenarioEffect]:
    """Set forecasts before and after side by side.

    Parameters
    ----------
    current : CurrentForecast
        What is forecast now.
    read : WhatIfReading
        What would be.
    scale : str
        Whose words are used.
    only : sequence of str, optional
        These scenarios alone, and with each all that are linked to it; all that are
        there after the changes unless given.

    Returns
    -------
    list of ScenarioEffect
        Of each of them that there is after, in the order of the case.
    """
    was = ForecastStanding(
        current.head.revision, read.fit, current.as_of, current.stale
    )
    would_be = was._replace(as_of=read.as_of, stale=True)
    prior = {one.id: one for one in current.prior}

    def summary(one: ScenarioSummary, standing: ForecastStanding) -> ForecastSummary:
        return forecast_summary(one, standing, scale, prior.get(one.id))

    return [
        ScenarioEffect(
            scenario=change.scenario.id,
            before=summary(change.before, was) if change.before else None,
            after=summary(change.after, would_be),
            pareto_k=read.pareto_k,
        )
        for change in forecast_changes(read, only=only)
    ]


def advice(pareto_k: float | None) -> str | None:
    """Say what to do where the draws say too little, None where they say enough."""
    return None if can_tell(pareto_k) else "wait for the refit"
