"""Cases before they are fitted: list, begin, check, convert them."""

import json
from pathlib import Path

import pytest

from deciban.evidence import EvidenceFile
from deciban.model.casebook.atomic_file import write_whole
from deciban.model.casebook.files import (
    read_casebook,
    read_evidence,
    shipped_case_files,
)


def test_cases_lists_what_comes_along(deciban):
    assert "dprk-russia" in deciban("cases").stdout
    (case,) = json.loads(deciban("cases", "--json").stdout)
    assert case["case"] == "dprk-russia"
    assert case["scenarios"] == 9
    assert case["reports"] >= 50 and case["sources"] >= 40


def test_a_new_case_is_valid_as_it_is(deciban, tmp_path):
    made = deciban("new", "grain-deal", "--dir", tmp_path)
    files = made.stdout.splitlines()

    assert made.exit_code == 0
    assert deciban("check", *files).stdout.startswith("ok: grain-deal: 2 scenarios")
    assert read_casebook(*files).case == "grain-deal"


def test_the_files_of_a_new_case_use_and_explain_every_key(deciban, tmp_path):
    """But for those that stand in for another, which their comments name."""
    priors, evidence = (
        Path(name).read_text()
        for name in deciban("new", "x", "--dir", tmp_path).stdout.splitlines()
    )
    for key in ("half_life_days", "hazard", "outcome", "beta", "words", "scales", "if"):
        assert f"{key}:" in priors
    for key in ("origin", "repeats", "ages", "reference", "url", "credibility"):
        assert f"{key}:" in evidence
    for word in ("negligible", "weak", "moderate", "strong", "very strong", "decisive"):
        assert word in priors


def test_a_case_that_is_there_is_not_overwritten(deciban, tmp_path):
    (tmp_path / "x.evidence.yaml").write_text("mine")

    result = deciban("new", "x", "--dir", tmp_path)

    assert result.exit_code == 1
    assert "x.evidence.yaml: must not be there yet" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["x.evidence.yaml"]


def test_a_case_with_a_bad_id_is_not_begun(deciban, tmp_path):
    result = deciban("new", "Grain_Deal", "--dir", tmp_path)

    assert result.exit_code == 1
    assert "must be lower-case words joined by hyphens" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_where_its_second_file_fails_a_case_is_not_begun(
    deciban, tmp_path, monkeypatch
):
    def full(path, content):
        if path.name.endswith("evidence.yaml"):
            raise OSError(28, "No space left on device", str(path))
        write_whole(path, content)

    monkeypatch.setattr("deciban.service.commands.cases.write_whole", full)
    result = deciban("new", "x", "--dir", tmp_path)

    assert result.exit_code == 1
    assert "No space left on device; nothing was written" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_check_takes_either_file_alone(deciban, files):
    assert deciban("check", files[0]).stdout == (
        "ok: war: 1 scenario, 0 arguments, 0 links\n"
    )
    assert deciban("check", files[1]).stdout == "ok: war: 1 source, 1 report\n"


def test_check_tells_cautions_and_passes(deciban, files):
    files[1].write_text(
        files[1]
        .read_text()
        .replace("reports:", "  - {id: idle, name: Idle, reliability: F}\nreports:")
    )

    result = deciban("check", *files)

    assert result.exit_code == 0
    assert "caution: source 'idle'" in result.stderr
    assert deciban("check", *files, "--strict").exit_code == 1


def test_comments_that_are_not_taken_over_are_told(
    deciban, files, tmp_path, monkeypatch
):
    monkeypatch.setenv("DECIBAN_DATABASE_URL", f"sqlite:///{tmp_path / 'store.sqlite'}")
    given = ("--priors", files[0], "--evidence", files[1])
    assert "comments" not in deciban("convert", files[1], tmp_path / "a.csv").stderr
    assert "comments" not in deciban("import", *given).stderr

    for file in files:
        file.write_text(f"# Why it is so\n{file.read_text()}")

    told = deciban("convert", files[1], tmp_path / "b.csv").stderr
    assert told == (
        f"{files[1]}: its comments are not taken over; reasons are, in because\n"
    )
    lost = [
        line.partition(": its comments")[0]
        for line in deciban("import", *given).stderr.splitlines()
        if "its comments are not taken over" in line
    ]
    assert sorted(lost) == sorted(map(str, files))


IDLE = "  - {{id: idle-{0}, name: Idle {0}, reliability: F}}\n"


def test_cautions_are_told_wherever_a_casebook_is_taken_in(
    deciban, files, tmp_path, monkeypatch, sampled_at_once
):
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    monkeypatch.setenv("DECIBAN_DATABASE_URL", url)
    idle = IDLE.format(1)
    files[1].write_text(files[1].read_text().replace("reports:", f"{idle}reports:"))
    given = ("--priors", files[0], "--evidence", files[1])

    for words in (("check", *files), ("fit", *given), ("import", *given)):
        assert "caution: source 'idle-1': no report" in deciban(*words).stderr
    assert "caution" not in deciban("fit", *given, "--quiet").stderr


def test_a_fit_tells_the_first_cautions_and_how_many_more(
    deciban, files, sampled_at_once
):
    idle = "".join(map(IDLE.format, range(1, 15)))
    files[1].write_text(files[1].read_text().replace("reports:", f"{idle}reports:"))
    n = len(deciban("check", *files).stderr.splitlines())

    told = deciban("fit", "--priors", files[0], "--evidence", files[1]).stderr

    assert told.count("caution: ") == 10
    assert f"and {n - 10} more: 'deciban check' tells all" in told


def test_one_caution_fails_a_strict_check_in_the_singular(deciban, files):
    for file, old, new in (
        (files[0], "2025-12-31", "2199-12-31"),  # so that it is not closed
        (files[1], "reports:", "  - {id: idle, name: Idle, reliability: F}\nreports:"),
    ):
        file.write_text(file.read_text().replace(old, new))

    result = deciban("check", *files, "--strict")

    assert result.exit_code == 1
    assert "Error: 1 caution, and --strict was given" in result.stderr


@pytest.mark.parametrize("suffix", ["yaml", "jsonl", "csv"])
def test_convert_loses_nothing(deciban, tmp_path, suffix):
    _, shipped = shipped_case_files("dprk-russia")
    out = tmp_path / f"evidence.{suffix}"

    result = deciban("convert", shipped, out)

    assert result.stdout == f"{out}\n"
    assert read_evidence(out) == read_evidence(shipped)


def test_convert_writes_to_standard_output(deciban, files, tmp_path):
    (tmp_path / "piped.csv").write_text(
        deciban("convert", files[1], "-", "--format", "csv").stdout
    )

    assert read_evidence(tmp_path / "piped.csv") == read_evidence(files[1])


@pytest.mark.parametrize("separator", [",", ";"])
def test_convert_writes_what_excel_opens(deciban, tmp_path, separator):
    _, shipped = shipped_case_files("dprk-russia")
    out = tmp_path / "evidence.csv"

    result = deciban("convert", "--excel", separator, shipped, out)

    assert result.stdout == f"{out}\n"
    assert out.read_bytes().startswith(f"\ufeffrecord{separator}id".encode())
    assert read_evidence(out) == read_evidence(shipped)


def test_excel_is_refused_where_no_table_is_written(deciban, files, tmp_path):
    result = deciban("convert", "--excel", ";", files[1], tmp_path / "x.yaml")

    assert result.exit_code == 2
    assert "Give --excel where CSV is written" in result.stderr


def test_a_priors_file_in_utf_16_is_known_as_one(deciban, files):
    text = files[0].read_text(encoding="utf-8")
    files[0].write_text(text, encoding="utf-16")

    assert deciban("check", *files).exit_code == 0


def test_convert_refuses_an_unknown_format(deciban, files, tmp_path):
    result = deciban("convert", files[1], tmp_path / "evidence.xls")

    assert result.exit_code == 1
    assert "must have a name that ends in .yaml, .yml, .jsonl or .csv" in result.stderr


def test_convert_replaces_no_file_unless_told_to(deciban, files):
    before = files[0].read_text()

    result = deciban("convert", files[1], files[0])

    assert result.exit_code == 1
    assert "priors.yaml: must not be there yet, unless --force" in result.stderr
    assert files[0].read_text() == before
    assert deciban("convert", files[1], files[0], "--force").exit_code == 0
    assert read_evidence(files[0]) == read_evidence(files[1])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "scenarios:",
            "scenarois:",
            "scenarois: must not be here; known keys are case, t",
        ),
        ("title: A war", "title: [", "must be YAML"),
    ],
    ids=["a key misspelt", "no YAML"],
)
def test_a_broken_priors_file_is_still_checked_as_one(
    deciban, files, old, new, message
):
    files[0].write_text(files[0].read_text().replace(old, new))

    result = deciban("check", *files)

    assert result.exit_code == 1
    assert "priors.yaml:" in result.stderr
    assert message in result.stderr


@pytest.mark.parametrize("file", ["priors", "evidence"])
def test_schema_is_json_that_names_every_key(deciban, file):
    schema = json.loads(deciban("schema", file).stdout)

    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema["additionalProperties"] is False
    if file == "evidence":
        assert set(schema["properties"]) == set(EvidenceFile.model_fields)
