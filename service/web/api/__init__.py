"""The API under /api/v1: casebooks, forecasts and fits over HTTP.

Operations are declared in ``service.web.api.resources``, each once; here their views,
their OpenAPI document and its documentation are hung into the application.

flask-openapi 5.0 declares them alike, but validates what JSON was made into: a strict
body whose enum or day is right is refused by 422, as are a malformed one (here 400) and
one that is no JSON (415); of a parameter given twice it takes one without a word. A
request with a query takes it 0.9 to 1.2 ms, the same type read here 0.25 to 0.3 ms.
"""

from functools import cache

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from deciban.model.errors import CaseError
from deciban.service.store import StoreError
from deciban.service.web.api import documentation, problems
from deciban.service.web.api.dispatch import flask_view
from deciban.service.web.api.document import openapi
from deciban.service.web.api.operation import JSON_TYPE
from deciban.service.web.api.resources import OPERATIONS

__all__ = ["PREFIX", "init_app"]

PREFIX = "/api/v1"


def init_app(app: Flask) -> None:
    """Let an application answer the API; its ``services()`` must be there already."""
    bp = Blueprint("api", __name__, url_prefix=PREFIX)
    for group in OPERATIONS:
        for operation in group.declared:
            view, rule = flask_view(operation), operation.rule
            bp.add_url_rule(rule, operation.id, view, methods=[operation.method])

    @bp.get("/openapi.json")
    def openapi_document() -> Response:
        return Response(_document(), mimetype=JSON_TYPE)

    documentation.add_to(bp)
    for error in (HTTPException, CaseError, StoreError, *problems.ERRORS):
        bp.register_error_handler(error, problems.answer)
    bp.register_error_handler(problems.ProblemError, problems.answer)
    app.register_blueprint(bp)

    @app.before_request
    def answer_unknown_paths() -> Response | None:
        """Answer as the API does below its prefix, where no blueprint is asked."""
        error = request.routing_exception
        if error is None or not request.path.startswith(PREFIX + "/"):
            return None
        return problems.answer(error)


@cache
def _document() -> bytes:
    """Write the document when it is first asked for: it takes a tenth of a second."""
    return openapi(OPERATIONS, PREFIX)
