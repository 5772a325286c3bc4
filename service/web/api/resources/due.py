"""What awaits its settlement; and that somebody looked, and nothing had happened."""

import datetime
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from deciban.evidence.items import Day
from deciban.model.casebook.states import State
from deciban.service.application.reviews import (
    NOTHING_HAPPENED,
    CaseDue,
    due_in_all,
    reviewed,
)
from deciban.service.web.api.changed_forecasts import ChangeEffect, writing
from deciban.service.web.api.items import ChangeQuery
from deciban.service.web.api.operation import (
    Answer,
    AnswerBody,
    Call,
    Operations,
    Query,
    Reply,
    RequestBody,
    Writing,
)

__all__ = ["operations"]


class DueScenario(AnswerBody):
    """A scenario that has closed and is not settled, or closes within 30 days."""

    case: str
    scenario: str
    question: str
    closes: datetime.date
    days: int = Field(description="Until its close; negative since then.")
    state: State
    probability: float | None = Field(
        description="By the newest fit; null where it knows none."
    )
    looked: datetime.date | None = Field(
        description="When somebody last looked at the case; null for never."
    )


class DueAnswer(AnswerBody):
    """What is due over all cases, what closed longest ago first."""

    today: datetime.date = Field(description="In UTC.")
    due: list[DueScenario]


class Review(RequestBody):
    """On which day somebody looked; today, in UTC, if absent."""

    on: Annotated[Day | None, Field(description="Not after today.")] = None


class ReviewWritten(ChangeEffect):
    """The day on which somebody looked, and what that does to forecasts."""

    reviewed: datetime.date


operations = Operations(
    "reviews", "What awaits its settlement, and when somebody last looked."
)


@operations.add("GET", "/due", {200: Answer("What is due.", DueAnswer)})
def list_due(call: Call[Query, None]) -> Reply:
    """List what is due over all cases.

    What has closed and is not settled, and from 30 days before its close what is open.
    """
    today = call.services.clock().date()
    due = [_told(one, today) for one in due_in_all(call.services)]
    return Reply(DueAnswer(today=today, due=due))


def _told(one: CaseDue, today: datetime.date) -> DueScenario:
    current, (scenario, state, days) = one
    said = {s.id: s.mean for s in current.summary.scenarios} if current.summary else {}
    return DueScenario(
        case=current.head.case,
        scenario=scenario.id,
        question=scenario.question,
        closes=scenario.closes,
        days=days,
        state=state,
        probability=said.get(scenario.id),
        looked=current.casebook.looked(today),
    )


@operations.add(
    "POST",
    "/cases/<case>/reviewed",
    {200: Answer("It is kept.", ReviewWritten, headers=("ETag",))},
    role="forecaster",
    query=ChangeQuery,
    body=Review,
    example={},
    is_conditional=True,
)
def review_case(call: Call[ChangeQuery, Review], case: str) -> Writing:
    """Say that somebody has looked, and that nothing has happened.

    Time without news lowers a forecast only while somebody looks. A report or an
    outcome says the same of its day by itself.
    """
    today = call.services.clock().date()
    day = call.body.on or today
    made = writing(call, case, reviewed(day, today), ReviewWritten, {"reviewed": day})
    return replace(made, because=made.because or NOTHING_HAPPENED)
