"""What we lean on in nutpie, and the public way beside it."""

import dataclasses
import subprocess
import sys

import numpy as np
import pyarrow
import pytest
from nutpie.compile_pymc import CompiledPyMCModel

from deciban.model.likelihood.design import design
from deciban.model.likelihood.kernel import compiled
from deciban.model.sampling import fit, nutpie_model
from deciban.model.sampling.fit import SamplingSettings, sample
from deciban.model.sampling.nutpie_model import by_address, by_function, compiled_model
from tests.model.builders import case_of

QUICK = SamplingSettings(draws=100, tune=100, chains=2)


def test_the_class_that_is_filled_in_has_the_fields_that_are_expected():
    required = {
        field.name
        for field in dataclasses.fields(CompiledPyMCModel)
        if field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    }

    assert required == nutpie_model._FIELDS


def test_the_class_calls_the_function_with_the_packed_casebook():
    laid_out = design(*case_of(33))
    packed, size = laid_out.arrays.packed(), laid_out.layout.size
    model = by_address(compiled(), packed, size)

    assert model.n_dim == size
    assert model.user_data is packed  # it must live as long as it is sampled


@pytest.mark.parametrize("seed", [33, 118])
def test_both_ways_give_the_same_bits(monkeypatch, seed):
    casebook, day = case_of(seed)
    one = sample(casebook, day, QUICK)
    monkeypatch.setattr(fit, "compiled_model", by_function)
    other = sample(casebook, day, QUICK)

    np.testing.assert_array_equal(one.z, other.z)
    for name, values in one.stats.items():
        np.testing.assert_array_equal(values, other.stats[name], err_msg=name)


def test_where_the_class_is_another_the_public_way_is_taken(monkeypatch):
    laid_out = design(*case_of(33))
    packed, size = laid_out.arrays.packed(), laid_out.layout.size
    assert isinstance(compiled_model(compiled(), packed, size), CompiledPyMCModel)

    monkeypatch.delattr(nutpie_model.compile_pymc, "CompiledPyMCModel")
    other = compiled_model(compiled(), packed, size)
    assert type(other) is type(by_function(compiled(), packed, size))


def test_a_fit_is_sampled_without_what_nutpie_hands_draws_over_in():
    script = (
        "import datetime, sys, deciban\n"
        "from deciban.model.sampling.fit import SamplingSettings, sample\n"
        "case = deciban.load('dprk-russia')\n"
        "day = datetime.date(2024, 3, 31)\n"
        "sample(case, day, SamplingSettings(draws=10, tune=10, chains=2))\n"
        "print([m for m in ('arviz', 'pandas', 'xarray') if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ran.stdout == "[]\n"


@pytest.mark.parametrize(
    "values",
    [np.linspace(0, 1, 21), np.arange(21, dtype="uint64"), np.arange(21) % 3 == 0],
    ids=["numbers", "counts", "truth values"],
)
def test_a_column_is_read_as_pyarrow_reads_it(values):
    column = pyarrow.array(values)[3:19]

    read = nutpie_model._array(column)
    theirs = column.to_numpy(zero_copy_only=False)
    assert read.dtype == theirs.dtype
    np.testing.assert_array_equal(read, theirs)
