"""Remembered casebooks: the nearest one, and who knows of it."""

import pytest

from deciban.service.store.folds import Folds
from tests.model.builders import make_casebook


@pytest.fixture(scope="module")
def books():
    return [make_casebook() for _ in range(4)]


def test_the_nearest_is_the_last_one_up_to_the_revision_of_the_same_case(books):
    folds = Folds()
    folds.keep("war", 2, books[0])
    folds.keep("war", 5, books[1])
    folds.keep("peace", 4, books[2])

    assert folds.nearest("war", 1) == (0, None)
    assert folds.nearest("war", 4) == (2, books[0])
    assert folds.nearest("war", 9) == (5, books[1])


def test_what_was_not_asked_for_longest_is_forgotten(books):
    folds = Folds(bound=2)
    folds.keep("war", 1, books[0])
    folds.keep("war", 2, books[1])
    folds.nearest("war", 1)
    folds.keep("war", 3, books[2])

    assert folds.nearest("war", 2)[0] == 1
    assert folds.nearest("war", 3)[0] == 3


def test_a_transaction_s_own_are_known_to_all_once_they_are_handed_down(books):
    known = Folds()
    known.keep("war", 1, books[0])
    own = Folds(known)
    own.keep("war", 2, books[1])

    assert own.nearest("war", 2) == (2, books[1])
    assert own.nearest("war", 1) == (1, books[0])
    assert known.nearest("war", 2) == (1, books[0])

    own.hand_down()

    assert known.nearest("war", 2) == (2, books[1])
