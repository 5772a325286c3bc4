"""What settled cases teach, of one source and of what all share."""

import datetime

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from deciban.model.learning import NothingSettledError, joined, learn, taken_over
from deciban.model.likelihood.design import design
from deciban.model.sampling.fit import SamplingSettings
from deciban.priors import Scales
from tests.model.builders import (
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    opposes,
    says,
)

TODAY = datetime.date(2026, 1, 1)
SHORT = SamplingSettings(draws=1000, tune=300, chains=2)
FEW = SamplingSettings(draws=25, tune=50, chains=1)


def settled(name, occurred=True, **changes):
    outcome = {"occurred": occurred, "on": "2024-12-26"}
    return make_scenario(name, hazard="none", outcome=outcome, **changes)


def labelled(case, n_right, n_wrong, grade="F", **changes):
    """One source decides a question each: so often right, so often wrong."""
    n = n_right + n_wrong
    names = [f"question-{i}" for i in range(n)]
    book = make_casebook(
        [
            make_report(
                f"report-{i}",
                (says if i < n_right else opposes)(40, scenario=name),
                credibility=6,
            )
            for i, name in enumerate(names)
        ],
        scenarios=[settled(name) for name in names],
        sources={"radio": grade},
        **changes,
    )
    return named(book, case)


def named(book, case):
    return book.followed_by(
        book.priors.model_copy(update={"case": case}),
        book.evidence.model_copy(update={"case": case}),
    )


@pytest.fixture(scope="module")
def learned():
    return learn([labelled("one", 9, 0), labelled("two", 8, 1)], TODAY, SHORT)


def test_a_source_is_one_over_all_cases_and_as_reliable_as_its_record(learned):
    """By quadrature: rho is normal on the log-odds, sd 1.5; a claim tilts by rho."""
    z = np.linspace(-6, 6, 2001)
    rho = expit(1.5 * z)
    tilt = rho * np.tanh(40 * np.log(10) / 20)
    weight = norm.pdf(z) * (1 + tilt) ** 17 * (1 - tilt)
    mean = np.average(1.5 * z, weights=weight)
    sd = np.sqrt(np.average((1.5 * z - mean) ** 2, weights=weight))

    (radio,) = learned.sources

    assert (radio.id, radio.cases, radio.reports) == ("radio", ("one", "two"), 18)
    assert (radio.right, radio.claims) == (17, 18)
    assert radio.before.median == 0.5
    # 2,000 draws: five standard errors.
    assert learned.scales["sources"]["radio"]["location"] == pytest.approx(
        mean, abs=5 * sd / np.sqrt(800)
    )
    assert learned.scales["sources"]["radio"]["sd"] == pytest.approx(sd, rel=0.12)


def test_where_no_report_stands_behind_a_number_the_data_teach_nothing(learned):
    assert {one.kind for one in learned.numbers} == {
        "grade",
        "digit",
        "word",
        "calibration",
        "overlap",
    }
    for number in learned.numbers:
        assert (number.sources, number.reports, number.taught) == (0, 0, False)
    assert set(learned.scales) == {"sources"}
    assert learned.checks.ok


def test_what_was_taught_is_what_another_case_then_believes(learned):
    other = make_casebook(
        [make_report("one", says())], sources={"radio": "F"}, scales=learned.scales
    )
    laid_out = design(other, TODAY)
    place = laid_out.coords()["unknown"].index("source radio")

    assert (
        laid_out.arrays.location[place]
        == (learned.scales["sources"]["radio"]["location"])
    )
    assert laid_out.arrays.scale[place] == learned.scales["sources"]["radio"]["sd"]


def test_a_case_keeps_its_own_numbers_of_what_was_not_taught():
    own = Scales.model_validate(
        {
            "reliability": {"D": {"location": -2.0, "sd": 0.5}},
            "overlap": 0.5,
            "calibration_log_sd": 0.1,
        }
    )
    taught = {
        "reliability": {"B": {"location": 1.0, "sd": 0.65}},
        "overlap": {"median": 0.7, "low": 0.6, "high": 0.8},
    }

    assert taken_over(own, taught).departures() == {
        "reliability": own.departures()["reliability"] | taught["reliability"],
        "overlap": taught["overlap"],
        "calibration_log_sd": 0.1,
    }


def test_a_letter_a_digit_and_a_word_earn_their_worth():
    """Ten sources of one letter, always wrong by one word."""
    names = [f"question-{i}" for i in range(60)]
    sources = {f"source-{i}": "A" for i in range(10)}
    book = make_casebook(
        [
            make_report(
                f"report-{i}",
                opposes("strong", scenario=name),
                source=f"source-{i % 10}",
            )
            for i, name in enumerate(names)
        ],
        scenarios=[settled(name) for name in names],
        sources=sources,
    )

    found = learn([book], TODAY, SHORT)

    by_name = {(one.kind, one.name): one for one in found.numbers}
    for key, n_sources in ((("grade", "A"), 10), (("digit", "2"), 10)):
        assert by_name[key].taught
        assert (by_name[key].sources, by_name[key].reports) == (n_sources, 60)
        assert by_name[key].after.median < by_name[key].before.median
    assert by_name["calibration", "words"].after.median < 1
    assert not by_name["grade", "B"].taught
    assert found.scales["reliability"]["A"]["sd"] == Scales().reliability["A"].sd
    assert Scales.model_validate(found.scales).departures() == found.scales


def test_what_is_not_settled_is_left_out():
    annulled = {"annulled": True, "on": "2024-12-26"}
    book = make_casebook(
        [
            make_report("heard", says(scenario="war"), says(scenario="peace")),
            make_report("argued", says(argument="able")),
            make_report("elsewhere", says(scenario="peace"), source="blog"),
        ],
        scenarios=[
            settled("war", occurred=False),
            make_scenario("peace", hazard="none"),
            make_scenario("treaty", hazard="none", outcome=annulled),
        ],
        arguments=[
            make_argument("able", says(scenario="war"), says(scenario="treaty")),
            make_argument("other", says(scenario="peace")),
        ],
        links=[{"if": "peace", "then": "war", "probability": 0.1}],
    )

    found, (case,) = joined([book], TODAY)

    assert (case.occurred, case.did_not, case.left_out) == (0, 1, 2)
    assert [s.id for s in found.priors.scenarios] == ["test-case/war"]
    assert [a.id for a in found.priors.arguments] == ["test-case/able"]
    assert found.priors.links == ()
    assert [(r.id, [b.target for b in r.bears_on]) for r in found.evidence.reports] == [
        ("test-case/heard", [("scenario", "test-case/war")]),
        ("test-case/argued", [("argument", "test-case/able")]),
    ]
    assert [s.id for s in found.evidence.sources] == ["radio"]


@pytest.mark.parametrize(("ends", "n_kept"), [((True, None), 2), ((False, None), 0)])
def test_rivals_are_learned_from_where_the_whole_set_is_settled(ends, n_kept):
    """That one came settles the other; that one did not leaves it open."""
    names = ["war", "peace"]
    outcomes = [
        end if end is None else {"occurred": end, "on": "2024-12-26"} for end in ends
    ]
    book = make_casebook(
        [
            make_report(
                "row",
                {
                    "rivals": "end",
                    "likelihoods": {"war": 0.9, "peace": 0.1, "none": 0.1},
                },
            ),
            make_report("word", says(scenario="settled"), source="paper"),
        ],
        scenarios=[
            *(
                make_scenario(name, hazard="none", outcome=outcome)
                for name, outcome in zip(names, outcomes, strict=True)
            ),
            settled("settled"),
        ],
        rivals=[
            {
                "id": "end",
                "scenarios": names,
                "none": {"median": 0.1, "low": 0.05, "high": 0.2},
            }
        ],
    )

    found, (case,) = joined([book], TODAY)

    assert case.left_out == 2 - n_kept
    assert len(found.priors.scenarios) == 1 + n_kept
    assert len(found.evidence.reports) == 1 + n_kept // 2
    if n_kept:
        records = {one.id: one for one in learn([book], TODAY, FEW).sources}
        assert (records["radio"].right, records["radio"].claims) == (1, 1)


def test_a_source_graded_otherwise_elsewhere_is_another_there():
    books = [labelled("one", 2, 0), labelled("two", 1, 1, grade="B")]

    found, _ = joined(books, TODAY)

    assert [(s.id, s.reliability) for s in found.evidence.sources] == [
        ("radio", "F"),
        ("two/radio", "B"),
    ]
    assert {r.source for r in found.evidence.reports} == {"radio", "two/radio"}


def test_a_case_whose_evidence_ages_otherwise_is_left_out_and_named():
    books = [labelled("one", 1, 0), labelled("two", 1, 0, half_life_days=90)]

    found, cases = joined(books, TODAY)

    assert len(found.priors.scenarios) == 1
    assert cases[1].because == "its half_life_days is not that of one"
    assert (cases[1].occurred, cases[1].left_out) == (0, 1)


def test_outcomes_that_are_known_later_teach_nothing_yet():
    with pytest.raises(NothingSettledError, match="got none in one"):
        joined([labelled("one", 2, 0)], datetime.date(2024, 12, 25))
