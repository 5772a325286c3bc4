"""What is slow the first time is done once before anybody asks for it.

The service answers from its first second; what it would load and work out at the first
what-if and the first page, it loads and works out beside that: ArviZ's statistics, the
draws of the newest fits, how forecasts came to be, and the templates of a case's page.
So it does whenever a fit lands.
"""

import gc
import logging
import threading

from flask import Flask

from deciban.model.errors import ModelError
from deciban.service.application.services import Services
from deciban.service.store import casebooks
from deciban.service.web.pages.case import forecasts_page
from deciban.service.web.shared import services

__all__ = ["start_warming", "warm"]

_log = logging.getLogger(__name__)

_WAIT_SECONDS = 1.0


def start_warming(app: Flask) -> threading.Thread:
    """Keep an application warm, in a thread of its own that ends with the service."""
    thread = threading.Thread(target=_run, args=(app,), name="warming", daemon=True)
    thread.start()
    return thread


def _run(app: Flask) -> None:
    with app.app_context():
        shared = services()
    warm(app)
    # What is there now stays, and Python need not look through it for what could go:
    # that takes a quarter of a second, in which nobody is answered.
    gc.freeze()
    seen = 0
    while not shared.stopping.is_set():
        news = shared.scheduler.wait_for_any(seen, _WAIT_SECONDS)
        if news is not None:
            seen = news.number
            if news.state == "done":
                warm(app, news.case)


def warm(app: Flask, case: str | None = None) -> None:
    """Load and work out what the next requests would wait for.

    Nothing depends on it: what cannot be done now is done when it is asked for.

    Parameters
    ----------
    app : Flask
        With ``services()``.
    case : str, optional
        Of which; of all, those changed last first, unless given.
    """
    import deciban.model.sampling.checks  # noqa: F401 (it is loaded for those who need it)

    with app.test_request_context():  # a page is made for somebody
        shared = services()
        try:
            for name in [case] if case else _cases(shared):
                if shared.stopping.is_set():
                    return
                now = shared.forecasts.current(name)
                if now.fit is not None:
                    reading = shared.forecasts.reading(now.fit, now.casebook, now.as_of)
                    _ = reading.summary.scenarios, now.prior  # made when first asked
                if case is None:
                    forecasts_page(name)
                else:
                    services().views.view(name)
        except ModelError as error:
            _log.info("not warmed: %s", error)


def _cases(shared: Services) -> list[str]:
    with shared.store.reading() as session:
        heads = casebooks.heads(session)
    newest_first = sorted(heads, key=lambda head: head.changed_at, reverse=True)
    return [head.case for head in newest_first]
