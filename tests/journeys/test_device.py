"""examples/python-device has one hand-off, which nobody can make again: it goes where it is taken, or it stays."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from conftest import Rig
from test_hand_off import device, logged_in


class Front(ThreadingHTTPServer):
    """What stands where the backend should be, and what it answers."""

    answer: tuple[int, bytes] = (200, b"")

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), FrontHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class FrontHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Front)
        self.rfile.read(int(self.headers["content-length"]))
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextlib.contextmanager
def answering(rig: Rig) -> Iterator[Front]:
    """In the backend's place, which is away."""
    front = Front(rig.port)
    try:
        yield front
    finally:
        front.shutdown()
        front.server_close()


def told(kind: str, code: str) -> bytes:
    return json.dumps({"kind": kind, "code": code}).encode()


def test_it_is_kept_until_the_backend_has_it(rig: Rig, tmp_path: Path) -> None:
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    user = logged_in(rig)
    callback = user.consent(device(rig, user, tmp_path, "begin").stdout.strip())
    rig.backend.stop()
    kept = tmp_path / "flow.json"
    with answering(rig) as front:
        for answer in [
            (200, b"<html>log in first</html>"),
            (302, b""),
            (401, b""),
            (403, told("rejected", "foreign_origin")),
            (404, told("misuse", "not_found")),
            (400, told("misuse", "invalid_request")),
            (409, told("unavailable", "busy")),
            (409, b"[]"),
            (413, b""),
            (429, b"slow down"),
            (500, told("unavailable", "internal")),
            (502, b"<html>bad gateway</html>"),
        ]:
            front.answer = answer
            ran = device(rig, user, tmp_path, "finish", callback)
            assert (ran.returncode, ran.stdout) == (1, ""), answer
            assert ran.stderr == f"not handed off, the backend answered {answer[0]}; run this again\n"
            assert kept.exists(), answer
    ran = device(rig, user, tmp_path, "finish", callback)
    assert (ran.returncode, ran.stdout) == (1, "") and "did not answer" in ran.stderr and kept.exists()
    rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    ran = device(rig, user, tmp_path, "finish", callback)
    assert (ran.returncode, ran.stdout) == (0, "handed off, the backend answered 202\n"), ran.stderr
    assert user.settled("whitebit")["state"] == "connected" and rig.is_right("whitebit") and not kept.exists()


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        ((409, told("rejected", "superseded")), 0, "handed off, the backend answered 409\n"),
        ((400, told("reauthorize", "hand_off_expired")), 1, "the backend refused it: hand_off_expired\n"),
        ((400, told("rejected", "hand_off_mismatch")), 1, "the backend refused it: hand_off_mismatch\n"),
        ((400, told("rejected", "hand_off_invalid")), 1, "the backend refused it: hand_off_invalid\n"),
    ],
)
def test_it_is_forgotten_where_the_backend_has_it_or_never_will(
    rig: Rig, tmp_path: Path, answer: tuple[int, bytes], code: int, says: str
) -> None:
    rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    user = logged_in(rig)
    callback = user.consent(device(rig, user, tmp_path, "begin").stdout.strip())
    rig.backend.stop()
    with answering(rig) as front:
        front.answer = answer
        ran = device(rig, user, tmp_path, "finish", callback)
    assert (ran.returncode, ran.stdout + ran.stderr) == (code, says)
    assert not (tmp_path / "flow.json").exists()
