"""Sending reports and reviews to a running service, and telling what they moved."""

import datetime
import http.client
import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import click

from deciban.evidence.table import Fault, Written
from deciban.model.casebook.messages import place_text
from deciban.model.casebook.yaml_text import read_json_lines, read_yaml
from deciban.model.errors import AsItStands, CaseError, ModelError, Problem
from deciban.model.posterior.summary import can_tell
from deciban.model.posterior.wording import interval, percent
from deciban.service.commands.case_option import day_given
from deciban.service.commands.render import plain_table, print_table, terminal

__all__ = ["post", "review"]

RETRY_SECONDS = 0.5

_TIMEOUT_SECONDS = 60
_ATTEMPTS = 3
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


class ServiceError(ModelError):
    """The service cannot be reached, or refuses."""


def _takes_service[F: Callable[..., Any]](command: F) -> F:
    """Give a command ``--url`` and ``--token``."""
    for option in (
        click.option(
            "--token",
            envvar="DECIBAN_TOKEN",
            show_envvar=True,
            help="Of a forecaster; better given as the variable, which others cannot "
            "see.",
        ),
        click.option(
            "--url",
            envvar="DECIBAN_URL",
            metavar="URL",
            help="Address of the service.  [default: DECIBAN_URL, or where 'deciban "
            "serve' listens by DECIBAN_HOST and DECIBAN_PORT]",
        ),
    ):
        command = option(command)
    return command


@click.command(
    epilog="\b\nExample:\n  deciban post report.yaml --case dprk-russia\n"
    "  DECIBAN_TOKEN and DECIBAN_URL say who posts, and where."
)
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--case", metavar="CASE", help="Of which case.  [default: as FILE says]")
@_takes_service
@click.option("--json", "as_json", is_flag=True, help="Print each answer as JSON.")
def post(
    file: Any, case: str | None, url: str | None, token: str | None, as_json: bool
) -> None:
    """Post reports to a running service and see at once what they move.

    FILE holds a report as the evidence file writes it, in YAML or JSON; or an evidence
    file or JSON Lines, whose reports are posted one by one; - is standard input. What
    moved is read off the last fit; the next one follows by itself.
    """
    written = _written(file.name, _text(file))
    case = case or written.case
    if case is None:
        raise click.UsageError(
            "Give --case: the file does not say of which case it is."
        )
    service = _Service(url or _own_url(), token)
    path = f"/api/v1/cases/{quote(case, safe='')}/reports"
    tell = _tell_as_json if as_json else _tell
    try:
        for report in written.reports:
            tell(service.post(path, report))
    except KeyboardInterrupt:
        click.echo(
            "stopped; what is told above is posted, and perhaps the next", err=True
        )
        raise click.exceptions.Exit(130) from None


@click.command(
    epilog="\b\nExample:\n  deciban review dprk-russia\n"
    "  DECIBAN_TOKEN and DECIBAN_URL say who has looked, and where."
)
@click.argument("case")
@click.option("--on", callback=day_given, metavar="DATE", help="Not today, but then.")
@_takes_service
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def review(
    case: str,
    on: datetime.date | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Say that you have looked today, and that nothing has happened.

    To a running service; in files it is 'reviewed' of the priors file. Time without
    news lowers a forecast only while somebody looks. Days are those of UTC.
    """
    service = _Service(url or _own_url(), token)
    path = f"/api/v1/cases/{quote(case, safe='')}/reviewed"
    answer = service.post(path, {"on": on} if on else {})
    if as_json:
        _tell_as_json(answer)
        return
    day = answer["reviewed"]
    click.echo(f"{case}: revision {answer['revision']}: reviewed on {day} (UTC)")
    _tell_moved(answer)


def _own_url() -> str:
    """Where a service of the same settings listens, asked from this machine."""
    from deciban.service.running.settings import Settings

    settings = Settings.from_environment()
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}
    host = anywhere.get(settings.host, settings.host)
    return (
        f"http://[{host}]:{settings.port}"
        if ":" in host
        else (f"http://{host}:{settings.port}")
    )


class _Written(NamedTuple):
    """What a file says: its reports as plain data, and perhaps its case."""

    case: str | None
    reports: list[dict[str, Any]]


def _text(file: Any) -> str:
    """Read the text of a file, without the mark that some editors begin it with."""
    try:
        text: str = file.read()
    except UnicodeDecodeError as error:
        rule, said = "must be a readable file in UTF-8", AsItStands("other characters")
        raise CaseError([Problem(file.name, rule, said)]) from error
    return text.removeprefix("\ufeff")


def _written(name: str, text: str) -> _Written:
    if text.lstrip().startswith("- "):  # cut out of the list of an evidence file
        text = f"reports:\n{text}"
    is_lines = Path(name).suffix.lower() == ".jsonl"
    read = read_json_lines(text) if is_lines else read_yaml(text)
    faults = read.faults or list(_misplaced(read))
    if faults:
        raise CaseError(
            [
                Problem(
                    f"{name}:{fault.line}"
                    + (f": {place_text(fault.place)}" if fault.place else ""),
                    fault.rule,
                    fault.value,
                )
                for fault in faults
            ]
        )
    if "reports" not in read.data:
        return _Written(None, [read.data])
    return _Written(read.data.get("case"), read.data["reports"] or [])


def _misplaced(read: Written) -> Iterator[Fault]:
    """Find what an evidence file cannot have; the service judges its reports."""
    if "reports" not in read.data:
        return
    kinds = (("case", str, "must be text"), ("reports", list, "must be a list"))
    for key, kind, rule in kinds:
        value = read.data.get(key)
        if value is not None and not isinstance(value, kind):
            yield Fault(read.lines.get((key,), 1), (key,), rule, value)


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would take the token to wherever it points."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class _Service:
    """A running service, as a program speaks to it."""

    def __init__(self, url: str, token: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ServiceError(f"url must be http://... or https://..., got {url!r}")
        self._url = url.rstrip("/")
        self._token = token
        direct = [ProxyHandler({})] if parts.hostname in _THIS_MACHINE else []
        self._opener = build_opener(_NoRedirect, *direct)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post an item once, however often it has to be sent."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = json.dumps(body, default=_day).encode()
        request = Request(f"{self._url}{path}", data, headers, method="POST")
        return self._sent(request)

    def _sent(self, request: Request) -> dict[str, Any]:
        for left in reversed(range(_ATTEMPTS)):
            try:
                with self._opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                    return _object(answer.read())
            except HTTPError as error:
                with error:
                    if error.code != 503 or not left:
                        raise ServiceError(_refusal(error, self._url)) from error
            except (URLError, OSError, http.client.HTTPException) as error:
                if not left:
                    raise self._unreachable(error) from error
            time.sleep(RETRY_SECONDS)
        raise AssertionError("the last attempt returns or raises")

    def _unreachable(self, error: Exception) -> ServiceError:
        cause = getattr(error, "reason", error)
        said = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        return ServiceError(
            f"must reach the service at {self._url}: {said.lower()}; start it with "
            "'deciban serve', or give its address with --url"
        )


def _day(value: Any) -> str:
    """Write a day as JSON has it: the one value of YAML that JSON has not."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"must be plain data, got {type(value).__name__}")


def _object(content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ServiceError("must be answered by Deciban, got something else")
    return data


def _refusal(error: HTTPError, url: str) -> str:
    """Say why the service refuses: each thing wrong, and where in the report."""
    if error.code == 401:
        return (
            f"must have a token that {url} knows: set DECIBAN_TOKEN; "
            "'deciban token new NAME --role forecaster' makes one"
        )
    if 300 <= error.code < 400:
        return f"must be the address of the service itself, which {url} is not"
    try:
        problem = _object(error.read())
    except (ServiceError, OSError, http.client.HTTPException):
        return f"{url} answered {error.code} {error.reason}"
    return "\n".join(_problem_lines(problem)) or f"{url} answered {error.code}"


def _problem_lines(problem: dict[str, Any]) -> Iterator[str]:
    errors = problem.get("errors")
    if not errors:  # else the detail only says it again
        yield str(problem.get("detail") or problem.get("title") or "")
        return
    for one in errors:
        where = one.get("pointer") or one.get("parameter") or ""
        got = f", got {one['value']!r}" if where and "value" in one else ""
        yield f"{where}: {one.get('detail')}{got}" if where else str(one.get("detail"))


def _tell_as_json(answer: dict[str, Any]) -> None:
    click.echo(json.dumps(answer))


def _tell(answer: dict[str, Any]) -> None:
    report = answer["report"]
    click.echo(f"{report['id']}: revision {answer['revision']}")
    for caution in answer.get("cautions", ()):
        click.echo(f"caution: {caution}", err=True)
    _tell_moved(answer)


def _tell_moved(answer: dict[str, Any]) -> None:
    moved = answer["what_if"]
    if moved:
        headings = ("scenario", "before", "after", "90 % interval", "k")
        print_table(plain_table(headings, [_row(one) for one in moved]), terminal())
    if answer.get("reason") or not moved:
        click.echo(answer.get("reason") or "it moves no forecast")
    if not all(can_tell(one["pareto_k"]) for one in moved):
        click.echo("k above 0.7: the refit that follows will tell better", err=True)


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    before, after, k = one["before"], one["after"], one["pareto_k"]
    return (
        one["scenario"],
        percent(before["mean"]),
        _in_words(after),
        interval((after["eti90"][0], after["eti90"][1])),
        "-" if k is None else f"{k:.2f}",
    )


def _in_words(after: dict[str, Any]) -> str:
    number = percent(after["mean"])
    return f"{after['term']} ({number})" if after.get("term") else number
