"""``deciban``: the command line; here an error becomes a message and an exit code."""

import os
import sys
from typing import Any

import click

from deciban.model.errors import CaseError, ModelError
from deciban.model.posterior.wording import counted
from deciban.service.commands.cases import cases, check, convert, new, schema
from deciban.service.commands.databases import backup, db, export, import_command
from deciban.service.commands.elicitation import elicit
from deciban.service.commands.forecasting import fit, show
from deciban.service.commands.plotting import plot
from deciban.service.commands.posting import post
from deciban.service.commands.serving import serve
from deciban.service.commands.simulation import simulate_command
from deciban.service.commands.tokens import token

__all__ = ["main"]


class _Deciban(click.Group):
    """The group of all commands: whatever goes wrong in one is told here, plainly."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except CaseError as error:
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
            raise click.ClickException(f"{where}{said}; nothing was written") from error
        except KeyboardInterrupt:
            click.echo("stopped; nothing was written", err=True)
            context.exit(130)


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
            "standard output is closed, where results go; nothing was written"
        )


for command in (
    fit,
    show,
    plot,
    check,
    cases,
    new,
    convert,
    schema,
    elicit,
    simulate_command,
    serve,
    token,
    post,
    import_command,
    export,
    backup,
    db,
):
    main.add_command(command)
