"""What each source contributes, and how often it agreed with what happened."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.effects import effects
from deciban.model.explain.explanation import Claim, SourceExplanation
from deciban.model.explain.moves import Moved
from deciban.model.likelihood.design import Design
from deciban.model.posterior.statistics import Forecasts
from deciban.model.posterior.summary import Summary

__all__ = ["explained_sources"]

# Below this a weight, in dB, points nowhere.
_NOTHING = 0.005


def explained_sources(
    moved: Mapping[str, Moved],
    laid_out: Design,
    known: Casebook,
    summary: Summary | Forecasts,
    claims: Sequence[Claim],
) -> Iterator[SourceExplanation]:
    """Take apart what the sources say, in the order of the summary."""
    speakers = {report.id: report.speaker for report in known.evidence.reports}
    found = effects(moved, laid_out, speakers, {})
    published = Counter(report.source for report in known.evidence.reports)
    first = Counter(r.speaker for r in known.evidence.reports if r.repeats is None)
    relayed = Counter(
        source for relays in known.evidence.relays().values() for source in relays
    )
    pointing = _pointing(claims)
    outcomes = {said.id: said.outcome for said in summary.scenarios}
    for said in summary.sources:
        counts = pointing.get(said.id, {})
        resolved = [
            n if outcomes[scenario] else n[::-1]
            for scenario, n in counts.items()
            if outcomes[scenario] is not None
        ]
        yield SourceExplanation(
            **said.model_dump(),
            reports=published[said.id],
            claims=first[said.id],
            relayed=relayed[said.id],
            counts=counts,
            agreed=sum(agreed for agreed, _ in resolved),
            disagreed=sum(disagreed for _, disagreed in resolved),
            effects=found.get(said.id, []),
        )


def _pointing(claims: Sequence[Claim]) -> dict[str, dict[str, tuple[int, int]]]:
    """Count the claims of each source for and against each scenario."""
    counts: dict[str, dict[str, tuple[int, int]]] = {}
    for claim in claims:
        of_source = counts.setdefault(claim.origin, {})
        for scenario in claim.scenarios():
            size = claim.on(scenario) or 0.0
            n_for, n_against = of_source.get(scenario, (0, 0))
            of_source[scenario] = (
                n_for + (size >= _NOTHING),
                n_against + (size <= -_NOTHING),
            )
    return counts
