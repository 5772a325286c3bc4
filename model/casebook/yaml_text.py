"""YAML and JSON Lines: plain data as text, and the line of every place in it.

YAML is read by the rules of YAML 1.2: only ``true`` and ``false`` are truth values, so
that ``on`` is a key and ``none`` a word, and ``1e3`` is a number. A key written twice,
an alias and a tag are refused, since each makes data say what a reader does not see.

ruamel.yaml keeps positions and comments too, and was tried: it reads evidence of 8,000
reports in 8.3 s of processor time where this, over libyaml's events, takes 0.5; it
takes aliases and tags, and its reading ends at the first key written twice or day that
is none, where here each is told. Comments are not kept: what is written is a
casebook as the service has it, never a file as a person wrote it; whoever gives a file
with comments is told so.
"""

import datetime
import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from deciban.evidence.table import Fault, Place, Written

__all__ = [
    "has_comments",
    "json_lines_text",
    "read_json_lines",
    "read_yaml",
    "yaml_text",
]

type _Event = Any  # an event of PyYAML, whose types know neither tag nor mark

_WIDTH = 80
_LONG_TEXT = 60
_MAX_DEPTH = 100
_TAG = "tag:yaml.org,2002:"
_INTEGER = r"[-+]?(?:0|[1-9][0-9]*)"

# What plain scalars say; one that matches none of these is text.
_PLAIN: list[tuple[str, re.Pattern[str], Callable[[str], Any]]] = [
    (_TAG + kind, re.compile(rf"(?:{pattern})\Z"), read)
    for kind, pattern, read in (
        ("null", r"~|null|Null|NULL|", lambda text: None),
        ("bool", r"true|True|TRUE", lambda text: True),
        ("bool", r"false|False|FALSE", lambda text: False),
        ("int", _INTEGER, int),
        (
            "float",
            rf"(?:{_INTEGER}(?:\.[0-9]*)?|[-+]?\.[0-9]+)(?:[eE][-+]?[0-9]+)?",
            float,
        ),
        ("timestamp", r"\d{4}-\d{2}-\d{2}", datetime.date.fromisoformat),
    )
]
# YAML 1.1, which most programs still read, takes more words for something else.
_YAML_1_1 = yaml.resolver.Resolver()
# libyaml's parser where there is one: it is ten times as fast.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Dumper(yaml.SafeDumper):
    yaml_implicit_resolvers = {  # noqa: RUF012 (as PyYAML has it)
        None: [(tag, pattern) for tag, pattern, _ in _PLAIN]
    }

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent the items of a list below its key, which PyYAML would not."""
        super().increase_indent(flow, indentless=False)


def read_yaml(text: str) -> Written:
    """Read the text of a YAML file whose top level is a mapping."""
    builder = _Builder()
    try:
        data = builder.document(yaml.parse(text, _Loader))
    except yaml.MarkedYAMLError as error:
        marks = [m for m in (error.problem_mark, error.context_mark) if m]
        lines = [min(mark.line, text.count("\n")) + 1 for mark in marks] or [1]
        # What is not closed is found wrong at the end, where there is nothing to see.
        line = next((n for n in lines if _line(text, n)), lines[0])
        said = ", ".join(filter(None, (error.context, error.problem)))
        if "\t" in text.split("\n")[line - 1].partition("-")[0].partition(":")[0]:
            rule = "must be YAML: indented by spaces, not tabs"
            return _unread(line, rule, _line(text, line))
        return _unread(line, f"must be YAML: {said}", _line(text, line))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return _unread(line, "must not have control characters", chr(error.character))
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        rule = "must be text that UTF-8 can hold"
        return _unread(line, rule, text[error.start : error.end])
    except _TooDeepError as error:
        return _unread(error.line, f"must be nested at most {_MAX_DEPTH} deep", None)
    if not isinstance(data, dict):
        return _unread(1, "must be a mapping of keys to values", data)
    return Written(data, builder.lines, builder.faults)


def _unread(line: int, rule: str, value: Any) -> Written:
    return Written({}, {}, [Fault(line, (), rule, value)])


def _line(text: str, number: int) -> str | None:
    return text.split("\n")[number - 1].strip() or None


def has_comments(text: str) -> bool:
    """Whether a YAML text that can be read has comments, which its data have not.

    Examples
    --------
    >>> has_comments("a: 1  # one"), has_comments('a: "1 # one"')
    (True, False)
    """
    signs = [found.start() for found in re.finditer(r"(?<!\S)#", text)]
    if not signs:
        return False
    inside: set[int] = set()
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.ScalarEvent):
            marks = (event.start_mark, event.end_mark)
            start, end = (mark.index for mark in marks if mark)
            if event.style in ("|", ">"):  # whose text begins on the next line
                start = max(start, text.find("\n", start))
            first, last = (bisect_left(signs, at) for at in (start, end))
            inside.update(signs[first:last])
    return len(inside) < len(signs)


class _TooDeepError(Exception):
    """Lists and mappings are nested so deeply that reading them might not end."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Builder:
    """Plain data of a stream of YAML events, with the line of each place and faults."""

    def __init__(self) -> None:
        self.lines: dict[Place, int] = {}
        self.faults: list[Fault] = []
        self._events: Iterator[_Event] = iter(())

    def document(self, events: Iterable[_Event]) -> Any:
        self._events = iter(events)
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        data = self._value(next(self._events), ())
        next(self._events)  # the end of the document
        if not isinstance(event := next(self._events), yaml.StreamEndEvent):
            self._refuse(event, (), "must be one document, without a second ---", None)
        return data

    def _value(self, event: _Event, place: Place) -> Any:
        self.lines.setdefault(place, event.start_mark.line + 1)
        if len(place) > _MAX_DEPTH:
            raise _TooDeepError(event.start_mark.line + 1)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, place, "must be written out, not as an alias", None)
        elif event.tag is not None:
            self._refuse(event, place, "must not have a tag", event.tag)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(place)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(place)
        return _scalar(event) if isinstance(event, yaml.ScalarEvent) else None

    def _list(self, place: Place) -> list[Any]:
        data: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            data.append(self._value(event, (*place, len(data))))
        return data

    def _mapping(self, place: Place) -> dict[Any, Any]:
        data: dict[Any, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, place)
            self.lines.setdefault((*place, key), event.start_mark.line + 1)
            value = self._value(next(self._events), (*place, key))
            if key in data:
                rule = "must be written once only in its mapping"
                self._refuse(event, (*place, key), rule, key)
            data.setdefault(key, value)
        return data

    def _key(self, event: _Event, place: Place) -> str | int:
        """Keys are texts, and the digits of the scales numbers; nothing else."""
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse(event, place, "must have plain keys", None)
            self._value(event, place)
            return "?"
        key = _scalar(event)
        return key if type(key) is int else event.value

    def _refuse(self, event: _Event, place: Place, rule: str, value: Any) -> None:
        self.faults.append(Fault(event.start_mark.line + 1, place, rule, value))


def _scalar(event: _Event) -> Any:
    text: str = event.value
    if event.implicit[0]:
        for _, pattern, read in _PLAIN:
            if pattern.match(text):
                try:
                    return read(text)
                except ValueError:
                    # No such day, or a number too long to read: what is left is its
                    # text, which the types refuse where they want a day or a number.
                    return text
    return text


def yaml_text(data: Mapping[str, Any] | Sequence[Any]) -> str:
    """Write plain data as YAML for people to read; ``read_yaml`` reads it back.

    What holds nothing nested stands on one line where it fits; texts of several lines
    stand as blocks; long texts are folded.
    """
    text: str = yaml.serialize(
        _node(data, 0), Dumper=_Dumper, allow_unicode=True, width=_WIDTH
    )
    return text


def _node(value: Any, indent: int) -> yaml.Node:
    if isinstance(value, Mapping):
        pairs = [(_key(key), _node(item, indent + 2)) for key, item in value.items()]
        flow = bool(indent) and _fits(value, indent)
        return yaml.MappingNode(_TAG + "map", pairs, flow_style=flow)
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = [_node(item, indent + 2) for item in value]
        flow = not any(isinstance(item, Mapping) for item in value)
        return yaml.SequenceNode(_TAG + "seq", items, flow_style=flow)
    if isinstance(value, bool):
        return yaml.ScalarNode(_TAG + "bool", "true" if value else "false")
    if isinstance(value, int):
        return yaml.ScalarNode(_TAG + "int", str(value))
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, datetime.date):
        return yaml.ScalarNode(_TAG + "timestamp", value.isoformat())
    return yaml.ScalarNode(_TAG + "str", value, style=_style(value))


def _key(key: Any) -> yaml.ScalarNode:
    return yaml.ScalarNode(_TAG + ("int" if isinstance(key, int) else "str"), str(key))


def _fits(item: Mapping[str, Any], indent: int) -> bool:
    """Whether a mapping without nested mappings takes no more than a line."""
    width = indent + 2
    for key, value in item.items():
        if isinstance(value, Mapping):
            return False
        if isinstance(value, list | tuple) and any(
            isinstance(v, Mapping) for v in value
        ):
            return False
        if isinstance(value, str) and "\n" in value:
            return False
        width += len(f"{key}: {value}, ")
    return width <= _WIDTH


def _float(number: float) -> yaml.ScalarNode:
    if number.is_integer() and abs(number) < 1e15:
        return yaml.ScalarNode(_TAG + "int", str(int(number)))
    return yaml.ScalarNode(_TAG + "float", repr(number))


def _style(text: str) -> str | None:
    """Choose a block for lines and long texts, quotes for what may read as no text."""
    lines = text.split("\n")
    clean = all(line == line.strip() and line.isprintable() for line in lines)
    if len(lines) > 1:
        return "|" if clean and lines[0] else '"'
    if not clean:
        return '"'
    if len(text) > _LONG_TEXT:
        return ">"
    # PyYAML has no types for its resolvers.
    tag = _YAML_1_1.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return None if tag == _TAG + "str" else "'"


def read_json_lines(text: str) -> Written:
    """Read the text of a JSON Lines file: one case, source or report a line."""
    data: dict[Any, Any] = {"sources": [], "reports": []}
    lines: dict[Place, int] = {}
    faults: list[Fault] = []
    for line, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        record = _record(line, written)
        if isinstance(record, Fault):
            faults.append(record)
            continue
        key, value = record
        if key in ("source", "report"):
            lines[f"{key}s", len(data[f"{key}s"])] = line
            data[f"{key}s"].append(value)
        elif "case" in data:
            faults.append(Fault(line, ("case",), "must be written once only", value))
        else:
            lines["case",] = line
            data["case"] = value
    return Written(data, lines, faults)


def _record(line: int, written: str) -> tuple[str, Any] | Fault:
    rule = "must be an object with one key: case, source or report"
    try:
        item = json.loads(
            written,
            object_pairs_hook=_once_only,
            parse_int=_integer,
            parse_constant=str,
        )
    except json.JSONDecodeError as error:
        said = error.msg[0].lower() + error.msg[1:]
        return Fault(
            line, (), f"must be JSON: {said}", written[error.pos :].strip() or None
        )
    except _WrittenTwiceError as error:
        return Fault(line, (), "must be written once only in its object", str(error))
    except RecursionError:
        return Fault(line, (), "must not be nested so deeply", written)
    if not isinstance(item, dict) or len(item) != 1:
        return Fault(line, (), rule, item)
    ((key, value),) = item.items()
    if key not in ("case", "source", "report"):
        return Fault(line, (), rule, item)
    return key, value


def _integer(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:  # longer than Python reads; the types refuse its text
        return text


class _WrittenTwiceError(Exception):
    """A key stands twice in one object."""


def _once_only(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for key, value in pairs:
        if key in item:
            raise _WrittenTwiceError(key)
        item[key] = value
    return item


def json_lines_text(case: str, items: Iterator[tuple[str, Any]]) -> str:
    """Write a case and its items, each a ``source`` or a ``report``, one a line."""
    records = [{"case": case}, *({kind: item} for kind, item in items)]
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
