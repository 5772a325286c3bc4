"""What each claim has part in, and who carried it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from deciban.evidence import EvidenceFile, Report
from deciban.model.array_types import Floats
from deciban.model.explain.effects import claim_weights, effects
from deciban.model.explain.explanation import Claim
from deciban.model.explain.moves import Moved
from deciban.model.explain.weights import Bearings, WeighedDraws
from deciban.model.likelihood.design import Design

__all__ = ["explained_claims"]


def explained_claims(
    draws: WeighedDraws,
    bearings: Bearings,
    moved: Mapping[str, Moved],
    laid_out: Design,
    evidence: EvidenceFile,
    told: Mapping[str, Sequence[Report]],
) -> Iterator[Claim]:
    """Take apart what the claims say, in the order of the file."""
    own_claims = {report.id: report.id for report in evidence.reports}
    found = effects(moved, laid_out, own_claims, claim_weights(draws, bearings))
    reliability = dict(zip(laid_out.sources, draws.reliability.T, strict=False))
    for report in evidence.reports:
        if report.id in found:
            yield Claim(
                report=report.id,
                origin=report.speaker,
                effects=found[report.id],
                carried=_carried(report.speaker, told[report.id], reliability),
            )


def _carried(
    speaker: str, told: Sequence[Report], reliability: Mapping[str, Floats]
) -> dict[str, float]:
    r"""Share of a claim that each report carried: what was heard by then, and not yet.

    Heard through relays :math:`i` is :math:`\tanh \sum_i \operatorname{artanh} \rho_i`;
    the speaker's own word is all there is to hear.
    """
    if len(told) < 2:
        return {}
    heard = [np.zeros(len(reliability[speaker]))]
    voices: dict[str, Floats] = {}
    for report in told:
        if report.speaker != speaker:  # a copy, which adds nothing
            heard.append(heard[-1])
            continue
        voices[report.source] = np.arctanh(reliability[report.source])
        relayed = np.tanh(np.sum([*voices.values()], axis=0))
        heard.append(np.ones_like(relayed) if speaker in voices else relayed)
    shares = np.diff(heard, axis=0) / heard[-1]
    return {
        report.id: round(float(share.mean()), 4) + 0.0
        for report, share in zip(told, shares, strict=True)
    }
