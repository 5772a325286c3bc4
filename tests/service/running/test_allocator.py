"""The C library is told to keep memory, where it can be told."""

import platform
import subprocess
import sys

import pytest

from deciban.service.running.allocator import keep_memory

# Of memory that was let go of, how many pages come back one by one: with the library's
# own ways each array is asked for anew, page by page.
FAULTS = """
import resource, sys
import numpy as np
from deciban.service.running.allocator import keep_memory
if sys.argv[1] == "keep":
    assert keep_memory(in_threads=True)
np.ones(3_000_000).sum()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    (np.ones(500_000) + np.ones(500_000)).sum()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(*words: str) -> int:
    script = [sys.executable, "-c", FAULTS, *words]
    return int(subprocess.run(script, capture_output=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs the GNU C library")
def test_memory_that_was_let_go_of_is_at_hand_again():
    assert faults("keep") < faults("leave") / 10


def test_another_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))

    assert keep_memory(in_threads=True) is False
