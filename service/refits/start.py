"""Workers as the settings ask for them, begun before anything else is loaded."""

from collections.abc import Iterator
from contextlib import contextmanager

from deciban.service.refits.executor import Executor
from deciban.service.running.settings import Settings

__all__ = ["begun"]


@contextmanager
def begun(settings: Settings) -> Iterator[Executor]:
    """Yield workers that load beside what is done with them, and end if that fails.

    To load the sampler takes as long as to load the web's part: side by side, the first
    fit is there sooner by that.
    """
    executor = _executor(settings)
    try:
        executor.places()  # starts them
        yield executor
    except BaseException:
        executor.stop()
        raise


def _executor(settings: Settings) -> Executor:
    if settings.cluster:
        from deciban.service.refits.cluster import DaskCluster

        return DaskCluster(settings.cluster)
    from deciban.service.refits.pool import PebblePool

    return PebblePool(settings.workers)
