"""The service under measurement: a real one, its clients, and what it is held against.

A service, the client that loads it and what it is compared with are processes of their
own, and take turns. Times inside the server are those of its own log of requests.
"""

import datetime
import http.client
import json
import os
import re
import selectors
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

CASE = "dprk-russia"
READERS, WRITERS = 16, 8
LARGE = 500  # reports of the case whose page is opened
LARGEST = 8000  # reports of the case that is posted to beside the shipped one
WHAT_IFS = 100
POSTS = 40  # no fit follows here
POSTS_A_ROUND = 5  # of each writer
BUSY = 15  # of each writer, while refits go on
PATIENCE = 1200.0

NOBODY = """\
from deciban.service.refits import start
from deciban.service.commands.main import main

class NoWorkers:
    def places(self):
        return []
    def stop(self):
        pass

start._executor = lambda settings: NoWorkers()
main()
"""

EMPTY = """\
import socket
import sys
import threading
from flask import Flask
from deciban.service.web.server.waitress_server import Server
from deciban.service.running.settings import Settings

app = Flask("empty")
app.add_url_rule("/", "empty", lambda: "")
bound = socket.create_server(("127.0.0.1", 0))
server = Server(app, bound, Settings.from_environment())
port = bound.getsockname()[1]
print(f"Deciban listens on http://127.0.0.1:{port}", file=sys.stderr)
server.answer_until(threading.Event())
"""


def main() -> None:
    """Measure, and print a line of JSON; or be one of the other processes."""
    what, *arguments = sys.argv[1:]
    if what == "bare":
        sample_bare(*arguments)
    else:
        choices = (measure, asking, posting, reading, large_posts, hammer)
        parts = {one.__name__: one for one in choices}
        print(json.dumps(parts[what](*arguments)))


def measure(rounds: str) -> dict[str, Any]:
    """Measure a service with its worker, and then one without, on the same store."""
    with tempfile.TemporaryDirectory(prefix="deciban-bench-") as folder:
        kept = _Kept(Path(folder))
        with (
            running("service", kept, ["-m", "deciban", *SERVE]) as served,
            bare_sampler(kept) as bare,
        ):
            found = refits(kept, served, bare, int(rounds))
            found |= {"busy_posts": busy_posts(kept, served, int(rounds))}
        with (
            running("idle", kept, ["-c", NOBODY, *SERVE]) as served,
            running("empty", kept, ["-c", EMPTY]) as empty,
        ):
            return (
                found
                | latencies(served)
                | {"reads": reads(served, empty, int(rounds))}
                | {"page": page(served)}
                | {"posts": posts(kept, served, int(rounds))}
                | {"large_posts": large_posts()}
            )


def asking() -> dict[str, list[float]]:
    """Measure what-ifs and posts alone, once there is a fit to read."""
    with tempfile.TemporaryDirectory(prefix="deciban-bench-") as folder:
        kept = _Kept(Path(folder))
        with running("service", kept, ["-m", "deciban", *SERVE]):
            until(kept.explained)
        with running("idle", kept, ["-c", NOBODY, *SERVE]) as served:
            return latencies(served)


def posting(rounds: str) -> dict[str, Any]:
    """Measure posts alone, once there is a fit to read, while refits go on."""
    with tempfile.TemporaryDirectory(prefix="deciban-bench-") as folder:
        kept = _Kept(Path(folder))
        with running("service", kept, ["-m", "deciban", *SERVE]) as served:
            until(kept.explained)
            return busy_posts(kept, served, int(rounds))


def reading(rounds: str) -> dict[str, Any]:
    """Measure reads alone, once there is a fit to read."""
    with tempfile.TemporaryDirectory(prefix="deciban-bench-") as folder:
        kept = _Kept(Path(folder))
        with running("service", kept, ["-m", "deciban", *SERVE]):
            until(kept.explained)
        with (
            running("idle", kept, ["-c", NOBODY, *SERVE]) as served,
            running("empty", kept, ["-c", EMPTY]) as empty,
        ):
            return reads(served, empty, int(rounds))


SERVE = ["serve", "--port", "0"]


class _Kept:
    """A store with the shipped case, open, and a large one, and a token for it."""

    def __init__(self, folder: Path, reports: int = LARGE) -> None:
        from deciban.model.sampling.simulate import Size, simulate
        from deciban.service.store import Store
        from deciban.service.store.tokens import new_token

        self.folder = folder
        self.url = f"sqlite:///{folder / 'store.sqlite'}"
        self.store = Store(self.url)
        self.store.upgrade()
        self._append(_open_case())
        large = simulate(Size.around(reports), seed=1)
        self.large = large.casebook.case
        self.report = large.casebook.evidence.reports[0]
        self._append(large.casebook)
        with self.store.writing() as session:
            self.token = new_token(session, "bench", "admin", _now())[1]

    def _append(self, casebook: Any) -> None:
        from deciban.model.casebook.changes import changes_between
        from deciban.service.store.casebooks import Author, append

        with self.store.writing() as session:
            append(
                session,
                casebook.case,
                changes_between(None, casebook),
                author=Author("bench", None),
                now=_now(),
            )

    def explained(self) -> bool:
        """Whether each case has a fit, and what is shown first of it."""
        from deciban.service.store import fits

        with self.store.reading() as session:
            done = [fits.latest(session, case) for case in (CASE, self.large)]
            return all(
                one and "why.json" in fits.kept_names(session, one.id) for one in done
            )

    def fitted(self) -> bool:
        """Whether the large case has a fit."""
        from deciban.service.store import fits

        with self.store.reading() as session:
            return fits.latest(session, self.large) is not None

    def posted(self) -> list[str]:
        """Return the ids of the reports that a measurement posted, once for each."""
        from deciban.service.store.casebooks import history

        with self.store.reading() as session:
            entries = history(session, CASE, kind="report", limit=1_000_000)
        return [one.change.key for one in entries if "bench" in one.change.key]


def _open_case() -> Any:
    """Load the shipped case as if it closed next year, and nothing were settled.

    Of a question that is settled no report moves the forecast.
    """
    from deciban.model.casebook.casebook import Casebook
    from deciban.model.casebook.files import read_casebook, shipped_case_files

    shipped = read_casebook(*shipped_case_files(CASE))
    today = _now().date()
    opened = {"outcome": None, "closes": today.replace(year=today.year + 1, day=1)}
    scenarios = [one.model_copy(update=opened) for one in shipped.priors.scenarios]
    priors = shipped.priors.model_copy(update={"scenarios": tuple(scenarios)})
    return Casebook(priors=priors, evidence=shipped.evidence)


class _Served:
    """A server under measurement: where it is, and what it logs."""

    def __init__(self, process: Any, log: Path, token: str) -> None:
        self.process, self._log, self.token = process, log, token
        self._said = log.open()
        self._text = ""
        begins = until(lambda: re.search(r"listens on http://(\S+)\n", self.said()))
        self.place: str = begins[1]

    def said(self) -> str:
        """All that it has said."""
        self._text += self._said.read()
        return self._text

    def milliseconds(self, ending: str) -> list[float]:
        """Times inside the server of the POST requests whose path ends so."""
        time.sleep(0.2)  # what is logged is written a moment later
        lines = [line for line in self.said().splitlines() if line.startswith("{")]
        seen = [json.loads(line) for line in lines]
        return [
            one["ms"]
            for one in seen
            if one.get("method") == "POST" and one["path"].endswith(ending)
        ]

    def connection(self) -> http.client.HTTPConnection:
        """Open a connection."""
        return http.client.HTTPConnection(self.place, timeout=60)

    def ask(
        self,
        connection: Any,
        method: str,
        path: str,
        body: Any = None,
        case: str = CASE,
    ) -> Any:
        """Ask below a case; return the JSON of the answer."""
        sent = None if body is None else json.dumps(body)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
        }
        if body and "id" in body:
            headers["Idempotency-Key"] = body["id"]
        connection.request(method, f"/api/v1/cases/{case}{path}", sent, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        assert answer.status in (200, 201), said
        return said


def refits(kept: _Kept, served: _Served, bare: Any, rounds: int) -> dict[str, Any]:
    """Time from a posted report to its fit served, each beside the bare sampling.

    The first is posted while the files of the fits before are made; each other within
    the two seconds in which a worker waits for more reports before it makes those.
    """
    until(kept.explained)
    told(bare, "warm")  # has compiled, and sampled once
    times: dict[str, list[float]] = {"served": [], "bare": []}
    with closing(served.connection()) as connection:
        for n in range(rounds + 1):
            start = time.perf_counter()
            posted = served.ask(connection, "POST", "/reports", report(f"bench-{n}"))
            while True:
                now = served.ask(connection, "GET", "/forecasts")
                if now["fit_revision"] == posted["revision"] and not now["stale"]:
                    break
                time.sleep(0.02)
            times["served"].append(time.perf_counter() - start)
            bare.stdin.write("again\n")
            bare.stdin.flush()
            times["bare"].append(float(told(bare, "sampled")))
        # And all at once: most of them while fits run.
        for n in range(2 * rounds):
            served.ask(connection, "POST", "/reports", report(f"bench-busy-{n}"))
        until(lambda: not served.ask(connection, "GET", "/forecasts")["stale"])
    busy = served.milliseconds("/reports")[-2 * rounds :]
    return {
        "first": times["served"][0],
        "served": statistics.median(times["served"][1:]),
        "bare": statistics.median(times["bare"][1:]),
        "busy": busy,
    }


def latencies(served: _Served) -> dict[str, list[float]]:
    """Ask, post, and ask again where none of what was posted is fitted yet."""
    return {
        "what_if": what_ifs(served),
        "post": single_posts(served),
        "what_if_unfitted": what_ifs(served),
    }


def what_ifs(served: _Served) -> list[float]:
    """Ask what reports would do, each another one; milliseconds inside the server."""
    with closing(served.connection()) as connection:
        for n in range(WHAT_IFS + 3):
            one = report(f"asked-{n}", n)
            change = {"kind": "report", "key": one["id"], "body": one}
            served.ask(connection, "POST", "/what-if", {"changes": [change]})
    return served.milliseconds("/what-if")[-WHAT_IFS:]  # the first load what they need


def single_posts(served: _Served) -> list[float]:
    """Post reports one after the other; milliseconds inside the server."""
    with closing(served.connection()) as connection:
        for n in range(POSTS + 3):
            one = report(f"bench-one-{n}", n)
            served.ask(connection, "POST", "/reports", one)
    return served.milliseconds("/reports")[-POSTS:]


def large_posts() -> float:
    """Post reports to a large case that is fitted; median, in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="deciban-bench-") as folder:
        kept = _Kept(Path(folder), LARGEST)
        with running("service", kept, ["-m", "deciban", *SERVE]):
            until(kept.fitted)
        with (
            running("idle", kept, ["-c", NOBODY, *SERVE]) as served,
            closing(served.connection()) as connection,
        ):
            for n in range(POSTS + 3):
                named = {"id": f"bench-large-{n}", "claim": f"What is posted, {n}"}
                one = kept.report.model_copy(update=named).model_dump(
                    mode="json", exclude_unset=True
                )
                served.ask(connection, "POST", "/reports", one, kept.large)
            return statistics.median(
                served.milliseconds(f"{kept.large}/reports")[-POSTS:]
            )


def reads(served: _Served, empty: _Served, rounds: int) -> dict[str, float]:
    """Rates of reading forecasts, and an empty view, from many connections in turn."""
    paths = {"forecasts": f"/api/v1/cases/{CASE}/forecasts", "empty": "/"}
    rates: dict[str, list[float]] = {name: [] for name in paths}
    for seconds in ["0.5", *["2"] * rounds]:
        for name, server in (("forecasts", served), ("empty", empty)):
            rate = run_part("hammer", server.place, paths[name], served.token, seconds)
            rates[name].append(rate["rate"])
    return {name: statistics.median(each[1:]) for name, each in rates.items()}


def posts(kept: _Kept, served: _Served, rounds: int) -> dict[str, float]:
    """Rates of posts from many connections, and of bare commits, in turn; and a count.

    Both wait for the disk at each: WAL, synchronous=FULL.
    """
    before = kept.posted()
    rates: dict[str, list[float]] = {"posts": [], "commits": []}
    for n in range(rounds):
        names = [f"bench-{n}-{i}" for i in range(WRITERS * POSTS_A_ROUND)]
        rates["posts"].append(rate_of_posts(served, names))
        rates["commits"].append(bare_commits(kept.folder / f"bare-{n}", len(names)))
    after = sorted(kept.posted())
    sent = [
        f"bench-{n}-{i}" for n in range(rounds) for i in range(WRITERS * POSTS_A_ROUND)
    ]
    once = after == sorted([*before, *sent])
    medians = {name: statistics.median(each) for name, each in rates.items()}
    return medians | {"sent": len(sent), "once": once}


def busy_posts(kept: _Kept, served: _Served, rounds: int) -> dict[str, float]:
    """Rates of posts from many connections while refits go on, and of bare commits.

    With what each does to forecasts, and without; all in turn.
    """
    rates: dict[str, list[float]] = {"yes": [], "no": [], "commits": []}
    for n in range(-1, rounds):  # the first warms up
        for what_if in ("yes", "no"):
            names = [f"bench-{what_if}-{n + 1}-{i}" for i in range(WRITERS * BUSY)]
            rate = rate_of_posts(served, names, f"?what_if={what_if}")
            rates[what_if] += [rate] if n >= 0 else []
        rates["commits"].append(bare_commits(kept.folder / f"busy-{n}", len(names)))
    return {name: statistics.median(each) for name, each in rates.items()}


def rate_of_posts(served: _Served, names: list[str], query: str = "") -> float:
    """Rate of posts of reports from many connections, a second."""
    start = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        shares = [names[i::WRITERS] for i in range(WRITERS)]
        list(pool.map(lambda share: post_all(served, share, query), shares))
    return len(names) / (time.perf_counter() - start)


def post_all(served: _Served, names: list[str], query: str) -> None:
    """Post reports from one connection."""
    with closing(served.connection()) as connection:
        for name in names:
            n = int(name.rpartition("-")[2])
            served.ask(connection, "POST", f"/reports{query}", report(name, n))


def bare_commits(file: Path, commits: int) -> float:
    """Rate of commits of one row, of the size of a report, by SQLite alone."""
    row = json.dumps(report("bench"))
    with closing(sqlite3.connect(file, isolation_level=None)) as bare:
        bare.execute("PRAGMA journal_mode = WAL")
        bare.execute("PRAGMA synchronous = FULL")
        bare.execute("CREATE TABLE reports (number INTEGER PRIMARY KEY, body TEXT)")
        start = time.perf_counter()
        for _ in range(commits):
            bare.execute("BEGIN IMMEDIATE")
            bare.execute("INSERT INTO reports (body) VALUES (?)", [row])
            bare.execute("COMMIT")
        return commits / (time.perf_counter() - start)


def page(served: _Served) -> dict[str, Any]:
    """Open the page of the large case: its HTML by itself, and in a browser.

    Milliseconds; the browser tells when it painted something first, and None where
    there is none.
    """
    sign_in = re.search(r"sign in, once.*: (http\S+)", served.said())
    assert sign_in
    case = json.loads(_raw(served, "/api/v1/cases"))["cases"]
    (large,) = [one["case"] for one in case if one["case"] != CASE]
    path = f"/cases/{large}"
    html = []
    for _ in range(6):
        start = time.perf_counter()
        size = len(_raw(served, path))
        html.append(1000 * (time.perf_counter() - start))
    painted = _painted(sign_in[1], f"http://{served.place}{path}")
    return {
        "html": statistics.median(html[1:]),
        "html_first": html[0],
        "bytes": size,
        "painted_first": painted[0] if painted else None,
        "painted": statistics.median(painted[1:]) if painted else None,
    }


def _raw(served: _Served, path: str) -> bytes:
    with closing(served.connection()) as connection:
        headers = {"Authorization": f"Bearer {served.token}"}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        return content


def _painted(sign_in: str, address: str) -> list[float]:
    import shutil

    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return []
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        context = browser.new_context()
        context.new_page().goto(sign_in)
        times = []
        for _ in range(6):
            shown = context.new_page()
            shown.goto(address)
            paint = "performance.getEntriesByName('first-contentful-paint')[0]"
            times.append(until(partial(shown.evaluate, f"{paint}?.startTime")))
            shown.close()
        browser.close()
    return times


# The other processes.


def sample_bare(url: str) -> None:
    """Sample the newest fit's own density by nutpie alone, as often as told to."""
    import nutpie

    from deciban.model.likelihood.design import design
    from deciban.model.sampling.fit import density
    from deciban.service.store import Store, fits
    from deciban.service.store.casebooks import casebook

    store = Store(url)

    def sample() -> float:
        with store.reading() as session:
            fit = fits.latest(session, CASE)
            assert fit is not None and fit.seed is not None
            fitted = casebook(session, CASE, fit.revision)
        model = density(design(fitted, fit.as_of))
        start = time.perf_counter()
        nutpie.sample(
            model,
            **fit.settings,
            seed=fit.seed,
            save_warmup=False,
            progress_bar=False,
        )
        return time.perf_counter() - start

    until(lambda: _has_fit(store))
    sample()
    print("warm", flush=True)
    for _ in sys.stdin:
        print("sampled", sample(), flush=True)


def _has_fit(store: Any) -> bool:
    from deciban.service.store import fits

    with store.reading() as session:
        return fits.latest(session, CASE) is not None


def hammer(place: str, path: str, token: str, seconds: str) -> dict[str, float]:
    """Ask for a path from many connections as fast as it is answered, for a while.

    Connections stay open, and all answers are of one length, so that little of the
    time goes into asking.
    """
    host, _, port = place.partition(":")
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {place}\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()
    with closing(socket.create_connection((host, int(port)))) as first:
        length = _length_of_answer(first, request)
    selector = selectors.DefaultSelector()
    for _ in range(READERS):
        one = socket.create_connection((host, int(port)))
        selector.register(one, selectors.EVENT_READ, [0])
        one.sendall(request)
    answered, start = 0, time.perf_counter()
    end = start + float(seconds)
    while (now := time.perf_counter()) < end:
        for ready, _ in selector.select(timeout=1):
            one, got = ready.fileobj, ready.data
            came = one.recv(1 << 20)
            assert got[0] or came.startswith(b"HTTP/1.1 200 "), came[:200]
            got[0] += len(came)
            if got[0] >= length:
                assert got[0] == length
                got[0] = 0
                answered += 1
                one.sendall(request)
    return {"rate": answered / (now - start), "bytes": length}


def _length_of_answer(connection: socket.socket, request: bytes) -> int:
    connection.sendall(request)
    came = b""
    while b"\r\n\r\n" not in came:
        came += connection.recv(1 << 20)
    head, _, _ = came.partition(b"\r\n\r\n")
    found = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
    assert found, head
    return len(head) + 4 + int(found[1])


# Starting them, and waiting for them.


@contextmanager
def running(name: str, kept: _Kept, command: list[str]) -> Iterator[_Served]:
    """Run a server, and end it."""
    log = kept.folder / f"{name}.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, *command], stderr=said, env=environment(kept)
        )
    try:
        yield _Served(process, log, kept.token)
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def bare_sampler(kept: _Kept) -> Iterator[Any]:
    """Run a process that samples alone."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.service", "bare", kept.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def told(process: Any, begins: str) -> str:
    """Wait for a line that begins so; return its rest."""
    for line in process.stdout:
        if line.startswith(begins):
            return str(line.removeprefix(begins)).strip()
    raise AssertionError("it ended")


def run_part(*arguments: str) -> Any:
    """Run a part of this module in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.service", *arguments]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(ran.stdout.splitlines()[-1])


def environment(kept: _Kept) -> dict[str, str]:
    """Return the environment of a server: limits that no measurement reaches."""
    return os.environ | {
        "DECIBAN_DATABASE_URL": kept.url,
        "DECIBAN_RATE_LIMIT": "100000000",
        "DECIBAN_WRITE_LIMIT": "100000000",
        "DECIBAN_HISTORY_DAYS": "0",
    }


def until(look: Callable[[], Any]) -> Any:
    """Wait until something is there; return it."""
    end = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
    return seen


def report(name: str, n: int = 0) -> dict[str, Any]:
    """Build a report, of another scenario and source for each number."""
    scenarios = ("troops", "munitions", "treaty")
    sources = ("kcna", "new-york-post", "interfax", "izvestia", "rbc", "cfr", "kotkin")
    return {
        "id": name,
        "claim": "100,000 North Korean volunteers are ready to join the fighting",
        "source": sources[n % len(sources)],
        "credibility": 2 + n % 4,
        "published": "2022-08-05",
        "bears_on": [
            {
                "scenario": scenarios[n % 3],
                "direction": ("supports", "opposes")[n // 3 % 2],
                "strength": ("weak", "moderate")[n // 6 % 2],
            }
        ],
    }


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


if __name__ == "__main__":
    main()
