"""Tests of service/refits/agenda.py."""

import datetime

from deciban.service.refits.agenda import Agenda, WantedDay, WantedFiles, WantedFit

MAY, JUNE = datetime.date(2024, 5, 1), datetime.date(2024, 6, 1)


def test_fits_are_run_in_the_order_in_which_they_were_wanted():
    agenda = Agenda()
    for wanted in (WantedFit("a", 1), WantedFit("b"), WantedFit("a", 2)):
        agenda.want(wanted)

    order = [agenda.next_fit(()) for _ in range(4)]

    assert order == [WantedFit("a", 1), WantedFit("b"), WantedFit("a", 2), None]


def test_a_fit_of_a_case_that_is_busy_lets_others_pass():
    agenda = Agenda()
    agenda.want(WantedFit("a"))
    agenda.want(WantedFit("b"))

    assert agenda.next_fit({"a"}) == WantedFit("b")
    assert not agenda.has_fit({"a"})
    assert agenda.next_fit(()) == WantedFit("a")


def test_changes_of_one_case_make_one_fit():
    agenda = Agenda()
    agenda.want(WantedFit("a"))
    agenda.want(WantedFit("a"))

    assert [agenda.next_fit(()) for _ in range(2)] == [WantedFit("a"), None]


def test_what_was_under_way_before_comes_first():
    agenda = Agenda()
    agenda.want(WantedFit("a"))
    agenda.want(WantedFit("b", 7), first=True)

    assert agenda.next_fit(()) == WantedFit("b", 7)


def test_files_come_before_days_and_of_each_the_newest_first():
    agenda = Agenda()
    agenda.want_days("a", [JUNE, MAY])
    agenda.want_files(WantedFiles("a", 1))
    agenda.want_files(WantedFiles("a", 2))

    order = [agenda.next_background() for _ in range(5)]

    assert order == [
        WantedFiles("a", 2),
        WantedFiles("a", 1),
        WantedDay("a", JUNE),
        WantedDay("a", MAY),
        None,
    ]


def test_why_a_fit_says_what_it_says_comes_first_and_alone_if_need_be():
    agenda = Agenda()
    why = WantedFiles("a", 1, only_why=True)
    for files in (WantedFiles("a", 1), why, WantedFiles("b", 2)):
        agenda.want_files(files)

    order = [agenda.next_background(only_why=True) for _ in range(2)]

    assert order == [why, None]
    assert agenda.next_background() == WantedFiles("b", 2)


def test_a_day_that_gave_way_is_the_next():
    agenda = Agenda()
    agenda.want_days("a", [MAY, JUNE])
    day = agenda.next_background()

    agenda.want_again(day)

    assert agenda.next_background() == WantedDay("a", JUNE)


def test_files_of_a_fit_that_is_overtaken_are_not_made():
    agenda = Agenda()
    agenda.want_files(WantedFiles("a", 1))
    agenda.want_files(WantedFiles("a", 2), instead=[1])

    assert agenda.next_background() == WantedFiles("a", 2)
    assert agenda.next_background() is None


def test_days_that_somebody_asks_for_come_last_and_once():
    agenda = Agenda()
    asked = WantedDay("a", MAY, revision=3)
    agenda.want_days("a", [JUNE], {MAY: 2})
    agenda.want_more_days([asked, asked, WantedDay("a", JUNE)])

    order = [agenda.next_background() for _ in range(4)]

    assert order == [WantedDay("a", JUNE), WantedDay("a", MAY, 2), asked, None]
