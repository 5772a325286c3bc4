"""Reading and writing the two files: all problems at once, and nothing lost."""

import json
import os
import re
import stat
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deciban.evidence import EvidenceFile
from deciban.evidence.items import CHARACTER_TO_BE_SEEN
from deciban.model.casebook import files
from deciban.model.casebook.files import (
    GivenFile,
    evidence_text,
    priors_text,
    read_casebook,
    read_evidence,
    read_priors,
    shipped_case_files,
    shipped_cases,
    template_files,
    write_evidence,
    write_priors,
)
from deciban.model.errors import CaseError
from deciban.priors import PriorsFile

PRIORS = """\
case: dprk-russia
title: North Korean support
half_life_days: null
scenarios:
  - id: troops
    question: Do soldiers fight?
    criteria: They take part in combat.
    opens: 2022-07-01
    closes: 2025-12-31
    hazard: none
    prior: {median: 0.30, low: 0.10, high: 0.60}
    outcome: {occurred: true, on: 2024-10-13}
  - id: treaty
    question: Is a treaty signed?
    criteria: Both sign it.
    opens: 2022-07-01
    closes: 2025-12-31
    prior: {words: unlikely}
arguments:
  - id: far
    statement: The army cannot operate abroad
    bears_on:
      - {scenario: troops, direction: opposes, strength: strong}
links:
  - {if: treaty, then: troops, probability: 0.6}
"""
EVIDENCE = """\
case: dprk-russia
sources:
  - {id: kcna, name: Korean Central News Agency, reliability: D}
  - {id: nyt, name: New York Times, reliability: B}
reports:
  - id: denial
    claim: Nobody was sent
    source: kcna
    credibility: 4
    published: 2022-08-05
    bears_on:
      - {scenario: troops, direction: opposes, strength: weak}
      - {argument: far, likelihoods: [0.30, 0.25]}
  - id: relayed
    claim: Pyongyang denies it
    source: nyt
    origin: kcna
    repeats: denial
    credibility: 2
    published: 2022-08-06
"""


@pytest.fixture
def case(tmp_path):
    """Write a case, some of its text replaced, and return the paths of its files."""

    def write(file="priors", old="", new="", encoding="utf-8"):
        texts = {"priors": PRIORS, "evidence": EVIDENCE}
        assert texts[file].count(old) == 1 or not old
        texts[file] = texts[file].replace(old, new) if old else texts[file]
        paths = []
        for name, text in texts.items():
            paths.append(tmp_path / f"{name}.yaml")
            paths[-1].write_text(text, encoding)
        return paths

    return write


def problems(read, *args):
    with pytest.raises(CaseError) as refused:
        read(*args)
    return [str(problem) for problem in refused.value.problems]


def told(paths):
    """Problems of a case, without the folder."""
    folder = f"{paths[0].parent}{os.sep}"
    return [text.removeprefix(folder) for text in problems(read_casebook, *paths)]


def test_a_case_in_order_is_read(case):
    casebook = read_casebook(*case())

    assert casebook.case == "dprk-russia"
    assert casebook.priors.scenarios[0].outcome.occurred
    assert casebook.evidence.reports[1].repeats == "denial"


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        pytest.param(
            "priors",
            "hazard: none",
            "hasard: none",
            "priors.yaml:10: scenarios[0].hasard: must not be here; known keys are id, "
            "question, criteria, opens, closes, hazard, noticed, prior, outcome, "
            "benchmarks, tags (did you mean 'hazard'?), got 'none'",
            id="unknown key",
        ),
        pytest.param(
            "evidence",
            "    claim: Nobody was sent\n",
            "",
            "evidence.yaml:6: reports[0].claim: must be here, got nothing",
            id="missing key",
        ),
        pytest.param(
            "evidence",
            "strength: weak",
            "strength: wek",
            "evidence.yaml:12: reports[0].bears_on[0].strength: must be one of "
            "'negligible', 'weak', 'moderate', 'strong', 'very strong', 'decisive' "
            "(did you mean 'weak'?), got 'wek'",
            id="unknown word",
        ),
        pytest.param(
            "evidence",
            "reliability: D",
            "reliability: G",
            "evidence.yaml:3: sources[0].reliability: must be one of "
            "'A', 'B', 'C', 'D', 'E', 'F', got 'G'",
            id="unknown grade",
        ),
        pytest.param(
            "evidence",
            "credibility: 4",
            "credibility: 7",
            "evidence.yaml:9: reports[0].credibility: must be one of "
            "1, 2, 3, 4, 5, 6, got 7",
            id="unknown digit",
        ),
        pytest.param(
            "evidence",
            "scenario: troops",
            "scenario: trops",
            "evidence.yaml:12: reports[0].bears_on[0].scenario: must be one of the "
            "scenarios (did you mean 'troops'?), got 'trops'",
            id="unknown scenario",
        ),
        pytest.param(
            "evidence",
            "repeats: denial",
            "repeats: denail",
            "evidence.yaml:18: reports[1].repeats: must be the id of a report "
            "(did you mean 'denial'?), got 'denail'",
            id="misspelt repeat",
        ),
        pytest.param(
            "evidence",
            "origin: kcna",
            "origin: KNCA",
            "evidence.yaml:17: reports[1].origin: must be one of the sources "
            "(did you mean 'kcna'?), got 'KNCA'",
            id="misspelt origin",
        ),
        pytest.param(
            "evidence",
            "argument: far",
            "argument: near",
            "evidence.yaml:13: reports[0].bears_on[1].argument: must be one of the "
            "arguments, got 'near'",
            id="unknown argument",
        ),
        pytest.param(
            "evidence",
            "origin: kcna",
            "origin: tass",
            "evidence.yaml:17: reports[1].origin: must be one of the sources, "
            "got 'tass'",
            id="unknown source",
        ),
        pytest.param(
            "evidence",
            "repeats: denial",
            "repeats: another",
            "evidence.yaml:18: reports[1].repeats: must be the id of a report, "
            "got 'another'",
            id="unknown repeats",
        ),
        pytest.param(
            "evidence",
            "repeats: denial",
            "repeats: relayed",
            "evidence.yaml:18: reports[1].repeats: must not lead back to the report "
            "itself, got 'relayed'",
            id="circular repeats",
        ),
        pytest.param(
            "evidence",
            "2022-08-06",
            "2022-08-04",
            "evidence.yaml:18: reports[1].repeats: must be a report that was not "
            "published later than this, got 'denial'",
            id="repeats a later report",
        ),
        pytest.param(
            "priors",
            "median: 0.30",
            "median: 0",
            "priors.yaml:11: scenarios[0].prior.median: must be greater than 0, got 0",
            id="prior of 0",
        ),
        pytest.param(
            "priors",
            "high: 0.60",
            "high: 1",
            "priors.yaml:11: scenarios[0].prior.high: must be less than 1, got 1",
            id="prior of 1",
        ),
        pytest.param(
            "priors",
            "low: 0.10, high: 0.60",
            "low: 0.60, high: 0.10",
            "priors.yaml:11: scenarios[0].prior: must have 0 < low < high < 1, "
            "got low 0.6, high 0.1",
            id="low above high",
        ),
        pytest.param(
            "priors",
            "words: unlikely",
            "words: maybe",
            "priors.yaml:18: scenarios[1].prior: must be a word of icd203 (almost no "
            "chance, very unlikely, unlikely, roughly even chance, likely, very "
            "likely, almost certain), got 'maybe'",
            id="unknown verbal term",
        ),
        pytest.param(
            "priors",
            "opens: 2022-07-01\n    closes: 2025-12-31\n    hazard",
            "opens: 2026-07-01\n    closes: 2025-12-31\n    hazard",
            "priors.yaml:5: scenarios[0]: must have opens before closes, "
            "got 2026-07-01 and 2025-12-31",
            id="closes before it opens",
        ),
        pytest.param(
            "priors",
            "on: 2024-10-13",
            "on: 2026-10-13",
            "priors.yaml:5: scenarios[0]: must have an outcome within the window "
            "2022-07-01 to 2025-12-31, got 2026-10-13",
            id="outcome outside the window",
        ),
        pytest.param(
            "priors",
            "on: 2024-10-13",
            "on: 2024-02-30",
            "priors.yaml:12: scenarios[0].outcome.on: must be a date, written "
            "YYYY-MM-DD, got '2024-02-30'",
            id="no such day",
        ),
        pytest.param(
            "evidence",
            "published: 2022-08-05",
            "published: 5 August",
            "evidence.yaml:10: reports[0].published: must be a date, written "
            "YYYY-MM-DD, got '5 August'",
            id="no date",
        ),
        pytest.param(
            "evidence",
            "[0.30, 0.25]",
            "[0.30, 0]",
            "evidence.yaml:13: reports[0].bears_on[1].likelihoods[1]: must be greater "
            "than 0, got 0",
            id="likelihood of 0",
        ),
        pytest.param(
            "evidence",
            "[0.30, 0.25]",
            "[1.30, 0.25]",
            "evidence.yaml:13: reports[0].bears_on[1].likelihoods[0]: must be at most "
            "1, got 1.3",
            id="likelihood above 1",
        ),
        pytest.param(
            "evidence",
            "case: dprk-russia",
            "case: dprk",
            "evidence.yaml:1: case: must be the case of the priors file, "
            "'dprk-russia', got 'dprk'",
            id="another case",
        ),
        pytest.param(
            "evidence",
            "claim: Nobody was sent",
            "claim: 2022-08-05",
            "evidence.yaml:7: reports[0].claim: must be text (quotation marks make it "
            "so), got 2022-08-05",
            id="no text",
        ),
        pytest.param(
            "evidence",
            "claim: Nobody was sent",
            'claim: "Nobody\\a was sent"',
            "evidence.yaml:7: reports[0].claim: must not have control characters, "
            "got 'Nobody\\x07 was sent'",
            id="control character",
        ),
        pytest.param(
            "evidence",
            "    source: kcna\n",
            "    source: kcna\n    source: nyt\n",
            "evidence.yaml:9: reports[0].source: must be written once only in its "
            "mapping, got 'source'",
            id="key written twice",
        ),
        pytest.param(
            "evidence",
            "claim: Nobody was sent",
            "claim: Nobody: was sent",
            "evidence.yaml:7: must be YAML: mapping values are not allowed in this "
            "context, got 'claim: Nobody: was sent'",
            id="no YAML",
        ),
    ],
)
def test_bad_input_is_told_with_file_line_key_rule_and_value(
    case, file, old, new, problem
):
    assert told(case(file, old, new)) == [problem]


def test_a_cycle_of_links_is_told_at_the_line_of_each(case):
    back = "probability: 0.6}\n  - {if: troops, then: treaty, probability: 0.6}"
    rule = "must not close a cycle of links, troops -> treaty -> troops"

    assert told(case("priors", "probability: 0.6}", back)) == [
        f"priors.yaml:25: links[0]: {rule}, got 'treaty -> troops'",
        f"priors.yaml:26: links[1]: {rule}, got 'troops -> treaty'",
    ]


def test_duplicate_ids_are_told_at_each_of_them(case):
    assert told(case("priors", "id: treaty", "id: troops"))[:2] == [
        "priors.yaml:5: scenarios[0].id: must be written once only, got 'troops'",
        "priors.yaml:13: scenarios[1].id: must be written once only, got 'troops'",
    ]


def test_all_problems_of_both_files_are_told_at_once_and_in_their_order(case):
    priors, evidence = case()
    priors.write_text(
        PRIORS.replace("median: 0.30", "median: 0").replace("then: troops", "then: x")
    )
    evidence.write_text(
        EVIDENCE.replace("reliability: B", "reliability: b")
        .replace("strength: weak", "strength: wek")
        .replace("origin: kcna", "origin: tass")
        .replace("argument: far", "argument: near")
    )

    places = [problem.split(": must")[0] for problem in told([priors, evidence])]
    assert places == [
        "priors.yaml:11: scenarios[0].prior.median",
        "priors.yaml:25: links[0].then",
        "evidence.yaml:4: sources[1].reliability",
        "evidence.yaml:12: reports[0].bears_on[0].strength",
        "evidence.yaml:13: reports[0].bears_on[1].argument",
        "evidence.yaml:17: reports[1].origin",
    ]


def test_scales_may_be_a_file_beside_the_priors(case, tmp_path):
    """Relative to the priors file, and written out where the priors are written."""
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers" / "learned.yaml").write_text(
        "sources:\n  kcna: {location: -2, sd: 0.4}\noverlap: 0.5\n"
    )
    priors, evidence = case(
        old="half_life_days: null", new="scales: numbers/learned.yaml"
    )

    read = read_casebook(priors, evidence).priors

    assert read.scales.sources["kcna"].location == -2
    assert read.scales.overlap == 0.5
    (tmp_path / "again.yaml").write_text(priors_text(read))
    assert read_priors(tmp_path / "again.yaml") == read


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        (
            "overlap: 0.5\nsources:\n  kcna: 3\n",
            "learned.yaml:3: sources.kcna: must be",
        ),
        ("overlap: [\n", "learned.yaml:2: must be YAML"),
        (None, "learned.yaml: must be a readable file"),
    ],
)
def test_what_is_wrong_with_a_file_of_scales_is_told_at_its_line(
    case, tmp_path, numbers, told
):
    if numbers is not None:
        (tmp_path / "learned.yaml").write_text(numbers)
    priors, _ = case(old="half_life_days: null", new="scales: learned.yaml")

    with pytest.raises(CaseError, match=re.escape(told)):
        read_priors(priors)


def test_a_file_given_as_its_content_names_no_file_of_scales(tmp_path):
    (tmp_path / "learned.yaml").write_text("overlap: 0.5\n")
    named = PRIORS + f"scales: {tmp_path / 'learned.yaml'}\n"

    (problem,) = problems(read_priors, GivenFile("pasted.yaml", named.encode()))

    assert "scales: must be numbers, for only a priors file that is read on" in problem


def test_what_cannot_be_read_is_not_said_to_be_missing(case):
    """An unread priors file would make every bearing seem to have no target."""
    (problem,) = told(case("priors", "title: ", "title: [\n"))

    assert problem.startswith("priors.yaml:")
    assert ": must be YAML: " in problem


def test_sets_of_links_that_are_too_large_are_told_with_the_reports_problems(case):
    priors, evidence = case("evidence", "strength: weak", "strength: wek")
    scenario = PRIORS[PRIORS.index("  - id: treaty") : PRIORS.index("arguments:")]
    names = [f"s{i}" for i in range(13)]
    links = "".join(
        f"  - {{if: troops, then: {name}, probability: 0.5}}\n" for name in names
    )
    more = "".join(scenario.replace("treaty", name) for name in names)
    priors.write_text(PRIORS.replace("arguments:", more + "arguments:") + links)

    too_large, word = told([priors, evidence])
    assert re.match(
        r"priors.yaml:\d+: links: must link at most 12 scenarios", too_large
    )
    assert too_large.endswith("got '15 scenarios'")
    assert word.startswith("evidence.yaml:12: ")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", ":1: must be a mapping of keys to values, got nothing"),
        (b"- a\n", ":1: must be a mapping of keys to values, got ['a']"),
        (
            b"case: x\ntitle: caf\xe9\n",
            ":2: must be text in UTF-8: save the file as UTF-8 (Excel: CSV UTF-8), "
            "got b'\\xe9'",
        ),
        (
            b"c\x00a\x00",
            ":1: must be text in UTF-8: save the file as UTF-8 (Excel: CSV UTF-8), "
            "got b'\\x00'",
        ),
    ],
    ids=["empty", "list", "Latin-1", "UTF-16 without its mark"],
)
@pytest.mark.parametrize("read", [read_priors, read_evidence])
def test_content_that_is_no_file_of_ours_is_one_problem(
    tmp_path, read, content, problem
):
    path = tmp_path / "x.yaml"
    path.write_bytes(content)

    assert problems(read, path) == [f"{path}{problem}"]


@pytest.mark.parametrize("read", [read_priors, read_evidence])
def test_a_file_that_is_missing_is_one_problem(tmp_path, read):
    path = tmp_path / "x.yaml"

    assert problems(read, path) == [
        f"{path}: must be a readable file, got No such file or directory"
    ]


def test_a_folder_is_one_problem(tmp_path):
    path = tmp_path / "x.yaml"
    path.mkdir()

    assert problems(read_priors, path) == [
        f"{path}: must be a readable file, got Is a directory"
    ]


def test_both_missing_files_are_told(tmp_path):
    found = problems(read_casebook, tmp_path / "p.yaml", tmp_path / "e.csv")

    assert [text.split(": ")[0] for text in found] == [
        str(tmp_path / "p.yaml"),
        str(tmp_path / "e.csv"),
    ]


def test_a_name_may_not_end_otherwise(tmp_path):
    priors, evidence = tmp_path / "p.csv", tmp_path / "e.txt"
    rule = "must have a name that ends in .yaml"

    assert problems(read_casebook, priors, evidence) == [
        f"{priors}: {rule} or .yml, got '.csv'",
        f"{evidence}: {rule}, .yml, .jsonl or .csv, got '.txt'",
    ]


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    path = tmp_path / "x.yaml"
    path.write_text(PRIORS)

    assert problems(read_priors, path) == [
        f"{path}: must have at most 10 bytes, got more"
    ]


def test_a_list_that_is_too_long_is_told_by_its_line(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_ITEMS", 2)
    path = tmp_path / "x.yaml"
    path.write_text("case: a\nreports:\n" + "- 1\n" * 3)

    assert problems(read_evidence, path) == [
        f"{path}:2: must have at most 2 reports in one file, got 3"
    ]


def test_of_very_many_problems_the_first_are_told_and_how_many_there_are(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(files, "MAX_TOLD", 2)
    path = tmp_path / "x.jsonl"
    path.write_text('{"case": "a"}\n' + "1\n" * 4)

    rule = "must be an object with one key: case, source or report, got 1"
    assert problems(read_evidence, path) == [
        f"{path}:2: {rule}",
        f"{path}:3: {rule}",
        "in all: must have no problems, got 4",
    ]


def test_a_byte_order_mark_is_no_part_of_the_text(case):
    assert read_casebook(*case(encoding="utf-8-sig")).case == "dprk-russia"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_that_begins_with_its_mark_is_read(case, encoding):
    priors, evidence = case()
    for path in (priors, evidence):
        text = path.read_text(encoding="utf-8")
        mark = "" if encoding == "utf-16" else "\ufeff"
        path.write_bytes((mark + text).encode(encoding))

    assert (
        read_casebook(priors, evidence).evidence.reports[0].claim == "Nobody was sent"
    )


def test_files_that_are_on_no_disk_are_read_as_those_that_are(case):
    priors, evidence = (GivenFile(p.name, p.read_bytes()) for p in case())
    assert read_casebook(priors, [evidence]) == read_casebook(*case())

    broken = GivenFile("pasted.yaml", b"case: x\ntitle: 3")
    with pytest.raises(CaseError, match=r"pasted\.yaml:2: title: must be text"):
        read_priors(broken)


def test_windows_line_ends_are_read(case):
    priors, evidence = case()
    for path in (priors, evidence):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert (
        read_casebook(priors, evidence).evidence.reports[0].claim == "Nobody was sent"
    )


CSV = """\
record,id,claim,source,origin,repeats,credibility,published,scenario,direction,strength
report,new,Trains were seen,nyt,,,2,2022-09-01,troops,supports,weak
report,again,They were seen,kcna,,new,3,2022-09-02,,,
"""


def test_evidence_spread_over_files_is_merged_in_their_order(case, tmp_path):
    priors, evidence = case()
    more = tmp_path / "more.csv"
    more.write_text(CSV)

    casebook = read_casebook(priors, [evidence, more])
    names = [report.id for report in casebook.evidence.reports]
    assert names == ["denial", "relayed", "new", "again"]


def test_each_problem_names_the_file_and_the_place_in_that_file(case, tmp_path):
    priors, evidence = case("evidence", "origin: kcna", "origin: tass")
    more = tmp_path / "more.csv"
    more.write_text(CSV.replace(",troops,", ",trops,").replace(",kcna,", ",denial,"))

    folder = f"{tmp_path}{os.sep}"
    found = problems(read_casebook, priors, [more, evidence])
    assert [text.removeprefix(folder) for text in found] == [
        "more.csv:2: reports[0].bears_on[0].scenario: must be one of the scenarios "
        "(did you mean 'troops'?), got 'trops'",
        "more.csv:3: reports[1].source: must be one of the sources, got 'denial'",
        "evidence.yaml:17: reports[1].origin: must be one of the sources, got 'tass'",
    ]


def test_ids_are_unique_across_files(case, tmp_path):
    _, evidence = case()
    more = tmp_path / "more.csv"
    more.write_text(CSV.replace(",new,Trains", ",denial,Trains"))

    found = problems(read_evidence, [evidence, more])
    told = f"{more}:2: reports[0]: must be as in {evidence}:"
    assert any(problem.startswith(told) for problem in found)


ONE = "  - {id: r1, claim: One, source: paper, credibility: 2, published: 2024-02-29}"
TWO = "  - {id: r2, claim: Two, source: paper, credibility: 3, published: 2024-03-01}"
MERGED = {
    "a": ("{id: paper, name: Paper, reliability: B}", ONE),
    "graded otherwise": (
        "{id: paper, name: Paper, reliability: D}",
        f"{ONE}\n{TWO}",
    ),
    "the same and more": (
        "{reliability: B, name: Paper, id: paper}",
        f"{ONE}\n{TWO}",
    ),
}


@pytest.fixture
def merged_files(tmp_path):
    def path(name):
        source, reports = MERGED[name]
        file = tmp_path / f"{name}.yaml"
        file.write_text(f"case: mrg\nsources:\n  - {source}\nreports:\n{reports}\n")
        return file

    return path


def test_different_items_of_one_id_are_refused_and_both_are_shown(merged_files):
    one, other = merged_files("a"), merged_files("graded otherwise")

    assert problems(read_evidence, [one, other]) == [
        f"{other}:3: sources[0]: must be as in {one}:3, reliability 'B', or have "
        "another id, got reliability 'D'"
    ]


@pytest.mark.parametrize("format", ["yaml", "jsonl", "csv"])
def test_the_same_item_in_two_files_is_one(merged_files, tmp_path, format):
    more = tmp_path / f"more.{format}"
    write_evidence(read_evidence(merged_files("the same and more")), more)

    evidence = read_evidence([merged_files("a"), more])

    assert [source.id for source in evidence.sources] == ["paper"]
    assert [report.id for report in evidence.reports] == ["r1", "r2"]


def test_an_item_that_is_not_valid_is_told_though_a_file_before_has_its_id(
    merged_files,
):
    one, other = merged_files("a"), merged_files("graded otherwise")
    other.write_text(other.read_text().replace("reliability: D", "reliability: X"))

    assert any("must be one of 'A'" in p for p in problems(read_evidence, [one, other]))


def test_files_of_another_case_are_not_merged(case, tmp_path):
    _, evidence = case()
    more = tmp_path / "more.jsonl"
    more.write_text('{"case": "other"}\n')

    assert problems(read_evidence, [evidence, more]) == [
        f"{more}:1: case: must be that of the files before, 'dprk-russia', got 'other'"
    ]


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_no_list_is_not_merged(case, tmp_path, order):
    _, evidence = case()
    more = tmp_path / "more.yaml"
    more.write_text("sources: 3\n")

    assert problems(read_evidence, [evidence, more][::order]) == [
        f"{more}:1: sources: must be a list, got 3"
    ]


def test_a_repeat_of_an_id_that_two_reports_have_is_no_problem_of_its_own(case):
    _, evidence = case()
    text = evidence.read_text()
    evidence.write_text(text.replace("id: relayed", "id: denial"))

    found = [line.rpartition(": ")[2] for line in problems(read_evidence, evidence)]

    assert found == ["must be written once only, got 'denial'"] * 2


def test_evidence_of_no_file_is_refused():
    assert problems(read_evidence, []) == [
        "evidence: must be at least one file, got nothing"
    ]


def test_problems_of_json_lines_have_their_lines(tmp_path):
    file = tmp_path / "body.jsonl"
    file.write_text(
        '{"case": "c"}\n'
        '{"source": {"id": "kcna", "name": "KCNA", "reliability": "G"}}\n'
        '{"report": {"id": "a", "claim": "b", "source": "kcna", "credibility": 2,'
        ' "published": "2022-02-30"}}\n'
    )

    assert problems(read_evidence, file) == [
        f"{file}:2: sources[0].reliability: must be one of 'A', 'B', 'C', 'D', 'E', "
        "'F', got 'G'",
        f"{file}:3: reports[0].published: must be a date, written YYYY-MM-DD, "
        "got '2022-02-30'",
    ]


def test_problems_of_a_table_have_their_rows(tmp_path):
    file = tmp_path / "body.csv"
    file.write_text(
        "record,id,name,reliability,claim,source,credibility,published,decibans\n"
        "case,c,,,,,,,\nsource,kcna,KCNA,D,,,,,\n"
        "report,a,,,b,kcna,two,2022-08-05,many\n"
    )

    assert problems(read_evidence, file) == [
        f"{file}:4: reports[0].credibility: must be one of 1, 2, 3, 4, 5, 6, got 'two'",
        f"{file}:4: reports[0].bears_on[0].decibans: must be a number, got 'many'",
        f"{file}:4: reports[0].bears_on[0]: must have exactly one of argument, "
        "scenario, rivals, got none",
        f"{file}:4: reports[0].bears_on[0]: must have a direction, supports or "
        "opposes, with strength or decibans, and none with likelihoods, got none",
    ]


def test_a_fault_of_a_row_hides_no_problem_of_another(tmp_path):
    file = tmp_path / "body.csv"
    file.write_text("record,id,name,reliability\ncase,c,\nsource,kcna,KCNA,G\n")

    found = problems(read_evidence, file)
    assert [line.split(": ")[0] for line in found] == [f"{file}:2", f"{file}:3"]


# What looks like something else in one of the formats, or is hard to keep in it.
nasty = st.sampled_from(
    [
        *("yes", "null", "~", "1e3", "2022-01-01", "0x1f", "on", "=", "=1+1", ""),
        *("#", " #", "- a", "a: b", ": ", "{", "[", "?", "|", ">", "---", "...", "\\"),
        *("&a", "*a", "!a", "%a", "@a", "`", "'", '"', "''", ",", ";", "\t", " ", "  "),
        *("\n", "\n\n", "\r\n", "\r", "\u2028", "\u2029", "\ufeff", "\ufffe", "\xa0"),
        *("\U0010ffff", "é", "\u0301", "💬"),
    ]
)
turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
letters = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=turning)
texts = st.lists(nasty | st.text(letters, max_size=60), min_size=1, max_size=8).map(
    "".join
)
texts = texts.filter(re.compile(CHARACTER_TO_BE_SEEN).match)
ids = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
days = st.dates().map(lambda day: day.isoformat())
shares = st.floats(0, 1, exclude_min=True)
directions = st.sampled_from(["supports", "opposes"])
words = st.sampled_from(["negligible", "weak", "very strong", "decisive"])


def with_keys(required, optional):
    return st.fixed_dictionaries(required, optional=optional)


measures = st.one_of(
    with_keys({"direction": directions, "strength": words}, {"because": texts}),
    with_keys({"direction": directions, "decibans": st.floats(0, 100)}, {}),
    with_keys({"likelihoods": st.tuples(shares, shares).map(list)}, {"because": texts}),
)
targets = st.one_of(with_keys({"argument": ids}, {}), with_keys({"scenario": ids}, {}))
bearings = st.builds(lambda target, measure: target | measure, targets, measures)


@st.composite
def evidence_files(draw):
    """Evidence files whose texts are as nasty as the types allow."""
    source_ids = draw(st.lists(ids, unique=True, min_size=1, max_size=3))
    sources = [
        draw(
            with_keys(
                {
                    "id": st.just(name),
                    "name": texts.filter(lambda text: len(text) <= 200),
                    "reliability": st.sampled_from("ABCDEF"),
                },
                {"because": texts},
            )
        )
        for name in source_ids
    ]
    reports = []
    for name in draw(st.lists(ids, unique=True, max_size=4)):
        report = draw(
            with_keys(
                {
                    "id": st.just(name),
                    "claim": texts,
                    "source": st.sampled_from(source_ids),
                    "credibility": st.integers(1, 6),
                    "published": days,
                },
                {
                    "origin": st.sampled_from(source_ids),
                    "reference": texts,
                    "url": texts,
                    "ages": st.booleans(),
                    "because": texts,
                    "bears_on": st.lists(
                        bearings,
                        max_size=3,
                        unique_by=lambda b: (b.get("argument"), b.get("scenario")),
                    ),
                },
            )
        )
        earlier = [r["id"] for r in reports if r["published"] <= report["published"]]
        if earlier and not report.get("bears_on") and draw(st.booleans()):
            report["repeats"] = draw(st.sampled_from(earlier))
        reports.append(report)
    return EvidenceFile.model_validate(
        {"case": draw(ids), "sources": sources, "reports": reports}
    )


priors_of_a_scenario = st.one_of(
    st.tuples(shares, shares, shares)
    .map(sorted)
    .filter(lambda q: 0 < q[0] < q[2] < 1)
    .map(lambda q: {"low": q[0], "median": q[1], "high": q[2]}),
    st.tuples(st.floats(0.1, 50), st.floats(0.1, 50)).map(
        lambda ab: {"beta": list(ab)}
    ),
    st.floats(0.1, 0.9).map(lambda mean: {"mean": mean, "sd": 0.1}),
    st.just({"words": "realistic possibility", "scale": "phia"}),
)
log_odds = with_keys({"location": st.floats(-30, 30), "sd": st.floats(0, 10)}, {})
scales = with_keys(
    {},
    {
        "reliability": st.dictionaries(st.sampled_from("ABCDEF"), log_odds),
        "credibility": st.dictionaries(st.integers(1, 5), log_odds),
        "strength": st.dictionaries(
            words, with_keys({"decibans": st.floats(0.1, 100)}, {"log_sd": shares})
        ),
        "calibration_log_sd": st.floats(0, 10),
        "sources": st.dictionaries(st.sampled_from(["kcna", "tass"]), log_odds),
    },
)
outcomes = with_keys(
    {"occurred": st.booleans(), "on": st.just("2023-01-01")}, {"because": texts}
)


@st.composite
def priors_files(draw):
    """Priors files whose texts are as nasty as the types allow."""
    names = draw(st.lists(ids, unique=True, min_size=1, max_size=3))
    scenarios = [
        draw(
            with_keys(
                {
                    "id": st.just(name),
                    "question": texts,
                    "criteria": texts,
                    "opens": st.just("2022-07-01"),
                    "closes": st.just("2025-12-31"),
                    "prior": st.builds(
                        lambda prior, because: prior | because,
                        priors_of_a_scenario,
                        with_keys({}, {"because": texts}),
                    ),
                },
                {
                    "hazard": st.sampled_from(["constant", "none"]),
                    "outcome": outcomes,
                },
            )
        )
        for name in names
    ]
    bears_on = st.builds(
        lambda measure, name: {"scenario": name} | measure,
        measures,
        st.sampled_from(names),
    )
    argument = with_keys(
        {"id": ids, "statement": texts},
        {
            "because": texts,
            "bears_on": st.lists(
                bears_on, max_size=2, unique_by=lambda b: b["scenario"]
            ),
        },
    )
    link = st.one_of(
        with_keys({"probability": st.floats(0.01, 0.99)}, {"because": texts}),
        with_keys(
            {"direction": st.sampled_from(["raises", "lowers"]), "strength": words}, {}
        ),
    )
    pairs = pairwise(names)
    return PriorsFile.model_validate(
        draw(
            with_keys(
                {
                    "case": ids,
                    "title": texts,
                    "scenarios": st.just(scenarios),
                    "arguments": st.lists(
                        argument, max_size=2, unique_by=lambda a: a["id"]
                    ),
                    "links": st.just(
                        [{"if": a, "then": b} | draw(link) for a, b in pairs]
                    ),
                },
                {
                    "description": texts | st.just(""),
                    "half_life_days": st.floats(0, 1e9, exclude_min=True),
                    "scales": scales,
                },
            )
        )
    )


@pytest.mark.parametrize("format", ["yaml", "jsonl", "csv"])
@given(evidence=evidence_files())
def test_evidence_that_is_written_is_read_back_as_it_was(
    tmp_path_factory, format, evidence
):
    path = tmp_path_factory.mktemp("evidence") / f"x.{format}"
    write_evidence(evidence, path)

    assert read_evidence(path) == evidence


@given(priors=priors_files())
def test_priors_that_are_written_are_read_back_as_they_were(tmp_path_factory, priors):
    path = tmp_path_factory.mktemp("priors") / "x.yaml"
    write_priors(priors, path)

    assert read_priors(path) == priors


@pytest.mark.parametrize("suffix", ["yaml", "yml", "jsonl", "csv", "CSV"])
def test_files_are_written_by_their_suffix(case, tmp_path, suffix):
    evidence = read_evidence(case()[1])
    path = tmp_path / f"out.{suffix}"
    write_evidence(evidence, path)

    assert read_evidence(path) == evidence


def test_json_lines_are_one_object_a_line(case):
    text = evidence_text(read_evidence(case()[1]), "jsonl")

    assert [next(iter(json.loads(line))) for line in text.splitlines()] == [
        "case",
        "source",
        "source",
        "report",
        "report",
    ]


def test_absent_keys_and_defaults_are_not_written(case):
    priors, evidence = case()
    written = priors_text(read_priors(priors)) + evidence_text(
        read_evidence(evidence), "yaml"
    )

    for key in ("null", "because", "half_life_days", "hazard", "ages", "scales", "url"):
        assert key not in written


@pytest.mark.parametrize(
    ("write", "name"),
    [(write_evidence, "x.txt"), (write_evidence, "x"), (write_priors, "x.csv")],
)
def test_a_name_of_no_known_format_is_not_written(case, tmp_path, write, name):
    read = read_priors if write is write_priors else read_evidence
    content = read(case()[write is write_evidence])

    (problem,) = problems(write, content, tmp_path / name)
    assert ": must have a name that ends in .yaml" in problem
    assert not (tmp_path / name).exists()


def test_a_folder_that_is_not_there_is_told(case, tmp_path):
    path = tmp_path / "nowhere" / "x.yaml"

    assert problems(write_priors, read_priors(case()[0]), path) == [
        f"{path}: must be a writable file, got No such file or directory"
    ]


@pytest.mark.parametrize("failure", [OSError(28, "No space left"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_whatever_stops_the_writing_the_old_file_stays_and_no_other_is_left(
    case, tmp_path, monkeypatch, failure, step
):
    path, _ = case()
    priors = read_priors(path)
    before = path.read_bytes()
    beside = sorted(tmp_path.iterdir())

    def stop(*_):
        raise failure

    monkeypatch.setattr(files.os, step, stop)
    with pytest.raises((CaseError, KeyboardInterrupt)):
        write_priors(priors, path)

    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == beside


def test_a_file_keeps_its_mode(case):
    path, _ = case()
    path.chmod(0o640)
    write_priors(read_priors(path), path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_to_a_file_stays_a_link(case, tmp_path):
    path, _ = case()
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    write_priors(read_priors(path), link)

    assert link.is_symlink()
    assert read_priors(path) == read_priors(link)


@pytest.mark.parametrize("kind", [PriorsFile, EvidenceFile])
def test_the_files_to_begin_with_show_every_key(kind):
    both = b"".join(file.content for file in template_files("a-case")).decode()
    schema = kind.model_json_schema()
    items = [schema, *schema["$defs"].values()]

    keys = {key for item in items for key in item.get("properties", ())}
    shown = set(re.findall(r"\b([a-z_]+):", both))

    assert keys - shown == set()


def test_shipped_cases_are_in_order():
    assert shipped_cases()
    for case in shipped_cases():
        assert read_casebook(*shipped_case_files(case)).case == case


def test_a_case_that_is_not_shipped_is_told_those_that_are():
    (problem,) = problems(shipped_case_files, "atlantis")

    assert problem.startswith("case: must be one of the cases ")
    assert "dprk-russia" in problem
    assert problem.endswith("got 'atlantis'")
