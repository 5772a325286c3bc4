"""Answers leave at once and whole, to the last one of a server that stops."""

import contextlib
import gc
import http.client
import json
import socket
import threading
import time
import urllib.request
from contextlib import closing
from dataclasses import replace

import pytest
from flask import Flask, Response

from tests.service.conftest import PATIENCE, Answering

LARGE = 30_000_000  # bytes; more than a socket holds by itself


@pytest.fixture
def connect(serve):
    """Return how to connect to a server that sends texts and streams."""
    app = Flask("sent")
    went_on = threading.Event()

    @app.get("/text/<int:size>")
    def text(size):
        return "x" * size

    @app.get("/stream")
    def stream():
        def parts():
            yield b"first"
            assert went_on.wait(PATIENCE)
            yield b"second"

        return Response(parts())

    place = "127.0.0.1", serve(app).port
    return lambda: closing(socket.create_connection(place, timeout=PATIENCE)), went_on


def ask(client, path, method="GET"):
    client.sendall(f"{method} {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())


def read_until(client, end):
    came = b""
    while not came.endswith(end):
        came += client.recv(1 << 20)
    return came


def test_what_a_socket_does_not_hold_arrives_whole(connect):
    connected, _ = connect
    with connected() as client:
        ask(client, f"/text/{LARGE}")
        _, _, body = client.recv(1 << 16).partition(b"\r\n\r\n")
        while len(body) < LARGE:
            body += client.recv(1 << 22)
        ask(client, "/text/3")
        after = read_until(client, b"xxx")

    assert body == b"x" * LARGE
    assert after.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_head_that_is_asked_for_alone_has_no_body(connect):
    connected, _ = connect
    with connected() as client:
        ask(client, "/text/20000", "HEAD")
        head = read_until(client, b"\r\n\r\n")
        ask(client, "/text/3")
        after = read_until(client, b"xxx")

    assert b"Content-Length: 20000" in head
    assert after.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_part_of_a_stream_is_sent_before_the_next_is_made(connect):
    connected, went_on = connect
    with connected() as client:
        ask(client, "/stream")
        first = read_until(client, b"first\r\n")
        went_on.set()
        rest = read_until(client, b"0\r\n\r\n")

    assert b"Transfer-Encoding: chunked" in first
    assert b"second" in rest


def test_who_leaves_amid_an_answer_takes_nobody_along(connect):
    connected, _ = connect
    with connected() as client:
        ask(client, f"/text/{LARGE}")
        client.recv(1000)
    with connected() as client:
        ask(client, "/text/3")

        assert read_until(client, b"xxx").startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("head", "status", "detail", "instance"),
    [
        (
            "POST /api/v1/cases HTTP/1.1\r\nHost: here\r\nContent-Length: 99999999\r\n",
            413,
            "the body must have at most 5,000,000 bytes: send it in parts",
            "/api/v1/cases",
        ),
        (
            f"GET / HTTP/1.1\r\nHost: here\r\nX-Long: {'x' * 300_000}\r\n",
            431,
            "the head of the request must have at most 262,144 bytes",
            "/",
        ),
        (
            "GET / HTTP/1.1\r\nHost: here\r\nno colon\r\n",
            400,
            "Invalid header",
            "/",
        ),
    ],
)
def test_what_the_application_never_sees_is_refused_by_a_problem(
    connect, head, status, detail, instance
):
    connected, _ = connect
    with connected() as client:
        client.sendall(f"{head}\r\n".encode())
        answer = http.client.HTTPResponse(client)
        answer.begin()
        said = json.loads(answer.read())

    title = http.client.responses[status]  # 413 was renamed between two Pythons
    assert (answer.status, answer.reason) == (status, title)
    assert answer.getheader("Content-Type") == "application/problem+json"
    assert said == {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
    }


def test_who_sends_far_too_much_hears_why_it_is_refused(connect):
    connected, _ = connect
    with connected() as client:
        client.sendall(
            f"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: {LARGE}\r\n\r\n".encode()
        )
        client.sendall(bytes(LARGE))
        answer = http.client.HTTPResponse(client)
        answer.begin()

        assert answer.status == 413
        assert b"must have at most" in answer.read()
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""


class Slow:
    """An application with a view and a stream that last until the service stops."""

    def __init__(self, stopping):
        self.app = Flask("slow")
        self.entered = threading.Event()

        @self.app.get("/slow")
        def slow():
            self.entered.set()
            stopping.wait()
            return "done"

        @self.app.get("/stream")
        def stream():
            def events():
                yield b"first\n"
                self.entered.set()
                stopping.wait()

            return events()


class Asking:
    """A request on a thread, which a slow application has begun to answer."""

    def __init__(self, slow, address):
        self.answer = None
        self._thread = threading.Thread(target=self._ask, args=(address,))
        self._thread.start()
        assert slow.entered.wait(PATIENCE)

    def _ask(self, address):
        with urllib.request.urlopen(address) as answer:
            self.answer = answer.read().decode()

    def end(self):
        """Wait for the whole answer and return it."""
        self._thread.join(PATIENCE)
        return self.answer


@pytest.fixture
def slow(shared):
    return Slow(shared.stopping)


@pytest.mark.parametrize(
    ("path", "said"),
    [("/slow", "done"), ("/stream", "first\n")],
    ids=["slow", "stream"],
)
def test_what_is_under_way_is_answered_to_its_end(slow, serve, path, said):
    answering = serve(slow.app)
    asking = Asking(slow, answering.address + path)

    answering.begin_to_stop()

    assert asking.end() == said
    answering.stop()  # at once, though there was time


def is_refused(port):
    """Try to connect: whoever comes just while the port is closed is reset."""
    with contextlib.suppress(ConnectionResetError):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return True
    return False


def test_a_service_that_stops_takes_no_more_connections(slow, serve):
    answering = serve(slow.app)
    asking = Asking(slow, answering.address + "/slow")

    answering.begin_to_stop()

    deadline = time.monotonic() + PATIENCE
    while not is_refused(answering.port):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert asking.end() == "done"


def test_a_large_answer_that_nobody_has_taken_leaves_no_file_open(shared):
    app = Flask("large")
    app.add_url_rule("/", "large", lambda: "x" * LARGE)
    shared = replace(shared, settings=replace(shared.settings, stop_seconds=0))
    answering = Answering(app, shared)
    with closing(socket.create_connection(("127.0.0.1", answering.port))) as client:
        ask(client, "/")
        client.recv(1)

        answering.stop()

    gc.collect()  # what is left open is told of as it is thrown away: an error in tests
