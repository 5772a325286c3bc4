"""Plots of a fit, as SVG and PNG, and their numbers.

What a fit says is drawn when it is asked for; diagnostics are drawn where it was made.
"""

import csv
import datetime
import io
from hashlib import sha256
from typing import Annotated, Any

from pydantic import Field

from deciban.evidence.items import Identifier
from deciban.evidence.table import guarded
from deciban.model.plots.fit_drawings import fit_drawing
from deciban.model.plots.kinds import (
    DIAGNOSTICS,
    KINDS,
    OF_SCENARIO,
    check_scenario,
)
from deciban.model.plots.plot import Plot
from deciban.model.plots.plot_numbers import Panels, plot_numbers
from deciban.model.plots.plotted_fit import PlottedFit
from deciban.service.application.fit_plots import can_be_drawn, plotted_record
from deciban.service.application.fits import find_fit, fit_file
from deciban.service.store import fits
from deciban.service.web.api.operation import (
    Answer,
    AnswerBody,
    Call,
    Operations,
    Query,
    Reply,
)
from deciban.service.web.api.problems import ProblemError

__all__ = ["operations"]

_FIT = "/cases/<case>/fits/<int(max=2147483647):fit>"
# A picture that is opened by itself is let look as it was drawn, and do nothing.
_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"

_MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv"}


class PlotLinks(AnswerBody):
    """One kind of plot, and where it is."""

    plot: str
    about: str
    svg: str
    png: str
    csv: str
    json_: str = Field(alias="json")
    of_scenario: bool = Field(description="Whether ?scenario= must name whose it is.")
    drawn: bool = Field(description="Whether the pictures can be had yet.")


class PlotList(AnswerBody):
    """The plots of a fit."""

    fit: int
    plots: list[PlotLinks]


class PlotNumbers(AnswerBody):
    """The numbers that a plot shows, by panel: a scenario, a source, or the sampler.

    The panels of a ladder are its steps, those of a history its days. Names that end in
    ``_ends`` are the ends of the cells of the others: one more. Those that end in
    ``_db``, and those of reports and arguments, are weights in decibans.
    """

    plot: str
    about: str
    title: str = Field(description="Of the case.")
    as_of: datetime.date
    fit: int
    scenario: str | None = Field(description="Whose, of a ladder or a history.")
    panels: Panels

    def csv(self) -> str:
        """Write a row for each number, which says what it is of, and when."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(("panel", "number", "place", "value", "as of", "title", "source"))
        source = f"Deciban: {self.title}, fit {self.fit}"
        of = self.as_of.isoformat(), f"{self.plot}: {self.about}", source
        for panel, numbers in self.panels.items():
            for name, values in numbers.items():
                for place, value in enumerate(values):
                    cells = guarded(panel), guarded(name), place, value
                    rows.writerow((*cells, *map(guarded, of)))
        return text.getvalue()


class PlotQuery(Query):
    """Whose plot."""

    scenario: Annotated[
        Identifier | None, Field(description="For a ladder or a history.")
    ] = None


operations = Operations("plots", "Pictures of a fit, and their numbers.")


@operations.add("GET", f"{_FIT}/plots", {200: Answer("The plots of a fit.", PlotList)})
def list_plots(call: Call[Query, None], case: str, fit: int) -> Reply:
    """List the plots of a fit, and where each is."""
    record = find_fit(call.services, case, fit)
    with call.services.store.reading() as session:
        names = fits.kept_names(session, fit)
    base = f"/api/v1/cases/{case}/fits/{fit}/plots"
    plots = [
        PlotLinks(
            plot=plot,
            about=about,
            svg=f"{base}/{plot}.svg",
            png=f"{base}/{plot}.png",
            csv=f"{base}/{plot}.csv",
            json=f"{base}/{plot}.json",
            of_scenario=plot in OF_SCENARIO,
            drawn=can_be_drawn(plot, record, names),
        )
        for plot, about in KINDS.items()
    ]
    return Reply(PlotList(fit=fit, plots=plots))


def _picture(
    call: Call[PlotQuery, None], case: str, fit: int, kind: str, suffix: str
) -> Reply:
    _check_plot(kind)
    headers = {"Content-Security-Policy": _PICTURE}
    plot, content = _drawn(call, case, fit, kind, suffix)
    if suffix == "png" and (lacking := plot.without_font):
        # A header holds no more than ASCII, which scripts' names are.
        headers["Deciban-Missing-Font"] = lacking
        of = f"?scenario={call.query.scenario}" if call.query.scenario else ""
        headers["Link"] = f'<{kind}.svg{of}>; rel="alternate"; type="image/svg+xml"'
    tag = _tag(kind, fit, plot.svg)
    return Reply(content, 200, headers, tag, _MEDIA_TYPES[suffix])


def _tag(kind: str, fit: int, content: str) -> str:
    """Tag a plot, which stays as it is; but a history may gain days."""
    if kind != "history":
        return f"fit-{fit}"
    return f"fit-{fit}-{sha256(content.encode()).hexdigest()[:16]}"


def _drawn(
    call: Call[PlotQuery, None], case: str, fit: int, kind: str, suffix: str
) -> tuple[Plot, bytes]:
    """Draw what a fit says, or read what its worker drew."""
    scenario = call.query.scenario
    if kind not in DIAGNOSTICS:
        drawn = fit_drawing(_fitted(call, case, fit), kind, scenario).plot()
        return drawn, drawn.content(f".{suffix}")
    check_scenario(kind, scenario, ())
    made = fit_file(call.services, case, fit, f"{kind}.{suffix}")
    svg = fit_file(call.services, case, fit, f"{kind}.svg").content.decode()
    return Plot(KINDS[kind], KINDS[kind], svg), made.content


def _check_plot(plot: str) -> None:
    if plot not in KINDS:
        rule = f"must be one of {', '.join(KINDS)}, got {plot!r}"
        raise ProblemError("unknown-plot", f"plot {rule}")


def _answers(suffix: str, *headers: str) -> dict[int, Answer]:
    media_types = (_MEDIA_TYPES[suffix],)
    return {
        200: Answer("The plot.", media_types=media_types, headers=("ETag", *headers))
    }


_LET_GO = {409: "The draws of the fit are not kept any longer."}
_NOT_MADE = {404: "There is no such fit or plot, or the fit is not done."} | _LET_GO
_NOT_YET = {404: "There is no such fit or plot, or it is not drawn yet."} | _LET_GO


@operations.add(
    "GET",
    f"{_FIT}/plots/<plot>.svg",
    _answers("svg"),
    query=PlotQuery,
    errors=_NOT_YET,
)
def get_plot_svg(call: Call[PlotQuery, None], case: str, fit: int, plot: str) -> Reply:
    """Read a plot of a fit as SVG."""
    return _picture(call, case, fit, plot, "svg")


@operations.add(
    "GET",
    f"{_FIT}/plots/<plot>.png",
    _answers("png", "Deciban-Missing-Font", "Link"),
    query=PlotQuery,
    errors=_NOT_YET,
)
def get_plot_png(call: Call[PlotQuery, None], case: str, fit: int, plot: str) -> Reply:
    """Read a plot of a fit as PNG.

    Where the service's machine has no font for some letters, a header says so, and the
    SVG is linked to.
    """
    return _picture(call, case, fit, plot, "png")


@operations.add(
    "GET",
    f"{_FIT}/plots/<plot>.json",
    {200: Answer("The numbers of the plot.", PlotNumbers, headers=("ETag",))},
    query=PlotQuery,
    errors=_NOT_MADE,
)
def get_plot_numbers(
    call: Call[PlotQuery, None], case: str, fit: int, plot: str
) -> Reply:
    """Read the numbers that a plot of a fit shows."""
    numbers = _numbers(call, case, fit, plot)
    return Reply(numbers, etag=_tag(plot, fit, numbers.model_dump_json()))


@operations.add(
    "GET",
    f"{_FIT}/plots/<plot>.csv",
    _answers("csv"),
    query=PlotQuery,
    errors=_NOT_MADE,
)
def get_plot_csv(call: Call[PlotQuery, None], case: str, fit: int, plot: str) -> Reply:
    """Read the numbers that a plot of a fit shows as CSV, a row for each."""
    written = _numbers(call, case, fit, plot).csv()
    tag = _tag(plot, fit, written)
    return Reply(written.encode(), etag=tag, media_type=_MEDIA_TYPES["csv"])


def _numbers(
    call: Call[PlotQuery, None], case: str, fit: int, plot: str
) -> PlotNumbers:
    _check_plot(plot)
    fitted, scenario = _fitted(call, case, fit), call.query.scenario
    return PlotNumbers(
        plot=plot,
        about=KINDS[plot],
        title=fitted.title,
        as_of=fitted.summary.as_of,
        fit=fit,
        scenario=scenario,
        panels=plot_numbers(fitted, plot, scenario),
    )


def _fitted(call: Call[Any, Any], case: str, fit: int) -> PlottedFit:
    record = find_fit(call.services, case, fit)
    if record.summary is None:
        told = f"its plots come when the fit is done; fit {fit} is {record.state}"
        raise ProblemError("not-made-yet", told)
    return plotted_record(call.services, record)
