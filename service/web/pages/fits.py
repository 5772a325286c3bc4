"""The fits of a case: which there were, whether they can be trusted, and one in full.

A fit carries the proof of its computation, and the command line that reproduces it.
What is drawn of it comes from the worker that made it, a little later.
"""

import datetime
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from deciban.evidence.items import day as read_day
from deciban.model.casebook.casebook import Casebook
from deciban.model.errors import ModelError
from deciban.model.plots.findings import Finding, finding
from deciban.model.plots.fit_drawings import fit_drawing
from deciban.model.plots.kinds import (
    DIAGNOSTICS,
    KINDS,
    OF_SCENARIO,
    PlotScenarioError,
)
from deciban.model.plots.svg.picture import Drawing
from deciban.model.sampling.draws import Draws
from deciban.service.application.fit_plots import can_be_drawn, plotted_record
from deciban.service.application.fits import (
    LEAST_DRAWS,
    MOST_DRAWS,
    DrawsLimitError,
    ask_for_fit,
    find_fit,
)
from deciban.service.refits.artefacts import POSTERIOR
from deciban.service.store import fits as kept_fits
from deciban.service.store.fits import FitRecord
from deciban.service.web.access import demand, requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.parameters import row_number
from deciban.service.web.shared import services

__all__ = ["Asked", "duration", "reproducing"]

PAGE_SIZE = 30
# Those that show whether the sampler did its work come first.
_PLOTS = (*DIAGNOSTICS, *(kind for kind in KINDS if kind not in DIAGNOSTICS))


@dataclass
class Asked:
    """The form that asks for a fit, as typed, and what is wrong with it."""

    as_of: str = ""
    draws: str = ""
    fault: str | None = None

    def wanted(self) -> tuple[datetime.date | None, dict[str, int]]:
        """Read it; what is wrong is noted in ``fault``."""
        day, settings = None, {}
        if self.as_of:
            try:
                day = read_day(self.as_of)
            except ValueError as error:
                self.fault = f"The day {error}, got {self.as_of[:40]!r}."
        if self.draws:
            number = row_number(self.draws)
            if number is None:
                self.fault = f"Draws must be a number, got {self.draws[:40]!r}."
            else:
                settings = {"draws": number}
        return day, settings


@bp.get("/cases/<case>/fits")
@requires("viewer")
def fits(case: str) -> ResponseReturnValue:
    """List the fits of a case."""
    return _list_page(case, Asked())


@bp.post("/cases/<case>/fits")
@requires("forecaster")
def ask_fit(case: str) -> ResponseReturnValue:
    """Ask for a fit."""
    asked = Asked(*(request.form.get(name, "").strip() for name in ("as_of", "draws")))
    day, settings = asked.wanted()
    if asked.fault:
        return _list_page(case, asked), 422
    who = demand("forecaster").name
    try:
        record = ask_for_fit(services(), case, day, settings, who)
    except DrawsLimitError as error:
        asked.fault = f"It {error}."
        return _list_page(case, asked), 422
    return redirect(url_for("pages.fit", case=case, number=record.id), 303)


def _list_page(case: str, asked: Asked) -> str:
    name = services().views.name(case)
    current = services().forecasts.current(case)
    before = row_number(request.args.get("before"))
    with services().store.reading() as session:
        found = kept_fits.fits(session, case, before=before, limit=PAGE_SIZE + 1)
    return page(
        "fits.html",
        case=name,
        fits=found[:PAGE_SIZE],
        next=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
        is_first=before is None,
        served=current.fit and current.fit.id,
        duration=duration,
        asked=asked,
        as_of=current.as_of,
        settings=services().settings,
        least=LEAST_DRAWS,
        most=MOST_DRAWS // services().settings.chains,
    )


def duration(record: FitRecord) -> str:
    """Say how long a fit took from its start to its end; a dash where it did not."""
    if record.started_at is None or record.finished_at is None:
        return "-"
    seconds = (record.finished_at - record.started_at).total_seconds()
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


# One fit


@bp.get("/cases/<case>/fits/<int(max=999999999):number>")
@requires("viewer")
def fit(case: str, number: int) -> ResponseReturnValue:
    """Show one fit: its proof, its plots, and how to make it again."""
    record = find_fit(services(), case, number)
    with services().store.reading() as session:
        names = kept_fits.kept_names(session, number)
    current = services().forecasts.current(case)
    draws = _draws(record)
    scenario = request.args.get("scenario") or None
    return page(
        "fit.html",
        case=services().views.name(case),
        fit=record,
        is_served=current.fit is not None and current.fit.id == number,
        duration=duration,
        versions=draws.versions if draws else {},
        plots=_plots(record, names, scenario),
        scenario=scenario,
        scenarios=_questions(record, current.casebook),
        fits_kept=services().settings.fits_kept,
        has_posterior=POSTERIOR in names,
        posterior=POSTERIOR,
        reproducing=reproducing(record),
        api=f"{request.script_root}/api/v1/cases/{case}/fits/{number}",
    )


@bp.post("/cases/<case>/fits/<int(max=999999999):number>/cancel")
@requires("forecaster")
def cancel_fit(case: str, number: int) -> ResponseReturnValue:
    """Cancel a fit; one that is over meanwhile stays as it is."""
    find_fit(services(), case, number)
    services().scheduler.cancel(number)
    return redirect(url_for("pages.fit", case=case, number=number), 303)


@bp.get("/cases/<case>/fits/<int(max=999999999):number>/summary.json")
@requires("viewer")
def fit_summary(case: str, number: int) -> ResponseReturnValue:
    """Give what a fit says as JSON, as ``deciban fit --json`` prints it."""
    record = find_fit(services(), case, number)
    if record.summary is None:
        abort(404, "must be a fit that is done")
    headers = {
        "Content-Type": "application/json",
        "Content-Disposition": f"attachment; filename={case}-{number}-summary.json",
    }
    return record.summary.model_dump_json(indent=2), 200, headers


def _draws(record: FitRecord) -> Draws | None:
    if record.has_draws:
        with suppress(ModelError):  # another version wrote what this one cannot read
            return services().forecasts.basis(record).draws
    return None


def _questions(record: FitRecord, casebook: Casebook) -> dict[str, str]:
    """What the scenarios of a fit ask, by id, as they are written now."""
    questions = {s.id: s.question for s in casebook.priors.scenarios}
    scenarios = record.summary.scenarios if record.summary else []
    return {said.id: questions.get(said.id, said.id) for said in scenarios}


class ShownPlot(NamedTuple):
    """A plot of a fit, as its page shows it.

    Attributes
    ----------
    kind, about : str
        One of ``model.plots.kinds.KINDS``, and what is said of that.
    scenario : str or None
        Whose it is; None for the whole fit's.
    words : Finding or Drawing or None
        What it shows, with its numbers; None where its draws cannot be read.
    drawing : Drawing or None
        That the page draws; None for a diagnostic, which is a file.
    is_drawn : bool
        Whether there is something to show.
    """

    kind: str
    about: str
    scenario: str | None
    words: Finding | Drawing | None
    drawing: Drawing | None
    is_drawn: bool


def _plots(
    record: FitRecord, names: Collection[str], scenario: str | None
) -> list[ShownPlot]:
    """Gather the plots of a fit that keeps its draws; ``names`` are of its files.

    Those of one scenario are shown where one is asked for.
    """
    if record.summary is None or not record.has_draws:
        return []
    fit = plotted_record(services(), record)
    shown = []
    for kind in _PLOTS:
        of = scenario if kind in OF_SCENARIO else None
        if kind in OF_SCENARIO and of not in fit.scenarios:
            continue
        words: Finding | Drawing | None = None
        try:
            if kind in DIAGNOSTICS:
                words = finding(fit, kind)
            elif can_be_drawn(kind, record, names):
                words = fit_drawing(fit, kind, of)
        except PlotScenarioError:  # it is settled, and has no ladder
            continue
        except ModelError:  # draws that another version wrote
            pass
        drawing = words if isinstance(words, Drawing) else None
        is_drawn = drawing is not None or f"{kind}.svg" in names
        shown.append(ShownPlot(kind, KINDS[kind], of, words, drawing, is_drawn))
    return shown


def reproducing(record: FitRecord) -> list[str]:
    """Write the command lines that make a fit again.

    The seed is that of the fit's digest, hence of the same casebook, day and settings,
    unless it is written.
    """
    case, settings = record.case, record.settings
    words = [
        "deciban fit",
        f"--priors {case}.priors.yaml",
        f"--evidence {case}.evidence.yaml",
        f"--as-of {record.as_of.isoformat()}",
        *(f"--{name} {settings[name]}" for name in ("draws", "tune", "chains")),
    ]
    if record.seed is not None and record.seed < 2**32:
        words.append(f"--seed {record.seed}")
    return [f"deciban export {case} --revision {record.revision}", " ".join(words)]
