"""Plots of a fit: pictures as they are kept, and their numbers."""

import numpy as np
import pytest

from deciban.model.plots.kinds import KINDS
from deciban.service.store import fits


def test_the_plots_of_a_fit_are_listed_with_their_places(ask, fit):
    plots = ask("GET", f"/fits/{fit}/plots").json["plots"]

    assert [one["plot"] for one in plots] == list(KINDS)
    assert not any(one["drawn"] for one in plots)
    assert ask("GET", plots[0]["json"]).status_code == 200


def test_a_picture_is_given_as_it_was_drawn_and_may_do_nothing(ask, fit, store):
    with store.writing() as session:
        fits.keep(session, fit, "forest.svg", "image/svg+xml", b"<svg/>")

    drawn = ask("GET", f"/fits/{fit}/plots/forest.svg")

    assert (drawn.data, drawn.mimetype) == (b"<svg/>", "image/svg+xml")
    assert "sandbox" in drawn.headers["Content-Security-Policy"]
    assert ask("GET", f"/fits/{fit}/plots/forest.png").status_code == 404


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
