"""From draws of z to everything a fit says, as a DataTree that ArviZ takes as it is."""

import datetime
import json
from collections.abc import Mapping

import numpy as np
import xarray as xr

from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.likelihood.design import Design, design
from deciban.model.posterior.statistics import summarise
from deciban.model.posterior.summaries import columns
from deciban.model.posterior.summary import RULES
from deciban.model.posterior.weighing import clocked, prior_draws, weighed_draws
from deciban.model.sampling.draws import SAMPLE_STATS, Draws

__all__ = ["draws_of", "forecast_tree"]

_DIMS = {
    "probability": "scenario",
    "prior_probability": "scenario",
    "source_reliability": "source",
    "credibility": "digit",
    "strength": "word",
    "calibration": None,
    "overlap": "scope",
    "grade_shift": "grade",
    "link_shift": "link",
    "argument_probability": "argument",
    "weight": "bearing",
    "z": "unknown",
}


def forecast_tree(
    draws: Draws, casebook: Casebook, as_of: datetime.date
) -> xr.DataTree:
    """Gather a fit: what is believed after the reports and before, and its proof.

    Parameters
    ----------
    draws : Draws
        From the posterior, as ``model.sampling.fit.sample`` returns them.
    casebook : Casebook
        The one that was fitted, whole.
    as_of : date
        The day of the fit.

    Returns
    -------
    DataTree
        Groups ``posterior`` and ``prior`` (the variables of ``weighed_draws``; in
        ``prior`` no report or outcome is known, so there is no ``weight``, but the
        clock stands at the same day), ``sample_stats``, and ``constant_data`` (the
        casebook, as JSON, and counts); attribute ``summary``, what ``summarise`` says.
    """
    n_chains, n_draws = draws.z.shape[:2]
    laid_out = design(casebook, as_of)
    before = design(casebook.as_of(as_of).without_reports(), as_of, laid_out.looked)
    z = clocked(prior_draws(before.coords()["unknown"], n_chains * n_draws), before)
    after, prior = (
        one.T.reshape(n_chains, n_draws, -1) for one in (columns(draws, laid_out), z)
    )
    tree = xr.DataTree.from_dict(
        {
            "posterior": _dataset(weighed_draws(after, laid_out), laid_out),
            "prior": _dataset(weighed_draws(prior, before), before).drop_dims(
                "bearing"
            ),
            "sample_stats": xr.Dataset(
                {name: (("chain", "draw"), draws.stats[name]) for name in SAMPLE_STATS},
                coords={"chain": np.arange(n_chains), "draw": np.arange(n_draws)},
            ),
            "constant_data": _constant_data(laid_out, casebook, as_of),
        }
    )
    tree.attrs = {
        "case": casebook.case,
        "title": casebook.priors.title,
        "as_of": as_of.isoformat(),
        "rules": RULES,
        "digest": draws.digest,
        "seed": draws.seed,
        "settings": json.dumps(dict(draws.settings)),
        "versions": json.dumps(dict(draws.versions)),
    }
    for group in tree.children.values():
        group.attrs |= tree.attrs
    # Who reads the fit again need not load ArviZ to say what it says.
    tree.attrs["summary"] = summarise(tree).model_dump_json()
    return tree


def draws_of(fit: xr.DataTree) -> Draws:
    """Return the draws that a fit was made of: ``forecast_tree`` undone."""
    posterior, stats = (
        fit.children[name].to_dataset() for name in ("posterior", "sample_stats")
    )
    return Draws(
        z=posterior["z"].values,
        labels=tuple(posterior["unknown"].values.tolist()),
        stats={name: stats[name].values for name in SAMPLE_STATS},
        digest=fit.attrs["digest"],
        seed=int(fit.attrs["seed"]),
        settings=json.loads(fit.attrs["settings"]),
        versions=json.loads(fit.attrs["versions"]),
    )


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
    counts = {s: known.index.counts(s) for s in laid_out.scenarios}
    grade = {source.id: source.reliability for source in known.evidence.sources}
    givers = laid_out.on_scenarios
    return xr.Dataset(
        {
            "reports": ("scenario", [counts[s].reports for s in laid_out.scenarios]),
            "origins": ("scenario", [counts[s].origins for s in laid_out.scenarios]),
            "grade": ("source", [grade[source] for source in laid_out.sources]),
            "bearing_giver": ("bearing", [giver for giver, _ in givers]),
            "bearing_scenario": ("bearing", [scenario for _, scenario in givers]),
            "bearing_is_argument": (
                "bearing",
                np.arange(len(givers)) >= len(givers) - len(laid_out.reasons),
            ),
            "casebook": ((), casebook.model_dump_json(by_alias=True)),
        },
        coords={
            "scenario": list(laid_out.scenarios),
            "source": list(laid_out.sources),
            "bearing": laid_out.coords()["bearing"],
        },
    )
