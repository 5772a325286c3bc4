"""Scenarios, and how their questions ended."""

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change
from deciban.priors import Outcome, Scenario
from deciban.service.web.api.changed_forecasts import ChangeEffect, writing
from deciban.service.web.api.items import (
    ChangeQuery,
    ItemKind,
    ReasonQuery,
    casebook_and_revision,
    declare_items,
    find,
)
from deciban.service.web.api.operation import (
    Answer,
    Call,
    Operations,
    Query,
    Reply,
    Writing,
)
from deciban.service.web.api.problems import ProblemError

__all__ = ["operations"]


class OutcomeWritten(ChangeEffect):
    """How a question ended, as it is kept now, and what that does to forecasts."""

    outcome: Outcome


_SCENARIO = ItemKind(
    "scenario",
    Scenario,
    lambda scenario: scenario.id,
    {
        "id": "munitions",
        "question": "Does North Korea ship shells to Russia by 31 December 2025?",
        "criteria": "Two governments say so",
        "opens": "2022-07-01",
        "closes": "2025-12-31",
        "prior": {"median": 0.3, "low": 0.1, "high": 0.6},
    },
)

operations = Operations(
    "scenarios",
    "Binary propositions with a window, criteria, a prior, and perhaps an outcome.",
)
declare_items(operations, _SCENARIO)


@operations.add(
    "GET",
    "/cases/<case>/scenarios/<scenario>/outcome",
    {200: Answer("How the question ended.", Outcome, headers=("ETag",))},
    errors={404: "There is no such scenario, or it has no outcome."},
)
def get_outcome(call: Call[Query, None], case: str, scenario: str) -> Reply:
    """Read how a question ended."""
    casebook, revision = casebook_and_revision(call, case)
    return Reply(_outcome(casebook, scenario), etag=str(revision))


@operations.add(
    "PUT",
    "/cases/<case>/scenarios/<scenario>/outcome",
    {200: Answer("The question is settled.", OutcomeWritten, headers=("ETag",))},
    role="forecaster",
    query=ChangeQuery,
    body=Outcome,
    example={"occurred": True, "on": "2023-10-13", "because": "A white paper"},
    is_conditional=True,
)
def resolve_scenario(
    call: Call[ChangeQuery, Outcome], case: str, scenario: str
) -> Writing:
    """Settle a question: yes, no, or annulled.

    Says on which day, and why. A known outcome teaches the reliability of sources.
    """

    def changes(casebook: Casebook | None) -> list[Change]:
        if casebook is not None:
            find(_SCENARIO, casebook, scenario)
        return [Change(kind="outcome", key=scenario, body=call.body)]

    return writing(call, case, changes, OutcomeWritten, {"outcome": call.body})


@operations.add(
    "DELETE",
    "/cases/<case>/scenarios/<scenario>/outcome",
    {200: Answer("The question is open again.", ChangeEffect, headers=("ETag",))},
    role="forecaster",
    query=ReasonQuery,
    errors={404: "There is no such scenario, or it has no outcome."},
    is_conditional=True,
)
def unresolve_scenario(
    call: Call[ReasonQuery, None], case: str, scenario: str
) -> Writing:
    """Take back how a question ended.

    With a reason. What was said of it stays in the history.
    """

    def changes(casebook: Casebook | None) -> list[Change]:
        if casebook is not None:
            _outcome(casebook, scenario)
        return [Change(kind="outcome", key=scenario)]

    return writing(call, case, changes)


def _outcome(casebook: Casebook, scenario: str) -> Outcome:
    outcome: Outcome | None = find(_SCENARIO, casebook, scenario).outcome
    if outcome is None:
        raise ProblemError("unknown-item", f"{scenario} must be settled, and is not")
    return outcome
