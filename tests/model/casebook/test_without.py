"""What is left without some reports, a source, or all that someone said."""

import json

import pytest

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, changed
from deciban.model.casebook.without import changes_without
from tests.model.builders import make_casebook, says
from tests.model.builders import make_report as built_report
from tests.service.web.api.builders import CASE, make_report


@pytest.fixture
def casebook():
    """A rumour that NIS said first and KCNA relays; TASS repeats it, and NIS too."""
    case = json.loads(json.dumps(CASE))
    case["evidence"]["sources"].append(
        {"id": "tass", "name": "TASS", "reliability": "E"}
    )
    case["evidence"]["reports"] = [
        make_report("rumour", source="kcna", origin="nis"),
        make_report(
            "echo",
            source="tass",
            repeats="rumour",
            credibility=5,
            published="2023-02-01",
            bears_on=[],
        ),
        make_report("confirmed", repeats="echo", published="2023-03-01", bears_on=[]),
        make_report("own", source="kcna"),
    ]
    return Casebook.model_validate_json(json.dumps(case))


def left(casebook, **off):
    after = changed(casebook, changes_without(casebook, **off))
    return {report.id: report for report in after.evidence.reports}


def test_a_report_that_nobody_repeats_is_gone(casebook):
    assert left(casebook, reports=["own"]).keys() == {"rumour", "echo", "confirmed"}


def test_the_first_repeat_is_heard_in_the_place_of_what_it_repeats(casebook):
    reports = left(casebook, reports=["rumour"])

    heir = reports["echo"]
    assert (heir.repeats, heir.origin, heir.credibility) == (None, "nis", 2)
    assert heir.bears_on == casebook.evidence.reports[0].bears_on
    assert reports["confirmed"].repeats == "echo"


def test_an_origin_that_publishes_itself_needs_no_relay(casebook):
    reports = left(casebook, reports=["rumour", "echo"])

    assert (reports["confirmed"].source, reports["confirmed"].origin) == ("nis", None)


def test_a_repeat_of_a_repeat_goes_on_where_that_is_off(casebook):
    assert left(casebook, reports=["echo"])["confirmed"].repeats == "rumour"


def test_without_a_source_all_that_it_published_is_off(casebook):
    assert left(casebook, sources=["kcna"]).keys() == {"echo", "confirmed"}


def test_without_an_origin_all_that_relays_it_is_off_too(casebook):
    assert left(casebook, origins=["nis"]).keys() == {"own"}


def test_where_nothing_is_off_nothing_changes(casebook):
    change = Change(kind="report", key="own", body=make_report("own", source="kcna"))

    assert changed(casebook, [change, *changes_without(casebook)]) == casebook


def test_of_repeats_of_one_day_the_first_by_id_is_heard_however_they_are_written():
    written = make_casebook(
        [
            built_report("said", says()),
            built_report("second", repeats="said"),
            built_report("first", repeats="said"),
        ]
    )

    assert left(written, reports=["said"])["second"].repeats == "first"
