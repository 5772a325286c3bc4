"""``deciban``: the command line; here an error becomes a message and an exit code.

A command's module is imported when the command is run: what one needs takes a tenth of
a second to load, what another needs takes seconds.
"""

import os
import signal
import sys
import threading
from importlib import import_module
from typing import Any, NamedTuple

import click

from deciban.model.errors import CaseError, ModelError

__all__ = ["COMMANDS", "main"]


class _Command(NamedTuple):
    """Where a command is, the first sentence of its help, and whether it writes."""

    module: str
    name: str
    help: str
    writes: bool = False


COMMANDS = {
    "fit": _Command("forecasting", "fit", "Forecast a case.", writes=True),
    "show": _Command("forecasting", "show", "Print a fit that was saved."),
    "plot": _Command(
        "plotting",
        "plot",
        "Draw a plot of a fit, and print the path of its file.",
        writes=True,
    ),
    "why": _Command(
        "explaining",
        "why",
        "Say why forecasts moved between two days, fits or revisions.",
    ),
    "influence": _Command(
        "explaining",
        "influence",
        "Say on what the forecasts of a fit rest, and what would turn them.",
    ),
    "next": _Command(
        "explaining",
        "next_command",
        "Say what to look for next: the report expected to tell most.",
    ),
    "replay": _Command(
        "scoring",
        "replay",
        "Forecast past days of a case, each from what was known by then.",
    ),
    "score": _Command("scoring", "score", "Score the forecasts of what is settled."),
    "record": _Command(
        "scoring", "record", "Sum up the scores of several cases: the track record."
    ),
    "post-mortem": _Command(
        "scoring",
        "post_mortem",
        "Say what helped the forecasts of what is settled, and what misled.",
    ),
    "check": _Command("cases", "check", "Validate the files of a case."),
    "cases": _Command("cases", "cases", "List the cases that come along."),
    "due": _Command("due", "due", "List what awaits its settlement."),
    "new": _Command("cases", "new", "Begin a case of your own.", writes=True),
    "convert": _Command(
        "cases", "convert", "Write evidence in another format.", writes=True
    ),
    "schema": _Command("cases", "schema", "Print the JSON Schema of a file."),
    "elicit": _Command(
        "elicitation",
        "elicit",
        "Show the prior that --median, --beta, --mean or --words makes.",
    ),
    "learn": _Command(
        "learning",
        "learn",
        "Learn what grades, words and sources have been worth.",
        writes=True,
    ),
    "simulate": _Command(
        "simulation",
        "simulate_command",
        "Draw a casebook from the model itself.",
        writes=True,
    ),
    "serve": _Command(
        "serving",
        "serve",
        "Serve the API and the pages, and fit by itself what has changed.",
        writes=True,
    ),
    "token": _Command("tokens", "token", "Make, list and revoke tokens.", writes=True),
    "post": _Command(
        "posting",
        "post",
        "Post reports to a running service and see at once what they move.",
        writes=True,
    ),
    "review": _Command(
        "posting",
        "review",
        "Say that you have looked today, and that nothing has happened.",
        writes=True,
    ),
    "import": _Command(
        "databases",
        "import_command",
        "Bring a casebook from files into the store.",
        writes=True,
    ),
    "export": _Command(
        "databases", "export", "Write a case of the store to files.", writes=True
    ),
    "backup": _Command(
        "databases",
        "backup",
        "Copy the store to FILE, while the service runs.",
        writes=True,
    ),
    "db": _Command("databases", "db", "Look after the store's tables.", writes=True),
}
"""Every command by its name, imported when it is run."""


class _Deciban(click.Group):
    """The group of all commands: whatever goes wrong in one is told here, plainly."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(f"deciban.service.commands.{COMMANDS[name].module}")
        command: click.Command = getattr(module, COMMANDS[name].name)
        return command

    def format_commands(
        self, context: click.Context, formatter: click.HelpFormatter
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, COMMANDS[name].help) for name in self.list_commands(context)]
            )

    def invoke(self, context: click.Context) -> Any:
        try:
            # Python would end at once, and leave drafts of files behind.
            if threading.current_thread() is threading.main_thread():
                before = signal.signal(signal.SIGTERM, _stop)
                context.call_on_close(lambda: signal.signal(signal.SIGTERM, before))
            return super().invoke(context)
        except CaseError as error:
            from deciban.model.posterior.wording import counted

            told = f"{counted(len(error.problems), 'problem')}: mend, and try again"
            raise click.ClickException(f"{error}\n{told}") from error
        except ModelError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            # Whoever read us has had enough; Python must not try to flush what is left.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            context.exit(0)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            said = error.strerror or str(error)
            told = f"{where}{said}{_nothing_written(context)}"
            raise click.ClickException(told) from error
        except KeyboardInterrupt as stop:
            click.echo(f"stopped{_nothing_written(context)}", err=True)
            context.exit(143 if isinstance(stop, _StoppedError) else 130)


class _StoppedError(KeyboardInterrupt):
    """Whoever started the command has asked it to stop: SIGTERM."""


def _stop(*_: Any) -> None:
    raise _StoppedError


def _nothing_written(context: click.Context) -> str:
    """Say so of a command that would have written something."""
    command = COMMANDS.get(context.invoked_subcommand or "")
    return "; nothing was written" if command and command.writes else ""


@click.group(cls=_Deciban, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="deciban")
@click.pass_context
def main(context: click.Context) -> None:
    """Weigh evidence: from priors and graded reports to forecasts.

    Results go to standard output, messages to standard error. The exit code is 0 when
    done, 1 when the work failed, 2 for a wrong command line.
    """
    if sys.stdout is None and context.invoked_subcommand != "serve":
        raise click.ClickException(
            f"standard output is closed, where results go{_nothing_written(context)}"
        )
