"""An indicator: what is to be seen by a day, and what is refused of one."""

import pytest
from pydantic import ValidationError

from deciban.priors import Indicator
from tests.model.builders import make_casebook, make_report


def sign(**changes):
    return {
        "id": "parade",
        "sign": "They march",
        "bears_on": {"scenario": "war", "if_true": 0.4, "if_false": 0.05},
        "due": "2024-06-01",
    } | changes


@pytest.mark.parametrize("chance", [0, 1, -0.1, 1.5])
def test_a_sign_is_neither_sure_to_be_seen_nor_sure_not_to_be(chance):
    bears_on = {"scenario": "war", "if_true": chance, "if_false": 0.05}

    with pytest.raises(ValidationError):
        Indicator.model_validate(sign(bears_on=bears_on))


def test_it_bears_on_a_scenario_that_is_there():
    with pytest.raises(ValidationError, match="must be one of the scenarios"):
        make_casebook(
            indicators=[sign(bears_on=sign()["bears_on"] | {"scenario": "peace"})]
        )


def test_a_report_names_an_indicator_that_is_there():
    report = make_report("seen", indicator="parade")
    assert make_casebook([report], indicators=[sign()]).priors.indicators[0].due

    with pytest.raises(ValidationError, match="must be one of the indicators"):
        make_casebook([report])
