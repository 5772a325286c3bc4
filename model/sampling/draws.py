"""What a sampler leaves behind: draws of everything unknown, and its own account.

All that a fit says follows from these and the casebook, and so does what it would say
of another casebook (``model.posterior.what_if``). They are kept as one block of bytes,
a NumPy archive, which needs neither xarray nor HDF5 to read and holds no code.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from deciban.model.array_types import Floats
from deciban.model.errors import ModelError

__all__ = ["SAMPLE_STATS", "Draws"]


# What the sampler tells of each draw, by the names of ArviZ's schema.
SAMPLE_STATS = (
    "diverging",
    "energy",
    "lp",
    "tree_depth",
    "n_steps",
    "step_size",
    "acceptance_rate",
)
_STAT = "stat "  # before the name of a statistic in an archive


@dataclass(frozen=True, eq=False)
class Draws:
    r"""Draws of :math:`z` from the posterior of a casebook as of a day.

    Attributes
    ----------
    z : ndarray, shape (chain, draw, unknown)
        Standard normals before the reports, whatever the casebook.
    labels : tuple of str
        Which unknown each is: ``source kcna``, ``scenario troops``, ``link a -> b``,
        ``digit 2``, ``word weak``, ``calibration words``.
    stats : mapping of ndarray, shape (chain, draw)
        Statistics of the sampler: those of ``SAMPLE_STATS``.
    digest : str
        Of casebook, day and settings.
    seed : int
    settings : mapping of str to int
        ``draws``, ``tune`` and ``chains``.
    versions : mapping of str to str
        Of Python and the packages that the numbers depend on.
    """

    z: Floats
    labels: tuple[str, ...]
    stats: Mapping[str, NDArray[Any]]
    digest: str
    seed: int
    settings: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Write an archive, uncompressed: random numbers hardly shrink."""
        about = {
            "digest": self.digest,
            "seed": self.seed,
            "settings": dict(self.settings),
            "versions": dict(self.versions),
        }
        arrays: dict[str, Any] = {
            "z": self.z,
            "labels": np.array(self.labels, dtype=np.str_),
            "about": np.array(json.dumps(about)),
        }
        arrays |= {f"{_STAT}{name}": values for name, values in self.stats.items()}
        archive = io.BytesIO()
        np.savez(archive, allow_pickle=False, **arrays)
        return archive.getvalue()

    @classmethod
    def from_bytes(cls, archive: bytes) -> Self:
        """Read an archive.

        Raises
        ------
        ModelError
            If it is damaged, or something else.
        """
        try:
            with np.load(io.BytesIO(archive), allow_pickle=False) as kept:
                arrays = {name: kept[name] for name in kept.files}
            about = json.loads(str(arrays.pop("about")))
            draws = cls(
                z=arrays.pop("z"),
                labels=tuple(arrays.pop("labels").tolist()),
                stats={
                    name.removeprefix(_STAT): values for name, values in arrays.items()
                },
                **about,
            )
            shape = draws.z.shape[:2]
            if draws.z.shape != (*shape, len(draws.labels)) or any(
                draws.stats[name].shape != shape for name in SAMPLE_STATS
            ):
                raise ValueError("arrays of different lengths")
        # Damage shows in a dozen ways, in the archive, in an array's head, in JSON.
        except Exception as error:
            raise ModelError(
                "must be draws as a fit keeps them, got "
                f"{len(archive)} bytes that cannot be read: {error}"
            ) from error
        return draws
