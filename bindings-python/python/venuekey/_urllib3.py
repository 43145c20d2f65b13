"""An adapter for requests whose connections keep to one deadline; imported with requests alone."""

from __future__ import annotations

import io
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from ._deadline import connects, left_s, sends
from ._proxies import of_the_environment, refusal


class BoundedAdapter(HTTPAdapter):
    """The connections are bounded, through any proxy too."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named)
        _bound(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **named: Any) -> Any:
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **named)
        if is_new:
            _bound(manager)
        return manager


def bounded_like(adapter: HTTPAdapter) -> HTTPAdapter:
    """A bounded one with the same retries and the same size of the pool. One of a kind of its own is taken as it is."""
    if type(adapter) is not HTTPAdapter:
        return adapter
    bounded = BoundedAdapter()
    bounded.__setstate__(adapter.__getstate__())  # type: ignore[attr-defined]
    return bounded


def check_proxies(session: requests.Session) -> None:
    for proxy in [*filter(None, session.proxies.values()), *(of_the_environment() if session.trust_env else ())]:
        url = proxy if "://" in proxy else f"http://{proxy}"
        try:
            BoundedAdapter().proxy_manager_for(url)
            if parse_url(url).host:
                continue
            why = "it names no host"
        except (ValueError, HTTPError) as error:
            why = type(error).__name__ + ("; SOCKS needs requests[socks]" if url.startswith("socks") else "")
        raise refusal(why)


def _bound(manager: Any) -> None:
    # Those of the manager: a SOCKS proxy has its own, and others would go past it.
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _bounded(pool) for scheme, pool in pools.items()}


_POOLS: dict[Any, Any] = {}


def _bounded(pool: Any) -> Any:
    """The same kind of pool, of connections that keep to the deadline."""
    plain = pool.ConnectionCls

    def connect(connection: Any) -> None:
        connects()
        plain.connect(connection)
        connection.sock = _BoundedSocket(connection.sock)

    if pool not in _POOLS:
        bounded = type(plain.__name__, (plain,), {"connect": connect})
        _POOLS[pool] = type(pool.__name__, (pool,), {"ConnectionCls": bounded})
    return _POOLS[pool]


class _BoundedSocket:
    """A socket, of which http.client uses `sendall` and `makefile`."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def sendall(self, data: Any) -> None:
        self._socket.settimeout(left_s())
        sends()
        self._socket.sendall(data)

    def makefile(self, *given: Any, **named: Any) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self._socket))


class _BoundedReader(io.RawIOBase):
    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._file = socket.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Any:
        self._socket.settimeout(left_s())
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()
