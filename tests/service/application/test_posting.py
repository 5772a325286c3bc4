"""Posting: changes are appended, and the refit follows."""

import pytest

from deciban.service.application.posting import post_changes
from deciban.service.store import RevisionError
from tests.service.application.test_current_forecasts import (
    LEAD,
    casebook,
    forecasts,
    report,
    scheduler,
    war,
)

__all__ = ["casebook", "forecasts", "scheduler", "war"]  # fixtures, here too


def test_a_post_is_told_to_the_scheduler_and_returns_what_is_there_now(
    shared, war, scheduler
):
    revision, casebook = post_changes(shared, "war", [report()], author=LEAD)

    assert (revision, [r.id for r in casebook.evidence.reports]) == (2, ["seen"])
    assert scheduler.noticed == ["war"]


def test_changes_can_be_made_of_the_casebook_that_they_change(shared, war):
    post_changes(shared, "war", [report()], author=LEAD)

    revision, casebook = post_changes(
        shared,
        "war",
        lambda there: [report(f"r{len(there.evidence.reports)}")],
        author=LEAD,
    )

    assert revision == 3
    assert [r.id for r in casebook.evidence.reports] == ["seen", "r1"]


def test_what_goes_wrong_beside_a_post_undoes_the_post(shared, forecasts, war):
    def fails(_session, _revision):
        raise LookupError

    with pytest.raises(LookupError):
        post_changes(shared, "war", [report()], author=LEAD, also=fails)

    assert forecasts.current("war").head.revision == 1


def test_a_post_on_an_old_revision_is_refused(shared, war):
    post_changes(shared, "war", [report()], author=LEAD)

    with pytest.raises(RevisionError):
        post_changes(shared, "war", [report("other")], author=LEAD, expected=1)
