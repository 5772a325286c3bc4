"""Tests of service/refits/feed.py."""

import threading

from deciban.service.refits.feed import Feed, News

RUNNING = News(1, "war", 3, "running")
DONE = News(1, "war", 3, "done")


def test_whoever_waits_is_woken_by_news():
    feed = Feed()
    heard = []
    waiting = threading.Thread(target=lambda: heard.append(feed.wait_for(1, 0, 20)))
    waiting.start()

    feed.publish(RUNNING)

    waiting.join(20)
    assert heard[0].state == "running"


def test_news_come_one_after_the_other_and_none_is_missed():
    feed = Feed()
    feed.publish(RUNNING)
    feed.publish(DONE)

    first = feed.wait_for(1, 0, 0)
    second = feed.wait_for(1, first.number, 0)

    assert (first.state, second.state) == ("running", "done")
    assert feed.wait_for(1, second.number, 0) is None


def test_a_case_hears_of_changes_of_state_only():
    feed = Feed()
    for news in (RUNNING, RUNNING, DONE):
        feed.publish(news)

    first = feed.wait_for_case("war", 0, 0)
    second = feed.wait_for_case("war", first.number, 0)

    assert (first.state, second.state) == ("running", "done")


def test_whoever_follows_all_cases_hears_of_each():
    feed = Feed()
    for fit, case in enumerate(("war", "peace"), start=1):
        feed.publish(News(fit, case, 1, "running"))

    first = feed.wait_for_any(0, timeout=0)
    second = feed.wait_for_any(first.number, timeout=0)

    assert (first.case, second.case) == ("war", "peace")
    assert feed.wait_for_any(second.number, timeout=0) is None


def test_a_case_does_not_hear_of_what_is_long_over():
    feed = Feed()

    feed.publish(DONE, late=True)

    assert feed.wait_for(1, 0, 0).state == "done"
    assert feed.wait_for_case("war", 0, 0) is None


def test_what_was_read_of_a_fit_before_it_ended_does_not_follow_its_end():
    feed = Feed()
    feed.publish(DONE)

    feed.publish(RUNNING, late=True)

    assert feed.newest(1).state == "done"


def test_nobody_waits_for_a_feed_that_is_closed():
    feed = Feed()

    feed.close()

    assert feed.wait_for(1, 0, 20) is None


def test_what_is_kept_is_bounded():
    feed = Feed()
    for fit in range(3000):
        feed.publish(News(fit, "war", 1, "done"))

    assert feed.newest(0) is None
    assert feed.newest(2999) is not None
    assert feed.wait_for_case("war", 0, 0).fit == 3000 - 64
