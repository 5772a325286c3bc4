"""Changes: how one casebook becomes another, one item at a time.

A casebook is never altered in place. Each change puts one item there, puts another in
its place, or takes it out; a casebook at any time is what all changes so far add up to.
The service keeps changes; a what-if is a set of them that nobody keeps.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import InitErrorDetails, PydanticKnownError

from deciban.evidence import EvidenceFile, Report, Source, evidence_problems
from deciban.evidence.items import Item
from deciban.evidence.table import Place
from deciban.model.casebook.casebook import Casebook, casebook_problems
from deciban.model.casebook.index import Key, Kind, link_key
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
    Indicator,
    Link,
    Outcome,
    PriorsFile,
    Rivals,
    Scenario,
    priors_problems,
)

__all__ = [
    "ITEM_TYPES",
    "Change",
    "ChangeError",
    "ChangeProblem",
    "Unreadable",
    "body_of",
    "changed",
    "changes_between",
    "written_change",
]

# Of what type the body of each kind of change is.
ITEM_TYPES: dict[Kind, type[Item]] = {
    "case": CaseHeader,
    "scenario": Scenario,
    "outcome": Outcome,
    "argument": Argument,
    "link": Link,
    "rivals": Rivals,
    "indicator": Indicator,
    "source": Source,
    "report": Report,
}
# The list of a file that each kind of item stands in.
_LISTS: dict[str, Kind] = {
    "scenarios": "scenario",
    "arguments": "argument",
    "links": "link",
    "rivals": "rivals",
    "indicators": "indicator",
    "sources": "source",
    "reports": "report",
}
_PRIORS: tuple[Kind, ...] = (
    "case",
    "scenario",
    "outcome",
    "argument",
    "link",
    "rivals",
    "indicator",
)


class Unreadable(NamedTuple):
    """What was written in the place of an item, and the rules that it breaks."""

    written: Mapping[str, Any]
    broken: tuple[BrokenRule, ...]


def _read(body: Any, info: ValidationInfo) -> Item | Unreadable | None:
    """Read the body of a change: by its type, which its kind tells."""
    if body is None or isinstance(body, Item | Unreadable):
        return body
    if not isinstance(body, dict):
        raise PydanticKnownError("dict_type")
    if "kind" not in info.data:  # which is refused
        return Unreadable(body, ())
    kind = ITEM_TYPES[info.data["kind"]]
    try:
        return kind.model_validate(body, by_alias=True, by_name=False)
    except ValidationError as error:
        return Unreadable(body, tuple(broken_rules(error, kind)))


def body_of(item: Item | Unreadable) -> dict[str, Any]:
    """Write an item as its file does, in JSON's types."""
    if isinstance(item, Unreadable):
        return dict(item.written)
    body = item.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if isinstance(item, CaseHeader) and "scales" in body:
        # Digits are text in JSON.
        body["scales"] = json.loads(json.dumps(item.scales.departures()))
    return body


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
    body : Item, Unreadable or None
        The item; None takes it out. In JSON it is as its file writes it, its id
        included. What is read from there and is no such item is ``Unreadable``, so that
        all that is wrong with several changes is told together.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: Kind
    key: Annotated[str, Field(min_length=1, max_length=162)]
    body: Annotated[
        Item | Unreadable | None,
        PlainValidator(_read, json_schema_input_type=dict[str, Any] | None),
        PlainSerializer(
            lambda item: None if item is None else body_of(item),
            return_type=dict[str, Any] | None,
        ),
    ] = None

    @property
    def written(self) -> dict[str, Any] | None:
        """The item as its file writes it, in JSON's types."""
        return None if self.body is None else body_of(self.body)

    @property
    def place(self) -> Key:
        """Kind and key of the item."""
        return self.kind, self.key


def written_change(kind: str, key: str, body: Mapping[str, Any] | None) -> Change:
    """Read a change whose item is plain data, which may be no such item."""
    return Change.model_validate({"kind": kind, "key": key, "body": body})


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


def changed(casebook: Casebook | None, changes: Iterable[Change]) -> Casebook:
    """Return the casebook that changes make of another.

    Only what the changes can break is looked at, so that they cost what they touch.

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
    if casebook is None:
        return _made(None, made)
    return casebook.made_by(made, lambda: _made(casebook, made)) if made else casebook


def _made(casebook: Casebook | None, changes: Sequence[Change]) -> Casebook:
    draft = _Draft(casebook)
    for number, change in enumerate(changes):
        draft.take(number, change)
    return draft.casebook()


def changes_between(before: Casebook | None, after: Casebook) -> list[Change]:
    """Find the changes that make one casebook of another, but for the order of items.

    Parameters
    ----------
    before : Casebook or None
        None where there is no case yet.
    after : Casebook
        Of the same case.
    """
    old = dict(_items_of(before)) if before else {}
    new = dict(_items_of(after))
    return [
        *(
            Change(kind=kind, key=key, body=item)
            for (kind, key), item in new.items()
            if (known := old.get((kind, key))) is not item and known != item
        ),
        # An outcome goes before its scenario, which would take it along.
        *(
            Change(kind=kind, key=key)
            for kind, key in reversed(old)
            if (kind, key) not in new
        ),
    ]


def _items_of(casebook: Casebook) -> Iterator[tuple[Key, Item]]:
    """Go through the items of a casebook; an outcome follows its scenario."""
    items = casebook.index.items
    for kind, keyed in items.items():
        if kind == "outcome":
            continue
        for key, item in keyed.items():
            yield (kind, key), item
            if kind == "scenario" and (outcome := items["outcome"].get(key)):
                yield ("outcome", key), outcome


class _Draft:
    """What changes have left of a casebook so far, and what is wrong with them."""

    def __init__(self, casebook: Casebook | None) -> None:
        self._before = casebook
        # Those before, until they are altered: only then they are copied.
        self._items: dict[Kind, Mapping[str, Item]] = {kind: {} for kind in ITEM_TYPES}
        if casebook:
            self._items |= casebook.index.items
        self._changed: dict[Key, int] = {}  # by item the last change of it
        self._own: dict[Kind, dict[str, Item]] = {}  # those that have been altered
        self._problems: list[ChangeProblem] = []

    def take(self, number: int, change: Change) -> None:
        """Put one item in, or take it out."""
        item = change.body
        self._changed[change.place] = number
        if item is None:
            self._take_out(number, change.place)
        elif isinstance(item, Unreadable):
            for broken in item.broken:
                self._refuse(number, change.place, *broken)
        elif misplaced := _misplaced(change, item):
            self._refuse(number, change.place, *misplaced)
        elif change.kind == "case" and self._case not in ("", change.key):
            rule = f"must be {self._case!r}, one case in a casebook"
            self._refuse(number, change.place, ("case",), rule, change.key)
        else:
            self._listed(change.kind)[change.key] = item

    def _take_out(self, number: int, place: Key) -> None:
        kind, key = place
        if kind == "case":
            self._refuse(number, place, (), "must not be taken out of its case", None)
        elif key not in self._items[kind]:
            self._refuse(number, place, (), "must be there to be taken out", key)
        else:
            del self._listed(kind)[key]
            if kind == "scenario" and key in self._items["outcome"]:
                del self._listed("outcome")[key]

    def _listed(self, kind: Kind) -> dict[str, Item]:
        """Items of a kind, to be altered."""
        if kind not in self._own:
            self._items[kind] = self._own[kind] = dict(self._items[kind])
        return self._own[kind]

    def casebook(self) -> Casebook:
        """Put the items together, if all is well."""
        priors = None
        if self._before is None or self._own.keys() & _PRIORS:
            priors = {
                "scenarios": tuple(self._scenarios()),
                "arguments": self._tuple("argument"),
                "links": self._tuple("link"),
                "rivals": self._tuple("rivals"),
                "indicators": self._tuple("indicator"),
            }
        if not self._case:
            self._problems.append(
                ChangeProblem(None, (), "must begin with its case", None, "case")
            )
        if self._problems:
            # What could not be read may be what a rule between items misses.
            raise ChangeError(self._problems)
        before = self._before
        if before is not None and priors is None:
            files = before.priors, self._evidence()
        else:
            assert priors is not None
            files = self._priors(priors), self._evidence()
        self._check(*files)
        if before is None:
            return Casebook.model_construct(priors=files[0], evidence=files[1])
        index = before.index.after(self._items, self._changed)
        return before.followed_by(*files, index)

    def _priors(self, lists: Mapping[str, Any]) -> PriorsFile:
        header = dict(self._items["case"][self._case])
        return PriorsFile.model_construct(**header, **lists)

    def _evidence(self) -> EvidenceFile:
        before = self._before
        if before is not None and not self._own.keys() & {"source", "report"}:
            return before.evidence
        return EvidenceFile.model_construct(
            case=self._case,
            sources=self._tuple("source"),
            reports=self._tuple("report"),
        )

    def _tuple(self, kind: Kind) -> tuple[Any, ...]:
        return tuple(self._items[kind].values())

    def _check(self, priors: PriorsFile, evidence: EvidenceFile) -> None:
        """Refuse what breaks a rule between items."""
        among = self._reports_to_check()
        if among is None:
            self._find(priors_problems(priors))
        self._find(evidence_problems(evidence, among))
        self._find(casebook_problems(priors, evidence, among), whole=True)
        if not self._problems and self._own.keys() & {"link", "rivals"}:
            book = Casebook.model_construct(priors=priors, evidence=evidence)
            self._find(book.sets_too_large(), whole=True)
        if self._problems:
            raise ChangeError(self._problems)

    def _reports_to_check(self) -> Collection[str] | None:
        """Ids of reports that may break a rule now; None for all, and all else."""
        if self._before is None or self._own.keys() != {"report"}:
            return None
        naming = self._before.index.reports_naming
        among: set[str] = set()
        for place in self._changed:
            among |= {*self._line(place[1]), *naming.get(place, ())}
        return among

    def _line(self, name: str | None) -> Iterator[str]:
        """Go from a report to the one it repeats, and on: in a circle once."""
        seen: set[str] = set()
        while name is not None and name not in seen:
            yield name
            seen.add(name)
            report = self._items["report"].get(name)
            name = report.repeats if isinstance(report, Report) else None

    @property
    def _case(self) -> str:
        """Id of the case; empty where there is none yet."""
        return next(iter(self._items["case"]), "")

    def _scenarios(self) -> Iterator[Scenario]:
        """Scenarios with their outcomes; those that are as before, the very same."""
        outcomes = self._items["outcome"]
        before: dict[str, Scenario] = {}
        if self._before is not None:
            before = {one.id: one for one in self._before.priors.scenarios}
        for key, scenario in self._items["scenario"].items():
            assert isinstance(scenario, Scenario)
            if key in before and not self._changed.keys() & {
                ("scenario", key),
                ("outcome", key),
            }:
                yield before[key]
            elif key in outcomes:
                yield self._with_outcome(scenario, outcomes[key])
            else:
                yield scenario
        for key in outcomes.keys() - self._items["scenario"].keys():
            rule = "must be that of one of the scenarios"
            place: Key = ("outcome", key)
            self._refuse(self._changed.get(place), place, (), rule, key)

    def _with_outcome(self, scenario: Scenario, outcome: Item) -> Scenario:
        try:
            return Scenario(**dict(scenario) | {"outcome": outcome})
        except ValidationError as error:
            kinds: tuple[Kind, ...] = ("outcome", "scenario")
            places = [(kind, scenario.id) for kind in kinds]
            last = next(place for place in places if place in self._changed)
            for _, rule, value in broken_rules(error, Scenario):
                place = ("on",) if last[0] == "outcome" else ()
                self._refuse(self._changed[last], last, place, rule, value)
            return scenario

    def _find(self, found: Iterable[InitErrorDetails], *, whole: bool = False) -> None:
        """State what is wrong between items, at the change that wrote it."""
        for place, rule, value in map(stated_rule, found):
            item, rest = self._item_at(place[1:] if whole else place)
            self._refuse(self._changed.get(item), item, rest, rule, value)

    def _item_at(self, place: Place) -> tuple[Key, Place]:
        """Find the item that stands at a place of a file, and the place in it."""
        if len(place) < 2 or place[0] not in _LISTS or not isinstance(place[1], int):
            return ("case", self._case), place
        kind = _LISTS[str(place[0])]
        return (kind, list(self._items[kind])[place[1]]), place[2:]

    def _refuse(
        self, number: int | None, item: Key, place: Place, rule: str, value: Any
    ) -> None:
        self._problems.append(
            ChangeProblem(number, place, rule, value, f"{item[0]} {item[1]}")
        )


def _misplaced(change: Change, item: Item) -> tuple[Place, str, Any] | None:
    """Find where the id in a body is not the key of its change, or what is not here."""
    if isinstance(item, Scenario) and item.outcome is not None:
        written = body_of(item.outcome)
        return ("outcome",), "must be a change of its own, of kind outcome", written
    if isinstance(item, Outcome):
        return None
    if isinstance(item, Link):
        name, own = "if", link_key(item.if_, item.then)
    elif isinstance(item, CaseHeader):
        name, own = "case", item.case
    else:
        name, own = "id", getattr(item, "id")  # noqa: B009 (an Item has none)
    return None if own == change.key else ((name,), f"must be {change.key!r}", own)
