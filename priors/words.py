"""Verbal probability scales: words of estimative probability, with their numbers.

Readers take a word alone for very different numbers: only 43 % of 428 readers placed
"unlikely" inside its band of 20 to 45 %, but 71 % of 410 did when the range was printed
in the sentence [1]_. So Deciban never prints a word without its number.

References
----------
.. [1] B. C. Wintle, H. Fraser, B. C. Wills, A. E. Nicholson and F. Fidler. *Verbal
   probabilities: very likely to be somewhat more confusing than numbers*. PLoS ONE
   14(4), e0213522 (2019); medians recomputed from the data.
"""

from typing import Literal, NamedTuple

from deciban.priors.logit_normal import ImproperPriorError, LogitNormal

__all__ = ["VERBAL_SCALES", "ScaleName", "Term", "VerbalScale"]

type ScaleName = Literal["icd203", "phia", "kent", "ipcc"]

# ICD 203 ends its outermost bands here; scales whose bands reach 0 or 1 are read so.
OUTERMOST = (0.01, 0.99)


class Term(NamedTuple):
    """A word of a scale: its band in probabilities, and its synonyms.

    A band ``stops_short`` where its own scale says "less than" of its upper end.
    """

    word: str
    low: float
    high: float
    synonyms: tuple[str, ...] = ()
    stops_short: bool = False

    def prior(self) -> LogitNormal:
        """Read the band's ends as the 5 % and 95 % quantiles.

        The median is the middle of the band on the log-odds. An end at 0 or 1 is read
        as 0.01 or 0.99, where ICD 203's outermost bands end.

        Raises
        ------
        ImproperPriorError
            If nothing of the band is left then.
        """
        low, high = max(self.low, OUTERMOST[0]), min(self.high, OUTERMOST[1])
        if not low < high:
            raise ImproperPriorError(
                "must be a word with a band inside 1 % to 99 %, "
                f"got {self.word!r} ({self.low:.0%} to {self.high:.0%})"
            )
        ends = LogitNormal.from_quantiles(low, low, high)
        middle = (
            ends.location + LogitNormal.from_quantiles(high, low, high).location
        ) / 2
        return LogitNormal(middle, ends.scale)


class VerbalScale(NamedTuple):
    """A named scale of words. An end that two bands share is the upper one's."""

    id: str
    title: str
    terms: tuple[Term, ...]

    def term(self, probability: float) -> Term | None:
        """Find the word for a probability: that of the narrowest band that holds it.

        Returns
        -------
        Term or None
            None where the scale has no word, in its gaps or beyond its ends.

        Examples
        --------
        >>> VERBAL_SCALES["icd203"].term(0.80).word
        'very likely'
        """
        holding = [t for t in self.terms if t.low <= probability < t.high] or [
            t for t in self.terms if t.high == probability and not t.stops_short
        ]
        return min(holding, key=lambda t: t.high - t.low, default=None)

    def gap(self, probability: float) -> str:
        """Say where a probability lies that the scale has no word for.

        Examples
        --------
        >>> VERBAL_SCALES["icd203"].gap(0.995)
        'above 99 %'
        >>> VERBAL_SCALES["phia"].gap(0.22)
        'between highly unlikely and unlikely'
        """
        below = [t for t in self.terms if t.high <= probability]
        above = [t for t in self.terms if t.low > probability]
        if not below:
            return f"below {100 * min(t.low for t in above):g} %"
        if not above:
            return f"above {100 * max(t.high for t in below):g} %"
        nearest = max(below, key=lambda t: t.high), min(above, key=lambda t: t.low)
        return "between {} and {}".format(*(t.word for t in nearest))

    def find(self, word: str) -> Term:
        """Find a term by its word or a synonym.

        Raises
        ------
        ImproperPriorError
            If the scale has no such word; the message lists those it has.
        """
        for term in self.terms:
            if word in (term.word, *term.synonyms):
                return term
        words = ", ".join(term.word for term in self.terms)
        raise ImproperPriorError(f"must be a word of {self.id} ({words}), got {word!r}")


VERBAL_SCALES: dict[str, VerbalScale] = {
    scale.id: scale
    for scale in (
        VerbalScale(
            "icd203",
            "ICD 203, US Director of National Intelligence (2015)",
            (
                Term("almost no chance", 0.01, 0.05, ("remote",)),
                Term("very unlikely", 0.05, 0.20, ("highly improbable",)),
                Term("unlikely", 0.20, 0.45, ("improbable",)),
                Term("roughly even chance", 0.45, 0.55, ("roughly even odds",)),
                Term("likely", 0.55, 0.80, ("probable",)),
                Term("very likely", 0.80, 0.95, ("highly probable",)),
                Term("almost certain", 0.95, 0.99, ("nearly certain",)),
            ),
        ),
        VerbalScale(
            "phia",
            "PHIA probability yardstick, UK Cabinet Office",
            (
                Term("remote chance", 0.0, 0.05),
                Term("highly unlikely", 0.10, 0.20),
                Term("unlikely", 0.25, 0.35),
                Term("realistic possibility", 0.40, 0.50, stops_short=True),
                Term("likely", 0.55, 0.75, ("probable",)),
                Term("highly likely", 0.80, 0.90),
                Term("almost certain", 0.95, 1.0),
            ),
        ),
        VerbalScale(
            "kent",
            "Sherman Kent, Words of Estimative Probability (1964)",
            (
                Term("almost certainly not", 0.02, 0.12),
                Term("probably not", 0.20, 0.40),
                Term("chances about even", 0.40, 0.60),
                Term("probable", 0.63, 0.87),
                Term("almost certain", 0.87, 0.99),
            ),
        ),
        VerbalScale(
            "ipcc",
            "IPCC AR5 guidance note, Mastrandrea et al. (2010)",
            (
                Term("exceptionally unlikely", 0.0, 0.01),
                Term("extremely unlikely", 0.0, 0.05),
                Term("very unlikely", 0.0, 0.10),
                Term("unlikely", 0.0, 0.33),
                Term("about as likely as not", 0.33, 0.66),
                Term("more likely than not", 0.50, 1.0),
                Term("likely", 0.66, 1.0),
                Term("very likely", 0.90, 1.0),
                Term("extremely likely", 0.95, 1.0),
                Term("virtually certain", 0.99, 1.0),
            ),
        ),
    )
}
