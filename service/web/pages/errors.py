"""What is refused, or went wrong, as a page: what happened, and what to do next.

Whoever has not signed in is led to do so, and then to where they wanted to go, with
what they typed. The API answers for itself.
"""

from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, NotFound, ServiceUnavailable

from deciban.service.application.case_view import CaseName
from deciban.service.application.errors import UnknownItemError
from deciban.service.running.logs import request_id
from deciban.service.store import (
    StoreUnavailableError,
    UnknownCaseError,
    UnknownFitError,
    UnknownRevisionError,
)
from deciban.service.web.access import demand
from deciban.service.web.access.errors import ForbiddenError
from deciban.service.web.access.sign_in import sign_in_first
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.shared import services

__all__ = ["init_app"]

_ADVICE = {
    400: "Go back, and try again.",
    401: "Sign in first.",
    403: "A viewer reads every page, asks what if, and takes plots and numbers away. "
    "A token with the role does the rest: deciban token new NAME --role {needed} "
    "makes one.",
    404: "It may have been taken out since, or the address has a slip in it.",
    410: "Sign in with a token, or ask for a new link.",
    413: "Send less at once.",
    429: "Wait a little, then try again.",
    500: "What happened is in the service's log, beside the number below.",
    503: "Nothing was written. Try again in a moment.",
}
_RETRY_SECONDS = 2
# None is that of addresses where there is nothing.
_FOR_PEOPLE = {bp.name, "sign_in", None}


def init_app(app: Flask) -> None:
    """Answer with pages what an application refuses; the API has its own answers."""
    app.register_error_handler(HTTPException, _refused)


def _refused(error: HTTPException) -> ResponseReturnValue:
    if request.blueprint not in _FOR_PEOPLE:
        return error
    status = error.code or 500
    if status == 401 and request.blueprint == bp.name and request.form:
        return sign_in_first()
    if status == 401 and request.method == "GET" and request.blueprint == bp.name:
        then = request.full_path.rstrip("?")
        return redirect(f"{url_for('sign_in.sign_in')}?{urlencode({'then': then})}")
    told = page(
        "error.html",
        status=status,
        title=HTTPStatus(status).phrase,
        rule=error.description if status != 500 else None,
        advice=_ADVICE.get(status, "").format(needed=_needed(error)),
        request_id=request_id(),
        case=_case(),
    )
    headers = {
        name: value
        for name, value in error.get_headers()
        if name not in ("Content-Type", "Content-Length")
    }
    return told, status, headers


def _needed(error: HTTPException) -> str:
    return error.needed if isinstance(error, ForbiddenError) else "forecaster"


def _case() -> CaseName | None:
    """Name the case of an address, for who may see it: its pages lead on."""
    parts = request.path.split("/")
    with suppress(UnknownCaseError, StoreUnavailableError, HTTPException):
        if parts[1] == "cases" and len(parts) > 3 and demand("viewer"):
            return services().views.name(parts[2])
    return None


@bp.errorhandler(UnknownCaseError)
@bp.errorhandler(UnknownFitError)
@bp.errorhandler(UnknownItemError)
@bp.errorhandler(UnknownRevisionError)
def _not_there(error: Exception) -> ResponseReturnValue:
    return _refused(NotFound(str(error)))


@bp.errorhandler(StoreUnavailableError)
def _unavailable(error: StoreUnavailableError) -> ResponseReturnValue:
    return _refused(ServiceUnavailable(str(error), retry_after=_RETRY_SECONDS))
