"""The page of a scenario: its forecast, how it came to be, and how it ended."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from deciban.evidence import Report
from deciban.model.casebook.changes import written_change
from deciban.model.explain.explanation import (
    ArgumentExplanation,
    Claim,
    Effect,
    OriginPart,
    Reasoned,
    Step,
    StepOrder,
)
from deciban.model.plots.evidence_drawings import draw_ladder, step_title
from deciban.model.posterior.wording import decibans, interval, percent
from deciban.priors import (
    VERBAL_SCALES,
    Argument,
    BetaPrior,
    Indicator,
    Link,
    MeanPrior,
    QuantilePrior,
    Scenario,
    WordsPrior,
)
from deciban.service.application.case_view import CaseView
from deciban.service.application.scores import last_ladder, said_last
from deciban.service.application.verbal_probability import SCALES
from deciban.service.web.access import requires
from deciban.service.web.pages import plots
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.case import row_of
from deciban.service.web.pages.parameters import asked_scale, chosen
from deciban.service.web.pages.posting import Refusal, post
from deciban.service.web.shared import services

__all__ = ["Established", "OpenStep", "Part", "Sign", "Telling"]


_STEP_ORDERS: tuple[StepOrder, ...] = ("size", "date")


class Telling(NamedTuple):
    """A report that told a claim, and which share of the claim it carried."""

    report: Report
    share: float | None


class Part(NamedTuple):
    """What one origin has part in a step: its claims, each with all who told it."""

    origin: str
    here: float
    claims: list[tuple[Claim, Effect, list[Telling]]]


@dataclass(frozen=True)
class OpenStep:
    """A step from prior to forecast, and what it is made of.

    Attributes
    ----------
    step : Step
    title : str
        The claim, the statement of the argument, or what else it is.
    parts : list of Part
        By origin, the largest first.
    """

    step: Step
    title: str
    parts: list[Part]


class Established(NamedTuple):
    """An argument on a scenario: what it says, and how far it is established."""

    argument: Argument
    explained: ArgumentExplanation
    weighs: Reasoned


@bp.get("/cases/<case>/scenarios/<scenario>")
@requires("viewer")
def scenario(case: str, scenario: str) -> ResponseReturnValue:
    """Show a scenario's forecast, and take it apart."""
    return _shown(case, scenario)


@bp.post("/cases/<case>/scenarios/<scenario>/outcome")
@requires("forecaster")
def resolve(case: str, scenario: str) -> ResponseReturnValue:
    """Resolve a scenario, or take its outcome back."""
    services().views.view(case).scenario(scenario)
    given = request.form
    because = given.get("because", "").strip()
    body: dict[str, object] | None = None
    if given.get("answer") != "open":
        body = {"on": given.get("on", ""), "because": because}
        if given.get("known"):
            body["known"] = given["known"]
        if given.get("answer") == "annulled":
            body["annulled"] = True
        elif given.get("answer") in ("yes", "no"):
            body["occurred"] = given["answer"] == "yes"
    refused = post(case, [written_change("outcome", scenario, body)], because)
    if refused:
        return _shown(case, scenario, refused), refused.status
    there = url_for("pages.scenario", case=case, scenario=scenario)
    return redirect(f"{there}#outcome", 303)


def _shown(case: str, scenario_id: str, refused: Refusal | None = None) -> str:
    known, scale = services().views.view(case), asked_scale()
    written = known.scenario(scenario_id)
    order = chosen("steps", _STEP_ORDERS)
    ladder = last_ladder(services(), known.case.id, written.id)
    return page(
        "scenario.html",
        case=known.case,
        known=known,
        row=row_of(known, written, scale),
        scale=scale,
        scales=SCALES,
        order=order,
        density=plots.density(known, written.id, scale),
        rivals=plots.rivals_of(known, written.id),
        rival=_rival_that_occurred(known, written.id),
        timeline=plots.history(known, written.id),
        when=plots.by_when(known, written.id),
        fall=plots.steps(known, written.id, order),
        ladder=ladder,
        ladder_drawn=ladder and draw_ladder(ladder.explained, known.casebook),
        steps=list(_steps(known, written, order)),
        arguments=list(_arguments(known, written)),
        questions={s.id: s.question for s in known.casebook.priors.scenarios},
        contributions=_contributions(known, written),
        signs=_signs(known, written),
        links=[
            link
            for link in known.casebook.priors.links
            if written.id in (link.if_, link.then)
        ],
        names=known.source_names,
        claims=known.claims_by_report,
        prior_written=_prior(written),
        link_effect=_effect,
        refused=refused,
        said_last=said_last(services(), known.case.id, written.id),
        today=services().clock().date(),
        given={"on": _day_to_settle(written), **request.form},
    )


def _rival_that_occurred(known: CaseView, scenario: str) -> Scenario | None:
    """Find the rival whose outcome settles a scenario as no."""
    rivals = known.casebook.index.rivals_of.get(scenario)
    others = (known.scenario(name) for name in rivals.scenarios) if rivals else ()
    return next(
        (s for s in others if s.id != scenario and s.outcome and s.outcome.occurred),
        None,
    )


def _day_to_settle(scenario: Scenario) -> str:
    """Propose the day on which its outcome was settled: its last at most."""
    today = services().clock().date()
    return max(scenario.opens, min(today, scenario.closes)).isoformat()


def _steps(known: CaseView, scenario: Scenario, order: StepOrder) -> Iterator[OpenStep]:
    explained = known.explanation_of(scenario.id)
    if explained is None or known.explanation is None:
        return
    tellings = known.casebook.evidence.tellings()
    for step in explained.ordered(order):
        parts = known.explanation.opened(scenario.id, step)
        title = step_title(known.casebook, step)
        yield OpenStep(step, title, [_part(part, tellings) for part in parts])


def _part(part: OriginPart, tellings: dict[str, list[Report]]) -> Part:
    return Part(
        part.origin,
        part.here,
        [
            (
                claim,
                effect,
                [
                    Telling(report, claim.carried.get(report.id))
                    for report in tellings.get(claim.report, [])
                ],
            )
            for claim, effect in part.claims
        ],
    )


def _arguments(known: CaseView, scenario: Scenario) -> Iterator[Established]:
    if known.explanation is None:
        return
    written = {argument.id: argument for argument in known.casebook.priors.arguments}
    explained = [
        argument
        for argument in known.explanation.arguments
        if scenario.id in argument.on and argument.id in written
    ]
    for argument in sorted(explained, key=lambda a: -abs(a.on[scenario.id].here)):
        yield Established(written[argument.id], argument, argument.on[scenario.id])


def _contributions(known: CaseView, scenario: Scenario) -> list[tuple[str, float]]:
    """What each source moves a scenario, in dB, the largest first."""
    if known.explanation is None:
        return []
    added = [
        (source.id, part)
        for source in known.explanation.sources
        if (part := source.on(scenario.id)) is not None
    ]
    return sorted(added, key=lambda entry: -abs(entry[1]))


class Sign(NamedTuple):
    """An indicator of a scenario, the report that says it was seen, or how it is."""

    indicator: Indicator
    report: str | None
    told: str


def _signs(known: CaseView, scenario: Scenario) -> list[Sign]:
    """What is to be seen by a day, and whether it was."""
    day, looked = known.current.as_of, known.looked
    seen = {
        report.indicator: report.id
        for report in known.casebook.evidence.reports
        if report.published <= day
    }
    found = []
    for one in known.casebook.priors.indicators:
        if one.bears_on.scenario == scenario.id:
            is_missing = looked is not None and one.due <= looked
            weight = math.log10(1 - one.bears_on.if_true)
            weight -= math.log10(1 - one.bears_on.if_false)
            told = f"not seen: {decibans(10 * weight)} dB" if is_missing else "open"
            found.append(Sign(one, seen.get(one.id), told))
    return found


def _prior(scenario: Scenario) -> str:
    """Say a prior as it was written."""
    match scenario.prior:
        case QuantilePrior(median=median, low=low, high=high):
            return f"{percent(median)}, {interval((low, high))} (90 %)"
        case BetaPrior(beta=(a, b)):
            return f"Beta({a:g}, {b:g})"
        case MeanPrior(mean=mean, sd=sd):
            return f"mean {percent(mean)}, standard deviation {100 * sd:.3g} points"
        case WordsPrior(words=words, scale=scale):
            term = VERBAL_SCALES[scale].find(words)
            return f"{words}, {interval((term.low, term.high))} ({SCALES[scale]})"


def _effect(link: Link) -> str:
    """Say what a link does to the scenario that it leads to."""
    if link.probability is not None:
        return f"puts at {percent(link.probability)}"
    return f"{link.direction} ({link.strength})"
