"""A folder through which a job goes to a worker of this machine and comes back.

Whatever is larger than a name passes through files that are written aside and renamed:
a process may be killed at any moment, and what the other one reads is then a whole file
or none. Pipes and queues give no such promise: what dies with a lock in its hand, or in
the middle of a message, leaves them stuck for everybody.
"""

import contextlib
import os
import pickle
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

from deciban.model.errors import FitStoppedError
from deciban.service.refits.executor import Job, JobFailedError, Progress, Result

__all__ = ["Exchange"]


class Exchange:
    """The folder of one job: only its owner may read or enter it."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self._writing = threading.Lock()

    @classmethod
    def opened(cls, job: Job, parent: Path) -> "Exchange":
        """Make the folder, with the job in it.

        Parameters
        ----------
        job : Job
            What is to be done.
        parent : Path
            Folder of all exchanges of a pool.
        """
        exchange = cls(tempfile.mkdtemp(prefix="job-", dir=parent))
        exchange._write("job", job)
        return exchange

    def job(self) -> Job:
        """Read what is to be done."""
        job: Job = self._read("job")
        return job

    def tell(self, progress: Progress) -> None:
        """Say how far the job is; from any thread, to nobody if all have gone.

        Parameters
        ----------
        progress : Progress
            As of now; what was told before is forgotten.
        """
        with contextlib.suppress(FileNotFoundError):
            self._write("progress", progress)

    def progress(self) -> Progress:
        """Read how far the job is."""
        try:
            progress: Progress = self._read("progress")
        except FileNotFoundError:
            return Progress()
        return progress

    def ask_to_stop(self) -> None:
        """Leave word for the worker to stop."""
        (self.folder / "stop").touch()

    def stopped(self) -> bool:
        """Whether there is word to stop, or nobody left to bring the result to."""
        return (self.folder / "stop").exists() or not self.folder.exists()

    def bring(self, result: Result | FitStoppedError | JobFailedError) -> None:
        """Leave the result, or what went wrong.

        Parameters
        ----------
        result : Result, FitStoppedError or JobFailedError
            What came of the job.
        """
        self._write("result", result)

    def result(self) -> Result:
        """Read the result.

        Raises
        ------
        FitStoppedError, JobFailedError
            If that is what the worker brought.
        """
        result: Result | FitStoppedError | JobFailedError = self._read("result")
        if isinstance(result, Exception):
            raise result
        return result

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, name: str, content: object) -> None:
        aside = self.folder / f"{name}.part"
        with self._writing:
            aside.write_bytes(pickle.dumps(content))
            os.replace(aside, self.folder / name)

    def _read(self, name: str) -> Any:  # what our own processes wrote: see opened
        return pickle.loads((self.folder / name).read_bytes())
