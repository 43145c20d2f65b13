"""The port of the desktop examples: only the flow's callback ends the wait, whatever else is sent there."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from conftest import OTP, PATIENCE_SECONDS, Rig, fetch
from person import Person
from test_desktop import CONNECTED, Desktop, desktop_language, desktops

__all__ = ["desktop_language", "desktops"]  # fixtures


@contextlib.contextmanager
def silent(address: tuple[str, int], *sent: bytes) -> Iterator[None]:
    """Connections that say nothing, or stop in the middle: browsers open some ahead of need."""
    with contextlib.ExitStack() as stack:
        for piece in sent:
            stack.enter_context(socket.create_connection(address, PATIENCE_SECONDS)).sendall(piece)
        yield


def test_only_its_callback_ends_the_wait(
    rig: Rig, person: Person, tmp_path: Path, desktop_language: str, desktops: list[Desktop]
) -> None:
    desktop = Desktop(rig, tmp_path, desktop_language)
    desktops.append(desktop)
    consent = desktop.page()
    asked = parse_qs(urlsplit(consent).query)
    home = httpx.URL(asked["redirect_uri"][0])
    good = f"?code=code&state={asked['state'][0]}"
    with silent(("127.0.0.1", home.port or 0), b"", b"GET /callback?code=x", b"\x16\x03\x01"):
        for method, target, status in [
            ("GET", "/favicon.ico", 404),
            ("GET", f"/callbackXYZ{good}", 404),
            ("GET", f"/callback/x{good}", 404),
            ("GET", f"/x/callback{good}", 404),
            ("HEAD", f"/callback{good}", None),
            ("POST", f"/callback{good}", None),
            ("OPTIONS", f"/callback{good}", None),
            ("GET", "/callback", 400),
            ("GET", "/callback/?code=x&state=of-another", 400),
        ]:
            reply = fetch(method, str(home.join("/")).rstrip("/") + target)
            assert reply.status_code == status if status else reply.status_code >= 400, (method, target)
        page = person.press(person.open(consent), "Approve", otp=OTP)
        assert "You can close this window and go back to the program." in page.html
        code, said = desktop.finish("n")
    assert code == 0 and CONNECTED in said, said
    assert said.count("; still waiting") == 2
    assert "code=x" not in said and len(rig.exchanged_codes()) == 1
    desktop.assert_nothing_left()
