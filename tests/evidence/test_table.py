"""Rows of CSV, and what they say."""

import csv
import io

import pytest

from deciban.evidence import EvidenceFile
from deciban.evidence.table import read_table, table_text

HEADER = "record,id,name,reliability,claim,source,credibility,published"
CASE = "case,dprk-russia,,,,,,"
SOURCE = "source,kcna,KCNA,D,,,,"
REPORT = "report,shells,,,Shells are shipped,kcna,2,2022-08-05"


def table(*rows, header=HEADER):
    return read_table("\n".join([header, *rows]) + "\n")


def told(written):
    return [(line, place, rule) for line, place, rule, _ in written.faults]


def test_rows_become_the_items_of_an_evidence_file():
    evidence = EvidenceFile.model_validate(table(CASE, SOURCE, REPORT).data)

    assert evidence.case == "dprk-russia"
    assert evidence.sources[0].reliability == "D"
    assert evidence.reports[0].credibility == 2


def test_columns_may_stand_in_any_order():
    rows = csv.reader(io.StringIO("\n".join([HEADER, CASE, SOURCE, REPORT])))
    turned = "\n".join(",".join(reversed(row)) for row in rows)

    assert read_table(turned).data == table(CASE, SOURCE, REPORT).data


def test_bearings_follow_in_rows_of_their_own():
    header = (
        f"{HEADER},scenario,direction,decibans,likelihood_if_true,likelihood_if_false"
    )
    written = table(
        f"{REPORT},munitions,supports,2.5,,",
        "bearing,shells,,,,,,,treaty,,,0.3,0.25",
        header=header,
    )

    assert written.data["reports"][0]["bears_on"] == [
        {"scenario": "munitions", "direction": "supports", "decibans": 2.5},
        {"scenario": "treaty", "likelihoods": [0.3, 0.25]},
    ]
    assert written.lines["reports", 0, "bears_on", 1] == 3


def test_lines_are_counted_through_blank_rows_and_texts_of_several_lines():
    written = table(CASE, ",,,,,,,", "", SOURCE.replace("KCNA", '"KC\nNA"'), REPORT)

    assert written.lines["sources", 0] == 5
    assert written.lines["reports", 0] == 7


RIVALS = f"{HEADER},rivals,rival,direction,strength,rival_likelihood,bearing_because"


def test_what_bears_on_rivals_has_a_row_for_each():
    written = table(
        f"{REPORT},cup,reds,,,0.9,Seen",
        "bearing,shells,,,,,,,cup,blues,,,0.1,",
        "bearing,shells,,,,,,,vote,left,supports,very strong,,",
        "bearing,shells,,,,,,,vote,right,opposes,weak,,",
        header=RIVALS,
    )

    assert written.faults == []
    assert written.data["reports"][0]["bears_on"] == [
        {
            "rivals": "cup",
            "likelihoods": {"reds": 0.9, "blues": 0.1},
            "because": "Seen",
        },
        {
            "rivals": "vote",
            "words": {"left": "supports very strong", "right": "opposes weak"},
        },
    ]
    assert written.lines["reports", 0, "bears_on", 1] == 4


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("cup,reds,,,0.2,", (3, ("rival",), "must be named once only")),
        (
            "cup,blues,,,0.2,Heard",
            (3, ("bearing_because",), "must be as in the rows above, 'Seen'"),
        ),
    ],
)
def test_a_row_that_would_write_over_another_rival_is_a_fault(row, fault):
    written = table(
        f"{REPORT},cup,reds,,,0.9,Seen", f"bearing,shells,,,,,,,{row}", header=RIVALS
    )

    assert told(written) == [fault]


@pytest.mark.parametrize("separator", [None, ";"])
def test_what_bears_on_rivals_comes_back_from_a_table(separator):
    text = evidence_of("x").model_dump(mode="json", exclude_none=True)
    text["reports"][0]["bears_on"] = [
        {"rivals": "cup", "likelihoods": {"reds": 0.5, "none": 1 / 3}, "because": "a"},
        {"rivals": "vote", "words": {"left": "supports very strong"}},
    ]
    evidence = EvidenceFile.model_validate(text)

    written = read_table(table_text(evidence, separator))

    assert EvidenceFile.model_validate(written.data) == evidence


@pytest.mark.parametrize(
    ("cell", "truth"), [("false", False), ("FALSE", False), ("True", True)]
)
def test_spreadsheets_write_truth_values_in_capitals(cell, truth):
    written = table(f"{REPORT},{cell}", header=f"{HEADER},ages")

    assert written.data["reports"][0]["ages"] is truth


def test_a_number_that_is_none_is_left_for_the_types_to_refuse():
    written = table(REPORT.replace(",2,", ",two,"))

    assert written.data["reports"][0]["credibility"] == "two"


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (["colour,x,,,,,,"], (2, ("record",), "must be one of case, source, ")),
        ([CASE, CASE], (3, ("case",), "must be written once only")),
        ([SOURCE + ",,x"], (2, (), "must have 8 cells, as the first row has")),
        ([SOURCE[:-1]], (2, (), "must have 8 cells, as the first row has")),
        (["case,x,,,hello,,,"], (2, ("claim",), "must be empty, for a case has none")),
        (["bearing,shells,,,,,,"], (2, ("id",), "must be the id of the report in ")),
        ([REPORT, SOURCE, "bearing,shells,,,,,,"], (4, ("id",), "must be the id of ")),
        (['case,"x,,,,,,'], (2, (), "must be a row of CSV: unexpected end of data")),
        (['case,"x"y,,,,,,'], (2, (), "must be a row of CSV: ',' expected after")),
    ],
)
def test_a_row_that_cannot_be_read_is_a_fault_with_its_line(rows, fault):
    line, place, rule = fault

    (found,) = table(*rows).faults
    assert (found.line, found.place) == (line, place)
    assert found.rule.startswith(rule)


@pytest.mark.parametrize(
    ("header", "place", "rule"),
    [
        ("record,id,colour", ("colour",), "must be a column; known columns are record"),
        ("record,id,id", ("id",), "must be written once only"),
        ("id,name", (), "must name columns, record among them"),
        ("record|id|name", (), "must name columns, record among them"),
        ("", (), "must name columns, record among them"),
    ],
)
def test_a_header_that_cannot_be_read_is_a_fault_of_the_first_line(header, place, rule):
    (found,) = read_table(header).faults

    assert (found.line, found.place) == (1, place)
    assert found.rule.startswith(rule)


def test_a_column_that_reports_need_is_missed_once():
    written = read_table(
        "record,id,source,published,credibility\n" + "report,a,,,\n" * 9
    )

    assert told(written) == [
        (1, ("claim",), "must be a column, for each report needs it")
    ]


def test_a_row_with_a_fault_hides_no_other():
    assert [line for line, _, _ in told(table("x,,,,,,,", CASE, "a,b", SOURCE))] == [
        2,
        4,
    ]


def test_cells_that_must_be_empty_are_named_in_the_order_of_the_columns():
    written = table("source,kcna,KCNA,D,Shells,nis,2,2022-08-05")

    names = [place[0] for _, place, _ in told(written)]
    assert names == ["claim", "source", "credibility", "published"]


def test_the_text_of_a_table_begins_with_all_columns_and_the_case():
    first, second = table_text(EvidenceFile(case="dprk-russia")).splitlines()

    assert first.split(",")[:4] == ["record", "id", "name", "reliability"]
    assert second.strip(",") == "case,dprk-russia"


REPORTED = f"{HEADER},scenario,likelihood_if_true,likelihood_if_false,,\r\n" + "".join(
    f"{row}\r\n"
    for row in (f"{CASE},,,,,", f"{SOURCE},,,,,", f'{REPORT},treaty,"0,3",0.25,,')
)


@pytest.mark.parametrize(
    "text",
    [
        REPORTED,
        REPORTED.replace(",", ";").replace('"0;3"', "0,3"),
        '"sep=;"\r\n' + REPORTED.replace(",", ";").replace('"0;3"', "0,3"),
        "sep=|\r\n" + REPORTED.replace(",", "|").replace('"0|3"', "0,3"),
        REPORTED.replace(",", "\t").replace('"0\t3"', "0,3"),
        REPORTED.replace(HEADER, HEADER.title()),
    ],
    ids=["commas", "semicolons", "sep=;", "sep=|", "tabs", "capitals"],
)
def test_a_table_is_read_as_spreadsheets_write_it(text):
    written = read_table(text)

    assert written.faults == []
    (report,) = EvidenceFile.model_validate(written.data).reports
    assert report.claim == "Shells are shipped"
    assert report.bears_on[0].likelihoods == (0.3, 0.25)


def test_lines_are_counted_from_the_one_that_names_the_separator():
    written = read_table("sep=;\n" + f"{HEADER}\n{CASE}\n".replace(",", ";"))

    assert written.lines["case",] == 3


@pytest.mark.parametrize("cell", ["30%", "1.234,5", "1 000"])
def test_a_number_written_otherwise_is_left_as_its_text(cell):
    written = table(f'{REPORT},"{cell}"', header=f"{HEADER},decibans")

    assert written.data["reports"][0]["bears_on"] == [{"decibans": cell}]


FORMULAS = [
    '=HYPERLINK("http://127.0.0.1/x","y")',
    "+1 for the deal",
    "-5 % on the day",
    "@ministry said",
    "\tindented",
    "\rreturned",
    "\nbroken",
    "\uff1d1+1",
    "'=quoted already",
    "''+twice",
]
CONVERTED = ["0012", "3-4", "1e5", "2022-08-05", "may 10", "50%", "TRUE", "'0012"]


def evidence_of(text):
    report = {"id": "a", "claim": text, "source": "s", "because": text}
    return EvidenceFile.model_validate(
        {
            "case": "x",
            "sources": [{"id": "s", "name": text, "reliability": "A"}],
            "reports": [
                report
                | {
                    "credibility": 2,
                    "published": "2024-02-29",
                    "bears_on": [
                        {"scenario": "y", "likelihoods": [0.1, 1 / 3], "because": text},
                        {
                            "argument": "z",
                            "direction": "opposes",
                            "decibans": 2.5,
                            "because": text,
                        },
                    ],
                }
            ],
        }
    )


def cells(text, separator):
    return [
        cell
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        for cell in row
    ]


@pytest.mark.parametrize("separator", [None, ",", ";"])
@pytest.mark.parametrize(
    "text", [*FORMULAS, *CONVERTED, "'tis", "'", "plain", "one\ntwo"]
)
def test_no_cell_is_run_and_every_text_comes_back_as_it_was(text, separator):
    evidence = evidence_of(text)

    written = table_text(evidence, separator)

    first = {cell[0] for cell in cells(written, separator or ",") if cell}
    assert not first & set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
    assert EvidenceFile.model_validate(read_table(written).data) == evidence


@pytest.mark.parametrize("text", CONVERTED)
def test_for_excel_no_text_looks_like_a_number_or_a_day(text):
    written = cells(table_text(evidence_of(text), ";"), ";")

    assert text not in written
    assert "2024-02-29" not in written  # which it would write in its own way
    assert "0,1" in written


def test_a_program_finds_numbers_and_days_without_apostrophes():
    written = cells(table_text(evidence_of("0012")), ",")

    assert {"0012", "2024-02-29", "0.1"} <= set(written)
