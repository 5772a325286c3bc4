"""The pages: what is forecast, why, and on what evidence, for people with a browser.

Every page is rendered here and complete without JavaScript; small modules of our own
add what moves. The pages ask the same desk as the API, and write through it.
"""

from flask import Flask

# Each adds its views to the blueprint.
from service.pages import brief as brief
from service.pages import case as case
from service.pages import cases as cases
from service.pages import errors
from service.pages import feed as feed
from service.pages import fits as fits
from service.pages import history as history
from service.pages import ledger as ledger
from service.pages import matrix as matrix
from service.pages import plots as plots
from service.pages import reports as reports
from service.pages import scenario as scenario
from service.pages import sources as sources
from service.pages import what_if as what_if
from service.pages.blueprint import bp

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Give an application its pages."""
    app.register_blueprint(bp)
    errors.init_app(app)
