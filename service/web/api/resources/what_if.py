"""What-if: any changes, read from the draws of the current fit; nothing is stored."""

from typing import Annotated

from pydantic import Field

from deciban.evidence.items import Day, Identifier, Known
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, ChangeError, changed
from deciban.model.casebook.messages import BrokenRule
from deciban.model.casebook.without import changes_without
from deciban.priors import ScaleName
from deciban.service.web.api.changed_forecasts import ScenarioEffect, advice, compared
from deciban.service.web.api.operation import (
    Answer,
    AnswerBody,
    Call,
    Operations,
    Query,
    Reply,
    RequestBody,
)
from deciban.service.web.api.problems import ProblemError, broken_body, change_faults

__all__ = ["operations"]

type Ids = Annotated[list[Identifier], Field(max_length=500)]


class AskedWhatIf(RequestBody):
    """What would be different.

    ``changes`` first; then what of the reports is switched off: some of them, all that
    some sources published, or all that some sources said first. A repeat of what is
    switched off takes its place.
    """

    changes: Annotated[list[Change], Field(max_length=500)] = Field([])
    without_reports: Ids = Field([])
    without_sources: Ids = Field([])
    without_origins: Ids = Field([])
    as_of: Day | None = None
    scale: ScaleName = "icd203"


class WhatIfAnswer(AnswerBody):
    """Forecasts before and after, of every scenario.

    ``touched`` are those that the changes bear on, links included; the others move only
    through what all share. ``advice`` is there where the draws say too little.
    """

    revision: int
    fit: int
    touched: list[str]
    scenarios: list[ScenarioEffect]
    pareto_k: float | None
    advice: str | None


operations = Operations("what-if", "What changes would do; nothing is stored.")


@operations.add(
    "POST",
    "/cases/<case>/what-if",
    {200: Answer("Forecasts before and after.", WhatIfAnswer)},
    body=AskedWhatIf,
    errors={409: "There is no fit yet whose draws could be read."},
    example={"without_sources": ["kcna"]},
)
def ask_what_if(call: Call[Query, AskedWhatIf], case: str) -> Reply:
    """Ask what changes would do.

    The draws of the current fit are weighed anew; ``pareto_k`` says how far they reach:
    above 0.7 wait for the refit.
    """
    asked, current = call.body, call.forecasts.current(case)
    try:
        changes = [*asked.changes, *_switched_off(current.casebook, asked)]
        read = call.forecasts.what_if(case, changes, asked.as_of)
    except ChangeError as error:
        faults = change_faults(error, ("changes",))
        raise ProblemError("invalid-body", str(error), faults) from error
    return Reply(
        WhatIfAnswer(
            revision=current.head.revision,
            fit=read.fit.id,
            touched=read.touched,
            scenarios=compared(current, read, asked.scale),
            pareto_k=read.pareto_k,
            advice=advice(read.pareto_k),
        )
    )


def _switched_off(casebook: Casebook, asked: AskedWhatIf) -> list[Change]:
    """Make the changes that switch off what is asked, after the changes asked for.

    Raises
    ------
    ChangeError
        If those do not lead to a casebook.
    ProblemError
        If there is nothing of such an id in it.
    """
    if not (asked.without_reports or asked.without_sources or asked.without_origins):
        return []
    after = changed(casebook, asked.changes)
    sources = Known.ids(after.evidence.sources)
    known = {
        "without_reports": Known.ids(after.evidence.reports),
        "without_sources": sources,
        "without_origins": sources,
    }
    broken = [
        BrokenRule(
            (name, i),
            f"must be one of the {name.rpartition('_')[2]}{ids.meant(key)}",
            key,
        )
        for name, ids in known.items()
        for i, key in enumerate(getattr(asked, name))
        if key not in ids
    ]
    if broken:
        raise broken_body(broken)
    return changes_without(
        after,
        reports=asked.without_reports,
        sources=asked.without_sources,
        origins=asked.without_origins,
    )
