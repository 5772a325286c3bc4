"""The file of a fit: what is no fit is refused, by what is wrong with it."""

import gc
from pathlib import Path

import h5py
import pytest

from deciban.model.posterior.fit_file import FitFileError, read_fit, write_fit


def test_a_file_that_cannot_be_replaced_stays_as_it_was(fitted, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("disk full")

    path = tmp_path / "fit.nc"
    path.write_bytes(b"before")
    monkeypatch.setattr("os.replace", refuse)

    with pytest.raises(OSError, match="disk full"):
        write_fit(fitted, path)

    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"before"


@pytest.fixture
def altered(fitted, tmp_path):
    """Save a fit from which something was taken, or in which it is another."""

    def save(alter) -> Path:
        fit = fitted.copy(deep=True)
        fit.attrs = dict(fit.attrs)
        alter(fit)
        fit.to_netcdf(tmp_path / "fit.nc", engine="h5netcdf")
        return tmp_path / "fit.nc"

    return save


@pytest.mark.parametrize(
    "name", ["as_of", "seed", "settings", "versions", "case", "title"]
)
def test_a_fit_without_an_attribute_is_refused_by_its_name(altered, name):
    path = altered(lambda fit: fit.attrs.pop(name))

    with pytest.raises(FitFileError, match=f"must be a fit .*, got one without {name}"):
        read_fit(path)


@pytest.mark.parametrize(
    "alter",
    [lambda fit: fit.attrs.pop("rules"), lambda fit: fit.attrs.update(rules=1)],
    ids=["before rules had numbers", "of rules of before"],
)
def test_a_fit_of_an_older_version_says_that_it_was_made_under_other_rules(
    altered, alter
):
    path = altered(alter)

    told = r"under other rules of the model \(1, not \d+\): fit its casebook again"
    with pytest.raises(FitFileError, match=told):
        read_fit(path)


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("constant_data", "casebook"),
        ("posterior", "z"),
        ("prior", "source_reliability"),
        ("sample_stats", "diverging"),
    ],
)
def test_a_fit_without_a_variable_is_refused_by_its_name(altered, group, name):
    def drop(fit):
        fit[group].dataset = fit[group].to_dataset().drop_vars(name)

    path = altered(drop)

    with pytest.raises(FitFileError, match=f"got one without {group}/{name}"):
        read_fit(path)


def test_a_fit_whose_casebook_breaks_a_rule_is_refused_with_the_rule(altered):
    def spoil(fit):
        text = str(fit["constant_data"]["casebook"].values)
        text = text.replace('"hazard":"constant"', '"hazard":"rising"', 1)
        fit["constant_data"]["casebook"] = text

    path = altered(spoil)

    place = r"priors\.scenarios\[0\]\.hazard"
    with pytest.raises(FitFileError, match=f"a casebook whose {place} must be one of"):
        read_fit(path)


@pytest.mark.parametrize(
    ("name", "value"), [("as_of", "2024-06-31"), ("settings", "{"), ("seed", "x")]
)
def test_a_fit_with_an_attribute_of_another_kind_is_refused(altered, name, value):
    path = altered(lambda fit: fit.attrs.update({name: value}))

    with pytest.raises(FitFileError, match="an attribute that cannot be read"):
        read_fit(path)


def test_a_shape_that_the_file_cannot_hold_is_refused_before_it_is_read(altered):
    path = altered(lambda fit: None)
    with h5py.File(path, "a") as file:
        del file["posterior/probability"]
        file.create_dataset(
            "posterior/probability", (4 * 10**9, 2), "f8", chunks=(1000, 2)
        )

    told = r"posterior/probability of 4,000,000,000 x 2 numbers cannot be in it"
    with pytest.raises(FitFileError, match=told):
        read_fit(path)


def test_a_file_of_damaged_names_is_refused_once(altered, monkeypatch):
    path = altered(lambda fit: None)
    content = bytearray(path.read_bytes())
    start = content.index(b"BTHD")  # the tree of the names of its attributes
    content[start + 4 : start + 20] = b"\xff" * 16
    path.write_bytes(content)
    more = []
    monkeypatch.setattr("sys.unraisablehook", more.append)

    with pytest.raises(FitFileError, match="a damaged file"):
        read_fit(path)
    gc.collect()  # of what was half made, the rest goes now
    assert more == []
