"""Forecasts: of now, of a past day, and how they moved."""

import pytest

from deciban.model.casebook.history_days import history_days
from deciban.model.casebook.past_days import day_digest
from deciban.model.posterior.summary import Summary
from deciban.service.store import fits
from tests.service.web.api.builders import make_report


def test_forecasts_are_what_the_command_line_prints_and_how_they_stand(
    ask, fit, prior_fit
):
    _, summary = prior_fit

    said = ask("GET", "/forecasts").json

    assert (said["fit"], said["revision"], said["stale"]) == (fit, 1, False)
    assert Summary.model_validate(_of_summary(said)) == summary


def _of_summary(said):
    """Cut an answer down to the keys of a summary, whose rules are today's."""
    names = Summary.model_fields.keys() - {"rules"}
    cut = {name: said[name] for name in names}
    names = Summary.model_fields["scenarios"].annotation.__args__[0].model_fields
    cut["scenarios"] = [
        {name: one[name] for name in names} for one in said["scenarios"]
    ]
    return cut


def test_each_forecast_is_complete_by_itself(ask, fit):
    one = ask("GET", "/forecasts").json["scenarios"][0]

    assert one["prior"]["mean"] == pytest.approx(one["prior_mean"], abs=0.01)
    assert one["term"] == "unlikely"
    assert one["term_range"] == [0.20, 0.45]
    assert one["sentence"].endswith(" %: unlikely (20-45 %).")
    assert (one["as_of"], one["revision"], one["stale"]) == ("2024-03-31", 1, False)
    assert one["checks"]["ok"] is True


@pytest.mark.parametrize(
    ("scale", "term"),
    [("phia", "unlikely"), ("kent", "probably not"), ("ipcc", "unlikely")],
)
def test_forecasts_speak_the_words_of_the_scale_that_is_asked_for(
    ask, fit, scale, term
):
    said = ask("GET", f"/forecasts?scale={scale}").json

    assert said["scale"] == scale
    assert said["scenarios"][0]["term"] == term


def test_before_the_first_fit_the_priors_are_forecast(ask, war):
    said = ask("GET", "/forecasts").json

    assert (said["fit"], said["basis"], said["stale"]) == (None, "prior", True)
    assert (said["checks"], said["digest"]) == (None, None)
    shells = said["scenarios"][0]
    assert shells["mean"] == pytest.approx(shells["prior_mean"], rel=1e-12)
    assert shells["prior_mean"] == shells["prior"]["mean"]
    # The mean of a logit-normal lies between its median and a half.
    assert 0.30 < shells["mean"] < 0.35


def test_a_first_fit_that_failed_is_told_as_such(ask, war, store, clock):
    def why():
        answer = ask("GET", "/forecasts")
        assert (answer.status_code, answer.json["fit"]) == (200, None)
        return answer.json["why"]

    assert why() == "the first one waits for a worker"
    with store.writing() as session:
        record = fits.ask(
            session,
            war,
            revision=1,
            as_of=clock().date(),
            settings={"draws": 500, "tune": 400, "chains": 4},
            digest="0" * 64,
            asked_by="service",
            now=clock(),
        )
        fits.start(session, record.id, clock())
    assert why() == "the first one is under way"
    under_way = ask("GET", "/forecasts").headers["ETag"]
    with store.writing() as session:
        fits.fail(session, record.id, "no draw is possible", clock())

    assert why() == f"fit {record.id} failed: no draw is possible"
    assert ask("GET", "/forecasts").headers["ETag"] != under_way
    refused = ask("POST", "/what-if", {})
    assert refused.status_code == 409
    assert "fit first; fit 1 failed: no draw is possible" in refused.text
    posted = ask("POST", "/reports", make_report())
    assert "failed: no draw is possible" in posted.json["reason"]


def test_a_posted_report_makes_forecasts_stale_and_their_tag_another(ask, fit):
    before = ask("GET", "/forecasts")
    ask("POST", "/reports", make_report())
    after = ask("GET", "/forecasts")

    assert after.json["stale"] is True
    assert all(one["stale"] for one in after.json["scenarios"])
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.headers["ETag"].startswith('"2-')


def test_forecasts_that_are_known_are_not_sent_again(ask, fit):
    tag = ask("GET", "/forecasts").headers["ETag"]

    assert ask("GET", "/forecasts", headers={"If-None-Match": tag}).status_code == 304


def test_what_is_taken_back_makes_forecasts_current_again(ask, fit):
    ask("POST", "/reports", make_report())
    ask("DELETE", "/reports/seen?because=wrong")

    assert ask("GET", "/forecasts").json["stale"] is False


def test_a_past_day_is_read_from_the_draws_of_now(ask, fit):
    said = ask("GET", "/forecasts?as_of=2023-06-30").json

    assert (said["as_of"], said["basis"], said["fit"]) == ("2023-06-30", "what-if", fit)
    assert said["stale"] is True
    assert said["pareto_k"] is None  # no report, no clock: all draws weigh the same


def test_a_past_day_with_a_fit_of_its_own_is_that_fit(
    ask, fit, store, prior_fit, clock
):
    draws, summary = prior_fit
    with store.writing() as session:
        past = fits.ask(
            session,
            "war",
            revision=1,
            as_of=summary.as_of.replace(year=2023),
            settings={"draws": 500, "tune": 400, "chains": 4},
            digest="f" * 64,
            asked_by="someone",
            now=clock(),
        )
        fits.start(session, past.id, clock())
        fits.finish(session, past.id, summary=summary, seed=1, draws=draws, now=clock())

    of_day = ask("GET", "/forecasts?as_of=2023-03-31").json
    now = ask("GET", "/forecasts").json

    assert (of_day["basis"], of_day["fit"]) == ("fit", past.id)
    assert now["fit"] == fit  # a fit of the past is not what is forecast now


def test_a_day_that_the_draws_do_not_reach_must_be_asked_for(ask, fit):
    # What almost nobody held possible has happened: few draws are left to say so.
    wide = {"median": 1e-12, "low": 1.4e-15, "high": 7.2e-10}
    scenario = ask("GET", "/scenarios/shells").json | {"prior": wide}
    scenario["outcome"] = {"occurred": True, "on": "2023-10-13"}
    ask("PUT", "/scenarios/shells?because=settled", scenario)

    far = ask("GET", "/forecasts?as_of=2023-12-31")

    assert far.status_code == 409
    assert far.json["type"] == "urn:deciban:problem:no-fit-of-day"
    assert "ask for a fit of that day" in far.json["detail"]


def test_a_series_has_the_days_that_are_computed_and_names_the_others(
    ask, fit, store, prior_fit
):
    ask("POST", "/reports", make_report(published="2023-01-10"))
    ask("POST", "/reports", make_report("more", published="2023-02-20"))
    files = ask("GET", "/casebook").json
    from deciban.model.casebook.casebook import Casebook

    casebook = Casebook.model_validate(
        {name: files[name] for name in ("priors", "evidence")}, strict=False
    )
    days = history_days(casebook, prior_fit[1].as_of, 60)
    with store.writing() as session:
        digest = day_digest(casebook, days[0])
        fits.remember_day(session, "war", digest, days[0], prior_fit[1])

    series = ask("GET", "/forecasts/series?scenario=troops").json

    assert [one["as_of"] for one in series["days"]] == ["2023-01-10"]
    assert series["missing"][:2] == ["2023-02-01", "2023-02-20"]
    assert [one["fit"] for one in series["fits"]] == [fit]
    assert [p["scenario"] for p in series["fits"][0]["forecasts"]] == ["troops"]


def test_a_series_is_of_a_scenario_of_the_case(ask, fit):
    answer = ask("GET", "/forecasts/series?scenario=nope")

    assert answer.status_code == 404
    assert answer.json["type"] == "urn:deciban:problem:unknown-item"
