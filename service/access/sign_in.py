"""Signing a browser in and out: by a link that works once, or by typing a token."""

import datetime
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.access.cross_site import check_form
from service.access.errors import SignInLinkError, UnauthorizedError
from service.access.identities import identity, token_of
from service.access.sessions import begin_session, end_session
from service.services import Services, services
from service.store.tokens import Role, new_sign_in, use_sign_in

__all__ = ["bp", "sign_in_link"]

bp = Blueprint("sign_in", __name__, template_folder="templates")


def sign_in_link(shared: Services, who: int | Role, address: str) -> str:
    """Make a link that signs one browser in, once.

    Parameters
    ----------
    shared : Services
        Whose store keeps it.
    who : int or str
        Id of the token that it signs in with; or a role, for who starts the service.
    address : str
        Of the service, such as ``http://127.0.0.1:8000``.
    """
    now = shared.clock()
    expires = now + datetime.timedelta(minutes=shared.settings.sign_in_minutes)
    with shared.store.writing() as session:
        code = new_sign_in(session, who, now, expires)
    return f"{address.rstrip('/')}/sign-in?{urlencode({'code': code})}"


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Sign in by a link; without a code, ask for a token."""
    code = request.args.get("code")
    if code is None:
        return render_template("sign-in.html", asker=identity(), then=_then())
    if request.method == "HEAD":
        return ""  # whoever only looks at a link must not use it up
    shared = services()
    now = shared.clock()
    with shared.store.writing() as session:
        token = use_sign_in(session, code, now)
    if token is None:
        return _refused(SignInLinkError())
    begin_session(token, now)
    return redirect(_then())


@bp.post("/sign-in")
def sign_in_with_token() -> ResponseReturnValue:
    """Sign in by a token that was typed."""
    check_form()
    try:
        token = token_of(request.form.get("token", "").strip())
    except UnauthorizedError as error:
        return _refused(error)
    begin_session(token, services().clock())
    return redirect(_then())


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign out; the session of a request that comes from elsewhere stays."""
    check_form()
    end_session()
    return redirect(url_for("sign_in.sign_in"))


def _refused(error: SignInLinkError | UnauthorizedError) -> ResponseReturnValue:
    page = render_template(
        "sign-in.html", asker=None, then=_then(), refused=error.description
    )
    return page, error.code


def _then() -> str:
    """Return where to go once signed in: a path of ours, never another's address."""
    wanted = request.values.get("then", "/")
    parts = urlsplit(wanted)
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if is_path and not (parts.scheme or parts.netloc) else "/"
