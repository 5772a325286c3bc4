"""The file of a fit: a NetCDF that ArviZ and xarray open, whole or not there at all.

It carries its casebook, digest, seed and versions, so that it can be checked and made
again (``model.posterior.data_tree`` says what is in it).
"""

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from deciban.model.casebook.atomic_file import write_whole
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.messages import broken_rules, place_text
from deciban.model.errors import ModelError
from deciban.model.posterior.summary import RULES
from deciban.model.sampling.draws import SAMPLE_STATS

# It takes half a second to import. Who reads or writes no fit should not pay it.
if TYPE_CHECKING:
    import xarray as xr

__all__ = ["FitFileError", "fit_bytes", "read_fit", "rules_of", "write_fit"]

# HDF5 through h5py: the one engine that we install. Compression would save 14 % of a
# file of 15 MB and double the time it takes to write.
_ENGINE: Any = "h5netcdf"

# Numbers that say something are never compressed as far as this.
_MOST_COMPRESSED = 100

# What is taken from a fit.
_ATTRIBUTES = ("case", "title", "as_of", "digest", "seed", "settings", "versions")
_VARIABLES: dict[str, tuple[str, ...]] = {
    "posterior": ("z", "unknown", "probability", "source_reliability"),
    "prior": ("probability", "source_reliability"),
    "sample_stats": SAMPLE_STATS,
    "constant_data": ("casebook",),
}


class FitFileError(ModelError):
    """A file is not a fit that Deciban saved."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path}: must be a fit saved by 'deciban fit --out', got {reason}"
        )
        self.path = path
        self.reason = reason


def fit_bytes(fit: "xr.DataTree") -> bytes:
    """Return a fit as its file has it."""
    return bytes(fit.to_netcdf(engine=_ENGINE))


def write_fit(fit: "xr.DataTree", path: str | os.PathLike[str]) -> None:
    """Write a fit to a file, which is replaced if there is one.

    Parameters
    ----------
    fit : DataTree
        As ``model.posterior.data_tree.forecast_tree`` returns it.
    path : path
        A name that ends in ``.nc`` tells other programs what it is.

    Raises
    ------
    OSError
        If the file cannot be written; one that was there is as it was.
    """
    write_whole(path, fit_bytes(fit))


def read_fit(
    path: str | os.PathLike[str], *, other_rules: bool = False
) -> "xr.DataTree":
    """Read a fit that was saved.

    Parameters
    ----------
    path : path
        Of the file.
    other_rules : bool
        Whether one that another version made under other rules is read as well: what
        it forecast, not what its draws say of anything else.

    Raises
    ------
    FitFileError
        If the file cannot be read, or holds something else.
    """
    import xarray as xr

    path = Path(path)
    try:
        _check_extent(path)
        with xr.open_datatree(path, engine=_ENGINE) as tree:
            fit = tree.load()
    except OSError as error:
        # A file that is no HDF5 has no errno; where there is one, h5py says more of its
        # own buffers than of the file.
        said = os.strerror(error.errno) if error.errno else "a file that is no NetCDF"
        raise FitFileError(path, said) from error
    except (KeyError, RuntimeError, ValueError) as error:
        raise FitFileError(path, f"a damaged file ({error})") from error
    if not _VARIABLES.keys() <= fit.children.keys() or "digest" not in fit.attrs:
        raise FitFileError(path, "a NetCDF of something else")
    if (rules := rules_of(fit)) != RULES and not other_rules:
        raise FitFileError(
            path,
            f"one that another version made under other rules of the model ({rules}, "
            f"not {RULES}): fit its casebook again",
        )
    if lacking := _lacking(fit):
        raise FitFileError(path, f"one without {', '.join(lacking)}")
    if unfit := _unfit(fit):
        raise FitFileError(path, f"one with {unfit}")
    return fit


def rules_of(fit: "xr.DataTree") -> int:
    """Tell under which rules of the model a fit was made: see ``RULES``."""
    return int(fit.attrs.get("rules", 1))


def _check_extent(path: Path) -> None:
    """Refuse a file that would open into more than it holds, before it does.

    Whatever names, attributes and shapes are damaged is found too: h5netcdf, whose own
    object is half made by then, would add a traceback to the message.

    Raises
    ------
    KeyError, OSError, RuntimeError, ValueError
        As h5py finds it.
    """
    import h5py

    room = _MOST_COMPRESSED * path.stat().st_size

    def visit(name: str, item: "h5py.Group | h5py.Dataset") -> None:
        dict(item.attrs)
        if isinstance(item, h5py.Dataset) and item.size * item.dtype.itemsize > room:
            numbers = " x ".join(f"{n:,}" for n in item.shape)
            raise ValueError(f"{name} of {numbers} numbers cannot be in it")

    with h5py.File(path) as file:
        dict(file.attrs)
        file.visititems(visit)


def _lacking(fit: "xr.DataTree") -> list[str]:
    attributes = [name for name in _ATTRIBUTES if name not in fit.attrs]
    return attributes + [
        f"{group}/{name}"
        for group, names in _VARIABLES.items()
        for name in names
        if name not in fit.children[group].variables
    ]


def _unfit(fit: "xr.DataTree") -> str | None:
    """Say which part of a fit is there, but cannot be used."""
    from deciban.model.posterior.data_tree import draws_of
    from deciban.model.posterior.statistics import casebook_of

    try:
        casebook_of(fit)
    except ValidationError as error:  # as from a version with other rules
        broken = next(broken_rules(error, Casebook))
        return f"a casebook whose {place_text(broken.place)} {broken.rule}"
    try:
        datetime.date.fromisoformat(fit.attrs["as_of"])
        draws_of(fit)
    except (TypeError, ValueError) as error:
        return f"an attribute that cannot be read ({error})"
    return None
