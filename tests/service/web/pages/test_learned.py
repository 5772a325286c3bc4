"""What settled cases have taught, as a page shows it and a case takes it over."""

import pytest
from playwright.sync_api import expect

from deciban.model.learning import (
    CaseTaken,
    Learned,
    LearnedNumber,
    LearnedSource,
    Quantiles,
)
from deciban.model.posterior.summary import Checks
from deciban.service.application import learned
from deciban.service.refits.lessons import Lesson
from tests.service.web.pages.conftest import CASE, NOW

BEFORE = Quantiles(median=0.28, low=0.11, high=0.55)
AFTER = Quantiles(median=0.12, low=0.07, high=0.21)
WORD = Quantiles(median=7.0, low=5.0, high=9.7)


@pytest.fixture
def lesson(site, monkeypatch):
    """Let another case be settled, and taught."""
    monkeypatch.setattr(learned, "_has_settled", lambda *_: True)
    number = LearnedNumber(
        kind="word",
        name="moderate",
        unit="dB",
        before=WORD,
        after=WORD,
        gain_nats=0.0,
        sources=0,
        reports=0,
        taught=False,
    )
    source = LearnedSource(
        id="kcna",
        name="Korean Central News Agency",
        grade="D",
        cases=(CASE,),
        before=BEFORE,
        after=AFTER,
        gain_nats=1.0,
        reports=9,
        right=2,
        claims=9,
        taught=True,
    )
    said = Learned(
        as_of=NOW.date(),
        cases=(CaseTaken(case=CASE, occurred=3, did_not=4, left_out=2),),
        numbers=(number,),
        sources=(source,),
        scales={"sources": {"kcna": {"location": -2.0, "sd": 0.4}}},
        checks=Checks(
            ok=True, r_hat_max=1.0, ess_bulk_min=900, ess_tail_min=900, divergences=0
        ),
        seed=7,
    )
    site.scheduler.lesson = Lesson(said.model_dump_json())
    return said


def test_where_nothing_is_settled_the_page_says_so(site):
    answer = site.client().get("/learned")

    assert answer.status_code == 200
    assert "Nothing is settled yet, yes or no." in answer.text


def test_it_says_that_it_is_being_learned(site, monkeypatch):
    monkeypatch.setattr(learned, "_has_settled", lambda *_: True)

    assert "It is being learned" in site.client().get("/learned").text


def test_what_was_learned_is_shown_and_what_was_not(site, lesson, visit):
    page = visit()
    page.goto(f"{site.address}/learned")

    source = page.get_by_role("row").filter(has_text="Korean Central News Agency")
    expect(source).to_contain_text("0.12 (0.07 to 0.21)")
    expect(source).to_contain_text("2 of 9")
    word = page.get_by_role("row").filter(has_text="Word moderate")
    expect(word).to_contain_text("nothing learned")
    expect(page.get_by_role("heading", name="Take it over")).to_have_count(0)


def test_an_admin_lets_a_case_take_it_over_and_says_why(
    site, lesson, visit, monkeypatch
):
    """As if another case had taught it."""
    monkeypatch.setattr(
        "deciban.service.web.pages.learned.learned_now",
        lambda *_: learned.LearnedNow("ready", lesson),
    )
    page = visit(role="admin")
    page.goto(f"{site.address}/learned?but={CASE}")
    page.get_by_label("Why").fill("Seven outcomes elsewhere")
    page.get_by_role("button", name="Take it over").click()

    page.wait_for_url(site.case)
    scales = site.casebook().priors.scales
    assert scales.sources["kcna"].location == -2.0


def test_a_forecaster_may_not(site, lesson):
    client = site.client("forecaster")

    assert client.post(f"/cases/{CASE}/learned").status_code in (400, 403)
    assert site.casebook().priors.scales.sources == {}
