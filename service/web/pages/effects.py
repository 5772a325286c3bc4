"""What changes would do to forecasts, for a form that has not been sent yet."""

from collections.abc import Sequence
from typing import Any

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.cautions import review
from deciban.model.casebook.changes import Change, changed
from deciban.service.application.current_forecasts import (
    NoFitError,
    UnreadableDrawsError,
)
from deciban.service.web.pages.drawn_changes import drawn_changes
from deciban.service.web.shared import services

__all__ = ["told_effect"]


def told_effect(
    case: str, casebook: Casebook, changes: Sequence[Change]
) -> dict[str, Any]:
    """Read what changes would do; or why that cannot be told.

    Parameters
    ----------
    case : str
        Its id.
    casebook : Casebook
        As it is now.
    changes : sequence of Change
        The last of them is what the form is about.

    Returns
    -------
    dict
        For the template ``_report_effect.html``.

    Raises
    ------
    ChangeError
        If they lead to no casebook.
    """
    cautions: list[str] = []
    try:
        after = changed(casebook, changes)
        cautions = [one.message for one in review(after, among=[changes[-1].place])]
        read = services().forecasts.what_if(case, changes)
    except NoFitError as error:
        return {"no_fit": error.why, "cautions": cautions}
    except UnreadableDrawsError as error:
        return {"rules": [str(error)]}
    return {"read": read, "changes": drawn_changes(read), "cautions": cautions}
