"""The application: a list of its parts, each of which wires itself."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from deciban.service.application.services import Services
from deciban.service.running import logs
from deciban.service.store import StoreUnavailableError
from deciban.service.web import access, api, pages
from deciban.service.web.server import health, metrics
from deciban.service.web.shared import provide

__all__ = ["create_app"]


class _App(Flask):
    """The application: none of its functions is a coroutine."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is; Flask looks at each, at each request."""
        return func


def create_app(shared: Services) -> Flask:
    """Create the application.

    The store must be at the schema's head: the key that signs cookies is kept there.

    Parameters
    ----------
    shared : Services
        What the views share.
    """
    app = _App("service", static_folder=None)
    for limit in ("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE"):
        app.config[limit] = shared.settings.max_body_bytes
    provide(app, shared)
    app.register_blueprint(health.bp)
    access.init_app(app, shared)
    api.init_app(app)
    pages.init_app(app)
    metrics.init_app(app, shared)
    logs.init_app(app)  # the last one sees all that the others answer
    app.register_error_handler(StoreUnavailableError, _unavailable)
    return app


def _unavailable(error: StoreUnavailableError) -> HTTPException:
    """Answer where nobody else does."""
    return ServiceUnavailable(str(error), retry_after=2)
