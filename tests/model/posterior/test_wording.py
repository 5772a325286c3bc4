"""Numbers in text, and on pages."""

import pytest

from deciban.model.posterior.wording import interval, unbroken


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((0.01, 0.05), "1-5 %"),
        ((0.2, 0.45), "20-45 %"),
        ((0.95, 0.99), "95-99 %"),
        ((0.87, 0.9902), "87-99 %"),
        ((0.9503, 0.972), "95-97.2 %"),
        ((0.0123, 0.12), "1.2-12 %"),
    ],
)
def test_ends_of_intervals_have_the_digits_that_say_something(ends, said):
    assert interval(ends) == said


def test_a_number_and_its_percent_sign_stay_on_one_line_of_a_page():
    assert unbroken("<p>39 % to &gt;99.9 %</p>") == "<p>39\xa0% to &gt;99.9\xa0%</p>"


@pytest.mark.parametrize(
    "kept",
    ['<i title="39 %"></i>', "<textarea>39 %</textarea>", '<input value="39 %">'],
)
def test_what_a_form_or_a_tag_holds_is_left_as_it_is(kept):
    assert unbroken(f"{kept} 1 %") == f"{kept} 1\xa0%"
