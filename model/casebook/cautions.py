"""What a casebook says that is allowed, and yet seldom meant.

Errors are refused when the files are read; here are the cautions that are told wherever
a casebook is taken in: evidence that would be counted twice, items that move nothing,
single claims that move much, priors that give no reason, scenarios that wait to be
settled.
"""

import datetime
import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from deciban.evidence import Bearing, Report
from deciban.evidence.items import folded
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.index import Key
from deciban.model.casebook.links import MAX_SET_SIZE, linked_sets
from deciban.model.casebook.states import due
from deciban.priors.logit_normal import log_odds

__all__ = ["LARGE_SET_SIZE", "SAME_STATEMENT_DAYS", "WIDE_REACH", "Caution", "review"]

# Each further scenario doubles the time that a set takes; its limit is MAX_SET_SIZE.
LARGE_SET_SIZE = 10
SAME_STATEMENT_DAYS = 7
# What takes no room, unlike what joins and parts the letters of some scripts.
_HIDDEN = re.compile(
    "[\u200b\u2060-\u2064\ufdd0-\ufdef\ufeff\ufff0-\ufffb\U000e0000-\U000e007f]"
)
# The flag of a part of a country is spelt out in such, behind a black flag.
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
_LIKELY_YEARS = range(1800, 2201)
# How far the mean of a prior may lie from its median: its odds twice as high.
_MOST_SKEW_NATS = math.log(2)
# How far the priors of rivals may add up to more or less than one.
_MOST_OFF_ONE = 0.05
# An argument on so many scenarios should not rest on a single claim.
WIDE_REACH = 5


class Caution(NamedTuple):
    """One thing worth a second look: what it is about, and a sentence on it."""

    where: str
    message: str

    def __str__(self) -> str:
        """Format as one line."""
        return f"{self.where}: {self.message}"


def review(
    casebook: Casebook,
    today: datetime.date | None = None,
    among: Collection[Key] | None = None,
) -> list[Caution]:
    """Find what is allowed in a casebook and yet seldom meant.

    Parameters
    ----------
    casebook : Casebook
        A valid one.
    today : datetime.date, optional
        Day by which scenarios should be resolved and reports published; without it,
        neither is looked at.
    among : collection of Key, optional
        The items that are looked at; all unless given.

    Returns
    -------
    list of Caution
        Those on reports first, then on sources, arguments, links and scenarios.
    """
    reports = _reports(casebook, among)
    cautions = [
        *_confirmed_twice(casebook, reports),
        *_worded_alike(casebook, reports),
        *_said_twice(casebook, reports),
        *_relays_itself(reports),
        *_moves_nothing(reports),
        *_too_late(casebook, reports),
        *_hidden((f"report {r.id!r}", "its claim", r.claim) for r in reports),
        *_far_days((f"report {r.id!r}", "published on", r.published) for r in reports),
    ]
    if today is not None:
        cautions += _from_the_future(reports, today)
    if among is None or any(kind != "report" for kind, _ in among):
        cautions += [
            *_never_used(casebook),
            *_named_alike(casebook),
            *_idle_arguments(casebook),
            *_resting_on_one_claim(casebook),
            *_large_sets(casebook),
            *_priors(casebook),
            *_shares(casebook),
            *_hidden(_other_texts(casebook)),
            *_far_days(_windows(casebook)),
        ]
        if today is not None:
            cautions += _unresolved(casebook, today)
    if among is None:
        return cautions
    wanted = {f"{kind} {key!r}" for kind, key in among}
    return [caution for caution in cautions if caution.where in wanted]


def _reports(casebook: Casebook, among: Collection[Key] | None) -> Sequence[Report]:
    if among is None:
        return casebook.evidence.reports
    there = casebook.index.items["report"]
    names = [key for kind, key in among if kind == "report" and key in there]
    return [casebook.index.report(name) for name in names]


def _confirmed_twice(
    casebook: Casebook, reports: Sequence[Report]
) -> Iterator[Caution]:
    """Grade 1 is given because others say the same, and they are counted as well."""
    confirmed = [report for report in reports if report.credibility == 1]
    saying = defaultdict(list)
    for report in casebook.evidence.reports if confirmed else ():
        for target in _targets(report):
            saying[target].append(report)
    for report in confirmed:
        others = {
            other.id: None
            for target in _targets(report)
            for other in saying[target]
            if other.speaker != report.speaker
        }
        if others:
            yield Caution(
                f"report {report.id!r}",
                "credibility 1 counts its confirmation twice, for the confirming "
                f"reports are in the ledger: {_quoted(others)}",
            )


@lru_cache(maxsize=65_536)  # asked for of every report, whichever is posted
def _wording(claim: str) -> str:
    return " ".join(folded(claim).split())


def _worded_alike(casebook: Casebook, reports: Sequence[Report]) -> Iterator[Caution]:
    """One claim of one origin, whatever the days between and the ids of the source."""
    names = {source.id: folded(source.name) for source in casebook.evidence.sources}
    wanted = {_wording(report.claim) for report in reports}
    ids = {report.id for report in reports}
    alike = defaultdict(list)
    for report in casebook.evidence.reports:
        if report.repeats is None and (wording := _wording(report.claim)) in wanted:
            alike[wording, names[report.speaker]].append(report)
    for same in alike.values():
        first, *later = sorted(same, key=lambda report: report.published)
        told = [report for report in later if report.id in ids]
        # The first was there before, unless it is what is looked at.
        if later and not told:
            told = [first]
        for report in told:
            other = later[0] if report is first else first
            yield Caution(
                f"report {report.id!r}",
                f"has the claim and the origin of report {other.id!r}, published on "
                f"{other.published}; if the two are one statement, let one repeat the "
                "other",
            )


def _said_twice(casebook: Casebook, reports: Sequence[Report]) -> Iterator[Caution]:
    speakers = {report.speaker for report in reports}
    ids = {report.id for report in reports}
    alike = defaultdict(list)
    for report in sorted(casebook.evidence.reports, key=lambda r: r.published):
        if report.speaker in speakers and (targets := _targets(report)):
            alike[report.speaker, frozenset(targets)].append(report)
    for same in alike.values():
        for one, other in pairwise(same):
            days = (other.published - one.published).days
            if (
                other.id in ids
                and days <= SAME_STATEMENT_DAYS
                and _wording(one.claim) != _wording(other.claim)
            ):
                yield Caution(
                    f"report {other.id!r}",
                    f"{other.speaker!r} says much the same in report {one.id!r}, at "
                    f"most {SAME_STATEMENT_DAYS} days before; if the two are one "
                    "statement, let this one repeat it",
                )


def _relays_itself(reports: Sequence[Report]) -> Iterator[Caution]:
    for report in reports:
        if report.origin == report.source:
            yield Caution(
                f"report {report.id!r}",
                f"has its source, {report.source!r}, as its origin too: leave the "
                "origin out where a source speaks for itself",
            )


def _moves_nothing(reports: Sequence[Report]) -> Iterator[Caution]:
    for report in reports:
        if not (report.bears_on or report.repeats or report.indicator):
            yield Caution(
                f"report {report.id!r}", "bears on nothing and repeats nothing"
            )


def _too_late(casebook: Casebook, reports: Sequence[Report]) -> Iterator[Caution]:
    """After what it bears on was settled, or has closed."""
    scenarios = {s.id: s for s in casebook.priors.scenarios}
    outcomes = casebook.outcomes()
    for report in reports:
        on = [scenarios[name] for name in casebook.index.scenarios_of(report)]
        settled = {
            s.id: outcomes[s.id].on
            for s in on
            if s.id in outcomes and outcomes[s.id].on < report.published
        }
        ends = [s.closes for s in on]
        if on and len(settled) == len({s.id for s in on}):
            yield Caution(
                f"report {report.id!r}",
                f"published on {report.published}, after all that it bears on was "
                f"settled, the last on {max(settled.values())}",
            )
        elif ends and report.published > max(ends):
            yield Caution(
                f"report {report.id!r}",
                f"published on {report.published}, after all that it bears on has "
                f"closed, the last on {max(ends)}",
            )


def _never_used(casebook: Casebook) -> Iterator[Caution]:
    reports = casebook.evidence.reports
    used = {r.source for r in reports} | {r.origin for r in reports}
    for source in casebook.evidence.sources:
        if source.id not in used:
            yield Caution(f"source {source.id!r}", "no report names it")


def _named_alike(casebook: Casebook) -> Iterator[Caution]:
    first: dict[str, str] = {}
    for source in casebook.evidence.sources:
        other = first.setdefault(folded(source.name), source.id)
        if other != source.id:
            yield Caution(
                f"source {source.id!r}",
                f"has the name of source {other!r}; if the two are one, let one go, "
                "for their reports count as those of two",
            )


def _priors(casebook: Casebook) -> Iterator[Caution]:
    for scenario in casebook.priors.scenarios:
        where = f"scenario {scenario.id!r}"
        if scenario.prior.because is None:
            yield Caution(where, "its prior gives no reason: write it in because")
        prior = scenario.prior.distribution()
        # The log-odds of the mean lie at most half the variance off, as they would if
        # the odds were what is averaged.
        if prior.scale**2 / 2 <= _MOST_SKEW_NATS:
            continue
        mean = prior.mean
        if 0 < mean < 1 and abs(log_odds(mean) - prior.location) > _MOST_SKEW_NATS:
            yield Caution(
                where,
                f"its prior is so wide that its mean is {mean:.2%} and its median "
                f"{prior.median:.2%}; what is forecast is the mean",
            )


def _shares(casebook: Casebook) -> Iterator[Caution]:
    """Priors of rivals are shares of one question."""
    for rivals in casebook.priors.rivals:
        priors = [casebook.scenario(name).prior for name in rivals.scenarios]
        priors += [] if rivals.none is None else [rivals.none]
        total = sum(prior.distribution().mean for prior in priors)
        if abs(total - 1) > _MOST_OFF_ONE:
            which = "" if rivals.none is None else ", none included,"
            yield Caution(
                f"rivals {rivals.id!r}",
                f"the means of their priors{which} add up to {total:.0%}, and are read "
                "as shares of that: one of them comes true",
            )


def _other_texts(casebook: Casebook) -> Iterator[tuple[str, str, str]]:
    for source in casebook.evidence.sources:
        yield f"source {source.id!r}", "its name", source.name
    for argument in casebook.priors.arguments:
        yield f"argument {argument.id!r}", "its statement", argument.statement
    for scenario in casebook.priors.scenarios:
        yield f"scenario {scenario.id!r}", "its question", scenario.question


def _hidden(texts: Iterable[tuple[str, str, str]]) -> Iterator[Caution]:
    """Find what nobody sees: by it two texts that read the same are two."""
    for where, what, text in texts:
        hidden = {c for c in _FLAG.sub("", text) if _is_hidden(c)}
        if hidden:
            codes = ", ".join(f"U+{ord(c):04X}" for c in sorted(hidden))
            yield Caution(where, f"{what} has characters that cannot be seen: {codes}")


def _is_hidden(character: str) -> bool:
    is_none = ord(character) & 0xFFFE == 0xFFFE  # which Unicode keeps for no character
    return is_none or _HIDDEN.match(character) is not None


def _windows(
    casebook: Casebook,
) -> Iterator[tuple[str, str, datetime.date]]:
    for scenario in casebook.priors.scenarios:
        yield f"scenario {scenario.id!r}", "opens on", scenario.opens
        yield f"scenario {scenario.id!r}", "closes on", scenario.closes


def _far_days(days: Iterable[tuple[str, str, datetime.date]]) -> Iterator[Caution]:
    for where, what, day in days:
        if day.year not in _LIKELY_YEARS:
            yield Caution(where, f"{what} {day.isoformat()}: is that the year?")


def _idle_arguments(casebook: Casebook) -> Iterator[Caution]:
    heard = {b.argument for r in casebook.evidence.reports for b in r.bears_on}
    for argument in casebook.priors.arguments:
        if argument.id not in heard:
            yield Caution(f"argument {argument.id!r}", "no report bears on it")
        if not argument.bears_on:
            yield Caution(f"argument {argument.id!r}", "bears on no scenario")


def _resting_on_one_claim(casebook: Casebook) -> Iterator[Caution]:
    """One claim for an argument, one against it or both, and it moves much at once."""
    speaking = defaultdict(list)
    for report in casebook.evidence.reports:
        for target in _targets(report):
            speaking[target].append(report.id)
    for argument in casebook.priors.arguments:
        sides = {
            side: speaking["argument", argument.id, sign]
            for side, sign in (("for", 1), ("against", -1))
        }
        scenarios = [bearing.scenario for bearing in argument.bears_on]
        if len(scenarios) >= WIDE_REACH and max(map(len, sides.values())) == 1:
            alone = " and ".join(
                f"{side} it speaks report {ids[0]!r} alone"
                for side, ids in sides.items()
                if ids
            )
            yield Caution(
                f"argument {argument.id!r}",
                f"{alone}, yet it bears on {len(scenarios)} scenarios: "
                f"{_quoted(scenarios)}; look for a second report on it",
            )


def _large_sets(casebook: Casebook) -> Iterator[Caution]:
    ids = [scenario.id for scenario in casebook.priors.scenarios]
    links = [(link.if_, link.then) for link in casebook.priors.links]
    for linked in linked_sets(ids, links):
        if len(linked) >= LARGE_SET_SIZE:
            yield Caution(
                "links",
                f"join {len(linked)} scenarios into one set, near the limit of "
                f"{MAX_SET_SIZE}: {_quoted(linked)}",
            )


def _from_the_future(
    reports: Sequence[Report], today: datetime.date
) -> Iterator[Caution]:
    for report in reports:
        if report.published > today:
            yield Caution(
                f"report {report.id!r}",
                f"published on {report.published}, which lies ahead: today is {today} "
                "(UTC); it does not count until then",
            )


def _unresolved(casebook: Casebook, today: datetime.date) -> Iterator[Caution]:
    for scenario, state, _ in due(casebook, today):
        if state != "open":
            told = f"closed on {scenario.closes} and is not settled: say how it ended"
            yield Caution(f"scenario {scenario.id!r}", told)


def _targets(report: Report) -> set[tuple[str, str, int]]:
    """What a report bears on and which way; what favours neither side is left out."""
    return {
        ("scenario", b.scenario, sign)
        if b.scenario
        else ("argument", str(b.argument), sign)
        for b in report.bears_on
        if b.rivals is None and (sign := _sign(b))
    }


def _sign(bearing: Bearing) -> int:
    if isinstance(bearing.likelihoods, tuple):
        if_true, if_false = bearing.likelihoods
        return (if_true > if_false) - (if_true < if_false)
    if bearing.decibans == 0:
        return 0
    return 1 if bearing.direction == "supports" else -1


def _quoted(ids: dict[str, None] | list[str]) -> str:
    return ", ".join(map(repr, ids))
