"""What must hold for every casebook and every z: the promises of the model."""

import copy
import datetime
import math
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import expit, ndtri

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import bearing_weights, weigh
from deciban.model.likelihood.shares import shares
from deciban.model.likelihood.unknowns import unknowns
from deciban.priors import LogitNormal
from tests.model.brute_force import BruteForce
from tests.model.builders import (
    DAY,
    DAYS,
    FEATURES,
    NO_OVERLAP,
    RELIABLE,
    WORTHLESS,
    casebook_from,
    features,
    graded,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    named_draws,
    opposes,
    random_casebook,
    random_day,
    random_files,
    says,
)

# Nothing here is drawn at random but casebooks; an example that fails is a bug.
files_at_random = st.builds(random_files, st.randoms(use_true_random=False))
days = st.sampled_from(DAYS)
NUMBERS_AGREE = 1e-10  # where only the order of sums differs


class Seen:
    """A casebook weighed at draws of z that go by the names of the unknowns."""

    def __init__(self, casebook, day=DAY, z=None):
        self.laid_out = design(casebook, day)
        self.z = named_draws(self.laid_out) if z is None else z(self.laid_out)
        arrays = self.laid_out.arrays
        seen = weigh(self.z.T, arrays)
        self.log_likelihood = seen.log_likelihood
        self.probability = dict(
            zip(self.laid_out.scenarios, seen.probability, strict=True)
        )
        x = unknowns(self.z.T, arrays)
        weights = bearing_weights(x, arrays, NUMPY)
        split = shares(x, weights, arrays)
        # By source or argument, and scenario.
        self.weight = dict(
            zip(
                self.laid_out.on_scenarios,
                DECIBANS_PER_NAT * self.laid_out.weights_on_scenarios(split),
                strict=True,
            )
        )
        self.reason = dict(
            zip(self.laid_out.reasons, DECIBANS_PER_NAT * weights.reason, strict=True)
        )
        self.account = [
            (name, DECIBANS_PER_NAT * w)
            for name, w in zip(
                self.laid_out.accounts, weights.accounts.weight, strict=True
            )
        ]
        arguments = self.laid_out.arguments
        self.established = dict(
            zip(arguments, weights.view[: len(arguments)], strict=True)
        )


def assert_same(one, other, tolerance=0.0):
    np.testing.assert_allclose(
        one.log_likelihood, other.log_likelihood, rtol=0, atol=tolerance
    )
    assert one.probability.keys() == other.probability.keys()
    for name, p in one.probability.items():
        np.testing.assert_allclose(p, other.probability[name], rtol=0, atol=tolerance)


def centre(laid_out):
    return np.zeros((1, laid_out.layout.size))


@given(files_at_random, days, st.randoms(use_true_random=False))
def test_the_order_of_items_changes_nothing(files, day, rng):
    shuffled = copy.deepcopy(files)
    for part in (
        shuffled["priors"]["scenarios"],
        shuffled["priors"]["arguments"],
        shuffled["priors"]["links"],
        shuffled["evidence"]["sources"],
        shuffled["evidence"]["reports"],
    ):
        rng.shuffle(part)
    one, other = casebook_from(files), casebook_from(shuffled)

    assert_same(Seen(one, day), Seen(other, day))
    # The seed of a fit is taken from the digest, so the fit is the same as well.
    assert one.digest(day, {}) == other.digest(day, {})


@given(files_at_random, days, st.randoms(use_true_random=False))
def test_the_order_of_bearings_in_a_report_changes_no_forecast(files, day, rng):
    shuffled = copy.deepcopy(files)
    for item in (*shuffled["evidence"]["reports"], *shuffled["priors"]["arguments"]):
        rng.shuffle(item["bears_on"])

    assert_same(
        Seen(casebook_from(files), day),
        Seen(casebook_from(shuffled), day),
        NUMBERS_AGREE,
    )


def with_repeat(files, report, source, **named):
    repeat = make_report(
        "copy",
        repeats=report["id"],
        source=source,
        published=report["published"],
        **named,
    )
    changed = copy.deepcopy(files)
    changed["evidence"]["reports"].append(repeat)
    return casebook_from(changed)


@given(files_at_random, days, st.randoms(use_true_random=False))
def test_a_copy_by_the_same_source_changes_nothing(files, day, rng):
    assume(files["evidence"]["reports"])
    report = rng.choice(files["evidence"]["reports"])

    assert_same(
        Seen(casebook_from(files), day),
        Seen(with_repeat(files, report, report["source"]), day),
    )


@given(files_at_random, days, st.randoms(use_true_random=False))
def test_whoever_repeats_what_was_heard_at_first_hand_changes_nothing(files, day, rng):
    at_first_hand = [
        report
        for report in files["evidence"]["reports"]
        if "repeats" not in report
        and report.get("origin", report["source"]) == report["source"]
    ]
    assume(at_first_hand)
    source = rng.choice(files["evidence"]["sources"])["id"]

    assert_same(
        Seen(casebook_from(files), day),
        Seen(with_repeat(files, rng.choice(at_first_hand), source), day),
    )


@given(files_at_random, days, st.randoms(use_true_random=False))
def test_whoever_copies_a_report_and_names_no_origin_changes_nothing(files, day, rng):
    """Unless it is the origin itself, which then has been heard."""
    reports = files["evidence"]["reports"]
    casebook = casebook_from(files)
    report = rng.choice(reports) if reports else None
    assume(report)
    speaker = casebook.index.claim(casebook.index.report(report["id"])).speaker
    others = [k["id"] for k in files["evidence"]["sources"] if k["id"] != speaker]
    assume(others)

    assert_same(
        Seen(casebook, day), Seen(with_repeat(files, report, rng.choice(others)), day)
    )


@pytest.mark.parametrize("grade", "ABCDEF")
@pytest.mark.parametrize("origin", "AF")
def test_a_hundred_relays_approach_the_origin_and_never_exceed_it(grade, origin):
    """More relays never weigh less; heard itself, the origin weighs most."""
    sources = {"radio": origin} | {f"s{i}": grade for i in range(100)}

    def weight(relays):
        first = {"source": "s0", "origin": "radio"} if relays else {}
        casebook = make_casebook(
            [
                make_report("r0", says("strong"), **first),
                *(
                    make_report(f"r{i}", repeats="r0", source=f"s{i}", origin="radio")
                    for i in range(1, relays)
                ),
            ],
            sources=sources,
        )
        return Seen(casebook).weight["radio", "war"]

    heard_itself = weight(0)
    relayed = np.array([weight(n) for n in (1, 2, 5, 20, 100)])
    assert np.all(np.diff(relayed, axis=0) >= 0)
    assert np.all(relayed <= heard_itself)
    assert np.all(relayed > 0)


@given(files_at_random, days, st.randoms(use_true_random=False))
def test_what_is_never_genuine_weighs_nothing(files, day, rng):
    """Its q is expit(-30), some 1e-13."""
    files["priors"]["scales"] = {
        "reliability": {"E": {"location": -30, "sd": 0}},
        # A trace of evidence on one side counts fully only where nothing is on it.
        "overlap": 0,
    }
    assume(not files["priors"]["rivals"])
    # The day of a report is one on which somebody looked.
    files["priors"]["reviewed"] = "2025-06-01"
    files["evidence"]["sources"] = [
        source | {"reliability": rng.choice("ABCDF")}
        for source in files["evidence"]["sources"]
    ] + [{"id": "noise", "name": "Noise", "reliability": "E"}]
    before = Seen(casebook_from(files), day)
    files["evidence"]["reports"].append(
        make_report(
            "hiss",
            *(
                says(rng.choice(["weak", "decisive"]), scenario=name)
                for name in before.probability
            ),
            *(opposes(40.0, argument=name) for name in before.established),
            source="noise",
            credibility=6,
            published="2023-05-01",
        )
    )
    after = Seen(casebook_from(files), day)

    for name, p in before.probability.items():
        np.testing.assert_allclose(after.probability[name], p, rtol=0, atol=1e-11)
        assert np.all(np.abs(after.weight["noise", name]) < 1e-11)


@given(files_at_random, days)
def test_no_side_of_an_account_exceeds_its_cap(files, day):
    """(1 + a) / (1 - a), with a = (q - d) / (1 + r s) of its most genuine claim."""
    casebook = casebook_from(files)
    seen, brute = Seen(casebook, day), BruteForce(casebook, day)
    claims = {claim["id"]: claim for claim in brute.claims()}
    brute.z = dict(
        zip(seen.laid_out.coords()["unknown"], seen.z[0].tolist(), strict=True)
    )

    for (speaker, kind, target), weight in seen.account:
        caps = {1: 0.0, -1: 0.0}
        source = brute.sources[speaker]
        d, s = source["deceives"], float(brute.pull(source, kind, target))
        for claim, bearing in brute.borne(kind, target):
            if (claims[claim["id"]]["origin"] or claim["source"]) != speaker:
                continue
            q = float(brute.q(claim))
            sign = 1 if brute.log_ratio(bearing) > 0 else -1
            a = (q - d) / (1 + (1 - q - d) * sign * s)
            towards = sign if a > 0 else -sign
            caps[towards] += 2 * math.atanh(abs(a))
        nats = weight[0] / DECIBANS_PER_NAT
        assert -caps[-1] - NUMBERS_AGREE <= nats <= caps[1] + NUMBERS_AGREE


@given(files_at_random, days)
def test_no_argument_outweighs_its_strength(files, day):
    casebook = casebook_from(files)
    seen, brute = Seen(casebook, day), BruteForce(casebook, day)
    brute.z = dict(
        zip(seen.laid_out.coords()["unknown"], seen.z[0].tolist(), strict=True)
    )

    for argument in brute.arguments.values():
        for bearing in argument["bears_on"]:
            weight = seen.reason[argument["id"], bearing["scenario"]][0]
            nominal = DECIBANS_PER_NAT * float(abs(brute.log_ratio(bearing)))
            assert abs(weight) <= nominal + NUMBERS_AGREE


@pytest.mark.parametrize("direction", ["supports", "opposes"])
def test_ten_reports_on_one_argument_weigh_no_more_than_the_argument(direction):
    def weight(n):
        casebook = make_casebook(
            [
                make_report(f"r{i}", says("decisive", argument="able"), source=f"s{i}")
                for i in range(n)
            ],
            sources={f"s{i}": "A" for i in range(10)},
            scales=NO_OVERLAP,
            arguments=[
                make_argument("able", says(5, scenario="war", direction=direction))
            ],
        )
        return np.abs(Seen(casebook).weight["able", "war"])

    weights = np.array([weight(n) for n in range(11)])
    assert np.all(weights[0] == 0)
    assert np.all(np.diff(weights, axis=0) >= 0)
    assert np.all(weights <= 5)
    # Ten such reports all but settle the argument.
    assert np.all(weights[-1] > 4.9)


@given(files_at_random, days, st.randoms(use_true_random=False))
def test_other_ids_give_the_same_forecasts_under_other_names(files, day, rng):
    items = [item["id"] for item in all_items(files)]
    new = rng.sample([f"x{i}" for i in range(len(items))], len(items))
    names = dict(zip(items, new, strict=True))
    renamed = casebook_from(with_names(files, names))
    originals = {new: old for old, new in names.items()}

    def z_of_the_originals(laid_out):
        """Give each unknown the draws that it had under its old name."""
        labels = laid_out.coords()["unknown"]
        old = [
            " ".join(originals.get(word, word) for word in label.split(" "))
            for label in labels
        ]
        before = design(casebook_from(files), day)
        places = [before.coords()["unknown"].index(label) for label in old]
        return named_draws(before)[:, places]

    one, other = Seen(casebook_from(files), day), Seen(renamed, day, z_of_the_originals)
    np.testing.assert_allclose(
        one.log_likelihood, other.log_likelihood, rtol=0, atol=NUMBERS_AGREE
    )
    for name, p in one.probability.items():
        np.testing.assert_allclose(
            other.probability[names[name]], p, rtol=0, atol=NUMBERS_AGREE
        )


def all_items(files):
    for part in ("scenarios", "arguments", "rivals"):
        yield from files["priors"][part]
    for part in ("sources", "reports"):
        yield from files["evidence"][part]


REFERENCES = {
    "id",
    "source",
    "origin",
    "repeats",
    "scenario",
    "argument",
    "rivals",
    "if",
    "then",
}


def with_names(data, names):
    if isinstance(data, dict):
        return {
            names.get(key, key): names[value]
            if key in REFERENCES and isinstance(value, str)
            else with_names(value, names)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [
            names.get(item, item) if isinstance(item, str) else with_names(item, names)
            for item in data
        ]
    return data


@given(files_at_random, days)
def test_without_reports_outcomes_or_links_the_posterior_is_the_prior(files, day):
    files["priors"]["links"] = []
    files["priors"]["rivals"] = []
    files["evidence"]["reports"] = []
    for scenario in files["priors"]["scenarios"]:
        scenario |= {"outcome": None, "hazard": "none"}
    casebook = casebook_from(files)
    seen = Seen(casebook, day)

    labels = seen.laid_out.coords()["unknown"]
    for scenario in casebook.priors.scenarios:
        prior = scenario.prior.distribution()
        z = seen.z[:, labels.index(f"scenario {scenario.id}")]
        np.testing.assert_allclose(
            seen.probability[scenario.id], expit(prior.location + prior.scale * z)
        )
    # Nothing is learned from nothing: the likelihood is the same at every z.
    assert np.ptp(seen.log_likelihood) < NUMBERS_AGREE


@given(files_at_random, st.sampled_from(DAYS[1:]))
def test_without_reports_the_posterior_is_the_prior_with_its_clock(files, looked):
    """What is not noticed by day ``looked`` has not occurred, or was missed."""
    for part in ("links", "rivals"):
        files["priors"][part] = []
    files["priors"]["reviewed"] = looked.isoformat()
    files["evidence"]["reports"] = []
    for scenario in files["priors"]["scenarios"]:
        scenario["outcome"] = None
    casebook = casebook_from(files)
    seen = Seen(casebook, DAYS[-1])

    log_likelihood = np.zeros(len(seen.z))
    value = dict(zip(seen.laid_out.coords()["unknown"], seen.z.T, strict=True))
    for scenario in casebook.priors.scenarios:
        prior, noticed = scenario.prior.distribution(), scenario.noticed
        theta = expit(prior.location + prior.scale * value[f"scenario {scenario.id}"])
        if not isinstance(noticed, float | int):
            chance = noticed.distribution()
            name = f"noticed {scenario.id}"
            noticed = expit(chance.location + chance.scale * value.get(name, 0.0))
        window = (scenario.closes - scenario.opens).days + 1
        passed = min(max((looked - scenario.opens).days / window, 0), 1)
        share = passed if scenario.hazard == "constant" else 0
        quiet = 1 - noticed * (1 - (1 - theta) ** share)
        np.testing.assert_allclose(
            seen.probability[scenario.id], 1 - (1 - theta) / quiet, atol=1e-12
        )
        log_likelihood += np.log(quiet)
    # But for a constant: arguments without reports.
    learned = np.ptp(seen.log_likelihood - log_likelihood)
    assert learned < NUMBERS_AGREE


def test_without_reports_the_mean_is_that_of_the_prior():
    """By the midpoint rule over the quantiles of z: off by less than 1e-6."""
    casebook = make_casebook()
    quantiles = ndtri((np.arange(10_000) + 0.5) / 10_000)

    def z(laid_out):
        place = laid_out.coords()["unknown"].index("scenario war")
        z = np.zeros((10_000, laid_out.layout.size))
        z[:, place] = quantiles
        return z

    mean = Seen(casebook, z=z).probability["war"].mean()
    expected = LogitNormal.from_quantiles(0.2, 0.1, 0.4).mean
    assert mean == pytest.approx(expected, abs=1e-6)


def test_without_reports_a_link_mixes_two_priors():
    """P(peace) = P(war) P(peace | war) + P(no war) P(peace | no war)."""
    casebook = make_casebook(
        scenarios=[make_scenario("war"), make_scenario("peace")],
        links=[{"if": "war", "then": "peace", "probability": 0.05}],
    )
    seen = Seen(casebook, z=centre)

    assert seen.probability["war"] == pytest.approx(0.2)
    assert seen.probability["peace"] == pytest.approx(0.2 * 0.05 + 0.8 * 0.2)


def test_without_reports_the_clock_runs_on():
    """Looked at on day 180 of 361: what occurred would have been noticed at 9 in 10."""
    casebook = make_casebook(
        scenarios=[make_scenario(hazard="constant")], reviewed=DAY.isoformat()
    )
    still = 0.8 ** (180 / 361)
    unseen, later, never = 0.1 * (1 - still), still - 0.8, 0.8

    assert Seen(casebook, z=centre).probability["war"] == pytest.approx(
        (unseen + later) / (unseen + later + never)
    )


def test_where_nobody_has_looked_the_prior_stays():
    casebook = make_casebook(scenarios=[make_scenario(hazard="constant")])

    assert Seen(casebook, z=centre).probability["war"] == pytest.approx(0.2)


@given(files_at_random)
def test_before_everything_there_is_only_the_prior(files):
    casebook = casebook_from(files)
    day = datetime.date(2023, 6, 1)

    one, other = Seen(casebook, day), Seen(casebook.without_reports(), day)
    for name, p in one.probability.items():
        np.testing.assert_allclose(p, other.probability[name], atol=1e-12)


@given(files_at_random, days)
def test_an_outcome_that_comes_later_is_not_known(files, day):
    without = copy.deepcopy(files)
    for scenario in without["priors"]["scenarios"]:
        outcome = scenario.get("outcome")
        if outcome and outcome.get("known", outcome["on"]) > day.isoformat():
            scenario["outcome"] = None

    assert_same(Seen(casebook_from(files), day), Seen(casebook_from(without), day))


@given(files_at_random, days)
def test_a_known_outcome_is_certain(files, day):
    casebook = casebook_from(files)
    seen = Seen(casebook, day)

    for scenario in casebook.as_of(day).priors.scenarios:
        if scenario.outcome is not None and scenario.outcome.occurred is not None:
            assert np.all(seen.probability[scenario.id] == scenario.outcome.occurred)


@pytest.mark.parametrize("occurred", [True, False])
def test_a_known_outcome_raises_who_foresaw_it_and_lowers_who_did_not(occurred):
    """The mean reliability under the posterior, by quadrature over the source's z."""
    casebook = make_casebook(
        [
            make_report("a", says("strong"), source="radio"),
            make_report("b", opposes("strong"), source="paper"),
        ],
        scenarios=[make_scenario(outcome={"occurred": occurred, "on": "2024-06-01"})],
        sources={"radio": "C", "paper": "C"},
    )
    nodes = np.linspace(-8, 8, 161)

    def change(source):
        def z(laid_out):
            z = np.zeros((len(nodes), laid_out.layout.size))
            z[:, laid_out.coords()["unknown"].index(f"source {source}")] = nodes
            return z

        rho = expit(0.439 + 0.55 * nodes)
        before = np.exp(-(nodes**2) / 2)
        after = before * np.exp(Seen(casebook, z=z).log_likelihood)
        return np.average(rho, weights=after) - np.average(rho, weights=before)

    assert (change("radio") > 0) == occurred
    assert (change("paper") < 0) == occurred


@pytest.mark.parametrize("bearing", [says, opposes])
@given(files=files_at_random, day=days, rng=st.randoms(use_true_random=False))
def test_more_support_is_never_less_probable_nor_opposition_more(
    bearing, files, day, rng
):
    """Links may lower what they lead to, so this is said of the supported scenario.

    The day last looked is held, and nobody deceives.
    """
    files["priors"]["reviewed"] = "2025-06-01"
    for source in files["evidence"]["sources"]:
        source.pop("deceives", None)
    name = rng.choice(files["priors"]["scenarios"])["id"]
    more = copy.deepcopy(files)
    more["evidence"]["reports"].append(
        make_report(
            "more",
            bearing("strong", scenario=name),
            source=rng.choice(files["evidence"]["sources"])["id"],
            published="2023-05-01",
        )
    )

    before, after = (
        Seen(casebook_from(f), day).probability[name] for f in (files, more)
    )
    moved = after - before if bearing is says else before - after
    assert np.all(moved >= -NUMBERS_AGREE)


claims = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from([-20.0, -5.0, 3.0, 12.0])),
    max_size=5,
)


def claimed(claims, start, **target):
    """One claim a source, of so many dB for its target or against it."""
    return [
        make_report(
            f"r{i}",
            (says if size > 0 else opposes)(abs(size), **target),
            source=f"{grade}{i}".lower(),
            credibility=6,
        )
        for i, (grade, size) in enumerate(claims, start)
    ]


@given(direct=claims, argued=claims)
def test_without_overlap_one_claim_a_source_is_the_plain_product(direct, argued):
    """Each claim of tilt t says (1 + t) / 2 if so and (1 - t) / 2 if not."""
    rho = {"A": 0.9, "B": 0.7, "C": 0.4}
    spoken = enumerate([*direct, *argued])
    casebook = make_casebook(
        claimed(direct, 0, scenario="war")
        + claimed(argued, len(direct), argument="able"),
        sources={f"{grade}{i}".lower(): grade for i, (grade, _) in spoken}
        or {"radio": "A"},
        scales=NO_OVERLAP
        | graded(**{grade: math.log(p / (1 - p)) for grade, p in rho.items()}),
        arguments=[make_argument("able", says(7.0, scenario="war"))],
    )
    seen = Seen(casebook, z=centre)

    tilts, on_argument = (
        np.array(
            [rho[grade] * np.tanh(db / DECIBANS_PER_NAT / 2) for grade, db in said]
        )
        for said in (direct, argued)
    )
    established = np.tanh(np.arctanh(on_argument).sum())
    tilts = np.append(tilts, established * np.tanh(7 / DECIBANS_PER_NAT / 2))
    if_so, if_not = 0.2 * np.prod(1 + tilts), 0.8 * np.prod(1 - tilts)
    assert seen.probability["war"] == pytest.approx(if_so / (if_so + if_not))
    if not argued:
        likelihood = (if_so + if_not) / 2 ** len(direct)
        assert seen.log_likelihood == pytest.approx(np.log(likelihood))


@pytest.mark.parametrize("bearing", [says, opposes])
@given(said=claims, rng=st.randoms(use_true_random=False))
def test_without_overlap_on_one_target_the_mean_follows_what_is_added(
    bearing, said, rng
):
    """Over draws from the prior, weighed: exact for the prior that is these draws."""
    scales = NO_OVERLAP | {"strength": {"strong": {"decibans": 12, "log_sd": 0.4}}}

    def mean(reports):
        sources = {report["source"]: report["source"][0].upper() for report in reports}
        casebook = make_casebook(
            reports, sources=sources or {"radio": "B"}, scales=scales
        )
        seen = Seen(casebook, z=lambda laid_out: named_draws(laid_out, 200))
        weight = np.exp(seen.log_likelihood - seen.log_likelihood.max())
        return np.average(seen.probability["war"], weights=weight)

    reports = claimed(said, 0, scenario="war")
    # Its source has said nothing, or has claims already.
    source = rng.choice(["b9", *(report["source"] for report in reports)])
    more = make_report("more", bearing("strong"), source=source)
    change = mean([*reports, more]) - mean(reports)
    assert (change if bearing is says else -change) >= -NUMBERS_AGREE


@given(files_at_random, days)
def test_rivals_sum_to_one_or_to_what_none_of_them_leaves(files, day):
    casebook = casebook_from(files)
    seen = Seen(casebook, day)

    for one in casebook.priors.rivals:
        total = sum(seen.probability[name] for name in one.scenarios)
        if one.none is None:
            np.testing.assert_allclose(total, 1, rtol=0, atol=1e-12)
        else:
            assert np.all(total <= 1 + 1e-12)


def test_what_cannot_be_judged_lies_between_fairly_and_not_usually_reliable():
    """The claim weighs 100 dB if genuine, so that its tilt is q."""

    def q(grade, digit):
        casebook = make_casebook(
            [make_report("a", says(100), credibility=digit)], sources={"radio": grade}
        )
        tilt = Seen(casebook, z=centre).weight["radio", "war"] / (2 * DECIBANS_PER_NAT)
        return np.tanh(tilt)[0]

    assert q("D", 4) < q("F", 6) < q("C", 3)


@pytest.mark.parametrize("decibans", [0, 3, 7, 12, 30])
def test_a_source_beyond_doubt_gives_a_claim_its_full_weight(decibans):
    casebook = make_casebook(
        [make_report("a", says(decibans), credibility=6)], scales=graded(B=RELIABLE)
    )

    # A claim of no weight has no place in an account.
    weight = Seen(casebook).weight.get(("radio", "war"), 0.0)
    assert weight == pytest.approx(decibans, abs=1e-9)


def test_a_worthless_digit_halves_the_log_odds_and_does_not_silence_its_source():
    """The two grades are pooled evenly, not multiplied: 30 and -30 make even odds."""
    casebook = make_casebook(
        [make_report("a", says(100), credibility=5)],
        scales=graded(B=RELIABLE, d5=WORTHLESS),
    )

    weight = Seen(casebook).weight["radio", "war"]
    assert weight == pytest.approx(10 * math.log10(3), abs=1e-6)


def test_casebooks_at_random_have_every_feature():
    """Else what is said above of every casebook would be said of fewer."""
    seen = set()
    for seed in range(200):
        rng = Random(seed)
        seen |= features(random_casebook(rng), random_day(rng))

    assert seen == FEATURES
