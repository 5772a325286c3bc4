"""What all kinds of items have in common."""

from tests.service.api.builders import make_report


def test_a_report_is_kept_and_answered_with_what_it_does(ask, fit):
    answer = ask("POST", "/reports", make_report())

    assert answer.status_code == 201, answer.text
    assert answer.json["report"]["id"] == "seen"
    assert answer.json["revision"] == 2
    [effect] = answer.json["what_if"]
    assert effect["scenario"] == "shells"
    assert effect["after"]["mean"] > effect["before"]["mean"]
