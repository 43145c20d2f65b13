"""What `NoResponse` says: a code that is fit for a log, and whether it is certain that nothing left."""

from __future__ import annotations

import contextlib
import pickle
import socket
import ssl
import sys
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any, Callable

import httpx
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

import venuekey
from loopback import Loopback, Recorded
from test_senders import Impatient, Send, at_server, by_replay, kind, send
from venuekey.senders import async_httpx_sender, httpx_sender, requests_sender

__all__ = ["at_server", "by_replay", "kind", "send"]

FRESH = ["never", "once_only"]
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
MAKERS: dict[str, Callable[[], object]] = {
    "httpx": httpx_sender,
    "httpx with a client": lambda: httpx_sender(httpx.Client(trust_env=False), trust_env=True),
    "async httpx": async_httpx_sender,
    "requests": requests_sender,
    "requests with a session": lambda: requests_sender(requests.Session()),
}


def lost(send: Send, request: Any) -> tuple[str, bool]:
    with pytest.raises(venuekey.NoResponse) as caught:
        send(request)
    return caught.value.code, caught.value.not_sent


def elsewhere(request: venuekey.parts.HttpRequest, base: str) -> Any:
    """The same request to another place."""
    moved = Impatient(request, request.timeout_hint_ms)
    moved.url = f"{base}/oauth2/token"  # type: ignore[attr-defined]
    return moved


@pytest.mark.parametrize("replay", FRESH)
def test_nothing_left_where_nobody_listens(
    replay: str, send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    # Bound and not listening.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert lost(send, elsewhere(by_replay[replay], f"http://127.0.0.1:{port}")) == ("ECONNREFUSED", True)


@pytest.mark.parametrize("replay", FRESH)
def test_nothing_left_where_the_name_is_unknown(
    replay: str,
    send: Send,
    by_replay: dict[str, venuekey.parts.HttpRequest],
    server: Loopback,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*given: Any, **named: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert lost(send, elsewhere(by_replay[replay], "http://venue.invalid")) == ("EAI_NONAME", True)


@pytest.mark.parametrize("replay", FRESH)
def test_nothing_left_where_the_handshake_failed(
    replay: str, send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    """The other end speaks no TLS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(65536)

        thread = threading.Thread(target=answer)
        thread.start()
        request = elsewhere(by_replay[replay], f"https://127.0.0.1:{listener.getsockname()[1]}")
        assert lost(send, request) == ("tls", True)
        thread.join()


@pytest.mark.parametrize("replay", ["safe", *FRESH])
def test_nothing_left_where_the_certificate_is_unknown(
    replay: str,
    send: Send,
    by_replay: dict[str, venuekey.parts.HttpRequest],
    server: Loopback,
    own_certificate: ssl.SSLContext,
) -> None:
    """The name and the dates are right; nobody vouches for it."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with contextlib.suppress(OSError), own_certificate.wrap_socket(connection, server_side=True) as secure:
                received.append(secure.recv(65536))
                secure.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

        thread = threading.Thread(target=answer)
        thread.start()
        request = elsewhere(by_replay[replay], f"https://localhost:{listener.getsockname()[1]}")
        assert lost(send, request) == ("tls", True)
        thread.join()
    assert b"".join(received) == b""


@pytest.fixture(scope="module")
def own_certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """localhost's own, valid today and tomorrow."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    no_password = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize("replay", FRESH)
def test_what_has_left_is_in_doubt(
    replay: str, send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    def reset(request: Recorded) -> Iterable[bytes]:
        raise OSError

    server.answer = reset
    assert lost(send, by_replay[replay])[1] is False
    held = threading.Event()

    def silence(request: Recorded) -> Iterable[bytes]:
        held.wait()
        return []

    server.answer = silence
    server.recorded.clear()
    patience_ms, told = 200, None
    while told is None or told[1]:  # a slow machine has not sent it in that time
        told, patience_ms = lost(send, Impatient(by_replay[replay], patience_ms)), 2 * patience_ms
    assert told == ("timeout", False)
    held.set()


@pytest.mark.parametrize("replay", ["safe", "never"])
def test_a_kept_connection_that_is_dead_is_in_doubt(
    replay: str, send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    send(by_replay["safe"])
    server.answer = lambda request: None
    assert lost(send, by_replay[replay])[1] is False


def test_a_transport_of_the_host_s_own_is_in_doubt(by_replay: dict[str, venuekey.parts.HttpRequest]) -> None:
    """It may have sent the request before, and come to a refused connection at its own second try."""

    def fails(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    send = httpx_sender(transport=httpx.MockTransport(fails))
    assert lost(send, by_replay["never"]) == ("connection_lost", False)


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return lambda value: monkeypatch.setenv("ALL_PROXY", value)


def no_socks(*given: Any, **named: Any) -> None:
    """What requests has for it where PySocks is not installed."""
    raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(
    "value",
    ["socks5://user:canary@127.0.0.1:9", "foo://user:canary@127.0.0.1:9", "http://user:canary@[::1", "http://:canary@"],
)
def test_a_proxy_that_can_t_be_used_fails_when_the_sender_is_made(
    value: str, make: Callable[[], object], proxied: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", no_socks)
    proxied(value)
    with pytest.raises((ValueError, ImportError)) as caught:
        make()
    assert "canary" not in f"{caught.value!r}{[*map(repr, caught.value.args)]}"
    shown = repr(caught.value).lower()
    assert "socks" in shown if value.startswith("socks") else "proxy" in shown, shown


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_other_proxy_settings_do_no_harm(make: Callable[[], object], proxied: Callable[[str], None]) -> None:
    for value in ("", "127.0.0.1:9", "http://user:pass@proxy.example:3128"):
        proxied(value)
        make()


def test_an_option_that_httpx_does_not_know(server: Loopback) -> None:
    for make in (httpx_sender, async_httpx_sender):
        with pytest.raises(TypeError, match="prxy"):
            make(prxy="http://127.0.0.1:9")


def test_a_host_s_own_exception_goes_through(by_replay: dict[str, venuekey.parts.HttpRequest]) -> None:
    class SoftTimeLimit(Exception):
        pass

    def interrupts(request: httpx.Request) -> httpx.Response:
        raise SoftTimeLimit

    with pytest.raises(SoftTimeLimit):
        httpx_sender(transport=httpx.MockTransport(interrupts))(by_replay["never"])


def test_the_handshake_behind_a_proxy_names_the_venue(
    send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hellos: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def tunnel() -> None:
            connection, _ = listener.accept()
            with connection:
                assert connection.recv(65536).startswith(b"CONNECT venue.example:443 ")
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                hellos.append(connection.recv(65536))

        thread = threading.Thread(target=tunnel)
        thread.start()
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "")
        # One that trusts the environment; those of the fixture are of a kind each.
        by_kind: dict[str, Callable[[], Send]] = {"httpx": httpx_sender, "requests": requests_sender}
        own = next((make() for name, make in by_kind.items() if kind.startswith(name)), send)
        assert lost(own, elsewhere(by_replay["never"], "https://venue.example"))[1], "nothing but CONNECT left"
        thread.join()
    assert b"venue.example" in hellos[0], "the venue's name, in the clear (SNI)"


def test_a_socks_proxy_is_not_gone_past(
    by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pools of its manager open their connections through it; a stand-in, as the package may not be here."""
    through: list[str] = []

    class Socks(HTTPConnection):
        def connect(self) -> None:
            through.append(self.host)
            super().connect()

    class Pool(HTTPConnectionPool):
        ConnectionCls: Any = Socks

    class Manager(PoolManager):
        def __init__(self, url: str, **named: Any) -> None:
            super().__init__(**{name: named[name] for name in ("num_pools", "maxsize", "block")})
            self.pool_classes_by_scheme = {"http": Pool}

    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", Manager)
    with requests.Session() as session:
        session.proxies = {"http": "socks5://127.0.0.1:9"}
        send = requests_sender(session)
        for request in by_replay.values():
            assert send(request).status == 200
    assert through == ["127.0.0.1"] * 3


def test_an_adapter_of_the_host_s_own_class_is_used(
    by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    used = []

    class Mine(HTTPAdapter):
        def send(self, *given: Any, **named: Any) -> requests.Response:
            used.append(given)
            return super().send(*given, **named)

    with requests.Session() as session:
        session.mount("http://", Mine())
        requests_sender(session)(by_replay["safe"])
    assert len(used) == 1


def test_the_exception_itself() -> None:
    plain_one = venuekey.NoResponse()
    assert (plain_one.code, plain_one.not_sent, str(plain_one)) == ("connection_lost", False, "connection_lost")
    sure = pickle.loads(pickle.dumps(venuekey.NoResponse("ECONNREFUSED", not_sent=True)))
    assert (sure.code, sure.not_sent, str(sure)) == ("ECONNREFUSED", True, "ECONNREFUSED, not sent")
