"""The blueprint of all pages, and what every page is given.

A page is a template below ``templates/pages`` and a function that gathers its numbers.
All that a page loads comes from ``static``; what it draws, from ``drawing``.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from deciban.model.posterior.wording import (
    checks_line,
    counted,
    decibans,
    interval,
    percent,
    unbroken,
    written_day,
)
from deciban.service.web.access import Identity, identity

__all__ = ["bp", "may_write", "page"]

bp = Blueprint("pages", __name__, template_folder="templates", static_folder="static")

# The pages of a case, as its navigation lists them, and whether one must may write.
_SECTIONS = (
    ("pages.case", "Forecasts", False),
    ("pages.ledger", "Ledger", False),
    ("pages.new_report", "Add a report", True),
    ("pages.what_if", "What if", False),
    ("pages.sources", "Sources", False),
    ("pages.casebook", "Casebook", False),
    ("pages.fits", "Fits", False),
    ("pages.scores", "Scores", False),
    ("pages.brief", "Brief", False),
)
_YEAR_SECONDS = 365 * 24 * 3600


def page(template: str, **context: Any) -> str:
    """Render a page for whoever asks.

    Parameters
    ----------
    template : str
        Name below ``templates/pages``.
    **context
        For the template. With ``case``, which has an ``id`` and a ``title``, the page
        shows the navigation of that case.
    """
    who = _asker()
    sections = [
        (endpoint, name)
        for endpoint, name, writes in _SECTIONS
        if (may_write(who) or not writes) and endpoint in current_app.view_functions
    ]
    rendered = render_template(
        f"pages/{template}",
        who=who,
        may_write=may_write(who),
        sections=sections,
        **context,
    )
    return unbroken(rendered)


for _written in (percent, interval, decibans, counted, checks_line):
    bp.add_app_template_global(_written)
bp.add_app_template_filter(written_day, "day")


@bp.app_template_filter()
def upper_first(text: str) -> str:
    """Write the first letter large, and leave the rest, such as names, as it is.

    Examples
    --------
    >>> upper_first("yes, on 1 Oct 2024")
    'Yes, on 1 Oct 2024'
    """
    return text[:1].upper() + text[1:]


@bp.app_template_global()
def with_query(name: str, value: str) -> str:
    """Address of the current page, with one parameter of its query changed."""
    query = request.args.to_dict() | {name: value}
    return f"{request.path}?{urlencode(query)}"


@bp.app_template_global()
def report_address(case: str, report: str) -> str:
    """Address of the page of a report."""
    return url_for("pages.report", case=case, report=report)


def _asker() -> Identity | None:
    """Who asks; a page that says they may not ask is for nobody."""
    try:
        return identity()
    except HTTPException:
        return None


def may_write(who: Identity | None) -> bool:
    """Whether somebody may add to a case, so that pages offer it."""
    return who is not None and who.may("forecaster")


@bp.after_request
def _keep_files(response: Response) -> Response:
    """Let browsers keep our files: their addresses change with their content."""
    if request.endpoint == "pages.static" and "v" in request.args:
        kept = f"public, max-age={_YEAR_SECONDS}, immutable"
        response.headers["Cache-Control"] = kept
    return response


@bp.app_template_global("static")
def _static(name: str) -> str:
    """Address of a file of ours, which changes with its content."""
    return url_for("pages.static", filename=name, v=_version(name))


# To read the eight of a page again takes 0.2 ms.
@cache
def _version(name: str) -> str:
    content = (Path(__file__).parent / "static" / name).read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]
