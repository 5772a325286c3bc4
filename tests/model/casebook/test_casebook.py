"""The rules between the two files, what was known on a day, and the digest."""

import datetime
import math
from itertools import pairwise

import pytest
from pydantic import ValidationError

from deciban.evidence import EvidenceFile
from deciban.evidence.items import readable_part
from deciban.model.casebook.casebook import Casebook, casebook_problems
from deciban.priors import PriorsFile

DAY = datetime.date(2022, 12, 1)


def scenario(name, **changes):
    return {
        "id": name,
        "question": "Does it happen?",
        "criteria": "It is announced.",
        "opens": "2022-07-01",
        "closes": "2025-12-31",
        "prior": {"median": 0.2, "low": 0.1, "high": 0.4},
    } | changes


def report(name, **changes):
    return {
        "id": name,
        "claim": "Shells are shipped",
        "source": "kcna",
        "credibility": 2,
        "published": "2022-08-05",
        "bears_on": [bearing(scenario="troops")],
    } | changes


def bearing(**target):
    return {"direction": "supports", "strength": "weak"} | target


def written(scenarios=(), reports=(), **priors):
    return {
        "priors": {
            "case": "dprk-russia",
            "title": "Support",
            "scenarios": list(scenarios) or [scenario("troops"), scenario("treaty")],
            "arguments": [
                {
                    "id": "far",
                    "statement": "It is far",
                    "bears_on": [bearing(scenario="treaty")],
                }
            ],
        }
        | priors,
        "evidence": {
            "case": "dprk-russia",
            "sources": [
                {"id": "kcna", "name": "KCNA", "reliability": "D"},
                {"id": "nis", "name": "NIS", "reliability": "B"},
            ],
            "reports": list(reports),
        },
    }


def make_casebook(scenarios=(), reports=(), **priors):
    files = written(scenarios, reports, **priors)
    return Casebook(
        priors=PriorsFile.model_validate(files["priors"]),
        evidence=EvidenceFile.model_validate(files["evidence"]),
    )


def chain(n):
    """As many scenarios, each linked to the next."""
    names = [f"s{i}" for i in range(n)]
    links = [{"if": a, "then": b, "probability": 0.5} for a, b in pairwise(names)]
    return [scenario(name) for name in names], links


def test_both_files_are_of_one_case():
    files = written()
    files["evidence"]["case"] = "other"
    priors = PriorsFile.model_validate(files["priors"])
    evidence = EvidenceFile.model_validate(files["evidence"])
    (problem,) = casebook_problems(priors, evidence)

    assert problem["loc"] == ("evidence", "case")
    assert str(problem["type"]) == "must be the case of the priors file, 'dprk-russia'"
    assert problem["input"] == "other"


@pytest.mark.parametrize("key", ["scenario", "argument"])
def test_a_report_bears_on_what_the_priors_file_has(key):
    with pytest.raises(ValidationError, match=f"must be one of the {key}s"):
        make_casebook(reports=[report("a", bears_on=[bearing(**{key: "nowhere"})])])


def test_scenarios_and_arguments_are_not_taken_for_each_other():
    with pytest.raises(ValidationError, match="must be one of the arguments"):
        make_casebook(reports=[report("a", bears_on=[bearing(argument="troops")])])


@pytest.mark.parametrize(
    ("priors", "evidence"),
    [
        (None, None),
        ({}, []),
        ({"case": []}, {"case": "x"}),
        ({"scenarios": [{"id": []}]}, {"reports": [{"bears_on": [{"scenario": []}]}]}),
    ],
)
def test_rules_between_the_files_can_be_asked_of_anything(priors, evidence):
    priors = readable_part(PriorsFile, priors)
    evidence = readable_part(EvidenceFile, evidence)
    assert list(casebook_problems(priors, evidence)) == []


def test_twelve_scenarios_may_be_linked_into_one_set():
    scenarios, links = chain(12)

    assert make_casebook(scenarios, links=links, arguments=[]).case == "dprk-russia"


def test_thirteen_linked_scenarios_are_refused_with_the_link_to_cut():
    scenarios, links = chain(13)
    links[5]["probability"] = 0.21  # the prior is .20: this one moves the least

    with pytest.raises(ValidationError, match=r"enough to cut the weakest: s5 -> s6 "):
        make_casebook(scenarios, links=links, arguments=[])


def test_a_links_probability_is_read_against_the_prior_of_its_effect():
    """From .2 to .6, the odds go from 1/4 to 3/2: six times as high."""
    link = {"if": "treaty", "then": "troops", "probability": 0.6}
    casebook = make_casebook(links=[link])

    shift = casebook.link_shift(casebook.priors.links[0])
    assert shift.location == pytest.approx(math.log(6))
    assert shift.scale == 0.5


@pytest.mark.parametrize(("direction", "sign"), [("raises", 1), ("lowers", -1)])
def test_a_links_word_is_worth_its_decibans(direction, sign):
    """Strong is 12 dB, which multiplies the odds by 10 ** 1.2."""
    link = {
        "if": "treaty",
        "then": "troops",
        "direction": direction,
        "strength": "strong",
    }
    casebook = make_casebook(links=[link])

    shift = casebook.link_shift(casebook.priors.links[0])
    assert shift.location == pytest.approx(sign * 1.2 * math.log(10))
    assert shift.scale == pytest.approx(0.2 * 1.2 * math.log(10))


def test_as_of_a_day_keeps_what_was_published_by_then():
    casebook = make_casebook(
        reports=[
            report("before", published="2022-11-30"),
            report("on-the-day", published="2022-12-01"),
            report("after", published="2022-12-02"),
        ]
    )

    known = [r.id for r in casebook.as_of(DAY).evidence.reports]
    assert known == ["before", "on-the-day"]


def test_as_of_a_day_what_was_seen_is_a_report_and_the_files_agree():
    casebook = make_casebook(
        reports=[report("seen", indicator="sign")],
        indicators=[
            {
                "id": "sign",
                "sign": "Drills are held",
                "bears_on": {"scenario": "troops", "if_true": 0.4, "if_false": 0.1},
                "due": "2022-11-01",
            }
        ],
    )

    cut = casebook.as_of(DAY)
    before = casebook.as_of(datetime.date(2022, 8, 4))

    assert cut.priors.indicators == ()
    assert list(casebook_problems(cut.priors, cut.evidence)) == []
    assert before.priors.indicators == casebook.priors.indicators


@pytest.mark.parametrize(
    ("day", "is_known"),
    [("2022-11-30", True), ("2022-12-01", True), ("2022-12-02", False)],
)
def test_as_of_a_day_keeps_the_outcomes_settled_by_then(day, is_known):
    outcome = {"occurred": True, "on": day}
    casebook = make_casebook([scenario("troops", outcome=outcome)], arguments=[])

    cut = casebook.as_of(DAY).scenario("troops")
    assert (cut.outcome is not None) == is_known


def test_cutting_back_leaves_the_casebook_itself_alone():
    casebook = make_casebook(reports=[report("a", published="2023-01-01")])
    casebook.as_of(DAY)

    assert len(casebook.evidence.reports) == 1


def test_without_reports_only_beliefs_are_left():
    outcome = {"occurred": True, "on": "2022-08-01"}
    casebook = make_casebook(
        [scenario("troops", outcome=outcome)], [report("a")], arguments=[]
    )

    before = casebook.without_reports()
    assert before.evidence.reports == ()
    assert before.last_day() is None
    assert before.scenario("troops").prior == casebook.scenario("troops").prior


def test_the_last_day_is_that_of_the_last_report_or_outcome():
    outcome = {"occurred": True, "on": "2022-09-01"}
    casebook = make_casebook(
        [scenario("troops", outcome=outcome)],
        [report("a", published="2022-08-05")],
        arguments=[],
    )

    assert casebook.last_day() == datetime.date(2022, 9, 1)


def test_who_settles_one_question_has_not_looked_at_the_others():
    outcome = {"occurred": True, "on": "2022-09-01"}
    casebook = make_casebook(
        [scenario("troops", outcome=outcome), scenario("shells")],
        [report("a", published="2022-08-05")],
        arguments=[],
    )

    assert casebook.looked(datetime.date(2022, 10, 1)) == datetime.date(2022, 8, 5)


def test_reports_on_a_scenario_are_those_that_bear_on_it_or_on_its_arguments():
    casebook = make_casebook(
        reports=[
            report("direct", bears_on=[bearing(scenario="treaty")]),
            report("through", bears_on=[bearing(argument="far")]),
            report("elsewhere", bears_on=[bearing(scenario="troops")]),
        ]
    )

    assert [r.id for r in casebook.reports_on("treaty")] == ["direct", "through"]


def test_a_report_counts_once_for_a_scenario_and_its_repeats_count_with_it():
    twice = [bearing(scenario="treaty"), bearing(argument="far")]
    casebook = make_casebook(
        reports=[
            report("both", bears_on=twice),
            report("again", source="nis", repeats="both", bears_on=[]),
            report("own", source="nis", bears_on=[bearing(scenario="troops")]),
            report("too"),
        ]
    )

    # The repeat was first said by whom it repeats.
    assert casebook.index.counts("treaty") == (2, 1)
    assert casebook.index.counts("troops") == (2, 2)


def test_the_digest_does_not_depend_on_the_order_of_items():
    scenarios, links = chain(4)
    reports = [report(name, bears_on=[bearing(scenario="s0")]) for name in "abc"]

    one = make_casebook(scenarios, reports, links=links, arguments=[])
    other = make_casebook(
        scenarios[::-1], reports[::-1], links=links[::-1], arguments=[]
    )
    assert one.digest(DAY, {"draws": 1000}) == other.digest(DAY, {"draws": 1000})


@pytest.mark.parametrize(
    "change",
    [
        {"claim": "Rockets are shipped"},
        {"credibility": 3},
        {"published": "2022-08-06"},
        {"origin": "kcna"},
        {"ages": False},
        {"bears_on": [bearing(scenario="troops", strength="strong")]},
        {"bears_on": [bearing(scenario="treaty")]},
    ],
    ids=str,
)
def test_the_digest_depends_on_the_content_of_a_report(change):
    before = make_casebook(reports=[report("a")])
    after = make_casebook(reports=[report("a", **change)])

    assert before.digest(DAY, {}) != after.digest(DAY, {})


def test_the_digest_depends_on_beliefs_day_and_settings():
    casebook = make_casebook()
    regraded = make_casebook(
        scales={"reliability": {"D": {"location": -2.0, "sd": 0.5}}}
    )

    digests = {
        casebook.digest(DAY, {"draws": 1000}),
        regraded.digest(DAY, {"draws": 1000}),
        casebook.digest(DAY, {"draws": 2000}),
        casebook.digest(datetime.date(2022, 12, 2), {"draws": 1000}),
    }
    assert len(digests) == 4
