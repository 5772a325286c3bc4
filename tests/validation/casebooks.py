"""Ledgers as casebooks: a task is a scenario, a row a report of credibility 6."""

import datetime
from collections.abc import Container
from typing import Any

from deciban.evidence import EvidenceFile
from deciban.model.casebook.casebook import Casebook
from deciban.priors import PriorsFile
from tests.validation.ledgers import Ledger, Statement

__all__ = ["casebook"]

# Even odds, and nearly nothing known: 5 % to 95 %.
_PRIOR = {"median": 0.5, "low": 0.05, "high": 0.95}


def casebook(
    ledger: Ledger,
    *,
    settled: Container[str] = frozenset(),
    scales: dict[str, Any] | None = None,
) -> Casebook:
    """Write a ledger as a casebook.

    Parameters
    ----------
    ledger : Ledger
        Its sources keep their one grade; its tasks open before anybody speaks of them
        and close after the last has.
    settled : container of str
        Tasks whose outcome the casebook knows. A forecast is scored on the others only.
    scales : dict, optional
        The case's own numbers, as its priors file would have them.
    """
    days = [one.on for one in ledger.statements]
    opens, closes = (
        day + datetime.timedelta(days=shift)
        for day, shift in ((min(days), -1), (max(days), 1))
    )
    scenarios = [
        {
            "id": task,
            "question": f"Is it yes for {task}?",
            "criteria": "What turned out.",
            "opens": opens,
            "closes": closes,
            "hazard": "none",
            "prior": _PRIOR,
        }
        | ({"outcome": {"occurred": occurred, "on": closes}} if task in settled else {})
        for task, occurred in ledger.occurred.items()
    ]
    sources = [
        {"id": name, "name": name, "reliability": ledger.grade}
        | ({"interest": "learned"} if ledger.learned_interest else {})
        for name in ledger.sources
    ]
    reports = [_report(i, one) for i, one in enumerate(ledger.statements, start=1)]
    name = ledger.name.replace("+", "-")
    return Casebook(
        priors=PriorsFile.model_validate(
            {
                "case": name,
                "title": ledger.name,
                "scenarios": scenarios,
                "scales": scales or {},
            }
        ),
        evidence=EvidenceFile.model_validate(
            {"case": name, "sources": sources, "reports": reports}
        ),
    )


def _report(number: int, statement: Statement) -> dict[str, Any]:
    return {
        "id": f"report-{number}",
        "claim": f"{statement.task}: {statement.decibans:+.1f} dB ({number})",
        "source": statement.source,
        "credibility": 6,
        "published": statement.on,
        "bears_on": [
            {
                "scenario": statement.task,
                "direction": "supports" if statement.decibans >= 0 else "opposes",
                "decibans": abs(statement.decibans),
            }
        ],
    }
