"""Whether the process answers and is ready to: probes for who supervises it.

They need no token and are not limited: who probes has none, and must not be refused
because somebody else asks too often. They tell nothing but what stands below.
"""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from deciban.service.application.services import Services
from deciban.service.store import SchemaError, StoreUnavailableError
from deciban.service.web.shared import services

__all__ = ["bp", "why_not_ready"]

bp = Blueprint("health", __name__)


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
            (_wrong_store(shared), True),
        )
        if reason and holds
    ]


def _wrong_store(shared: Services) -> str | None:
    try:
        shared.store.check_schema()
    except StoreUnavailableError:
        return "the store cannot be reached"
    except SchemaError:
        return "the store is not of this version"
    return None
