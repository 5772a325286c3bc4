"""The documentation to be browsed: Swagger UI, out of an installed package.

Nothing of it comes from the network but from this service. Swagger UI writes styles
into its page, which the policy of all other pages forbids: it is let do so here alone.
"""

from importlib.resources import files

from flask import Blueprint, Response, render_template

from deciban.service.web.access.headers import SECURITY_HEADERS

__all__ = ["add_to"]

_POLICY = "Content-Security-Policy"
_FILES = {
    "swagger_bundle.js": "text/javascript",
    "swagger_preset.js": "text/javascript",
    "swagger_style.css": "text/css",
}
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

    for name, media_type in _FILES.items():
        _add_file(bp, name, media_type)


def _add_file(bp: Blueprint, name: str, media_type: str) -> None:
    def serve() -> Response:
        return _file((files("offapi") / name).read_bytes(), media_type)

    bp.add_url_rule(f"/docs/{name}", f"documentation_{name.partition('.')[0]}", serve)


def _file(content: bytes, media_type: str) -> Response:
    return Response(content, headers={"Cache-Control": _KEPT}, mimetype=media_type)
