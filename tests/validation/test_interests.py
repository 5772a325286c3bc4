"""Who pays for a poll is found out from what it says: ``interest: learned``."""

import datetime

import numpy as np
import pytest

from tests.validation.fits import Effort, fitted
from tests.validation.ledgers import Poll, poll_ledger

POLLED_ON = datetime.date(2008, 10, 25)
SIDES = {"D": 1, "R": -1}


def simulated_polls(n_races: int, shift: float) -> list[Poll]:
    """Four pollsters without a sponsor in each race, one paid by D and one by R.

    In points: margins have a sd of 12, errors one of 4, and a sponsor's polls are
    shifted to its side.
    """
    rng = np.random.default_rng(2008)
    polls = []
    for race in range(n_races):
        margin = 12 * rng.standard_normal()
        paid = [(f"pollster-{rng.integers(2)}", side) for side in SIDES]
        for pollster, sponsor in [(f"pollster-{i}", "") for i in range(4)] + paid:
            bias = shift * SIDES.get(sponsor, 0)
            polls.append(
                Poll(
                    race=f"race-{race}",
                    pollster=pollster,
                    sponsor=sponsor,
                    on=POLLED_ON,
                    year=2008,
                    lead=round(margin + bias + 4 * rng.standard_normal(), 1),
                    result=round(margin, 1),
                )
            )
    return polls


@pytest.mark.slow
def test_the_side_of_each_sponsor_is_learned_without_being_told():
    """Neither an outcome nor a sponsor is known to the fit."""
    ledger = poll_ledger(simulated_polls(100, shift=6), 0.8, by_sponsor=True)

    interest = fitted(ledger, Effort(draws=200, tune=200)).interest

    towards = {
        side: [interest[s] for s in ledger.sources if s.endswith(f"-for-{side}")]
        for side in ("d", "r")
    }
    assert [len(some) for some in towards.values()] == [2, 2]
    assert min(towards["d"]) > 0.1, towards
    assert max(towards["r"]) < -0.1
    # Who has no sponsor has no side.
    unpaid = [one for s, one in interest.items() if "-for-" not in s]
    assert abs(np.mean(unpaid)) < min(towards["d"])
