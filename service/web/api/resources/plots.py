"""Plots of a fit: drawn where it was made, as SVG and PNG; and their numbers."""

from typing import Any

from pydantic import Field

from deciban.model.plots.kinds import KINDS
from deciban.model.posterior.summaries import prior_probability
from deciban.service.store import casebooks, fits
from deciban.service.web.api.operation import (
    Answer,
    Call,
    Operations,
    Query,
    Reply,
    Said,
)
from deciban.service.web.api.plot_numbers import Fitted, Panels, plot_numbers
from deciban.service.web.api.problems import ProblemError
from deciban.service.web.api.resources.fits import artefact, fit_of_case

__all__ = ["operations"]

_FIT = "/cases/<case>/fits/<int(max=2147483647):fit>"
# A picture that is opened by itself is let look as it was drawn, and do nothing.
_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


class PlotLinks(Said):
    """One kind of plot, and where it is."""

    plot: str
    about: str
    svg: str
    png: str
    json_: str = Field(alias="json")
    drawn: bool = Field(description="Whether the pictures are made yet.")


class PlotList(Said):
    """The plots of a fit."""

    fit: int
    plots: list[PlotLinks]


class PlotNumbers(Said):
    """The numbers that a plot shows, by panel: a scenario, a source, or the sampler.

    Names that end in ``_ends`` are the ends of the cells of the others: one more.
    """

    plot: str
    about: str
    fit: int
    panels: Panels


operations = Operations("plots", "Pictures of a fit, and their numbers.")


@operations.add("GET", f"{_FIT}/plots", {200: Answer("The plots of a fit.", PlotList)})
def list_plots(call: Call[Query, None], case: str, fit: int) -> Reply:
    """List the plots of a fit, and where each is."""
    fit_of_case(call.services, case, fit)
    with call.services.store.reading() as session:
        drawn = {
            plot for plot in KINDS if fits.kept(session, fit, f"{plot}.png") is not None
        }
    base = f"/api/v1/cases/{case}/fits/{fit}/plots"
    plots = [
        PlotLinks(
            plot=plot,
            about=about,
            svg=f"{base}/{plot}.svg",
            png=f"{base}/{plot}.png",
            json=f"{base}/{plot}.json",
            drawn=plot in drawn,
        )
        for plot, about in KINDS.items()
    ]
    return Reply(PlotList(fit=fit, plots=plots))


def _picture(call: Call[Query, None], case: str, fit: int, name: str) -> Reply:
    _check_plot(name.partition(".")[0])
    made = artefact(call.services, case, fit, name)
    headers = {"Content-Security-Policy": _PICTURE}
    return Reply(made.content, 200, headers, f"fit-{fit}", made.media_type)


def _check_plot(plot: str) -> None:
    if plot not in KINDS:
        rule = f"must be one of {', '.join(KINDS)}, got {plot!r}"
        raise ProblemError("unknown-plot", f"plot {rule}")


def _drawn(description: str, media_type: str) -> dict[int, Answer]:
    return {200: Answer(description, media_types=(media_type,), headers=("ETag",))}


_LET_GO = {409: "The draws of the fit are not kept any longer."}
_NOT_YET = {404: "There is no such fit or plot, or it is not drawn yet."} | _LET_GO


@operations.add(
    "GET",
    f"{_FIT}/plots/<plot>.svg",
    _drawn("The plot.", "image/svg+xml"),
    errors=_NOT_YET,
)
def get_plot_svg(call: Call[Query, None], case: str, fit: int, plot: str) -> Reply:
    """Read a plot of a fit as SVG."""
    return _picture(call, case, fit, f"{plot}.svg")


@operations.add(
    "GET", f"{_FIT}/plots/<plot>.png", _drawn("The plot.", "image/png"), errors=_NOT_YET
)
def get_plot_png(call: Call[Query, None], case: str, fit: int, plot: str) -> Reply:
    """Read a plot of a fit as PNG."""
    return _picture(call, case, fit, f"{plot}.png")


@operations.add(
    "GET",
    f"{_FIT}/plots/<plot>.json",
    {200: Answer("The numbers of the plot.", PlotNumbers, headers=("ETag",))},
    errors={404: "There is no such fit or plot, or the fit is not done."} | _LET_GO,
)
def get_plot_numbers(call: Call[Query, None], case: str, fit: int, plot: str) -> Reply:
    """Read the numbers that a plot of a fit shows."""
    _check_plot(plot)
    panels = plot_numbers(plot, _fitted(call, case, fit))
    numbers = PlotNumbers(plot=plot, about=KINDS[plot], fit=fit, panels=panels)
    return Reply(numbers, etag=f"fit-{fit}")


def _fitted(call: Call[Any, Any], case: str, fit: int) -> Fitted:
    record = fit_of_case(call.services, case, fit)
    if record.summary is None:
        told = f"the numbers come when the fit is done; fit {fit} is {record.state}"
        raise ProblemError("not-made-yet", told)
    with call.services.store.reading() as session:
        casebook = casebooks.casebook(session, case, record.revision)
    forecasts = call.forecasts
    return Fitted(
        record.summary,
        lambda: forecasts.reading(record, casebook, record.as_of).summary.told,
        lambda: prior_probability(casebook, record.as_of).belief.probability,
        lambda: forecasts.basis(record).draws,
    )
