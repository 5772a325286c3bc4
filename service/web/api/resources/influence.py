"""On what forecasts rest."""

from typing import Annotated

from pydantic import Field

from deciban.model.errors import ModelError
from deciban.model.explain.influence import Influence
from deciban.model.explain.next_report import NextReport
from deciban.service.application.current_forecasts import UnreadableDrawsError
from deciban.service.application.errors import UnknownItemError
from deciban.service.application.influence import influence_of, next_report_of
from deciban.service.web.api.operation import Answer, Call, Operations, Query, Reply
from deciban.service.web.api.problems import ProblemError

__all__ = ["operations"]


class InfluenceQuery(Query):
    """Which line a single judgement is to carry a forecast across."""

    line: Annotated[
        float, Field(gt=0, lt=1, description="A probability; 50 % unless given.")
    ] = 0.5


operations = Operations("influence", "On what forecasts rest.")


@operations.add(
    "GET",
    "/cases/<case>/influence",
    {200: Answer("Each part left out, and what would turn a forecast.", Influence)},
    query=InfluenceQuery,
    errors={409: "There is no fit yet whose draws could be read."},
)
def get_influence(call: Call[InfluenceQuery, None], case: str) -> Reply:
    """Ask on what the forecasts rest.

    Each report, source, origin, argument and camp is left out in turn, with the Pareto
    k of the reading: above 0.7 only a refit can tell, which ``waits`` for a worker or
    is ``made``. ``flips`` are single judgements
    that, changed by one grade or word, carry a forecast across the line;
    ``sensitivity`` is how it answers to power scaling of priors and evidence.
    """
    return Reply(influence_of(call.services, case, [call.query.line]))


@operations.add(
    "GET",
    "/cases/<case>/scenarios/<scenario>/next",
    {200: Answer("What could be reported, the most telling first.", NextReport)},
    query=InfluenceQuery,
    errors={409: "There is no fit yet whose draws could be read, or it is settled."},
)
def get_next(call: Call[InfluenceQuery, None], case: str, scenario: str) -> Reply:
    """Ask what to look for next.

    What a strong report on the scenario, or on each argument, by a new source of grade
    B would be expected to tell, in bits, and how probably it carries the forecast
    across the line; then from which source, on the first of these.
    """
    current = call.forecasts.current(case)
    if scenario not in current.casebook.index.items["scenario"]:
        raise UnknownItemError("scenario", scenario)
    try:
        found = next_report_of(call.services, case, scenario, call.query.line)
    except UnreadableDrawsError:
        raise
    except ModelError as error:
        raise ProblemError("not-open", str(error)) from error
    return Reply(found)
