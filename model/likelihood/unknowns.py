r"""What :math:`z` stands for: each place by its location and scale, and its meaning."""

from typing import Any, NamedTuple

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.likelihood.arithmetic import MOST_NATS, NUMPY, Arithmetic
from deciban.model.likelihood.arrays import Arrays
from deciban.model.likelihood.layout import Layout

__all__ = [
    "ACROSS",
    "IN_ACCOUNT",
    "IN_CAMP",
    "Unknowns",
    "strengths",
    "unknowns",
]

# Places among the overlaps: see ``layout.OVERLAPS``.
ACROSS, IN_CAMP, IN_ACCOUNT = range(3)


class Unknowns(NamedTuple):
    r"""What :math:`z` stands for; each indexed on its first axis.

    Attributes
    ----------
    prior : [scenario]
        :math:`\operatorname{logit} \theta`.
    reliability : [source]
        :math:`\operatorname{logit} \rho`, with the shift of its grade.
    link : [link]
        :math:`\beta`, nats.
    credibility : [digit]
        :math:`\operatorname{logit} \kappa`.
    strength : [word]
        :math:`\log \lambda`, of decibans.
    calibration : [1]
        :math:`\log c`.
    overlap : [across, in camp, in account]
        :math:`\operatorname{logit} o`.
    grade : [grade]
        Shift of all sources of a grade, nats.
    interest : [learned interest]
        :math:`2 \operatorname{artanh} s`.
    noticed : [unknown probability of being noticed]
        :math:`\operatorname{logit} d`.
    none : [set of rivals that may all fail]
        :math:`\operatorname{logit} \theta` of none of them.
    power : [across, in camp, in account]
        :math:`p = 1 / (1 - o)`.
    """

    prior: Any
    reliability: Any
    link: Any
    credibility: Any
    strength: Any
    calibration: Any
    overlap: Any
    grade: Any
    interest: Any
    noticed: Any
    none: Any
    power: Any


def unknowns(z: Any, arrays: Arrays, ops: Arithmetic = NUMPY) -> Unknowns:
    """Read z, shape (unknown,), or in NumPy (unknown, draw)."""
    xp = ops.xp
    x = ops.column(arrays.location) + ops.column(arrays.scale) * z
    layout = Layout(*(int(n) for n in arrays.size[: len(Layout._fields)]))
    part = {kind: x[place] for kind, place in layout.places().items()}
    source = arrays.source
    return Unknowns(
        prior=part["scenario"],
        reliability=part["source"]
        + ops.column(source.shifted) * part["grade"][source.grade],
        link=part["link"],
        credibility=part["digit"],
        strength=part["word"],
        calibration=part["calibration"],
        overlap=part["overlap"],
        grade=part["grade"],
        interest=part["interest"],
        noticed=part["noticed"],
        none=part["none"],
        power=1 + xp.exp(part["overlap"]),
    )


def strengths(x: Unknowns, arrays: Arrays, ops: Arithmetic = NUMPY) -> Any:
    r"""Strengths :math:`|l|` in nats [word; stated]: of words in this case, as stated.

    A word has :math:`c \lambda_w`.
    """
    xp = ops.xp
    words = xp.exp(x.calibration + x.strength) / DECIBANS_PER_NAT
    stated = ops.column(arrays.stated) + 0 * x.calibration
    return xp.minimum(xp.concatenate([words, stated]), MOST_NATS)
