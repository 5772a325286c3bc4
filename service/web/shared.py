"""What the views of an application share: a view reaches it by ``services()``."""

from typing import cast

from flask import Flask, current_app

from deciban.service.application.services import Services

__all__ = ["provide", "services"]

_NAME = "deciban"


def provide(app: Flask, shared: Services) -> None:
    """Let the views of an application reach what they share."""
    app.extensions[_NAME] = shared


def services() -> Services:
    """Return what the views of this application share."""
    return cast(Services, current_app.extensions[_NAME])
