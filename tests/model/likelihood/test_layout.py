"""Places of z, with room to grow."""

import pytest

from deciban.model.likelihood.layout import Layout


@pytest.mark.parametrize(
    ("layout", "roomy"),
    [
        (Layout(1, 1, 0), Layout(16, 16, 16)),
        (Layout(16, 17, 32), Layout(16, 32, 32)),
    ],
)
def test_room_to_grow_is_the_next_multiple_of_sixteen(layout, roomy):
    assert layout.roomy() == roomy
