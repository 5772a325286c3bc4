r"""What to look for next: the report that would be expected to tell most.

A report that somebody may yet make, on a target, speaks for it or against it. Both are
read from the draws of a fit; how probable each is follows from the model, given all
that has been heard. The forecast before is their mean, the model's with the report's
place in it, so that what a report is expected to tell,

.. math:: H(\bar p) - \sum_d P(d)\, H(p_d), \qquad
          H(p) = -p \log_2 p - (1 - p) \log_2 (1 - p),

is never negative: the mutual information of the scenario and the report [1]_.

References
----------
.. [1] D. V. Lindley. *On a measure of the information provided by an experiment*.
   Annals of Mathematical Statistics 27 (1956).
"""

import datetime
import math
from typing import Literal

from deciban.evidence import Bearing, Report, Source
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, changed
from deciban.model.errors import ModelError
from deciban.model.posterior.what_if import Basis
from deciban.model.said import Said

__all__ = ["NextReport", "Prospect", "next_report", "prospect_of"]

_DRAWS = 500
_SOURCES = 15  # those that have said most
_NEW = "new-source"
_REPORT = "next-report"


class Prospect(Said):
    """What a report, not yet made, is expected to tell of a scenario.

    Attributes
    ----------
    kind : str
        ``argument`` or ``scenario``: a strong report on it by a new source of grade B;
        ``source``: one by that source on the first of those targets; ``report``: a
        given one.
    id : str
    bits : float
        Expected gain.
    crosses : float
        Probability that it carries the forecast across the line.
    if_for, if_against : float
        The forecast after it, as it speaks for the target or against it.
    speaks_for : float
        Probability that it speaks for the target.
    pareto_k : float or None
        Above 0.7 only a fit could tell.
    """

    kind: Literal["argument", "scenario", "source", "report"]
    id: str
    bits: float
    crosses: float
    if_for: float
    if_against: float
    speaks_for: float
    pareto_k: float | None


class NextReport(Said):
    """What to look for next about a scenario.

    Attributes
    ----------
    scenario : str
    line : float
    now : float
        The forecast.
    targets, sources : list of Prospect
        On what, and from whom on the first of these; the most telling first.
    """

    scenario: str
    line: float
    now: float
    targets: list[Prospect]
    sources: list[Prospect]


def next_report(
    basis: Basis,
    casebook: Casebook,
    as_of: datetime.date,
    scenario: str,
    line: float = 0.5,
) -> NextReport:
    """Rank what a report could be on, and who could make it, by what it would tell.

    Parameters
    ----------
    basis : Basis
        Draws of a fit.
    casebook : Casebook
        That was fitted, whole.
    as_of : date
        The day of the fit.
    scenario : str
        Which is not settled.
    line : float
        A probability between 0 and 1.

    Raises
    ------
    ModelError
        If there is no such scenario, or it is settled.
    """
    look = _Look(basis, casebook, as_of, scenario, line)
    targets = [("scenario", scenario)] + [
        ("argument", argument.id)
        for argument in look.known.priors.arguments
        if any(bearing.scenario == scenario for bearing in argument.bears_on)
    ]
    on = sorted((look.on(*target) for target in targets), key=lambda one: -one.bits)
    best = on[0].kind, on[0].id
    spoken = [r.speaker for r in look.known.evidence.reports if r.repeats is None]
    most = sorted({*spoken}, key=lambda name: (-spoken.count(name), name))[:_SOURCES]
    by = [look.by(name, *best) for name in most]
    return NextReport(
        scenario=scenario,
        line=line,
        now=_probability(look.now),
        targets=on,
        sources=sorted(by, key=lambda one: -one.bits),
    )


def prospect_of(
    basis: Basis,
    casebook: Casebook,
    as_of: datetime.date,
    scenario: str,
    report: Report,
) -> Prospect:
    """Tell what a given report is expected to tell before it has said which way.

    Parameters
    ----------
    basis : Basis
        Draws of a fit.
    casebook : Casebook
        That was fitted, whole, with the report's source and targets.
    as_of : date
        The day of the fit; the report is taken as published on it.
    scenario : str
        Which is not settled.
    report : Report
        Not in the casebook, and on no set of rivals. Against what it says stands the
        same report with all directions turned.

    Raises
    ------
    ModelError
        If there is no such scenario, or it is settled.
    """
    look = _Look(basis, casebook, as_of, scenario, 0.5)
    on_the_day = report.model_copy(update={"published": as_of})
    return look.prospect("report", report.id, [], on_the_day)


class _Look:
    """Reads what a report not yet made would do to one scenario."""

    def __init__(
        self,
        basis: Basis,
        casebook: Casebook,
        as_of: datetime.date,
        scenario: str,
        line: float,
    ) -> None:
        self.basis, self.as_of = basis.thinned(_DRAWS), as_of
        self.known = casebook.as_of(as_of)
        self.looked = self.known.looked(as_of) or datetime.date.min
        self.scenario, self.line = scenario, line
        read = self.basis.log_odds(self.known, as_of, self.looked)
        self.now = read.log_odds.get(scenario, math.inf)
        if not math.isfinite(self.now):
            rule = f"must be a scenario that is not settled, got {scenario!r}"
            raise ModelError(rule)

    def on(self, kind: str, name: str) -> Prospect:
        """Tell of a new source of grade B, on a target."""
        source = Source(id=_NEW, name="somebody new", reliability="B")
        change = Change(kind="source", key=_NEW, body=source)
        return self.prospect(kind, name, [change], self._strong(_NEW, kind, name))

    def by(self, source: str, kind: str, name: str) -> Prospect:
        """Tell of a source, on a target."""
        strong = self._strong(source, kind, name)
        return self.prospect("source", source, [], strong)

    def _strong(self, source: str, kind: str, target: str) -> Report:
        bearing = Bearing.model_validate(
            {kind: target, "direction": "supports", "strength": "strong"}
        )
        return Report(
            id=_REPORT,
            claim=_REPORT,
            source=source,
            credibility=6,
            published=self.as_of,
            bears_on=(bearing,),
        )

    def prospect(
        self, what: str, name: str, changes: list[Change], report: Report
    ) -> Prospect:
        """Tell of a report that says what it says, or the contrary."""
        reads = []
        for said in (report, _turned(report)):
            change = Change(kind="report", key=said.id, body=said)
            casebook = changed(self.known, [*changes, change])
            reads.append(self.basis.log_odds(casebook, self.as_of, self.looked))
        odds = reads[0].log_evidence - reads[1].log_evidence
        speaks_for = 1 / (1 + math.exp(-odds))
        after = [_probability(read.log_odds[self.scenario]) for read in reads]
        chances = speaks_for, 1 - speaks_for
        mean = sum(c * p for c, p in zip(chances, after, strict=True))
        told = sum(c * _entropy(p) for c, p in zip(chances, after, strict=True))
        is_above = _probability(self.now) > self.line
        return Prospect.model_validate(
            {
                "kind": what,
                "id": name,
                "bits": round(max(0.0, _entropy(mean) - told), 5),
                "crosses": sum(
                    c
                    for c, p in zip(chances, after, strict=True)
                    if (p > self.line) != is_above
                ),
                "if_for": after[0],
                "if_against": after[1],
                "speaks_for": speaks_for,
                "pareto_k": max(
                    (r.pareto_k for r in reads if r.pareto_k is not None), default=None
                ),
            }
        )


def _turned(report: Report) -> Report:
    """Let a report say the contrary of all that it says."""
    bearings = tuple(map(_contrary, report.bears_on))
    return report.model_copy(update={"bears_on": bearings})


def _contrary(bearing: Bearing) -> Bearing:
    if isinstance(bearing.likelihoods, tuple):
        turned = bearing.likelihoods[::-1]
        return bearing.model_copy(update={"likelihoods": turned})
    contrary = "opposes" if bearing.direction == "supports" else "supports"
    return bearing.model_copy(update={"direction": contrary})


def _entropy(p: float) -> float:
    return -sum(q * math.log2(q) for q in (p, 1 - p) if q > 0)


def _probability(log_odds: float) -> float:
    return 0.5 * (1 + math.tanh(log_odds * math.log(10) / 20))
