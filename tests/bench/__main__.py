"""``make bench``: how fast, measured here and now, beside what it is compared with.

Two cores shared with others make absolute times wander, so everything that is compared
is measured alternately in one run, and medians are told. Each measurement runs in a
process of its own (``tests.bench.measure``), as a user's would.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from tests.bench import measure

SIZES = (10, 100, 1000, 8000)


def main() -> None:
    """Measure everything, or what is asked for, and print one table each."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    tables = {
        "refit": refit,
        "before": before,
        "cold": cold,
        "start": start,
        "replay": replay,
        "planning": planning,
        "growth": growth,
        "what-if": what_if,
        "service": service,
    }
    parser.add_argument("what", nargs="*", default=list(tables))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    options = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}"
    )
    for what in options.what:
        tables[what](options)


def refit(options: argparse.Namespace) -> None:
    """Compare a refit with nutpie alone, and with pm.sample."""
    measured = _measure("refit", str(options.rounds))
    fresh_cached = _measure("fresh")["seconds"]
    with tempfile.TemporaryDirectory() as cache:
        fresh = _measure("fresh", cache=cache)["seconds"]
    own, again, bare = (measured[name] for name in ("nutpie", "refit", "bare"))
    print("\nRefit with one new report, shipped case")
    _row("refit: new report to new summary", again, "s")
    _row("nutpie's own sampling of the same model", own, "s")
    _row("fresh pm.sample, nothing cached on disk", fresh, "s")
    _row("fresh pm.sample, everything cached on disk", fresh_cached, "s")
    _row("fresh pm.sample over refit", fresh / again, "", at_least=20)
    _row("the same, everything cached on disk", fresh_cached / again, "")
    _row("refit over nutpie's own sampling", again / own, "", at_most=1.3)
    _row("nutpie's sampling of the same density", bare, "s")
    _row("refit over that, the stricter reading", again / bare, "", at_most=1.3)


def cold(options: argparse.Namespace) -> None:
    """Compare ``deciban fit`` with a plain script, each from a new process."""
    print("\nFrom a new process to the printed forecast, shipped case")
    for label, rounds, cached, limit in (
        ("machine code cached on disk", options.rounds, True, 0.15),
        ("nothing cached on disk", 1, False, 0.25),
    ):
        ours, plain = [], []
        for _ in range(rounds):
            ours.append(_timed(cached, [*DECIBAN, *FIT]))
            plain.append(_timed(cached, [sys.executable, "-m", MEASURE, "fresh"]))
        for kind, of in (("time", 0), ("processor time", 1)):
            ours_s, plain_s = (
                statistics.median(one[of] for one in times) for times in (ours, plain)
            )
            _row(f"deciban fit, {label}, {kind}", ours_s, "s")
            _row(f"plain script, {label}, {kind}", plain_s, "s")
            _row(f"ratio of {kind}", ours_s / plain_s, "", at_most=limit)


def start(options: argparse.Namespace) -> None:
    """Measure what it takes from a new process to a command's or a service's answer."""
    print("\nFrom a new process, shipped case, all compiled before")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [*DECIBAN, *FIT, "--out", folder], stdout=subprocess.DEVNULL, check=True
        )
        saved = os.path.join(folder, "posterior.nc")
        drawn = os.path.join(folder, "drawn.svg")
        for words, limit in (
            (["--help"], 0.4),
            (["check", *CASE_FILES], 0.4),
            (["cases"], 0.4),
            (["show", saved], None),
            (["plot", saved, "--out", drawn], None),
        ):
            times = [_timed(True, [*DECIBAN, *words]) for _ in range(options.rounds)]
            taken, used = (statistics.median(one) for one in zip(*times, strict=True))
            _row(f"deciban {words[0]}", taken, "s")
            _row("its processor time", used, "s", at_most=limit)
    for part, label, limit in (
        ("worker", "a worker, until it is ready for a fit", 2),
        ("served", "deciban serve, until its first fit is served", 6),
        ("predictive", "50 prior predictive draws of build_model", 20),
    ):
        times = [_measure(part)["seconds"] for _ in range(options.rounds)]
        _row(label, statistics.median(times), "s", at_most=limit)


def replay(options: argparse.Namespace) -> None:
    """Compare a replay of 60 days, its workers' start with it, with as many fits."""
    print("\nReplay of 60 days, shipped case, beside 60 warm fits over the workers")
    for ageing, label, limit in (("no", "", 1.2), ("yes", ", were it to age", None)):
        seen = _measure("replay", ageing)
        _row(f"replay{label}: {seen['fits']} fits", seen["replay"], "s")
        _row("60 warm fits", seen["warm"], "s")
        _row("ratio", seen["replay"] / seen["warm"], "", at_most=limit)


def before(options: argparse.Namespace) -> None:
    """Compare with the model before overlap, camps, interests and rivals, by turns."""
    print("\nBeside the model before overlap and camps, processor time")
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["git", "archive", BEFORE], stdout=subprocess.PIPE, check=False
        )
        if packed.returncode != 0:
            print("  not in the history of this checkout")
            return
        subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
        limits = [("again", str(options.rounds), "a refit of the shipped case", 1.5)]
        size = str(max(options.sizes))
        limits.append(("growth", size, f"sampling and weighing {size} reports", 2))
        for what, argument, label, limit in limits:
            now, then = (_used(root, what, argument) for root in (None, folder))
            _row(label, now, "s")
            _row("the same, before", then, "s")
            _row("ratio", now / then, "", at_most=limit)


def _used(root: str | None, what: str, argument: str) -> float:
    """Processor time of a measurement of this checkout, or of another at ``root``."""
    return float(_measure(what, argument, root=root)["processor"])


def planning(options: argparse.Namespace) -> None:
    """Measure how the time to lay a casebook out grows with its scenarios."""
    print("\nLaying out 1,000 simulated reports, processor time")
    few, many = 500, 2000
    less, more = (_measure("planning", str(n))["seconds"] for n in (few, many))
    _row(f"{few:,} scenarios", less, "s")
    _row(f"{many:,} scenarios", more, "s")
    growth = (more / less) / (many / few)
    _row("growth of time over growth of scenarios", growth, "", at_most=1)


def growth(options: argparse.Namespace) -> None:
    """Measure time per effective draw and memory over sizes of simulated casebooks.

    What must not grow is processor time: it says less of what else the machine does.
    """
    print("\nGrowth, simulated casebooks, a fit each in a new process")
    header = ("reports", "sample s", "weigh s", "CPU s", "CPU ms/draw", "MiB", "ok")
    print("".join(f"{name:>12}" for name in header))
    before: dict[str, Any] | None = None
    for size in options.sizes:
        seen = _measure("growth", str(size))
        per_draw = 1000 * seen["processor"] / seen["ess"]
        print(
            f"{size:12,}{seen['sampling']:12.2f}{seen['weighing']:12.2f}"
            f"{seen['processor']:12.2f}{per_draw:12.3f}{seen['mib']:12,.0f}"
            f"{seen['ok']!s:>12}"
        )
        if before:
            more = (per_draw / before["per_draw"]) / (size / before["size"])
            _row("growth of time over growth of reports", more, "", at_most=1)
        before = {"per_draw": per_draw, "size": size}


def what_if(options: argparse.Namespace) -> None:
    """Compare readings of one fit with fits, each report left out in turn."""
    seen = _measure("what-if")
    print(
        "\nWhat-if, shipped case: each report left out, read from one fit, and fitted"
    )
    header = ("k", "largest error", "points", "reading ms")
    print(f"{'':<44}" + "".join(f"{name:>15}" for name in header))
    for one in seen:
        k = "equal weights" if one["k"] is None else f"{one['k']:.2f}"
        print(
            f"{one['report'][:43]:<44}{k:>15}{max(one['errors']):15.2f}"
            f"{one['points']:15.2f}{1000 * one['reading']:15.1f}"
        )
    _verdict([one for one in seen if one["k"] is None or one["k"] < 0.7], len(seen))
    times = [1000 * one["reading"] for one in seen]
    _row("reading, median", statistics.median(times), "ms", at_most=25)
    _row("reading, 95th percentile", sorted(times)[len(times) * 95 // 100], "ms")
    sampling, telling = (
        statistics.median(one[name] for one in seen) for name in ("sampling", "telling")
    )
    _row("sampling a fit", sampling, "s")
    _row("from its draws to its summary", telling, "s")
    _row("both over the sampling", (sampling + telling) / sampling, "", at_most=1.5)
    large = _measure("large-what-if", str(max(options.sizes)))
    print(f"  {max(options.sizes):,} simulated reports, one less:")
    _row("taking up the fit", large["basis"], "s")
    _row("a reading", large["reading"], "s")
    _row("memory", large["mib"], "MiB")


def service(options: argparse.Namespace) -> None:
    """Measure a running service: its latencies, its rates, and a page of it."""
    seen = _measure("measure", str(options.rounds), module="tests.bench.service")
    print("\nThe service, shipped case, times inside the server by its own log")
    for name, label in (
        ("what_if", "POST .../what-if"),
        ("what_if_unfitted", "the same, 40 reports later, none fitted"),
    ):
        _latencies(label, seen[name], 25, 60)
    _latencies("POST .../reports, what-if and commit", seen["post"], None, None)
    _latencies("POST .../reports, while fits run", seen["busy"], None, None)
    large = seen["large_posts"]
    _row("a post with what-if at 8,000 reports, median", large, "ms")
    ratio = large / statistics.median(seen["post"])
    _row("over one of the shipped case, 83 reports", ratio, "", at_most=3)
    served, bare = seen["served"], seen["bare"]
    _row("from posted report to its fit served, warm", served, "s")
    _row("bare sampling of the same density", bare, "s")
    _row("ratio", served / bare, "", at_most=1.5)
    _row("posted while files of the fit before are made", seen["first"], "s")
    rates = seen["reads"]
    _row("reads of the forecasts, 16 connections", rates["forecasts"], "/s")
    _row("reads of an empty view, same server", rates["empty"], "/s")
    _row("ratio", rates["forecasts"] / rates["empty"], "", at_least=0.6)
    rates = seen["posts"]
    _row("posts of reports, 8 connections, durable", rates["posts"], "/s")
    _row("commits of such a row by SQLite alone", rates["commits"], "/s")
    print(f"  of {rates['sent']} posts none lost or doubled: {rates['once']}")
    rates = seen["busy_posts"]
    _row("the same while refits go on, with what-if", rates["yes"], "/s", at_least=40)
    _row("the same, ?what_if=no", rates["no"], "/s", at_least=150)
    _row("commits of such a row by SQLite alone", rates["commits"], "/s")
    page = seen["page"]
    _row("page of a case with 500 reports: its HTML", page["html"], "ms")
    _row("the same, the first time", page["html_first"], "ms")
    if page["painted"] is not None:
        _row("first content in a browser", page["painted"], "ms", at_most=300)
        _row("the same, the first time", page["painted_first"], "ms")


def _latencies(
    label: str, times: list[float], median: float | None, p95: float | None
) -> None:
    ordered = sorted(times)
    _row(f"{label}, median", statistics.median(ordered), "ms", at_most=median)
    _row("95th percentile", ordered[len(ordered) * 95 // 100], "ms", at_most=p95)


def _verdict(trusted: list[dict[str, Any]], n_reports: int) -> None:
    """Tell how many means are further apart than chance leaves them."""
    errors = [error for one in trusted for error in one["errors"]]
    beyond = sum(error > 3 for error in errors)
    print(
        f"  {len(trusted)} of {n_reports} reports have k below 0.7: of {len(errors)} "
        f"means {beyond} differ by more than 3\n  combined Monte Carlo standard errors "
        f"({0.0027 * len(errors):.0f} would by chance), the furthest by "
        f"{max(errors):.2f}: {'ok' if beyond <= 0.01 * len(errors) else 'NOT OK'}"
    )


MEASURE = "tests.bench.measure"
# The last commit before evidence that overlaps, camps, interests and rivals.
BEFORE = "4e62999"
DECIBAN = [sys.executable, "-m", "deciban"]
CASE_FILES = ["priors/cases/dprk-russia.yaml", "evidence/cases/dprk-russia.yaml"]
FIT = ["fit", "dprk-russia", "--as-of", "2024-03-31", "--quiet"]


def _measure(
    *arguments: str,
    cache: str | None = None,
    module: str = MEASURE,
    root: str | None = None,
) -> Any:
    environment = dict(os.environ)
    if cache:
        environment["PYTENSOR_FLAGS"] = f"base_compiledir={cache}"
    command = [sys.executable, "-m", module]
    if root:  # of this measurement, what is measured stands there
        environment["PYTHONPATH"] = root
        command = [sys.executable, os.path.abspath(measure.__file__)]
    answer = subprocess.run(
        [*command, *arguments],
        env=environment,
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout.splitlines()[-1])


def _timed(cached: bool, command: list[str]) -> tuple[float, float]:
    """Time of a process, and its processor time, in seconds."""
    with tempfile.TemporaryDirectory() as cache:
        environment = dict(os.environ)
        if not cached:
            environment["PYTENSOR_FLAGS"] = f"base_compiledir={cache}"
            environment["NUMBA_CACHE_DIR"] = cache
        start, used = time.perf_counter(), _used_by_children()
        subprocess.run(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return time.perf_counter() - start, _used_by_children() - used


def _used_by_children() -> float:
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return of_children.ru_utime + of_children.ru_stime


def _row(
    label: str,
    value: float,
    unit: str,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
) -> None:
    verdict = ""
    if at_most is not None:
        verdict = f"at most {at_most:g}: {'ok' if value <= at_most else 'OVER'}"
    if at_least is not None:
        verdict = f"at least {at_least:g}: {'ok' if value >= at_least else 'UNDER'}"
    print(f"  {label:<58}{value:8.2f} {unit:<4}{verdict}".rstrip(), flush=True)


if __name__ == "__main__":
    main()
