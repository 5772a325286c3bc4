"""Running the service from the command line."""

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from deciban.service.web.server.service_process import Listening

__all__ = ["serve"]


@click.command(epilog="\b\nExample:\n  deciban serve --port 8080")
@click.option(
    "--host",
    metavar="ADDRESS",
    help="Address to listen on.  [default: DECIBAN_HOST, or 127.0.0.1]",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Port; 0: any that is free.  [default: DECIBAN_PORT, or 8000]",
)
@click.option("--open", "opens", is_flag=True, help="Open a browser, signed in.")
def serve(host: str | None, port: int | None, opens: bool) -> None:
    """Serve the API and the pages, and fit by itself what has changed.

    Begins with the case that comes along if there is none yet. Prints a link that signs
    a browser in, once, as an admin. Ctrl-C and SIGTERM let requests end first. Every
    other setting is an environment variable, DECIBAN_...; docs/operations.md has the
    list.
    """
    # Flask and SQLAlchemy take half a second to import: no other command pays for them.
    from deciban.service.refits.start import begun
    from deciban.service.running.logs import begin_logging
    from deciban.service.running.settings import Settings

    given = {k: v for k, v in (("host", host), ("port", port)) if v is not None}
    settings = Settings.from_environment(None, **given)
    begin_logging(settings)

    def tell(listening: "Listening") -> None:
        lines = [f"Deciban listens on {listening.address}"]
        if listening.sign_in:
            within = f"sign in, once, within {settings.sign_in_minutes} minutes"
            lines.append(f"{within}: {listening.sign_in}")
        lines.append(f"data: {listening.store}")
        if listening.trouble:
            lines.append(f"it only reads for now: {listening.trouble}")
        click.echo("\n".join(lines), err=True)
        sys.stderr.flush()
        if opens and listening.sign_in:
            click.launch(listening.sign_in)

    with begun(settings) as executor:
        # Takes as long to import as the workers take to load.
        from deciban.service.web.server import service_process as server

        server.serve(settings, executor, tell)
    click.echo("stopped; what was posted is kept", err=True)
