"""Who asks, and what they may: tokens, sessions of browsers, limits, headers.

A program sends its token with every request. A browser signs in once, by a link or by
typing a token, and from then on sends a signed cookie. Views ask for ``identity()``,
and say by ``requires(role)`` who may use them.
"""

from flask import Flask
from flask.globals import request_ctx
from werkzeug.middleware.proxy_fix import ProxyFix

from deciban.service.application.services import Services
from deciban.service.web.access import headers, identities, sessions, sign_in
from deciban.service.web.access.cross_site import check_change
from deciban.service.web.access.cross_site import csrf_token as csrf_token
from deciban.service.web.access.hosts import host_check
from deciban.service.web.access.identities import Identity as Identity
from deciban.service.web.access.identities import demand as demand
from deciban.service.web.access.identities import forget_tokens as forget_tokens
from deciban.service.web.access.identities import identity as identity
from deciban.service.web.access.identities import requires as requires
from deciban.service.web.access.links import sign_in_link as sign_in_link
from deciban.service.web.access.rate_limits import rate_check
from deciban.service.web.access.streams import stream as stream

__all__ = [
    "Identity",
    "csrf_token",
    "demand",
    "forget_tokens",
    "identity",
    "init_app",
    "requires",
    "sign_in_link",
    "stream",
]


def init_app(app: Flask, shared: Services) -> None:
    """Guard an application."""
    if n := shared.settings.proxies:
        # Flask's own documentation assigns it so.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=n, x_proto=n, x_host=n, x_prefix=n
        )
    headers.init_app(app)
    sessions.init_app(app, shared)
    identities.init_app(app, shared)
    check_host, check_rate = host_check(shared.settings), rate_check(shared)

    # One function and not three: Flask takes ten microseconds to call each.
    @app.before_request
    def check() -> None:
        asked = request_ctx.request  # itself: each use of ``request`` looks it up
        check_host(asked)
        check_rate(asked)
        check_change(asked)

    app.jinja_env.globals["csrf_token"] = csrf_token
    app.register_blueprint(sign_in.bp)
