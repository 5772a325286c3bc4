"""On what forecasts rest."""

from typing import Annotated

from pydantic import Field

from deciban.model.explain.influence import Influence
from deciban.service.application.influence import influence_of
from deciban.service.web.api.operation import Answer, Call, Operations, Query, Reply

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
    k of the reading: above 0.7 only a refit can tell. ``flips`` are single judgements
    that, changed by one grade or word, carry a forecast across the line;
    ``sensitivity`` is how it answers to power scaling of priors and evidence.
    """
    return Reply(influence_of(call.services, case, [call.query.line]))
