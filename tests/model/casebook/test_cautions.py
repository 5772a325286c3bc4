"""What ``deciban check`` warns of: allowed, and yet seldom meant."""

import datetime
import unicodedata
from itertools import pairwise

import pytest

from deciban.evidence import EvidenceFile
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.cautions import review
from deciban.priors import PriorsFile

TODAY = datetime.date(2023, 6, 1)


def scenario(name, **changes):
    return {
        "id": name,
        "question": "Does it happen?",
        "criteria": "It is announced.",
        "opens": "2022-07-01",
        "closes": "2025-12-31",
        "prior": {"median": 0.2, "low": 0.1, "high": 0.4, "because": "So it was."},
    } | changes


def report(name, source="kcna", **changes):
    return {
        "id": name,
        "claim": f"Shells are shipped, says {name}",
        "source": source,
        "credibility": 2,
        "published": "2022-08-05",
        "bears_on": [bearing()],
    } | changes


def bearing(scenario="troops", direction="supports", **changes):
    return {"scenario": scenario, "direction": direction, "strength": "weak"} | changes


def on_argument(name, direction="supports"):
    return {"argument": name, "direction": direction, "strength": "weak"}


def argument(name, scenario="troops"):
    return {"id": name, "statement": "It is far", "bears_on": [bearing(scenario)]}


def same(name, source="kcna", **changes):
    return report(name, source, claim="Caf\u00e9s are shut", **changes)


def cautions(*reports, today=None, **case):
    return [str(caution) for caution in review(casebook_of(*reports, **case), today)]


def casebook_of(*reports, scenarios=None, used=(), names=(), **priors):
    """Build a casebook whose sources are those that its reports name."""
    named = (
        {r["source"] for r in reports} | {r.get("origin") for r in reports} | {*used}
    )
    names = dict(names)
    return Casebook(
        priors=PriorsFile.model_validate(
            {
                "case": "dprk-russia",
                "title": "Support",
                "scenarios": scenarios or [scenario("troops"), scenario("treaty")],
            }
            | priors
        ),
        evidence=EvidenceFile.model_validate(
            {
                "case": "dprk-russia",
                "sources": [
                    {"id": name, "name": names.get(name, name), "reliability": "C"}
                    for name in sorted(named - {None})
                ],
                "reports": list(reports),
            }
        ),
    )


def test_an_ordinary_casebook_gives_no_cause_for_caution():
    assert cautions(report("a"), report("b", "tass"), today=TODAY) == []


def test_grade_1_counts_its_confirmation_twice_where_the_confirming_report_is_here():
    (caution,) = cautions(report("a", credibility=1), report("b", "tass"))

    assert caution == (
        "report 'a': credibility 1 counts its confirmation twice, for the confirming "
        "reports are in the ledger: 'b'"
    )


@pytest.mark.parametrize(
    "other",
    [
        report("b", "tass", bears_on=[bearing(direction="opposes")]),
        report("b", "tass", bears_on=[bearing(scenario="treaty")]),
        report(
            "b", "tass", bears_on=[{"scenario": "troops", "likelihoods": [0.1, 0.4]}]
        ),
        report(
            "b", "tass", bears_on=[{"scenario": "troops", "likelihoods": [0.3, 0.3]}]
        ),
        report("b", "tass", origin="kcna", published="2023-01-01"),
        report("b", "tass", repeats="a", bears_on=[]),
    ],
    ids=["contrary", "elsewhere", "contrary odds", "no odds", "same origin", "repeat"],
)
def test_grade_1_is_in_order_where_nobody_else_here_confirms_it(other):
    assert cautions(report("a", credibility=1), other) == []


def test_likelihoods_that_favour_a_scenario_confirm_a_word_that_supports_it():
    odds = [{"scenario": "troops", "likelihoods": [0.4, 0.1]}]

    (caution,) = cautions(
        report("a", credibility=1), report("b", "tass", bears_on=odds)
    )
    assert caution.startswith("report 'a': credibility 1")


def test_the_same_said_again_within_a_week_may_be_one_statement():
    (caution,) = cautions(
        report("a", published="2022-08-05"), report("b", published="2022-08-12")
    )

    assert caution.startswith("report 'b': 'kcna' says much the same in report 'a'")


@pytest.mark.parametrize(
    "other",
    [
        report("b", published="2022-08-13"),
        report("b", bears_on=[bearing(), bearing(scenario="treaty")]),
        report("b", bears_on=[bearing(direction="opposes")]),
        report("b", origin="tass"),
        report("b", "tass", repeats="a", bears_on=[]),
    ],
    ids=["later", "more", "contrary", "another speaker", "named as a repeat"],
)
def test_what_differs_is_another_statement(other):
    assert cautions(report("a"), other) == []


def test_a_report_without_bearings_moves_nothing():
    (caution,) = cautions(report("a", bears_on=[]))

    assert caution == "report 'a': bears on nothing and repeats nothing"


def test_a_report_after_the_close_comes_too_late():
    late = report("a", published="2022-09-02")
    closed = [scenario("troops", closes="2022-09-01"), scenario("treaty")]

    (caution,) = cautions(late, scenarios=closed)
    assert caution == (
        "report 'a': published on 2022-09-02, after all that it bears on has closed, "
        "the last on 2022-09-01"
    )


def test_a_report_on_an_argument_comes_too_late_where_its_scenarios_have_closed():
    late = report("a", published="2022-09-02", bears_on=[on_argument("far")])
    closed = [scenario("troops", closes="2022-09-01"), scenario("treaty")]

    (caution,) = cautions(late, scenarios=closed, arguments=[argument("far")])
    assert "after all that it bears on has closed" in caution


@pytest.mark.parametrize(
    "late",
    [
        report("a", published="2022-09-01"),
        report("a", published="2022-09-02", bears_on=[bearing(), bearing("treaty")]),
        report("a", published="2022-09-02", bears_on=[bearing(), on_argument("far")]),
    ],
    ids=["last day", "another scenario", "through an argument"],
)
def test_a_report_comes_in_time_while_anything_that_it_bears_on_is_open(late):
    closed = [scenario("troops", closes="2022-09-01"), scenario("treaty")]
    filler = report("b", "tass", bears_on=[on_argument("far")])

    told = cautions(
        late, filler, scenarios=closed, arguments=[argument("far", "treaty")]
    )
    assert told == []


def test_a_late_repeat_comes_too_late_as_its_original_would():
    closed = [scenario("troops", closes="2022-09-01"), scenario("treaty")]
    repeat = report("b", "tass", repeats="a", published="2022-09-02", bears_on=[])

    (caution,) = cautions(report("a", origin="tass"), repeat, scenarios=closed)
    assert caution.startswith("report 'b': published on 2022-09-02")


def test_a_source_that_nobody_names_is_never_used():
    assert cautions(report("a"), used=["tass"]) == ["source 'tass': no report names it"]


def test_an_origin_is_used():
    assert cautions(report("a", origin="tass")) == []


def test_an_argument_that_no_report_bears_on_moves_nothing():
    assert cautions(arguments=[argument("far")]) == [
        "argument 'far': no report bears on it"
    ]


def test_an_argument_that_bears_on_nothing_moves_nothing():
    idle = argument("far") | {"bears_on": []}

    assert cautions(report("a", bears_on=[on_argument("far")]), arguments=[idle]) == [
        "argument 'far': bears on no scenario"
    ]


def wide_argument(size):
    return {
        "scenarios": [scenario(f"s{i}") for i in range(size)],
        "arguments": [
            argument("far") | {"bears_on": [bearing(f"s{i}") for i in range(size)]}
        ],
    }


def test_an_argument_on_five_scenarios_should_not_rest_on_one_claim():
    one = report("a", bears_on=[on_argument("far")])
    again = report("b", "tass", repeats="a", bears_on=[])
    against = report("c", "tass", bears_on=[on_argument("far", "opposes")])
    of_no_weight = {"argument": "far", "direction": "supports", "decibans": 0}
    nothing = report("d", "rbc", bears_on=[of_no_weight])

    (told,) = cautions(one, again, nothing, **wide_argument(5))
    (told_of_both,) = cautions(one, against, **wide_argument(5))

    assert told == (
        "argument 'far': for it speaks report 'a' alone, yet it bears on 5 scenarios: "
        "'s0', 's1', 's2', 's3', 's4'; look for a second report on it"
    )
    assert "for it speaks report 'a' alone and against it speaks report 'c' alone" in (
        told_of_both
    )


@pytest.mark.parametrize(
    ("sides", "size"),
    [(["supports"], 4), (["supports", "supports", "opposes"], 5)],
    ids=["of less reach", "of two claims"],
)
def test_other_arguments_may_rest_on_what_they_have(sides, size):
    reports = [
        report(f"r{i}", f"source-{i}", bears_on=[on_argument("far", side)])
        for i, side in enumerate(sides)
    ]

    assert cautions(*reports, **wide_argument(size)) == []


@pytest.mark.parametrize(("size", "n_cautions"), [(9, 0), (10, 1), (12, 1)])
def test_ten_linked_scenarios_are_near_the_limit(size, n_cautions):
    names = [f"s{i}" for i in range(size)]
    links = [{"if": a, "then": b, "probability": 0.5} for a, b in pairwise(names)]

    told = cautions(scenarios=[scenario(name) for name in names], links=links)
    assert len(told) == n_cautions
    assert all("near the limit of 12" in caution for caution in told)


@pytest.mark.parametrize("hazard", ["constant", "none"])
def test_a_scenario_past_its_close_is_to_be_settled(hazard):
    closed = [scenario("troops", closes="2023-05-31", hazard=hazard)]

    (caution,) = cautions(scenarios=closed, today=TODAY)
    assert caution == (
        "scenario 'troops': closed on 2023-05-31 and is not settled: say how it ended"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"closes": "2023-06-01"},
        {"closes": "2023-05-31", "outcome": {"occurred": False, "on": "2023-06-01"}},
    ],
    ids=["last day", "resolved"],
)
def test_an_open_or_resolved_scenario_awaits_nothing(changes):
    assert cautions(scenarios=[scenario("troops", **changes)], today=TODAY) == []


def test_a_report_from_the_future_does_not_count_yet():
    (caution,) = cautions(report("a", published="2023-06-02"), today=TODAY)

    assert caution.startswith("report 'a': published on 2023-06-02, which lies ahead")


def test_without_a_day_nothing_is_late_or_to_come():
    closed = [scenario("troops", closes="2022-08-04"), scenario("treaty")]
    later = report("a", published="2099-01-01", bears_on=[bearing("treaty")])

    assert not any(
        "outcome" in caution or "lies ahead" in caution
        for caution in cautions(later, scenarios=closed)
    )


@pytest.mark.parametrize(
    "claim",
    [
        "Caf\u00e9s are shut",
        unicodedata.normalize("NFD", "CAF\u00c9S  are shut"),
    ],
)
def test_the_same_claim_of_the_same_origin_is_told_whatever_the_days_between(claim):
    later = report("b", published="2025-01-01") | {"claim": claim}

    (caution,) = cautions(same("a"), later)

    assert caution == (
        "report 'b': has the claim and the origin of report 'a', published on "
        "2022-08-05; if the two are one statement, let one repeat the other"
    )


def test_the_same_claim_is_told_whatever_the_id_of_its_source():
    told = cautions(
        same("a"), same("b", "nk-agency"), names={"nk-agency": "KCNA", "kcna": "kcna"}
    )

    assert told[0].startswith("report 'b': has the claim and the origin of report 'a'")
    assert told[1].startswith("source 'nk-agency': has the name of source 'kcna'")


@pytest.mark.parametrize(
    "other",
    [
        same("b", "tass"),
        same("b", "tass", repeats="a", bears_on=[]),
        report("b", published="2025-01-01"),
    ],
    ids=["another speaker", "a repeat", "another claim"],
)
def test_what_is_another_statement_or_says_that_it_is_one_is_in_order(other):
    assert cautions(same("a"), other) == []


def test_one_name_typed_in_two_forms_is_one_name():
    name = "\uc5f0\ud569\ub274\uc2a4"

    (caution,) = cautions(
        report("a", "yonhap"),
        report("b", "yonhap-2"),
        names={"yonhap": name, "yonhap-2": unicodedata.normalize("NFD", name)},
    )

    assert caution.startswith("source 'yonhap-2': has the name of source 'yonhap'")


def test_an_origin_that_is_the_source_itself_is_told():
    (caution,) = cautions(report("a", origin="kcna"))

    assert caution.startswith("report 'a': has its source, 'kcna', as its origin too")


def test_a_report_after_the_outcome_of_all_that_it_bears_on_is_told():
    settled = scenario("troops", outcome={"occurred": True, "on": "2022-08-01"})

    told = cautions(report("a"), scenarios=[settled, scenario("treaty")])

    assert told == [
        "report 'a': published on 2022-08-05, after all that it bears on was settled, "
        "the last on 2022-08-01"
    ]


@pytest.mark.parametrize(
    ("on", "bears_on"),
    [
        ("2022-08-05", [bearing()]),
        ("2022-08-01", [bearing(), bearing("treaty")]),
    ],
    ids=["on the day", "another scenario is open"],
)
def test_a_report_that_may_still_tell_something_is_in_order(on, bears_on):
    settled = scenario("troops", outcome={"occurred": True, "on": on})
    reports = [report("a", bears_on=bears_on)]

    assert cautions(*reports, scenarios=[settled, scenario("treaty")]) == []


def test_a_prior_without_a_reason_is_told():
    bare = scenario("troops", prior={"words": "unlikely"})

    assert cautions(scenarios=[bare]) == [
        "scenario 'troops': its prior gives no reason: write it in because"
    ]


@pytest.mark.parametrize(("high", "n_cautions"), [(0.05, 0), (0.1, 1)])
def test_a_prior_whose_mean_is_far_from_its_median_is_told(high, n_cautions):
    """Near 0 it is log-normal, with its mean at exp(s^2 / 2) medians.

    With s = ln(high / .01) / 1.645 that is 1.6 medians where the 95 % quantile is
    5 %, and 2.7 where it is 10 %.
    """
    prior = {"median": 0.01, "low": 0.0001 / high, "high": high, "because": "Rare."}

    told = cautions(scenarios=[scenario("troops", prior=prior)])

    assert len(told) == n_cautions
    assert all("and its median 1.00%; what is forecast is the mean" in t for t in told)


def test_of_some_items_alone_all_is_told_and_of_the_others_nothing():
    casebook = casebook_of(
        same("a"), same("b"), report("c", origin="kcna", published="2023-08-05")
    )
    among = [("report", "a"), ("scenario", "troops")]

    (caution,) = review(casebook, among=among)
    assert str(caution).startswith("report 'a': has the claim and the origin of")
    assert [c.where for c in review(casebook)] == ["report 'b'", "report 'c'"]


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\ufeff", "\U000e0041", "\uffff", "\U0001fffe"], ids=ascii
)
def test_what_cannot_be_seen_in_a_text_is_told_by_its_number(hidden):
    (said,) = cautions(report("one", claim=f"Shells{hidden} are shipped"))

    assert said == (
        "report 'one': its claim has characters that cannot be seen: "
        f"U+{ord(hidden):04X}"
    )
    book = casebook_of(
        report("one"), scenarios=[scenario("troops", question="Is\ufeff?")]
    )
    assert "U+FEFF" in str(review(book)[0])


def test_joiners_of_letters_and_flags_are_none_of_those():
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

    assert (
        cautions(report("one", claim=f"{flag} \u0645\u06cc\u200c\u0631\u0648\u062f"))
        == []
    )


def test_a_day_far_from_ours_is_told():
    assert cautions(report("one", published="0001-01-01")) == [
        "report 'one': published on 0001-01-01: is that the year?"
    ]
    far = [scenario("troops", closes="9999-12-31")]
    assert cautions(report("one"), scenarios=far) == [
        "scenario 'troops': closes on 9999-12-31: is that the year?"
    ]


@pytest.mark.parametrize(
    ("none", "told"),
    [
        (None, []),
        (0.02, []),
        (
            0.25,
            [
                "rivals 'end': the means of their priors, none included, add up to "
                "125%, and are read as shares of that: one of them comes true"
            ],
        ),
    ],
)
def test_priors_of_rivals_that_do_not_add_up_to_one_are_told(none, told):
    ends = [
        scenario(name, hazard="none", prior={"mean": p, "sd": 0.01, "because": "So"})
        for name, p in (("truce", 0.7), ("victory", 0.3))
    ]
    prior = none and {"mean": none, "sd": 0.01}
    rivals = [{"id": "end", "scenarios": ["truce", "victory"], "none": prior}]

    assert cautions(scenarios=ends, rivals=rivals) == told


def test_a_report_on_a_rival_that_another_settled_comes_too_late():
    won = {"occurred": True, "on": "2023-01-01"}
    ends = [
        scenario("troops", hazard="none"),
        scenario("peace", hazard="none", outcome=won),
    ]
    rivals = [{"id": "end", "scenarios": ["troops", "peace"]}]
    late = report("late", published="2023-02-01")

    told = cautions(late, scenarios=ends, rivals=rivals)

    assert any("after all that it bears on was settled" in line for line in told)
