"""Who asks, and what they may: tokens, sessions of browsers, limits, headers.

A program sends its token with every request. A browser signs in once, by a link or by
typing a token, and from then on sends a signed cookie. Views ask for ``identity()``,
and say by ``requires(role)`` who may use them.
"""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from service.access import (
    cross_site,
    headers,
    hosts,
    identities,
    rate_limits,
    sessions,
    sign_in,
)
from service.access.cross_site import csrf_token as csrf_token
from service.access.identities import Identity as Identity
from service.access.identities import demand as demand
from service.access.identities import forget_tokens as forget_tokens
from service.access.identities import identity as identity
from service.access.identities import requires as requires
from service.access.links import sign_in_link as sign_in_link
from service.services import Services

__all__ = [
    "Identity",
    "csrf_token",
    "demand",
    "forget_tokens",
    "identity",
    "init_app",
    "requires",
    "sign_in_link",
]


def init_app(app: Flask, shared: Services) -> None:
    """Guard an application."""
    if n := shared.settings.proxies:
        # Flask's own documentation assigns it so.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=n, x_proto=n, x_host=n, x_prefix=n
        )
    headers.init_app(app)
    hosts.init_app(app, shared.settings)
    sessions.init_app(app, shared)
    identities.init_app(app, shared)
    rate_limits.init_app(app, shared.settings)
    cross_site.init_app(app)
    app.register_blueprint(sign_in.bp)
