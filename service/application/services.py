"""What the views of one running service share: its settings, its store, its workers.

A view reaches them by ``services()``. They are put together once, where the service is
started (``service.web.server.service_process``) or where a test makes an application.
"""

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from deciban.service.running.clock import Clock
from deciban.service.running.settings import Settings

if TYPE_CHECKING:
    from deciban.service.application.current_forecasts import Desk
    from deciban.service.refits import Scheduler
    from deciban.service.store import Store

__all__ = ["Services", "provide", "services"]

_NAME = "deciban"


@dataclass(frozen=True)
class Services:
    """What the views of one running service share.

    Attributes
    ----------
    settings : Settings
    store : Store
        Of casebooks, fits and tokens.
    scheduler : Scheduler
        Of refits.
    desk : Desk
        What is forecast now, and what it would be.
    clock : callable
        The time now, in UTC and aware of it.
    stopping : threading.Event
        Set when the service stops: whatever waits or streams must end then.
    """

    settings: Settings
    store: "Store"
    scheduler: "Scheduler"
    desk: "Desk"
    clock: Clock
    stopping: threading.Event = field(default_factory=threading.Event)


def provide(app: Flask, shared: Services) -> None:
    """Let the views of an application reach what they share."""
    app.extensions[_NAME] = shared


def services() -> Services:
    """Return what the views of this application share."""
    return cast(Services, current_app.extensions[_NAME])
