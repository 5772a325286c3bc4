"""``deciban due``: what awaits its settlement."""

import json

import pytest


@pytest.fixture
def due(deciban, files):
    """Return ``deciban due`` on the files of a case."""
    return lambda *words: deciban(
        "due", "--priors", files[0], "--evidence", files[1], *words
    )


def test_what_has_closed_is_due_with_the_day_that_somebody_last_looked(due):
    told = due().stdout

    assert "war" in told and "2025-12-31" in told and "closed" in told
    (row,) = json.loads(due("--json").stdout)
    assert (row["scenario"], row["state"]) == ("war", "closed, not settled")
    assert row["days"] < 0
    assert row["looked"] == "2022-08-01"


def test_what_is_settled_is_not_due(due, files):
    text = files[0].read_text()
    files[0].write_text(text + "    outcome: {occurred: false, on: 2025-12-31}\n")

    assert due().stdout == "nothing is due\n"


def test_without_a_case_it_is_all_of_the_store(deciban, files, store):
    url = f"sqlite:///{store.file}"
    given = ("--priors", files[0], "--evidence", files[1])
    assert deciban("import", *given, "--database", url).exit_code == 0

    (row,) = json.loads(deciban("due", "--database", url, "--json").stdout)
    assert row["case"] == "war"
