"""Results on disk: wholly or not at all."""

import os
from pathlib import Path

import pytest

from deciban.service.commands.fit_files import replacing_together


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
