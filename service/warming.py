"""What is slow the first time is done once before anybody asks for it.

The service answers from its first second; what it would load and work out at the first
what-if and the first page, it loads and works out beside that: ArviZ's statistics, the
draws of the newest fits, and how forecasts came to be.
"""

import logging
import threading

from flask import Flask

from model.errors import ModelError
from service.pages.outlook import outlook
from service.services import services
from service.store import casebooks

__all__ = ["start_warming", "warm"]

_log = logging.getLogger(__name__)


def start_warming(app: Flask) -> threading.Thread:
    """Warm an application in a thread of its own, which ends with the process."""
    thread = threading.Thread(target=warm, args=(app,), name="warming", daemon=True)
    thread.start()
    return thread


def warm(app: Flask) -> None:
    """Load and work out what the first requests would wait for.

    Nothing depends on it: what cannot be done now is done when it is asked for.
    """
    import model.checks  # noqa: F401 (it is loaded for those who need it)

    with app.app_context():
        shared = services()
        try:
            with shared.store.reading() as session:
                heads = casebooks.heads(session)
            for head in sorted(heads, key=lambda one: one.changed_at, reverse=True):
                if shared.stopping.is_set():
                    return
                seen = outlook(head.case)
                if seen.current.fit is not None:
                    shared.desk.basis(seen.current.fit)
        except ModelError as error:
            _log.info("not warmed: %s", error)
