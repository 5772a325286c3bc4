"""Explanations, against the formula with and without what is explained."""

import datetime
import json
import math
from random import Random

import numpy as np
import pytest
from scipy.special import expit, logit

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.explain import explain
from deciban.model.explain.explanation import Explanation
from deciban.model.likelihood.design import design
from deciban.model.posterior.summaries import summary_of
from deciban.model.posterior.weighing import prior_draws
from deciban.model.posterior.what_if import Basis
from deciban.priors import Scenario
from tests.model.builders import (
    DAY,
    NO_OVERLAP,
    casebook_from,
    certain,
    draws_of,
    graded,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    named_draws,
    opposes,
    random_files,
    says,
    tree_of,
)

N_DRAWS = 8
SEEDS = range(12)


def explained(casebook, day=DAY, n=N_DRAWS):
    """Explain draws of z as if they were a fit's; what it sums up comes along."""
    z = named_draws(design(casebook, day), n).reshape(2, n // 2, -1)
    summary = summary_of(draws_of(casebook, z, day), casebook, day)
    return explain(z, casebook, day, summary), summary


def scenario_in(explanation, name):
    return next(s for s in explanation.scenarios if s.id == name)


def evidence_in(explanation, name):
    """Steps of a scenario that are evidence on it."""
    kinds = ("report", "argument", "gathered")
    return [s for s in scenario_in(explanation, name).steps if s.kind in kinds]


def decibans(p):
    return DECIBANS_PER_NAT * logit(p)


def make_prior(prior):
    """Mean of a prior as files write it."""
    written = Scenario.model_validate(make_scenario() | {"prior": prior}).prior
    return written.distribution().mean


def at_random(seed, *, links=False):
    """Write a casebook with all that the model has but outcomes, and perhaps links."""
    files = random_files(Random(seed))
    files["priors"]["scenarios"] = [
        s | {"outcome": None, "closes": "2024-12-26"}
        for s in files["priors"]["scenarios"]
    ]
    if not links:
        files["priors"]["links"] = []
    return files


def close(weight):
    return pytest.approx(weight, abs=6e-4)  # weights are rounded to .001 dB


# The ledger


@pytest.mark.parametrize("seed", SEEDS)
def test_what_claims_have_part_in_adds_up_to_what_all_of_them_change(seed):
    """With what comes through links, from the prior with its clock."""
    explanation, summary = explained(casebook_from(at_random(seed, links=True)))

    for said in summary.scenarios:
        parts = [claim.on(said.id) or 0.0 for claim in explanation.claims]
        steps = scenario_in(explanation, said.id).steps
        rest = sum(s.weight_db for s in steps if s.kind in ("links", "noise"))
        assert sum(parts) + rest == pytest.approx(said.weight_db, abs=0.05)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_source_has_part_in_what_its_claims_have(seed):
    explanation, _ = explained(casebook_from(at_random(seed)))

    for source in explanation.sources:
        said = [c for c in explanation.claims if c.origin == source.id]
        for scenario in explanation.scenarios:
            parts = [part for c in said if (part := c.on(scenario.id))]
            assert (source.on(scenario.id) or 0) == pytest.approx(sum(parts), abs=1e-2)


@pytest.mark.parametrize("strength", [3, 12, 40])
def test_the_only_claim_of_all_has_one_weight_here_and_by_itself(strength):
    """Where all is known: the tilt of 3.2, q tanh(l / 2), and no clock."""
    casebook = make_casebook(
        [make_report("said", says(strength), credibility=6)],
        scenarios=[make_scenario(prior=certain(0.2), hazard="none")],
        scales=graded(B=0.0),
    )
    explanation, _ = explained(casebook)

    nats = 2 * math.atanh(0.5 * math.tanh(strength / 2 / DECIBANS_PER_NAT))
    (effect,) = explanation.claims[0].effects
    assert effect.alone == close((DECIBANS_PER_NAT * nats,) * 3)
    assert effect.here == close(DECIBANS_PER_NAT * nats)


def test_two_of_equal_weight_share_what_both_of_them_do():
    """With an overlap of one half they are worth the root of two of one."""
    casebook = make_casebook(
        [
            make_report("one", says(6), source="radio", credibility=6),
            make_report("two", says(6), source="paper", credibility=6),
        ],
        scenarios=[make_scenario(prior=certain(0.2), hazard="none")],
        scales=graded(B=1.0, C=1.0) | {"overlap": 0.5},
    )
    explanation, _ = explained(casebook)

    one, two = (claim.effects[0] for claim in explanation.claims)
    assert one.alone == two.alone
    together = math.sqrt(2) * one.alone.mean
    assert (one.here, two.here) == close((together / 2,) * 2)


def test_twelve_relays_of_one_statement_are_one_step():
    """Each relay is right half the time: k of them are heard (3^k - 1) / (3^k + 1)."""
    relays = {f"relay-{i:02}": "C" for i in range(12)}
    first = make_report(
        "said", says("strong"), source="relay-00", origin="radio", credibility=6
    )
    repeats = [
        make_report(
            f"again-{i:02}", repeats="said", source=f"relay-{i:02}", origin="radio"
        )
        for i in range(1, 12)
    ]
    casebook = make_casebook(
        [first, *repeats], sources={"radio": "B"} | relays, scales=graded(C=0.0)
    )
    explanation, _ = explained(casebook)

    (claim,) = explanation.claims
    (report,) = evidence_in(explanation, "war")
    assert (report.kind, report.id, report.reports) == ("report", "said", 12)
    heard = [(3**k - 1) / (3**k + 1) for k in range(13)]
    shares = np.diff(heard) / heard[-1]
    assert list(claim.carried) == ["said", *(f"again-{i:02}" for i in range(1, 12))]
    assert list(claim.carried.values()) == pytest.approx(list(shares), abs=1e-4)


def test_a_copy_adds_nothing():
    report = make_report("said", says("strong"), source="radio")
    copy = make_report("copy", repeats="said", source="blog")
    alone, _ = explained(make_casebook([report]))
    copied, _ = explained(make_casebook([report, copy]))

    assert copied.claims[0].carried == {"said": 1.0, "copy": 0.0}
    assert copied.claims[0].effects == alone.claims[0].effects
    steps = [
        [
            step.model_copy(update={"reports": 0})
            for step in scenario_in(said, "war").steps
        ]
        for said in (alone, copied)
    ]
    assert steps[0] == steps[1]


def test_what_the_origin_says_itself_is_no_longer_the_relays_to_carry():
    """A relay that is right half the time is heard by half; then the origin speaks."""
    relayed = make_report("said", says("strong"), source="paper", origin="radio")
    spoken = make_report("spoken", repeats="said", source="radio")
    explanation, _ = explained(make_casebook([relayed, spoken], scales=graded(C=0.0)))

    assert explanation.claims[0].carried == {"said": 0.5, "spoken": 0.5}


# The way from prior to forecast


@pytest.mark.parametrize("seed", SEEDS)
def test_steps_lead_from_the_prior_as_written_to_the_forecast(seed):
    files = at_random(seed, links=True)
    explanation, summary = explained(casebook_from(files))

    for said in summary.scenarios:
        one = scenario_in(explanation, said.id)
        steps = sum(step.weight_db for step in one.steps)
        reached = decibans(one.written_mean) + steps
        assert reached == pytest.approx(decibans(said.mean), abs=0.05)
        (scenario,) = [s for s in files["priors"]["scenarios"] if s["id"] == said.id]
        written = make_prior(scenario["prior"])
        assert one.written_mean == pytest.approx(written, abs=0.003)


def test_a_part_is_what_is_missing_where_evidence_is_slight():
    """Of small weights the part is the derivative, and so is leaving it out."""
    casebook = make_casebook(
        [
            make_report("one", says(0.2), source="radio"),
            make_report("two", opposes(0.3, scenario="talks"), source="paper"),
        ],
        scenarios=[make_scenario(s, hazard="none") for s in ("war", "talks")],
        links=[{"if": "talks", "then": "war", "probability": 0.6}],
    )
    labels = design(casebook, DAY).coords()["unknown"]
    z = prior_draws(labels, 4000).T.reshape(4, 1000, -1)
    summary = summary_of(draws_of(casebook, z, DAY), casebook, DAY)
    explanation = explain(z, casebook, DAY, summary)
    weights = Basis(draws_of(casebook, z, DAY), casebook, DAY)

    reports = casebook.evidence.reports
    without = casebook.followed_by(
        casebook.priors, casebook.evidence.model_copy(update={"reports": reports[:1]})
    )
    war = scenario_in(explanation, "war")
    (links,) = [step for step in war.steps if step.kind == "links"]
    (before,) = [
        one for one in weights.read(without, DAY).summary.scenarios if one.id == "war"
    ]
    missing = decibans(war.mean) - decibans(before.mean)
    assert links.through == {"talks": pytest.approx(missing, abs=2e-3)}
    assert abs(missing) > 0.005


def test_random_casebooks_have_steps_through_links():
    sizes = [
        abs(step.weight_db)
        for seed in SEEDS
        for said in explained(casebook_from(at_random(seed, links=True)))[0].scenarios
        for step in said.steps
        if step.kind == "links"
    ]
    assert max(sizes) > 0.1


def test_an_argument_is_one_step_that_opens_into_its_origins():
    """The paper says two things of it, the radio one; the blog relays the paper."""
    files = [
        make_report("one", says("strong", argument="able"), source="paper"),
        make_report("two", says("weak", argument="able"), source="paper"),
        make_report("three", opposes("weak", argument="able"), source="radio"),
        make_report("again", repeats="one", source="blog", published="2024-05-03"),
    ]
    arguments = [make_argument("able", says("strong", scenario="war"))]
    casebook = make_casebook(files, arguments=arguments)
    explanation, _ = explained(casebook)

    (step,) = evidence_in(explanation, "war")
    assert (step.kind, step.id, step.reports) == ("argument", "able", 4)
    assert step.on == datetime.date(2024, 5, 3)
    paper, radio = explanation.opened("war", step)
    assert [claim.report for claim, _ in paper.claims] == ["one", "two"]
    assert [claim.report for claim, _ in radio.claims] == ["three"]
    assert paper.origin == "paper"
    assert paper.here + radio.here == pytest.approx(step.weight_db, abs=2e-3)
    assert radio.here < 0 < paper.here


def test_the_largest_steps_come_first_and_the_small_are_gathered():
    sizes = [0.01 * (i + 1) for i in range(50)]
    casebook = make_casebook(
        [
            make_report(f"r-{i:02}", says(size), source=f"s-{i:02}")
            for i, size in enumerate(sizes)
        ],
        sources={f"s-{i:02}": "B" for i in range(50)},
        scales=NO_OVERLAP | graded(B=1.0),
    )
    explanation, _ = explained(casebook)

    *told_apart, gathered = evidence_in(explanation, "war")
    assert [step.id for step in told_apart] == [f"r-{i}" for i in range(49, 10, -1)]
    assert (gathered.kind, gathered.reports) == ("gathered", 11)
    # Without overlap each has its own weight, in the same proportion to its strength.
    ratio = gathered.weight_db / told_apart[0].weight_db
    assert ratio == pytest.approx(sum(sizes[:11]) / sizes[49], rel=1e-2)


def test_steps_can_be_told_by_date():
    casebook = make_casebook(
        [
            make_report("late", says("strong"), published="2024-05-02"),
            make_report("early", says("weak"), published="2024-02-02"),
        ]
    )
    explanation, _ = explained(casebook)

    ids = [step.id for step in scenario_in(explanation, "war").ordered("date")]
    assert ids == [None, "early", "late"]  # time comes first
    ids = [step.id for step in scenario_in(explanation, "war").ordered("size")]
    assert ids == [None, "late", "early"]


@pytest.mark.parametrize("says_so", [says, opposes])
def test_hundreds_of_decibans_settle_nothing_while_there_is_time(says_so):
    """They make it 1, or 0, but for rounding; yet each step is told, and they add up.

    The log-odds of one draw are those of its prior and what its reports weigh.
    """
    names = [f"witness-{i}" for i in range(60)]
    casebook = make_casebook(
        [make_report(f"by-{name}", says_so(30), source=name) for name in names],
        sources=dict.fromkeys(names, "A"),
        scenarios=[make_scenario(), make_scenario("after")],
        links=[{"if": "war", "then": "after", "probability": 0.5}],
        scales=NO_OVERLAP,
    )
    explanation, _ = explained(casebook)
    said = scenario_in(explanation, "war")

    posterior = tree_of(casebook)["posterior"].to_dataset()
    of_reports = posterior["weight"].values.astype(float).sum(-1)
    start = logit(posterior["prior_probability"].sel(scenario="war").values)
    nats = start + of_reports / DECIBANS_PER_NAT
    log_odds_of_mean = np.log(expit(nats).mean()) - np.log(expit(-nats).mean())
    weight = DECIBANS_PER_NAT * (log_odds_of_mean - logit(said.prior_mean))
    assert said.settled is None
    assert abs(weight) > 200
    assert said.weight_db == pytest.approx(weight, abs=0.01)
    assert len(evidence_in(explanation, "war")) == 40  # 39 and the rest
    total = sum(step.weight_db for step in said.steps)
    way = decibans(said.prior_mean) - decibans(said.written_mean) + said.weight_db
    assert total == pytest.approx(way, abs=0.05)
    # Nothing is said of what comes after.
    assert [step for step in said.steps if step.kind == "links"] == []


@pytest.mark.parametrize(
    ("changes", "day", "settled"),
    [
        ({"outcome": {"occurred": True, "on": "2024-06-01"}}, DAY, "occurred"),
        ({"outcome": {"occurred": False, "on": "2024-06-01"}}, DAY, "did not occur"),
    ],
)
def test_a_settled_scenario_has_no_steps_and_says_why(changes, day, settled):
    casebook = make_casebook(
        [make_report("said", says("strong"))],
        scenarios=[make_scenario(**changes)],
    )
    explanation, _ = explained(casebook, day)

    said = scenario_in(explanation, "war")
    assert said.settled == settled
    assert said.steps == []
    assert said.density is None
    # The report is still in the ledger: it speaks for a source, right or wrong.
    assert explanation.claims[0].on("war") > 0
    assert explanation.matter_most() == []


def test_what_has_resolved_moves_others_through_links_alone():
    casebook = make_casebook(
        scenarios=[
            make_scenario("war", outcome={"occurred": True, "on": "2024-06-01"}),
            make_scenario("talks", hazard="none"),
        ],
        links=[{"if": "war", "then": "talks", "probability": 0.9}],
    )
    explanation, _ = explained(casebook)

    steps = {s.kind: s.weight_db for s in scenario_in(explanation, "talks").steps}
    assert steps.keys() == {"ties", "time", "outcomes", "noise"}
    assert steps["outcomes"] > 3


# Arguments and sources


def test_an_argument_is_as_likely_as_its_reports_make_it_from_even_odds():
    """Two reports of 6 dB each by sources taken at their word: 12 dB."""
    casebook = make_casebook(
        [
            make_report("one", says(6, argument="able"), credibility=6),
            make_report("two", says(6, argument="able"), source="paper", credibility=6),
        ],
        arguments=[make_argument("able", says(5, scenario="war"))],
        scales=graded(B=30.0, C=30.0) | NO_OVERLAP,
    )
    explanation, _ = explained(casebook)

    (argument,) = explanation.arguments
    assert argument.probability == pytest.approx(10**1.2 / (1 + 10**1.2))
    assert argument.reports == {"one": close((6, 6, 6)), "two": close((6, 6, 6))}
    angle = [math.tanh(x / 2 / DECIBANS_PER_NAT) for x in (12, 5)]
    expected = 2 * DECIBANS_PER_NAT * math.atanh(math.prod(angle))
    assert argument.on["war"].alone == close((expected,) * 3)


def test_sources_are_counted_for_and_against_and_held_to_what_happened():
    casebook = make_casebook(
        [
            make_report("right", says("strong"), source="paper"),
            make_report("wrong", opposes("weak"), source="paper"),
            make_report("open", says("weak", scenario="talks"), source="paper"),
            make_report("relay", opposes("weak"), source="blog", origin="paper"),
            make_report("copy", repeats="open", source="blog"),
            make_report("nothing", says(0), source="radio"),
        ],
        scenarios=[
            make_scenario("war", outcome={"occurred": True, "on": "2024-06-01"}),
            make_scenario("talks"),
        ],
    )
    explanation, summary = explained(casebook)

    radio, paper, blog = explanation.sources
    assert paper.counts == {"war": (1, 2), "talks": (1, 0)}
    assert (paper.agreed, paper.disagreed) == (1, 2)
    assert (paper.reports, paper.claims, paper.relayed) == (3, 4, 0)
    assert (blog.reports, blog.claims, blog.relayed) == (2, 0, 1)
    assert blog.effects == []
    assert (radio.agreed, radio.disagreed) == (0, 0)
    assert radio.mean == summary.sources[0].mean


def test_the_claims_that_matter_most_are_those_with_the_largest_effect():
    casebook = make_casebook(
        [
            make_report("small", says(1)),
            make_report("large", says(9), opposes(2, scenario="talks")),
            make_report("middle", opposes(5, scenario="talks")),
        ],
        scenarios=[make_scenario("war"), make_scenario("talks")],
    )
    explanation, _ = explained(casebook)

    most = [(claim.report, s) for claim, s, _ in explanation.matter_most(2)]
    assert most == [("large", "war"), ("middle", "talks")]
    most = [claim.report for claim, _, _ in explanation.matter_most(scenario="talks")]
    assert most == ["middle", "large"]


# The whole


def test_the_order_in_which_a_casebook_is_written_changes_no_number():
    files = at_random(3, links=True)
    turned = json.loads(json.dumps(files, default=str))
    turned["evidence"]["reports"].reverse()
    turned["evidence"]["sources"].reverse()
    turned["priors"]["scenarios"].reverse()

    one, _ = explained(casebook_from(files))
    other, _ = explained(casebook_from(turned))
    assert one.scenarios == other.scenarios[::-1]
    assert one.sources == other.sources[::-1]
    assert {c.report: c for c in one.claims} == {c.report: c for c in other.claims}


def test_a_large_casebook_is_explained_by_draws_at_even_steps(monkeypatch):
    """Every second draw is left where only half as many are wanted."""
    casebook = make_casebook([make_report("said", says("strong"))])
    z = named_draws(design(casebook, DAY), 8)
    summary = summary_of(draws_of(casebook, z.reshape(2, 4, -1)), casebook, DAY)
    half = explain(z[::2], casebook, DAY, summary)
    monkeypatch.setattr("deciban.model.explain.weights._MOST", 4)
    monkeypatch.setattr("deciban.model.explain.weights._FEWEST", 4)

    assert explain(z, casebook, DAY, summary).claims == half.claims


def test_a_casebook_in_many_blocks_is_explained_to_the_same_numbers(monkeypatch):
    casebook = casebook_from(at_random(3, links=True))
    whole, _ = explained(casebook)
    monkeypatch.setattr("deciban.model.explain.weights._BLOCK", 1)

    blocks, _ = explained(casebook)
    assert blocks.claims == whole.claims
    assert blocks.sources == whole.sources


def test_an_explanation_is_read_back_from_its_json():
    explanation, _ = explained(casebook_from(at_random(3, links=True)))

    assert Explanation.model_validate_json(explanation.model_dump_json()) == explanation


def test_an_explanation_that_was_kept_when_it_said_more_is_read():
    explanation, _ = explained(make_casebook())

    kept = explanation.model_dump(mode="json")
    kept["scenarios"][0]["prior_quantiles"] = {"0.5": 0.2}
    assert Explanation.model_validate_json(json.dumps(kept)) == explanation


def test_a_casebook_without_anything_is_explained():
    explanation, _ = explained(make_casebook())

    assert explanation.claims == []
    time, noise = scenario_in(explanation, "war").steps
    assert (time.kind, noise.kind) == ("time", "noise")


def test_a_prior_density_is_that_of_the_prior():
    """Median .2, .1 to .4 with 90 %: half of the mass lies below the median."""
    explanation, _ = explained(make_casebook())

    said = scenario_in(explanation, "war")
    ends = np.array(explanation.axis)
    mass = np.cumsum(said.prior_density * np.diff(ends))
    assert np.interp(0.2, ends[1:], mass) == pytest.approx(0.5, abs=0.01)


def test_silence_on_a_rival_is_in_the_time_that_has_passed():
    """Of three at even odds 1 / 3; seen with .8 if so, else .2, and not seen, 1 / 9."""
    names = ("war", "peace", "truce")
    bears_on = {"scenario": "war", "if_true": 0.8, "if_false": 0.2}
    casebook = make_casebook(
        scenarios=[make_scenario(n, prior=certain(0.5), hazard="none") for n in names],
        rivals=[{"id": "end", "scenarios": names}],
        reviewed="2024-06-01",
        indicators=[
            {"id": "sign", "sign": "It", "bears_on": bears_on, "due": "2024-06-01"}
        ],
    )
    found, summary = explained(casebook)

    steps = {step.kind: step.weight_db for step in scenario_in(found, "war").steps}
    assert steps == {
        "ties": pytest.approx(decibans(1 / 3), abs=0.02),
        "time": pytest.approx(decibans(1 / 9) - decibans(1 / 3), abs=0.02),
    }
    assert summary.scenarios[0].prior_mean == pytest.approx(1 / 9, abs=1e-3)
