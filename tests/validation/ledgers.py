"""Ledgers whose outcomes are known: sources, what each said of each task, the truth.

A folder holds labels that people gave (``NAME.labels.csv`` with ``task,source,label``,
``NAME.truth.csv`` with ``task,truth``; labels and truths are 0 or 1) and election polls
(``polls*.csv``, a row a poll, ``lead_dem`` and ``result_dem`` in points). Each becomes
a ``Ledger``: statements in decibans, of sources of one grade.
"""

import csv
import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple, get_args

__all__ = [
    "LABEL_DECIBANS",
    "Ledger",
    "Poll",
    "Sponsor",
    "Statement",
    "label_ledgers",
    "poll_ledger",
    "read_polls",
    "together",
]

type Sponsor = Literal["", "D", "R"]

# So strong that a label's tilt is the reliability of the person who gave it.
LABEL_DECIBANS = 40.0
_LABELLED_ON = datetime.date(2020, 6, 1)


class Statement(NamedTuple):
    """What a source said of a task; decibans towards yes, at most 100 either way."""

    task: str
    source: str
    decibans: float
    on: datetime.date


@dataclass(frozen=True)
class Ledger:
    """Statements and outcomes.

    Attributes
    ----------
    name : str
        As in its files' names.
    grade : str
        Reliability of every source, A to F.
    statements : tuple of Statement
        As they stand in the file; a source may speak of a task more than once.
    occurred : dict of bool
        Outcome of each task.
    clip : float
        Log loss is counted for probabilities brought within ``[clip, 1 - clip]``.
    learned_interest : bool
        Whether each source may have a side of error, to be learned.
    """

    name: str
    grade: Literal["A", "F"]
    statements: tuple[Statement, ...]
    occurred: Mapping[str, bool]
    clip: float
    learned_interest: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """All who speak, in order of appearance."""
        return tuple(dict.fromkeys(one.source for one in self.statements))

    def only(self, wanted: Callable[[str], bool]) -> "Ledger":
        """Return the ledger of those tasks alone that are ``wanted``."""
        return replace(
            self,
            statements=tuple(one for one in self.statements if wanted(one.task)),
            occurred={task: o for task, o in self.occurred.items() if wanted(task)},
        )


class Poll(NamedTuple):
    """One row of a file of polls; lead and result in points, Democrat's positive."""

    race: str
    pollster: str
    sponsor: Sponsor
    on: datetime.date
    year: int
    lead: float
    result: float


def label_ledgers(folder: Path) -> list[Ledger]:
    """Read every set of labels of a folder, in the order of their names."""
    suffix = ".labels.csv"
    names = [path.name.removesuffix(suffix) for path in folder.glob("*" + suffix)]
    return [_label_ledger(folder, name) for name in sorted(names)]


def _label_ledger(folder: Path, name: str) -> Ledger:
    truth = folder / f"{name}.truth.csv"
    return Ledger(
        name=name,
        grade="F",
        statements=tuple(
            Statement(
                task=f"{name}-task-{row['task']}",
                source=f"{name}-person-{row['source']}",
                decibans=LABEL_DECIBANS if _bit(row["label"]) else -LABEL_DECIBANS,
                on=_LABELLED_ON,
            )
            for row in _rows(folder / f"{name}{'.labels.csv'}")
        ),
        occurred={
            f"{name}-task-{row['task']}": _bit(row["truth"]) for row in _rows(truth)
        },
        clip=1e-6,
    )


def read_polls(folder: Path) -> list[Poll]:
    """Read the polls of a folder, in the order of their files; none is no error.

    A poll that both parties paid for has no sponsor here: they have no common side.
    """
    sponsors = get_args(Sponsor.__value__)
    return [
        Poll(
            race=f"race-{row['race_id']}",
            pollster=f"pollster-{row['pollster_id']}",
            sponsor=row["partisan"] if row["partisan"] in sponsors else "",
            on=datetime.date.fromisoformat(row["polled_on"]),
            year=int(row["year"]),
            lead=float(row["lead_dem"]),
            result=float(row["result_dem"]),
        )
        for path in sorted(folder.glob("polls*.csv"))
        for row in _rows(path)
    ]


def poll_ledger(
    polls: Iterable[Poll], decibans_per_point: float, *, by_sponsor: bool = False
) -> Ledger:
    """Read polls as reports whose strength is in proportion to their lead.

    Parameters
    ----------
    polls : iterable of Poll
        Any of them.
    decibans_per_point : float
        Strength of a lead of one point.
    by_sponsor : bool
        Whether what a pollster says for a party is another source than the pollster.
        All are then of grade F, for who takes every poll for a measurement leaves it
        hardly any error to have a side; and that side is to be learned, of each.
    """
    polls = list(polls)
    return Ledger(
        name="polls",
        grade="F" if by_sponsor else "A",
        statements=tuple(
            Statement(
                task=poll.race,
                source=_pollster(poll) if by_sponsor else poll.pollster,
                decibans=decibans_per_point * poll.lead,
                on=poll.on,
            )
            for poll in polls
        ),
        occurred={poll.race: poll.result > 0 for poll in polls},
        clip=1e-4,
        learned_interest=by_sponsor,
    )


def _pollster(poll: Poll) -> str:
    return (
        f"{poll.pollster}-for-{poll.sponsor.lower()}"
        if poll.sponsor
        else (poll.pollster)
    )


def together(ledgers: Sequence[Ledger]) -> Ledger:
    """Put ledgers of one grade together, as if one; the widest clip holds.

    Raises
    ------
    ValueError
        If there are none, or their grades differ.
    """
    grades = {ledger.grade for ledger in ledgers}
    if len(grades) != 1:
        raise ValueError(f"ledgers must be of one grade, got {sorted(grades)!r}")
    return Ledger(
        name="+".join(ledger.name for ledger in ledgers),
        grade=grades.pop(),
        statements=tuple(one for ledger in ledgers for one in ledger.statements),
        occurred={t: o for ledger in ledgers for t, o in ledger.occurred.items()},
        clip=max(ledger.clip for ledger in ledgers),
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _bit(text: str) -> bool:
    return bool(("0", "1").index(text))
