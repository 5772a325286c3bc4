"""History: every change, the newest first."""

from tests.service.web.api.builders import make_report


def test_history_pages_hold_every_change_once(ask, war):
    for n in range(3):
        ask("POST", "/reports", make_report(f"r{n}"))

    seen, cursor = [], ""
    while cursor is not None:
        page = ask("GET", f"/history?limit=4{cursor and f'&cursor={cursor}'}").json
        seen += [(one["revision"], one["number"]) for one in page["changes"]]
        cursor = page["next"]

    assert seen == sorted(set(seen), reverse=True)
    # The case: its header, three scenarios, an argument, a link, two sources.
    assert len(seen) == 3 + 8


def test_the_history_of_one_item_is_all_that_it_was(ask, war):
    ask("POST", "/reports", make_report())
    ask("PUT", "/reports/seen?because=read+again", make_report(credibility=4))
    ask("DELETE", "/reports/seen?because=wrong")

    changes = ask("GET", "/history?kind=report&key=seen").json["changes"]

    assert [one["body"] and one["body"]["credibility"] for one in changes] == [
        None,
        4,
        2,
    ]
    assert changes[0]["because"] == "wrong"
    assert changes[0]["at"] == "2024-03-31T12:00:00Z"
