"""What is logged: one event a line, with its request, and no secret."""

import io
import json
import logging
import threading
import time

import pytest

from deciban.service.running import logs
from deciban.service.running.settings import Settings
from deciban.service.web.access import sign_in_link


@pytest.fixture
def log():
    """Return how to begin logging; what was logged is read from what it returns."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()

    def begin(**changes):
        logs.begin_logging(Settings.from_environment({}, **changes), stream)

        def read():
            root.handlers[0].flush()
            return stream.getvalue().splitlines()

        return read

    yield begin
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = before[0]
    root.setLevel(before[1])


def test_a_request_is_one_line_of_json(log, client, bearer):
    read = log()

    answer = client.get("/healthz?x=1", headers=bearer("viewer"))

    (line,) = read()
    said = json.loads(line)
    assert {k: said[k] for k in ("level", "event", "method", "path", "status")} == {
        "level": "info",
        "event": "request",
        "method": "GET",
        "path": "/healthz",
        "status": 200,
    }
    assert said["request_id"] == answer.headers["X-Request-Id"]
    assert said["ms"] > 0


def test_who_asks_is_logged_by_name(log, client, bearer):
    read = log()

    client.get("/sign-in", headers=bearer("forecaster"))

    assert json.loads(read()[0])["who"] == "forecaster"


def test_as_text_a_line_is_its_time_level_event_and_values(log, client):
    read = log(log_format="text")

    client.get("/healthz")

    time, level, event, *values = read()[0].split(" ")
    assert time.endswith("Z")
    assert (level, event) == ("info", "request")
    assert {"method=GET", "path=/healthz", "status=200"} <= set(values)


def test_no_secret_is_logged(log, client, shared, tokens):
    read = log(log_level="debug")
    link = sign_in_link(shared.store, shared.settings, "admin", shared.clock())

    client.get(link[link.index("/sign-in") :])
    client.get("/sign-in", headers={"Authorization": f"Bearer {tokens['admin']}"})
    client.get("/sign-in?code=deciban_wrong")
    client.post("/sign-in", data={"token": tokens["viewer"]})

    logged = "\n".join(read())
    assert logged.count("\n") == 3
    for secret in (link.split("code=")[1], *tokens.values(), "deciban_wrong"):
        assert secret not in logged


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_path_cannot_forge_a_line(log, client, log_format):
    read = log(log_format=log_format)

    client.get("/x%0A2024 info request path=/y")

    assert len(read()) == 1


def test_an_error_is_one_line_with_its_traceback(log):
    read = log()

    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logging.getLogger("service").exception("a fit failed", extra={"fit": 7})

    (line,) = read()
    said = json.loads(line)
    assert (said["level"], said["event"], said["fit"]) == ("error", "a fit failed", 7)
    assert said["error"].endswith("RuntimeError: broken")


def test_less_than_the_level_is_not_logged(log, client):
    read = log(log_level="warning")

    client.get("/healthz")
    logging.getLogger("service").warning("full")

    assert [json.loads(line)["event"] for line in read()] == ["full"]


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [("req-1", True), ("a" * 64, True), ("a" * 65, False), ("a b", False), ("", False)],
)
def test_a_sane_request_id_is_taken_over(client, given, is_taken):
    answered = client.get("/healthz", headers={"X-Request-Id": given}).headers

    assert (answered["X-Request-Id"] == given) is is_taken
    assert len(answered["X-Request-Id"]) >= 5


def test_a_view_knows_the_id_of_its_request(app):
    app.add_url_rule("/id", "id", logs.request_id)

    answer = app.test_client().get("/id", headers={"X-Request-Id": "req-1"})

    assert answer.text == "req-1"


def test_a_record_that_cannot_be_written_is_told_and_others_are(log):
    read = log()

    logging.getLogger("service").warning("%d fits", "no")
    logging.getLogger("service").warning("full")

    broken, full = map(json.loads, read())
    assert broken["error"].splitlines()[-1].startswith("TypeError: ")
    assert full["event"] == "full"


def written_within_a_minute(stream):
    for _ in range(3000):
        if stream.getvalue():
            return stream.getvalue()
        time.sleep(0.02)
    pytest.fail("nothing was written within a minute")


def test_what_was_logged_is_written_by_itself_soon(log):
    log()
    logging.getLogger("service").warning("full")

    assert written_within_a_minute(logging.getLogger().handlers[0].stream)


class BreaksOnce(io.StringIO):
    """A stream whose reader leaves, and comes back."""

    def __init__(self):
        super().__init__()
        self.broke = threading.Event()

    def write(self, text):
        """Fail the first time."""
        if not self.broke.is_set():
            self.broke.set()
            raise BrokenPipeError
        return super().write(text)


def test_logs_go_on_by_themselves_after_a_write_that_failed(log):
    log()
    stream = logging.getLogger().handlers[0].stream = BreaksOnce()

    logging.getLogger("service").warning("lost")
    assert stream.broke.wait(60)
    logging.getLogger("service").warning("full")

    assert json.loads(written_within_a_minute(stream))["event"] == "full"
