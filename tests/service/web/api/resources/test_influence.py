"""On what forecasts rest, over the API."""

import math

import pytest

from deciban.model.casebook.past_days import day_digest
from deciban.model.errors import ModelError
from deciban.model.explain.influence import casebook_without
from deciban.service.refits.agenda import WantedDay
from deciban.service.store import fits
from tests.service.web.api.builders import make_report


def test_each_part_is_left_out(ask, fit):
    said = ask("GET", "/influence").json

    assert said["as_of"] == "2024-03-31"
    assert {one["scenario"] for one in said["sensitivity"]} == {
        "shells",
        "treaty",
        "troops",
    }
    assert said["flips"] == []


def test_what_only_a_refit_can_tell_waits_for_a_worker_until_it_is_made(
    ask, fit, scheduler, store, casebook, prior_fit, monkeypatch
):
    monkeypatch.setattr("deciban.model.explain.influence.can_tell", lambda _: False)
    part = ("argument", "short-of-shells")
    summary = prior_fit[1]

    (waits,) = ask("GET", "/influence").json["left_out"]
    wanted = scheduler.days_asked
    without = casebook_without(casebook, summary.as_of, *part)
    digest = day_digest(without, summary.as_of)
    with store.writing() as session:
        # As if without it shells had one chance in ten.
        scenarios = [one.model_copy(update={"mean": 0.1}) for one in summary.scenarios]
        said = summary.model_copy(update={"scenarios": scenarios, "digest": digest})
        fits.remember_day(session, "war", digest, summary.as_of, said)
    (made,) = ask("GET", "/influence").json["left_out"]

    assert wanted == [WantedDay("war", summary.as_of, 1, part)]
    assert (waits["refit"], made["refit"]) == ("waits", "made")
    mean = next(one.mean for one in summary.scenarios if one.id == "shells")
    odds = mean / (1 - mean) * 9
    assert made["moves_db"]["shells"] == pytest.approx(10 * math.log10(odds), abs=1e-3)


def test_a_line_that_is_no_probability_is_refused(ask, fit):
    assert ask("GET", "/influence?line=1.5").status_code == 422


def test_without_a_fit_there_is_nothing_to_read(ask, war):
    ask("POST", "/reports", make_report("seen"))

    assert ask("GET", "/influence").status_code == 409


def test_what_to_look_for_next_is_ranked_by_what_it_would_tell(ask, fit):
    said = ask("GET", "/scenarios/shells/next").json

    bits = [one["bits"] for one in said["targets"]]
    assert bits == sorted(bits, reverse=True)
    assert bits[0] > 0
    assert ask("GET", "/scenarios/pie/next").status_code == 404


def test_of_what_is_settled_there_is_nothing_to_look_for(ask, fit, monkeypatch):
    def settled(*_):
        raise ModelError("must be a scenario that is not settled, got 'shells'")

    monkeypatch.setattr(
        "deciban.service.web.api.resources.influence.next_report_of", settled
    )
    answer = ask("GET", "/scenarios/shells/next")

    assert answer.status_code == 409
    assert answer.json["type"].endswith("not-open")
