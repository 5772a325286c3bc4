"""Signing a browser in and out: by a link that works once, or by typing a token."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.access.cross_site import check_form
from service.access.errors import SignInLinkError, UnauthorizedError
from service.access.identities import identity, token_of
from service.access.sessions import SignedIn, begin_session, end_session
from service.services import services
from service.store.tokens import sign_in_id, use_sign_in

__all__ = ["bp"]

bp = Blueprint("sign_in", __name__, template_folder="templates")


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Sign in by a link; without a code, ask for a token."""
    code = request.args.get("code")
    if code is None:
        return render_template("sign-in.html", who=identity(), then=_then())
    if request.method == "HEAD":
        return ""  # whoever only looks at a link must not use it up
    shared = services()
    now = shared.clock()
    with shared.store.writing() as session:
        token = use_sign_in(session, code, now)
    if token is None:
        return _refused(SignInLinkError())
    link = sign_in_id(code) if token.id is None else None
    begin_session(SignedIn(token.id, link), now)
    return redirect(_then())


@bp.post("/sign-in")
def sign_in_with_token() -> ResponseReturnValue:
    """Sign in by a token that was typed."""
    check_form()
    try:
        token = token_of(request.form.get("token", "").strip())
    except UnauthorizedError as error:
        return _refused(error)
    begin_session(SignedIn(token.id, None), services().clock())
    return redirect(_then())


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign out; the session of a request that comes from elsewhere stays."""
    check_form()
    end_session()
    return redirect(url_for("sign_in.sign_in"))


def _refused(error: SignInLinkError | UnauthorizedError) -> ResponseReturnValue:
    page = render_template(
        "sign-in.html", who=None, then=_then(), refused=error.description
    )
    return page, error.code


def _then() -> str:
    """Return where to go once signed in: a path of ours, never another's address."""
    wanted = request.values.get("then", "/")
    parts = urlsplit(wanted)
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if is_path and not (parts.scheme or parts.netloc) else "/"
