"""A forecast in words: the term of a verbal scale, never without its number."""

from typing import NamedTuple, get_args

from deciban.model.casebook.states import State
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
    word : str
        The term, or what stands in its place: above 99 %, say.
    term_range : tuple of float or None
        Ends of that word's band.
    sentence : str
        The number, and beside it the word with its range.
    """

    term: str | None
    word: str
    term_range: tuple[float, float] | None
    sentence: str


def estimate(
    probability: float,
    scale: ScaleName = "icd203",
    *,
    state: State = "open",
    at_close: float | None = None,
) -> Estimate:
    """Say a probability in the words of a scale, with its number.

    Parameters
    ----------
    probability : float
        That the answer to a scenario's question is yes.
    scale : str
        Name of the scale.
    state : str
        How the scenario stands.
    at_close : float, optional
        What was forecast at its close.

    Examples
    --------
    >>> estimate(0.87).sentence
    'The answer is yes with a probability of 87 %: very likely (80-95 %).'
    >>> estimate(0.997).word
    'above 99 %'
    """
    verbal = VERBAL_SCALES[scale]
    term = verbal.term(probability)
    said = f"with a probability of {percent(probability)}"
    if term:
        said += f": {term.word} ({interval((term.low, term.high))})."
    else:
        said += f": {verbal.gap(probability)}, where {SCALES[scale]} has no word."
    sentence = f"The answer is yes {said}"
    if state == "annulled":
        sentence = f"The question was annulled; its answer would be yes {said}"
    elif state.startswith("settled"):
        sentence = f"The answer is known: {state.removeprefix('settled ')}."
    elif state == "closed, not settled":
        sentence += " It has closed, and is not settled"
        if at_close is not None:
            sentence += f"; at its close the forecast was {percent(at_close)}"
        sentence += "."
    if term is None:
        return Estimate(None, verbal.gap(probability), None, sentence)
    return Estimate(term.word, term.word, (term.low, term.high), sentence)
