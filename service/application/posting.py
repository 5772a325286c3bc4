"""Posting: changes are appended to a case, and the refit follows."""

import datetime
from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, ChangeError, ChangeProblem
from deciban.priors import Outcome
from deciban.service.application.services import Services
from deciban.service.store import RevisionError, casebooks
from deciban.service.store.casebooks import Author

__all__ = ["Changes", "post_changes"]

type Changes = Sequence[Change] | Callable[[Casebook | None], Sequence[Change]]


def post_changes(
    services: Services,
    case: str,
    changes: Changes,
    *,
    author: Author,
    because: str | None = None,
    expected: int | None = None,
    also: Callable[[Session, int], None] | None = None,
) -> tuple[int, Casebook]:
    """Append changes to a case, and let the refit follow.

    Parameters
    ----------
    services : Services
        Whose store, scheduler and clock are used.
    case : str
        Its id.
    changes : sequence of Change, or callable
        Or what makes them of the casebook at the head, None where there is no case
        yet, so that they cannot be out of date.
    author : Author
        Who makes them.
    because : str, optional
        Why.
    expected : int, optional
        Revision that must be the head.
    also : callable, optional
        What is to be written together with the changes, given the revision.

    Returns
    -------
    tuple of int and Casebook
        The new revision, and the casebook at it.

    Raises
    ------
    UnknownCaseError, ChangeError, ReasonError, RevisionError, StoreUnavailableError
    """
    now = services.clock()

    def append(session: Session, made: Sequence[Change], head: int | None) -> int:
        _check_outcomes(made, now)
        return casebooks.append(
            session,
            case,
            made,
            author=author,
            now=now,
            because=because,
            expected=head,
        )

    with services.store.writing() as session:
        if callable(changes):
            revision = _append_made(session, case, changes, expected, append)
        else:
            revision = append(session, changes, expected)
        if also is not None:
            also(session, revision)
        casebook = casebooks.casebook(session, case, revision)
    services.scheduler.notice(case)
    return revision, casebook


def _append_made(
    session: Session,
    case: str,
    changes: Callable[[Casebook | None], Sequence[Change]],
    expected: int | None,
    append: Callable[[Session, Sequence[Change], int | None], int],
) -> int:
    """Append what is made of the head, anew as often as another process is first."""
    while True:
        head, casebook = _head(session, case)
        made = changes(casebook)
        try:
            return append(session, made, head if expected is None else expected)
        except RevisionError:
            if expected is not None:
                raise


def _check_outcomes(changes: Sequence[Change], now: datetime.datetime) -> None:
    """Refuse outcomes that nobody can know yet: days end at 24:00 UTC."""
    today = now.date()
    rule = f"must not be after today, {today} (UTC)"
    problems = []
    for number, change in enumerate(changes):
        on = change.body.on if isinstance(change.body, Outcome) else None
        if on is not None and on > today:
            item = f"outcome {change.key}"
            problems.append(ChangeProblem(number, ("on",), rule, on, item))
    if problems:
        raise ChangeError(problems)


def _head(session: Session, case: str) -> tuple[int, Casebook | None]:
    last = casebooks.last_revision(session, case)
    return last, casebooks.casebook(session, case, last) if last else None
