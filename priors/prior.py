"""A prior as a person writes it: quantiles, a Beta, mean and sd, or words."""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Annotated, Any

from pydantic import BaseModel, Discriminator, Field, Tag

from deciban.evidence.items import RuledItem, Text
from deciban.priors.logit_normal import LogitNormal
from deciban.priors.words import VERBAL_SCALES, ScaleName

__all__ = [
    "BetaPrior",
    "MeanPrior",
    "Prior",
    "Probability",
    "QuantilePrior",
    "WordsPrior",
]

type Probability = Annotated[float, Field(gt=0, lt=1)]


class _Distributed(RuledItem):
    """A prior, whose numbers or words must have a distribution."""

    def distribution(self) -> LogitNormal:
        """Return the prior as a distribution."""
        raise NotImplementedError

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        needed = cls.model_fields.keys() - {"because"}
        if needed & bad:
            return
        try:
            cls.model_construct(
                **{name: written[name] for name in needed & written.keys()}
            ).distribution()
        except ValueError as error:
            yield str(error)


class QuantilePrior(_Distributed):
    """A median with the 5 % and 95 % quantiles around it."""

    median: Probability
    low: Probability
    high: Probability
    because: Text | None = None

    def distribution(self) -> LogitNormal:
        """Return the prior as a distribution."""
        return LogitNormal.from_quantiles(self.median, self.low, self.high)


class BetaPrior(_Distributed):
    """The two parameters of a Beta distribution, whose mean and sd are kept."""

    beta: Annotated[
        tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]],
        Field(strict=False),
    ]
    because: Text | None = None

    def distribution(self) -> LogitNormal:
        """Return the prior as a distribution."""
        return LogitNormal.from_beta(*self.beta)


class MeanPrior(_Distributed):
    """The mean and the standard deviation of the probability."""

    mean: Probability
    sd: Annotated[float, Field(gt=0)]
    because: Text | None = None

    def distribution(self) -> LogitNormal:
        """Return the prior as a distribution."""
        return LogitNormal.from_mean_sd(self.mean, self.sd)


class WordsPrior(_Distributed):
    """A term of a verbal scale: its band's ends are the 5 % and 95 % quantiles."""

    words: str
    scale: ScaleName = "icd203"
    because: Text | None = None

    def distribution(self) -> LogitNormal:
        """Return the prior as a distribution."""
        return VERBAL_SCALES[self.scale].find(self.words).prior()


def _kind_of_prior(written: Any) -> str:
    if isinstance(written, BaseModel):
        written = written.model_dump()
    keys: Iterable[Any] = written if isinstance(written, Mapping) else ()
    return next((key for key in ("beta", "mean", "words") if key in keys), "median")


type Prior = Annotated[
    Annotated[QuantilePrior, Tag("median")]
    | Annotated[BetaPrior, Tag("beta")]
    | Annotated[MeanPrior, Tag("mean")]
    | Annotated[WordsPrior, Tag("words")],
    Discriminator(_kind_of_prior),
]
