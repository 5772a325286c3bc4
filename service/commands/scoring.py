"""``deciban replay``, ``score``, ``record``, ``post-mortem``: how good it was."""

import datetime
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.files import shipped_cases
from deciban.model.casebook.past_days import Every, replay_days
from deciban.model.posterior.wording import decibans, percent
from deciban.model.scores.horizons import HORIZON_WORDS, HORIZONS, Horizon
from deciban.service.commands.case_option import (
    day_given,
    given_casebook,
    named_casebook,
    takes_files,
)
from deciban.service.commands.render import plain_table, print_table, terminal
from deciban.service.running.clock import today
from deciban.service.running.settings import cache_folder

# Each takes a second to import; here they are but types.
if TYPE_CHECKING:
    from deciban.model.posterior.summary import Summary
    from deciban.model.scores.case_scores import CaseScores, ScenarioScores, Totals
    from deciban.model.scores.post_mortem import PostMortem
    from deciban.model.scores.record import Group, TrackRecord

__all__ = ["post_mortem", "record", "replay", "score"]


# Parts of a post-mortem that are printed: so many from each end.
_PARTS = 8


def _takes_replay[F: Callable[..., Any]](command: F) -> F:
    """Give a command ``--workers``, ``--quiet`` and ``--json``."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        click.option("--quiet", is_flag=True, help="No progress."),
        click.option(
            "--workers",
            type=click.IntRange(1, 256),
            help="Processes that fit side by side.  [default: one a processor]",
        ),
    ):
        command = option(command)
    return command


@click.command(
    epilog="\b\nExamples:\n"
    "  deciban replay dprk-russia --every report --to 2022-12-01\n"
    "  deciban replay dprk-russia --every week --from 2022-08-01 --to 2022-12-01 --json"
)
@takes_files
@click.option(
    "--every",
    type=click.Choice(get_args(Every.__value__)),
    default="report",
    show_default=True,
    help="Each day, each seventh, or each on which something became known.",
)
@click.option(
    "--from",
    "first",
    callback=day_given,
    metavar="DATE",
    help="First day.  [default: the day the first window opens]",
)
@click.option(
    "--to",
    "last",
    callback=day_given,
    metavar="DATE",
    help="Last day.  [default: today, UTC, or the last close before it]",
)
@_takes_replay
def replay(
    case: str | None,
    priors: Path | None,
    evidence: tuple[Path, ...],
    every: Every,
    first: datetime.date | None,
    last: datetime.date | None,
    workers: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Forecast past days of a case, each from what was known by then.

    Reports and outcomes count from the day on which they were published or known;
    priors and grades are those of the files. What was found is kept in the user's cache
    folder: a second run, or one that goes on after Ctrl-C, fits only what is missing.
    """
    casebook = given_casebook(case, priors, evidence)
    scenarios = casebook.priors.scenarios
    first = first or min(scenario.opens for scenario in scenarios)
    last = last or min(today(), max(scenario.closes for scenario in scenarios))
    if last < first:
        raise click.UsageError(f"--to must be {first} or later, got {last}.")
    days = replay_days(casebook, every, first, last)
    told = _replayed(casebook, days, workers, quiet)
    if as_json:
        click.echo(json.dumps(_as_json(casebook.case, told), indent=2))
    else:
        rows = [
            [str(day), *(percent(one.mean) for one in summary.scenarios)]
            for day, summary in told.items()
        ]
        headings = ["day", *(scenario.id for scenario in scenarios)]
        print_table(plain_table(headings, rows), terminal())


def _as_json(case: str, told: Mapping[datetime.date, "Summary"]) -> dict[str, Any]:
    names = {"id", "mean", "eti90", "prior_mean", "weight_db", "outcome"}
    days = [
        {
            "day": day.isoformat(),
            "digest": summary.digest,
            "scenarios": [one.model_dump(include=names) for one in summary.scenarios],
        }
        for day, summary in told.items()
    ]
    return {"case": case, "days": days}


def _replayed(
    casebook: Casebook, days: Iterable[datetime.date], workers: int | None, quiet: bool
) -> Mapping[datetime.date, "Summary"]:
    from deciban.service.commands.progress import counting
    from deciban.service.refits.replay import Replay

    past = Replay(casebook, days, cache_folder() / "days")
    n = len(past.missing)
    with counting(terminal(stderr=True), "fitting past days", n, quiet) as advance:
        past.fit(workers or os.cpu_count() or 1, advance)
    return past.forecasts()


@click.command(epilog="\b\nExample:\n  deciban score dprk-russia")
@takes_files
@_takes_replay
def score(
    case: str | None,
    priors: Path | None,
    evidence: tuple[Path, ...],
    workers: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Score the forecasts of what is settled.

    Brier and log score (in nats), of the last forecast before a scenario closed or was
    settled, and averaged over all days from its opening on; beside those of its prior.
    Forecasts are those of 'deciban replay': from what was published by each day.
    """
    scores = _scored(given_casebook(case, priors, evidence), workers, quiet)
    if as_json:
        click.echo(scores.model_dump_json(indent=2))
    else:
        _print(scores)


def _scored(casebook: Casebook, workers: int | None, quiet: bool) -> "CaseScores":
    from deciban.model.scores.case_scores import scores_of
    from deciban.model.scores.foresight import scored_days

    now = today()
    told = _replayed(casebook, scored_days(casebook, now), workers, quiet)
    return scores_of(
        casebook,
        now,
        {d: {one.id: one.mean for one in s.scenarios} for d, s in told.items()},
    )


def _print(scores: "CaseScores") -> None:
    console = terminal()
    scored = [one for one in scores.scenarios if one.published is not None]
    if scored:
        table = plain_table(
            [
                "scenario",
                "came",
                "said at close",
                "Brier",
                "log",
                "mean Brier",
                "mean log",
                "prior",
                "its Brier",
            ],
            [_row(one) for one in scored],
        )
        print_table(table, console)
        console.print()
        console.print(_in_all(scores.all), soft_wrap=True)
    for one in scores.scenarios:
        for other in one.benchmarks:
            own = "-" if other.forecast is None else percent(other.forecast)
            console.print(
                f"{one.id}, {other.day}: {other.who} {percent(other.probability)} "
                f"(Brier {other.brier:.3f}), here {own}",
                soft_wrap=True,
            )
    open_ = [one.id for one in scores.scenarios if one.published is None]
    if open_:
        console.print(f"without a score: {', '.join(open_)}", soft_wrap=True)


def _row(one: "ScenarioScores") -> list[str]:
    assert one.published is not None and one.prior_mean is not None
    own = one.published
    numbers = (own.brier, own.log, own.brier_mean, own.log_mean)
    return [
        one.id,
        f"{'yes' if one.outcome else 'no'} ({one.settled_on})",
        percent(own.forecast_at_close),
        *(f"{number:.3f}" for number in numbers),
        percent(one.prior_mean),
        f"{one.prior_brier:.3f}",
    ]


def _in_all(all_: "Totals") -> str:
    return (
        f"mean of {all_.n}: Brier {all_.brier:.3f} at the close and "
        f"{all_.brier_mean:.3f} over the days; the priors' {all_.prior_brier:.3f}, "
        "that of 50 % 0.250\n"
        f"log score {all_.log:.3f} and {all_.log_mean:.3f} nats; the priors' "
        f"{all_.prior_log:.3f}, that of 50 % 0.693; taken between 0.001 and 0.999"
    )


@click.command(
    epilog="\b\nExamples:\n  deciban record dprk-russia grain-deal --by tag\n"
    "  deciban record --horizon longer --json"
)
@click.argument("cases", nargs=-1, metavar="[CASES]...")
@click.option("--tag", metavar="TAG", help="Of scenarios with this tag only.")
@click.option(
    "--horizon",
    type=click.Choice(HORIZONS),
    help="Of forecasts so long before the scheduled close: up to 7 days, to 31, to 92, "
    "to 366, longer.",
)
@click.option(
    "--by",
    type=click.Choice(["case", "tag", "horizon", "person"]),
    default="case",
    show_default=True,
    help="What the table tells apart; person: those who entered benchmarks.",
)
@_takes_replay
def record(
    cases: tuple[str, ...],
    tag: str | None,
    horizon: Horizon | None,
    by: str,
    workers: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Sum up the scores of several cases: the track record.

    Of CASES, each one that comes along, or the NAME of NAME.priors.yaml and
    NAME.evidence.yaml (or .jsonl, .csv); all that come along, unless given.
    """
    from deciban.model.scores.record import track_record

    casebooks = [named_casebook(name) for name in cases or shipped_cases()]
    made = track_record(
        [_scored(casebook, workers, quiet) for casebook in casebooks],
        today(),
        tag=tag,
        horizon=horizon,
    )
    if as_json:
        click.echo(made.model_dump_json(indent=2))
    else:
        _print_record(made, by)


def _print_record(made: "TrackRecord", by: str) -> None:
    from deciban.model.scores.record import too_few

    console = terminal()
    if not made.all.n:
        console.print("no scenario of these has a score")
        return
    if by == "person":
        headings = ["person", "forecasts", "Brier", "log", "Brier here", "log here"]
        rows = [
            [
                *(one.who, f"{one.n:,}"),
                *map(_score, (one.brier, one.log, one.our_brier, one.our_log)),
            ]
            for one in made.others
        ]
    else:
        groups = {"case": made.cases, "tag": made.tags, "horizon": made.horizons}[by]
        headings = [
            by,
            "scenarios",
            "Brier",
            "log",
            "mean Brier",
            "mean log",
            "prior's",
        ]
        rows = [_group(one, HORIZON_WORDS.get(one.name, one.name)) for one in groups]
    if rows:
        print_table(plain_table(headings, rows), console)
    else:
        console.print(f"none of these has a {'benchmark' if by == 'person' else by}")
    console.print()
    console.print(_in_all(made.all), soft_wrap=True)
    if not made.enough:
        console.print(too_few(made), soft_wrap=True)


def _group(group: "Group", name: str) -> list[str]:
    values = (group.brier, group.log, group.brier_mean, group.log_mean)
    return [name, f"{group.n:,}", *map(_score, (*values, group.prior_brier))]


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


@click.command(
    "post-mortem",
    epilog="\b\nExample:\n  deciban post-mortem dprk-russia --scenario treaty",
)
@takes_files
@click.option(
    "--scenario", "only", metavar="ID", help="One of those settled.  [default: all]"
)
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def post_mortem(
    case: str | None,
    priors: Path | None,
    evidence: tuple[Path, ...],
    only: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say what helped the forecasts of what is settled, and what misled.

    The last day before each scenario was settled is fitted as it stood, and read again
    without each report, origin, argument, grade and word. What the log score would lose
    is what it helped, in nats; below 0 it misled. Beside it stands what was learned:
    how reliable its source or a grade is, how strong a word, how probably an argument
    true, before any report, that day, and once the outcome is known. Then the way from
    the prior to what was forecast that day.
    """
    from deciban.model.scores.foresight import foresight_spans

    casebook = given_casebook(case, priors, evidence)
    spans = foresight_spans(casebook, today())
    if only is not None and only not in spans:
        raise click.UsageError(f"--scenario must be settled, got {only!r}.")
    wanted = {
        name: last
        for name, (first, last) in spans.items()
        if only in (None, name) and first <= last
    }
    made = list(_post_mortems(casebook, wanted, quiet))
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in made], indent=2))
    else:
        for one in made:
            _print_post_mortem(one)


def _post_mortems(
    casebook: Casebook, wanted: Mapping[str, datetime.date], quiet: bool
) -> Iterator["PostMortem"]:
    # The sampler takes a second to import.
    from deciban.model.casebook.past_days import (
        DAY_SETTINGS,
        as_it_stood,
        day_that_tells,
    )
    from deciban.model.posterior.what_if import Basis
    from deciban.model.sampling.fit import SamplingSettings, sample
    from deciban.model.scores.post_mortem import post_mortem
    from deciban.service.commands.progress import counting

    outcomes, console = casebook.outcomes(), terminal(stderr=True)
    bases: dict[datetime.date, tuple[Casebook, Basis]] = {}
    with counting(console, "reading last days", len(wanted), quiet) as advance:
        for name, last in wanted.items():
            day = day_that_tells(casebook, last)
            if day not in bases:
                stood = as_it_stood(casebook, day)
                # As a replay does, or scores and post-mortems would tell two numbers.
                draws = sample(stood, day, SamplingSettings(**DAY_SETTINGS))
                bases[day] = stood, Basis(draws, stood, day)
            stood, basis = bases[day]
            yield post_mortem(basis, stood, name, day, outcomes[name].occurred is True)
            advance()


def _print_post_mortem(made: "PostMortem") -> None:
    console = terminal()
    console.print(f"{made.scenario}: {' '.join(made.sentences)}", soft_wrap=True)
    told = [part for part in made.parts if abs(part.helped) >= 0.005]
    shown = told if len(told) <= 2 * _PARTS else [*told[:_PARTS], *told[-_PARTS:]]
    rows = [
        [
            part.kind,
            part.id,
            f"{part.helped:+.2f}",
            percent(part.without),
            ", ".join(part.learned.told),
        ]
        for part in shown
    ]
    learned = "worth before, then, after"
    headings = ["", "", "helped (nats)", "without it", learned]
    print_table(plain_table(headings, rows), console)
    console.print()
    steps = [(step.id or step.kind, decibans(step.weight_db)) for step in made.steps]
    way = f"from {percent(made.written_mean)}, the prior, to {percent(made.forecast)}"
    print_table(plain_table([way, "dB"], steps), console)
    if made.untold:
        console.print(f"the draws cannot tell of {made.untold} more", soft_wrap=True)
    console.print()
