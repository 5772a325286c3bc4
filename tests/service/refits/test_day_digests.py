"""Tests of service/refits/day_digests.py."""

from random import Random

from deciban.service.refits.day_digests import day_digests
from deciban.service.refits.past_days import DAY_SETTINGS, as_it_stood
from tests.model.builders import DAYS, random_casebook


def test_the_digests_of_many_days_are_those_of_each():
    for seed in range(20):
        casebook = random_casebook(Random(seed))

        assert day_digests(casebook, DAYS) == {
            day: as_it_stood(casebook, day).digest(day, DAY_SETTINGS) for day in DAYS
        }
