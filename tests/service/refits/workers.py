"""What a worker does in tests: as the casebook of its job says, and no sampling."""

import os
import signal
import time

from deciban.model.errors import FitStoppedError
from deciban.model.sampling.progress import ChainProgress
from deciban.service.refits.exchange import Exchange
from deciban.service.refits.executor import Fitted, JobFailedError, Progress

DEAF_SECONDS = 600.0  # for which nothing is heard


def serve(folder: str) -> None:
    """Answer with the number of the process, sooner or later or never."""
    exchange = Exchange(folder)
    job = exchange.job()
    exchange.tell(Progress("sampling", (ChainProgress(7, 100, 1),)))
    match job.casebook:
        case "fails":
            exchange.bring(JobFailedError("no", "Traceback: no"))
        case "raises":
            raise RuntimeError("a secret path")
        case "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        case "deaf":
            time.sleep(DEAF_SECONDS)
        case "listens":
            while not exchange.stopped():
                time.sleep(0.01)
            exchange.bring(FitStoppedError("the fit was stopped"))
        case _:
            exchange.bring(Fitted(str(os.getpid()), 1))
