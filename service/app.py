"""The application: a list of its parts, each of which wires itself."""

from flask import Flask

from service import access, api, health, logs, metrics
from service.services import Services, provide

__all__ = ["create_app"]


def create_app(shared: Services) -> Flask:
    """Create the application.

    The store must be at the schema's head: the key that signs cookies is kept there.

    Parameters
    ----------
    shared : Services
        What the views share.
    """
    app = Flask("service", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = shared.settings.max_body_bytes
    provide(app, shared)
    app.register_blueprint(health.bp)
    access.init_app(app, shared)
    api.init_app(app)
    metrics.init_app(app, shared)
    logs.init_app(app)  # the last one sees all that the others answer
    return app
