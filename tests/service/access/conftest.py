"""Views to guard: one that tells who asks, and one for each role."""

import pytest
from flask import Flask

from service.access import identity, requires


@pytest.fixture
def app(app: Flask) -> Flask:
    """Return the application with a few views more."""

    @app.route("/who", methods=["GET", "POST"])
    def who() -> dict[str, object]:
        asker = identity()
        return asker._asdict() if asker else {}

    for role in ("viewer", "forecaster", "admin"):

        @requires(role)
        def view() -> str:
            return "yes"

        app.add_url_rule(f"/for/{role}", role, view)
    return app
