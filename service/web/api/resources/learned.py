"""What settled cases have taught, and how another takes it over."""

from typing import Annotated

from pydantic import Field

from deciban.evidence.items import Identifier
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change
from deciban.model.learning import Learned
from deciban.priors import CaseHeader
from deciban.service.application.learned import (
    LearnedState,
    learned_now,
    taking_over,
)
from deciban.service.web.api.changed_forecasts import writing
from deciban.service.web.api.items import ReasonQuery
from deciban.service.web.api.operation import (
    Answer,
    AnswerBody,
    Call,
    Operations,
    Query,
    Reply,
    Writing,
)
from deciban.service.web.api.problems import ProblemError
from deciban.service.web.api.resources.cases import CaseWritten

__all__ = ["operations"]


class LearnedAnswer(AnswerBody):
    """What has been learned of what is settled now."""

    state: LearnedState
    learned: Learned | None
    why: str | None


class LearnedQuery(Query):
    """Of which cases."""

    but: (
        Annotated[
            Identifier,
            Field(
                description="A case whose own outcomes are left out, as when it takes "
                "over what the others have taught."
            ),
        ]
        | None
    ) = None


operations = Operations("learned", "What settled cases have taught.")


@operations.add(
    "GET",
    "/learned",
    {200: Answer("What has been learned, or why nothing yet.", LearnedAnswer)},
    query=LearnedQuery,
    errors={404: "There is no such case."},
)
def get_learned(call: Call[LearnedQuery, None]) -> Reply:
    """Read what grades, words, overlaps and sources have been worth.

    In all cases together, as far as they are settled. Where something was settled since
    it was last asked for, a worker learns it, and `state` is `learning` meanwhile.
    """
    now = learned_now(call.services, call.query.but)
    return Reply(LearnedAnswer(state=now.state, learned=now.learned, why=now.why))


@operations.add(
    "POST",
    "/cases/<case>/learned:apply",
    {200: Answer("The case has other scales.", CaseWritten, headers=("ETag",))},
    role="admin",
    query=ReasonQuery,
    errors={409: "It is not known yet what the other cases have taught."},
    is_conditional=True,
)
def apply_learned(call: Call[ReasonQuery, None], case: str) -> Writing:
    """Take over what the other cases have taught.

    A change of the case's scales. What it has settled itself is left out: that counts
    in its own fit already.
    """
    now = learned_now(call.services, case)
    if now.learned is None or not now.learned.checks.ok:
        raise ProblemError("not-learned", now.why or "the draws failed their checks")
    learned = now.learned
    header: list[CaseHeader] = []

    def changes(casebook: Casebook | None) -> list[Change]:
        assert casebook is not None  # it was there when it was asked
        change = taking_over(casebook, learned)
        assert isinstance(change.body, CaseHeader)
        header[:] = [change.body]
        return [change]

    current = call.forecasts.current(case).casebook
    fields = {"header": changes(current) and header[0]}
    return writing(call, case, changes, CaseWritten, fields)
