"""``deciban post`` sends reports to a running service and tells what they moved."""

import json

import pytest
from flask import Flask, request

from deciban.model.casebook.changes import changes_between
from deciban.model.casebook.files import read_casebook
from deciban.service.commands.posting import _Service
from deciban.service.store.casebooks import Author, append, casebook

REPORT = """\
id: mobilisation
claim: Reservists are called up
source: kcna
credibility: 2
published: 2024-03-01
bears_on:
  - {scenario: war, direction: supports, strength: weak}
"""


@pytest.fixture
def post(deciban, app, serve, store, files, clock, tokens, monkeypatch):
    """Return ``deciban post`` to a service that has one case, as a forecaster."""
    with store.writing() as session:
        append(
            session,
            "war",
            changes_between(None, read_casebook(*files)),
            author=Author("anna", None),
            now=clock(),
        )
    monkeypatch.setenv("DECIBAN_URL", serve(app).address)
    monkeypatch.setenv("DECIBAN_TOKEN", tokens["forecaster"])
    return lambda *words: deciban("post", *words)


@pytest.fixture
def report(tmp_path):
    """Return how to write a file."""

    def write(text, name="report.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def reports_kept(store):
    """Return the ids of the reports in the store."""

    def ids():
        with store.reading() as session:
            return [one.id for one in casebook(session, "war").evidence.reports]

    return ids


def test_a_report_is_posted_as_the_evidence_file_writes_it(post, report, reports_kept):
    result = post(report(REPORT), "--case", "war")

    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("mobilisation: revision 2\n")
    assert reports_kept() == ["threat", "mobilisation"]


def test_a_report_cut_out_of_an_evidence_file_is_posted(post, report, reports_kept):
    cut = "  - " + REPORT.replace("\n", "\n    ").rstrip() + "\n"

    result = post(report(cut), "--case", "war")

    assert result.exit_code == 0, result.stderr
    assert reports_kept() == ["threat", "mobilisation"]


@pytest.fixture
def two_reports(report):
    """Return a file of JSON Lines with two reports."""
    lines = [
        json.dumps({"case": "war"}),
        *(
            json.dumps(
                {
                    "report": {
                        "id": f"report-{n}",
                        "claim": "Ships sail",
                        "source": "kcna",
                        "credibility": 3,
                        "published": "2024-03-02",
                    }
                }
            )
            for n in (1, 2)
        ),
    ]
    return report("\n".join(lines), "reports.jsonl")


def test_json_lines_are_posted_one_by_one(post, two_reports, reports_kept):
    result = post(two_reports, "--json")

    assert result.exit_code == 0, result.stderr
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [a["revision"] for a in answers] == [2, 3]
    assert reports_kept() == ["threat", "report-1", "report-2"]


def test_ctrl_c_between_two_reports_says_that_the_first_is_posted(
    post, two_reports, reports_kept, monkeypatch
):
    def sent(service, request, send=_Service._sent):
        if b"report-2" in request.data:
            raise KeyboardInterrupt
        return send(service, request)

    monkeypatch.setattr(_Service, "_sent", sent)

    result = post(two_reports)

    assert result.exit_code == 130
    assert result.stdout.startswith("report-1: revision 2\n")
    assert "\nstopped; what is told above is posted" in result.stderr
    assert reports_kept() == ["threat", "report-1"]


def test_what_breaks_a_rule_is_told_by_its_place(post, report, reports_kept):
    broken = REPORT.replace("kcna", "bbc").replace("credibility: 2", "credibility: 9")

    result = post(report(broken), "--case", "war")

    assert result.exit_code == 1
    rule = "#/credibility: must be one of 1, 2, 3, 4, 5, 6, got 9\n"
    assert result.stderr.count("must be one of 1, 2") == 1
    assert rule in result.stderr
    assert reports_kept() == ["threat"]


def test_what_is_no_yaml_is_told_by_its_line(post, report):
    result = post(report("id: x\nclaim: ["), "--case", "war")

    assert result.exit_code == 1
    assert "report.yaml:2: must be YAML" in result.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("reports: 5\n", "report.yaml:1: reports: must be a list, got 5\n"),
        ("case: 5\nreports: [{id: x}]\n", "report.yaml:1: case: must be text, got 5\n"),
        ("reports:\n  id: x\n", "report.yaml:1: reports: must be a list, got {'id'"),
    ],
)
def test_what_is_no_evidence_file_is_told_by_its_line(post, report, text, told):
    result = post(report(text))

    assert result.exit_code == 1
    assert told in result.stderr


def test_a_file_in_other_characters_is_told(post, tmp_path):
    (tmp_path / "report.yaml").write_bytes(b"\xff\xfe")

    result = post(tmp_path / "report.yaml", "--case", "war")

    assert result.exit_code == 1
    assert "report.yaml: must be a readable file in UTF-8" in result.stderr


@pytest.mark.parametrize("name", ["report.yaml", "reports.jsonl", "cut.yaml"])
def test_a_file_may_begin_with_the_mark_of_its_encoding(
    post, report, two_reports, reports_kept, name
):
    text = {
        "report.yaml": REPORT,
        "reports.jsonl": two_reports.read_text(),
        "cut.yaml": "- " + REPORT.replace("\n", "\n  ").rstrip() + "\n",
    }[name]

    result = post(report(f"\ufeff{text}", name), "--case", "war")

    assert result.exit_code == 0, result.stderr
    assert len(reports_kept()) > 1


def test_a_report_of_no_case_needs_the_option(post, report):
    result = post(report(REPORT))

    assert result.exit_code == 2
    assert "--case" in result.stderr


def test_without_a_token_it_says_how_to_get_one(post, report, monkeypatch):
    monkeypatch.delenv("DECIBAN_TOKEN")

    result = post(report(REPORT), "--case", "war")

    assert result.exit_code == 1
    assert "DECIBAN_TOKEN" in result.stderr and "token new" in result.stderr


def test_a_viewer_may_not_post(post, report, tokens):
    result = post(report(REPORT), "--case", "war", "--token", tokens["viewer"])

    assert result.exit_code == 1
    assert "must have the role forecaster, got viewer" in result.stderr


def test_a_service_that_is_not_there_is_told(deciban, report, monkeypatch):
    monkeypatch.setattr("deciban.service.commands.posting.RETRY_SECONDS", 0.0)

    result = deciban(
        "post", report(REPORT), "--case", "war", "--url", "http://127.0.0.1:9"
    )

    assert result.exit_code == 1
    assert "must reach the service at http://127.0.0.1:9" in result.stderr
    assert "deciban serve" in result.stderr


@pytest.mark.parametrize(
    ("host", "asked"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]")],
)
def test_it_posts_to_where_a_service_of_the_same_settings_listens(
    deciban, report, monkeypatch, host, asked
):
    monkeypatch.setenv("DECIBAN_HOST", host)
    monkeypatch.setenv("DECIBAN_PORT", "9")

    result = deciban("post", report(REPORT), "--case", "war")

    assert f"must reach the service at http://{asked}:9: " in result.stderr


@pytest.mark.parametrize("url", ["file:///etc/passwd", "127.0.0.1:8000", "ftp://x/y"])
def test_only_http_is_spoken(deciban, report, url):
    result = deciban("post", report(REPORT), "--case", "war", "--url", url)

    assert result.exit_code == 1
    assert "url must be http://... or https://..." in result.stderr


class Teller:
    """A service that has a fit, and is unavailable at first as often as it is told."""

    def __init__(self, failures=0, pareto_k=0.12, reason=None):
        self.app = Flask("teller")
        self.keys = []

        @self.app.post("/api/v1/cases/war/reports")
        def answer():
            self.keys.append(request.headers["Idempotency-Key"])
            if len(self.keys) <= failures:
                return {"detail": "the store is busy"}, 503
            return {
                "report": request.json,
                "revision": 7,
                "what_if": [
                    {
                        "scenario": "war",
                        "before": {
                            "mean": 0.21,
                            "eti90": [0.1, 0.4],
                            "term": "unlikely",
                        },
                        "after": {
                            "mean": 0.34,
                            "eti90": [0.2, 0.5],
                            "term": "unlikely",
                        },
                        "pareto_k": pareto_k,
                    }
                ],
                "reason": reason,
                "cautions": ["report 'mobilisation': is seldom meant"],
            }, 201

        @self.app.post("/api/v1/cases/moved/reports")
        def move():
            return "", 302, {"Location": "http://127.0.0.1:9/"}


def test_what_it_moves_is_told_before_and_after(deciban, report, serve):
    url = serve(Teller().app).address

    result = deciban("post", report(REPORT), "--case", "war", "--url", url)

    title, _, row, *_ = result.stdout.splitlines()
    assert title == "mobilisation: revision 7"
    assert " ".join(row.split()) == "war 21 % unlikely (34 %) 20-50 % 0.12"
    assert result.stderr == "caution: report 'mobilisation': is seldom meant\n"


def test_a_report_that_does_not_count_is_told_beside_what_does_not_move(
    deciban, report, serve
):
    address = serve(Teller(reason="it does not count in it").app).address

    result = deciban("post", report(REPORT), "--case", "war", "--url", address)

    assert "21 %" in result.stdout
    assert result.stdout.endswith("it does not count in it\n")


def test_draws_that_do_not_reach_are_told(deciban, report, serve):
    url = serve(Teller(pareto_k=0.9).app).address

    result = deciban("post", report(REPORT), "--case", "war", "--url", url)

    assert "0.90" in result.stdout
    assert "the refit that follows will tell better" in result.stderr


def test_a_service_that_is_busy_is_asked_again_with_the_same_key(
    deciban, report, serve, monkeypatch
):
    monkeypatch.setattr("deciban.service.commands.posting.RETRY_SECONDS", 0.0)
    teller = Teller(failures=2)

    url = serve(teller.app).address
    result = deciban("post", report(REPORT), "--case", "war", "--url", url)

    assert result.exit_code == 0
    assert len(teller.keys) == 3 and len(set(teller.keys)) == 1


def test_a_redirect_does_not_get_the_token(deciban, report, serve):
    url = serve(Teller().app).address

    result = deciban(
        "post", report(REPORT), "--case", "moved", "--url", url, "--token", "x"
    )

    assert result.exit_code == 1
    assert "must be the address of the service itself" in result.stderr


def test_a_review_says_that_somebody_has_looked(post, deciban, store):
    result = deciban("review", "war")

    assert result.exit_code == 0, result.stderr
    told = "war: revision 2: reviewed on 2024-03-31 (UTC)\n"
    assert result.stdout.startswith(told)
    with store.reading() as session:
        assert str(casebook(session, "war").priors.reviewed) == "2024-03-31"

    refused = deciban("review", "war", "--on", "2024-04-01")
    assert refused.exit_code == 1
    assert "must not be after today, 2024-03-31 (UTC)" in refused.stderr
