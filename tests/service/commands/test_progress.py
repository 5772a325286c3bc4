"""What is shown of a fit while it runs."""

import io

import pytest
from rich.console import Console

from deciban.model.sampling.progress import ChainProgress
from deciban.service.commands.progress import listening


def shown(is_terminal: bool, quiet: bool = False) -> str:
    """Show a fit of two chains; return all that was written."""
    file = io.StringIO()
    console = Console(
        file=file, force_terminal=is_terminal, width=80, color_system=None
    )
    with listening(console, quiet) as progress:
        progress.stage("compiling the density")
        progress.stage("sampling")
        for done in range(0, 1500, 100):
            progress.chains([ChainProgress(done, 1400, 0), ChainProgress(70, 1400, 3)])
        progress.stage("weighing the draws")
        assert not progress.stopped()
    return file.getvalue()


def test_a_log_has_one_line_for_each_stage():
    assert shown(is_terminal=False).splitlines() == [
        "compiling the density ...",
        "sampling ...",
        "weighing the draws ...",
    ]


def test_a_terminal_has_a_bar_for_each_chain_with_its_divergences():
    written = shown(is_terminal=True)

    assert "chain 1" in written and "1,400 of 1,400 draws" in written
    assert "chain 2" in written and "70 of 1,400 draws, 3 diverged" in written
    assert "weighing the draws" in written


@pytest.mark.parametrize("is_terminal", [True, False])
def test_quiet_shows_nothing(is_terminal):
    assert shown(is_terminal, quiet=True) == ""
