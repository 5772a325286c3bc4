"""A forecast in words, with its number, however its scenario stands."""

import pytest

from deciban.service.application.verbal_probability import estimate

LIKELY = "a probability of 70 %: likely (55-80 %)."


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("open", f"The answer is yes with {LIKELY}"),
        (
            "closed, not settled",
            f"The answer is yes with {LIKELY} It has closed, and is not settled.",
        ),
        ("settled no", "The answer is known: no."),
        (
            "annulled",
            f"The question was annulled; its answer would be yes with {LIKELY}",
        ),
    ],
)
def test_the_sentence_says_how_the_scenario_stands(state, sentence):
    assert estimate(0.7, state=state).sentence == sentence


def test_a_closed_scenario_says_what_was_forecast_at_its_close():
    told = estimate(0.7, state="closed, not settled", at_close=0.4).sentence

    assert told.endswith("; at its close the forecast was 40 %.")


def test_each_scale_says_its_own_word():
    # Of ICD 203, the PHIA yardstick, Kent (1964) and the IPCC's guidance note.
    words = {s: estimate(0.93, s).term for s in ("icd203", "phia", "kent", "ipcc")}

    assert words == {
        "icd203": "very likely",
        "phia": None,
        "kent": "almost certain",
        "ipcc": "very likely",
    }


def test_a_number_without_a_word_is_said_as_a_number():
    told = estimate(0.997)

    assert (told.term, told.term_range, told.word) == (None, None, "above 99 %")
    assert told.sentence.endswith("above 99 %, where ICD 203 has no word.")
