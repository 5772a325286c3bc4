"""A small case, and reports for it."""

from typing import Any

SCENARIO = {
    "criteria": "Two governments say so",
    "opens": "2022-07-01",
    "closes": "2025-12-31",
}
CASE: dict[str, Any] = {
    "priors": {
        "case": "war",
        "title": "A war",
        "scenarios": [
            {
                **SCENARIO,
                "id": "shells",
                "question": "Are shells shipped?",
                "prior": {"median": 0.3, "low": 0.1, "high": 0.6},
            },
            {
                **SCENARIO,
                "id": "troops",
                "question": "Are troops sent?",
                "prior": {"median": 0.1, "low": 0.02, "high": 0.4},
            },
            {
                **SCENARIO,
                "id": "treaty",
                "question": "Is a treaty signed?",
                "prior": {"median": 0.4, "low": 0.2, "high": 0.6},
            },
        ],
        "arguments": [
            {
                "id": "short-of-shells",
                "statement": "Shells run out",
                "bears_on": [
                    {
                        "scenario": "shells",
                        "direction": "supports",
                        "strength": "moderate",
                    }
                ],
            }
        ],
        "links": [{"if": "treaty", "then": "troops", "probability": 0.3}],
    },
    "evidence": {
        "case": "war",
        "sources": [
            {"id": "kcna", "name": "KCNA", "reliability": "D"},
            {"id": "nis", "name": "NIS", "reliability": "B"},
        ],
    },
}


def make_report(report_id: str = "seen", **changes: Any) -> dict[str, Any]:
    """Build a report as its file writes it."""
    return {
        "id": report_id,
        "claim": "Trains with shells were seen",
        "source": "nis",
        "credibility": 2,
        "published": "2023-01-10",
        "bears_on": [
            {"scenario": "shells", "direction": "supports", "strength": "weak"}
        ],
    } | changes
