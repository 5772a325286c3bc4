"""The level of confidence: of the basis of a judgement, not of how likely it is."""

from types import SimpleNamespace

import pytest

from deciban.service.application.confidence import confidence


@pytest.mark.parametrize(
    ("interval", "origins", "level"),
    [
        ((0.1, 0.3), 5, "high"),
        ((0.0, 0.02), 20, "high"),
        ((0.1, 0.31), 5, "moderate"),
        ((0.1, 0.3), 4, "moderate"),
        ((0.2, 0.8), 20, "low"),
        ((0.1, 0.2), 2, "low"),
    ],
)
def test_many_origins_and_a_narrow_interval_make_confidence_high(
    interval, origins, level
):
    said = SimpleNamespace(eti90=interval, origins=origins)

    assert confidence(said) == level
