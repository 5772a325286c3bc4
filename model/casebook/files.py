"""Reading and writing a case's two files.

Whatever is wrong with the files is told at once: what cannot be read, what is wrong
with an item, what the rules between items and between the two files refuse. The
evidence may be spread over several files, its sources in one and its reports in
another, or the same item in both; each problem names the file, the line and the place
in that file.
"""

import codecs
import os
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails

import deciban.evidence as evidence_package
import deciban.priors as priors_package
from deciban.evidence import EvidenceFile, Report, Source, evidence_problems
from deciban.evidence.items import Item, readable_part
from deciban.evidence.table import (
    Fault,
    Place,
    Separator,
    Written,
    read_table,
    table_text,
)
from deciban.model.casebook.atomic_file import write_whole
from deciban.model.casebook.casebook import Casebook, casebook_problems
from deciban.model.casebook.messages import (
    BrokenRule,
    broken_rules,
    place_text,
    stated_rule,
)
from deciban.model.casebook.yaml_text import (
    has_comments,
    json_lines_text,
    read_json_lines,
    read_yaml,
    yaml_text,
)
from deciban.model.errors import AsItStands, CaseError, Problem
from deciban.priors import PriorsFile, priors_problems

__all__ = [
    "MAX_BYTES",
    "MAX_ITEMS",
    "MAX_TOLD",
    "AnyPath",
    "Format",
    "GivenFile",
    "Separator",
    "commented_files",
    "decoded",
    "evidence_text",
    "priors_text",
    "read_casebook",
    "read_evidence",
    "read_priors",
    "shipped_case_files",
    "shipped_cases",
    "template_files",
    "write_evidence",
    "write_priors",
]

type Format = Literal["yaml", "jsonl", "csv"]
type AnyPath = str | os.PathLike[str]


class GivenFile(NamedTuple):
    """A file that is on no disk: its name, which tells its format, and its bytes."""

    name: str
    content: bytes


type AnyFile = AnyPath | GivenFile

MAX_BYTES = 50_000_000
MAX_ITEMS = 100_000
MAX_TOLD = 1000

_FORMATS: dict[str, Format] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".jsonl": "jsonl",
    ".csv": "csv",
}
_PRIORS_FORMATS: dict[str, Format] = {".yaml": "yaml", ".yml": "yaml"}
_KINDS = ("priors", "evidence")
_ITEMS: dict[str, type[Item]] = {"sources": Source, "reports": Report}
_READERS = {"yaml": read_yaml, "jsonl": read_json_lines, "csv": read_table}


def read_casebook(priors: AnyFile, evidence: AnyFile | Sequence[AnyFile]) -> Casebook:
    """Read a case's priors file and its evidence.

    Parameters
    ----------
    priors : path or GivenFile
        A YAML file.
    evidence : path, GivenFile, or sequence of them
        YAML, JSON Lines or CSV files, merged in this order.

    Raises
    ------
    CaseError
        With every problem of all the files, in the order of the files and their lines.
    """
    before = _priors_side(priors)
    since = _evidence_side(evidence)
    found = [*before.found(), *since.found()]
    if before.is_whole and since.is_whole:
        for problem in casebook_problems(before.readable, since.readable):
            (file, *place), rule, value = stated_rule(problem)
            side = before if file == "priors" else since
            found.append(side.tell(tuple(place), rule, value))
    if before.valid is not None:
        found += _sets_too_large(before.valid, before)
    _raise_if_any(found)
    assert before.valid is not None and since.valid is not None  # nothing was found
    return Casebook(priors=before.valid, evidence=since.valid)


def read_priors(path: AnyFile) -> PriorsFile:
    """Read a priors file, YAML.

    Its ``scales`` may be the name of a YAML file that has them, relative to it.

    Raises
    ------
    CaseError
        With every problem of the file, in the order of its lines.
    """
    return _checked(_priors_side(path))


def read_evidence(path: AnyFile | Sequence[AnyFile]) -> EvidenceFile:
    """Read evidence from YAML, JSON Lines or CSV files, merged in this order.

    Raises
    ------
    CaseError
        With every problem of all the files, in the order of the files and their lines.
    """
    return _checked(_evidence_side(path))


def _priors_side(path: AnyFile) -> "_Side[PriorsFile]":
    file = _read(0, path, _PRIORS_FORMATS)
    named, scales = file.written.data.get("scales"), None
    # A file that is given as its content has none beside it.
    if isinstance(named, str) and not isinstance(path, GivenFile):
        scales = _read(0, Path(path).parent / named, _PRIORS_FORMATS)
    return _Side(PriorsFile, priors_problems, [file], scales)


def _evidence_side(path: AnyFile | Sequence[AnyFile]) -> "_Side[EvidenceFile]":
    paths: Sequence[AnyFile]
    paths = [path] if isinstance(path, str | os.PathLike | GivenFile) else path
    if not paths:
        raise CaseError([Problem("evidence", "must be at least one file", None)])
    files = [_read(i, one, _FORMATS) for i, one in enumerate(paths, start=1)]
    return _Side(EvidenceFile, evidence_problems, files)


def _checked[M: Item](side: "_Side[M]") -> M:
    _raise_if_any(list(side.found()))
    assert side.valid is not None  # nothing was found
    return side.valid


def _sets_too_large(
    priors: PriorsFile, side: "_Side[PriorsFile]"
) -> Iterator["_Found"]:
    """Find what the casebook refuses of its priors, whatever the reports."""
    try:
        Casebook(priors=priors, evidence=EvidenceFile(case=priors.case))
    except ValidationError as error:
        for place, rule, value in broken_rules(error, Casebook):
            yield side.tell(place[1:], rule, value)


def _raise_if_any(found: list["_Found"]) -> None:
    if not found:
        return
    found.sort(key=lambda one: (one.file, one.line))
    each_once = {(one.problem.where, one.problem.rule): one.problem for one in found}
    told = list(each_once.values())
    if len(told) > MAX_TOLD:
        more = AsItStands(f"{len(told)}")
        told = [*told[:MAX_TOLD], Problem("in all", "must have no problems", more)]
    raise CaseError(told)


def _read(number: int, path: AnyFile, formats: Mapping[str, Format]) -> "_File":
    name = path.name if isinstance(path, GivenFile) else os.fspath(path)
    suffix = Path(name).suffix.lower()
    if suffix not in formats:
        rule = f"must have a name that ends in {_listed(formats)}"
        return _unread(number, name, 0, rule, suffix or None)
    try:
        content = _content_of(path)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        said = getattr(error, "strerror", None) or str(error)
        return _unread(number, name, 0, "must be a readable file", AsItStands(said))
    if len(content) > MAX_BYTES:
        rule = f"must have at most {MAX_BYTES} bytes"
        return _unread(number, name, 0, rule, AsItStands("more"))
    try:
        text = decoded(content)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        rule, value = (
            "must be text in UTF-8: save the file as UTF-8 (Excel: CSV UTF-8)",
            content[error.start : error.end],
        )
        return _unread(number, name, line, rule, value)
    written = _READERS[formats[suffix]](text)
    for key, parts in written.data.items():
        if isinstance(parts, list | dict) and len(parts) > MAX_ITEMS:
            rule = f"must have at most {MAX_ITEMS} {key} in one file"
            line = written.lines.get((key,), 1)
            return _unread(number, name, line, rule, AsItStands(str(len(parts))))
    return _File(number, name, written)


def _content_of(path: AnyFile) -> bytes:
    if isinstance(path, GivenFile):
        return path.content
    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)


def decoded(content: bytes) -> str:
    """Read the bytes of a file as text: UTF-8, or UTF-16 that begins with its mark.

    Raises
    ------
    UnicodeDecodeError
        If they are neither. A NUL is no text: most often it is UTF-16 without a mark.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    if (at := content.find(b"\0")) >= 0:
        raise UnicodeDecodeError("utf-8", content, at, at + 1, "NUL")
    return content.decode("utf-8-sig")


def commented_files(paths: Iterable[AnyPath]) -> list[AnyPath]:
    """Find the YAML files that have comments, among files that have been read.

    What is written of their data has none.
    """
    return [
        path
        for path in paths
        if Path(path).suffix.lower() in _PRIORS_FORMATS
        and has_comments(decoded(Path(path).read_bytes()))
    ]


def _unread(number: int, name: str, line: int, rule: str, value: Any) -> "_File":
    return _File(number, name, Written({}, {}, [Fault(line, (), rule, value)]))


def _listed(formats: Mapping[str, Format]) -> str:
    *first, last = formats
    return f"{', '.join(first)} or {last}"


class _Found(NamedTuple):
    """A problem, and by what it is sorted."""

    file: int
    line: int
    problem: Problem


class _File(NamedTuple):
    """What one file says, its position among the files, and its name as given."""

    number: int
    name: str
    written: Written

    def tell(self, place: Place, rule: str, value: Any) -> _Found:
        """State a problem at the line of the deepest part of its place there is."""
        known = place
        while known and known not in self.written.lines:
            known = known[:-1]
        return self.tell_at(self.written.lines.get(known, 1), place, rule, value)

    def tell_at(self, line: int, place: Place, rule: str, value: Any) -> _Found:
        where = self.name + (f":{line}" if line else "")
        where += f": {place_text(place)}" if place else ""
        return _Found(self.number, line, Problem(where, rule, value))


class _Side[M: Item]:
    """The priors or the evidence of a case: what its files say, merged and checked."""

    def __init__(
        self,
        model: type[M],
        between: Callable[[M], Iterator[InitErrorDetails]],
        files: Sequence[_File],
        scales: _File | None = None,  # named by one of the files
    ) -> None:
        self.data: dict[Any, Any] = {}
        self.valid: M | None = None
        self._files = files
        self._origins: dict[Place, tuple[_File, Place]] = {}
        self._faults: list[_Found] = []
        self._first: dict[tuple[str, str], tuple[_File, Place, Any]] = {}
        self._conflicts: list[_Found] = []
        for file in files:
            self._faults += (file.tell_at(*fault) for fault in file.written.faults)
            self._add(file)
        if scales is not None:
            faults = scales.written.faults
            self._faults += (scales.tell_at(*fault) for fault in faults)
            self.data["scales"] = scales.written.data
            self._origins["scales",] = (scales, ())
        self._between: list[BrokenRule] = []
        self._findings: list[BrokenRule] = []
        try:
            self.valid = model.model_validate(self.data, by_alias=True, by_name=False)
            self.readable = self.valid
        except ValidationError as error:
            self._findings = list(broken_rules(error, model))
            self.readable = readable_part(model, self.data)
            self._between = [stated_rule(one) for one in between(self.readable)]

    def _add(self, file: _File) -> None:
        for key, value in file.written.data.items():
            if key in _ITEMS:
                if not isinstance(value, list):
                    self._faults.append(file.tell((key,), "must be a list", value))
                    continue
                items = self.data.setdefault(key, [])
                for i, item in enumerate(value):
                    if self._is_merged(file, (key, i), item):
                        continue
                    self._origins[key, len(items)] = (file, (key, i))
                    items.append(item)
            elif key not in self.data:
                self.data[key] = value
                self._origins[key,] = (file, (key,))
            elif value != self.data[key]:
                rule = f"must be that of the files before, {self.data[key]!r}"
                self._faults.append(file.tell((key,), rule, value))

    def _is_merged(self, file: _File, place: Place, item: Any) -> bool:
        """Whether a file before has an item of this id: the same, or one of the two.

        An item that is not valid is kept, for its own problems to be told.
        """
        key, name = str(place[0]), item.get("id") if isinstance(item, dict) else None
        if not isinstance(name, str):
            return False
        other, where, first = self._first.setdefault((key, name), (file, place, item))
        if other is file:
            return False
        try:
            one, two = (_ITEMS[key].model_validate(i) for i in (first, item))
        except ValidationError:
            return False
        if told := _differences(one, two):
            line = other.written.lines.get(where, 1)
            rule = f"must be as in {other.name}:{line}, {told[0]}, or have another id"
            self._conflicts.append(file.tell(place, rule, AsItStands(told[1])))
        return True

    @property
    def is_whole(self) -> bool:
        """Whether all was read, so that what is missing is missing indeed."""
        return not self._faults

    def tell(self, place: Place, rule: str, value: Any) -> _Found:
        """State a problem at its place in the file that wrote it."""
        for depth in (2, 1):
            if place[:depth] in self._origins:
                file, own = self._origins[place[:depth]]
                return file.tell((*own, *place[depth:]), rule, value)
        return self._files[0].tell(place, rule, value)

    def found(self) -> Iterator[_Found]:
        """Find all that is wrong with this side by itself.

        Where something could not be read, that may be what a rule between items misses,
        so those rules are left out, and whatever else is said of the same place.
        """
        yield from self._conflicts
        if self.is_whole:
            yield from (self.tell(*one) for one in (*self._findings, *self._between))
            return
        yield from self._faults
        faulty = {one.problem.where for one in self._faults}
        for one in self._findings:
            is_missing = len(one.place) == 1 and one.place[0] not in self.data
            found = self.tell(*one)
            if not is_missing and one not in self._between:
                if found.problem.where not in faulty:
                    yield found


def _differences(one: Item, other: Item) -> tuple[str, str] | None:
    """Say what each of two items has that the other has not, None if nothing."""
    names = [name for name, value in one if value != getattr(other, name)]
    if not names:
        return None
    shown = reprlib.Repr(maxstring=40, maxother=40)
    plain = [item.model_dump(mode="json", include=set(names)) for item in (one, other)]
    said = [", ".join(f"{n} {shown.repr(kept[n])}" for n in names) for kept in plain]
    return said[0], said[1]


def evidence_text(
    evidence: EvidenceFile, format: Format, separator: Separator | None = None
) -> str:
    """Write evidence as the text of a file; reading it gives the same evidence.

    With a ``separator``, CSV is written for Excel: see ``evidence.table``. The mark at
    its beginning tells Excel that the text is UTF-8.
    """
    if format == "csv":
        return ("\ufeff" if separator else "") + table_text(evidence, separator)
    if format == "jsonl":
        content = _content(evidence, mode="json")
        items = (
            (kind, one)
            for kind in ("source", "report")
            for one in content.get(f"{kind}s", ())
        )
        return json_lines_text(evidence.case, items)
    return yaml_text(_content(evidence))


def priors_text(priors: PriorsFile) -> str:
    """Write priors as the text of a YAML file; reading it gives the same priors."""
    content = _content(priors)
    content.pop("scales", None)
    if departures := priors.scales.departures():
        content["scales"] = departures
    return yaml_text(content)


def _content(file: BaseModel, mode: str = "python") -> dict[str, Any]:
    """Plain data without the keys that say no more than their absence."""
    return file.model_dump(mode=mode, by_alias=True, exclude_defaults=True)


def write_evidence(
    evidence: EvidenceFile, path: AnyPath, separator: Separator | None = None
) -> None:
    """Write evidence to a YAML, JSON Lines or CSV file, wholly or not at all.

    With a ``separator``, CSV is written for Excel.

    Raises
    ------
    CaseError
        If the name ends in none of their suffixes, or the file cannot be written.
    """
    _write(path, _FORMATS, lambda format: evidence_text(evidence, format, separator))


def write_priors(priors: PriorsFile, path: AnyPath) -> None:
    """Write priors to a YAML file, wholly or not at all.

    Raises
    ------
    CaseError
        If the name does not end in .yaml or .yml, or the file cannot be written.
    """
    _write(path, _PRIORS_FORMATS, lambda _: priors_text(priors))


def _write(
    path: AnyPath, formats: Mapping[str, Format], text: Callable[[Format], str]
) -> None:
    name, suffix = os.fspath(path), Path(path).suffix.lower()
    if suffix not in formats:
        rule = f"must have a name that ends in {_listed(formats)}"
        raise CaseError([Problem(name, rule, suffix or None)])
    content = text(formats[suffix]).encode()
    try:
        write_whole(path, content)
    except OSError as error:
        said = AsItStands(error.strerror or error)
        raise CaseError([Problem(name, "must be a writable file", said)]) from error


def shipped_cases() -> list[str]:
    """Ids of the cases that come with Deciban, those with both files."""
    known = [{path.stem for path in folder.glob("*.yaml")} for folder in _shipped()]
    return sorted(set.intersection(*known))


def shipped_case_files(case: str) -> tuple[Path, Path]:
    """Priors file and evidence file of a case that comes with Deciban.

    Raises
    ------
    CaseError
        If there is no such case; the rule lists those there are.
    """
    cases = shipped_cases()
    if case not in cases:
        rule = f"must be one of the cases {', '.join(cases) or '(none)'}"
        raise CaseError([Problem("case", rule, case)])
    priors, evidence = (folder / f"{case}.yaml" for folder in _shipped())
    return priors, evidence


def template_files(case: str) -> tuple[GivenFile, GivenFile]:
    """Priors file and evidence file to begin with: their comments explain every key.

    Only the id of the case may be wrong in them.
    """
    folder = Path(__file__).parent / "templates"
    texts = ((folder / f"{kind}.yaml").read_text("utf-8") for kind in _KINDS)
    priors, evidence = (
        GivenFile(f"{kind}.yaml", text.replace("CASE", case).encode())
        for kind, text in zip(_KINDS, texts, strict=True)
    )
    return priors, evidence


def _shipped() -> tuple[Path, Path]:
    priors, evidence = (
        Path(str(package.__file__)).parent / "cases"
        for package in (priors_package, evidence_package)
    )
    return priors, evidence
