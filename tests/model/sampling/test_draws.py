"""Draws as bytes: there and back, and what is refused."""

import io
import zipfile

import numpy as np
import pytest

from deciban.model.errors import ModelError
from deciban.model.sampling.draws import SAMPLE_STATS, Draws


@pytest.fixture
def draws():
    rng = np.random.default_rng(3)
    stats = {name: rng.standard_normal((2, 5)) for name in SAMPLE_STATS}
    stats["diverging"] = rng.random((2, 5)) < 0.5
    stats["n_steps"] = np.arange(10, dtype=np.uint64).reshape(2, 5)
    return Draws(
        z=rng.standard_normal((2, 5, 3)),
        labels=("source radio", "link war -> peace", "word very strong"),
        stats=stats,
        digest="ab" * 32,
        seed=2**32 - 1,
        settings={"draws": 5, "tune": 9, "chains": 2},
        versions={"python": "3.13.0"},
    )


def test_draws_come_back_from_bytes_to_the_last_bit(draws):
    back = Draws.from_bytes(draws.to_bytes())

    np.testing.assert_array_equal(back.z, draws.z)
    assert back.labels == draws.labels
    assert back.stats.keys() == draws.stats.keys()
    for name, values in draws.stats.items():
        np.testing.assert_array_equal(back.stats[name], values)
        assert back.stats[name].dtype == values.dtype
    assert (back.digest, back.seed) == (draws.digest, draws.seed)
    assert (back.settings, back.versions) == (draws.settings, draws.versions)


def test_bytes_are_a_numpy_archive_of_plain_numbers_and_text(draws):
    with zipfile.ZipFile(io.BytesIO(draws.to_bytes())) as archive:
        heads = [archive.read(name)[:128] for name in archive.namelist()]

    assert all(head.startswith(b"\x93NUMPY") for head in heads)
    assert not any(b"'|O'" in head for head in heads)  # no pickled objects


def test_a_single_damaged_byte_is_refused_or_harms_nothing(draws):
    """Each byte in turn of the first arrays and of the table of contents."""
    whole = draws.to_bytes()
    refused = 0
    for at in [*range(0, 700, 3), *range(len(whole) - 500, len(whole), 3)]:
        damaged = bytearray(whole)
        damaged[at] ^= 0x55
        try:
            back = Draws.from_bytes(bytes(damaged))
        except ModelError:
            refused += 1
        else:
            np.testing.assert_array_equal(back.z, draws.z)
            assert back.labels == draws.labels
    assert refused > 200


@pytest.mark.parametrize(
    "archive",
    [b"", b"\x93NUMPY", b"PK\x03\x04", b"{}", b"x" * 1000],
    ids=["nothing", "head", "zip", "json", "noise"],
)
def test_what_is_no_archive_is_refused(archive):
    with pytest.raises(ModelError, match="must be draws as a fit keeps them, got"):
        Draws.from_bytes(archive)


def test_an_archive_cut_short_is_refused(draws):
    whole = draws.to_bytes()

    for length in (len(whole) // 3, len(whole) - 1):
        with pytest.raises(ModelError, match="cannot be read"):
            Draws.from_bytes(whole[:length])


def test_an_archive_with_an_array_missing_or_too_short_is_refused(draws):
    def archive_of(**arrays):
        content = io.BytesIO()
        np.savez(content, **arrays)
        return content.getvalue()

    with np.load(io.BytesIO(draws.to_bytes())) as kept:
        arrays = {name: kept[name] for name in kept.files}
    for name in arrays:
        fewer = {key: values for key, values in arrays.items() if key != name}
        with pytest.raises(ModelError, match="cannot be read"):
            Draws.from_bytes(archive_of(**fewer))
    with pytest.raises(ModelError, match="arrays of different lengths"):
        Draws.from_bytes(archive_of(**arrays | {"labels": arrays["labels"][:2]}))
