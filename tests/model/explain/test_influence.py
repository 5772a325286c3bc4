"""On what forecasts rest: against what each part weighs where all is known."""

import pytest

from deciban.model.explain.influence import casebook_without, influence, with_refits
from deciban.model.likelihood.design import design
from deciban.model.posterior.weighing import prior_draws
from deciban.model.posterior.what_if import Basis
from tests.model.builders import (
    DAY,
    NO_OVERLAP,
    certain,
    draws_of,
    graded,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    says,
)

SURE = graded(A=30.0, B=30.0, C=30.0, D=30.0, d3=30.0) | NO_OVERLAP


def basis_of(casebook, n=400):
    labels = design(casebook, DAY).coords()["unknown"]
    z = prior_draws(labels, n).T.reshape(2, n // 2, -1)
    return Basis(draws_of(casebook, z, DAY), casebook, DAY)


def read(casebook, lines=(0.5,), n=400):
    return influence(basis_of(casebook, n), casebook, DAY, lines)


def case(*reports, prior=0.3, **more):
    scenario = make_scenario(prior=certain(prior), hazard="none")
    return make_casebook(reports, scenarios=[scenario], **({"scales": SURE} | more))


def test_a_part_does_what_its_reports_weigh():
    """Taken at their word, 4 dB and 3 dB; the blog relays what the radio said."""
    found = read(
        case(
            make_report("one", says(4), credibility=6),
            make_report("two", says(3), source="blog", origin="radio", credibility=6),
            make_report("again", repeats="one", source="paper"),
        )
    )

    moves = {(part.kind, part.id): part.moves_db["war"] for part in found.left_out}
    assert moves["report", "one"] == pytest.approx(4, abs=0.01)
    assert moves["source", "blog"] == pytest.approx(3, abs=0.01)
    assert moves["origin", "radio"] == pytest.approx(7, abs=0.01)
    # What the paper repeats the radio still says.
    assert moves["source", "paper"] == pytest.approx(0, abs=0.01)
    assert found.left_out[0].id == "radio"


def test_an_argument_and_a_camp_are_left_out_whole():
    files = case(
        make_report("one", says(9, argument="able"), credibility=6),
        arguments=[make_argument("able", says(5, scenario="war"))],
    )
    sources = tuple(
        s.model_copy(update={"camp": "state"} if s.id == "radio" else {})
        for s in files.evidence.sources
    )
    evidence = files.evidence.model_copy(update={"sources": sources})
    found = read(files.followed_by(files.priors, evidence))

    moves = {(part.kind, part.id): part.moves_db["war"] for part in found.left_out}
    assert moves["argument", "able"] == moves["camp", "state"] > 1


def test_what_a_refit_says_takes_the_place_of_what_the_draws_cannot_tell():
    found = read(case(make_report("one", says(4), credibility=6)))
    told, other, *rest = found.left_out
    needed = other.model_copy(update={"pareto_k": 0.9, "refit": "needed"})
    found = found.model_copy(update={"left_out": [told, needed, *rest]})
    now, even = {"war": 0.8}, {"war": 0.5}

    made = with_refits(found, now, {(other.kind, other.id): even})
    waits = with_refits(found, now, {}, "waits")

    # 80 % are odds of 4, of which even odds are 6.02 dB short.
    (refitted,) = (one for one in made.left_out if one.refit)
    assert (refitted.id, refitted.refit) == (other.id, "made")
    assert refitted.moves_db["war"] == pytest.approx(6.0206, abs=1e-3)
    assert refitted == made.left_out[0]
    assert [one.refit for one in waits.left_out if one.refit] == ["waits"]
    assert told in made.left_out


def test_a_casebook_without_a_part_keeps_its_clock():
    whole = case(
        make_report("one", says(4), published="2024-03-01"),
        make_report("two", says(3), source="blog", published="2024-04-01"),
        make_report("again", repeats="one", source="paper", published="2024-05-01"),
        make_report("able", says(9, argument="able"), published="2024-01-01"),
        arguments=[make_argument("able", says(5, scenario="war"))],
    )

    def left(kind, name):
        without = casebook_without(whole, DAY, kind, name)
        assert without.looked(DAY) == whole.looked(DAY)
        return without

    def ids(casebook):
        return {report.id for report in casebook.evidence.reports}

    assert ids(left("report", "one")) == {"two", "able"}
    assert ids(left("source", "paper")) == {"one", "two", "able"}
    assert ids(left("origin", "blog")) == {"one", "again", "able"}
    mute = left("argument", "able")
    assert ids(mute) == ids(whole)
    assert mute.priors.arguments[0].bears_on == ()


def test_one_word_more_carries_it_across_the_line():
    """30 % are -3.7 dB: weak (3 dB) does not reach even odds, moderate (7 dB) does."""
    found = read(case(make_report("one", says("weak"), credibility=6)))

    flips = [(f.judgement, f.id, f.on, f.was, f.becomes) for f in found.flips]
    assert flips == [("strength", "one", "war", "weak", "moderate")]
    assert found.flips[0].before < 0.5 < found.flips[0].after


def test_another_line_is_told_from_what_was_left_out_for_the_first():
    casebook = case(make_report("one", says("weak"), credibility=6))
    basis = basis_of(casebook)
    first = influence(basis, casebook, DAY, [0.99])
    found = influence(basis, casebook, DAY, [0.5], first)

    assert first.flips == []
    assert found.flips
    assert found == influence(basis, casebook, DAY, [0.5])


def test_no_judgement_is_named_where_the_line_is_out_of_reach():
    found = read(case(make_report("one", says("weak"), credibility=6)), [0.99])

    assert found.flips == []


def test_what_is_known_for_sure_answers_to_no_prior():
    wide = {"median": 0.3, "low": 0.05, "high": 0.8}
    sure = read(case(make_report("one", says("weak"))))
    open_ = read(make_casebook(scenarios=[make_scenario(prior=wide, hazard="none")]))

    (one,), (other,) = sure.sensitivity, open_.sensitivity
    assert one.prior < 0.05 < other.prior
    assert other.evidence < 0.05
    assert other.told == (
        "it answers to how sure the priors are, hardly to trust in the reports"
    )


def test_of_settled_scenarios_alone_nothing_is_told():
    outcome = {"occurred": True, "on": "2024-06-01"}
    scenario = make_scenario(outcome=outcome)
    found = read(make_casebook([make_report("one", says(4))], scenarios=[scenario]))

    assert (found.flips, found.sensitivity) == ([], [])
    assert all(part.moves_db == {} for part in found.left_out)
