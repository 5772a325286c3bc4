"""Rivals as one bar: the likeliest first, in shares of its width."""

import re

import pytest

from deciban.model.plots.svg.picture import WIDE
from deciban.model.plots.svg.shares import Share, shares

RIVALS = [
    Share("reds", 0.2, 0.5),
    Share("blues", 0.75, 0.3),
    Share("greens", 0.05, 0.2),
]


def bars(height, rivals=RIVALS, width=WIDE):
    """Left ends and widths of the parts of a bar, by its height."""
    drawn = str(shares(rivals, title="A cup").svg(width))
    found = re.findall(
        rf'<rect x="([\d.]+)" y="\d+" width="([\d.]+)" height="{height}"', drawn
    )
    return [(float(x), float(w)) for x, w in found]


@pytest.mark.parametrize(
    ("height", "ends"), [(40, (0, 0.75, 0.95)), (10, (0, 0.3, 0.8))]
)
def test_parts_stand_in_one_order_in_both_bars(height, ends):
    left = [x / WIDE for x, _ in bars(height)]

    assert left == pytest.approx(ends, abs=1e-3)


def test_the_bar_is_as_wide_as_its_place():
    *_, (x, width) = bars(40)

    assert x + width + 1 == pytest.approx(WIDE, abs=0.1)  # but for the gap


def test_what_has_no_room_inside_is_told_below():
    drawn = str(shares(RIVALS, title="A cup").svg(352))

    assert ">greens 5 %<" in drawn
    assert ">75 %<" in drawn


def test_of_forty_the_likeliest_are_said_and_the_rest_together():
    many = [Share(f"s{i}", 1 / 40, 1 / 40) for i in range(40)]

    assert shares(many, title="A race").sentence == (
        "One comes true: s0 2.5 %, s1 2.5 %, s2 2.5 %, s3 2.5 %, s4 2.5 %, 35 more, "
        "together 88 %."
    )
    assert len(shares(many, title="A race").table.rows) == 40
