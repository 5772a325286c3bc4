"""Arrays as a compiled density takes them."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from deciban.model.likelihood.arrays import PLACES
from deciban.model.likelihood.design import design
from tests.model.builders import DAY, random_casebook


def leaves(arrays):
    """Return every array, or what stands in its place, in order."""
    return [
        leaf
        for value in arrays
        for leaf in (value if isinstance(value, tuple) else (value,))
    ]


@given(st.randoms(use_true_random=False))
def test_every_array_is_found_in_the_packed_vector_where_its_place_says(rng):
    arrays = design(random_casebook(rng), DAY).arrays
    packed = arrays.packed()
    whole = {"i": packed, "f": packed.view(np.float64)}

    for leaf, at in zip(leaves(arrays), leaves(PLACES), strict=True):
        array = np.atleast_1d(leaf)
        found = whole[array.dtype.kind][packed[at] : packed[at + 1]]
        np.testing.assert_array_equal(found, array)


def test_the_vector_says_how_long_it_is():
    packed = design(random_casebook(Random(1)), DAY).arrays.packed()

    assert packed[1] == len(packed)
