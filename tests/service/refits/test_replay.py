"""Tests of service/refits/replay.py: days are fitted once, side by side, and kept."""

import datetime

import pytest

from deciban.model.casebook.past_days import day_digest
from deciban.service.refits.replay import Replay
from tests.model.builders import make_casebook, make_report, says


def day(text):
    return datetime.date.fromisoformat(text)


CASEBOOK = make_casebook(
    [
        make_report("first", says(), published="2024-03-01"),
        make_report("second", says("strong"), published="2024-05-01", source="paper"),
    ]
)
DAYS = [day("2024-02-01"), day("2024-03-15"), day("2024-05-01"), day("2024-06-01")]


def unused(*_args):
    raise AssertionError("no worker is needed")


def test_days_are_fitted_side_by_side_and_the_second_time_read(tmp_path, monkeypatch):
    done = []
    replay = Replay(CASEBOOK, DAYS, tmp_path)
    assert replay.missing == [day("2024-01-01"), day("2024-03-01"), day("2024-05-01")]

    replay.fit(2, lambda: done.append(1))
    told = replay.forecasts()

    assert len(done) == 3
    assert list(told) == DAYS
    means = [summary.scenarios[0].mean for summary in told.values()]
    assert means[0] < means[1] < means[2] == means[3]
    assert told[DAYS[2]].digest == day_digest(CASEBOOK, DAYS[2])

    monkeypatch.setattr("deciban.service.refits.replay.PebblePool", unused)
    again = Replay(CASEBOOK, DAYS, tmp_path)
    again.fit(2, unused)
    assert again.forecasts() == told

    # One that was lost, or half-written, is fitted again; the others stay.
    lost = next(tmp_path.glob(f"*/{told[DAYS[2]].digest}.json"))
    lost.write_text("{")
    assert Replay(CASEBOOK, DAYS, tmp_path).missing == [day("2024-05-01")]


@pytest.mark.parametrize("source", ["paper", "blog"])
def test_a_later_report_leaves_the_days_before_it_as_they_are_kept(source, tmp_path):
    later = make_report("third", says(), published="2024-06-02", source=source)
    more = make_casebook([*CASEBOOK.evidence.reports, later])

    def digests(casebook):
        return [day_digest(casebook, one) for one in DAYS]

    assert digests(more) == digests(CASEBOOK)
