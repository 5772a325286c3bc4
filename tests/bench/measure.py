"""One measurement in a process of its own; prints its figures as a line of JSON."""

import datetime
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

AS_OF = datetime.date(2024, 3, 31)


def main() -> None:
    """Take the measurement that is named."""
    what, *arguments = sys.argv[1:]
    print(
        json.dumps({"refit": refit, "fresh": fresh, "growth": growth}[what](*arguments))
    )


def refit(rounds: str) -> dict[str, float]:
    """Alternate refits, another report left out in each, and nutpie's own sampling."""
    import nutpie

    from model.build import build_model
    from model.design import design
    from model.fit import Settings, fit, prepare
    from model.summary import summarise

    casebook = _shipped()
    settings = Settings()
    own = nutpie.compile_pymc_model(build_model(design(casebook, AS_OF)))
    prepare(casebook, AS_OF)

    def again(without: int) -> None:
        summarise(fit(_without(casebook, without), AS_OF, settings, keep=True))

    def alone(seed: int) -> None:
        nutpie.sample(
            own,
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            seed=seed,
            progress_bar=False,
        )

    again(0), alone(0)  # the first of each warms up
    times: dict[str, list[float]] = {"refit": [], "nutpie": []}
    for i in range(1, int(rounds) + 1):
        times["refit"].append(_seconds(lambda i=i: again(i)))
        times["nutpie"].append(_seconds(lambda i=i: alone(i)))
    return {name: statistics.median(values) for name, values in times.items()}


def fresh() -> dict[str, float]:
    """Build the model and call pm.sample, as a plain script does."""
    start = time.perf_counter()
    import pymc as pm

    from model.build import build_model
    from model.design import design

    with build_model(design(_shipped(), AS_OF)):
        posterior = pm.sample(
            draws=1000, tune=400, chains=4, random_seed=1, progressbar=False
        )
    print(posterior["posterior"]["probability"].mean(("chain", "draw")).values)
    return {"seconds": time.perf_counter() - start}


def growth(reports: str) -> dict[str, Any]:
    """Fit a simulated casebook."""
    from model.fit import Silent, fit
    from model.simulate import Size, simulate
    from model.summary import summarise

    began: dict[str, float] = {}

    class Clock(Silent):
        def stage(self, name: str) -> None:
            began[name.split()[0]] = time.perf_counter()

    simulated = simulate(Size.around(int(reports)), seed=1)
    tree = fit(simulated.casebook, simulated.as_of, progress=Clock())
    end = time.perf_counter()
    checks = summarise(tree).checks
    return {
        "compiling": began["sampling"] - began["compiling"],
        "sampling": began["weighing"] - began["sampling"],
        "weighing": end - began["weighing"],
        "seconds": end - began["sampling"],
        "ess": checks.ess_bulk_min,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "ok": checks.ok,
    }


def _shipped() -> Any:
    from model.casefiles import read_casebook, shipped_case_files

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


def _seconds(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
