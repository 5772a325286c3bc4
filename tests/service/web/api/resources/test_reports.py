"""Reports: listed with filters, posted together, retracted."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from tests.service.conftest import PATIENCE
from tests.service.web.api.builders import make_report

ON_ARGUMENT = {
    "argument": "short-of-shells",
    "direction": "supports",
    "strength": "weak",
}


@pytest.fixture
def ledger(ask, war):
    """Post five reports; ``copy`` repeats ``rumour``, which KCNA said first."""
    reports = [
        make_report("rumour", origin="kcna", published="2023-02-01"),
        make_report("copy", source="kcna", repeats="rumour", bears_on=[]),
        make_report("argued", published="2023-03-01", bears_on=[ON_ARGUMENT]),
        make_report("sent", claim="TROOPS sail", published="2023-04-01", bears_on=[]),
        make_report("late", source="kcna", published="2023-05-01"),
    ]
    reports[1]["published"] = "2023-02-02"
    answer = ask("POST", "/reports:batch", reports)
    assert all(one["kept"] for one in answer.json["reports"]), answer.text


def ids(answer):
    return [one["report"]["id"] for one in answer.json["reports"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["rumour", "copy", "argued", "sent", "late"]),
        ("scenario=shells", ["rumour", "copy", "argued", "late"]),
        ("scenario=treaty", []),
        ("argument=short-of-shells", ["argued"]),
        ("source=kcna", ["copy", "late"]),
        ("origin=kcna", ["rumour", "copy", "late"]),
        ("published_from=2023-03-01&published_to=2023-04-01", ["argued", "sent"]),
        ("text=troops", ["sent"]),
        ("text=rum", ["rumour"]),
        ("text=sail+troops", ["sent"]),
        ("text=kcna", ["rumour", "copy", "late"]),
        ("source=kcna&text=late", ["late"]),
    ],
)
def test_reports_are_listed_by_day_and_filtered_by_all_that_is_asked(
    ask, ledger, query, expected
):
    assert ids(ask("GET", f"/reports?{query}")) == expected


def test_pages_hold_every_report_once_while_others_come_and_go(ask, ledger):
    first = ask("GET", "/reports?limit=2")
    ask("POST", "/reports", make_report("first", published="2022-08-01"))
    ask("DELETE", "/reports/copy?because=wrong")
    second = ask("GET", f"/reports?limit=2&cursor={first.json['next']}")
    third = ask("GET", f"/reports?limit=2&cursor={second.json['next']}")

    assert ids(first) + ids(second) + ids(third) == [
        "rumour",
        "copy",
        "argued",
        "sent",
        "late",
    ]
    assert third.json["next"] is None


def test_a_retracted_report_is_listed_where_it_is_asked_for(ask, ledger):
    ask("DELETE", "/reports/late?because=withdrawn+by+its+author")

    there = ask("GET", "/reports?source=kcna")
    both = ask("GET", "/reports?source=kcna&retracted=true")

    assert ids(there) == ["copy"]
    assert ids(both) == ["copy", "late"]
    retraction = both.json["reports"][1]["retracted"]
    assert retraction["because"] == "withdrawn by its author"
    assert (retraction["who"], retraction["revision"]) == ("forecaster", 3)


def test_a_report_that_others_repeat_is_retracted_and_they_speak_for_themselves(
    ask, ledger
):
    answer = ask("DELETE", "/reports/rumour?because=withdrawn")

    assert answer.status_code == 200
    assert ask("GET", "/reports/copy").json["origin"] is None  # KCNA said it first
    assert ids(ask("GET", "/reports?scenario=shells")) == ["copy", "argued", "late"]
    assert ask("DELETE", "/reports/rumour?because=again").status_code == 404


def test_a_report_that_is_posted_anew_is_no_longer_retracted(ask, ledger):
    ask("DELETE", "/reports/late?because=withdrawn")
    ask("POST", "/reports", make_report("late", published="2023-05-01"))

    listed = ask("GET", "/reports?retracted=true&text=late").json["reports"]

    assert [one["retracted"] for one in listed] == [None]


def test_a_list_stands_though_reports_come_and_go_meanwhile(
    ask, ledger, forecasts, monkeypatch
):
    as_read = forecasts.current("war")
    ask("POST", "/reports", make_report("new", published="2023-06-01"))
    ask("DELETE", "/reports/late?because=withdrawn")
    monkeypatch.setattr(forecasts, "current", lambda _: as_read)

    listed = ask("GET", "/reports?retracted=true")

    assert listed.json["reports"][-1]["retracted"] is None
    assert ids(listed) == ["rumour", "copy", "argued", "sent", "late"]


def test_of_many_reports_the_good_are_kept_and_the_others_told_why(ask, fit):
    answer = ask(
        "POST",
        "/reports:batch",
        [
            make_report("good"),
            make_report("graded", credibility=7),
            make_report("homeless", source="nobody"),
            make_report("good"),
            make_report("echo", repeats="homeless", bears_on=[]),
            {"id": 5},
        ],
    )

    told = answer.json["reports"]
    assert answer.status_code == 200
    assert [one["kept"] for one in told] == [True, False, False, False, False, False]
    assert [one["errors"][0]["pointer"] for one in told[1:5]] == [
        "#/credibility",
        "#/source",
        "#/id",
        "#/repeats",
    ]
    assert answer.json["revision"] == 2
    assert [one["scenario"] for one in answer.json["what_if"]] == ["shells"]
    assert ids(ask("GET", "/reports")) == ["good"]


def test_reports_that_come_at_once_each_move_what_the_last_has_left(ask, fit):
    names = [f"report-{i}" for i in range(8)]
    ready = threading.Barrier(len(names), timeout=PATIENCE)

    def post(name):
        ready.wait()
        return ask("POST", "/reports", make_report(name)).json

    with ThreadPoolExecutor(len(names)) as pool:
        effects = sorted(pool.map(post, names), key=lambda effect: effect["revision"])

    assert [effect["revision"] for effect in effects] == list(range(2, 10))
    shells = [effect["what_if"][0] for effect in effects]
    for last, one in pairwise(shells):
        assert one["before"]["mean"] == last["after"]["mean"]
    assert sorted(ids(ask("GET", "/reports"))) == names


def test_where_none_of_many_is_good_nothing_is_written(ask, war):
    answer = ask("POST", "/reports:batch", [make_report(credibility=7)])

    assert answer.json["reports"][0]["kept"] is False
    assert ask("GET", "").json["revision"] == 1


def test_many_reports_are_not_too_many(ask, war):
    none = ask("POST", "/reports:batch", [])
    assert none.status_code == 422
    assert none.json["detail"] == "the body must not be empty"
    refused = ask("POST", "/reports:batch", [{}] * 501)
    assert refused.status_code == 422
    assert refused.json["detail"] == "the body must have at most 500 items"
    assert ask("POST", "/reports:batch", {}).json["detail"] == "the body must be a list"
