"""Entity tags: no update is lost without a word."""

import threading

import pytest

from tests.service.conftest import PATIENCE
from tests.service.web.api.builders import make_report


def test_a_reading_carries_the_revision_and_is_not_sent_twice(ask, war):
    first = ask("GET", "/scenarios")
    again = ask("GET", "/scenarios", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["ETag"] == '"1"'
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == '"1"'


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ('"1"', 201),
        ("*", 201),
        ('"7", "1"', 201),
        ('"1-fit-3-2024-03-31-0-icd203"', 201),  # as forecasts carry it
        ('"7"', 412),
        ('W/"1"', 412),
        ('""', 412),
        ("1", 400),
    ],
)
def test_a_change_is_refused_unless_the_revision_is_the_one_read(
    ask, war, tags, status
):
    answer = ask("POST", "/reports", make_report(), headers={"If-Match": tags})

    assert answer.status_code == status
    assert ask("GET", "").json["revision"] == (2 if status == 201 else 1)


def test_of_two_writers_who_read_the_same_one_is_refused(ask, war):
    ready = threading.Barrier(2, timeout=PATIENCE)
    statuses = []

    def write(name: str) -> None:
        ready.wait()
        answer = ask("POST", "/reports", make_report(name), headers={"If-Match": '"1"'})
        statuses.append(answer.status_code)

    writers = [
        threading.Thread(target=write, args=(n,), daemon=True) for n in ("one", "other")
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert sorted(statuses) == [201, 412]
    assert ask("GET", "").json["counts"]["reports"] == 1


def test_of_many_writers_none_is_lost_and_none_doubled(ask, war):
    def write(name: str) -> None:
        for n in range(3):
            assert (
                ask("POST", "/reports", make_report(f"{name}-{n}")).status_code == 201
            )

    writers = [threading.Thread(target=write, args=(n,)) for n in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    case = ask("GET", "").json
    assert (case["revision"], case["counts"]["reports"]) == (13, 12)
