"""The pages: what is forecast, why, and on what evidence, for people with a browser.

Every page is rendered here and complete without JavaScript; small modules of our own
add what moves. The pages and the API have the same use cases: ``service.application``.
"""

from flask import Flask

# Each adds its views to the blueprint.
from deciban.service.web.pages import brief as brief
from deciban.service.web.pages import case as case
from deciban.service.web.pages import casebook as casebook
from deciban.service.web.pages import cases as cases
from deciban.service.web.pages import errors
from deciban.service.web.pages import feed as feed
from deciban.service.web.pages import fits as fits
from deciban.service.web.pages import history as history
from deciban.service.web.pages import how_to_read as how_to_read
from deciban.service.web.pages import influence as influence
from deciban.service.web.pages import items as items
from deciban.service.web.pages import learned as learned
from deciban.service.web.pages import ledger as ledger
from deciban.service.web.pages import matrix as matrix
from deciban.service.web.pages import new_case as new_case
from deciban.service.web.pages import plots as plots
from deciban.service.web.pages import reports as reports
from deciban.service.web.pages import scenario as scenario
from deciban.service.web.pages import scores as scores
from deciban.service.web.pages import sources as sources
from deciban.service.web.pages import what_if as what_if
from deciban.service.web.pages import why as why
from deciban.service.web.pages.blueprint import bp

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Give an application its pages."""
    app.register_blueprint(bp)
    errors.init_app(app)
