"""What a form on a page writes: changes, with their author and the reason."""

from typing import NamedTuple

from deciban.model.casebook.changes import ChangeError
from deciban.service.application.posting import Changes, post_changes
from deciban.service.store import ReasonError, RevisionError
from deciban.service.store.casebooks import Author
from deciban.service.web.access import demand
from deciban.service.web.shared import services

__all__ = ["Refusal", "post"]


class Refusal(NamedTuple):
    """Why a change was not made: the status of the answer, and what must hold."""

    status: int
    rules: list[str]


def post(case: str, changes: Changes, because: str) -> Refusal | None:
    """Append changes to a case, in the name of whoever asks; a reason is needed.

    Parameters
    ----------
    case : str
        Id of the case.
    changes : sequence of Change, or callable
        What is put in, or taken out.
    because : str
        Why, for the history.

    Returns
    -------
    Refusal or None
        None where the changes were made.
    """
    asker = demand("forecaster")
    if not because:
        return Refusal(422, ["The reason must be written down."])
    author = Author(asker.name, asker.token)
    try:
        post_changes(services(), case, changes, author=author, because=because)
    except ChangeError as error:
        return Refusal(422, [_sentence(str(problem)) for problem in error.problems])
    except ReasonError as error:
        return Refusal(422, [_sentence(str(error))])
    except RevisionError as error:
        return Refusal(409, [_sentence(str(error))])
    return None


def _sentence(rule: str) -> str:
    return f"{rule[:1].upper()}{rule[1:]}."
