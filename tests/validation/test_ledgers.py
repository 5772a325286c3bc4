"""Files of labels and polls, read as ledgers, read as casebooks."""

import datetime
from typing import Any

import pytest

from tests.validation.casebooks import casebook
from tests.validation.ledgers import (
    Poll,
    label_ledgers,
    poll_ledger,
    read_polls,
    together,
)

DAY = datetime.date(2000, 11, 1)


def make_poll(**changes: Any) -> Poll:
    given = {"race": "race-1", "pollster": "pollster-1", "sponsor": "", "on": DAY}
    numbers = {"year": 2000, "lead": 4.0, "result": -1.5}
    return Poll(**(given | numbers | changes))


@pytest.fixture
def folder(tmp_path):
    files = {
        "birds.labels.csv": "task,source,label\n1,7,1\n1,8,0\n2,7,0\n1,7,1\n",
        "birds.truth.csv": "task,truth\n1,1\n2,0\n",
        "polls.csv": (
            "race_id,year,pollster_id,partisan,polled_on,lead_dem,result_dem\n"
            '5,2000,3,,2000-11-01,-4,1.5\n5,2000,3,"DEM,REP",2000-11-02,2,1.5\n'
            "6,2000,3,R,2000-11-02,-9,-3\n"
        ),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_label_is_a_report_of_forty_decibans_by_a_source_of_grade_f(folder):
    (ledger,) = label_ledgers(folder)
    book = casebook(ledger)

    assert ledger.occurred == {"birds-task-1": True, "birds-task-2": False}
    assert {source.reliability for source in book.evidence.sources} == {"F"}
    assert [
        (report.source, report.credibility, bearing.direction, bearing.decibans)
        for report in book.evidence.reports
        for bearing in report.bears_on
    ] == [
        ("birds-person-7", 6, "supports", 40),
        ("birds-person-8", 6, "opposes", 40),
        ("birds-person-7", 6, "opposes", 40),
        ("birds-person-7", 6, "supports", 40),
    ]


def test_poll_weighs_in_proportion_to_its_lead(folder):
    ledger = poll_ledger(read_polls(folder), 0.5)

    assert [one.decibans for one in ledger.statements] == [-2.0, 1.0, -4.5]
    assert ledger.occurred == {"race-5": True, "race-6": False}
    assert ledger.grade == "A"


def test_sponsored_polls_are_another_source_if_asked(folder):
    ledger = poll_ledger(read_polls(folder), 0.5, by_sponsor=True)

    assert ledger.sources == ("pollster-3", "pollster-3-for-r")


def test_outcomes_are_known_of_settled_tasks_only(folder):
    (ledger,) = label_ledgers(folder)
    first, second = casebook(ledger, settled={"birds-task-2"}).priors.scenarios

    assert first.outcome is None
    assert second.outcome is not None
    assert second.outcome.occurred is False


def test_ledgers_of_two_grades_are_not_put_together(folder):
    with pytest.raises(ValueError, match="must be of one grade"):
        together([*label_ledgers(folder), poll_ledger(read_polls(folder), 1.0)])
