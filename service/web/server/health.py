"""Whether the process answers and is ready to: probes for who supervises it.

They need no token and are not limited: who probes has none, and must not be refused
because somebody else asks too often. They tell nothing but what stands below.
"""

import threading
import time

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from deciban.service.application.services import Services
from deciban.service.store import SchemaError, Store, StoreUnavailableError
from deciban.service.web.shared import services

__all__ = ["bp", "why_not_ready"]

bp = Blueprint("health", __name__)

# For so long a trial holds, in seconds: anyone may ask, and each waits for the disk.
_TRIAL_SECONDS = 2.0


class _Trials:
    """Whether a store can be written to, as of a moment ago."""

    def __init__(self) -> None:
        self._tried: tuple[Store, float] | None = None
        self._trying = threading.Lock()

    def try_writing(self, store: Store) -> None:
        """See ``Store.try_writing``; a success holds for a moment."""
        with self._trying:
            if self._tried is not None:
                known, at = self._tried
                if known is store and time.monotonic() - at < _TRIAL_SECONDS:
                    return
            self._tried = None
            store.try_writing()
            self._tried = store, time.monotonic()


_trials = _Trials()


@bp.errorhandler(HTTPException)
def plain(error: HTTPException) -> HTTPException:
    """Answer a refusal as it is: no program reads a page."""
    return error


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer: the process is alive."""
    return {"alive": True}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer whether the service can do its work now, and if not, why."""
    reasons = why_not_ready(services())
    return jsonify(ready=not reasons, reasons=reasons), 503 if reasons else 200


def why_not_ready(shared: Services) -> list[str]:
    """Reasons why the service cannot do its work now; none if it can."""
    return [
        reason
        for reason, holds in (
            ("the service is stopping", shared.stopping.is_set()),
            (_useless_store(shared), True),
        )
        if reason and holds
    ]


def _useless_store(shared: Services) -> str | None:
    try:
        shared.store.check_schema()
        _trials.try_writing(shared.store)
    except StoreUnavailableError as error:
        return str(error)
    except SchemaError:
        return "the store is not of this version"
    return None
