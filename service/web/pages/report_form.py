"""The form of a report: what was typed, and the changes that it asks for.

Nothing that was typed is lost: the form shows it again beside what is wrong with it. A
source that is typed by a name the case does not know yet is added with the report, if
it is graded. A form that is still being filled in can be read as far as it goes, so
that its effect can be shown before it is posted.
"""

import re
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, count
from types import MappingProxyType
from typing import Any, NamedTuple

from deciban.evidence import Bearing, Report
from deciban.evidence.items import folded
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, ChangeError
from deciban.service.application.history import Difference
from deciban.service.web.pages.similar_claims import telling_words

__all__ = [
    "EMPTY_ROWS",
    "MOST_ROWS",
    "BearingRow",
    "ReportForm",
    "found_source",
    "free_id",
    "number",
    "probability",
    "proposed_id",
    "slug",
]

EMPTY_ROWS = 3
MOST_ROWS = 40

_MOST_STEM = 72  # of the 80 characters of an id: a number may follow
_MOST_KEY = 162  # of that of a change; an id that is longer is refused as such
_TEXTS = ("claim", "source", "origin", "repeats", "credibility", "published")
_MORE = ("indicator", "reference", "url", "because", "id", "why", "revision", "fixed")
_NEW = ("grade", "because")
_SPEAKERS = ("source", "origin")
_ROW_KEYS = ("target", "direction", "how", "decibans", "yes", "no", "because")
_LABELS = {
    "claim": "the claim",
    "source": "published by",
    "origin": "said first by",
    "repeats": "it repeats",
    "published": "published on",
    "new-source-grade": "the reliability of the new source",
    "new-source-because": "why the new source is graded so",
    "new-origin-grade": "the reliability of the new source that said it first",
    "new-origin-because": "why the new source that said it first is graded so",
    "bears": "what it bears on",
    "bears_on": "what it bears on",
    "url": "the address",
    "because": "why it is graded and read so",
    "why": "why it is changed",
}
_ROW_LABELS = {
    "target": "on what",
    "direction": "which way",
    "how": "how strongly",
    "yes": "likely if it is so",
    "no": "likely if it is not",
}
# What stands in for a claim that is not typed yet: what it says moves nothing.
_ANY_CLAIM = "A claim"


class BearingRow(NamedTuple):
    """One row of what a report bears on, as typed.

    Attributes
    ----------
    target : str
        ``argument:ID``, ``scenario:ID`` or ``rivals:ID``.
    direction : str
        ``supports`` or ``opposes``.
    how : str
        A word of strength, ``decibans`` or ``likelihoods``.
    decibans, yes, no : str
        The numbers of the last two.
    because : str
    answers : dict of str
        Of each answer of a set of rivals, as ``SET:ANSWER``: a likelihood, or a
        direction with a strength.
    """

    target: str = ""
    direction: str = "supports"
    how: str = ""
    decibans: str = ""
    yes: str = ""
    no: str = ""
    because: str = ""
    answers: Mapping[str, str] = MappingProxyType({})

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed into it."""
        texts = (self.target, self.how, self.because, self.decibans, self.yes)
        return not any((*texts, *self.answers.values()))

    @property
    def is_finished(self) -> bool:
        """Whether it says on what, and how strongly."""
        return bool(self.target and (self.how or self._of_rivals()))

    def _of_rivals(self) -> dict[str, str]:
        """What is typed of the answers of the set of rivals that is its target."""
        start = f"{self.target.removeprefix('rivals:')}:"
        return {
            name.removeprefix(start): text
            for name, text in self.answers.items()
            if text and name.startswith(start)
        }

    def written(self) -> dict[str, Any]:
        """Write it as an evidence file does."""
        kind, _, target = self.target.partition(":")
        bearing: dict[str, Any] = {}
        if kind in ("argument", "scenario", "rivals"):
            bearing[kind] = target
        if kind == "rivals":
            said = {name: number(text) for name, text in self._of_rivals().items()}
            # The words are refused where a number is among them.
            numbers = all(isinstance(value, float) for value in said.values())
            if said:
                bearing["likelihoods" if numbers else "words"] = said
        elif self.how == "likelihoods":
            bearing["likelihoods"] = [probability(self.yes), probability(self.no)]
        else:
            bearing["direction"] = self.direction
            if self.how == "decibans":
                bearing["decibans"] = number(self.decibans)
            elif self.how:
                bearing["strength"] = self.how
        if self.because:
            bearing["because"] = self.because
        return bearing

    @classmethod
    def of(cls, bearing: Bearing) -> "BearingRow":
        """Fill a row in with a bearing as it is written."""
        target = ":".join(bearing.target)
        because = bearing.because or ""
        direction = bearing.direction or "supports"
        if bearing.rivals is not None:
            said = bearing.likelihoods or bearing.words
            assert isinstance(said, Mapping)
            answers = {
                f"{bearing.rivals}:{name}": one if isinstance(one, str) else f"{one:g}"
                for name, one in said.items()
            }
            return cls(target, because=because, answers=answers)
        if bearing.likelihoods is not None:
            yes, no = (f"{value:g}" for value in bearing.likelihoods)
            return cls(target, direction, "likelihoods", "", yes, no, because)
        if bearing.decibans is not None:
            size = f"{bearing.decibans:g}"
            return cls(target, direction, "decibans", size, because=because)
        return cls(target, direction, bearing.strength or "", because=because)


def number(text: str) -> Any:
    """Read a number; what is none stays as it is, to be refused as such."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def probability(text: str) -> Any:
    """Read a probability, as a number or in per cent; what is none stays as it is.

    Examples
    --------
    >>> probability("0,4"), probability("40 %"), probability("some")
    (0.4, 0.4, 'some')
    """
    read = number(text.removesuffix("%"))
    if isinstance(read, str):
        return text
    return read / 100 if text.endswith("%") else read


@dataclass
class ReportForm:
    """What was typed, and what is wrong with it.

    Attributes
    ----------
    values : dict of str
        By name of the field.
    rows : list of BearingRow
        What the report bears on.
    faults : dict of str
        What must hold, by name of the field; that of a field of a row is
        ``bears-0-target``.
    other_faults : list of str
        What belongs to no field.
    meanwhile : list of Difference
        What somebody else has made of the report since the form was shown.
    """

    values: dict[str, str] = field(default_factory=dict)
    rows: list[BearingRow] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    other_faults: list[str] = field(default_factory=list)
    meanwhile: list[Difference] = field(default_factory=list)

    @classmethod
    def typed(cls, given: Mapping[str, str]) -> "ReportForm":
        """Take what a browser sends."""
        names = [*_TEXTS, *_MORE]
        names += [f"new-{who}-{what}" for who in _SPEAKERS for what in _NEW]
        values = {name: given.get(name, "").strip() for name in names}
        numbers = sorted(
            {
                int(found[1])
                for name in given
                if (found := re.fullmatch(r"bears-(\d{1,4})-(\w+|of-.+)", name))
            }
        )
        rows = [
            BearingRow(
                **{k: given.get(f"bears-{number}-{k}", "").strip() for k in _ROW_KEYS},
                answers={
                    name.removeprefix(start): text.strip()
                    for start in [f"bears-{number}-of-"]
                    for name, text in given.items()
                    if name.startswith(start)
                },
            )
            for number in numbers[:MOST_ROWS]
        ]
        return cls(values, [row for row in rows if not row.is_empty])

    @classmethod
    def of(cls, report: Report, revision: int) -> "ReportForm":
        """Fill the form in with a report as it stands at a revision."""
        names = (
            "id",
            "claim",
            "source",
            "origin",
            "repeats",
            "indicator",
            "reference",
            "url",
        )
        values = {name: getattr(report, name) or "" for name in (*names, "because")}
        values |= {
            "credibility": str(report.credibility),
            "published": report.published.isoformat(),
            "fixed": "" if report.ages else "on",
            "revision": str(revision),
        }
        return cls(values, [BearingRow.of(bearing) for bearing in report.bears_on])

    @property
    def has_faults(self) -> bool:
        """Whether anything is wrong with it."""
        return bool(self.faults or self.other_faults)

    def changes(self, casebook: Casebook) -> list[Change]:
        """Write the changes that the form asks for.

        Parameters
        ----------
        casebook : Casebook
            What they change: it knows the sources, and the ids that are taken.
        """
        speakers, new = self._speakers(casebook)
        values = self.values
        body: dict[str, Any] = {
            "id": values.get("id") or self.proposed_id(casebook),
            "claim": values.get("claim", ""),
            "source": speakers["source"],
            "credibility": _digit(values.get("credibility", "")),
            "published": values.get("published", ""),
        }
        if speakers["origin"] and speakers["origin"] != speakers["source"]:
            body["origin"] = speakers["origin"]
        for name in ("repeats", "indicator", "reference", "url", "because"):
            if values.get(name):
                body[name] = values[name]
        if values.get("fixed"):
            body["ages"] = False
        if not values.get("repeats"):
            body["bears_on"] = [row.written() for row in self.rows]
        body = {name: value for name, value in body.items() if value != ""}
        return [*new, _put("report", str(body["id"]), body)]

    def changes_so_far(
        self, casebook: Casebook, today: date, edited: str | None = None
    ) -> list[Change] | None:
        """Write the changes as far as the form is filled in.

        Parameters
        ----------
        casebook : Casebook
            What they change.
        today : date
            When it was published, where that is not typed yet.
        edited : str, optional
            Id of the report that is edited. A new one is read under an id that is free,
            whatever is typed: it must not take the place of another.

        Returns
        -------
        list of Change, or None
            None while it does not say enough to move anything: who, how credible, and
            what it bears on or repeats.
        """
        finished = [row for row in self.rows if row.is_finished]
        so_far = ReportForm(
            {"claim": _ANY_CLAIM, "published": today.isoformat()}
            | {name: value for name, value in self.values.items() if value}
            | {"reference": "", "url": "", "because": "", "id": edited or ""},
            [row._replace(because="") for row in finished],
        )
        values = so_far.values
        if not (values.get("source") and values.get("credibility")):
            return None
        if not (finished or values.get("repeats")):
            return None
        return so_far.changes(casebook)

    def proposed_id(self, casebook: Casebook) -> str:
        """Propose an id: the source, and what is special about the claim."""
        values = self.values
        typed = values.get("source", "")
        source = found_source(casebook, typed) or slug(typed, "source")
        return proposed_id(casebook, source, values.get("claim", ""))

    def refuse(self, error: ChangeError) -> None:
        """Note what is wrong, each beside the field that it belongs to."""
        for broken in error.broken:
            name = self._field(broken.item, tuple(broken.place))
            if name is None:
                self.other_faults.append(str(broken.told()))
                continue
            came = "" if broken.value in (None, "") else f", got {broken.value!r:.80}"
            self.faults.setdefault(name, f"{broken.rule}{came}")

    def label(self, name: str) -> str:
        """Say which field a name is that of, in the words of the form."""
        if found := re.fullmatch(r"bears-\d+-of-[^:]+:(.+)", name):
            return f"what it bears on, {found[1]}:"
        if found := re.fullmatch(r"bears-\d+-(\w+)", name):
            return f"what it bears on, {_ROW_LABELS.get(found[1], found[1])}:"
        return _LABELS.get(name, name)

    def sentences(self, error: ChangeError) -> list[str]:
        """Say what is wrong in the words of the form, without noting it."""
        beside = ReportForm(self.values, self.rows)
        beside.refuse(error)
        named = [f"{self.label(name)} {rule}" for name, rule in beside.faults.items()]
        return [rule[0].upper() + rule[1:] for rule in [*named, *beside.other_faults]]

    def _field(self, item: str, place: tuple[Any, ...]) -> str | None:
        kind, _, _key = item.partition(" ")
        if kind == "source":
            return self._source_field(item.partition(" ")[2], place)
        if kind != "report" or not place:
            return None
        if place[0] == "bears_on":
            if len(place) < 2:
                return "bears"
            if on_rivals := self._rivals_field(int(place[1]), place[2:]):
                return on_rivals
            key = str(place[2]) if len(place) > 2 else "how"
            part = {"argument": "target", "scenario": "target", "strength": "how"}
            part |= {"likelihoods": "yes" if place[3:] != (1,) else "no"}
            return f"bears-{place[1]}-{part.get(key, key)}"
        return "fixed" if place[0] == "ages" else str(place[0])

    def _rivals_field(self, number: int, place: tuple[Any, ...]) -> str | None:
        """Where a rule on a set of rivals belongs; None for other bearings."""
        kind, _, name = self.rows[number].target.partition(":")
        if kind != "rivals":
            return None
        if len(place) > 1:
            return f"bears-{number}-of-{name}:{place[1]}"
        return f"bears-{number}-target"

    def _source_field(self, key: str, place: tuple[Any, ...]) -> str | None:
        for who in _SPEAKERS:
            stem = slug(self.values.get(who, ""), "source")
            if re.fullmatch(rf"{stem}(-\d+)?", key):
                ours = {
                    "reliability": f"new-{who}-grade",
                    "because": f"new-{who}-because",
                }
                return ours.get(str(place[0]) if place else "", who)
        return None

    def _speakers(self, casebook: Casebook) -> tuple[dict[str, str], list[Change]]:
        """Ids of source and origin, and the changes that add those that are new."""
        ids: dict[str, str] = {}
        new: list[Change] = []
        for who in _SPEAKERS:
            name = self.values.get(who, "")
            known = found_source(casebook, name)
            ids[who] = known or (name and new_source_id(casebook, name))
            grade = self.values.get(f"new-{who}-grade", "")
            if known or not name or ids[who] in {change.key for change in new}:
                continue
            body = {"id": ids[who], "name": name, "reliability": grade or None}
            if because := self.values.get(f"new-{who}-because"):
                body["because"] = because
            new.append(_put("source", ids[who], body))
        return ids, new


def _put(kind: str, key: str, body: dict[str, Any]) -> Change:
    """Make the change that puts an item; what is no such item is refused later."""
    written = {"kind": kind, "key": key[:_MOST_KEY], "body": body}
    return Change.model_validate(written)


def _digit(text: str) -> Any:
    return int(text) if re.fullmatch(r"[0-9]", text) else text


def found_source(casebook: Casebook, typed: str) -> str | None:
    """Find the source that was typed by its id or its name; None if there is none.

    What is merely like one of them is not taken for it: the form says that it is new.

    Parameters
    ----------
    casebook : Casebook
        Whose sources.
    typed : str
        An id or a name, in capitals or not.
    """
    sources = casebook.evidence.sources
    named = {folded(source.name): source.id for source in sources}
    named |= {folded(source.id): source.id for source in sources}
    named |= {source.id: source.id for source in sources}
    return named.get(typed) or named.get(folded(typed))


def new_source_id(casebook: Casebook, name: str) -> str:
    """Make an id of a name that no source has yet."""
    return free_id(
        slug(name, "source"), {source.id for source in casebook.evidence.sources}
    )


def slug(text: str, otherwise: str) -> str:
    """Make an id of a text.

    Parameters
    ----------
    text : str
        In any script.
    otherwise : str
        The id where no letter or digit of ASCII is left.

    Examples
    --------
    >>> slug("Süddeutsche Zeitung", "source"), slug("조선중앙통신", "source")
    ('suddeutsche-zeitung', 'source')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    return "-".join(words)[:_MOST_STEM].strip("-") or otherwise


def proposed_id(casebook: Casebook, source: str, claim: str) -> str:
    """Propose an id for a report that no other has: the source, and telling words.

    Parameters
    ----------
    casebook : Casebook
        Which knows the ids that are taken.
    source : str
        Id of who published it.
    claim : str
        What it says.
    """
    reports = casebook.evidence.reports
    words = telling_words(reports, claim) or ["report"]
    stem = slug(f"{source[:40]} {' '.join(words)}", "report")
    return free_id(stem, {report.id for report in reports})


def free_id(stem: str, taken: Container[str]) -> str:
    """Return an id that is not taken: a stem, or with a number behind it."""
    numbered = (f"{stem}-{n}" for n in count(2))
    return next(name for name in chain([stem], numbered) if name not in taken)
