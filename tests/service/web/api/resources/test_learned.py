"""What settled cases have taught, read and taken over."""

import datetime

import pytest

from deciban.model.learning import CaseTaken, Learned
from deciban.model.posterior.summary import Checks
from deciban.service.refits.agenda import WantedLearning
from deciban.service.refits.lessons import Lesson
from tests.service.web.api.resources.test_cases import CASES, new_case

LEARNED = "/api/v1/learned"
TODAY = datetime.date(2024, 3, 31)
APPLY = "/learned:apply?because=earned"


def lesson(ok=True):
    learned = Learned(
        as_of=TODAY,
        cases=(CaseTaken(case="peace", occurred=1, did_not=0, left_out=2),),
        numbers=(),
        sources=(),
        scales={"sources": {"kcna": {"location": -2.0, "sd": 0.4}}},
        checks=Checks(
            ok=ok, r_hat_max=1.0, ess_bulk_min=900, ess_tail_min=900, divergences=0
        ),
        seed=7,
    )
    return Lesson(learned.model_dump_json())


@pytest.fixture
def peace(ask):
    """Begin another case, one scenario of which is settled."""
    case = new_case()
    outcome = {"occurred": True, "on": "2024-02-01"}
    case["priors"]["scenarios"][0]["outcome"] = outcome
    assert ask("POST", CASES, case, role="admin").status_code == 201
    return "peace"


def test_where_nothing_is_settled_nothing_is_learned(ask, war, scheduler):
    answer = ask("GET", LEARNED, role="viewer")

    assert answer.json == {
        "state": "nothing",
        "learned": None,
        "why": "nothing is settled yet, yes or no",
    }
    assert scheduler.learning == []


def test_what_settled_cases_teach_is_learned_and_then_told(ask, war, peace, scheduler):
    assert ask("GET", LEARNED).json["state"] == "learning"
    scheduler.lesson = lesson()
    ready = ask("GET", LEARNED).json

    assert {*scheduler.learning} == {WantedLearning((("peace", 1),), TODAY)}
    assert ready["state"] == "ready"
    assert ready["learned"]["cases"][0]["case"] == "peace"


def test_a_case_takes_over_what_the_others_have_taught(ask, fit, peace, scheduler):
    scheduler.lesson = lesson()

    taken = ask("POST", APPLY, role="admin")

    assert taken.status_code == 200, taken.text
    assert taken.json["header"]["scales"]["sources"] == {
        "kcna": {"location": -2.0, "sd": 0.4}
    }
    (change,) = ask("GET", "/history?kind=case&limit=1").json["changes"]
    assert change["because"] == "earned"
    assert change["body"]["scales"] == {
        "sources": {"kcna": {"location": -2.0, "sd": 0.4}}
    }


@pytest.mark.parametrize(
    ("case", "found", "why"),
    [
        ("war", None, "it is being learned: ask again"),
        ("war", lesson(ok=False), "the draws failed their checks"),
        ("peace", lesson(), "nothing is settled yet, yes or no"),
    ],
    ids=["learning", "failed checks", "its own outcomes alone"],
)
def test_what_is_not_known_is_not_taken_over(
    ask, fit, peace, scheduler, case, found, why
):
    scheduler.lesson = found

    refused = ask("POST", f"{CASES}/{case}{APPLY}", role="admin")

    assert (refused.status_code, refused.json["detail"]) == (409, why)


def test_forecasters_do_not_change_scales(ask, fit, peace, scheduler):
    scheduler.lesson = lesson()

    assert ask("POST", APPLY, role="forecaster").status_code == 403


def test_an_unknown_case_has_nothing_to_leave_out(ask, war):
    assert ask("GET", f"{LEARNED}?but=atlantis").status_code == 404


def test_a_file_of_scales_is_refused_for_there_is_none(ask, war):
    header = ask("GET", "").json["header"] | {"scales": "learned.yaml"}

    refused = ask("PUT", "?because=learned", header, role="admin")

    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"] == "#/scales"
    assert "must be numbers" in refused.json["errors"][0]["detail"]
