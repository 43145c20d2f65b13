"""An adapter for requests whose connections keep to one deadline; imported with requests alone."""

from __future__ import annotations

import io
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from ._deadline import left_s


class BoundedAdapter(HTTPAdapter):
    """The connections are bounded, through a proxy too."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **named: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **named)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock: Any = _BoundedSocket(self.sock)


class _TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock: Any = _BoundedSocket(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls: Any = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls: Any = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}


class _BoundedSocket:
    """A socket, of which http.client uses `sendall` and `makefile`."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def sendall(self, data: Any) -> None:
        self._socket.settimeout(left_s())
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
