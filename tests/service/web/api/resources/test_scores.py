"""Scores: of one case, and the track record of all; and the replay they rest on."""

import datetime

from deciban.model.casebook.past_days import day_digest
from deciban.service.refits.agenda import WantedDay
from deciban.service.store import fits

YES = {"occurred": True, "on": "2024-03-01", "because": "Seen"}


def test_a_case_without_outcomes_has_no_scores(ask, war):
    answer = ask("GET", "/scores", role="viewer").json

    assert (answer["case"], answer["missing"], answer["clip"]) == ("war", 0, 0.001)
    assert [one["published"] for one in answer["scenarios"]] == [None] * 3
    assert answer["all"]["n"] == 0


def test_a_settled_scenario_waits_for_its_days_beside_the_score_of_its_prior(ask, war):
    assert ask("PUT", "/scenarios/shells/outcome", YES).status_code == 200

    answer = ask("GET", "/scores").json

    shells = answer["scenarios"][0]
    assert (shells["outcome"], shells["settled_on"]) == (True, "2024-03-01")
    assert (shells["published"], shells["recorded"]) == (None, None)
    assert shells["prior_brier"] == (1 - shells["prior_mean"]) ** 2
    assert answer["missing"] == 1  # of its opening; it was not recorded here by then


def test_the_record_is_of_all_cases(ask, war):
    record = ask("GET", "/api/v1/record", role="viewer").json

    assert (record["all"]["n"], record["enough"], record["worst"]) == (0, False, [])


def test_the_record_is_of_a_tag_a_horizon_and_a_person(ask, war):
    path = "/api/v1/record?tag=arms&horizon=week&who=ada"
    record = ask("GET", path, role="viewer").json

    names = ("cases", "tags", "horizons", "people", "others")
    assert [record[name] for name in names] == [[]] * 5
    assert ask("GET", "/api/v1/record?horizon=soon").status_code == 422


def test_scores_are_of_a_case_that_there_is(ask, war):
    assert ask("GET", "/api/v1/cases/peace/scores").status_code == 404


def test_a_replay_has_the_days_that_are_known_and_asks_for_the_others(
    ask, war, store, casebook, scheduler, prior_fit
):
    first = datetime.date(2022, 7, 1)
    with store.writing() as session:
        digest = day_digest(casebook, first)
        fits.remember_day(session, war, digest, first, prior_fit[1])

    answer = ask("GET", "/replay?every=week&from=2022-06-24&to=2022-07-08").json

    assert [one["day"] for one in answer["days"]] == [
        *("2022-06-24", "2022-07-01", "2022-07-08")
    ]
    told = [one["scenarios"] is not None for one in answer["days"]]
    assert (told, answer["missing"]) == ([False, True, True], 1)
    # As the command line tells them.
    assert answer["days"][1]["scenarios"][0].keys() == {
        *("id", "mean", "eti90", "prior_mean", "weight_db", "outcome")
    }
    assert scheduler.days_asked == [WantedDay(war, datetime.date(2022, 6, 24))]


def test_of_days_before_a_case_was_begun_nothing_was_recorded(ask, war, scheduler):
    answer = ask("GET", "/replay?every=day&from=2024-03-29&known=recorded").json

    assert [one["day"] for one in answer["days"]] == ["2024-03-31"]
    assert [one.revision for one in scheduler.days_asked] == [1]


def test_a_replay_of_too_many_days_is_refused(ask, war):
    answer = ask("GET", "/replay?every=day")

    assert answer.status_code == 422
    assert "must be of at most 400 days, got 640" in answer.text
