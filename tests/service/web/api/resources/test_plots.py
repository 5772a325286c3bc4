"""Plots of a fit: pictures as they are kept, and their numbers."""

import csv

import numpy as np
import pytest

import deciban.model.plots.fonts as fonts
from deciban.model.fit import Fit
from deciban.model.plots.kinds import DIAGNOSTICS, KINDS, OF_SCENARIO
from deciban.model.sampling.draws import Draws
from deciban.service.refits.artefacts import EXPLANATION
from deciban.service.store import casebooks, fits

EXPLAINED = ("matrix", "ladder", "history")


@pytest.fixture
def explained(fit, store, shared):
    """A fit that a worker has explained."""
    with store.reading() as session:
        record = fits.fit(session, fit)
        draws = Draws.from_bytes(fits.draws(session, fit))
        casebook = casebooks.casebook(session, record.case, record.revision)
    made = Fit(draws, casebook, record.as_of).explanation
    with store.writing() as session:
        content = made.model_dump_json().encode()
        fits.keep(session, fit, EXPLANATION, "application/json", content)
    return fit


def of(kind: str, scenario: str = "shells") -> str:
    return f"?scenario={scenario}" if kind in OF_SCENARIO else ""


def test_the_plots_of_a_fit_are_listed_with_their_places(ask, fit):
    plots = ask("GET", f"/fits/{fit}/plots").json["plots"]

    assert [one["plot"] for one in plots] == list(KINDS)
    # A worker draws diagnostics, and explains what the evidence weighs.
    assert [one["plot"] for one in plots if not one["drawn"]] == [
        kind for kind in KINDS if kind in {*DIAGNOSTICS, *EXPLAINED}
    ]
    assert [one["plot"] for one in plots if one["of_scenario"]] == list(OF_SCENARIO)
    assert ask("GET", plots[0]["json"]).status_code == 200


def test_a_picture_is_given_as_it_was_drawn_and_may_do_nothing(ask, fit, store):
    with store.writing() as session:
        fits.keep(session, fit, "trace.svg", "image/svg+xml", b"<svg/>")

    drawn = ask("GET", f"/fits/{fit}/plots/trace.svg")

    assert (drawn.data, drawn.mimetype) == (b"<svg/>", "image/svg+xml")
    assert "sandbox" in drawn.headers["Content-Security-Policy"]
    assert ask("GET", f"/fits/{fit}/plots/trace.png").status_code == 404


@pytest.mark.parametrize("kind", ["forest", "ridge", "prior-posterior", "sources"])
def test_what_a_fit_says_is_drawn_when_it_is_asked_for(ask, fit, kind):
    svg = ask("GET", f"/fits/{fit}/plots/{kind}.svg")
    png = ask("GET", f"/fits/{fit}/plots/{kind}.png")

    assert (svg.mimetype, png.mimetype) == ("image/svg+xml", "image/png")
    assert svg.text.startswith("<svg") and "war, as of 2024" in svg.text
    assert png.data.startswith(b"\x89PNG")
    assert "sandbox" in svg.headers["Content-Security-Policy"]
    assert "Deciban-Missing-Font" not in png.headers


@pytest.mark.parametrize("kind", EXPLAINED)
def test_what_the_evidence_weighs_is_drawn_once_it_is_explained(ask, explained, kind):
    place = f"/fits/{explained}/plots/{kind}"
    svg, png, numbers = (
        ask("GET", f"{place}.{suffix}{of(kind)}") for suffix in ("svg", "png", "json")
    )

    assert svg.text.startswith("<svg") and "war, as of 2024" in svg.text
    assert png.data.startswith(b"\x89PNG")
    assert numbers.json["panels"]
    assert numbers.json.get("scenario") == ("shells" if of(kind) else None)


@pytest.mark.parametrize("kind", EXPLAINED)
def test_what_is_not_explained_yet_is_not_made_yet(ask, fit, kind):
    answer = ask("GET", f"/fits/{fit}/plots/{kind}.json{of(kind)}")

    assert answer.json["type"] == "urn:deciban:problem:not-made-yet"


@pytest.mark.parametrize("suffix", ["svg", "png", "json"])
@pytest.mark.parametrize("kind", OF_SCENARIO)
def test_a_plot_of_one_scenario_without_it_lists_those_there_are(
    ask, explained, kind, suffix
):
    for query in ("", "?scenario=pie"):
        answer = ask("GET", f"/fits/{explained}/plots/{kind}.{suffix}{query}")

        assert answer.status_code == 422
        (error,) = answer.json["errors"]
        assert error["parameter"] == "scenario"
        assert "must be one of shells, troops, treaty for a" in error["detail"]


@pytest.mark.parametrize("kind", ["forest", "rank"])
def test_a_plot_of_all_scenarios_takes_none(ask, fit, kind):
    answer = ask("GET", f"/fits/{fit}/plots/{kind}.svg?scenario=shells")

    assert answer.json["type"] == "urn:deciban:problem:invalid-query"


def test_a_png_that_lacks_letters_says_so_and_offers_the_svg(
    ask, fit, store, monkeypatch
):
    monkeypatch.setattr(fonts, "_machine_files", list)
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><text>북한</text></svg>'
    with store.writing() as session:
        fits.keep(session, fit, "rank.svg", "image/svg+xml", svg.encode())
        fits.keep(session, fit, "rank.png", "image/png", b"\x89PNG")

    png = ask("GET", f"/fits/{fit}/plots/rank.png")

    assert "no font for Hangul" in png.headers["Deciban-Missing-Font"]
    assert png.headers["Link"].startswith('<rank.svg>; rel="alternate"')


def test_there_are_no_other_plots(ask, fit):
    for name in ("pie.svg", "pie.json"):
        answer = ask("GET", f"/fits/{fit}/plots/{name}")
        assert answer.json["type"] == "urn:deciban:problem:unknown-plot"


@pytest.mark.parametrize("kind", ["ridge", "prior-posterior"])
def test_densities_hold_all_draws(ask, fit, kind):
    panels = ask("GET", f"/fits/{fit}/plots/{kind}.json").json["panels"]

    assert panels.keys() == {"shells", "troops", "treaty"}
    for panel in panels.values():
        widths = np.diff(panel["probability_ends"])
        assert widths @ panel["density"] == pytest.approx(1)


def test_a_forest_shows_what_the_forecasts_say(ask, fit):
    panels = ask("GET", f"/fits/{fit}/plots/forest.json").json["panels"]
    forecasts = ask("GET", "/forecasts").json["scenarios"]

    assert [panels[one["id"]]["eti90"] for one in forecasts] == [
        one["eti90"] for one in forecasts
    ]


def test_the_numbers_of_a_plot_are_rows_that_say_what_they_are_of(ask, fit):
    answer = ask("GET", f"/fits/{fit}/plots/forest.csv")
    told = ask("GET", f"/fits/{fit}/plots/forest.json").json
    rows = list(csv.DictReader(answer.text.splitlines()))

    assert answer.mimetype == "text/csv"
    (mean,) = [r for r in rows if (r["panel"], r["number"]) == ("shells", "mean")]
    assert float(mean["value"]) == told["panels"]["shells"]["mean"][0]
    assert {row["as of"] for row in rows} == {told["as_of"]}
    assert all(row["title"].startswith("forest: ") for row in rows)
    assert {row["source"] for row in rows} == {f"Deciban: A war, fit {fit}"}


def test_ranks_count_every_draw_of_each_chain(ask, fit):
    panels = ask("GET", f"/fits/{fit}/plots/rank.json").json["panels"]

    for panel in panels.values():
        assert [sum(panel[f"chain_{c}"]) for c in range(4)] == [500.0] * 4


def test_traces_and_sources_and_energies_have_their_panels(ask, fit):
    def panels(kind):
        return ask("GET", f"/fits/{fit}/plots/{kind}.json").json["panels"]

    assert len(panels("trace")["shells"]["chain_3"]) == 250
    assert panels("sources").keys() == {"kcna", "nis"}
    assert len(panels("energy")["energy"]["energy_ends"]) == 41


def test_a_fit_that_is_not_done_has_no_numbers_yet(ask, war):
    place = ask("POST", "/fits", {}).headers["Location"]

    answer = ask("GET", f"{place}/plots/forest.json")

    assert answer.json["type"] == "urn:deciban:problem:not-made-yet"
