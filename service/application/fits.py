"""Fits of a case: asked for, found, followed while they run, and their files."""

import datetime
import time
from collections.abc import Generator, Mapping
from typing import Literal

from deciban.model.errors import ModelError
from deciban.service.application.current_forecasts import DrawsNotKeptError
from deciban.service.application.services import Services
from deciban.service.refits.feed import News
from deciban.service.store import UnknownFitError, fits
from deciban.service.store.fits import FitRecord, StoredFile

__all__ = [
    "LEAST_DRAWS",
    "MOST_DRAWS",
    "DrawsLimitError",
    "FileNotMadeError",
    "ask_for_fit",
    "find_fit",
    "fit_file",
    "fit_under_way",
    "newest_of_fit",
    "news_of_case",
    "news_of_fit",
]

# Of each chain of a fit that is asked for.
LEAST_DRAWS = 100
# Of all its chains: the file of so many is 300 MB, and the store has to hold it.
MOST_DRAWS = 80_000

_HEARTBEAT_SECONDS = 15.0
# A page asks anew what is forecast so often, and news is told at once.
_LOOK_SECONDS = 1.0
# A browser that has gone is noticed when something is sent to it.
_BEAT_SECONDS = 10.0


class DrawsLimitError(ModelError):
    """More draws are asked for than are kept, or too few to say anything."""

    def __init__(self, rule: str, value: int) -> None:
        super().__init__(f"{rule}, got {value:,}")
        self.rule, self.value = rule, value


class FileNotMadeError(ModelError):
    """A file of a fit is not there yet; ``is_coming`` where it is being made."""

    def __init__(self, fit: FitRecord, name: str, *, is_coming: bool) -> None:
        super().__init__(
            f"{name} of fit {fit.id} is being made: try again in a few seconds"
            if is_coming
            else f"{name} comes when the fit is done; fit {fit.id} is {fit.state}"
        )
        self.is_coming = is_coming


def ask_for_fit(
    services: Services,
    case: str,
    as_of: datetime.date | None,
    settings: Mapping[str, int],
    who: str,
) -> FitRecord:
    """Ask for a fit of a case as it is now.

    Parameters
    ----------
    services : Services
        Whose scheduler is asked.
    case : str
        Its id.
    as_of : date or None
        The day up to which reports count; that of current forecasts where None.
    settings : mapping of int
        ``draws`` and ``tune`` of each chain, and ``chains``, where they are not those
        of the service.
    who : str
        Asks.

    Returns
    -------
    FitRecord
        The fit, which is queued.

    Raises
    ------
    UnknownCaseError
    DrawsLimitError
        If it asks for fewer than ``LEAST_DRAWS`` a chain, or all chains together for
        more than ``MOST_DRAWS``. What the service's own settings say is not checked.
    """
    own = services.settings
    if settings.keys() & {"draws", "chains"}:
        draws = settings.get("draws", own.draws)
        n = draws * settings.get("chains", own.chains)
        if draws < LEAST_DRAWS:
            raise DrawsLimitError(
                f"must ask for at least {LEAST_DRAWS:,} draws of each chain", draws
            )
        if n > MOST_DRAWS:
            raise DrawsLimitError(
                f"must ask for at most {MOST_DRAWS:,} draws, all chains together", n
            )
    return services.scheduler.ask(case, as_of, settings, who=who)


def find_fit(services: Services, case: str, fit: int) -> FitRecord:
    """Read a fit of a case.

    Parameters
    ----------
    services : Services
        Whose store is read.
    case : str
        Its id.
    fit : int
        Its number.

    Raises
    ------
    UnknownCaseError, UnknownFitError
    """
    services.forecasts.current(case)  # whether there is such a case
    with services.store.reading() as session:
        record = fits.fit(session, fit)
    if record.case != case:
        raise UnknownFitError(fit)
    return record


def fit_file(services: Services, case: str, fit: int, name: str) -> StoredFile:
    """Read a file that was made of a fit; have it made where it is not there.

    Parameters
    ----------
    services : Services
        Whose store is read.
    case, fit
        Of which fit.
    name : str
        One of ``refits.artefacts.ARTEFACTS``.

    Raises
    ------
    UnknownCaseError, UnknownFitError
    DrawsNotKeptError
        If it cannot be made any longer.
    FileNotMadeError
        If it is not made yet.
    """
    record = find_fit(services, case, fit)
    with services.store.reading() as session:
        made = fits.kept(session, fit, name)
    if made is not None:
        return made
    is_done = record.state == "done"
    if is_done and not record.has_draws:
        raise DrawsNotKeptError(fit)
    if is_done:
        services.scheduler.make_files(fit)
    raise FileNotMadeError(record, name, is_coming=is_done)


# Following.


def newest_of_fit(services: Services, fit: int) -> News | None:
    """Return the newest news of a fit, one that ended long ago included.

    Parameters
    ----------
    services : Services
        Whose scheduler tells the news.
    fit : int
        Its number.

    Returns
    -------
    News or None
        None where nothing is known of it.
    """
    services.scheduler.wait_for(fit, 0, 0.0)  # tells of a fit that nobody asked about
    return services.scheduler.progress(fit)


def news_of_fit(services: Services, fit: int, seen: int) -> Generator[News | None]:
    """Follow a fit until it is over, or the service stops.

    Parameters
    ----------
    services : Services
        Whose scheduler tells the news.
    fit : int
        Its number.
    seen : int
        Number of the last news that is known: those after it are told.

    Yields
    ------
    News or None
        None where nothing has happened for a while, and the line is to be kept open.
    """
    until = time.monotonic() + services.settings.fit_seconds + 3600
    while time.monotonic() < until and not services.stopping.is_set():
        news = services.scheduler.wait_for(fit, seen, _HEARTBEAT_SECONDS)
        if news is None:
            services.stopping.wait(0.05)  # a feed that is closed lets go at once
        yield news
        if news is not None:
            seen = news.number
            if news.is_last:
                return


def news_of_case(
    services: Services, case: str
) -> Generator[tuple[Literal["now"], str] | tuple[Literal["progress"], News] | None]:
    """Follow a case until the service stops.

    Parameters
    ----------
    services : Services
        Whose scheduler tells the news.
    case : str
        Its id.

    Yields
    ------
    tuple or None
        ``now`` with the mark of the case's view, at first and whenever it is another;
        ``progress`` with the news of the fit that is under way, or of the next one;
        None where nothing has happened for a while.
    """
    mark, fit = "", fit_under_way(services, case)
    seen = _seen_already(services, case, fit)
    beat = time.monotonic()
    while not services.stopping.is_set():
        if (now := services.views.view(case).mark) != mark:
            mark = now
            yield "now", mark
        if fit is None:
            news = services.scheduler.wait_for_case(case, seen, _LOOK_SECONDS)
        else:
            news = services.scheduler.wait_for(fit, seen, _LOOK_SECONDS)
        if news is not None:
            seen = news.number
            fit = fit_under_way(services, case) if news.is_last else news.fit
            yield "progress", news
        elif time.monotonic() - beat > _BEAT_SECONDS:
            yield None
            beat = time.monotonic()


def fit_under_way(services: Services, case: str) -> int | None:
    """Return the number of the fit of a case that runs, or is the next to.

    Parameters
    ----------
    services : Services
        Whose store is read.
    case : str
        Its id.

    Returns
    -------
    int or None
        None where no fit waits or runs.
    """
    with services.store.reading() as session:
        waiting = [fit for fit in fits.unfinished(session) if fit.case == case]
    running = [fit for fit in waiting if fit.state == "running"]
    return next((fit.id for fit in running or waiting), None)


def _seen_already(services: Services, case: str, fit: int | None) -> int:
    """Number of the news up to which a page that was just loaded knows all.

    Of a fit that is under way it is told once more how far that is.
    """
    with services.store.reading() as session:
        last = fit or next((one.id for one in fits.fits(session, case, limit=1)), None)
    news = services.scheduler.progress(last) if last is not None else None
    if news is None:
        return 0
    return news.number if news.is_last else news.number - 1
