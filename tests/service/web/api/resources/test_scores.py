"""Scores: of one case, and the track record of all."""

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


def test_scores_are_of_a_case_that_there_is(ask, war):
    assert ask("GET", "/api/v1/cases/peace/scores").status_code == 404
