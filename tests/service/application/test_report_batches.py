"""Reports that come together are sorted into those that can be kept, and the others."""

import pytest

from deciban.model.casebook.changes import ChangeError
from deciban.service.application.report_batches import sort_reports
from tests.service.web.api import conftest as small_case
from tests.service.web.api.builders import make_report

casebook = small_case.casebook  # the small case, here too


def places(broken):
    return {number: [rule.place for rule in rules] for number, rules in broken.items()}


def test_each_report_is_kept_or_told_what_is_wrong_with_it(casebook):
    changes, broken = sort_reports(
        casebook,
        [
            make_report("good"),
            make_report("graded", credibility=7),
            make_report("homeless", source="nobody"),
            make_report("good"),
        ],
    )

    assert [change.key for change in changes] == ["good"]
    assert places(broken) == {1: [("credibility",)], 2: [("source",)], 3: [("id",)]}
    assert broken[3][0].rule == "must not be that of another report"


def test_what_repeats_a_report_that_is_put_aside_is_put_aside_too(casebook):
    changes, broken = sort_reports(
        casebook,
        [
            make_report("echo", repeats="homeless", bears_on=[]),
            make_report("homeless", source="nobody"),
            make_report("good"),
        ],
    )

    assert [change.key for change in changes] == ["good"]
    assert places(broken) == {0: [("repeats",)], 1: [("source",)]}


def test_reports_without_a_case_are_nobodys_fault(casebook):
    with pytest.raises(ChangeError):
        sort_reports(None, [make_report("good")])
