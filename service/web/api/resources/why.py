"""Why forecasts moved, between two days, revisions or fits."""

from typing import Annotated

from pydantic import Field

from deciban.evidence.items import Day
from deciban.model.explain.why import WhyMoved
from deciban.service.application.why import Point, why
from deciban.service.web.api.operation import Answer, Call, Operations, Query, Reply
from deciban.service.web.api.paging import DIGITS

__all__ = ["operations"]

type Number = Annotated[int | None, Field(ge=1, le=2**31 - 1), DIGITS]


class WhyQuery(Query):
    """Two ends of a change, each a day, a revision or a fit.

    Of a day: the case as it is now, with what was known then. Of a revision: the case
    as it was. The end is the current fit, and the start a week before it, unless given.
    """

    from_day: Day | None = None
    from_revision: Number = None
    from_fit: Number = None
    to_day: Day | None = None
    to_revision: Number = None
    to_fit: Number = None


operations = Operations("why", "Why forecasts moved.")


@operations.add(
    "GET",
    "/cases/<case>/why",
    {200: Answer("What has part in each change, in decibans.", WhyMoved)},
    query=WhyQuery,
    errors={409: "There is no fit yet whose draws could be read."},
)
def get_why(call: Call[WhyQuery, None], case: str) -> Reply:
    """Ask why forecasts moved.

    The parts add up to each change, whatever the order: reports that came, were taken
    out or changed, grades, priors, links, outcomes, the clock with signs that were
    not seen, rules of another version that made the first fit, sampling noise.
    """
    asked = call.query
    start = Point(asked.from_day, asked.from_revision, asked.from_fit)
    end = Point(asked.to_day, asked.to_revision, asked.to_fit)
    return Reply(why(call.services, case, start, end))
