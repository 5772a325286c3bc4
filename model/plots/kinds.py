"""The kinds of plot that a fit has: known without loading a plotting library."""

from collections.abc import Iterable

from deciban.model.errors import ModelError

__all__ = [
    "DIAGNOSTICS",
    "KINDS",
    "OF_SCENARIO",
    "SUFFIXES",
    "PlotScenarioError",
    "check_scenario",
]

KINDS = {
    "forest": "forecasts: mean with 50 % and 90 % intervals, and the words of ICD 203",
    "ridge": "forecasts: the whole posterior density of each probability",
    "prior-posterior": "what the reports changed: densities before and after them",
    "sources": "reliability of each source, before and after the reports",
    "matrix": "weights of reports and arguments on each scenario, in decibans",
    "ladder": "of one scenario: the steps from prior to forecast, in decibans",
    "history": "of one scenario: its forecast by day, and the reports that moved it",
    "trace": "diagnostic: draws of each probability in order, by chain",
    "rank": "diagnostic: whether the chains agree on each probability",
    "energy": "diagnostic: whether the sampler reached the whole posterior",
}

# Drawn by arviz-plots, in seconds, the first to look at first; the others are our own
# SVG, in hundredths of one.
DIAGNOSTICS = ("rank", "trace", "energy")

# Of one scenario each; the others are of the whole fit.
OF_SCENARIO = ("ladder", "history")

SUFFIXES = (".svg", ".png", ".pdf")


class PlotScenarioError(ModelError, ValueError):
    """A plot of one scenario names none of the fit, or one of the whole fit names one.

    Attributes
    ----------
    rule : str
        What must hold of the scenario.
    value : str or None
        What came.
    """

    def __init__(self, rule: str, value: str | None) -> None:
        got = "none" if value is None else repr(value)
        super().__init__(f"scenario {rule}, got {got}")
        self.rule, self.value = rule, value


def check_scenario(kind: str, scenario: str | None, known: Iterable[str]) -> None:
    """Refuse a scenario that a kind of plot cannot be of.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    scenario : str or None
        Whose plot is asked for; None where it is the whole fit's.
    known : iterable of str
        Ids of the scenarios of the fit.

    Raises
    ------
    PlotScenarioError
    """
    if kind in OF_SCENARIO:
        known = list(known)
        if scenario not in known:
            rule = f"must be one of {', '.join(known)} for a {kind}"
            raise PlotScenarioError(rule, scenario)
    elif scenario is not None:
        raise PlotScenarioError(f"must be left out for {kind}, of all", scenario)
