"""A new case: read from its files, and begun once nothing in them is wrong."""

from collections.abc import Sequence

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, changes_between
from deciban.model.casebook.files import GivenFile, read_casebook, read_priors
from deciban.model.errors import CaseError, Problem
from deciban.service.application.posting import post_changes
from deciban.service.application.services import Services
from deciban.service.store import UnknownCaseError, casebooks
from deciban.service.store.casebooks import Author

__all__ = ["begin_case", "read_new_case"]


def read_new_case(
    services: Services, priors: GivenFile, evidence: Sequence[GivenFile]
) -> Casebook:
    """Read the files of a case that there is not yet.

    Parameters
    ----------
    services : Services
        Whose store is asked.
    priors : GivenFile
        YAML.
    evidence : sequence of GivenFile
        YAML, JSON Lines or CSV, merged; there need be none.

    Raises
    ------
    CaseError
        With every problem of all the files, at its place.
    """
    if not evidence:
        case = read_priors(priors).case
        evidence = [GivenFile("evidence.yaml", f"case: {case}".encode())]
    casebook = read_casebook(priors, evidence)
    with services.store.reading() as session:
        try:
            there = casebooks.casebook(session, casebook.case)
        except UnknownCaseError:
            return casebook
    _beginning(there, casebook)
    return casebook


def begin_case(services: Services, casebook: Casebook, *, author: Author) -> None:
    """Begin a case. Its first fit follows by itself.

    To begin it twice with the same is to begin it once: an answer may have been lost.

    Raises
    ------
    CaseError
        If there is another case of its id.
    """
    post_changes(
        services,
        casebook.case,
        lambda there: _beginning(there, casebook),
        author=author,
    )


def _beginning(there: Casebook | None, casebook: Casebook) -> list[Change]:
    changes = changes_between(there, casebook)
    if there is not None and changes:
        rule = "must not be that of another case"
        raise CaseError([Problem("case", rule, casebook.case)])
    return changes
