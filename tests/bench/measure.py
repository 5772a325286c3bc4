"""One measurement in a process of its own; prints its figures as a line of JSON."""

import datetime
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

AS_OF = datetime.date(2024, 3, 31)


def main() -> None:
    """Take the measurement that is named."""
    what, *arguments = sys.argv[1:]
    measurements: dict[str, Callable[..., Any]] = {
        "refit": refit,
        "again": again,
        "fresh": fresh,
        "worker": worker,
        "served": served,
        "predictive": predictive,
        "replay": replay,
        "planning": planning,
        "growth": growth,
        "what-if": what_if,
        "large-what-if": large_what_if,
    }
    print(json.dumps(measurements[what](*arguments)))


def refit(rounds: str) -> dict[str, float]:
    """Alternate refits, another report left out in each, and nutpie's own sampling.

    That is of the model as PyMC has it, and of the very density that the refit samples.
    """
    from dataclasses import asdict

    import nutpie

    from deciban.model.likelihood.design import design
    from deciban.model.likelihood.pymc_model import build_model
    from deciban.model.posterior.summaries import summary_of
    from deciban.model.sampling.fit import SamplingSettings, density, sample

    casebook = _shipped()
    settings = SamplingSettings()
    own = nutpie.compile_pymc_model(build_model(design(casebook, AS_OF)))

    def again(without: int) -> None:
        changed = _without(casebook, without)
        summary_of(sample(changed, AS_OF, settings), changed, AS_OF)

    def alone(model: Any, seed: int) -> None:
        nutpie.sample(
            model,
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            seed=seed,
            progress_bar=False,
        )

    def kept(without: int) -> None:
        changed = _without(casebook, without)
        seed = int(changed.digest(AS_OF, asdict(settings))[:8], 16)  # that of the refit
        alone(density(design(changed, AS_OF)), seed)

    again(0), alone(own, 0), kept(0)  # the first of each warms up
    times: dict[str, list[float]] = {"refit": [], "nutpie": [], "bare": []}
    for i in range(1, int(rounds) + 1):
        times["refit"].append(_seconds(lambda i=i: again(i)))
        times["nutpie"].append(_seconds(lambda i=i: alone(own, i)))
        times["bare"].append(_seconds(lambda i=i: kept(i)))
    return {name: statistics.median(values) for name, values in times.items()}


def again(rounds: str) -> dict[str, float]:
    """Refit, another report left out in each: from its draws to its summary."""
    from deciban.model.posterior.summaries import summary_of
    from deciban.model.sampling.fit import sample

    casebook = _shipped()
    times = []
    for i in range(int(rounds) + 1):
        changed = _without(casebook, i)
        start = time.process_time()
        summary_of(sample(changed, AS_OF), changed, AS_OF)
        times.append(time.process_time() - start)
    return {"processor": statistics.median(times[1:])}  # the first loads what it needs


def replay(ageing: str) -> dict[str, float]:
    """Replay 60 days from nothing, and fit 60 days in as many workers that are warm.

    With ``ageing`` evidence ages, so that no two days have one forecast.
    """
    import multiprocessing
    from pathlib import Path

    from deciban.service.refits.replay import Replay

    casebook = _shipped()
    if ageing == "yes":
        priors = casebook.priors.model_copy(update={"half_life_days": 365.0})
        casebook = casebook.followed_by(priors, casebook.evidence)
    first, workers = datetime.date(2022, 8, 1), os.cpu_count() or 1
    days = [first + datetime.timedelta(days=n) for n in range(60)]
    jobs = [(casebook.model_dump_json(by_alias=True), day) for day in days]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.map(_fit_day, jobs[: 2 * workers], chunksize=1)
        with tempfile.TemporaryDirectory() as folder:
            made = Replay(casebook, days, Path(folder))
            fits = len(made.missing)
            taken = _seconds(lambda: made.fit(workers, lambda: None))
        warm = _seconds(lambda: pool.map(_fit_day, jobs, chunksize=1))
    return {"fits": fits, "replay": taken, "warm": warm}


def _fit_day(job: tuple[str, datetime.date]) -> None:
    from deciban.model.casebook.past_days import DAY_SETTINGS
    from deciban.service.refits.executor import Fitted, Job
    from deciban.service.refits.job import outcome_of

    text, day = job
    done = outcome_of(
        Job("day", text, day, dict(DAY_SETTINGS)), lambda _: None, lambda: False
    )
    assert isinstance(done, Fitted)


def planning(scenarios: str) -> dict[str, float]:
    """Lay out a simulated casebook of so many scenarios."""
    from deciban.model.likelihood.design import design
    from deciban.model.sampling.simulate import Size, simulate

    size = Size.around(1000, scenarios=int(scenarios))
    for seed in (2, 1):  # the first loads what it needs
        simulated = simulate(size, seed=seed)
        start = time.process_time()
        design(simulated.casebook, simulated.as_of)
        taken = time.process_time() - start
    return {"seconds": taken}


def fresh() -> dict[str, float]:
    """Build the model and call pm.sample, as a plain script does."""
    start = time.perf_counter()
    import pymc as pm

    from deciban.model.likelihood.design import design
    from deciban.model.likelihood.pymc_model import build_model

    with build_model(design(_shipped(), AS_OF)):
        posterior = pm.sample(
            draws=1000, tune=400, chains=4, random_seed=1, progressbar=False
        )
    print(posterior["posterior"]["probability"].mean(("chain", "draw")).values)
    return {"seconds": time.perf_counter() - start}


def worker() -> dict[str, float]:
    """Start a worker, as the service does, and wait until it is ready for a fit."""
    from deciban.service.refits.pool import PebblePool

    pool = PebblePool()
    start = time.perf_counter()
    pool.places()
    while not pool._slots[0].is_loaded:
        time.sleep(0.01)
    taken = time.perf_counter() - start
    pool.stop()
    return {"seconds": taken}


def served() -> dict[str, float]:
    """Start a service on a new store, and wait until its first fit is served."""
    command = [sys.executable, "-m", "deciban", "serve", "--port", "0"]
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.sqlite"
        start = time.perf_counter()
        with subprocess.Popen(
            command,
            env=os.environ | {"DECIBAN_DATABASE_URL": url},
            stderr=subprocess.PIPE,
            text=True,
        ) as service:
            assert service.stderr is not None
            # It is served from when it is stored, which is when this is said.
            done = any(
                "fit 1 of dprk-russia is done" in said for said in service.stderr
            )
            taken = time.perf_counter() - start
            service.terminate()
    assert done
    return {"seconds": taken}


def predictive() -> dict[str, float]:
    """State the model in PyMC and draw from it before any report."""
    start = time.perf_counter()
    import pymc as pm

    from deciban.model.likelihood.design import design
    from deciban.model.likelihood.pymc_model import build_model

    with build_model(design(_shipped(), AS_OF)):
        pm.sample_prior_predictive(50, random_seed=1)
    return {"seconds": time.perf_counter() - start}


def growth(reports: str) -> dict[str, Any]:
    """Fit a simulated casebook."""
    from deciban.model.posterior.statistics import summarise
    from deciban.model.sampling.fit import fit
    from deciban.model.sampling.progress import Silent
    from deciban.model.sampling.simulate import Size, simulate

    began: dict[str, float] = {}
    used: dict[str, float] = {}

    class Clock(Silent):
        def stage(self, name: str) -> None:
            began[name.split()[0]] = time.perf_counter()
            used[name.split()[0]] = time.process_time()

    simulated = simulate(Size.around(int(reports)), seed=1)
    tree = fit(simulated.casebook, simulated.as_of, progress=Clock())
    end, used_up = time.perf_counter(), time.process_time()
    checks = summarise(tree).checks
    return {
        "sampling": began["weighing"] - began["sampling"],
        "weighing": end - began["weighing"],
        "processor": used_up - used["sampling"],
        "ess": checks.ess_bulk_min,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "ok": checks.ok,
    }


def what_if() -> list[dict[str, Any]]:
    """Read one fit with each report left out in turn, and fit that as well.

    Memory is kept as the server keeps it, where what-if is read.
    """
    import math

    from deciban.model.posterior.summaries import summary_of
    from deciban.model.posterior.what_if import Basis
    from deciban.model.sampling.fit import sample
    from deciban.service.running.allocator import keep_memory

    keep_memory(in_threads=True)
    casebook = _shipped()
    draws = sample(casebook, AS_OF)
    basis = Basis(draws, casebook, AS_OF)
    assert basis.read(_left_out(casebook, 0), AS_OF).summary.scenarios  # loads ArviZ
    seen = []
    for i, report in enumerate(casebook.evidence.reports):
        changed = _left_out(casebook, i)
        start = time.perf_counter()
        reading = basis.read(changed, AS_OF)
        read = reading.summary.scenarios
        seconds = time.perf_counter() - start
        start = time.perf_counter()
        again = sample(changed, AS_OF)
        sampled = time.perf_counter()
        fitted = summary_of(again, changed, AS_OF).scenarios
        told = time.perf_counter()
        errors = [
            abs(one.mean - other.mean) / math.hypot(one.mcse, other.mcse)
            for one, other in zip(read, fitted, strict=True)
        ]
        seen.append(
            {
                "report": report.id,
                "k": reading.pareto_k,
                "errors": errors,
                "points": 100
                * max(abs(a.mean - b.mean) for a, b in zip(read, fitted, strict=True)),
                "reading": seconds,
                "sampling": sampled - start,
                "telling": told - sampled,
            }
        )
    return seen


def large_what_if(reports: str) -> dict[str, float]:
    """Read a large simulated casebook with one report less; draws are the prior's."""
    import numpy as np

    from deciban.model.likelihood.design import design
    from deciban.model.posterior.what_if import Basis
    from deciban.model.sampling.draws import Draws
    from deciban.model.sampling.simulate import Size, simulate
    from deciban.service.running.allocator import keep_memory

    keep_memory(in_threads=True)
    simulated = simulate(Size.around(int(reports)), seed=1)
    casebook, as_of = simulated.casebook, simulated.as_of
    labels = tuple(design(casebook, as_of).coords()["unknown"])
    z = np.random.default_rng(1).standard_normal((4, 1000, len(labels))) / 10
    draws = Draws(z, labels, {}, digest="", seed=1)
    times: dict[str, float] = {}
    made: list[Any] = []
    times["basis"] = _seconds(lambda: made.append(Basis(draws, casebook, as_of)))
    changed = _without(casebook, 0)

    def read() -> None:
        assert made[0].read(changed, as_of).summary.scenarios

    read()  # loads ArviZ
    times["reading"] = _seconds(read)
    times["mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return times


def _shipped() -> Any:
    from deciban.model.casebook.files import read_casebook, shipped_case_files

    return read_casebook(*shipped_case_files("dprk-russia"))


def _without(casebook: Any, i: int) -> Any:
    """The casebook without one report that no other repeats."""
    evidence = casebook.evidence
    repeated = {report.repeats for report in evidence.reports}
    free = [report.id for report in evidence.reports if report.id not in repeated]
    reports = tuple(r for r in evidence.reports if r.id != free[i])
    return casebook.model_copy(
        update={"evidence": evidence.model_copy(update={"reports": reports})}
    )


def _left_out(casebook: Any, i: int) -> Any:
    """The casebook without one report and all that repeats it."""
    evidence = casebook.evidence
    gone = {evidence.reports[i].id}
    for _ in evidence.reports:
        gone |= {r.id for r in evidence.reports if r.repeats in gone}
    reports = tuple(r for r in evidence.reports if r.id not in gone)
    return casebook.model_copy(
        update={"evidence": evidence.model_copy(update={"reports": reports})}
    )


def _seconds(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
