"""Results on disk: a fit, its summary and its plots, all of them or none."""

import csv
import errno
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

# These take a second to import. Commands that write no fit should not pay it.
if TYPE_CHECKING:
    from deciban.model.fit import Fit
    from deciban.model.posterior.summary import Summary

__all__ = [
    "check_can_write",
    "replacing_together",
    "summary_csv",
    "summary_json",
    "write_results",
]


def write_results(
    fit: "Fit",
    directory: Path,
    write_plots: Callable[["Fit", Path], object],
) -> list[Path]:
    """Write a fit, its summary and its plots to a directory: all of them or none.

    Files of these names are replaced; others in the directory are left alone.

    Parameters
    ----------
    fit : Fit
        What is written.
    directory : Path
        Made if there is none.
    write_plots : callable
        Writes the plots of a fit to a directory.

    Returns
    -------
    list of Path
        What was written.
    """
    with replacing_together(directory) as draft:
        fit.save(draft / "posterior.nc")
        (draft / "summary.json").write_text(summary_json(fit.summary) + "\n", "utf-8")
        (draft / "summary.csv").write_text(summary_csv(fit.summary), "utf-8")
        write_plots(fit, draft)
        names = sorted(path.name for path in draft.iterdir())
    return [directory / name for name in names]


def summary_json(summary: "Summary") -> str:
    """Write a summary as one JSON object."""
    return summary.model_dump_json(indent=2)


def summary_csv(summary: "Summary") -> str:
    """Write a summary as a table: a row for each scenario, intervals as two columns.

    By when a scenario occurs is a table of its own for each, and stands in the JSON.
    """
    text = io.StringIO(newline="")
    rows = []
    for scenario in summary.scenarios:
        row: dict[str, Any] = {"case": summary.case, "as_of": summary.as_of.isoformat()}
        for key, value in scenario.model_dump(mode="json", exclude={"by_when"}).items():
            if key == "quantiles":
                row |= {f"quantile_{level}": q for level, q in value.items()}
            elif isinstance(value, list | tuple):
                row[f"{key}_low"], row[f"{key}_high"] = value
            else:
                row[key] = str(value).lower() if isinstance(value, bool) else value
        rows.append(row)
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def check_can_write(directory: Path) -> None:
    """Refuse a directory that cannot be written to, before there is anything to lose.

    Parameters
    ----------
    directory : Path
        Which need not be there yet.

    Raises
    ------
    OSError
        If it is no directory, or may not be written to.
    """
    base = _existing(directory)
    if not base.is_dir():
        raise NotADirectoryError(None, "must be a directory", str(base))
    if not os.access(base, os.W_OK | os.X_OK):
        raise PermissionError(None, "must be a writable directory", str(base))


@contextmanager
def replacing_together(directory: Path) -> Iterator[Path]:
    """Offer an empty directory whose files move to another one at the end, together.

    Whatever goes wrong, an error or Ctrl-C, the other directory stays as it was, and
    nothing is left beside it.

    Parameters
    ----------
    directory : Path
        Made if there is none, with its parents.

    Yields
    ------
    Path
        Where to write; on the same file system, so that moving is renaming.
    """
    check_can_write(directory)
    draft = _existing(directory) / f".deciban-{uuid4().hex}"
    draft.mkdir()
    try:
        yield draft
        if directory.exists():
            _move_files(draft, directory)
        else:
            directory.parent.mkdir(parents=True, exist_ok=True)
            draft.rename(directory)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _existing(directory: Path) -> Path:
    """Return the directory, or the nearest above it that there is."""
    directory = directory.absolute()
    while not directory.exists():
        directory = directory.parent
    return directory


def _move_files(draft: Path, directory: Path) -> None:
    """Move files into a directory; if one cannot be moved, put all back as it was."""
    new = sorted(path.name for path in draft.iterdir())
    old = draft / "old"
    old.mkdir()
    try:
        for name in new:
            if (directory / name).is_dir():  # whose files are not ours to remove
                said = os.strerror(errno.EISDIR)
                raise IsADirectoryError(errno.EISDIR, said, str(directory / name))
            if (directory / name).exists():
                os.rename(directory / name, old / name)
            os.rename(draft / name, directory / name)
    except BaseException:
        for name in new:
            if not (draft / name).exists():
                (directory / name).unlink()
            if (old / name).exists():
                os.rename(old / name, directory / name)
        raise
