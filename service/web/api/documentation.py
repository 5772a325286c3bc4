"""The documentation to be browsed: Swagger UI, out of an installed package.

Nothing of it comes from the network but from this service. Swagger UI writes styles
into its page, which the policy of all other pages forbids: it is let do so here alone.

Of ``flask-swagger-ui`` only the files are used. It carries Swagger UI's own build, each
version under the same number, in 0.7 MB and needs nothing but Flask. The others that
carry it are ten times as large, years old, or for Django.
"""

from importlib.resources import files

from flask import Blueprint, Response, render_template
from werkzeug.exceptions import NotFound

from deciban.service.web.access.headers import SECURITY_HEADERS

__all__ = ["add_to"]

_POLICY = "Content-Security-Policy"
_FILES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
# As long as the service may be of the same version: they are asked for again each hour.
_KEPT = "private, max-age=3600"


def add_to(bp: Blueprint) -> None:
    """Add the documentation, and the files it is made of, to the API."""
    bp.template_folder = "templates"
    own = files("deciban.service.web.api") / "static"

    @bp.get("/docs")
    def documentation() -> Response:
        policy = SECURITY_HEADERS[_POLICY].replace(
            "style-src 'self'", "style-src 'self' 'unsafe-inline'"
        )
        page = Response(render_template("api/docs.html"), mimetype="text/html")
        page.headers[_POLICY] = policy
        return page

    @bp.get("/docs/start.js")
    def documentation_start() -> Response:
        return _file((own / "start.js").read_bytes(), "text/javascript")

    @bp.get("/docs/<name>")
    def documentation_file(name: str) -> Response:
        if name not in _FILES:
            raise NotFound("there is no such file")
        content = (files("flask_swagger_ui") / "dist" / name).read_bytes()
        return _file(content, _FILES[name])


def _file(content: bytes, media_type: str) -> Response:
    return Response(content, headers={"Cache-Control": _KEPT}, mimetype=media_type)
