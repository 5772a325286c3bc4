"""The model fitted to a ledger, and what is read from the draws."""

import datetime
import warnings
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import deciban
from deciban.model.casebook.casebook import Casebook
from tests.validation.casebooks import casebook
from tests.validation.ledgers import Ledger

__all__ = ["Effort", "Fitted", "fit_quietly", "fitted"]

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Effort:
    """How long to sample: draws kept and spent on tuning by each of the chains."""

    draws: int = 250
    tune: int = 250
    chains: int = 2


@dataclass(frozen=True, eq=False)
class Fitted:
    """Draws of one fit, all chains after each other.

    Attributes
    ----------
    probability : ndarray, shape (task,)
        Forecasts, in the ledger's order.
    reliability : dict of ndarray, shape (draw,)
        By source.
    overlap : dict of ndarray, shape (draw,)
        ``across``, ``in camp`` and ``in account``.
    interest : dict of float
        Mean by source, where it was learned: towards yes, from -1 to 1.
    """

    probability: Floats
    reliability: Mapping[str, Floats]
    overlap: Mapping[str, Floats]
    interest: Mapping[str, float]


def fitted(
    ledger: Ledger,
    effort: Effort,
    *,
    settled: Container[str] = frozenset(),
    scales: dict[str, Any] | None = None,
) -> Fitted:
    """Fit a ledger.

    Parameters
    ----------
    ledger, settled, scales
        As ``casebook`` reads them.
    effort : Effort
        How long to sample.
    """
    book = casebook(ledger, settled=settled, scales=scales)
    closed = max(scenario.closes for scenario in book.priors.scenarios)
    fit = fit_quietly(book, closed + datetime.timedelta(days=1), effort)
    posterior = fit.tree["posterior"].to_dataset()
    wanted = posterior[["probability", "source_reliability", "overlap"]]
    draws = wanted.stack(sample=("chain", "draw"))
    means = draws["probability"].mean("sample").to_series()
    return Fitted(
        probability=np.array([means[task] for task in ledger.occurred]),
        reliability=_by_name(draws["source_reliability"], "source"),
        overlap=_by_name(draws["overlap"], "scope"),
        interest=_interests(posterior["z"]),
    )


def fit_quietly(book: Casebook, as_of: datetime.date, effort: Effort) -> deciban.Fit:
    """Fit, and let pass that these are fewer draws than a served forecast needs."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the checks")
        return deciban.fit(
            book, as_of, draws=effort.draws, tune=effort.tune, chains=effort.chains
        )


def _interests(z: Any) -> dict[str, float]:
    """Mean of tanh(z / 2) of every unknown that is an interest, by its source."""
    kinds = [str(name).partition(" ") for name in z["unknown"].values]
    means = np.tanh(z / 2).mean(("chain", "draw")).values
    return {
        source: float(mean)
        for (kind, _, source), mean in zip(kinds, means, strict=True)
        if kind == "interest"
    }


def _by_name(values: Any, dim: str) -> dict[str, Floats]:
    return {str(name): values.sel({dim: name}).values for name in values[dim].values}
