"""Arrays as a compiled density takes them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from deciban.model.likelihood.arrays import FLAT_NAMES, Arrays
from deciban.model.likelihood.design import design
from tests.model.builders import DAY, random_casebook


@given(st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_packed_arrays_hold_all_numbers_in_the_order_of_their_names(rng):
    flat = design(random_casebook(rng), DAY).arrays.flat()
    integers, floats = Arrays.from_flat(flat).packed()

    values = [np.atleast_1d(flat[name]) for name in FLAT_NAMES]
    lengths, rest = integers[: len(values)], list(integers[len(values) :])
    np.testing.assert_array_equal(lengths, [len(value) for value in values])
    of_integers = [v for v in values if v.dtype.kind == "i"]
    np.testing.assert_array_equal(rest, np.concatenate(of_integers))
    assert sum(map(len, values)) == len(rest) + len(floats)
