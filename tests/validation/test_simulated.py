"""Simulated casebooks are settled as they ended, and joined without mixing."""

import numpy as np

from deciban.model.sampling.simulate import Size, simulate
from tests.validation.simulated import joined, settled

ONE = simulate(Size.around(30), seed=1)
OTHER = simulate(Size.around(30), seed=2)


def test_scenarios_are_settled_as_they_were_simulated_to_end():
    book = settled(ONE, np.random.default_rng(1))

    outcomes = {scenario.id: scenario.outcome for scenario in book.priors.scenarios}
    assert {name: one.occurred for name, one in outcomes.items()} == ONE.occurred
    assert min(one.on for one in outcomes.values()) > ONE.as_of


def test_joined_casebooks_share_no_source_and_no_scenario():
    parts = [ONE.casebook, OTHER.casebook]
    book = joined(parts)

    for items in ("scenarios", "arguments", "links"):
        whole = getattr(book.priors, items)
        assert len(whole) == sum(len(getattr(p.priors, items)) for p in parts)
    first = [r for r in book.evidence.reports if r.id.startswith("case-1-")]
    assert len(first) == len(ONE.casebook.evidence.reports)
    assert all(report.source.startswith("case-1-") for report in first)
    targets = {b.scenario or b.argument for r in first for b in r.bears_on}
    assert all(target.startswith("case-1-") for target in targets)
