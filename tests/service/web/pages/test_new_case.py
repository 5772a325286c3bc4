"""A case that is begun in the browser, from files that are pasted or uploaded."""

import pytest
from playwright.sync_api import expect

from deciban.service.web.pages.new_case import _suffix
from tests.service.conftest import PRIORS

TABLE = b"""record;id;name;reliability;claim;source;credibility;published;scenario;\
direction;strength
case;war;;;;;;;;;
source;kcna;KCNA;D;;;;;;;
report;threat;;;War comes;kcna;3;2022-08-01;war;supports;weak
"""


def cases(site):
    with site.shared.store.reading() as session:
        from deciban.service.store import casebooks

        return [head.case for head in casebooks.heads(session)]


def test_a_case_is_begun_after_all_that_is_wrong_was_told_at_its_line(
    site, visit, serious_faults
):
    page = visit(f"{site.address}/", "admin")
    page.get_by_role("link", name="Begin a case").click()
    page.get_by_label("The priors file").fill(
        PRIORS.replace("0.3", "30").replace("opens: 2022-07-01", "opens: July")
    )
    page.get_by_label("or upload them").set_input_files(
        [{"name": "Evidence.csv", "mimeType": "text/csv", "buffer": TABLE}]
    )
    page.get_by_role("button", name="Begin the case").click()

    told = page.get_by_role("alert")
    expect(told).to_contain_text("2 things to put right")
    expect(told).to_contain_text("priors.yaml:9: scenarios[0].prior.median")
    assert cases(site) == ["dprk-russia"]
    for width, scheme in ((1400, "light"), (380, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert serious_faults(page) == []
    page.keyboard.press("Tab")  # from the list of problems to the first of them
    page.keyboard.press("Enter")
    selected = page.evaluate(
        "(text => text.value.slice(text.selectionStart, text.selectionEnd))"
        "(document.activeElement)"
    )
    assert selected == "    opens: July"

    page.get_by_label("The priors file").fill(PRIORS)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("status")).to_contain_text("1 source, 1 report")
    assert cases(site) == ["dprk-russia"]
    page.get_by_role("button", name="Begin the case").click()

    expect(page.locator("h1")).to_have_text("Casebook")
    assert page.url == f"{site.address}/cases/war/casebook"
    (report,) = site.casebook("war").evidence.reports
    assert (report.id, report.bears_on[0].scenario) == ("threat", "war")
    assert site.scheduler.noticed == ["war"]


def test_files_are_read_into_their_texts_once_they_are_chosen(site, visit):
    """So that they outlive a session that ends, as what is typed does."""
    page = visit(f"{site.address}/new-case", "admin")
    priors = {"name": "war.yaml", "mimeType": "text/yaml", "buffer": PRIORS.encode()}
    tables = [
        {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": text}
        for name, text in (("one", TABLE), ("two", TABLE.decode().encode("utf-16")))
    ]
    page.get_by_label("or upload it", exact=True).set_input_files(priors)
    page.get_by_label("or upload them").set_input_files(tables)

    expect(page.get_by_label("The priors file: war.yaml")).to_have_value(PRIORS)
    for name in ("one", "two"):
        text = page.get_by_label(f"An evidence file: {name}.csv")
        expect(text).to_have_value(TABLE.decode())
    expect(page.get_by_label("or upload them")).to_have_value("")
    page.get_by_role("button", name="Begin the case").click()
    expect(page.locator("h1")).to_have_text("Casebook")
    assert len(site.casebook("war").evidence.reports) == 1  # both say the same


def test_without_javascript_a_case_is_begun_from_the_example(site, visit):
    page = visit(f"{site.address}/new-case", "admin", java_script_enabled=False)
    page.get_by_role("button", name="Start from an example").click()
    page.get_by_role("button", name="Begin the case").click()

    expect(page.locator("h1")).to_have_text("Casebook")
    assert len(site.casebook("my-case").priors.scenarios) == 2


@pytest.mark.parametrize("role", ["viewer", "forecaster"])
def test_only_an_admin_begins_a_case(site, role):
    client = site.client(role)

    assert "Begin a case" not in client.get("/").text
    refused = client.get("/new-case")
    assert refused.status_code == 403
    assert "--role admin" in refused.text


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("# A, b\ncase: x\n", "yaml"),
        ("\n---\ncase: x", "yaml"),
        ("Record,id,name\n", "csv"),
        ("sep=;\nrecord;id\n", "csv"),
        ('{"case": "x"}\n', "jsonl"),
        ("", "yaml"),
    ],
)
def test_what_is_pasted_is_known_by_its_beginning(text, format):
    assert _suffix(text) == format
