"""Cases and fits that are made up: chains of z drawn from its prior."""

import datetime

import numpy as np

from deciban.evidence import EvidenceFile
from deciban.model.casebook.casebook import Casebook
from deciban.model.fit import Fit
from deciban.model.likelihood.design import design
from deciban.model.sampling.draws import SAMPLE_STATS, Draws
from deciban.priors import PriorsFile

AS_OF = datetime.date(2024, 3, 31)


def drawn(
    casebook: Casebook, n_chains: int = 4, n_draws: int = 250, apart: float = 0
) -> Fit:
    """Make up a fit: z from its prior, chains that are ``apart`` in every unknown."""
    laid_out = design(casebook, AS_OF)
    rng = np.random.default_rng(20240331)
    shape = (n_chains, n_draws)
    z = rng.standard_normal((*shape, laid_out.layout.size))
    sample_stats = {name: rng.standard_normal(shape) for name in SAMPLE_STATS}
    sample_stats["diverging"] = rng.random(shape) < (0.02 if apart else 0)
    draws = Draws(
        z + apart * np.arange(n_chains)[:, None, None],
        tuple(laid_out.coords()["unknown"]),
        sample_stats,
        digest="0" * 64,
        seed=1,
    )
    return Fit(draws, casebook, AS_OF)


def made_up_case(*scenarios: dict, title: str = "Made up") -> Casebook:
    """Make a casebook without reports; a scenario is closed or open until 2030."""
    common = {"question": "?", "criteria": "-", "opens": datetime.date(2020, 1, 1)}
    common |= {"closes": datetime.date(2030, 1, 1), "prior": {"beta": [2, 3]}}
    items = [common | {"id": f"s-{i}"} | item for i, item in enumerate(scenarios)]
    content = {"case": "made-up", "title": title, "scenarios": items}
    return Casebook(
        priors=PriorsFile.model_validate(content), evidence=EvidenceFile(case="made-up")
    )


def settled(occurred: bool) -> dict:
    day = datetime.date(2023, 1, 1)
    return {"outcome": {"occurred": occurred, "on": day}}
