"""The form of an item: its fields are those of the type that files are read by.

A field is named by its place in the item, ``prior.median`` or ``bears_on.0.scenario``,
so that what is wrong with a place stands beside the field of that name. What has no
control of its own is typed as a file writes it: a form holds all that an item may say,
and alters nothing that nobody touched.
"""

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeAliasType,
    Union,
    get_args,
    get_origin,
)

from pydantic_core import PydanticUndefined

from deciban.evidence import RELIABILITY
from deciban.evidence.items import Item
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import (
    ITEM_TYPES,
    Change,
    ChangeError,
    body_of,
    written_change,
)
from deciban.model.casebook.index import Kind, link_key
from deciban.model.casebook.yaml_text import read_yaml
from deciban.priors import VERBAL_SCALES, Prior
from deciban.service.application.history import Difference
from deciban.service.web.pages.report_form import free_id, number, probability, slug

__all__ = ["ItemField", "ItemForm", "PriorFields", "Rows"]

MOST_ROWS = 60
# What names an item, and so stays what it is.
_NAMING = ("id", "if", "then", "case")
# Of which texts an id is made, where none is typed.
_TELLING = ("question", "statement", "name")
_NO_PROBABILITIES = ("decibans", "half_life_days")
# What names scenarios of the case.
_REFERENCES = ("scenario", "scenarios", "if", "then")
_LONG = {"question", "criteria", "statement", "because", "description", "title"}
# What an item of a kind is, where its fields do not say so.
_ABOUT: dict[str, str] = {
    "argument": "A proposition between reports and scenarios, at even odds before any "
    "report. What reports say for it weighs no more than it would if it were certain.",
    "link": "What becomes of one scenario where another occurs: either its probability "
    "then, or which way and how strongly it moves.",
    "rivals": "Scenarios that exclude each other: one of them comes true, or none, "
    "where that has a prior.",
    "source": "Who publishes, or said it first.",
    "case": "What the case says of itself; its scales and its half-life are those of "
    "every report.",
}
# What each way to write a prior needs.
PRIOR_FORMS: dict[str, tuple[str, ...]] = {
    "median": ("median", "low", "high"),
    "mean": ("mean", "sd"),
    "beta": ("beta.0", "beta.1"),
    "words": ("words",),
}
# What a field is called, and a hint. One that is not here, and may be left out, stands
# by the name that it has in files, under "More".
_WORDS: dict[str, tuple[str, str]] = {
    "id": ("Id", "Left empty, one is made of the text."),
    "question": ("Question", "With its day: Does it happen by 31 December 2030?"),
    "criteria": (
        "What settles it",
        "What must be seen, and who must say so.",
    ),
    "opens": ("Opens", ""),
    "closes": ("Closes", ""),
    "hazard": ("Clock", ""),
    "prior": ("Prior", "What was believed before any report: 0.2, or 20 %."),
    "none": ("None of them", "Where none may come true: the prior that none does."),
    "statement": ("Statement", "One that reports can speak for or against."),
    "because": ("Because", ""),
    "bears_on": (
        "What it bears on",
        "Were it certainly true, how much more often would one find it where the "
        "scenario occurs?",
    ),
    "scenario": ("On", ""),
    "direction": ("Which way", ""),
    "strength": ("How strongly", ""),
    "decibans": ("or decibans", ""),
    "likelihoods": ("or likelihoods, if it occurs and if not", ""),
    "if": ("If this occurs", ""),
    "then": ("then this", ""),
    "probability": ("Probability", ""),
    "scenarios": ("Scenarios of which one comes true", ""),
    "name": ("Name", ""),
    "reliability": ("Reliability", ""),
    "title": ("Title", ""),
    "description": ("Description", "What the case is about, and for whom."),
}
# The same of some that stand under "More".
_MORE: dict[str, tuple[str, str]] = {
    "noticed": (
        "Noticed",
        "Had it occurred, how likely it were settled here by the day last looked: 0.9, "
        "or {median: 0.9, low: 0.7, high: 0.97}.",
    ),
    "tags": ("Tags", "By which the track record is told apart: [energy, war]."),
    "camp": ("Camp", "What it speaks with one voice with; sources of a camp share it."),
    "interest": (
        "Interest",
        "What it would say whether or not it is so: learned, or "
        "[{scenario: ID, wants: believed, pull: clear}].",
    ),
    "deceives": ("Deceives", "How likely it says the reverse of the truth."),
    "half_life_days": (
        "Half-life in days",
        "After so many a report has drifted half-way to saying nothing; empty: never.",
    ),
    "scales": ("Scales", "As a file writes them: {strength: {weak: {decibans: 4}}}."),
}
_CHOICES: dict[str, str] = {
    "constant": "constant: it may happen on any day, so quiet days count against it",
    "none": "none: it is decided at the close",
    **{letter: f"{letter}: {words.label}" for letter, words in RELIABILITY.items()},
}

type _Control = Literal[
    "text", "long", "day", "number", "pair", "choice", "many", "flow"
]
type _Values = dict[str, str]


@dataclass(frozen=True)
class ItemField:
    """One value of an item, and how it is typed.

    Attributes
    ----------
    name : str
        In a file.
    control : str
        ``flow`` is as a file writes it; ``pair`` is two numbers; ``many`` are chosen.
    choices : tuple of str
    default : str
        What is meant where nothing is typed.
    is_required : bool
    """

    name: str
    control: _Control
    choices: tuple[str, ...] = ()
    default: str = ""
    is_required: bool = False

    @property
    def label(self) -> str:
        """What it is called."""
        return _words(self.name)[0]

    @property
    def hint(self) -> str:
        """How it is typed."""
        hint = _words(self.name)[1]
        return hint or ("As a file writes it." if self.control == "flow" else "")

    @property
    def is_front(self) -> bool:
        """Whether it stands with the first, and not under "More"."""
        return self.is_required or self.name in _WORDS

    def read(self, values: Mapping[str, str], path: str) -> Any:
        """Read what was typed; None where that is nothing."""
        if self.control == "pair":
            both = [values.get(f"{path}.{i}", "") for i in (0, 1)]
            return [probability(text) for text in both] if any(both) else None
        if self.control == "many":
            return list(self.chosen(values, path)) or None
        text = values.get(path, "")
        if text == "":
            return None
        if self.control == "number":
            return (number if self.name in _NO_PROBABILITIES else probability)(text)
        return _flow(text) if self.control == "flow" else text

    def chosen(self, values: Mapping[str, str], path: str) -> Iterator[str]:
        """Go through those that are chosen of many."""
        for name in values:
            if name.startswith(f"{path}."):
                yield name.removeprefix(f"{path}.")

    def write(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        """Fill it in."""
        if self.control == "pair":
            for i, one in enumerate(value or ()):
                yield f"{path}.{i}", f"{one:g}"
        elif self.control == "many":
            for one in value or ():
                yield f"{path}.{one}", "on"
        elif isinstance(value, str):
            yield path, value
        elif value is not None:
            yield path, json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class Rows:
    """A list of parts of an item, each with fields of its own."""

    name: str
    fields: tuple[ItemField, ...]

    label, hint = ItemField.label, ItemField.hint
    control = "rows"

    @property
    def is_front(self) -> bool:
        """Whether it stands with the first, and not under "More"."""
        return self.name in _WORDS

    def without_empty(self, values: _Values) -> _Values:
        """Leave out the rows in which nothing was typed, and number the others anew."""
        kept = [
            n
            for n in _row_numbers(values, self.name)
            if _read(self.fields, values, f"{self.name}.{n}.")
        ]
        own = {
            f"{self.name}.{i}.{one}": values[name]
            for i, n in enumerate(kept)
            for name in values
            if (one := name.removeprefix(f"{self.name}.{n}.")) != name
        }
        others = (name for name in values if not name.startswith(f"{self.name}."))
        return {name: values[name] for name in others} | own

    def read(self, values: Mapping[str, str], path: str) -> Any:
        """Read the rows in which something was typed."""
        rows = (
            _read(self.fields, values, f"{path}.{n}.")
            for n in _row_numbers(values, path)
        )
        return [row for row in rows if row] or None

    def write(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        """Fill them in."""
        for n, row in enumerate(value or ()):
            for one in self.fields:
                yield from one.write(row.get(one.name), f"{path}.{n}.{one.name}")


@dataclass(frozen=True)
class PriorFields:
    """A prior, in one of the ways in which it can be written."""

    name: str
    is_required: bool = True
    is_front: bool = True

    label, hint = ItemField.label, ItemField.hint
    control = "prior"

    def read(self, values: Mapping[str, str], path: str) -> Any:
        """Read it as it was written."""
        form = values.get(f"{path}.form", "")
        needed = PRIOR_FORMS.get(form, PRIOR_FORMS["median"])
        typed = {name: values.get(f"{path}.{name}", "") for name in needed}
        body: dict[str, Any]
        if form == "beta":
            body = {"beta": [number(text) for text in typed.values()]}
        elif form == "words":
            scale, _, words = typed["words"].rpartition("/")
            body = {"words": words} | ({"scale": scale} if scale else {})
        else:
            body = {name: probability(text) for name, text in typed.items() if text}
        if not self.is_required and not any(typed.values()):
            return None
        because = values.get(f"{path}.because")
        return body | ({"because": because} if because else {})

    def write(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        """Fill it in."""
        body = dict(value or {})
        form = next((form for form in PRIOR_FORMS if form in body), "median")
        yield f"{path}.form", form
        if form == "words":
            body["words"] = f"{body.get('scale', 'icd203')}/{body['words']}"
        for i, one in enumerate(body.pop("beta", ())):
            body[f"beta.{i}"] = one
        for name, one in body.items():
            text = one if isinstance(one, str) else f"{one:.10g}"
            yield f"{path}.{name}", text


type _Field = ItemField | Rows | PriorFields


class Choice(NamedTuple):
    """What can be chosen, and what it is called."""

    value: str
    told: str


@dataclass
class ItemForm:
    """What was typed of an item, and what is wrong with it.

    Attributes
    ----------
    kind : str
        Of the item.
    casebook : Casebook
        What it is part of: it knows what can be referred to.
    values : dict of str
        By the place of the field.
    faults : dict of str
        What must hold, by the place of the field.
    other_faults : list of str
        What belongs to no field.
    meanwhile : list of Difference
        What somebody else has made of it since the form was shown.
    """

    kind: Kind
    casebook: Casebook
    values: _Values = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    other_faults: list[str] = field(default_factory=list)
    meanwhile: list[Difference] = field(default_factory=list)

    @classmethod
    def typed(
        cls, kind: Kind, casebook: Casebook, given: Mapping[str, str]
    ) -> "ItemForm":
        """Take what a browser sends; rows are numbered anew, those left empty gone."""
        values = {name: given[name].strip().replace("\r\n", "\n") for name in given}
        form = cls(kind, casebook)
        for one in form.fields:
            if isinstance(one, Rows):
                values = one.without_empty(values)
        form.values = values
        return form

    @classmethod
    def of(cls, kind: Kind, casebook: Casebook, item: Item) -> "ItemForm":
        """Fill the form in with an item."""
        body, form = body_of(item), cls(kind, casebook)
        for one in form.fields:
            form.values |= dict(one.write(body.get(one.name), one.name))
        return form

    @property
    def fields(self) -> tuple[_Field, ...]:
        """Its fields, in the order of the type."""
        return _fields(ITEM_TYPES[self.kind])

    @property
    def about(self) -> str:
        """What such an item is."""
        return _ABOUT.get(self.kind, "")

    @property
    def has_faults(self) -> bool:
        """Whether anything is wrong with it."""
        return bool(self.faults or self.other_faults)

    def change(self, casebook: Casebook, key: str | None = None) -> Change:
        """Write the change that puts the item.

        Parameters
        ----------
        casebook : Casebook
            What it changes: it knows the ids that are taken.
        key : str, optional
            Of the item that is altered; a new one has what was typed, or one is made.
        """
        body = _read(self.fields, self.values, "")
        if self.kind == "link":
            key = key or link_key(*(str(body.get(name, "")) for name in ("if", "then")))
        elif key is not None:
            body["case" if self.kind == "case" else "id"] = key
        elif "id" in body:
            key = str(body["id"])
        else:
            key = self._made_id(casebook, body)
            body = {"id": key} | body
        return written_change(self.kind, key[:162], body)

    def _made_id(self, casebook: Casebook, body: dict[str, Any]) -> str:
        """Make an id of the text, which no other has: who sends twice adds once."""
        text = next((str(body[name]) for name in _TELLING if name in body), "")
        there = casebook.index.items[self.kind]
        stem = slug(text, self.kind)[:60].strip("-")
        others = [
            name
            for name, one in there.items()
            if one != written_change(self.kind, name, {"id": name} | body).body
        ]
        return free_id(stem, set(others))

    def refuse(self, error: ChangeError) -> None:
        """Note what is wrong, each beside the field that it belongs to."""
        for broken in error.broken:
            name = ".".join(map(str, broken.place))
            is_ours = broken.item.partition(" ")[0] == self.kind and name
            if not is_ours or not self._has(broken.place[0]):
                told = str(broken.told())
                if broken.item.partition(" ")[0] == self.kind:
                    told = told.removeprefix(f"{broken.item}: ")
                self.other_faults.append(told)
                continue
            came = "" if broken.value in (None, "") else f", got {broken.value!r:.80}"
            self.faults.setdefault(name, f"{broken.rule}{came}")

    def _has(self, name: Any) -> bool:
        return any(one.name == name for one in self.fields)

    def fault_at(self, path: str, *, whole: bool = False) -> str:
        """Return what must hold of a field; of a whole one, of anything within it."""
        if path in self.faults or not whole:
            return self.faults.get(path, "")
        within = (f for name, f in self.faults.items() if name.startswith(f"{path}."))
        return next(within, "")

    def label(self, path: str) -> str:
        """Say which field a place is in, in the words of the form."""
        parts = [part for part in path.split(".") if not part.isdigit()]
        told = [_words(part)[0] for part in parts]
        return ", ".join(told[:1] + [one.lower() for one in told[1:]])

    def row_numbers(self, rows: Rows, empty: int) -> list[int]:
        """Number the rows that are shown: those typed, and some that are empty."""
        n = len(_row_numbers(self.values, rows.name))
        return list(range(min(n + empty, MOST_ROWS)))

    def choices(self, one: ItemField, value: str) -> list[Choice]:
        """List what can be chosen, what is chosen among it."""
        scales = self.casebook.priors.scales.strength
        found: list[Choice] = []
        if one.name in _REFERENCES:
            scenarios = self.casebook.priors.scenarios
            found = [Choice(s.id, s.question[:110]) for s in scenarios]
        if one.control == "many":
            chosen = [*one.chosen(self.values, one.name)]
            found.sort(key=lambda choice: choice.value not in chosen)
            return found
        if one.name == "strength":
            sizes = ((w, f"{scales[w].decibans:g}") for w in scales)
            found = [Choice(word, f"{word}, about {size} dB") for word, size in sizes]
        elif one.choices:
            found = [Choice(name, _CHOICES.get(name, name)) for name in one.choices]
        if value and value not in {choice.value for choice in found}:
            found.append(Choice(value, value))
        return found if one.default else [Choice("", "choose"), *found]


def _words(name: str) -> tuple[str, str]:
    """What a field is called, and how it is typed."""
    return (_WORDS | _MORE).get(name, (name.replace("_", " "), ""))


def _read(
    fields: tuple[Any, ...], values: Mapping[str, str], before: str
) -> dict[str, Any]:
    """Read the values that were typed, by name."""
    read = {one.name: one.read(values, before + one.name) for one in fields}
    return {name: value for name, value in read.items() if value is not None}


def _row_numbers(values: Mapping[str, str], path: str) -> list[int]:
    pattern = re.compile(rf"{path}\.(\d{{1,4}})\.")
    found = {int(match[1]) for name in values if (match := pattern.match(name))}
    return sorted(found)[:MOST_ROWS]


def _flow(text: str) -> Any:
    """Read a value as a file writes it; what is none stays, to be refused as such."""
    written = read_yaml(f"value: {text}")
    return text if written.faults else written.data.get("value")


# The types and their fields


@cache
def _fields(model: type[Item]) -> tuple[_Field, ...]:
    found: list[_Field] = []
    for name, info in model.model_fields.items():
        if name == "outcome":  # which is a change of its own
            continue
        own, annotation = info.alias or name, info.annotation
        if Prior in (annotation, *get_args(annotation)):
            found.append(PriorFields(own, info.is_required()))
            continue
        bare = _bare(annotation)
        part = get_args(bare)[0] if get_origin(bare) is tuple else None
        if isinstance(part, type) and issubclass(part, Item):
            fields = tuple(f for f in _fields(part) if isinstance(f, ItemField))
            found.append(Rows(own, fields))
            continue
        control, choices = _control(own, bare)
        default = info.default
        told = "" if default in (PydanticUndefined, None, "", ()) else default
        if isinstance(told, Item):
            told = ""
        is_optional = name in ("id", "because") or not info.is_required()
        found.append(
            ItemField(own, control, choices, f"{told}", is_required=not is_optional)
        )
    return tuple(found)


def _bare(annotation: Any) -> Any:
    """Take from a type its name, its rules, and that it may be None."""
    while True:
        if isinstance(annotation, TypeAliasType):
            annotation = annotation.__value__
        elif get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            others = [one for one in get_args(annotation) if one is not type(None)]
            if len(others) > 1:
                return annotation
            annotation = others[0]
        else:
            return annotation


def _control(name: str, bare: Any) -> tuple[_Control, tuple[str, ...]]:
    if name in _REFERENCES:
        return "many" if name == "scenarios" else "choice", ()
    if get_origin(bare) is Literal and all(isinstance(v, str) for v in get_args(bare)):
        return "choice", get_args(bare)
    if get_origin(bare) is tuple and [_bare(a) for a in get_args(bare)] == [float] * 2:
        return "pair", ()
    simple: dict[Any, _Control] = {
        str: "long" if name in _LONG else "text",
        datetime.date: "day",
        float: "number",
    }
    return simple.get(bare, "flow"), ()


def words_choices(value: str) -> list[tuple[str, list[Choice]]]:
    """List the words that a prior can be, by the title of their scale."""
    found = [
        (
            scale.title,
            [
                Choice(
                    f"{scale.id}/{term.word}",
                    f"{term.word}, {100 * term.low:g} to {100 * term.high:g} %",
                )
                for term in scale.terms
            ],
        )
        for scale in VERBAL_SCALES.values()
    ]
    known = {choice.value for _, choices in found for choice in choices}
    if value and value not in known:  # a synonym
        found.insert(0, ("As it was", [Choice(value, value.partition("/")[2])]))
    return found
