"""The history of a case, and the casebook as it was."""

import json

import pytest

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change
from deciban.service.application.posting import post_changes
from deciban.service.store.casebooks import Author
from tests.service.web.pages.conftest import CASE, follow


@pytest.fixture
def regraded(site):
    """Return the site after one source was regraded and one report retracted."""
    body = next(
        s for s in site.casebook().evidence.sources if s.id == "kcna"
    ).model_dump(mode="json")
    author = Author("Ada", None)
    change = Change(kind="source", key="kcna", body=body | {"reliability": "E"})
    post_changes(site.shared, CASE, [change], author=author, because="caught inventing")
    post_changes(
        site.shared,
        CASE,
        [Change(kind="report", key="volunteers-offered")],
        author=author,
        because="<b>satire</b>",
    )
    return site


def test_each_change_is_told_with_who_when_why_and_what_it_altered(regraded, visit):
    page = visit("/history", "viewer")
    newest, before = (page.locator(".revision").nth(i) for i in (0, 1))

    assert "taken out report volunteers-offered" in newest.inner_text()
    assert "<b>satire</b>" in newest.inner_text()
    assert "caught inventing" in before.inner_text()
    assert "Ada, 31 Mar 2024, 12:00 UTC" in before.inner_text()
    assert before.locator("del").inner_text() == "B"
    assert before.locator("ins").inner_text() == "E"


def test_changes_are_filtered_and_read_to_the_first(regraded, visit):
    page = visit("/history?kind=source&key=kcna")
    assert page.locator(".revision").count() == 2
    page.goto(f"{regraded.case}/history?kind=scenario")
    assert page.locator(".changes li").count() == 9
    page.goto(f"{regraded.case}/history")
    n = page.locator(".revision .changes > li").count()
    while page.get_by_role("link", name="Earlier changes").count():
        follow(page.get_by_role("link", name="Earlier changes"))
        n += page.locator(".revision .changes > li").count()
    casebook = regraded.casebook()
    items = sum(
        len(part)
        for part in (
            casebook.priors.scenarios,
            casebook.priors.arguments,
            casebook.priors.links,
            casebook.priors.indicators,
            casebook.evidence.sources,
            casebook.evidence.reports,
        )
    )
    assert n == items + 1 + 1 + 2  # the case itself, the report taken out, two changes


def test_the_casebook_of_a_past_revision_can_be_looked_at_and_taken_away(
    regraded, visit, shipped
):
    page = visit("/history/1")
    page.get_by_role("link", name="Its reports, in the ledger").click()
    assert "as they stood at revision 1" in page.locator(".note").inner_text()
    page.goto(f"{regraded.case}/ledger?revision=1&q=volunteers-offered")
    assert page.locator(".entry").count() == 1
    assert page.locator(".entry s").count() == 0

    text = page.request.get(f"{regraded.case}/history/1/casebook.json").text()
    assert Casebook.model_validate(json.loads(text), strict=False) == shipped


def test_a_moment_leads_to_what_a_reader_saw_then(regraded):
    client = regraded.client()

    def answer(path):
        return client.get(f"/cases/dprk-russia{path}", follow_redirects=True)

    assert "Revision 3 of 3" in answer("/history?at=2024-03-31T12:00").text
    assert answer("/history?at=2020-01-01T00:00").status_code == 404
    assert answer("/history?at=noon").status_code == 400
    assert answer("/history/99").status_code == 404
    assert answer("/ledger?revision=99").status_code == 404
