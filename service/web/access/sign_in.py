"""Signing a browser in and out: by a link that works once, or by typing a token.

A form that was sent after its session had ended is not lost: what was typed goes along
with the signing in, and can then be sent again.
"""

import re
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from deciban.service.store.tokens import sign_in_id, use_sign_in
from deciban.service.web.access.cross_site import check_form
from deciban.service.web.access.errors import SignInLinkError, UnauthorizedError
from deciban.service.web.access.identities import forget_tokens, identity, token_of
from deciban.service.web.access.sessions import SignedIn, begin_session, end_session
from deciban.service.web.shared import services

__all__ = ["bp", "sign_in_first"]

bp = Blueprint("sign_in", __name__, template_folder="templates")

# Fields of the form that signs in which belong to the one that was sent before.
_CARRIED = "carried."

type Fields = list[tuple[str, str]]


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Sign in by a link; without a code, ask for a token."""
    code = request.args.get("code")
    if code is None:
        return _page(who=identity())
    if request.method == "HEAD":
        return ""  # whoever only looks at a link must not use it up
    shared = services()
    now = shared.clock()
    # Whatever goes wrong undoes that the link is used.
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
    if carried := _carried():
        return _page(carried=carried, name=token.name)
    return redirect(_then())


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign out; the session of a request that comes from elsewhere stays."""
    check_form()
    end_session(services())
    forget_tokens()
    return redirect(url_for("sign_in.sign_in"))


def sign_in_first() -> ResponseReturnValue:
    """Ask whoever sent a form after their session had ended to sign in, and keep it."""
    sent = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
    # What another site sent is nobody's typing.
    there = request.headers.get("Sec-Fetch-Site") or (
        "same-origin" if request.origin == request.host_url.rstrip("/") else "elsewhere"
    )
    carried = sent if there == "same-origin" else []
    refused = "the session has ended, and nothing was written: sign in first"
    return _page(
        carried=carried, refused=refused, then=request.script_root + request.path
    ), 401


def _refused(error: SignInLinkError | UnauthorizedError) -> ResponseReturnValue:
    return _page(carried=_carried(), refused=error.description), error.code


def _page(**values: Any) -> str:
    return render_template("sign-in.html", **{"who": None, "then": _then()} | values)


def _carried() -> Fields:
    return [
        (name.removeprefix(_CARRIED), value)
        for name, value in request.form.items(multi=True)
        if name.startswith(_CARRIED)
    ]


def _then() -> str:
    """Return where to go once signed in: a path of ours, never another's address."""
    wanted = request.values.get("then", "/")
    # A header cannot hold a line's end, and browsers leave out what they do not print.
    is_path = wanted.isprintable() and re.match(r"/(?![/\\])", wanted)
    return wanted if is_path else "/"
