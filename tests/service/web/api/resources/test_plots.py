"""Plots of a fit: pictures as they are kept, and their numbers."""

import numpy as np
import pytest

import deciban.model.plots.fonts as fonts
from deciban.model.plots.kinds import DIAGNOSTICS, KINDS
from deciban.service.store import fits


def test_the_plots_of_a_fit_are_listed_with_their_places(ask, fit):
    plots = ask("GET", f"/fits/{fit}/plots").json["plots"]

    assert [one["plot"] for one in plots] == list(KINDS)
    # Diagnostics are drawn by the worker, the others when they are asked for.
    assert [one["plot"] for one in plots if not one["drawn"]] == [
        kind for kind in KINDS if kind in DIAGNOSTICS
    ]
    assert ask("GET", plots[0]["json"]).status_code == 200


def test_a_picture_is_given_as_it_was_drawn_and_may_do_nothing(ask, fit, store):
    with store.writing() as session:
        fits.keep(session, fit, "trace.svg", "image/svg+xml", b"<svg/>")

    drawn = ask("GET", f"/fits/{fit}/plots/trace.svg")

    assert (drawn.data, drawn.mimetype) == (b"<svg/>", "image/svg+xml")
    assert "sandbox" in drawn.headers["Content-Security-Policy"]
    assert ask("GET", f"/fits/{fit}/plots/trace.png").status_code == 404


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in DIAGNOSTICS])
def test_what_a_fit_says_is_drawn_when_it_is_asked_for(ask, fit, kind):
    svg = ask("GET", f"/fits/{fit}/plots/{kind}.svg")
    png = ask("GET", f"/fits/{fit}/plots/{kind}.png")

    assert (svg.mimetype, png.mimetype) == ("image/svg+xml", "image/png")
    assert svg.text.startswith("<svg") and "war, as of 2024" in svg.text
    assert png.data.startswith(b"\x89PNG")
    assert "sandbox" in svg.headers["Content-Security-Policy"]
    assert "Deciban-Missing-Font" not in png.headers


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
