"""The ledger and its matrix."""

import datetime
import html
import re

import pytest

from deciban.evidence import Report
from deciban.model.casebook.changes import Change
from deciban.service.application.reports import ReportFilter
from deciban.service.store import casebooks
from deciban.service.store.casebooks import Author
from deciban.service.web.pages.ledger import PAGE_SIZE, LedgerQuery, safe_link
from tests.service.web.pages.conftest import CASE, follow

NOW = datetime.datetime(2024, 4, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize("day", ["no day", "20240503"])
def test_a_day_that_is_none_is_told(site, day):
    answer = site.client().get(f"/cases/{CASE}/ledger?since={day}")

    assert answer.status_code == 400
    assert "date, written YYYY-MM-DD" in answer.text


def test_what_makes_no_sense_in_a_query_asks_for_nothing_special():
    read = LedgerQuery.read({"since": "", "shown": "some", "sort": "any", "q": " a "})

    assert read == LedgerQuery(q="a")
    assert read.filter() == ReportFilter("a")


def test_only_addresses_of_the_web_are_linked():
    assert safe_link(" HTTPS://example.org ") == "HTTPS://example.org"
    for text in ("javascript:alert(1)", "data:text/html,x", "//evil.org", "", None):
        assert safe_link(text) is None


def test_the_ledger_is_searched_filtered_and_ordered_by_a_plain_form(visit):
    page = visit("/ledger", "viewer", java_script_enabled=False)
    page.get_by_label("Search claims, ids, references and sources").fill("shells")
    page.locator(".filter details summary").click()
    page.get_by_label("Bears on scenario").select_option("munitions")
    page.get_by_label("Order").select_option("oldest")
    follow(page.get_by_role("button", name="Show"))

    days = page.locator(".entry time").evaluate_all(
        "all => all.map(one => one.dateTime)"
    )
    assert days == sorted(days) and len(days) >= 2
    assert "shells" in page.locator(".entry").first.inner_text().lower()
    assert page.get_by_label("Bears on scenario").input_value() == "munitions"


def test_the_heaviest_report_comes_first_where_that_is_asked(visit):
    page = visit("/ledger?sort=weight&scenario=munitions")
    sizes = [
        abs(float(text.split()[0]))
        for text in page.locator(
            ".entry .weights li:has(a[href$='/munitions']) b"
        ).all_inner_texts()
    ]

    assert len(sizes) > 5
    assert sizes == sorted(sizes, reverse=True)


def test_a_grade_is_explained_in_the_standard_s_own_terms(site):
    text = site.text("/ledger?q=volunteers-offered")

    assert 'title="Source C, fairly reliable: Doubt of authenticity' in text
    assert (
        'title="Claim 5, improbable: Not confirmed; not logical in itself; '
        'contradicted by other information on the subject"' in text
    )


def test_five_hundred_reports_are_read_a_page_at_a_time(site):
    reports = [
        Report(
            id=f"more-{i}",
            claim=f"Report number {i} of a long series",
            source="reuters",
            credibility=3,
            published=datetime.date(2024, 3, 1),
        )
        for i in range(500)
    ]
    with site.shared.store.writing() as session:
        casebooks.append(
            session,
            "dprk-russia",
            [
                Change(kind="report", key=r.id, body=r.model_dump(mode="json"))
                for r in reports
            ],
            author=Author("test", None),
            now=NOW,
        )
    client, path, seen = site.client(), "/cases/dprk-russia/ledger?q=series", []
    while path:
        text = client.get(path).text
        on_page = re.findall(r'<li class="entry[^>]* id="([^"]+)"', text)
        assert len(on_page) <= PAGE_SIZE
        seen += on_page
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = following and html.unescape(following[1])

    assert sorted(seen) == sorted(report.id for report in reports)


def test_the_matrix_says_its_numbers_in_a_table_too(visit):
    page = visit("/matrix?rows=arguments")
    page.get_by_text("The numbers").click()
    said = "Russia fires artillery shells faster than it can make or store them"
    for table in (page.locator("table.matrix"), page.locator("details table")):
        cell = table.locator("tr", has_text=said).locator("td").nth(3)
        assert float(cell.inner_text()) > 3


def test_the_first_column_of_the_matrix_stays_while_the_others_scroll(visit):
    page = visit("/matrix", width=380)
    first = page.locator("table.matrix tbody th").first
    before = first.bounding_box()

    scrolling = page.get_by_role("region", name="Matrix, which scrolls")
    scrolling.evaluate("box => box.scrollTo(300, 0)")

    now = first.bounding_box()
    assert before["x"] - now["x"] <= 2  # the space between columns
    assert now | {"x": 0} == before | {"x": 0}
    assert page.locator("table.matrix thead th").nth(1).bounding_box()["x"] < 0
