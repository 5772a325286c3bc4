"""Views to guard: one that tells who asks, and one for each role."""

from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask, Response
from werkzeug.exceptions import HTTPException

from deciban.service.web.access import identity, requires, stream


@pytest.fixture
def app(app: Flask) -> Flask:
    """Return the application with a few views more."""
    bp = Blueprint("guarded", __name__)
    # As they are: the pages would lead a browser to sign in.
    bp.register_error_handler(HTTPException, lambda error: error)

    @bp.route("/who", methods=["GET", "POST"])
    def who() -> dict[str, object]:
        asker = identity()
        return asker._asdict() if asker else {}

    @bp.get("/stream")
    def streamed() -> Response:
        return Response(stream(str(n) for n in range(9)))

    @bp.get("/breaking")
    def breaking() -> Response:
        def parts() -> Iterator[str]:
            try:
                yield "0"
            finally:
                raise RuntimeError("the store is gone")

        return Response(stream(parts()))

    for role in ("viewer", "forecaster", "admin"):

        @requires(role)
        def view() -> str:
            return "yes"

        bp.add_url_rule(f"/for/{role}", role, view)
    app.register_blueprint(bp)
    return app
