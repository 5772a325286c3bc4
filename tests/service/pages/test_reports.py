"""One report, and the forms that add, edit and retract one."""

import re

import pytest
from playwright.sync_api import expect

CASE_PATH = "/cases/dprk-russia"
CLAIM = "Trains with North Korean soldiers crossed the Tumen at night"


def fill(page, *, claim=CLAIM, source="reuters", credibility=2):
    """Fill in all that a report needs but what it bears on."""
    page.get_by_label("The claim").fill(claim)
    page.get_by_label("Published by").fill(source)
    page.locator("#published").fill("2024-03-30")
    page.locator(f"#credibility-{credibility}").check()


def bear(page, target="scenario:troops", how="strong", number=0):
    """Fill in a row of what it bears on."""
    page.locator(f"#bears-{number}-target").select_option(target)
    page.locator(f"#bears-{number}-how").select_option(how)


def shown(page, scenario):
    """Return the two numbers that are shown of a scenario, before and after."""
    head = page.locator(f'[data-said-by="{scenario}"] .shift-head').first
    before, after = re.findall(r"[<>]?[\d.]+\s%", head.inner_text())
    return before, after


def report_named(site, name):
    return next(r for r in site.casebook().evidence.reports if r.id == name)


def test_a_report_is_added_its_effect_is_seen_before_it_is_posted_and_then_the_refit(
    site, visit
):
    page = visit("/new-report")
    fill(page)
    bear(page)
    expect(page.locator('#moves [data-said-by="troops"]')).to_be_visible()
    before, after = shown(page, "troops")
    assert before != after

    page.get_by_role("button", name="Post the report").last.click()

    expect(page.get_by_role("status").filter(has_text="Posted")).to_be_visible()
    assert page.locator("h1").inner_text() == CLAIM
    assert shown(page, "troops") == (before, after)
    assert site.scheduler.noticed == ["dprk-russia"]

    record = site.begin_refit()
    expect(page.locator("[data-banner]")).to_be_visible()
    site.land(record)
    # What it weighs is told once a fit has read it.
    expect(page.locator("[data-live=bearings] .weights")).to_contain_text("dB")
    expect(page.locator("[data-banner]")).to_have_count(0)


def test_without_javascript_the_form_does_all_the_same_and_loses_nothing(site, visit):
    page = visit("/new-report", java_script_enabled=False)
    fill(page, source="A new gazette")
    bear(page)
    page.locator("[data-new=source] summary").click()
    page.locator("#new-source-because").fill("nobody heard of it")

    page.get_by_role("button", name="Post the report").last.click()

    grade = page.locator("#new-source-grade")
    assert grade.get_attribute("aria-invalid") == "true"
    assert page.get_by_label("The claim").input_value() == CLAIM
    assert page.locator("#credibility-2").is_checked()
    assert page.locator("#bears-0-how").input_value() == "strong"
    grade.select_option("C")
    page.get_by_role("button", name="Show what it does").click()
    expect(page.locator('#moves [data-said-by="troops"]')).to_be_visible()
    page.get_by_role("button", name="Post the report").last.click()

    expect(page.get_by_role("status").first).to_contain_text("Posted")
    added = next(s for s in site.casebook().evidence.sources if s.id == "a-new-gazette")
    assert (added.reliability, added.because) == ("C", "nobody heard of it")


def test_who_said_the_same_before_is_shown_and_a_repeat_moves_nothing(site, visit):
    page = visit("/new-report")
    fill(page, claim="100,000 volunteers from North Korea are ready to join the war")
    alike = page.locator("#similar li").filter(has_text="volunteers-offered")
    alike.get_by_role("button", name="This repeats that one").click()

    assert page.locator("#repeats").input_value() == "volunteers-offered"
    assert page.locator("#bears-0-target").is_disabled()
    expect(page.locator("#moves .shift").first).to_be_visible()
    page.get_by_role("button", name="Post the report").last.click()

    expect(page.get_by_role("status").filter(has_text="Posted")).to_be_visible()
    expect(page.locator("h2").filter(has_text="Who told it")).to_be_visible()
    new = page.url.partition("/reports/")[2].partition("?")[0]
    assert report_named(site, new).repeats == "volunteers-offered"
    assert report_named(site, new).bears_on == ()


def test_bearings_are_added_and_removed_and_written_in_any_measure(site, visit):
    page = visit("/new-report")
    fill(page)
    bear(page, "scenario:troops", "decibans")
    page.locator("#bears-0-decibans").fill("4.5")
    page.get_by_role("button", name="Add a bearing").click()
    bear(page, "argument:kpa-stays-home", "likelihoods", number=1)
    page.locator("#bears-1-yes").fill("0.1")
    page.locator("#bears-1-no").fill("0.4")
    page.get_by_role("button", name="Add a bearing").click()
    page.get_by_role("button", name="Remove this bearing").last.click()
    page.locator("#id").fill("trains-at-night")
    page.get_by_role("button", name="Post the report").last.click()
    page.wait_for_url("**/reports/trains-at-night*")

    first, second = report_named(site, "trains-at-night").bears_on
    assert (first.scenario, first.direction, first.decibans) == (
        "troops",
        "supports",
        4.5,
    )
    assert (second.argument, second.likelihoods) == ("kpa-stays-home", (0.1, 0.4))


def test_a_report_later_than_the_forecasts_does_not_count_and_says_so(site, visit):
    page = visit("/new-report")
    fill(page)
    page.locator("#published").fill("2024-06-01")
    bear(page)

    expect(page.locator("#moves")).to_contain_text(
        "does not count yet: 1 Jun 2024 lies after today, 31 Mar 2024"
    )


def test_the_same_report_is_not_added_twice(site, visit):
    page = visit("/new-report")
    known = report_named(site, "volunteers-offered")
    fill(page, claim=known.claim, source=known.source, credibility=5)
    page.locator("#published").fill(known.published.isoformat())
    bear(page)
    page.get_by_role("button", name="Post the report").last.click()

    expect(page.locator("#claim-fault")).to_contain_text("volunteers-offered")
    assert site.revision() == 1


def test_the_form_needs_no_mouse(site, visit):
    page = visit("/new-report")
    press = page.keyboard.press
    page.get_by_label("The claim").focus()
    page.keyboard.type(CLAIM)
    while page.evaluate("document.activeElement.id") != "source":
        press("Tab")
    page.keyboard.type("reuters")
    press("Escape")  # the list of sources
    while page.evaluate("document.activeElement.name") != "credibility":
        press("Tab")
    press("ArrowDown")
    for part, keys in (("target", "Do North"), ("how", "strong")):
        while not page.evaluate("document.activeElement.id").endswith(f"0-{part}"):
            press("Tab")
        page.keyboard.type(keys)
    while page.evaluate("document.activeElement.innerText") != "Post the report":
        press("Tab")
    press("Enter")
    page.wait_for_url("**/reports/*posted=2")

    (bearing,) = site.casebook().evidence.reports[-1].bears_on
    assert (bearing.scenario, bearing.strength) == ("troops", "strong")


def test_a_claim_that_smuggles_in_a_script_is_text(site, visit):
    evil = "<script>document.title = 'gone'</script><img src=x onerror=alert(1)>"
    page = visit("/new-report")
    fill(page, claim=evil)
    bear(page)
    page.get_by_label("Address").fill("javascript:alert(1)")
    page.locator("#id").fill("evil")
    page.get_by_role("button", name="Post the report").last.click()
    page.wait_for_url("**/reports/evil*")

    assert page.locator("h1").inner_text() == evil
    assert page.locator('a[href^="javascript:"]').count() == 0
    for path in (
        "/ledger",
        "/what-if?find=script",
        "/history",
        "/new-report?claim=" + evil,
    ):
        page.goto(site.case + path)
        assert "Deciban" in page.title()


def test_an_address_tells_nobody_where_the_reader_came_from(site):
    text = site.text("/reports/volunteers-offered")

    assert re.search(r'<a href="https://nypost.com[^"]*" rel="noreferrer', text)


def test_a_source_named_by_ten_thousand_characters_is_refused_without_harm(site, visit):
    page = visit("/new-report")
    fill(page)
    bear(page)
    page.evaluate("document.getElementById('source').removeAttribute('maxlength')")
    page.get_by_label("Published by").fill("x" * 10_000)
    page.get_by_label("Published by").press("Tab")
    page.locator("#new-source-grade").select_option("C")
    page.get_by_role("button", name="Post the report").last.click()

    expect(page.locator("#source-fault")).to_contain_text("at most 200 characters")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1400
    assert site.revision() == 1


def test_a_viewer_may_look_and_not_write(site):
    client = site.client("viewer")
    text = client.get(f"{CASE_PATH}/reports/volunteers-offered").text
    (token,) = re.findall(r'name="csrf-token" content="([^"]+)"', text)

    assert "Add a report" not in text
    assert "Retract it" not in text
    for path in ("new-report", "reports/volunteers-offered/retract", "fits"):
        answer = client.post(
            f"{CASE_PATH}/{path}", data={"csrf_token": token, "because": "x"}
        )
        assert answer.status_code == 403
        assert "role forecaster" in answer.text
    assert client.get(f"{CASE_PATH}/new-report").status_code == 403
    assert site.revision() == 1


def test_a_report_is_retracted_with_a_reason_and_stays_struck_through(site, visit):
    page = visit("/reports/volunteers-offered")
    retract = page.get_by_role("button", name="Retract the report")
    page.get_by_label("Retract it, because").fill("  ")
    retract.click()
    expect(page.locator("#retract-fault")).to_contain_text("must say why")
    page.get_by_label("Retract it, because").fill("the broadcast was satire")
    retract.click()

    note = page.locator(".note").filter(has_text="retracted")
    expect(note).to_contain_text("forecaster")
    expect(note).to_contain_text("the broadcast was satire")
    expect(page.locator("h1 s")).to_have_count(1)
    page.goto(f"{site.case}/ledger?shown=retracted")
    entry = page.locator(".entry")
    assert entry.count() == 1
    assert "the broadcast was satire" in entry.inner_text()
    assert entry.locator("s").is_visible()


def test_those_who_repeat_a_retracted_report_go_on_telling_it(site, visit):
    before = site.casebook()
    repeat = next(r for r in before.evidence.reports if r.repeats)
    first = before.evidence.roots()[repeat.id]
    page = visit(f"/reports/{first.id}")
    page.get_by_label("Retract it, because").fill("never said")
    page.get_by_role("button", name="Retract the report").click()
    expect(page.locator("h1 s")).to_be_visible()

    heir = report_named(site, repeat.id)
    assert heir.bears_on == first.bears_on
    assert heir.speaker == first.speaker


def test_an_edit_of_what_somebody_else_has_changed_meanwhile_is_refused(site, visit):
    mine, theirs = (visit("/reports/volunteers-offered/edit") for _ in range(2))
    theirs.locator("#credibility-4").check()
    theirs.get_by_label("Why it is changed").fill("denied, but not absurd")
    theirs.get_by_role("button", name="Keep the changes").last.click()
    expect(theirs.locator(".changes").first).to_contain_text("denied, but not absurd")

    mine.get_by_label("The claim").fill("Volunteers are said to be ready")
    mine.get_by_role("button", name="Keep the changes").last.click()

    expect(mine.get_by_role("alert")).to_contain_text("somebody has changed it")
    assert (
        mine.get_by_label("The claim").input_value()
        == "Volunteers are said to be ready"
    )
    assert report_named(site, "volunteers-offered").credibility == 4
    assert "credibility" in theirs.locator(".differences").first.inner_text()


@pytest.mark.parametrize(("width", "scheme"), [(380, "light"), (1400, "dark")])
def test_the_pages_of_a_report_keep_nobody_out(visit, serious_faults, width, scheme):
    page = visit("/reports/volunteers-offered", width=width, color_scheme=scheme)
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(page.url.replace("/reports/volunteers-offered", "/new-report"))
    fill(page, claim="Volunteers from North Korea are ready to join the war")
    bear(page)
    expect(page.locator("#moves .shift").first).to_be_visible()
    expect(page.locator("#similar li").first).to_be_visible()

    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
