"""Ids as other systems have them: of either case, with points, bars and hyphens."""

from urllib.parse import quote

import pytest

from deciban.model.casebook.changes import Change
from deciban.model.casebook.files import read_casebook, write_evidence, write_priors
from tests.service.web.pages.conftest import CASE

SCENARIO, TWIN, SOURCE, REPORT, ARGUMENT = "Q1.a_B", "q1.A_b", "..x", "-7", "a--b"
LINK = f"{SCENARIO}--troops"
HERE = f"/cases/{CASE}"


@pytest.fixture
def foreign(site):
    """The site, with items whose ids came from elsewhere."""
    twins = [
        {
            "id": name,
            "question": f"Does {name} come true?",
            "criteria": "It does.",
            "opens": "2022-07-01",
            "closes": "2025-12-31",
            "hazard": "none",
            "prior": {"median": 0.3, "low": 0.1, "high": 0.6},
        }
        for name in (SCENARIO, TWIN)
    ]
    argument = {
        "id": ARGUMENT,
        "statement": "It would be wise",
        "bears_on": [{"scenario": TWIN, "direction": "opposes", "strength": "strong"}],
    }
    link = {"if": SCENARIO, "then": "troops", "probability": 0.5}
    source = {"id": SOURCE, "name": "X", "reliability": "B"}
    report = {
        "id": REPORT,
        "claim": "So it is",
        "source": SOURCE,
        "credibility": 2,
        "published": "2024-03-30",
        "bears_on": [
            {"scenario": SCENARIO, "direction": "supports", "strength": "strong"},
            {"argument": ARGUMENT, "direction": "supports", "strength": "weak"},
        ],
    }
    site.post(
        *(Change(kind="scenario", key=one["id"], body=one) for one in twins),
        Change(kind="argument", key=ARGUMENT, body=argument),
        Change(kind="link", key=LINK, body=link),
        Change(kind="source", key=SOURCE, body=source),
        Change(kind="report", key=REPORT, body=report),
    )
    return site


def test_pages_and_api_find_what_ids_name(foreign):
    foreign.refit()
    client = foreign.client("forecaster")
    api = f"/api/v1/cases/{CASE}"
    for path, told in (
        (f"{HERE}/scenarios/{SCENARIO}", f"Does {SCENARIO} come true?"),
        (f"{HERE}/scenarios/{TWIN}", f"Does {TWIN} come true?"),
        (f"{HERE}/sources/{SOURCE}", "X"),
        (f"{HERE}/reports/{REPORT}", "So it is"),
        (f"{HERE}/reports/{REPORT}/edit", "So it is"),
        (f"{HERE}/what-if?grade={SOURCE}:F&prior={SCENARIO}:20", "20"),
        (f"{HERE}/plots/density-{SCENARIO}.svg", "svg"),
        (f"{HERE}/plots/source-{SOURCE}.svg", "svg"),
        (f"{api}/scenarios/{SCENARIO}", SCENARIO),
        (f"{api}/arguments/{ARGUMENT}", ARGUMENT),
        (f"{api}/sources/{SOURCE}", SOURCE),
        (f"{api}/reports/{REPORT}", REPORT),
        (f"{api}/links/{quote(LINK)}", SCENARIO),
        (f"{api}/history?kind=link&key={LINK}", LINK),
        (f"{api}/scenarios/{TWIN}", TWIN),
    ):
        answer = client.get(path)
        assert (answer.status_code, path) == (200, path)
        assert told in answer.text


def test_ids_are_compared_as_written(foreign):
    client = foreign.client("viewer")
    paths = ("scenarios/Q1.A_B", "sources/..X", "reports/-7.", "scenarios/TROOPS")
    for path in paths:
        assert client.get(f"{HERE}/{path}").status_code == 404
        assert client.get(f"/api/v1/cases/{CASE}/{path}").status_code == 404


@pytest.mark.parametrize("suffix", ["yaml", "csv", "jsonl"])
def test_files_bring_ids_back(foreign, tmp_path, suffix):
    casebook = foreign.casebook()
    priors, evidence = tmp_path / "priors.yaml", tmp_path / f"evidence.{suffix}"
    write_priors(casebook.priors, priors)
    write_evidence(casebook.evidence, evidence)

    assert read_casebook(priors, evidence) == casebook


@pytest.mark.parametrize("name", [".", "..", "a/b", "a b", "", "a" * 81, "é"])
def test_what_no_address_can_hold_is_refused(site, name):
    with pytest.raises(ValueError, match="id"):
        site.post(
            Change(
                kind="source",
                key=name,
                body={"id": name, "name": "X", "reliability": "B"},
            )
        )
