"""Who bears on what."""

from tests.model.builders import (
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    says,
)


def ledger():
    return make_casebook(
        [
            make_report("direct", says(scenario="war")),
            make_report("through", says(argument="able"), source="paper"),
            make_report("echo", repeats="through", source="blog"),
            make_report("elsewhere", says(scenario="rain")),
        ],
        scenarios=[make_scenario("war"), make_scenario("rain")],
        arguments=[make_argument("able", says(5, scenario="war"))],
    )


def test_a_scenario_has_the_claims_on_it_and_on_its_arguments():
    index = ledger().index

    assert set(index.claims_about("war")) == {"direct", "through"}
    assert set(index.claims_about("rain")) == {"elsewhere"}


def test_a_repeat_bears_on_what_its_claim_bears_on():
    index = ledger().index

    assert index.scenarios_of(index.report("echo")) == ["war"]
    assert [r.id for r in index.telling(index.report("through"))] == ["through", "echo"]


def test_reports_count_with_their_repeats_and_origins_once():
    # Said by the radio itself, and by the paper, which the blog repeats.
    assert ledger().index.counts("war") == (3, 2)


def test_a_part_holds_what_bears_on_it_and_no_more():
    part = ledger().part(["war"], [])

    assert [s.id for s in part.priors.scenarios] == ["war"]
    assert [a.id for a in part.priors.arguments] == ["able"]
    assert {r.id for r in part.evidence.reports} == {"direct", "through", "echo"}
    assert {s.id for s in part.evidence.sources} == {"radio", "paper", "blog"}


def test_a_part_of_all_scenarios_is_the_casebook_itself():
    casebook = ledger()

    assert casebook.part(["war", "rain"], []) is casebook
