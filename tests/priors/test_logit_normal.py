"""The logit-normal distribution, against quadrature and SciPy."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit, logit
from scipy.stats import norm

from deciban.priors import ImproperPriorError, LogitNormal

DISTRIBUTIONS = [
    LogitNormal(location, scale)
    for location in (-5.0, -0.937, 0.0, 3.223)
    for scale in (0.1, 0.7, 1.5, 4.0, 10.0)
]


def expectation(prior, function):
    """Integrate over z in two pieces, for a wide scale makes a step of the logistic."""
    middle = float(np.clip(-prior.location / prior.scale, -12, 12))
    pieces = [
        quad(
            lambda z: function(expit(prior.location + prior.scale * z)) * norm.pdf(z),
            *ends,
            epsabs=1e-13,
            limit=200,
        )[0]
        for ends in ((-13, middle), (middle, 13))
    ]
    return sum(pieces)


@pytest.mark.parametrize("prior", DISTRIBUTIONS, ids=str)
def test_mean_and_sd_are_the_integrals(prior):
    mean = expectation(prior, lambda p: p)
    variance = expectation(prior, lambda p: (p - mean) ** 2)

    assert prior.mean == pytest.approx(mean, abs=1e-9)
    assert prior.sd == pytest.approx(variance**0.5, abs=1e-8)


@pytest.mark.parametrize("prior", DISTRIBUTIONS, ids=str)
def test_quantiles_are_those_of_the_normal_sent_through_the_logistic(prior):
    q = np.array([0.01, 0.05, 0.5, 0.95, 0.99])

    expected = 1 / (1 + np.exp(-norm.ppf(q, prior.location, prior.scale)))
    assert prior.quantile(q) == pytest.approx(expected, rel=1e-12)


def test_density_is_the_normal_density_times_the_slope_of_the_log_odds():
    p = np.linspace(0.01, 0.99, 99)
    prior = LogitNormal(-0.5, 0.8)

    expected = norm.pdf(logit(p), -0.5, 0.8) / (p * (1 - p))
    assert prior.density(p) == pytest.approx(expected, rel=1e-12)


def test_density_integrates_to_one():
    total, _ = quad(LogitNormal(0.439, 0.6).density, 0, 1)

    assert total == pytest.approx(1, abs=1e-7)


def test_elicited_quantiles_that_are_symmetric_in_the_log_odds_are_met():
    prior = LogitNormal.from_quantiles(0.5, 0.2, 0.8)

    assert prior.quantile([0.05, 0.5, 0.95]) == pytest.approx([0.2, 0.5, 0.8])


def test_elicited_median_is_kept_where_the_quantiles_are_askew():
    prior = LogitNormal.from_quantiles(0.30, 0.10, 0.35)

    assert prior.median == pytest.approx(0.30)
    width = logit(prior.quantile(0.95)) - logit(prior.quantile(0.05))
    assert width == pytest.approx(logit(0.35) - logit(0.10))


@pytest.mark.parametrize(
    ("median", "low", "high"),
    [
        (0.3, 0.6, 0.1),
        (0.3, 0.3, 0.3),
        (0.3, 0.0, 0.6),
        (0.3, 0.1, 1.0),
        (0.7, 0.1, 0.6),
        (0.05, 0.1, 0.6),
        (float("nan"), 0.1, 0.6),
        (0.3, float("nan"), 0.6),
    ],
)
def test_quantiles_out_of_order_are_refused(median, low, high):
    with pytest.raises(ImproperPriorError, match=r"must have .* got"):
        LogitNormal.from_quantiles(median, low, high)


@pytest.mark.parametrize(("a", "b"), [(19, 1), (8, 2), (3, 7), (0.5, 0.5), (1, 1)])
def test_beta_keeps_its_mean_and_sd(a, b):
    prior = LogitNormal.from_beta(a, b)

    assert prior.mean == pytest.approx(a / (a + b), rel=1e-9)
    variance = a * b / ((a + b) ** 2 * (a + b + 1))
    assert expectation(prior, lambda p: (p - prior.mean) ** 2) == pytest.approx(
        variance, rel=1e-6
    )


@pytest.mark.parametrize(
    ("a", "b", "mean"), [(0.5, 50.5, 0.5 / 51), (1, 51, 1 / 52), (0.1, 10, 0.1 / 10.1)]
)
def test_never_in_fifty_years_is_the_mean_that_was_written(a, b, mean):
    """Jeffreys' rule, Laplace's, and a thin prior: .98 %, 1.92 % and .99 %."""
    assert LogitNormal.from_beta(a, b).mean == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize("x", [0.01, 0.001])
def test_a_beta_that_is_all_but_a_coin_keeps_its_mean(x):
    assert LogitNormal.from_beta(x, x).mean == pytest.approx(0.5)
    assert LogitNormal.from_beta(x, 9 * x).mean == pytest.approx(0.1, rel=1e-6)


@pytest.mark.parametrize(("a", "b"), [(0, 1), (1, 0), (-1, 2), (float("nan"), 1)])
def test_beta_without_mass_is_refused(a, b):
    with pytest.raises(ImproperPriorError, match="must have a > 0 and b > 0, got"):
        LogitNormal.from_beta(a, b)


@pytest.mark.parametrize(("a", "b"), [(1e-200, 1), (1, 1e-200), (5e-324, 5e-324)])
def test_beta_whose_log_odds_spread_without_end_is_refused(a, b):
    """No logit-normal that numbers hold is as near to a coin."""
    with pytest.raises(ImproperPriorError, match=r"must have a and b .*, got"):
        LogitNormal.from_beta(a, b)


@pytest.mark.parametrize(
    ("mean", "sd"), [(0.5, 0.1), (0.3, 0.2), (0.05, 0.02), (0.99, 0.01), (0.9, 0.25)]
)
def test_mean_and_sd_are_met(mean, sd):
    prior = LogitNormal.from_mean_sd(mean, sd)

    assert expectation(prior, lambda p: p) == pytest.approx(mean, abs=1e-8)
    variance = expectation(prior, lambda p: (p - mean) ** 2)
    assert variance**0.5 == pytest.approx(sd, abs=1e-7)


@pytest.mark.parametrize(
    ("mean", "sd"), [(1e-3, 0.02), (1e-5, 3e-4), (1e-6, 1e-4), (0.999, 0.02)]
)
def test_an_sd_far_above_the_mean_is_met(mean, sd):
    """It is still below a tenth, or six tenths, of what a probability can have."""
    prior = LogitNormal.from_mean_sd(mean, sd)

    assert prior.scale < 10
    rare = LogitNormal(-abs(prior.location), prior.scale)
    assert (prior.location < 0) == (mean < 0.5)
    lacking = expectation(rare, lambda p: p)
    assert lacking == pytest.approx(min(mean, 1 - mean), rel=1e-6)
    variance = expectation(rare, lambda p: (p - lacking) ** 2)
    assert variance**0.5 == pytest.approx(sd, rel=1e-4)


def test_an_sd_of_all_but_nothing_is_met():
    """By the delta method: a nat of log-odds at 1/2 is a quarter."""
    prior = LogitNormal.from_mean_sd(0.5, 1e-12)

    assert prior.location == 0
    assert prior.scale == pytest.approx(4e-12)


@pytest.mark.parametrize(
    ("mean", "sd"), [(0.5, 0.5), (0.5, 0.0), (0.0, 0.1), (1.0, 0.1), (0.1, 0.3)]
)
def test_spread_that_no_probability_can_have_is_refused(mean, sd):
    with pytest.raises(ImproperPriorError, match=r"must have .*, got mean"):
        LogitNormal.from_mean_sd(mean, sd)


def test_spread_that_is_all_but_a_coin_is_refused():
    with pytest.raises(ImproperPriorError, match="well below"):
        LogitNormal.from_mean_sd(0.5, 0.4999)
