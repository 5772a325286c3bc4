"""What is typed into the form of a report, and the changes that it asks for."""

import datetime
import unicodedata

import pytest

from deciban.model.casebook.changes import ChangeError, changed
from deciban.service.web.pages.report_form import (
    ReportForm,
    found_source,
    proposed_id,
    slug,
)
from tests.model.builders import (
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    says,
)

TODAY = datetime.date(2024, 6, 1)
TYPED = {
    "claim": "Shells go by rail",
    "source": "radio",
    "credibility": "2",
    "published": "2024-05-30",
    "bears-0-target": "scenario:war",
    "bears-0-direction": "opposes",
    "bears-0-how": "strong",
}

LIKELIHOODS = {"bears-0-how": "likelihoods", "bears-0-yes": "1", "bears-0-no": "0.1"}


@pytest.fixture(scope="module")
def casebook():
    return make_casebook(
        [make_report("shells", says(), claim="Shells go by sea")],
        arguments=[make_argument("can", says(scenario="war"))],
    )


def posted(casebook, **typed):
    form = ReportForm.typed(TYPED | typed)
    after = changed(casebook, form.changes(casebook))
    return after, after.evidence.reports[-1]


def faults(casebook, **typed):
    form = ReportForm.typed(TYPED | typed)
    with pytest.raises(ChangeError) as error:
        changed(casebook, form.changes(casebook))
    form.refuse(error.value)
    return form


def test_what_is_typed_becomes_a_report(casebook):
    _, report = posted(casebook, reference="Note 1", fixed="on")
    (bearing,) = report.bears_on

    assert (report.source, report.credibility, report.ages) == ("radio", 2, False)
    assert (bearing.scenario, bearing.direction, bearing.strength) == (
        "war",
        "opposes",
        "strong",
    )


@pytest.mark.parametrize("typed", ["radio", "RADIO", " Radio "])
def test_a_source_is_known_by_its_id_or_its_name(casebook, typed):
    assert found_source(casebook, typed.strip()) == "radio"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_source_is_known_by_its_name_in_whatever_form_it_is_typed(casebook, form):
    name = unicodedata.normalize(form, "Caf\u00e9 \uc5f0\ud569\ub274\uc2a4")
    after, report = posted(casebook, source=name, **{"new-source-grade": "E"})

    for typed in ("NFC", "NFD"):
        wanted = unicodedata.normalize(typed, name.upper())
        assert found_source(after, wanted) == report.source


@pytest.mark.parametrize("typed", ["Radio Свобода", "라디오 radio", "the radio"])
def test_a_source_that_is_like_another_is_new(casebook, typed):
    after, report = posted(casebook, source=typed, **{"new-source-grade": "E"})
    added = after.evidence.sources[-1]

    assert (added.name, added.reliability) == (typed, "E")
    assert report.source == added.id != "radio"


def test_a_new_source_and_a_new_origin_are_added_with_the_report(casebook):
    more = {"new-source-grade": "C", "new-origin-grade": "F"}
    after, report = posted(
        casebook, source="Süddeutsche", origin="조선중앙통신", **more
    )
    added = {s.id: (s.name, s.reliability) for s in after.evidence.sources[-2:]}

    assert (report.source, report.origin) == ("suddeutsche", "source")
    assert added == {
        "suddeutsche": ("Süddeutsche", "C"),
        "source": ("조선중앙통신", "F"),
    }


def test_an_origin_that_is_the_source_itself_is_none(casebook):
    assert posted(casebook, origin="radio")[1].origin is None


def test_a_repeat_brings_no_bearings(casebook):
    assert posted(casebook, repeats="shells")[1].bears_on == ()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"claim": ""}, "claim"),
        ({"source": ""}, "source"),
        ({"source": "Nobody yet"}, "new-source-grade"),
        ({"source": "Agency 24"}, "new-source-grade"),
        ({"origin": "x" * 201, "new-origin-grade": "A"}, "origin"),
        ({"credibility": ""}, "credibility"),
        ({"credibility": "7"}, "credibility"),
        ({"published": "30 May"}, "published"),
        ({"repeats": "nothing"}, "repeats"),
        ({"id": "Not An Id"}, "id"),
        ({"bears-0-target": "scenario:peace"}, "bears-0-target"),
        ({"bears-0-how": "decibans", "bears-0-decibans": "many"}, "bears-0-decibans"),
        (LIKELIHOODS | {"bears-0-yes": "2"}, "bears-0-yes"),
        (LIKELIHOODS | {"bears-0-no": "0"}, "bears-0-no"),
        ({"bears-0-how": ""}, "bears-0-how"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field(casebook, typed, field):
    form = faults(casebook, **typed)

    assert list(form.faults) == [field]
    assert form.other_faults == []


def test_a_report_that_is_shown_in_the_form_is_the_same_when_it_is_posted(casebook):
    original = make_casebook(
        [
            make_report(
                "full",
                says(7.5),
                says([0.25, 0.5], argument="can") | {"because": "rarely said"},
                origin="paper",
                url="https://example.org",
                because="seen by two",
            )
        ],
        arguments=[make_argument("can", says(scenario="war"))],
    )
    (report,) = original.evidence.reports
    form = ReportForm.of(report, 1)

    assert changed(original, form.changes(original)) == original


CUP = {"reds": "0.9", "blues": "0.1", "none": "0,1"}


@pytest.fixture(scope="module")
def cup():
    """Two rivals of whom one may win."""
    scenarios = [make_scenario("war"), make_scenario("reds"), make_scenario("blues")]
    none = {"mean": 0.2, "sd": 0.1}
    return make_casebook(
        [make_report("old", {"rivals": "cup", "words": {"reds": "opposes weak"}})],
        scenarios=scenarios,
        rivals=[{"id": "cup", "scenarios": ["reds", "blues"], "none": none}],
    )


def of_rivals(said):
    typed = {f"bears-0-of-cup:{name}": text for name, text in said.items()}
    return typed | {"bears-0-target": "rivals:cup", "bears-0-how": ""}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (CUP, {"likelihoods": {"reds": 0.9, "blues": 0.1, "none": 0.1}}),
        (
            {"reds": "supports very strong", "blues": "", "none": ""},
            {"words": {"reds": "supports very strong"}},
        ),
    ],
)
def test_what_is_typed_of_rivals_becomes_one_bearing(cup, said, kept):
    after, report = posted(cup, **of_rivals(said))

    (bearing,) = report.bears_on
    assert bearing.model_dump(exclude_none=True) == {"rivals": "cup", **kept}
    form = ReportForm.of(report, 1)
    assert changed(after, form.changes(after)) == after


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (CUP | {"none": ""}, "bears-0-target"),
        (CUP | {"reds": "9"}, "bears-0-of-cup:reds"),
        (CUP | {"reds": "very likely"}, "bears-0-of-cup:reds"),
        ({}, "bears-0-target"),
    ],
    ids=["one is missing", "no probability", "no word", "nothing"],
)
def test_what_is_wrong_of_a_rival_stands_beside_it(cup, said, field):
    form = faults(cup, **of_rivals(said))

    assert field in form.faults
    assert form.other_faults == []


def test_a_form_has_an_effect_as_soon_as_it_says_enough(casebook):
    def so_far(*names):
        form = ReportForm.typed({name: TYPED[name] for name in names})
        return form.changes_so_far(casebook, TODAY)

    bearing = ("bears-0-target", "bears-0-direction", "bears-0-how")
    assert so_far("source", "credibility", "bears-0-target") is None
    assert so_far("source", *bearing) is None
    changes = so_far("source", "credibility", *bearing)
    assert changed(casebook, changes).evidence.reports[-1].published == TODAY


def test_an_id_is_proposed_of_the_source_and_what_is_special(casebook):
    first = proposed_id(casebook, "radio", "Shells go by rail through Khasan")
    taken = make_casebook(
        [make_report(first, claim="Shells go by rail through Khasan")]
    )

    assert first == "radio-rail-through-khasan" or first.startswith("radio-")
    assert proposed_id(taken, "radio", "").startswith("radio-report")
    assert slug("A" * 200, "report") == "a" * 72
