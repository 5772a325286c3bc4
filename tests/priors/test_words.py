"""Verbal scales, against the printed tables of NUMBERS.md, section 1."""

import pytest
from scipy.special import expit, logit

from deciban.priors import VERBAL_SCALES, ImproperPriorError

# Percentages as printed; a band holds every one of them that is not another word's.
PRINTED = {
    "icd203": [
        ("almost no chance", 1, 5),
        ("very unlikely", 5, 20),
        ("unlikely", 20, 45),
        ("roughly even chance", 45, 55),
        ("likely", 55, 80),
        ("very likely", 80, 95),
        ("almost certain", 95, 99),
    ],
    "phia": [
        ("remote chance", 0, 5),
        ("highly unlikely", 10, 20),
        ("unlikely", 25, 35),
        ("realistic possibility", 40, 50),
        ("likely", 55, 75),
        ("highly likely", 80, 90),
        ("almost certain", 95, 100),
    ],
    "kent": [
        ("almost certainly not", 2, 12),
        ("probably not", 20, 40),
        ("chances about even", 40, 60),
        ("probable", 63, 87),
        ("almost certain", 87, 99),
    ],
    "ipcc": [
        ("exceptionally unlikely", 0, 1),
        ("extremely unlikely", 0, 5),
        ("very unlikely", 0, 10),
        ("unlikely", 0, 33),
        ("about as likely as not", 33, 66),
        ("more likely than not", 50, 100),
        ("likely", 66, 100),
        ("very likely", 90, 100),
        ("extremely likely", 95, 100),
        ("virtually certain", 99, 100),
    ],
}


def word(scale, percent):
    term = VERBAL_SCALES[scale].term(percent / 100)
    return term and term.word


def test_there_are_four_scales():
    assert VERBAL_SCALES.keys() == PRINTED.keys()


@pytest.mark.parametrize("scale", PRINTED)
def test_bands_are_those_of_the_printed_table(scale):
    bands = [(t.word, t.low, t.high) for t in VERBAL_SCALES[scale].terms]

    assert bands == [(w, low / 100, high / 100) for w, low, high in PRINTED[scale]]


@pytest.mark.parametrize("scale", ["icd203", "phia", "kent"])
def test_the_middle_of_a_band_has_its_word(scale):
    for expected, low, high in PRINTED[scale]:
        assert word(scale, (low + high) / 2) == expected


@pytest.mark.parametrize(
    ("scale", "percent", "expected"),
    [
        ("icd203", 1, "almost no chance"),
        ("icd203", 5, "very unlikely"),
        ("icd203", 20, "unlikely"),
        ("icd203", 45, "roughly even chance"),
        ("icd203", 55, "likely"),
        ("icd203", 80, "very likely"),
        ("icd203", 95, "almost certain"),
        ("icd203", 99, "almost certain"),
        ("phia", 0, "remote chance"),
        ("phia", 5, "remote chance"),
        ("phia", 10, "highly unlikely"),
        ("phia", 20, "highly unlikely"),
        ("phia", 75, "likely"),
        ("phia", 100, "almost certain"),
        ("kent", 12, "almost certainly not"),
        ("kent", 40, "chances about even"),
        ("kent", 87, "almost certain"),
        ("kent", 99, "almost certain"),
        ("ipcc", 33, "about as likely as not"),
        ("ipcc", 66, "likely"),
        ("ipcc", 100, "virtually certain"),
    ],
)
def test_an_end_that_two_bands_share_is_the_upper_ones(scale, percent, expected):
    assert word(scale, percent) == expected


@pytest.mark.parametrize(
    ("scale", "percent"),
    [
        ("icd203", 0.5),
        ("icd203", 99.5),
        ("phia", 7),
        ("phia", 22),
        ("phia", 37),
        ("phia", 50),
        ("phia", 52),
        ("phia", 77),
        ("phia", 92),
        ("kent", 1),
        ("kent", 15),
        ("kent", 61),
        ("kent", 100),
    ],
)
def test_gaps_have_no_word(scale, percent):
    assert word(scale, percent) is None


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        (0.5, "exceptionally unlikely"),
        (3, "extremely unlikely"),
        (8, "very unlikely"),
        (20, "unlikely"),
        (55, "about as likely as not"),
        (80, "likely"),
        (92, "very likely"),
        (97, "extremely likely"),
        (99.5, "virtually certain"),
    ],
)
def test_of_nested_bands_the_narrowest_has_the_word(percent, expected):
    assert word("ipcc", percent) == expected


def test_synonyms_of_icd_203_mean_the_same():
    scale = VERBAL_SCALES["icd203"]
    pairs = {
        "remote": "almost no chance",
        "highly improbable": "very unlikely",
        "improbable": "unlikely",
        "roughly even odds": "roughly even chance",
        "probable": "likely",
        "highly probable": "very likely",
        "nearly certain": "almost certain",
    }

    assert {synonym: scale.find(synonym).word for synonym in pairs} == pairs


def test_an_unknown_word_is_refused_with_those_there_are():
    with pytest.raises(ImproperPriorError, match=r"icd203 \(.*likely.*\), got 'maybe'"):
        VERBAL_SCALES["icd203"].find("maybe")


def test_ends_of_a_band_are_the_5_and_95_percent_quantiles():
    prior = VERBAL_SCALES["icd203"].find("unlikely").prior()

    assert prior.quantile([0.05, 0.95]) == pytest.approx([0.20, 0.45])
    assert prior.median == pytest.approx(expit((logit(0.20) + logit(0.45)) / 2))


def test_bands_that_reach_certainty_are_read_up_to_99_percent():
    prior = VERBAL_SCALES["phia"].find("almost certain").prior()

    assert prior.quantile([0.05, 0.95]) == pytest.approx([0.95, 0.99])


def test_a_band_beyond_99_percent_is_no_prior():
    with pytest.raises(ImproperPriorError, match="inside 1 % to 99 %"):
        VERBAL_SCALES["ipcc"].find("virtually certain").prior()
