"""From draws of z to everything a fit says, as a DataTree that ArviZ takes as it is.

The sampler keeps :math:`z` alone; all else is weighed here, in NumPy, a block of draws
at a time, so that a casebook of thousands of reports fits in memory.
"""

import datetime
import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit, ndtri
from scipy.stats import qmc

from evidence import DECIBANS_PER_NAT, weight_of_evidence
from model.casebook import Casebook
from model.design import Design, design
from model.likelihood import unknowns, weigh

__all__ = ["forecast_tree", "prior_draws", "weighed_draws"]

type Floats = NDArray[np.float64]

# Draws by bearings weighed at a time: 8 MB an array.
_BLOCK = 1_000_000

_DIMS = {
    "probability": "scenario",
    "prior_probability": "scenario",
    "source_reliability": "source",
    "credibility": "digit",
    "strength": "word",
    "calibration": None,
    "link_shift": "link",
    "argument_probability": "argument",
    "weight": "bearing",
    "z": "unknown",
}
# Our names for the sampler's statistics, as ArviZ's schema has them.
_SAMPLE_STATS = {
    "diverging": "diverging",
    "energy": "energy",
    "logp": "lp",
    "depth": "tree_depth",
    "n_steps": "n_steps",
    "step_size": "step_size",
    "mean_tree_accept": "acceptance_rate",
}


def weighed_draws(z: Floats, laid_out: Design) -> dict[str, Floats]:
    """Weigh draws of z: every variable of the model, without spare places.

    Parameters
    ----------
    z : ndarray, shape (chain, draw, unknown)
        Standard normals, in the places of the design.
    laid_out : Design
        The casebook.

    Returns
    -------
    dict of ndarray, shape (chain, draw, ...)
        ``probability`` and ``prior_probability`` [scenario], ``source_reliability``
        [source], ``credibility`` [digit], ``strength`` [word] in dB, ``calibration``
        [], ``link_shift`` [link] in dB, ``argument_probability`` [argument], ``weight``
        [bearing] in dB of all that bears on a scenario, and ``z`` [unknown].
    """
    flat = z.reshape(-1, z.shape[-1])
    rows = max(1, _BLOCK // max(1, len(laid_out.bearings)))
    variables: dict[str, Floats] = {}
    for start in range(0, len(flat), rows):
        for name, block in _weighed(flat[start : start + rows], laid_out).items():
            if name not in variables:
                # Weights are by far the most numbers, and are shown to a tenth of a dB.
                kind = np.float32 if name == "weight" else np.float64
                variables[name] = np.empty((len(flat), *block.shape[1:]), kind)
            variables[name][start : start + len(block)] = block
    return {
        name: values.reshape(*z.shape[:2], *values.shape[1:])
        for name, values in variables.items()
    }


def _weighed(z: Floats, laid_out: Design) -> dict[str, Floats]:
    x = unknowns(z, laid_out.arrays)
    seen = weigh(z, laid_out.arrays)
    direct = seen.tilt[:, : laid_out.n_direct]
    tilt = np.concatenate([direct, seen.argued.tilt], axis=-1)
    scenarios, sources, links = map(
        len, (laid_out.scenarios, laid_out.sources, laid_out.links)
    )
    return {
        "probability": seen.probability[:, :scenarios],
        "prior_probability": expit(x.prior[:, :scenarios]),
        "source_reliability": expit(x.reliability[:, :sources]),
        "credibility": expit(x.credibility),
        "strength": np.exp(x.strength),
        "calibration": np.exp(x.calibration[:, 0]),
        "link_shift": DECIBANS_PER_NAT * x.link[:, :links],
        "argument_probability": expit(seen.argued.log_odds),
        "weight": weight_of_evidence(tilt),
        "z": z[:, laid_out.in_use],
    }


def prior_draws(size: int, n_chains: int, n_draws: int, seed: int) -> Floats:
    """Draw z from its prior, each place spread evenly, shape (chain, draw, size)."""
    cube = qmc.LatinHypercube(size, rng=seed)
    z: Floats = ndtri(cube.random(n_chains * n_draws))
    return z.reshape(n_chains, n_draws, size)


def forecast_tree(
    z: Floats,
    sample_stats: Mapping[str, NDArray[Any]],
    laid_out: Design,
    casebook: Casebook,
    as_of: datetime.date,
    attributes: Mapping[str, Any],
) -> xr.DataTree:
    """Gather a fit: what is believed after the reports and before, and its proof.

    Parameters
    ----------
    z : ndarray, shape (chain, draw, unknown)
        Draws from the posterior.
    sample_stats : mapping of ndarray, shape (chain, draw)
        The sampler's, by its own names.
    laid_out : Design
        The casebook as of the day.
    casebook : Casebook
        The same, whole.
    as_of : date
        The day.
    attributes : mapping
        ``digest``, ``seed`` and settings; versions are added.

    Returns
    -------
    DataTree
        Groups ``posterior`` and ``prior`` (the variables of ``weighed_draws``; in
        ``prior`` no report or outcome is known, so there is no ``weight``, but the
        clock stands at the same day), ``sample_stats``, and ``constant_data`` (the
        casebook, as JSON, and counts).
    """
    n_chains, n_draws = z.shape[:2]
    before = design(casebook.without_reports(), as_of, laid_out.layout)
    prior = prior_draws(z.shape[-1], n_chains, n_draws, int(attributes["seed"]))
    tree = xr.DataTree.from_dict(
        {
            "posterior": _dataset(weighed_draws(z, laid_out), laid_out),
            "prior": _dataset(weighed_draws(prior, before), before).drop_dims(
                "bearing"
            ),
            "sample_stats": xr.Dataset(
                {
                    name: (("chain", "draw"), np.asarray(sample_stats[theirs]))
                    for theirs, name in _SAMPLE_STATS.items()
                },
                coords={"chain": np.arange(n_chains), "draw": np.arange(n_draws)},
            ),
            "constant_data": _constant_data(laid_out, casebook, as_of),
        }
    )
    tree.attrs = {
        "case": casebook.case,
        "title": casebook.priors.title,
        "as_of": as_of.isoformat(),
        **attributes,
        "versions": json.dumps(_versions()),
    }
    for group in tree.children.values():
        group.attrs |= tree.attrs
    return tree


def _dataset(variables: Mapping[str, Floats], laid_out: Design) -> xr.Dataset:
    labels = {
        dim: [label for label in coord if label]
        for dim, coord in laid_out.coords().items()
    }
    n_chains, n_draws = variables["z"].shape[:2]
    return xr.Dataset(
        {
            name: (("chain", "draw", *((dim,) if dim else ())), variables[name])
            for name, dim in _DIMS.items()
        },
        coords={"chain": np.arange(n_chains), "draw": np.arange(n_draws), **labels},
    )


def _constant_data(
    laid_out: Design, casebook: Casebook, as_of: datetime.date
) -> xr.Dataset:
    known = casebook.as_of(as_of)
    roots = known.evidence.roots()
    reports = [known.reports_on(scenario) for scenario in laid_out.scenarios]
    grade = {source.id: source.reliability for source in known.evidence.sources}
    givers = laid_out.on_scenarios
    return xr.Dataset(
        {
            "reports": ("scenario", [len(items) for items in reports]),
            "origins": (
                "scenario",
                [
                    len({roots[report.id].speaker for report in items})
                    for items in reports
                ],
            ),
            "grade": ("source", [grade[source] for source in laid_out.sources]),
            "bearing_giver": ("bearing", [giver for giver, _ in givers]),
            "bearing_scenario": ("bearing", [scenario for _, scenario in givers]),
            "bearing_is_argument": (
                "bearing",
                np.arange(len(givers)) >= laid_out.n_direct,
            ),
            "casebook": ((), casebook.model_dump_json(by_alias=True)),
        },
        coords={
            "scenario": list(laid_out.scenarios),
            "source": list(laid_out.sources),
            "bearing": laid_out.coords()["bearing"],
        },
    )


def _versions() -> dict[str, str]:
    packages = ("deciban", "pymc", "nutpie", "numpy")
    return {"python": platform.python_version()} | {p: version(p) for p in packages}
