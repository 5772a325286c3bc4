"""Answers leave at once, and whole, however slowly they are taken."""

import http.client
import json
import socket
import threading
import time
from contextlib import closing

import pytest
from flask import Flask, Response

from deciban.service.web.server.service_process import listening

LARGE = 30_000_000  # bytes; more than a socket holds by itself


@pytest.fixture
def connect(settings):
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
            assert went_on.wait(120)
            yield b"second"

        return Response(parts())

    server = listening(app, socket.create_server(("127.0.0.1", 0)), settings)
    stopped = threading.Event()

    def run():
        while not stopped.is_set():
            server.asyncore.loop(0.05, use_poll=True, map=server._map, count=1)

    thread = threading.Thread(target=run)
    thread.start()
    place = "127.0.0.1", server.effective_port
    yield lambda: closing(socket.create_connection(place, timeout=120)), went_on
    while server.active_channels:  # it sees that its clients have left
        time.sleep(0.01)
    stopped.set()
    thread.join()
    server.task_dispatcher.shutdown()
    server.asyncore.close_all(server._map)


def ask(client, path, method="GET"):
    client.sendall(f"{method} {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())


def read_until(client, end):
    came = b""
    while not came.endswith(end):
        came += client.recv(1 << 20)
    return came


def test_the_head_leaves_together_with_the_body(connect):
    connected, _ = connect
    with connected() as client:
        for _ in range(3):
            ask(client, "/text/20000")
            head, _, body = client.recv(1 << 20).partition(b"\r\n\r\n")
            assert b"Content-Length: 20000" in head
            assert body
            while len(body) < 20_000:
                body += client.recv(1 << 20)
            assert body == b"x" * 20_000


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
