"""Fits on disk: wholly or not at all."""

import os
from pathlib import Path

import pytest

from deciban.service.commands.fit_files import (
    FitFileError,
    read_fit,
    replacing_together,
)


def contents(directory: Path) -> dict[str, str]:
    """Texts of all files below a directory, hidden ones too, by path."""
    return {
        str(path.relative_to(directory)): path.read_text()
        for path in directory.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Return a directory with results of before, and a file of someone else's."""
    for name in ("a", "b", "notes"):
        (tmp_path / name).write_text("before")
    return tmp_path


def write(directory: Path) -> None:
    with replacing_together(directory) as draft:
        (draft / "a").write_text("after")
        (draft / "b").write_text("after")


def test_results_replace_those_of_before_and_nothing_else(before):
    write(before)

    assert contents(before) == {"a": "after", "b": "after", "notes": "before"}
    assert len(list(before.iterdir())) == 3


def test_a_folder_in_the_place_of_a_file_stays_and_so_does_all_else(before):
    (before / "b").unlink()
    (before / "b").mkdir()
    (before / "b" / "own").write_text("before")

    with pytest.raises(IsADirectoryError):
        write(before)

    assert contents(before) == {"a": "before", "b/own": "before", "notes": "before"}
    assert len(list(before.iterdir())) == 3


def test_a_directory_is_made_with_its_parents(tmp_path):
    write(tmp_path / "new" / "out")

    assert contents(tmp_path) == {"new/out/a": "after", "new/out/b": "after"}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "disk full")])
@pytest.mark.parametrize("moves", range(4))
def test_what_stops_the_moving_leaves_all_as_it_was(before, monkeypatch, error, moves):
    """Each file of before is moved away, then its successor moved in: four moves."""
    done = []

    def rename(old, new, rename=os.rename):
        done.append(new)
        if len(done) == moves + 1:
            raise error
        rename(old, new)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(type(error)):
        write(before)

    assert contents(before) == {"a": "before", "b": "before", "notes": "before"}
    assert len(list(before.iterdir())) == 3


def test_what_stops_the_writing_makes_no_directory(tmp_path):
    with (
        pytest.raises(KeyboardInterrupt),
        replacing_together(tmp_path / "new" / "out") as draft,
    ):
        (draft / "a").write_text("half")
        raise KeyboardInterrupt

    assert list(tmp_path.iterdir()) == []


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
