"""Why forecasts moved, over the API."""

import pytest

from deciban.service.store import fits
from tests.service.web.api.builders import make_report


def test_the_parts_of_a_change_add_up_and_name_their_reports(ask, fit):
    ask("POST", "/reports", make_report("seen"))
    said = ask("GET", "/why?from_revision=1&to_revision=2").json

    moves = [move for move in said["scenarios"] if move["parts"]]
    assert moves
    for move in moves:
        total = sum(part["weight_db"] for part in move["parts"])
        assert total == pytest.approx(move["change_db"], abs=0.02)
    reports = {r for m in moves for part in m["parts"] for r in part["reports"]}
    assert reports == {"seen"}


def test_it_is_a_week_unless_asked_and_a_fit_is_its_own_end(ask, fit):
    said = ask("GET", f"/why?to_fit={fit}").json

    assert (said["from_day"], said["to_day"]) == ("2024-03-24", "2024-03-31")


def test_from_a_fit_to_itself_nothing_moved(ask, fit):
    said = ask("GET", f"/why?from_fit={fit}&to_fit={fit}").json

    assert all(move["parts"] == [] for move in said["scenarios"])


@pytest.fixture
def older(store, war, prior_fit, clock):
    """Keep a fit that another version made; return its number."""
    draws, summary = prior_fit
    scenarios = [one.model_copy(update={"mean": 0.2}) for one in summary.scenarios]
    with store.writing() as session:
        record = fits.ask(
            session,
            war,
            revision=1,
            as_of=summary.as_of,
            settings={},
            digest="0" * 64,
            asked_by="service",
            now=clock(),
        )
        fits.start(session, record.id, clock())
        fits.finish(
            session,
            record.id,
            summary=summary.model_copy(update={"scenarios": scenarios, "rules": 1}),
            seed=1,
            draws=draws,
            now=clock(),
        )
    return record.id


def test_what_the_rules_of_another_version_did_is_a_part(ask, older, fit, prior_fit):
    said = ask("GET", f"/why?from_fit={older}&to_fit={fit}").json

    now = {one.id: one.mean for one in prior_fit[1].scenarios}
    for move in said["scenarios"]:
        assert move["before"] == 0.2
        assert [part["kind"] for part in move["parts"]] == ["rules"]
        assert move["after"] == pytest.approx(now[move["id"]])
        (part,) = move["parts"]
        assert part["weight_db"] == pytest.approx(move["change_db"])


def test_draws_of_another_version_are_not_read(ask, older, fit):
    answer = ask("GET", f"/why?to_fit={older}")

    assert answer.status_code == 409
    assert "another version made it, under other rules" in answer.json["detail"]


def test_without_a_fit_there_is_nothing_to_read(ask, war):
    answer = ask("GET", "/why")

    assert answer.status_code == 409
    assert answer.json["type"].endswith("no-fit")


def test_a_revision_that_is_not_there_is_told(ask, fit):
    assert ask("GET", "/why?from_revision=99").status_code == 404
