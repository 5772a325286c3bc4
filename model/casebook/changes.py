"""Changes: how one casebook becomes another, one item at a time.

A casebook is never altered in place. Each change puts one item there, puts another in
its place, or takes it out; a casebook at any time is what all changes so far add up to.
The service keeps changes; a what-if is a set of them that nobody keeps.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deciban.evidence import EvidenceFile, Report, Source, evidence_problems
from deciban.evidence.table import Place
from deciban.model.casebook.casebook import Casebook, casebook_problems
from deciban.model.casebook.messages import (
    BrokenRule,
    broken_rules,
    place_text,
    stated_rule,
)
from deciban.model.errors import CaseError, Problem
from deciban.priors import (
    Argument,
    CaseHeader,
    Link,
    Outcome,
    PriorsFile,
    Scenario,
    priors_problems,
)

__all__ = [
    "ITEM_TYPES",
    "Change",
    "ChangeError",
    "ChangeProblem",
    "Kind",
    "body_of",
    "changed",
    "changes_between",
    "header_of",
    "items_of",
    "link_key",
]

type Kind = Literal[
    "case", "scenario", "outcome", "argument", "link", "source", "report"
]
type Item = BaseModel

# Of what type the body of each kind of change is.
ITEM_TYPES: dict[Kind, type[Item]] = {
    "case": CaseHeader,
    "scenario": Scenario,
    "outcome": Outcome,
    "argument": Argument,
    "link": Link,
    "source": Source,
    "report": Report,
}
# The list of a file that each kind of item stands in.
_LISTS: dict[str, tuple[str, Kind]] = {
    "scenarios": ("priors", "scenario"),
    "arguments": ("priors", "argument"),
    "links": ("priors", "link"),
    "sources": ("evidence", "source"),
    "reports": ("evidence", "report"),
}
_OF_EVIDENCE: set[Kind] = {kind for file, kind in _LISTS.values() if file == "evidence"}


class Change(BaseModel):
    """One item put into a casebook, or taken out of it.

    Attributes
    ----------
    kind : str
        Of the item. ``case`` is what a priors file says above its lists; ``outcome`` is
        that of a scenario, apart from the scenario itself.
    key : str
        Id of the item: of the case, or of the scenario whose outcome it is; a link has
        its ``link_key``.
    body : dict or None
        The item as its file writes it, in JSON's types, its id included; None takes it
        out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: Kind
    key: Annotated[str, Field(min_length=1, max_length=162)]
    body: dict[str, Any] | None = None


class ChangeProblem(NamedTuple):
    """One thing that a change breaks.

    Attributes
    ----------
    change : int or None
        Which of the changes; None where an item breaks a rule that none of them wrote,
        such as a report whose source was taken out.
    place : tuple
        In the body of that change, or else in the casebook.
    rule : str
        What must hold.
    value
        What came.
    item : str
        The kind and the key of the item.
    """

    change: int | None
    place: Place
    rule: str
    value: Any
    item: str

    def told(self) -> Problem:
        """State it as any problem of a casebook is stated."""
        where = f"{self.item}: {place_text(self.place)}" if self.place else self.item
        return Problem(where, self.rule, self.value)


class ChangeError(CaseError):
    """Changes do not lead to a casebook; carries every problem found in them."""

    def __init__(self, problems: Sequence[ChangeProblem]) -> None:
        super().__init__([problem.told() for problem in problems])
        self.broken = list(problems)


def link_key(cause: str, effect: str) -> str:
    """Key of the link between two scenarios: no id has two hyphens in a row.

    Examples
    --------
    >>> link_key("munitions", "sanctions")
    'munitions--sanctions'
    """
    return f"{cause}--{effect}"


# What changes made last. It is asked what they would do, and then they are made: who
# takes the second step finds the casebook of the first, and what is known of it.
_MADE: deque[tuple[Casebook | None, list[Change], Casebook]] = deque(maxlen=16)


def changed(casebook: Casebook | None, changes: Iterable[Change]) -> Casebook:
    """Return the casebook that changes make of another.

    Parameters
    ----------
    casebook : Casebook or None
        What is changed; None where there is no case yet.
    changes : iterable of Change
        Taken in their order. The rules between items need hold at the end only.

    Raises
    ------
    ChangeError
        With every problem: of the changes, and of what they would leave behind.
    """
    made = list(changes)
    if casebook and not made:
        return casebook
    for before, same, after in tuple(_MADE):
        if before is casebook and same == made:
            return after
    draft = _Draft(casebook)
    for number, change in enumerate(made):
        draft.take(number, change)
    after = draft.casebook()
    _MADE.append((casebook, made, after))
    return after


def changes_between(before: Casebook | None, after: Casebook) -> list[Change]:
    """Find the changes that make one casebook of another, but for the order of items.

    Parameters
    ----------
    before : Casebook or None
        None where there is no case yet.
    after : Casebook
        Of the same case.
    """
    old = dict(items_of(before)) if before else {}
    new = dict(items_of(after))
    return [
        *(
            Change(kind=kind, key=key, body=body_of(item))
            for (kind, key), item in new.items()
            if old.get((kind, key)) != item
        ),
        # An outcome goes before its scenario, which would take it along.
        *(
            Change(kind=kind, key=key)
            for kind, key in reversed(old)
            if (kind, key) not in new
        ),
    ]


def items_of(casebook: Casebook) -> Iterator[tuple[tuple[Kind, str], Item]]:
    """Go through the items of a casebook, each with its kind and key.

    An outcome is an item of its own, and not in its scenario.
    """
    priors, evidence = casebook.priors, casebook.evidence
    yield ("case", priors.case), header_of(priors)
    for scenario in priors.scenarios:
        yield ("scenario", scenario.id), scenario.model_copy(update={"outcome": None})
        if scenario.outcome is not None:
            yield ("outcome", scenario.id), scenario.outcome
    for argument in priors.arguments:
        yield ("argument", argument.id), argument
    for link in priors.links:
        yield ("link", link_key(link.if_, link.then)), link
    for source in evidence.sources:
        yield ("source", source.id), source
    for report in evidence.reports:
        yield ("report", report.id), report


def header_of(priors: PriorsFile) -> CaseHeader:
    """Return what a priors file says of its case, apart from its lists."""
    names = CaseHeader.model_fields
    return CaseHeader.model_construct(**{name: getattr(priors, name) for name in names})


def body_of(item: Item) -> dict[str, Any]:
    """Write an item as the body of a change: as its file does, in JSON's types."""
    body = item.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if isinstance(item, CaseHeader) and "scales" in body:
        # Digits are text in JSON.
        body["scales"] = json.loads(json.dumps(item.scales.departures()))
    return body


class _Draft:
    """What changes have left of a casebook so far, and what is wrong with them."""

    def __init__(self, casebook: Casebook | None) -> None:
        self._before = casebook
        self._items = dict(items_of(casebook)) if casebook else {}
        self._kinds: set[Kind] = set()
        self._last: dict[tuple[Kind, str], int] = {}
        self._problems: list[ChangeProblem] = []

    def take(self, number: int, change: Change) -> None:
        """Put one item in, or take it out."""
        place = change.kind, change.key
        self._kinds.add(change.kind)
        if change.body is None:
            self._take_out(number, place)
            return
        self._last[place] = number
        kind = ITEM_TYPES[change.kind]
        try:
            item = kind.model_validate(change.body, by_alias=True, by_name=False)
        except ValidationError as error:
            for broken in broken_rules(error, kind):
                self._refuse(number, place, *broken)
            return
        if own := _mismatch(change, item):
            self._refuse(number, place, *own)
        elif change.kind == "case" and self._case not in ("", change.key):
            rule = f"must be {self._case!r}, one case in a casebook"
            self._refuse(number, place, ("case",), rule, change.key)
        elif isinstance(item, Scenario) and item.outcome is not None:
            rule = "must be a change of its own, of kind outcome"
            self._refuse(number, place, ("outcome",), rule, change.body["outcome"])
        else:
            self._items[place] = item

    def _take_out(self, number: int, place: tuple[Kind, str]) -> None:
        if place[0] == "case":
            self._refuse(number, place, (), "must not be taken out of its case", None)
        elif self._items.pop(place, None) is None:
            self._refuse(number, place, (), "must be there to be taken out", place[1])
        elif place[0] == "scenario":
            self._items.pop(("outcome", place[1]), None)

    def casebook(self) -> Casebook:
        """Put the items together, if all is well."""
        parts = self._parts()
        if not self._case:
            self._problems.append(
                ChangeProblem(None, (), "must begin with its case", None, "case")
            )
        if self._problems:
            # What could not be read may be what a rule between items misses.
            raise ChangeError(self._problems)
        header = dict(self._items["case", self._case])
        before: dict[str, Any] = {
            k: parts[k] for k in ("scenarios", "arguments", "links")
        }
        since: dict[str, Any] = {k: parts[k] for k in ("sources", "reports")}
        try:
            return self._of_files(header | before, since)
        except ValidationError as error:
            self._find(stated_rule(one) for one in priors_problems(_written(before)))
            self._find(stated_rule(one) for one in evidence_problems(_written(since)))
            for one in casebook_problems(_written(before), _written(since)):
                place, *rest = stated_rule(one)
                self._find([BrokenRule(place[1:], *rest)])
            if not self._problems:  # a set of links is too large
                self._find(
                    BrokenRule(place[1:], *rest)
                    for place, *rest in broken_rules(error, Casebook)
                )
            raise ChangeError(self._problems) from error

    def _of_files(
        self, before: Mapping[str, Any], since: Mapping[str, Any]
    ) -> Casebook:
        """Check a file only if something in it has changed, and whether both agree."""
        last = self._before
        if last and self._kinds <= _OF_EVIDENCE:
            priors = last.priors
        else:
            priors = PriorsFile(**before)
        if last and not self._kinds & _OF_EVIDENCE:
            evidence = last.evidence
        else:
            evidence = EvidenceFile(case=self._case, **since)
        return Casebook.of_valid(priors, evidence)

    @property
    def _case(self) -> str:
        """Id of the case; empty where there is none yet."""
        return next((key for kind, key in self._items if kind == "case"), "")

    def _parts(self) -> dict[str, tuple[Any, ...]]:
        """Items by the list of a file in which they stand, outcomes in their place."""
        parts: dict[str, list[Any]] = {name: [] for name in _LISTS}
        lists: Mapping[Kind, str] = {kind: name for name, (_, kind) in _LISTS.items()}
        for place, item in self._items.items():
            kind, key = place
            if kind == "scenario" and ("outcome", key) in self._items:
                item = self._with_outcome(item, self._items["outcome", key])
            if kind == "outcome" and ("scenario", key) not in self._items:
                rule = "must be that of one of the scenarios"
                self._refuse(self._last.get(place), place, (), rule, key)
            if kind in lists:
                parts[lists[kind]].append(item)
        return {name: tuple(items) for name, items in parts.items()}

    def _with_outcome(self, scenario: Item, outcome: Item) -> Item:
        try:
            return Scenario(**dict(scenario) | {"outcome": outcome})
        except ValidationError as error:
            key: str = getattr(scenario, "id")  # noqa: B009 (an Item has none)
            for kind in ("outcome", "scenario"):
                if (kind, key) in self._last:
                    place = ("on",) if kind == "outcome" else ()
                    for _, rule, value in broken_rules(error, Scenario):
                        self._refuse(
                            self._last[kind, key], (kind, key), place, rule, value
                        )
                    break
            return scenario

    def _find(self, broken: Iterable[BrokenRule]) -> None:
        """State what is wrong between items, at the change that wrote it."""
        for place, rule, value in broken:
            item, rest = self._item_at(place)
            self._refuse(self._last.get(item), item, rest, rule, value)

    def _item_at(self, place: Place) -> tuple[tuple[Kind, str], Place]:
        """Find the item that stands at a place of a file, and the place in it."""
        if len(place) < 2 or place[0] not in _LISTS or not isinstance(place[1], int):
            return ("case", self._case), place
        kind = _LISTS[str(place[0])][1]
        keys = [key for one, key in self._items if one == kind]
        return (kind, keys[place[1]]), place[2:]

    def _refuse(
        self,
        number: int | None,
        item: tuple[Kind, str],
        place: Place,
        rule: str,
        value: Any,
    ) -> None:
        self._problems.append(
            ChangeProblem(number, place, rule, value, f"{item[0]} {item[1]}")
        )


def _written(lists: Mapping[str, Sequence[Item]]) -> dict[str, Any]:
    """Plain data of the lists of a file."""
    return {
        name: [item.model_dump(by_alias=True) for item in items]
        for name, items in lists.items()
    }


def _mismatch(change: Change, item: Item) -> tuple[Place, str, str] | None:
    """Find where the id in a body is not the key of its change."""
    if isinstance(item, Outcome):
        return None
    if isinstance(item, Link):
        own = link_key(item.if_, item.then)
        return None if own == change.key else (("if",), f"must be {change.key!r}", own)
    name = "case" if isinstance(item, CaseHeader) else "id"
    own = getattr(item, name)
    return None if own == change.key else ((name,), f"must be {change.key!r}", own)
