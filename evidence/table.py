"""The evidence file as a table: rows of CSV, and what they say.

A row is a ``case``, a ``source``, a ``report`` or a ``bearing``, as its ``record``
says. A report's first bearing stands in its own row, each further one in a ``bearing``
row below it that repeats the report's id; what bears on a set of rivals takes one row
for each ``rival`` that it names. An interest is ``learned``, or its list as JSON. An
empty cell is an absent key: no text of an evidence file is empty, so nothing is lost.

Spreadsheets write tables in several ways, and run a cell that begins with ``=``. So
commas, semicolons and tabs are read, a first line ``sep=;``, names of columns in
capitals, columns without a name at the end, and 0,1 for 0.1. Text that a spreadsheet
would run, or Excel would take for a number or a day, is written behind an apostrophe,
which is taken off again where it is read.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Literal, NamedTuple

from deciban.evidence.file import EvidenceFile
from deciban.evidence.report import Bearing, Report, Source

__all__ = [
    "COLUMNS",
    "Fault",
    "Place",
    "Separator",
    "Written",
    "read_table",
    "table_text",
]

type Place = tuple[str | int, ...]
type Separator = Literal[",", ";"]

_BEARING = (
    "argument",
    "scenario",
    "rivals",
    "rival",
    "direction",
    "strength",
    "decibans",
    "likelihood_if_true",
    "likelihood_if_false",
    "rival_likelihood",
    "bearing_because",
)
_LIKELIHOODS = ("likelihood_if_true", "likelihood_if_false")
_REPORT = tuple(name for name in Report.model_fields if name != "bears_on")
_CELLS = {
    "case": ("id",),
    "source": tuple(Source.model_fields),
    "report": (*_REPORT, *_BEARING),
    "bearing": ("id", *_BEARING),
}
COLUMNS = (
    "record",
    "id",
    "name",
    "reliability",
    "camp",
    "interest",
    "deceives",
    *(name for name in _REPORT if name != "id"),
    *_BEARING,
)
_NEEDED = {
    "case": ("id",),
    "source": tuple(n for n, f in Source.model_fields.items() if f.is_required()),
    "report": tuple(n for n, f in Report.model_fields.items() if f.is_required()),
    "bearing": ("id",),
}
# What a spreadsheet would run (OWASP, CSV injection): the full-width signs count too.
_RUN = re.compile("[=+@\\-\\t\\r\\n\uff1d\uff0b\uff0d\uff20]")
# A number with its sign, as a weight of evidence is written, which is no formula.
_SIGNED = re.compile(r"[-+]?[0-9][0-9.,]*")
# What Excel would take for a number or a day, and write otherwise than it stood.
_CONVERTED = re.compile(
    r"(?=.*[0-9])(?:[0-9.,:/%+\- ]|e(?=[-+]?[0-9])"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+|true|false",
    re.IGNORECASE,
)
_SEPARATOR_LINE = re.compile(r'"?sep=([^"\r\n])"?[,;\t]*(?:\r\n|\r|\n)', re.IGNORECASE)


class Fault(NamedTuple):
    """What keeps a part of a text from being read: line, place, rule and value."""

    line: int
    place: Place
    rule: str
    value: Any


class Written(NamedTuple):
    """What a text says: plain data, the line of each place in it, and its faults."""

    data: dict[Any, Any]
    lines: Mapping[Place, int]
    faults: list[Fault]


class _Row(NamedTuple):
    line: int
    record: str
    cells: dict[str, str]


def read_table(text: str) -> Written:
    """Read the text of a CSV table into the data of an evidence file.

    Parameters
    ----------
    text : str
        Values separated by commas, semicolons or tabs, or as a first line ``sep=``
        says. The first row names the columns, some of ``COLUMNS`` in any order.

    Returns
    -------
    Written
        Numbers are read as numbers, and a cell that is none is left as its text, for
        the types of the evidence file to refuse. A row with a fault is left out; where
        the header has one, no row is read.
    """
    faults: list[Fault] = []
    rows = _rows(text, faults)
    line, written = next(rows, (1, []))
    header = _header(written)
    faults += _header_faults(line, header)
    if faults:
        return Written({}, {}, faults)
    records = list(_records(header, rows, faults))
    kinds = {row.record for row in records}
    lacking = [
        Fault(line, (name,), f"must be a column, for each {kind} needs it", None)
        for kind, names in _NEEDED.items()
        for name in names
        if kind in kinds and name not in header
    ]
    if lacking:
        return Written({}, {}, lacking + faults)
    return _items(records, faults)


def _rows(text: str, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with the line on which each begins."""
    table, separator, line = text, "", 1
    if said := _SEPARATOR_LINE.match(text):
        table, separator, line = text[said.end() :], said[1], 2
    first = next((row for row in io.StringIO(table) if row.strip()), "")
    reader = csv.reader(
        io.StringIO(table, newline=""),
        delimiter=separator or max(",;\t", key=first.count),
        strict=True,
    )
    above = line
    try:
        for cells in reader:
            if any(cells):
                yield line, cells
            line = above + reader.line_num
    except csv.Error as error:
        written = re.split(r"\r\n|\r|\n", text)[line - 1]
        faults.append(Fault(line, (), f"must be a row of CSV: {error}", written))


def _header(written: list[str]) -> list[str]:
    """Names of columns as we write them, without the nameless ones at the end."""
    names = [name.strip().lower() for name in written]
    while names and not names[-1]:
        names.pop()
    return names


def _header_faults(line: int, header: list[str]) -> Iterator[Fault]:
    if "record" not in header:
        rule = f"must name columns, record among them, of {', '.join(COLUMNS)}"
        yield Fault(line, (), rule, ",".join(header) or None)
        return
    for i, name in enumerate(header):
        if name not in COLUMNS:
            rule = f"must be a column; known columns are {', '.join(COLUMNS)}"
            yield Fault(line, (name,), rule, name)
        elif name in header[:i]:
            yield Fault(line, (name,), "must be written once only", name)


def _records(
    header: list[str], rows: Iterator[tuple[int, list[str]]], faults: list[Fault]
) -> Iterator[_Row]:
    for line, values in rows:
        if len(values) < len(header) or any(values[len(header) :]):
            rule = f"must have {len(header)} cells, as the first row has"
            faults.append(Fault(line, (), rule, len(values)))
            continue
        # A row may have more cells than names: columns at the end that hold nothing.
        cells = {
            name: _plain(cell)
            for name, cell in zip(header, values, strict=False)
            if cell
        }
        record = cells.pop("record", None)
        if record not in _CELLS:
            rule = f"must be one of {', '.join(_CELLS)}"
            faults.append(Fault(line, ("record",), rule, record))
            continue
        for name, cell in cells.items():
            if name not in _CELLS[record]:
                rule = f"must be empty, for a {record} has none"
                faults.append(Fault(line, (name,), rule, cell))
        yield _Row(
            line, record, {k: v for k, v in cells.items() if k in _CELLS[record]}
        )


def _items(records: list[_Row], faults: list[Fault]) -> Written:
    data: dict[Any, Any] = {"sources": [], "reports": []}
    lines: dict[Place, int] = {}
    above: _Row | None = None  # the report to which a row of bearing belongs
    for row in records:
        match row.record:
            case "case" if "case" in data:
                rule = "must be written once only"
                faults.append(Fault(row.line, ("case",), rule, row.cells.get("id")))
            case "case":
                data["case"] = row.cells.get("id")
                lines["case",] = row.line
            case "source":
                lines["sources", len(data["sources"])] = row.line
                data["sources"].append(_source(row.cells))
            case "report":
                lines["reports", len(data["reports"])] = row.line
                data["reports"].append(_report(row.cells))
            case _ if above is None or row.cells.get("id") != above.cells.get("id"):
                rule = "must be the id of the report in the row above"
                faults.append(Fault(row.line, ("id",), rule, row.cells.get("id")))
            case _:
                bearings = data["reports"][-1].setdefault("bears_on", [])
                bearing = _bearing(row.cells)
                if bearings and _is_of_the_same_rivals(bearings[-1], bearing):
                    faults += _add_rival(row, bearings[-1], bearing)
                    continue
                place = ("reports", len(data["reports"]) - 1, "bears_on", len(bearings))
                lines[place] = row.line
                bearings.append(bearing)
        if row.record != "bearing":
            above = row if row.record == "report" else None
    return Written(data, lines, faults)


def _source(cells: Mapping[str, str]) -> dict[str, Any]:
    source: dict[str, Any] = dict(cells)
    if "deceives" in cells:
        source["deceives"] = _number(cells["deceives"])
    if cells.get("interest", "").startswith("["):
        with suppress(ValueError):
            source["interest"] = json.loads(cells["interest"])
    return source


def _report(cells: Mapping[str, str]) -> dict[str, Any]:
    report: dict[str, Any] = {k: v for k, v in cells.items() if k not in _BEARING}
    if "credibility" in cells:
        report["credibility"] = _number(cells["credibility"])
    if "ages" in cells:
        # Spreadsheets write TRUE and FALSE.
        truths = {"true": True, "false": False}
        report["ages"] = truths.get(cells["ages"].lower(), cells["ages"])
    if cells.keys() & {*_BEARING}:
        report["bears_on"] = [_bearing(cells)]
    return report


def _bearing(cells: Mapping[str, str]) -> dict[str, Any]:
    names = ("argument", "scenario", "rivals", "direction", "strength")
    bearing: dict[str, Any] = {name: cells[name] for name in names if name in cells}
    if "rival" in cells and "rival_likelihood" in cells:
        bearing["likelihoods"] = {cells["rival"]: _number(cells["rival_likelihood"])}
    elif "rival" in cells:
        said = (bearing.pop("direction", ""), bearing.pop("strength", ""))
        bearing["words"] = {cells["rival"]: " ".join(said).strip()}
    if "decibans" in cells:
        bearing["decibans"] = _number(cells["decibans"])
    if cells.keys() & {*_LIKELIHOODS}:
        bearing["likelihoods"] = [_number(cells.get(name)) for name in _LIKELIHOODS]
    if "bearing_because" in cells:
        bearing["because"] = cells["bearing_because"]
    return bearing


def _is_of_the_same_rivals(
    before: Mapping[str, Any], bearing: Mapping[str, Any]
) -> bool:
    """Whether a row names one more rival of the set that the row above bears on."""
    return "rivals" in bearing and before.get("rivals") == bearing["rivals"]


def _add_rival(
    row: _Row, before: dict[str, Any], bearing: Mapping[str, Any]
) -> Iterator[Fault]:
    """Let a row name one more rival; what it would write over is a fault."""
    for name, said in bearing.items():
        known = before.setdefault(name, said)
        if isinstance(said, dict) and isinstance(known, dict):
            for rival in said.keys() & known.keys() if said is not known else ():
                yield Fault(row.line, ("rival",), "must be named once only", rival)
            before[name] = known | said
        elif known != said:
            column = "bearing_because" if name == "because" else name
            rule = f"must be as in the rows above, {known!r}"
            yield Fault(row.line, (column,), rule, said)


def _number(cell: str | None) -> int | float | str | None:
    if cell is None:
        return None
    if re.fullmatch(r"[-+]?[0-9]{1,15}", cell):
        return int(cell)
    # No number of a table is as large as 1,000, so that a comma is a decimal one.
    if re.fullmatch(r"[-+]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][-+]?[0-9]+)?", cell):
        return float(cell.replace(",", "."))
    return cell


def _plain(cell: str) -> str:
    """Take off the apostrophe behind which a cell was written."""
    text = cell.lstrip("'")
    is_guarded = text != cell and (_RUN.match(text) or _CONVERTED.fullmatch(text))
    return cell[1:] if is_guarded else cell


def guarded(text: str) -> str:
    """Write a text so that no spreadsheet runs it; a number with its sign is one.

    Examples
    --------
    >>> guarded("=1+1"), guarded("+5.3"), guarded("- no")
    ("'=1+1", '+5.3', "'- no")
    """
    return text if _SIGNED.fullmatch(text) else _cell(text, None)


def _cell(value: Any, separator: Separator | None) -> Any:
    """Write a value so that no spreadsheet runs it, nor Excel alters it."""
    if isinstance(value, float) and separator == ";":
        return repr(value).replace(".", ",")
    if not isinstance(value, str):
        return value
    text = value.lstrip("'")
    if _RUN.match(text):
        return f"'{value}"
    # An apostrophe before such a text would be taken off where it is read.
    if _CONVERTED.fullmatch(text) and (separator or text != value):
        return f"'{value}"
    return value


class _Rows(list[str]):
    """Rows that end in a line feed alone.

    Python 3.12 puts a carriage return in quotation marks only where rows end in one.
    """

    def write(self, row: str) -> None:
        """Take a row as csv writes it."""
        self.append(f"{row.removesuffix('\r\n')}\n")


def table_text(evidence: EvidenceFile, separator: Separator | None = None) -> str:
    """Write an evidence file as a CSV table, which ``read_table`` reads back.

    Parameters
    ----------
    evidence : EvidenceFile
        What to write.
    separator : {",", ";"}, optional
        What Excel separates cells by where the table is to be opened: a semicolon where
        a comma stands before decimals, which are then written so. Numbers and days
        that are text are kept from being taken for others. Without it, the table is for
        programs, and commas separate its cells.
    """
    rows = _Rows()
    writer = csv.DictWriter(
        rows, COLUMNS, delimiter=separator or ",", lineterminator="\r\n"
    )

    def write(record: str, cells: Mapping[str, Any]) -> None:
        written = {name: _cell(value, separator) for name, value in cells.items()}
        writer.writerow({"record": record, **written})

    writer.writeheader()
    write("case", {"id": evidence.case})
    for source in evidence.sources:
        write("source", _source_cells(source))
    for report in evidence.reports:
        first, *further = [
            cells for b in report.bears_on for cells in _bearing_cells(b)
        ] or [{}]
        cells = report.model_dump(exclude={"bears_on", "ages"}, mode="json")
        ages = {} if report.ages else {"ages": "false"}
        write("report", {**cells, **ages, **first})
        for bearing in further:
            write("bearing", {"id": report.id, **bearing})
    return "".join(rows)


def _source_cells(source: Source) -> dict[str, Any]:
    cells = source.model_dump(exclude={"interest", "deceives"})
    if source.deceives:
        cells["deceives"] = source.deceives
    if isinstance(source.interest, str):
        cells["interest"] = source.interest
    elif source.interest:
        written = [one.model_dump(exclude_none=True) for one in source.interest]
        cells["interest"] = json.dumps(written, ensure_ascii=False)
    return cells


def _bearing_cells(bearing: Bearing) -> Iterator[dict[str, Any]]:
    """Cells of one row, or of one for each rival that is named."""
    cells = bearing.model_dump(exclude={"likelihoods", "words", "because"})
    cells["bearing_because"] = bearing.because
    if bearing.rivals is None:
        two = bearing.likelihoods if isinstance(bearing.likelihoods, tuple) else None
        yield cells | dict(zip(_LIKELIHOODS, two or (None, None), strict=True))
    elif isinstance(bearing.likelihoods, dict):
        for rival, likelihood in bearing.likelihoods.items():
            yield cells | {"rival": rival, "rival_likelihood": likelihood}
    else:
        for rival, said in (bearing.words or {}).items():
            direction, _, strength = said.partition(" ")
            yield cells | {"rival": rival, "direction": direction, "strength": strength}
