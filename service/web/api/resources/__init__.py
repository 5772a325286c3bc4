"""The resources of the API; each module declares the operations of one."""

from deciban.service.web.api.resources import (
    arguments,
    cases,
    due,
    fits,
    forecasts,
    history,
    indicators,
    influence,
    learned,
    links,
    plots,
    reports,
    rivals,
    scenarios,
    scores,
    sources,
    what_if,
    why,
)

__all__ = ["OPERATIONS"]

# In the order of the documentation.
OPERATIONS = [
    module.operations
    for module in (
        cases,
        due,
        scenarios,
        arguments,
        links,
        rivals,
        indicators,
        sources,
        reports,
        forecasts,
        scores,
        what_if,
        why,
        influence,
        fits,
        plots,
        history,
        learned,
    )
]
