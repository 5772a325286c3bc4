"""What a reader supposes, and the link that says it."""

import datetime

import pytest
from werkzeug.datastructures import MultiDict

from deciban.model.casebook.changes import changed
from deciban.service.web.pages.reader_priors import written_percent
from deciban.service.web.pages.what_if_query import MOST_PARTS, WhatIfQuery
from tests.model.builders import make_casebook, make_report, make_scenario, says


@pytest.fixture
def casebook():
    return make_casebook(
        [
            make_report("statement", says(), source="paper", origin="radio"),
            make_report("copy", repeats="statement", source="blog"),
            make_report("copy-of-copy", repeats="copy", source="wire"),
            make_report("photo", says("strong"), source="blog"),
        ],
        scenarios=[make_scenario("war"), make_scenario("peace")],
        sources={"radio": "B", "paper": "C", "blog": "D", "wire": "A"},
    )


def supposed(casebook, *pairs):
    return WhatIfQuery.read(MultiDict(pairs), casebook)


def after(casebook, *pairs):
    supposition = supposed(casebook, *pairs)
    assert supposition.faults == []
    return changed(casebook, supposition.changes(casebook))


def ids(casebook):
    return [report.id for report in casebook.evidence.reports]


def report(casebook, name):
    return next(r for r in casebook.evidence.reports if r.id == name)


def test_a_claim_is_set_aside_with_all_that_repeat_it(casebook):
    assert ids(after(casebook, ("off", "statement"))) == ["photo"]


def test_a_repeat_is_set_aside_alone(casebook):
    left = after(casebook, ("off", "copy"))

    assert ids(left) == ["statement", "copy-of-copy", "photo"]
    assert report(left, "copy-of-copy").repeats == "statement"


def test_without_its_publisher_a_claim_is_heard_through_those_who_repeat_it(casebook):
    left = after(casebook, ("nosource", "paper"))

    assert sorted(ids(left)) == ["copy", "copy-of-copy", "photo"]
    assert report(left, "copy").speaker == "radio"
    assert report(left, "copy").bears_on == report(casebook, "statement").bears_on
    # The wire names no origin: it copied what it repeats, and relays nothing.
    assert left.evidence.relays()["copy"] == ("blog",)


def test_without_its_origin_a_claim_is_gone_whoever_passes_it_on(casebook):
    assert ids(after(casebook, ("noorigin", "radio"))) == ["photo"]


def test_a_source_is_regraded(casebook):
    (radio,) = [
        source
        for source in after(casebook, ("grade", "radio:F")).evidence.sources
        if source.id == "radio"
    ]

    assert radio.reliability == "F"


def test_a_median_alone_keeps_the_width_of_the_prior(casebook):
    moved = after(casebook, ("prior", "war:60")).scenario("war").prior.distribution()
    own = casebook.scenario("war").prior.distribution()

    assert moved.median == pytest.approx(0.6)
    assert moved.scale == pytest.approx(own.scale)


def test_a_prior_is_moved_by_all_three_numbers(casebook):
    prior = after(casebook, ("prior", "war:10,60,70")).scenario("war").prior

    assert (prior.low, prior.median, prior.high) == pytest.approx((0.1, 0.6, 0.7))


def test_a_form_is_rewritten_into_the_shortest_link(casebook):
    typed = [
        ("median.war", "20"),  # as it is written
        ("median.peace", "50"),
        ("low.peace", ""),
        ("high.peace", ""),
        ("grade.radio", "B"),  # as it is written
        ("grade.blog", "A"),
        ("as_of", ""),
        ("off", "photo"),
    ]

    assert supposed(casebook, *typed).query() == [
        ("off", "photo"),
        ("grade", "blog:A"),
        ("prior", "peace:50"),
    ]


def test_an_end_of_a_prior_that_is_left_empty_follows_the_median(casebook):
    (pair,) = supposed(casebook, ("median.war", "50"), ("low.war", "30")).query()

    # The prior is 10 to 40 % around 20 %: as wide around one half on the log-odds.
    low, median, high = (
        float(part) for part in pair[1].removeprefix("war:").split(",")
    )
    assert (low, median) == (30, 50)
    assert high == pytest.approx(71.0, abs=0.1)


def test_a_link_says_the_same_when_it_is_read_again(casebook):
    first = supposed(
        casebook,
        ("off", "photo"),
        ("nosource", "wire"),
        ("noorigin", "radio"),
        ("grade", "blog:A"),
        ("prior", "war:5,50,90"),
        ("as_of", "2024-06-01"),
    )

    assert WhatIfQuery.read(MultiDict(first.query()), casebook) == first
    assert first.as_of == datetime.date(2024, 6, 1)


@pytest.mark.parametrize(
    "pair",
    [
        ("off", "nobody"),
        ("nosource", "<script>"),
        ("grade", "radio:G"),
        ("grade", "nobody:A"),
        ("prior", "war:0"),
        ("prior", "war:100"),
        ("prior", "war:nan"),
        ("prior", "war:60,50,70"),
        ("prior", "war:1,2"),
        ("prior", "nothing:50"),
        ("as_of", "yesterday"),
        ("as_of", "20240601"),
    ],
)
def test_what_makes_no_sense_is_named_and_left_out(casebook, pair):
    supposition = supposed(casebook, pair)

    assert len(supposition.faults) == 1
    assert supposition.is_empty


@pytest.mark.parametrize(
    ("beta", "shown"),
    [
        # Half of the mass at each end, to all digits that a form shows.
        ([0.001, 0.001], ("0", "50", "100")),
        # Of logit-normals, that at -15.229 with scale 3.818 has the same mean, .02 %,
        # and standard deviation, .58 %, by sums over 400,000 points.
        ([0.001, 5], ("4.56e-08", "2.43e-05", "0.013")),
    ],
)
def test_a_prior_of_extremes_is_shown_and_left_as_it_is(beta, shown):
    one = make_casebook([], scenarios=[make_scenario("war", prior={"beta": beta})])

    assert written_percent(one.priors.scenarios[0]) == shown
    assert supposed(one, ("median.war", shown[1])).is_empty
    assert supposed(one, ("median.war", shown[1])).faults == []
    own = after(one, ("prior", "war:60")).priors.scenarios[0].prior
    assert (own.median, own.low < 0.003, own.high > 0.99) == (0.6, True, True)


def test_a_link_supposes_no_more_than_so_much():
    many = make_casebook([make_report(f"r{i}", says()) for i in range(MOST_PARTS + 5)])
    pairs = [("off", f"r{i}") for i in range(MOST_PARTS + 5)]
    supposition = supposed(many, *pairs)

    assert len(supposition.off) == MOST_PARTS
    assert str(MOST_PARTS + 5) in supposition.faults[0]
