"""What a terminal, or a log, shows of a fit while it runs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from deciban.model.sampling.progress import ChainProgress, Silent

__all__ = ["Bars", "StageLines", "counting", "listening"]


@contextmanager
def listening(console: Console, quiet: bool = False) -> Iterator[Silent]:
    """Offer a listener for a fit: bars on a terminal, else words, or nothing.

    Parameters
    ----------
    console : Console
        Where to show it.
    quiet : bool
        Whether to show nothing.
    """
    if quiet:
        yield Silent()
    elif not console.is_terminal:
        yield StageLines(console)
    else:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", style="dim"),
            console=console,
        ) as shown:
            yield Bars(shown)


@contextmanager
def counting(
    console: Console, what: str, total: int, quiet: bool = False
) -> Iterator[Callable[[], None]]:
    """Offer a count of pieces of work: a bar on a terminal, else a line, or nothing.

    Parameters
    ----------
    console : Console
        Where to show it.
    what : str
        In the present participle.
    total : int
        How many there are; of none, nothing is shown.
    quiet : bool
        Whether to show nothing.
    """
    if quiet or not total:
        yield lambda: None
    elif not console.is_terminal:
        console.print(f"{what}: {total:,} ...", soft_wrap=True)
        yield lambda: None
    else:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        ) as shown:
            bar = shown.add_task(what, total=total)
            yield lambda: shown.advance(bar)


class StageLines(Silent):
    """A line for each stage."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def stage(self, name: str) -> None:
        """Print the stage."""
        self.console.print(f"{name} ...", soft_wrap=True)


class Bars(Silent):
    """A bar for each stage, which only shows that it runs, and one for each chain."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._stage: TaskID | None = None
        self._chains: list[TaskID] = []

    def stage(self, name: str) -> None:
        """Complete the bar of the stage before, and begin one."""
        self.done()
        self._stage = self._shown.add_task(name, total=None, note="")

    def done(self) -> None:
        """Complete the bar of the stage."""
        if self._stage is not None:
            self._shown.update(self._stage, total=1, completed=1)

    def chains(self, progress: Sequence[ChainProgress]) -> None:
        """Advance the bar of each chain.

        Parameters
        ----------
        progress : sequence of ChainProgress
            Draws of each chain so far.
        """
        while len(self._chains) < len(progress):
            name = f"  chain {len(self._chains) + 1}"
            self._chains.append(self._shown.add_task(name, note=""))
        for bar, chain in zip(self._chains, progress, strict=True):
            note = f"{chain.done:,} of {chain.total:,} draws"
            if chain.divergences:
                note += f", {chain.divergences:,} diverged"
            self._shown.update(bar, total=chain.total, completed=chain.done, note=note)
