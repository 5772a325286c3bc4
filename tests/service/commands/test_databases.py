"""A casebook goes into the store and comes out again, its history with it."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from deciban.model.casebook.files import read_casebook, shipped_case_files


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a store that is not made yet, as the settings have it."""
    url = f"sqlite:///{tmp_path / 'data' / 'store.sqlite'}"
    monkeypatch.setenv("DECIBAN_DATABASE_URL", url)
    return url


@pytest.fixture
def bring(deciban, url, files):
    """Return what imports one's own files into the store."""
    priors, evidence = files

    def bring(*options: object):
        given = ("--priors", priors, "--evidence", evidence)
        return deciban("import", *given, *options)

    return bring


def history_of(folder: Path) -> list[dict]:
    lines = (folder / "war.history.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_shipped_case_goes_in_and_comes_out_as_it_was(deciban, url, tmp_path):
    done = deciban("import", "dprk-russia")
    out = deciban("export", "dprk-russia", "--dir", tmp_path / "out")

    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("dprk-russia: ")
    assert done.stdout.endswith(" changes, revision 1\n")
    assert [Path(line).name for line in out.stdout.splitlines()] == [
        "dprk-russia.priors.yaml",
        "dprk-russia.evidence.yaml",
    ]
    shipped = read_casebook(*shipped_case_files("dprk-russia"))
    assert read_casebook(*out.stdout.splitlines()) == shipped


def test_files_that_changed_become_the_next_revision(bring, deciban, files, tmp_path):
    evidence = files[1]
    assert bring().stdout == "war: 4 changes, revision 1\n"
    evidence.write_text(
        evidence.read_text().replace("reliability: D", "reliability: B")
    )
    assert bring("--because", "Read again", "--who", "ada").stdout == (
        "war: 1 change, revision 2\n"
    )
    assert bring().stdout == "war: 0 changes, revision 2\n"

    deciban("export", "war", "--dir", tmp_path / "now", "--history")
    deciban("export", "war", "--dir", tmp_path / "then", "--revision", "1")
    assert "B" in (tmp_path / "now" / "war.evidence.yaml").read_text()
    assert "reliability: D" in (tmp_path / "then" / "war.evidence.yaml").read_text()
    assert [one["who"] for one in history_of(tmp_path / "now")] == [
        "command line",
        "ada",
    ]


@pytest.mark.parametrize(
    ("edit", "deed"),
    [
        (lambda text: text.partition("reports:")[0], "report “War comes” is taken out"),
        (lambda text: text.replace("y: D", "y: B"), "source “KCNA” is changed"),
    ],
)
def test_to_alter_something_or_leave_it_out_needs_a_reason(bring, files, edit, deed):
    bring()
    evidence = files[1]
    evidence.write_text(edit(evidence.read_text()))

    refused = bring()
    assert refused.exit_code == 1
    assert f"must say why {deed}" in refused.stderr
    assert bring("--because", "Retracted").stdout == "war: 1 change, revision 2\n"


def test_a_history_is_put_back_in_another_store(bring, deciban, files, tmp_path):
    bring("--because", "First load", "--who", "ada")
    deciban("export", "war", "--dir", tmp_path, "--history")
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"
    file = tmp_path / "war.history.jsonl"

    done = deciban("import", "--history", file, "--database", other)
    deciban(
        "export", "war", "--database", other, "--dir", tmp_path / "other", "--history"
    )
    again = deciban("import", "--history", file, "--database", other)

    assert done.stdout == "war: 1 revision put back\n"
    assert history_of(tmp_path / "other") == history_of(tmp_path)
    assert again.exit_code == 1
    assert "must be none of those in the store, got 'war'" in again.stderr


def test_an_export_that_cannot_be_whole_writes_nothing(bring, deciban, tmp_path):
    bring()
    folder = tmp_path / "out"
    (folder / "war.history.jsonl").mkdir(parents=True)

    done = deciban("export", "war", "--dir", folder, "--history")

    assert done.exit_code == 1
    assert "war.history.jsonl: Is a directory; nothing was written" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["war.history.jsonl"]


def test_a_case_is_exported_as_a_reader_saw_it(bring, deciban, tmp_path, files):
    """The history is put back with moments of its own, to be asked for."""
    lines = []
    bring()
    deciban("export", "war", "--dir", tmp_path, "--history")
    first = history_of(tmp_path)[0]
    source = {"id": "kcna", "name": "KCNA", "reliability": "B"}
    second = {"changes": [{"kind": "source", "key": "kcna", "body": source}]}
    for n, hour, one in ((1, "09", first), (2, "12", first | second)):
        moment = {"revision": n, "at": f"2025-06-01T{hour}:00:00Z"}
        lines.append(json.dumps(one | moment))
    (tmp_path / "two.jsonl").write_text("\n".join(lines))
    at = ("--database", f"sqlite:///{tmp_path / 'other.sqlite'}")
    deciban("import", "--history", tmp_path / "two.jsonl", *at)

    def seen(moment: str) -> str:
        done = deciban("export", "war", "--dir", tmp_path / "x", "--at", moment, *at)
        if done.exit_code:
            return done.stderr
        return (tmp_path / "x" / "war.evidence.yaml").read_text()

    assert "reliability: D" in seen("2025-06-01T11:59:59")
    assert "reliability: D" in seen("2025-06-01T20:59+09:00")
    assert "reliability: B" in seen("2025-06-01T12:00Z")
    assert "must be from its first on" in seen("2025-06-01")
    assert "must be a time in ISO 8601" in seen("noon")


@pytest.mark.parametrize(
    "words",
    [
        ("import",),
        ("import", "dprk-russia", "--history", "x.jsonl"),
        ("import", "dprk-russia", "--who", ""),
        ("export", "war", "--at", "2025-06-01", "--revision", "1"),
    ],
)
def test_a_command_line_that_says_two_things_or_none_is_refused(deciban, url, words):
    assert deciban(*words).exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("export", "peace"), "must be one of those in the store, got 'peace'"),
        (("export", "war", "--revision", "7"), "must be one of those it has had"),
        (("import", "--history", "none.jsonl"), "must be a readable file"),
        (("export", "war", "--database", "mysql://host/x"), "must be sqlite:///FILE"),
        (("db", "check", "--database", "sqlite:///none"), "deciban db upgrade"),
        (("backup", "x.sqlite", "--database", "sqlite:///none"), "is not there"),
        (
            ("backup", "x.sqlite", "--database", "postgresql://host/name"),
            "of PostgreSQL must be made by pg_dump",
        ),
    ],
)
def test_what_cannot_be_done_is_told(bring, deciban, words, told):
    bring()
    done = deciban(*words)

    assert done.exit_code == 1
    assert told in done.stderr
    assert not os.path.exists("x.sqlite")


def test_a_store_is_set_up_and_checked(deciban, url, tmp_path):
    assert deciban("db", "upgrade").exit_code == 0
    assert deciban("db", "check").stdout.endswith("; 0 cases\n")
    deciban("import", "dprk-russia")
    assert deciban("db", "check").stdout.endswith("; 1 case\n")


def test_a_backup_serves_as_a_store(bring, deciban, tmp_path):
    bring()
    copy = tmp_path / "copy.sqlite"

    assert deciban("backup", copy).stdout == f"{copy}\n"
    check = deciban("db", "check", "--database", f"sqlite:///{copy}")
    assert check.stdout.endswith("; 1 case\n")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_commands_that_use_no_store_do_not_load_it():
    script = (
        "import deciban.service.commands.main, sys; "
        "sys.exit('sqlalchemy' in sys.modules or 'alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
