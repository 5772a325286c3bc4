"""On what forecasts rest, over the API."""

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
