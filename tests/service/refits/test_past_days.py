"""Tests of service/refits/past_days.py."""

import datetime

from deciban.service.refits.past_days import as_it_stood
from tests.model.builders import make_casebook, make_report, says


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def on(published: str, name: str = "first", **changes):
    return make_report(name, says(), published=published, **changes)


def test_a_later_report_by_a_new_source_leaves_earlier_days_as_they_were():
    before = make_casebook([on("2024-05-20")], sources={"radio": "B"})
    after = make_casebook(
        [on("2024-05-20"), on("2024-07-15", "second", source="paper")],
        sources={"radio": "B", "paper": "C"},
    )

    june, august = day("2024-06-01"), day("2024-08-01")
    assert as_it_stood(before, june) == as_it_stood(after, june)
    assert as_it_stood(before, august) != as_it_stood(after, august)


def test_origins_are_among_those_who_had_spoken():
    casebook = make_casebook([on("2024-05-20", origin="paper")])

    known = as_it_stood(casebook, day("2024-06-01"))

    assert [source.id for source in known.evidence.sources] == ["radio", "paper"]
