"""A forecast in words: the term of a verbal scale, never without its number."""

from typing import NamedTuple, get_args

from deciban.model.posterior.wording import interval, percent
from deciban.priors import VERBAL_SCALES, ScaleName

__all__ = ["SCALES", "Estimate", "estimate"]

# Names as in a sentence; the titles of the scales themselves are longer.
SCALES: dict[ScaleName, str] = {
    "icd203": "ICD 203",
    "phia": "PHIA",
    "kent": "Kent",
    "ipcc": "IPCC",
}
assert set(SCALES) == set(VERBAL_SCALES) == set(get_args(ScaleName.__value__))


class Estimate(NamedTuple):
    """A probability in words.

    Attributes
    ----------
    term : str or None
        None where the scale has no word for it.
    term_range : tuple of float or None
        Ends of that word's band.
    sentence : str
        The number, and beside it the word with its range.
    """

    term: str | None
    term_range: tuple[float, float] | None
    sentence: str


def estimate(
    probability: float,
    scale: ScaleName = "icd203",
    *,
    outcome: bool | None = None,
    annulled: bool = False,
) -> Estimate:
    """Say a probability in the words of a scale, with its number.

    Parameters
    ----------
    probability : float
        That the answer to a scenario's question is yes.
    scale : str
        Name of the scale.
    outcome : bool or None
        The answer, where it is known.
    annulled : bool
        Whether the question was annulled.

    Examples
    --------
    >>> estimate(0.87).sentence
    'The answer is yes with a probability of 87 %: very likely (80-95 %).'
    >>> estimate(0.22, "phia").sentence
    'The answer is yes with a probability of 22 %; PHIA has no word for it.'
    """
    verbal = VERBAL_SCALES[scale]
    term = verbal.term(probability)
    said = f"with a probability of {percent(probability)}"
    if term:
        said += f": {term.word} ({interval((term.low, term.high))})."
    else:
        said += f"; {SCALES[scale]} has no word for it."
    sentence = f"The answer is yes {said}"
    if annulled:
        sentence = f"The question was annulled; its answer would be yes {said}"
    elif outcome is not None:
        sentence = f"The answer is known: {'yes' if outcome else 'no'}."
    if term is None:
        return Estimate(None, None, sentence)
    return Estimate(term.word, (term.low, term.high), sentence)
