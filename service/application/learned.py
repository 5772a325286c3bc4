"""What the settled cases of the service have taught, and how a case takes it over."""

import datetime
from typing import Literal, NamedTuple

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change
from deciban.model.learning import Learned, taken_over
from deciban.service.application.services import Services
from deciban.service.refits.agenda import WantedLearning
from deciban.service.store import casebooks

__all__ = ["LearnedNow", "LearnedState", "learned_now", "taking_over"]

type LearnedState = Literal["ready", "learning", "nothing", "failed"]


class LearnedNow(NamedTuple):
    """What has been learned of what is settled now.

    Attributes
    ----------
    state : str
        ``nothing`` is settled; it is being learned; it is ``ready``; or it ``failed``.
    learned : Learned or None
        Where it is ready.
    why : str or None
        Where it is not.
    """

    state: LearnedState
    learned: Learned | None = None
    why: str | None = None


def learned_now(services: Services, but: str | None = None) -> LearnedNow:
    """Read what has been learned; where it is not known yet, let it be learned.

    Parameters
    ----------
    services : Services
        Whose store, scheduler and clock are used.
    but : str, optional
        A case whose own outcomes are left out, as they count in its own fit already.

    Raises
    ------
    UnknownCaseError
        If there is no such case.
    """
    day = services.clock().date()
    with services.store.reading() as session:
        if but is not None:
            casebooks.head(session, but)
        settled = tuple(
            (head.case, head.revision)
            for head in casebooks.heads(session)
            if head.case != but
            and _has_settled(casebooks.casebook(session, head.case), day)
        )
    if not settled:
        return LearnedNow("nothing", why="nothing is settled yet, yes or no")
    lesson = services.scheduler.learned(WantedLearning(settled, day))
    if lesson is None:
        return LearnedNow("learning", why="it is being learned: ask again")
    if lesson.learned is None:
        return LearnedNow("failed", why=lesson.why)
    return LearnedNow("ready", Learned.model_validate_json(lesson.learned))


def _has_settled(casebook: Casebook, day: datetime.date) -> bool:
    return any(
        outcome.occurred is not None
        for outcome in casebook.as_of(day).outcomes().values()
    )


def taking_over(casebook: Casebook, learned: Learned) -> Change:
    """Make the change by which a case takes over what was learned."""
    header = casebook.header
    scales = taken_over(header.scales, learned.scales)
    body = header.model_copy(update={"scales": scales})
    return Change(kind="case", key=casebook.case, body=body)
