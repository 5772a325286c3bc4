"""What a grade, a digit and a word are worth before any report: the default numbers.

Every one is a judgement with a reason, not a measurement. Grades are probabilities that
what a source publishes is genuine; their means follow the wording and the published
numbers (MISP's admiralty taxonomy, STIX 2.1 appendix A) and never reach 0 or 1. ``F``
is missing knowledge, hence wide around one half. Words of strength follow Jeffreys'
half-bans, which fit human reports; the forensic scale is far too strong for them.

A case may replace any of the numbers in the ``scales`` of its priors file.
"""

import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from deciban.evidence.items import Identifier, Item, Pull, Reliability, Strength
from deciban.priors.logit_normal import LogitNormal
from deciban.priors.prior import QuantilePrior

__all__ = [
    "LINK_SD_NATS",
    "LINK_SD_SHARE",
    "PULL",
    "Decibans",
    "Digit",
    "LogOdds",
    "Scales",
]

type Digit = Literal[1, 2, 3, 4, 5]  # of credibility: 6 is worth no number
type _Spread = Annotated[float, Field(ge=0, le=10)]

# Uncertainty of a link: in nats where it is written as a probability, and as a share of
# its size where it is written as a word.
LINK_SD_NATS = 0.5
LINK_SD_SHARE = 0.2

# How far an interest bends the coin that a source's own line is drawn by.
PULL: dict[Pull, float] = {
    "slight": 0.3,
    "clear": 0.6,
    "total": 0.9,
}


class LogOdds(Item):
    """A probability that is normal on the log-odds; location and sd in nats."""

    location: Annotated[float, Field(ge=-30, le=30)]
    sd: _Spread


class Decibans(Item):
    """A log-normal strength: its median in decibans, and the sd of its logarithm."""

    decibans: Annotated[float, Field(gt=0, le=100)]
    log_sd: _Spread = 0.2


RELIABILITY: dict[Reliability, LogOdds] = {
    "A": LogOdds(location=3.223, sd=0.75),
    "B": LogOdds(location=1.523, sd=0.65),
    "C": LogOdds(location=0.439, sd=0.55),
    "D": LogOdds(location=-0.937, sd=0.65),
    "E": LogOdds(location=-2.439, sd=0.75),
    "F": LogOdds(location=0.0, sd=1.5),
}
CREDIBILITY: dict[Digit, LogOdds] = {
    1: LogOdds(location=2.439, sd=0.8),
    2: LogOdds(location=0.937, sd=0.7),
    3: LogOdds(location=0.0, sd=0.6),
    4: LogOdds(location=-0.937, sd=0.7),
    5: LogOdds(location=-2.439, sd=0.8),
}
STRENGTH: dict[Strength, Decibans] = {
    "negligible": Decibans(decibans=1),
    "weak": Decibans(decibans=3),
    "moderate": Decibans(decibans=7),
    "strong": Decibans(decibans=12),
    "very strong": Decibans(decibans=17),
    "decisive": Decibans(decibans=22),
}
# Quantiles of 5 % and 95 %: an sd of .5 on the log-odds.
OVERLAP = QuantilePrior(median=0.3, low=0.1585, high=0.4938)
OVERLAP_WITHIN = QuantilePrior(median=0.75, low=0.5687, high=0.8723)

# On the log-odds, beyond which an overlap is 0 or 1 but for rounding.
_ALL_OR_NOTHING = 40.0


def _kind_of_overlap(written: Any) -> str:
    return "number" if isinstance(written, int | float) else "quantiles"


type Overlap = Annotated[
    Annotated[float, Field(ge=0, le=1), Tag("number")]
    | Annotated[QuantilePrior, Tag("quantiles")],
    Discriminator(_kind_of_overlap),
]


def _digits(written: Any) -> Any:
    """Read digits written as text, for JSON has no other keys."""
    if not isinstance(written, dict):
        return written
    return {int(k) if str(k).isdecimal() else k: v for k, v in written.items()}


class Scales(Item):
    """A case's numbers: those it writes, and the defaults for the rest.

    Attributes
    ----------
    reliability : dict of LogOdds, by letter
        Probability that what such a source publishes is genuine.
    credibility : dict of LogOdds, by digit
        The same of such a claim; digit 6 has none, it leaves the source to judge by.
    strength : dict of Decibans, by word
        How diagnostic a claim is if it is genuine.
    calibration_log_sd : float
        Sd of the logarithm of the factor, with median 1, that multiplies every word's
        strength in a case: whoever weighs tends to weigh all too heavily or too
        lightly.
    grade_shift_sd : float
        Sd, in nats, of how far a letter is worth more or less than its scale says: a
        shift of all its sources. F has none, nor a letter whose own sd is 0.
    overlap, overlap_in_camp, overlap_in_account : float or quantiles
        How far evidence shares its errors: what bears on one target, sources of one
        camp, claims of one source.
    sources : dict of LogOdds, by id
        What is believed of sources that are known better than by their letter. A case
        need not have them all.
    """

    reliability: Annotated[
        dict[Reliability, LogOdds], AfterValidator(lambda own: RELIABILITY | own)
    ] = RELIABILITY
    credibility: Annotated[
        dict[Digit, LogOdds],
        BeforeValidator(_digits),
        AfterValidator(lambda own: CREDIBILITY | own),
    ] = CREDIBILITY
    strength: Annotated[
        dict[Strength, Decibans], AfterValidator(lambda own: STRENGTH | own)
    ] = STRENGTH
    calibration_log_sd: _Spread = 0.3
    grade_shift_sd: _Spread = 0.3
    overlap: Overlap = OVERLAP
    overlap_in_camp: Overlap = OVERLAP_WITHIN
    overlap_in_account: Overlap = OVERLAP_WITHIN
    # Left out where it is empty, so that a casebook without it keeps its digest.
    sources: dict[Identifier, LogOdds] = Field(
        default={}, exclude_if=lambda own: not own
    )

    def source(self, name: str, grade: Reliability) -> LogOdds:
        """What is believed of a source, but for the shift of its letter."""
        return self.sources.get(name, self.reliability[grade])

    def shift_sd_of(self, name: str, grade: Reliability) -> float:
        """Sd of the shift of a source: its letter's, or none of numbers of its own."""
        return 0.0 if name in self.sources else self.shift_sd(grade)

    def shift_sd(self, grade: Reliability) -> float:
        """Sd of the shift of a grade's sources, in nats."""
        fixed = grade == "F" or self.reliability[grade].sd == 0
        return 0.0 if fixed else self.grade_shift_sd

    def overlaps(self) -> dict[str, LogitNormal]:
        """Overlaps as distributions: across a target, within a camp, an account."""
        return {
            "across": _distribution(self.overlap),
            "in camp": _distribution(self.overlap_in_camp),
            "in account": _distribution(self.overlap_in_account),
        }

    def departures(self) -> dict[str, Any]:
        """Keep what departs from the defaults, as the priors file writes it."""
        default = Scales()
        own: dict[str, Any] = {
            name: {
                key: number.model_dump()
                for key, number in getattr(self, name).items()
                if number != getattr(default, name)[key]
            }
            for name in ("reliability", "credibility", "strength")
        }
        own = {name: numbers for name, numbers in own.items() if numbers}
        for name in (
            "calibration_log_sd",
            "grade_shift_sd",
            "overlap",
            "overlap_in_camp",
            "overlap_in_account",
        ):
            number = getattr(self, name)
            if number != getattr(default, name):
                own[name] = (
                    number.model_dump(exclude_none=True)
                    if isinstance(number, QuantilePrior)
                    else number
                )
        if self.sources:
            own["sources"] = {k: one.model_dump() for k, one in self.sources.items()}
        return own


def _distribution(overlap: Overlap) -> LogitNormal:
    if isinstance(overlap, QuantilePrior):
        return overlap.distribution()
    if overlap in (0, 1):
        return LogitNormal(_ALL_OR_NOTHING if overlap else -_ALL_OR_NOTHING, 0.0)
    return LogitNormal(math.log(overlap / (1 - overlap)), 0.0)
