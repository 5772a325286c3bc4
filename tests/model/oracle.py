"""The model once more, from the text of the design alone: term by term, by enumeration.

Nothing of ``model.likelihood.design``, ``model.likelihood.joint`` or
``model.likelihood.formula`` is used: this reads the plain data of the two files. Every
joint outcome of all scenarios is visited, whether they are linked or not, and an
argument is a variable that is summed over. It is slow, and vectorised over points of z
only.
"""

import datetime
import functools
import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy import integrate, optimize, special, stats

Array = np.ndarray
Z = Mapping[str, Any]

# Bands of ICD 203 (ODNI 2015), section D.6.e.(2)(a), of the terms that the tests use.
BANDS = {
    "almost no chance": (0.01, 0.05),
    "unlikely": (0.20, 0.45),
    "roughly even chance": (0.45, 0.55),
    "very likely": (0.80, 0.95),
}
NATS_PER_DECIBAN = math.log(10) / 10


class Estimate(NamedTuple):
    """Posterior mean and sd, and the standard error with which the mean is known."""

    mean: float
    sd: float
    error: float


class Oracle:
    """A casebook as of a day.

    Unknowns have names, as ``scenario war`` or ``word weak``; z gives each its standard
    normals, 0 where it gives none.
    """

    def __init__(self, casebook: Any, as_of: datetime.date) -> None:
        files = casebook.model_dump(by_alias=True)
        self.as_of = as_of
        self.half_life = files["priors"]["half_life_days"]
        self.scenarios = {s["id"]: s for s in files["priors"]["scenarios"]}
        self.arguments = files["priors"]["arguments"]
        self.links = files["priors"]["links"]
        self.sources = files["evidence"]["sources"]
        self.scales = files["priors"]["scales"]
        self.reports = [
            r for r in files["evidence"]["reports"] if r["published"] <= as_of
        ]
        self.locations_and_scales = dict(self._locations_and_scales())
        self._used: set[str] = set()
        self.weigh({})
        # Unknowns that the reports and outcomes could depend on.
        self.active = sorted(
            name for name in self._used if self.locations_and_scales[name][1] > 0
        )

    # What is unknown

    def _locations_and_scales(self) -> Iterator[tuple[str, tuple[float, float]]]:
        for s in self.scenarios.values():
            yield f"scenario {s['id']}", prior_on_log_odds(s["prior"])
        for k in self.sources:
            grade = self.scales["reliability"][k["reliability"]]
            yield f"source {k['id']}", (grade["location"], grade["sd"])
        for digit, grade in self.scales["credibility"].items():
            yield f"digit {digit}", (grade["location"], grade["sd"])
        for word, size in self.scales["strength"].items():
            yield f"word {word}", (math.log(size["decibans"]), size["log_sd"])
        yield "calibration words", (0.0, self.scales["calibration_log_sd"])
        for link in self.links:
            yield f"link {link['if']} -> {link['then']}", self._link(link)

    def _link(self, link: dict[str, Any]) -> tuple[float, float]:
        if link["probability"] is not None:
            median = special.expit(
                prior_on_log_odds(self.scenarios[link["then"]]["prior"])[0]
            )
            return special.logit(link["probability"]) - special.logit(median), 0.5
        nats = self.scales["strength"][link["strength"]]["decibans"] * NATS_PER_DECIBAN
        return (1 if link["direction"] == "raises" else -1) * nats, 0.2 * nats

    def _value(self, name: str, z: Z) -> Any:
        location, scale = self.locations_and_scales[name]
        self._used.add(name)
        return location + scale * z.get(name, 0.0)

    def reliability(self, source: str, z: Z) -> Any:
        """Return rho: the probability that what the source publishes is genuine."""
        return special.expit(self._value(f"source {source}", z))

    # What a bearing says

    def tilt(self, report: dict[str, Any], bearing: dict[str, Any], z: Z) -> Any:
        """Return t: the report has probability (1 + t) / 2 where its target is true."""
        speaker = report["origin"] or report["source"]
        voices = {r["source"] for r in self.reports if self._root(r) is report}
        t = self.genuine(report, z) * self.half_angle(bearing, z)
        if speaker not in voices:
            t = t * np.tanh(sum(np.arctanh(self.reliability(k, z)) for k in voices))
        if self.half_life is not None and report["ages"]:
            t = t * 2 ** (-(self.as_of - report["published"]).days / self.half_life)
        return t

    def _root(self, report: dict[str, Any]) -> dict[str, Any]:
        if report["repeats"] is None:
            return report
        return self._root(next(r for r in self.reports if r["id"] == report["repeats"]))

    def genuine(self, report: dict[str, Any], z: Z) -> Any:
        """Return q: the probability that the claim is genuine."""
        source = self._value(f"source {report['origin'] or report['source']}", z)
        if report["credibility"] == 6:
            return special.expit(source)
        return special.expit(
            (source + self._value(f"digit {report['credibility']}", z)) / 2
        )

    def half_angle(self, bearing: dict[str, Any], z: Z) -> Any:
        """Return tanh(l / 2) = (e^l - 1) / (e^l + 1)."""
        sign = -1 if bearing["direction"] == "opposes" else 1
        if bearing["likelihoods"] is not None:
            ratio = bearing["likelihoods"][0] / bearing["likelihoods"][1]
        elif bearing["decibans"] is not None:
            ratio = 10 ** (sign * bearing["decibans"] / 10)
        else:
            strength = np.exp(self._value(f"word {bearing['strength']}", z))
            calibration = np.exp(self._value("calibration words", z))
            ratio = 10 ** (sign * calibration * strength / 10)
        return (ratio - 1) / (ratio + 1)

    # Joint outcomes

    def weigh(self, z: Z) -> tuple[Any, dict[str, Any]]:
        """Likelihood of reports and outcomes, and P(Z_s = 1 | reports, z) by id."""
        total, occurring = 0.0, dict.fromkeys(self.scenarios, 0.0)
        testimony = [
            (bearing, self.tilt(report, bearing, z))
            for report in self.reports
            for bearing in report["bears_on"]
        ]
        for outcome in self.outcomes():
            weight = self.prior(outcome, z) * self.likelihood(outcome, testimony, z)
            total = total + weight
            for s, occurs in outcome.items():
                occurring[s] = occurring[s] + occurs * weight
        return total, {s: occurring[s] / total for s in occurring}

    def outcomes(self) -> Iterator[dict[str, int]]:
        """Every joint outcome of all scenarios that agrees with what is known."""
        for values in itertools.product((0, 1), repeat=len(self.scenarios)):
            outcome = dict(zip(self.scenarios, values, strict=True))
            if all(self.known(s) in (None, occurs) for s, occurs in outcome.items()):
                yield outcome

    def known(self, scenario: str) -> int | None:
        """Whether the scenario is known, by the day, to have occurred, 1, or not, 0."""
        outcome = self.scenarios[scenario]["outcome"]
        if outcome is None or outcome["on"] > self.as_of:
            return None
        return int(outcome["occurred"])

    def prior(self, outcome: Mapping[str, int], z: Z) -> Any:
        """Probability of a joint outcome before any report."""
        product = 1.0
        for s, occurs in outcome.items():
            p = self.probability_given_causes(s, outcome, z)
            product = product * (p if occurs else 1 - p)
        return product

    def probability_given_causes(
        self, scenario: str, outcome: Mapping[str, int], z: Z
    ) -> Any:
        """Probability of a scenario given the outcomes of those linked into it."""
        log_odds = self._value(f"scenario {scenario}", z)
        for link in self.links:
            shift = self._value(f"link {link['if']} -> {link['then']}", z)
            if link["then"] == scenario and outcome[link["if"]]:
                log_odds = log_odds + shift
        p = special.expit(log_odds)
        s = self.scenarios[scenario]
        if s["hazard"] == "none" or self.known(scenario) is not None:
            return p
        left = (s["closes"] - self.as_of) / (s["closes"] - s["opens"])
        return 1 - (1 - p) ** min(max(left, 0), 1)

    def likelihood(
        self, outcome: Mapping[str, int], testimony: list[tuple[Any, Any]], z: Z
    ) -> Any:
        """Probability of all reports given a joint outcome."""
        product = 1.0
        for bearing, t in testimony:
            if bearing["scenario"] is not None:
                product = product * chance(t, outcome[bearing["scenario"]])
        for argument in self.arguments:
            product = product * self._argument(argument, outcome, testimony, z)
        return product

    def _argument(
        self,
        argument: dict[str, Any],
        outcome: Mapping[str, int],
        testimony: list[tuple[Any, Any]],
        z: Z,
    ) -> Any:
        """P(reports on X, what X says | Z).

        An argument on one scenario is summed over, P(X | Z) being its table. One on
        several is what the design says: its reports count once, and the tilt that they
        give it informs each scenario by itself.
        """
        if_true, if_false = (
            math.prod(
                chance(t, x) for b, t in testimony if b["argument"] == argument["id"]
            )
            for x in (1, 0)
        )
        bearings = argument["bears_on"]
        if len(bearings) == 1:
            occurs = outcome[bearings[0]["scenario"]]
            true = chance(self.half_angle(bearings[0], z), occurs)
            return true * if_true + (1 - true) * if_false
        established = (if_true - if_false) / (if_true + if_false)
        product = if_true + if_false
        for b in bearings:
            t = established * self.half_angle(b, z)
            product = product * chance(t, outcome[b["scenario"]])
        return product

    def log_density(self, z: Z) -> Any:
        """Of the posterior at z, but for a constant."""
        likelihood, _ = self.weigh(z)
        return np.log(likelihood) - sum(np.square(value) / 2 for value in z.values())

    # Integrals over z

    def posterior(self, scrambles: int = 8, log2_points: int = 13) -> Any:
        """Integrate over z by scrambled Sobol points: their scatter is the error.

        Keys are ``probability x``, and ``reliability k`` of sources that matter.
        """
        means, squares = [], []
        for seed in range(scrambles):
            sobol = stats.qmc.Sobol(len(self.active), rng=seed)
            points = special.ndtri(sobol.random_base2(log2_points))
            mean, square = self._moments(points, np.ones(len(points)))
            means.append(mean)
            squares.append(square)
        return {
            name: Estimate(
                mean=np.mean([m[name] for m in means]),
                sd=spread(
                    np.mean([m[name] for m in means]),
                    np.mean([m[name] for m in squares]),
                ),
                error=np.std([m[name] for m in means], ddof=1) / scrambles**0.5,
            )
            for name in means[0]
        }

    def quadrature(self, nodes: int = 40) -> Any:
        """Integrate over z by a Gauss-Hermite rule in every active unknown."""
        x, weights = special.roots_hermitenorm(nodes)
        points = np.array(list(itertools.product(x, repeat=len(self.active))))
        each = np.array(list(itertools.product(weights, repeat=len(self.active))))
        mean, square = self._moments(points, each.prod(axis=1))
        return {
            name: Estimate(mean[name], spread(mean[name], square[name]), 0.0)
            for name in mean
        }

    def _moments(self, points: Array, weights: Array) -> tuple[Any, Any]:
        z = dict(zip(self.active, points.T, strict=True))
        likelihood, probability = self.weigh(z)
        weights = weights * likelihood
        values = {f"probability {s}": p for s, p in probability.items()} | {
            f"reliability {k['id']}": self.reliability(k["id"], z)
            for k in self.sources
            if f"source {k['id']}" in self.active
        }
        values = {
            name: np.broadcast_to(value, weights.shape)
            for name, value in values.items()
        }
        return (
            {
                name: np.average(value, weights=weights)
                for name, value in values.items()
            },
            {
                name: np.average(value**2, weights=weights)
                for name, value in values.items()
            },
        )

    def sampled_outcomes(self, rng: np.random.Generator, n: int) -> Any:
        """Share of sampled worlds in which each scenario occurs, with its error.

        z and the outcomes are drawn from what is believed before any report, and
        weighted by the probability of the reports in that world.
        """
        z = {name: rng.standard_normal(n) for name in self.active}
        order = list(self.outcomes())
        chances = np.array(
            [np.broadcast_to(self.prior(outcome, z), n) for outcome in order]
        )
        drawn = (rng.random(n) * chances.sum(axis=0) > chances.cumsum(axis=0)).sum(0)
        testimony = [
            (bearing, self.tilt(report, bearing, z))
            for report in self.reports
            for bearing in report["bears_on"]
        ]
        likelihoods = np.array(
            [
                np.broadcast_to(self.likelihood(outcome, testimony, z), n)
                for outcome in order
            ]
        )
        # The outcomes that are known weigh by their probability.
        weights = likelihoods[drawn, np.arange(n)] * chances.sum(axis=0)
        shares = {}
        for s in self.scenarios:
            occurs = np.array([outcome[s] for outcome in order])[drawn]
            mean = np.average(occurs, weights=weights)
            error = np.sqrt(np.sum((weights * (occurs - mean)) ** 2)) / weights.sum()
            shares[s] = (mean, error)
        return shares


def chance(t: Any, true: int) -> Any:
    """Chance of what a bearing says, by whether its target is true."""
    return (1 + t) / 2 if true else (1 - t) / 2


def spread(mean: float, square: float) -> float:
    return math.sqrt(max(square - mean**2, 0))


def prior_on_log_odds(prior: dict[str, Any]) -> tuple[float, float]:
    z_95 = stats.norm.ppf(0.95)
    if "words" in prior:
        low, high = (special.logit(p) for p in BANDS[prior["words"]])
        return (low + high) / 2, (high - low) / (2 * z_95)
    if "beta" in prior:
        a, b = prior["beta"]
        variance = special.polygamma(1, a) + special.polygamma(1, b)
        return special.digamma(a) - special.digamma(b), math.sqrt(variance)
    if "mean" in prior:
        return _of_mean_and_sd(prior["mean"], prior["sd"])
    low, high = special.logit(prior["low"]), special.logit(prior["high"])
    return special.logit(prior["median"]), (high - low) / (2 * z_95)


@functools.cache
def _of_mean_and_sd(mean: float, sd: float) -> tuple[float, float]:
    def moment(power: int, location: float, scale: float) -> float:
        def integrand(z: float) -> float:
            return special.expit(location + scale * z) ** power * stats.norm.pdf(z)

        return integrate.quad(integrand, -12, 12, epsabs=1e-13, epsrel=1e-13)[0]

    def misfit(x: Any) -> list[float]:
        first, second = (moment(power, *x) for power in (1, 2))
        return [first - mean, second - mean**2 - sd**2]

    start = [special.logit(mean), sd / (mean * (1 - mean))]
    location, scale = optimize.fsolve(misfit, start, xtol=1e-13)
    return location, abs(scale)
