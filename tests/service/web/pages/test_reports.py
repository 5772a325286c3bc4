"""One report, and the forms that add, edit and retract one."""

import datetime
import html
import re

import pytest
from playwright.sync_api import expect

from deciban.model.casebook.changes import Change, body_of
from deciban.service.store.tokens import new_token
from tests.service.web.pages.conftest import NOW

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


TYPED = {
    "claim": CLAIM,
    "source": "reuters",
    "credibility": "2",
    "published": "2024-03-30",
    "bears-0-target": "scenario:troops",
    "bears-0-direction": "supports",
    "bears-0-how": "strong",
}


def token_in(text):
    return re.findall(r'name="csrf_token" value="([^"]+)"', text)[0]


def moves(site, edited="", **typed):
    """Return what is told of a form as far as it is filled in: its piece of a page."""
    client = site.client("forecaster")
    token = token_in(client.get(f"{CASE_PATH}/new-report").text)
    path = f"{CASE_PATH}/new-report/moves?edited={edited}"
    answer = client.post(path, data={"csrf_token": token} | TYPED | typed)
    return html.unescape(answer.json["html"])


def years_later(site):
    """Let all scenarios have closed: the last does so at the end of 2025."""
    later = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)
    site.shared.clock.now = later


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
    bearings = page.locator("[data-live=bearings]")
    expect(bearings.locator(".bearings .weights")).to_contain_text("dB")
    expect(bearings).not_to_contain_text("told once a fit has read it")
    expect(page.locator("[data-banner]")).to_have_count(0)


@pytest.mark.parametrize("who", ["source", "origin"])
def test_a_click_that_leaves_a_new_source_hits_what_it_is_meant_for(visit, who):
    page = visit("/new-report")
    page.locator(f"#{who}").fill("A wire nobody heard of")

    page.locator("label[for=credibility-3]").click(force=True)  # it moves at once

    assert page.locator("#credibility-3").is_checked()
    expect(page.locator(f"#new-{who}-grade")).to_be_visible()


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
        "does not count yet: 1 Jun 2024 lies after today, 31 Mar 2024 (UTC)"
    )


MOVED = "The day of the forecasts moves to 5 May 2026: part of this is time that passed"


def test_a_report_that_moves_the_day_of_the_forecasts_says_so(site):
    years_later(site)
    hint = site.text("/new-report", "forecaster")

    assert "closed, and the forecasts are as of 1 Jan 2026. A later report" in hint
    assert "moves to" not in moves(site, published="2024-03-30")
    assert MOVED in moves(site, published="2026-05-05")

    posted = body_of(report_named(site, "volunteers-offered"))
    posted |= {"id": "late", "published": "2026-05-05"}
    site.post(Change(kind="report", key="late", body=posted))
    assert MOVED in site.text("/reports/late")


def test_a_report_of_a_day_to_come_does_not_count_when_all_has_closed(site):
    years_later(site)

    told = "31 Dec 2026 lies after today, 25 Nov 2026 (UTC)"
    assert told in moves(site, published="2026-12-31")


def test_the_form_cautions_of_a_claim_that_its_origin_has_made_already(site):
    there = report_named(site, "volunteers-offered")

    told = moves(site, claim=there.claim.upper(), source=there.speaker)

    assert "Caution:" not in moves(site)
    assert f"has the claim and the origin of report '{there.id}'" in told


def test_a_new_report_is_not_read_as_a_replacement_of_one_that_has_its_id(site):
    assert moves(site, id="volunteers-offered") == moves(site)


def test_an_edited_report_is_read_in_its_own_place(site):
    form = site.text("/reports/volunteers-offered/edit", "forecaster")
    (path,) = re.findall(r'data-moves="([^"]+)"', form)
    client = site.client("forecaster")
    token = token_in(client.get(f"{CASE_PATH}/new-report").text)
    report = report_named(site, "volunteers-offered")
    (bearing,) = report.bears_on
    kind = "argument" if bearing.argument else "scenario"
    as_it_is = {
        "source": report.source,
        "origin": report.origin or "",
        "credibility": str(report.credibility),
        "published": report.published.isoformat(),
        "fixed": "" if report.ages else "on",
        "bears-0-target": f"{kind}:{bearing.argument or bearing.scenario}",
        "bears-0-direction": bearing.direction,
        "bears-0-how": bearing.strength,
        "claim": report.claim,
        "because": "other words for why",
        "csrf_token": token,
    }
    told = client.post(path, data=as_it_is).json["html"]
    changed = client.post(path, data=as_it_is | {"credibility": "1"}).json["html"]

    assert "Nothing that moves a forecast is changed yet." in told
    assert "data-said-by" in changed


def test_a_source_that_is_not_graded_yet_is_named_as_the_form_names_it(site):
    told = moves(site, source="New Co B 24")

    assert "The reliability of the new source must be one of" in told
    assert "new-co" not in told


def test_what_was_typed_outlives_the_session(site):
    with site.shared.store.writing() as session:
        _, secret = new_token(session, "again", "forecaster", NOW)
    browser, here = site.client(None), {"Sec-Fetch-Site": "same-origin"}
    asked = browser.post(f"{CASE_PATH}/new-report", data=TYPED, headers=here)
    assert asked.status_code == 401

    def send(text, **more):
        path = re.findall(r'<form method="post" action="([^"]+)"', text)[-1]
        fields = re.findall(
            r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text
        )
        return browser.post(path, data=dict(fields) | more, headers=here)

    refused = send(asked.text, token="deciban_wrong")
    signed_in = send(refused.text, token=secret)
    kept = send(signed_in.text.partition("<main")[2])

    assert (refused.status_code, kept.status_code) == (401, 303)
    assert site.casebook().evidence.reports[-1].claim == CLAIM


def test_what_another_site_sent_is_nobody_s_typing(site):
    browser = site.client(None)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}):
        answer = browser.post(f"{CASE_PATH}/new-report", data=TYPED, headers=headers)
        assert (answer.status_code, CLAIM in answer.text) == (401, False)


def test_a_form_that_was_left_is_taken_up_again_until_it_was_posted(site, visit):
    page = visit("/new-report")
    fill(page)
    bear(page, number=0)
    page.get_by_role("button", name="Add a bearing").click()
    bear(page, "argument:kpa-stays-home", "weak", number=1)
    page.reload()
    page.get_by_role("button", name="Take it up again").click()

    assert page.get_by_label("The claim").input_value() == CLAIM
    assert page.locator("#credibility-2").is_checked()
    assert page.locator("#bears-1-how").input_value() == "weak"
    page.get_by_role("button", name="Post the report").last.click()
    page.wait_for_url("**/reports/*posted=2")
    page.go_back()
    expect(page.get_by_label("The claim")).to_have_value("")
    page.goto(f"{site.case}/new-report")
    expect(page.locator("#draft")).to_be_hidden()
    assert page.evaluate("sessionStorage.length") == 0


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

    before = site.casebook()
    entry.locator(".claim a").click()
    page.get_by_label("Put it back, because").fill("it was no satire")
    page.get_by_role("button", name="Put the report back").click()

    expect(page.locator("h1 s")).to_have_count(0)
    expect(page.locator(".changes").first).to_contain_text("put back")
    expect(page.locator(".changes").first).to_contain_text("it was no satire")
    assert report_named(site, "volunteers-offered") not in before.evidence.reports


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

    alert = mine.get_by_role("alert")
    expect(alert).to_contain_text("somebody has changed it")
    assert alert.locator(".differences ins").inner_text() == "4"
    assert alert.get_by_role("link", name="its history").count() == 1
    assert (
        mine.get_by_label("The claim").input_value()
        == "Volunteers are said to be ready"
    )
    assert report_named(site, "volunteers-offered").credibility == 4
    assert "credibility" in theirs.locator(".differences").first.inner_text()


def test_an_edit_of_what_was_retracted_meanwhile_is_refused_and_stays(site):
    client = site.client("forecaster")
    path = f"{CASE_PATH}/reports/volunteers-offered/edit"
    token = token_in(client.get(path).text)
    site.post(Change(kind="report", key="volunteers-offered", body=None))
    answer = client.post(path, data=TYPED | {"csrf_token": token, "revision": "1"})

    assert answer.status_code == 422
    assert "somebody has retracted it" in answer.text
    assert CLAIM in answer.text


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
