"""Files written wholly or not at all."""

import os
import shutil
from pathlib import Path
from uuid import uuid4

__all__ = ["write_whole"]


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Put content in the place of a file: beside it first, then over it in one step.

    A symbolic link is followed, and the mode of a file that is replaced is kept. Where
    the writing fails or is stopped, the file is as it was, and nothing is left beside
    it.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    file = Path(os.path.realpath(path))
    beside = file.with_name(f".{file.name}.{uuid4().hex}")
    try:
        with open(beside, "xb") as draft:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
        if file.exists():
            shutil.copymode(file, beside)
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)  # gone already if it has replaced the file
