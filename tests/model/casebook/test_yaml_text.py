"""YAML and JSON Lines as text, and the lines of the places in them."""

import datetime

import pytest
import yaml

from deciban.model.casebook.yaml_text import (
    has_comments,
    read_json_lines,
    read_yaml,
    yaml_text,
)


def told(written):
    return [(line, place, rule) for line, place, rule, _ in written.faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("no", "no"),
        ("off", "off"),
        ("none", "none"),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("007", "007"),
        ("0x1f", "0x1f"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("=", "="),
        ("<<", "<<"),
        ("2022-08-05", datetime.date(2022, 8, 5)),
        ("2022-02-30", "2022-02-30"),
        ("2022-8-5", "2022-8-5"),
        ("2022-08-05 12:00", "2022-08-05 12:00"),
        ("'2022-08-05'", "2022-08-05"),
        ('"12"', "12"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_plain_words_are_read_by_the_rules_of_yaml_1_2(text, value):
    read = read_yaml(f"key: {text}\n").data["key"]

    assert read == value
    assert type(read) is type(value)


def test_on_is_a_key():
    assert read_yaml("outcome: {occurred: true, on: 2023-10-13}").data == {
        "outcome": {"occurred": True, "on": datetime.date(2023, 10, 13)}
    }


def test_each_place_has_the_line_of_its_key_or_item():
    nested = "b:\n  - c: 2\n    d:\n      - 3\n      - 4\n  - {c: 5,\n     e: 6}\n"

    assert read_yaml(f"# a comment\na: 1\n{nested}").lines == {
        (): 2,
        ("a",): 2,
        ("b",): 3,
        ("b", 0): 4,
        ("b", 0, "c"): 4,
        ("b", 0, "d"): 5,
        ("b", 0, "d", 0): 6,
        ("b", 0, "d", 1): 7,
        ("b", 1): 8,
        ("b", 1, "c"): 8,
        ("b", 1, "e"): 9,
    }


@pytest.mark.parametrize(
    ("text", "line", "place", "rule"),
    [
        ("a: 1\nb: [2\n", 2, (), "must be YAML: "),
        ("a: 1\nb:\n\t- 2\n", 3, (), "must be YAML: indented by spaces, not tabs"),
        ("a:\n  - b: 1\n\tc: 2\n", 3, (), "must be YAML: indented by spaces, not "),
        ("a: 1\nb: c: d\n", 2, (), "must be YAML: mapping values are not allowed"),
        ("a: 1\n---\nb: 2\n", 2, (), "must be one document"),
        ("a: 1\nb: 2\na: 3\n", 3, ("a",), "must be written once only in its mapping"),
        ("a: &x [1]\nb: *x\n", 2, ("b",), "must be written out, not as an alias"),
        ("a: 1\nb: !!python/name:os.system x\n", 2, ("b",), "must not have a tag"),
        ("a: 1\n? [b]\n: 2\n", 2, (), "must have plain keys"),
        ("a: 1\nb: \x07\n", 2, (), "must not have control characters"),
        ("a: 1\nb: \ud800\n", 2, (), "must be text that UTF-8 can hold"),
        ("a: " + "[" * 1000, 1, (), "must be nested at most 100 deep"),
        ("a: " + "{b: " * 100_000, 1, (), "must be nested at most 100 deep"),
        ("", 1, (), "must be a mapping of keys to values"),
        ("# nothing\n", 1, (), "must be a mapping of keys to values"),
        ("- a\n", 1, (), "must be a mapping of keys to values"),
        ("a\n", 1, (), "must be a mapping of keys to values"),
    ],
)
def test_what_cannot_be_read_is_a_fault_with_its_line(text, line, place, rule):
    (found,) = read_yaml(text).faults

    assert (found.line, found.place) == (line, place)
    assert found.rule.startswith(rule)


def test_of_a_key_written_twice_the_first_counts():
    assert read_yaml("a: 1\na: 2\n").data == {"a": 1}


def test_written_yaml_reads_pleasantly():
    day = datetime.date(2022, 8, 5)
    claim = (
        "100,000 North Korean volunteers are ready to join the fighting there, "
        "a commentator says: # nobody knows from where"
    )
    data = {
        "case": "dprk-russia",
        "reports": [
            {
                "id": "shells",
                "claim": claim,
                "note": "two\nlines",
                "published": day,
                "half_life": 30.0,
                "bears_on": [{"scenario": "troops", "likelihoods": (0.3, 0.25)}],
            }
        ],
    }

    assert yaml_text(data) == (
        "case: dprk-russia\n"
        "reports:\n"
        "  - id: shells\n"
        "    claim: >-\n"
        "      100,000 North Korean volunteers are ready to join the fighting there, "
        "a commentator\n"
        "      says: # nobody knows from where\n"
        "    note: |-\n"
        "      two\n"
        "      lines\n"
        "    published: 2022-08-05\n"
        "    half_life: 30\n"
        "    bears_on:\n"
        "      - {scenario: troops, likelihoods: [0.3, 0.25]}\n"
    )


@pytest.mark.parametrize(
    "text", ["yes", "on", "1_000", "12:30", "0x1f", "2022-8-5", "="]
)
def test_programs_that_read_yaml_1_1_find_the_same_texts(text):
    assert yaml.safe_load(yaml_text({"claim": text})) == {"claim": text}


def test_json_lines_may_stand_in_any_order():
    text = '{"report": {"id": "a"}}\n\n{"source": {"id": "b"}}\r\n{"case": "c"}'

    written = read_json_lines(text)
    assert written.data == {
        "case": "c",
        "sources": [{"id": "b"}],
        "reports": [{"id": "a"}],
    }
    assert written.lines == {("reports", 0): 1, ("sources", 0): 3, ("case",): 4}


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ('{"case": "c"}\n{"report": {]}', 2, "must be JSON: expecting property name"),
        ('{"case": "c"}\n{"case": "c"}', 2, "must be written once only"),
        (
            '{"report": {"id": 1, "id": 2}}',
            1,
            "must be written once only in its object",
        ),
        (
            '{"colour": "red"}',
            1,
            "must be an object with one key: case, source or report",
        ),
        ('{"case": "c", "report": {}}', 1, "must be an object with one key"),
        ("{}", 1, "must be an object with one key"),
        ("[1]", 1, "must be an object with one key"),
        ("[" * 100_000, 1, "must not be nested so deeply"),
    ],
)
def test_a_line_of_json_that_cannot_be_read_is_a_fault(text, line, rule):
    (found,) = read_json_lines(text).faults

    assert found.line == line
    assert found.rule.startswith(rule)


def test_a_line_with_a_fault_hides_no_other():
    text = '{"a": 1}\n{"case": "c"}\nno\n'

    assert [line for line, _, _ in told(read_json_lines(text))] == [1, 3]


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("# all\na: 1\n", True),
        ("a: 1 # one\n", True),
        ("a: [1, # one\n  2]\n", True),
        ("a: |\n  text\n# after\nb: 1\n", True),
        ("a: | # how\n  text\n", True),
        ("a: |\n  # text\n  more # text\nb: 2\n", False),
        ("a: >\n  one # two\n  three\n", False),
        ('a: "one # two"\n', False),
        ("a: 'one\n  # two'\n", False),
        ("a: one#two\n", False),
        ("a: \uc5f0\ud569 one\nb: '\U0001f469 x # y'\n", False),
        ("a: \uc5f0\ud569 one\nb: \U0001f469 # y\n", True),
        ("a: 1\n", False),
    ],
)
def test_comments_are_told_from_signs_within_texts(text, has):
    assert has_comments(text) is has
