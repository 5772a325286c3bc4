"""The reports of a case: one search and one set of filters, for pages and API."""

import unicodedata
from datetime import date

import pytest

from deciban.model.casebook.changes import Change, changes_between
from deciban.service.application.errors import UnknownItemError
from deciban.service.application.posting import post_changes
from deciban.service.application.reports import (
    ReportFilter,
    list_reports,
    listed_reports,
    put_back,
    retraction,
)
from deciban.service.store.casebooks import Author
from tests.model.builders import make_argument, make_casebook, make_report, says
from tests.service.web.api import conftest as small_case
from tests.service.web.api.builders import make_report as make_body

# The fixtures of the small case, here too.
casebook, war = small_case.casebook, small_case.war
scheduler = small_case.scheduler

LEAD = Author("lead", None)


def ledger():
    """Build three reports: the last repeats the first, the second is passed on."""
    return make_casebook(
        [
            make_report(
                "shells", says(), claim="Shells go by rail", reference="Note 7"
            ),
            make_report(
                "denial",
                says(argument="can"),
                claim="No shells were sent",
                source="paper",
                origin="blog",
                published="2024-05-20",
            ),
            make_report(
                "echo", repeats="shells", source="blog", published="2024-05-03"
            ),
        ],
        arguments=[make_argument("can", says(scenario="war"))],
    )


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({}, ["shells", "denial", "echo"]),
        ({"text": "SHELLS rail"}, ["shells"]),
        ({"text": "rail shells"}, ["shells"]),
        ({"text": "note 7"}, ["shells"]),
        ({"text": "denial"}, ["denial"]),
        ({"text": "shells blog"}, ["denial"]),
        ({"source": "blog"}, ["echo"]),
        ({"origin": "blog"}, ["denial"]),
        ({"origin": "radio"}, ["shells", "echo"]),
        ({"argument": "can"}, ["denial"]),
        ({"scenario": "war"}, ["shells", "denial", "echo"]),
        ({"scenario": "none"}, []),
        (
            {"published_from": date(2024, 5, 3), "published_to": date(2024, 5, 19)},
            ["echo"],
        ),
        ({"shown": "standing", "source": "blog"}, ["echo"]),
        ({"shown": "retracted"}, []),
    ],
)
def test_a_filter_finds_the_reports_for_which_all_of_it_holds(wanted, ids):
    casebook = ledger()

    chosen = ReportFilter(**wanted).choose(casebook, listed_reports(casebook, None))

    assert [one.report.id for one in chosen] == ids


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("wanted", ["NFC", "NFD"])
def test_a_search_finds_text_in_whatever_form_it_was_typed(stored, wanted):
    claim, name = "\ubd81\ud55c\uc774 \ud3ec\ud0c4\uc744", "Caf\u00e9"
    typed = unicodedata.normalize(stored, f"{claim} {name}")
    casebook = make_casebook([make_report("one", says(), claim=typed)])

    asked = ReportFilter(text=unicodedata.normalize(wanted, f"{name.upper()} {claim}"))

    assert asked.choose(casebook, listed_reports(casebook, None))


def post(shared, *changes, because=None):
    post_changes(shared, "war", changes, author=LEAD, because=because)


def report(report_id, **changes):
    body = make_body(report_id, **changes)
    return Change(kind="report", key=report_id, body=body)


def test_what_was_retracted_is_found_by_what_it_bore_on_where_it_is_asked_for(
    shared, war
):
    post(shared, report("seen"), report("late"))
    post(shared, Change(kind="report", key="late"), because="invented")

    def found(**wanted):
        return list_reports(shared, war, ReportFilter(**wanted)).reports

    both, standing = found(scenario="shells"), found(shown="standing")
    assert [one.report.id for one in both] == ["seen", "late"]
    assert [one.report.id for one in standing] == ["seen"]
    assert both[1].retracted.because == "invented"
    assert found(scenario="treaty") == []


def test_at_an_earlier_revision_nothing_counts_as_retracted(shared, war):
    post(shared, report("late"))
    post(shared, Change(kind="report", key="late"), because="invented")

    then = list_reports(shared, war, ReportFilter(), revision=2)

    assert [(one.report.id, one.retracted) for one in then.reports] == [("late", None)]
    assert (then.revision, then.n_retracted) == (2, 0)


def test_who_repeats_a_report_that_is_retracted_is_heard_in_its_place(shared, war):
    body = make_body("copy", source="kcna", repeats="seen", bears_on=[])
    copy = Change(kind="report", key="copy", body=body | {"published": "2023-02-02"})
    post(shared, report("seen"), copy)
    casebook = shared.forecasts.current(war).casebook

    post(shared, *retraction(casebook, "seen"), because="invented")

    [left] = shared.forecasts.current(war).casebook.evidence.reports
    assert (left.id, left.repeats, left.origin) == ("copy", None, "nis")
    assert left.bears_on[0].scenario == "shells"


def test_what_was_retracted_is_put_back_with_those_who_repeat_it(shared, war):
    body = make_body("copy", source="kcna", repeats="seen", bears_on=[])
    copy = Change(kind="report", key="copy", body=body | {"published": "2023-02-02"})
    post(shared, report("seen"), copy)
    before = shared.forecasts.current(war).casebook
    post(shared, *retraction(before, "seen"), because="invented")

    put_back(shared, war, "seen", author=LEAD, because="not invented")

    assert changes_between(before, shared.forecasts.current(war).casebook) == []
    with pytest.raises(UnknownItemError):
        put_back(shared, war, "seen", author=LEAD, because="again")


def test_what_was_altered_since_a_retraction_stays_so_when_that_is_undone(shared, war):
    body = make_body("copy", source="kcna", repeats="seen", bears_on=[])
    copy = Change(kind="report", key="copy", body=body | {"published": "2023-02-02"})
    post(shared, report("seen"), copy)
    casebook = shared.forecasts.current(war).casebook
    post(shared, *retraction(casebook, "seen"), because="invented")
    heir = shared.forecasts.current(war).casebook.index.report("copy")
    altered = heir.model_copy(update={"credibility": 5})
    post(shared, Change(kind="report", key="copy", body=altered), because="doubted")

    put_back(shared, war, "seen", author=LEAD, because="not invented")

    reports = shared.forecasts.current(war).casebook.index.items["report"]
    assert reports.keys() == {"seen", "copy"}
    assert reports["copy"] == altered


def test_only_what_stands_can_be_retracted(shared, war):
    casebook = shared.forecasts.current(war).casebook

    with pytest.raises(UnknownItemError, match="one of the reports of the case"):
        retraction(casebook, "none")
