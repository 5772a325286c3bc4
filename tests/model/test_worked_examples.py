"""Examples with printed answers, from the two files to the forecast.

Sources are made reliable beyond doubt, or as reliable as the example has it, by the
case's own scales: ``{location: 30, sd: 0}`` errs once in 1e13.
"""

import copy
import datetime
import math

import numpy as np
import pytest
import yaml

from deciban.model.casebook.files import read_casebook
from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import weigh
from deciban.model.posterior.statistics import summarise
from deciban.model.sampling.fit import SamplingSettings, fit
from tests.model.builders import NO_OVERLAP

DAY = datetime.date(2024, 6, 29)
QUICK = SamplingSettings(draws=100, tune=100, chains=2)


def narrow(probability):
    """Quantiles around a probability that is known."""
    width = 1e-9 * probability * (1 - probability)
    return {
        "median": probability,
        "low": probability - width,
        "high": probability + width,
    }


def scenario(name, prior, **changes):
    return {
        "id": name,
        "question": "Does it happen?",
        "criteria": "It is announced.",
        "opens": datetime.date(2024, 1, 1),
        "closes": datetime.date(2024, 12, 26),
        "prior": narrow(prior),
    } | changes


@pytest.fixture
def read(tmp_path):
    """Return a function that writes the two files of a case and reads them back.

    A report is a bearing on a scenario, from a source of its own.
    """

    def write_and_read(scenarios, bearings=(), location=30.0, **priors):
        before = {
            "case": "example",
            "title": "A worked example",
            "scenarios": scenarios,
            "scales": {"reliability": {"A": {"location": location, "sd": 0}}}
            | NO_OVERLAP,
        } | priors
        sources = [
            {"id": f"s{i}", "name": "Someone", "reliability": "A"}
            for i in range(len(bearings))
        ]
        reports = [
            {
                "id": f"r{i}",
                "claim": "It is so",
                "source": f"s{i}",
                "credibility": 6,
                "published": datetime.date(2024, 3, 1),
                "bears_on": [copy.deepcopy(bearing)],  # YAML would alias it
            }
            for i, bearing in enumerate(bearings)
        ]
        since = {"case": "example", "sources": sources, "reports": reports}
        for name, data in {"priors": before, "evidence": since}.items():
            (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(data))
        return read_casebook(tmp_path / "priors.yaml", tmp_path / "evidence.yaml")

    return write_and_read


def probability(casebook, name, day=DAY):
    laid_out = design(casebook, day)
    seen = weigh(np.zeros((laid_out.layout.size, 1)), laid_out.arrays)
    return seen.probability[laid_out.scenarios.index(name), 0]


def decibans(p):
    return 10 * math.log10(p / (1 - p))


def likely(yes, no, name="it"):
    return {"scenario": name, "likelihoods": [yes, no]}


SCHWEITZER = ([scenario("it", 0.10)], [likely(0.99, 0.80)])


def test_schweitzer(read):
    """Studies in Intelligence 20(2), 1976: .10 becomes .12 by a fact of .99 and .80."""
    assert probability(read(*SCHWEITZER), "it") == pytest.approx(0.12087912, abs=5e-9)


def test_schweitzer_by_a_whole_fit(read):
    (forecast,) = summarise(fit(read(*SCHWEITZER), DAY, QUICK)).scenarios

    assert forecast.mean == pytest.approx(0.12087912, abs=5e-9)
    assert forecast.prior_mean == pytest.approx(0.10, abs=1e-9)
    assert forecast.weight_db == pytest.approx(0.9255, abs=5e-5)


def test_tunny(read):
    """General Report on Tunny (1945), p. 39: odds of 1e-4, and twenty heads."""
    casebook = read([scenario("it", 1e-4 / (1 + 1e-4))], [likely(1, 0.5)] * 20)

    assert decibans(probability(casebook, "it")) == pytest.approx(20.206, abs=5e-4)


@pytest.mark.parametrize(
    ("crashes", "expected"), [(0, 5e-5), (1, 0.38462722), (2, 0.99987202)]
)
def test_silver(read, crashes, expected):
    """The Signal and the Noise (2012), p. 247: planes that strike towers."""
    casebook = read([scenario("it", 1 / 20_000)], [likely(1, 1 / 12_500)] * crashes)

    assert probability(casebook, "it") == pytest.approx(expected, abs=5e-9)


# h, f, the likelihoods of the event, and the printed weight.
SCHUM = [
    (0.95, 0.05, (1, 1e-10), 12.7875),
    (0.95, 0.05, (0.9, 0.1), 7.8837),
    (0.8, 0.2, (0.9, 0.1), 4.5426),
    (0.6, 0.4, (0.9, 0.1), 1.4018),
    (0.5, 0.5, (0.9, 0.1), 0),
]


@pytest.mark.parametrize(("h", "f", "likelihoods", "printed"), SCHUM)
def test_schum(read, h, f, likelihoods, printed):
    """Cascaded inference: a witness between the event and whoever judges.

    With hits h = P(report | event) and false alarms f = P(report | no event),

        LR = (p1 (h - f) + f) / (p2 (h - f) + f).

    Ours is (q p1 + (1 - q) / 2) / (q p2 + (1 - q) / 2), where p1 and p2 are
    normalised to sum to 1, for a tilt q tanh(l / 2) = q (p1 - p2) / (p1 + p2). The two
    agree where h - f = q and f = (1 - q) / 2, that is h + f = 1, and p1 + p2 = 1: noise
    that is as likely to say yes as no. So the table's rows (.9, .01) and (.99, .10) are
    left out: their witness leans to silence or to alarm, which is a report's own
    ``likelihoods`` to say, not its source's reliability. The first row has p2 = 0,
    which is refused; 1e-10 gives the same digits.
    """
    q = min(max(h - f, 1e-13), 1 - 1e-13)
    casebook = read(
        [scenario("it", 0.5)], [likely(*likelihoods)], location=math.log(q / (1 - q))
    )

    assert decibans(probability(casebook, "it")) == pytest.approx(printed, abs=5e-5)


ALARM = {
    "scenarios": [scenario("burglary", 1e-4), scenario("alarm", 0.01)],
    "links": [{"if": "burglary", "then": "alarm", "probability": 0.95}],
}


def test_pearls_alarm_is_heard(read):
    """P(alarm) is .95 with a burglary and .01 without; 1e-4 becomes .0094."""
    outcome = {"occurred": True, "on": datetime.date(2024, 2, 1)}
    alarm = ALARM["scenarios"][1] | {"outcome": outcome}
    casebook = read([ALARM["scenarios"][0], alarm], links=ALARM["links"])

    assert probability(casebook, "burglary") == pytest.approx(0.00941153, abs=5e-9)


def test_pearls_neighbour_testifies(read):
    """Virtual evidence of four to one for the alarm."""
    casebook = read(bearings=[likely(0.8, 0.2, "alarm")], **ALARM)

    assert probability(casebook, "burglary") == pytest.approx(0.00037368, abs=5e-9)


# A window of 360 days; what had occurred would be known.
PASSAGE = [
    scenario(
        "it", 0.9, hazard="constant", noticed=1, closes=datetime.date(2024, 12, 25)
    )
]


@pytest.mark.parametrize(
    ("day", "expected"), [("2024-06-29", 0.68377223), ("2024-01-31", 0.87884723)]
)
def test_passage_of_time(read, day, expected):
    """A quiet half, and a quiet twelfth, of a window in which it had a chance of .9."""
    day = datetime.date.fromisoformat(day)

    casebook = read(PASSAGE, reviewed=day)
    assert probability(casebook, "it", day) == pytest.approx(expected, abs=5e-9)


def test_passage_of_time_by_a_whole_fit(read):
    (forecast,) = summarise(fit(read(PASSAGE, reviewed=DAY), DAY, QUICK)).scenarios

    assert forecast.mean == pytest.approx(0.68377223, abs=5e-9)
    # The clock is not evidence: the prior is shown as of the same day.
    assert forecast.weight_db == pytest.approx(0, abs=1e-6)
