"""Indicators over HTTP: written, and what their absence does."""

import pytest

SIGN = {
    "id": "parade",
    "sign": "They march together",
    "bears_on": {"scenario": "treaty", "if_true": 0.5, "if_false": 0.1},
    "due": "2024-03-01",
}


def test_an_indicator_is_kept_and_its_absence_lowers_the_forecast(ask, fit):
    assert ask("POST", "/reviewed", {"on": "2024-03-02"}).status_code == 200
    added = ask("POST", "/indicators", SIGN)

    assert added.status_code == 201, added.text
    assert ask("GET", "/indicators/parade").json == SIGN | {"because": None}
    moved = {one["scenario"]: one for one in added.json["what_if"]}
    before, after = (moved["treaty"][when]["mean"] for when in ("before", "after"))
    assert after == pytest.approx(
        before * 0.5 / (before * 0.5 + (1 - before) * 0.9), abs=0.03
    )
    assert after < before - 0.05


def test_a_report_names_the_sign_that_it_reports(ask, war):
    ask("POST", "/indicators", SIGN)
    report = {
        "id": "seen",
        "claim": "They marched",
        "source": "nis",
        "credibility": 2,
        "published": "2024-02-01",
        "indicator": "parade",
    }

    assert ask("POST", "/reports", report).status_code == 201
    assert ask("DELETE", "/indicators/parade?because=x").status_code == 409
    wrong = ask("POST", "/reports", report | {"id": "b", "indicator": "march"})
    assert "must be one of the indicators" in wrong.text
