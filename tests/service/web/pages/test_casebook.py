"""The page of all that is written in a case, and its files."""

import pytest

from deciban.model.casebook.changes import Change, changes_between
from deciban.model.casebook.files import GivenFile, read_casebook
from deciban.service.web.pages.casebook import FILES
from tests.service.web.pages.conftest import CASE


@pytest.mark.parametrize("evidence", [name for name in FILES if "evidence" in name])
def test_the_files_that_are_taken_away_are_the_casebook(site, evidence):
    client = site.client()
    files = {}
    for name in ("priors.yaml", evidence):
        answer = client.get(f"/cases/{CASE}/files/{name}")
        files[name] = GivenFile(name, answer.data)
        attached = f'attachment; filename="{CASE}.{name}"'
        assert answer.headers["Content-Disposition"] == attached

    read = read_casebook(files["priors.yaml"], files[evidence])

    assert changes_between(site.casebook(), read) == []


def test_the_files_of_a_revision_are_as_they_were(site):
    body = {"id": "paper", "name": "Paper", "reliability": "B"}
    before = site.revision()
    site.post(Change(kind="source", key="paper", body=body))

    path = f"/cases/{CASE}/files/evidence.yaml"
    now, then = (site.client().get(f"{path}{q}") for q in ("", f"?revision={before}"))

    assert b"id: paper" in now.data
    assert b"id: paper" not in then.data


def test_a_file_that_there_is_not_is_told_beside_those_there_are(site):
    answer = site.client().get(f"/cases/{CASE}/files/priors.csv")

    assert answer.status_code == 404
    assert "evidence.jsonl" in answer.text


def test_the_casebook_says_what_to_beware_of(site):
    body = {"id": "idle", "name": "Idle", "reliability": "F"}
    site.post(Change(kind="source", key="idle", body=body))

    assert "source 'idle'" in site.text("/casebook")


def test_the_casebook_keeps_nobody_out(visit, serious_faults):
    page = visit("/casebook")
    for width, scheme in ((1400, "light"), (380, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert serious_faults(page) == []
