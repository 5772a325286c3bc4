"""The documents' examples of the service, run against one that is started for them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
README, START = (
    (ROOT / name).read_text("utf-8") for name in ("README.md", "docs/start.md")
)
ADDRESS = "http://127.0.0.1:8000"  # as the documents have it
PATIENCE = 150  # seconds: compiling takes 10, or more where others compute too


def examples(document: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", document, re.DOTALL)


class Reader:
    """Somebody who does what the documents say, in an empty folder."""

    def __init__(self, folder: Path, address: str) -> None:
        self.address = address
        self._folder = folder
        self.environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DECIBAN_DATABASE_URL": f"sqlite:///{folder / 'store.sqlite'}",
            "DECIBAN_URL": address,
            "COLUMNS": "100",
        }

    def run(self, *command: str) -> str:
        """Run a command; return what it prints."""
        ran = subprocess.run(
            command,
            cwd=self._folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def shell(self, script: str) -> str:
        """Run a script; what it exports stays."""
        done = script.replace(ADDRESS, self.address) + '\necho "TOKEN $DECIBAN_TOKEN"'
        said, _, token = self.run("bash", "-euc", done).rpartition("TOKEN ")
        self.environment["DECIBAN_TOKEN"] = token.strip()
        return said

    def get(self, path: str) -> Any:
        """Read JSON from the service."""
        request = urllib.request.Request(
            self.address + path,
            headers={"Authorization": f"Bearer {self.environment['DECIBAN_TOKEN']}"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def wait_for_a_fit(self) -> dict[str, Any]:
        """Wait until all that was posted is fitted; return the forecasts."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            forecasts = self.get("/api/v1/cases/dprk-russia/forecasts")
            if not forecasts["stale"]:
                return dict(forecasts)
            time.sleep(0.2)
        raise TimeoutError("no fit landed")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Start the service as ``make serve`` does, on a free port and a new store."""
    folder = tmp_path_factory.mktemp("reader")
    one = Reader(folder, ADDRESS)
    log = folder / "log"  # a file: a pipe that nobody empties would hold the service up
    with log.open("w") as stderr:
        serving = subprocess.Popen(
            [sys.executable, "-m", "deciban", "serve", "--port", "0"],
            cwd=ROOT,
            env=one.environment,
            stderr=stderr,
            stdout=subprocess.DEVNULL,
        )
    while log.read_text().count("\n") < 3:
        assert serving.poll() is None, log.read_text()
        time.sleep(0.05)
    said = log.read_text().splitlines()[:3]
    one.address = one.environment["DECIBAN_URL"] = said[0].split()[-1]
    assert [line.split(":")[0] for line in said] == serve_lines()
    yield one
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(timeout=PATIENCE) == 0


def serve_lines() -> list[str]:
    """How the lines begin that the README says ``make serve`` prints."""
    (shown,) = re.findall(r"\$ make serve\n(.*?)```", README, re.DOTALL)
    return [line.split(":")[0] for line in shown.splitlines()]


@pytest.mark.slow
def test_a_reader_posts_reports_in_all_three_ways(reader, tmp_path):
    by_command, by_curl = examples(START, "sh")
    (by_python,) = examples(START, "python")
    reader.shell("export DECIBAN_TOKEN=$(deciban token new r --role viewer)")
    before = reader.wait_for_a_fit()

    moved = reader.shell(by_command)
    answer = json.loads(reader.shell(by_curl))
    script = tmp_path / "post.py"
    script.write_text(by_python.replace(ADDRESS, reader.address))
    printed = reader.run(sys.executable, str(script))

    assert "technology-transfer" in moved
    assert answer["report"]["id"] == "satellite-help"
    assert "technology-transfer" in {one["scenario"] for one in answer["what_if"]}
    line = r"^technology-transfer: [\d.]+% -> [\d.]+%, k -?[\d.]+$"
    assert re.search(line, printed, re.MULTILINE)
    after = reader.wait_for_a_fit()
    assert after["revision"] == before["revision"] + 3
    means = [
        {one["id"]: one["mean"] for one in said["scenarios"]}
        for said in (before, after)
    ]
    # A strong and a weak report, both ways, from sources graded D and C.
    assert means[1]["technology-transfer"] > means[0]["technology-transfer"]


@pytest.mark.slow
def test_a_reader_has_the_forecasts_by_curl(reader):
    (by_curl,) = examples(README, "sh")

    said = json.loads(reader.shell(by_curl))

    outcomes = {one["id"]: one["outcome"] for one in said["scenarios"]}
    assert (outcomes["munitions"], outcomes["trade"]) == (True, None)
