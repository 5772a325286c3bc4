"""What is due over all cases; and that somebody looked, and nothing had happened."""

import datetime

import pytest

LOOKED = datetime.datetime(2025, 12, 10, 9, tzinfo=datetime.UTC)


def test_what_is_due_is_listed_over_all_cases(ask, war, clock):
    assert ask("GET", "/api/v1/due").json == {"today": "2024-03-31", "due": []}

    clock.now = LOOKED
    answer = ask("GET", "/api/v1/due", role="viewer").json

    assert answer["today"] == "2025-12-10"
    first = answer["due"][0]
    assert [one["scenario"] for one in answer["due"]] == ["shells", "troops", "treaty"]
    assert (first["days"], first["state"], first["looked"]) == (21, "open", None)

    clock.now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    outcome = {"occurred": True, "on": "2025-12-31", "because": "Seen"}
    assert ask("PUT", "/scenarios/troops/outcome", outcome).status_code == 200
    closed = ask("GET", "/api/v1/due").json["due"]
    assert [(one["scenario"], one["days"]) for one in closed] == [
        ("shells", -1),
        ("treaty", -1),
    ]
    assert {one["state"] for one in closed} == {"closed, not settled"}


def test_a_review_is_kept_with_its_day_and_its_reason(ask, war):
    kept = ask("POST", "/reviewed", {})

    assert kept.status_code == 200, kept.text
    assert (kept.json["reviewed"], kept.json["revision"]) == ("2024-03-31", 2)
    assert ask("GET", "").json["header"]["reviewed"] == "2024-03-31"
    assert ask("GET", "/forecasts").json["looked"] == "2024-03-31"
    (last, *_) = ask("GET", "/history").json["changes"]
    assert last["because"] == "Reviewed: nothing has happened"


def test_a_review_of_a_day_to_come_is_refused_and_one_of_before_changes_nothing(
    ask, war
):
    refused = ask("POST", "/reviewed", {"on": "2024-04-01"})
    assert refused.status_code == 422
    assert "must not be after today, 2024-03-31 (UTC)" in refused.text

    assert ask("POST", "/reviewed", {"on": "2024-03-30"}).json["revision"] == 2
    assert ask("POST", "/reviewed", {"on": "2024-03-01"}).json["revision"] == 2
    assert ask("GET", "").json["header"]["reviewed"] == "2024-03-30"


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("forecaster", 200)])
def test_who_may_post_evidence_may_say_that_there_is_none(ask, war, role, status):
    assert ask("POST", "/reviewed", {}, role=role).status_code == status
