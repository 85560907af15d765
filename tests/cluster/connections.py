"""Kept connections to one HTTPS server, shared by many threads."""

from __future__ import annotations

import collections
import http.client
import typing as t
import weakref

from tests.cluster.errors import Unreachable

if t.TYPE_CHECKING:
    import ssl


class Connections:
    """
    Takes a connection that is idle, or makes one; gives it back after the answer.

    They are closed when this object goes.
    """

    def __init__(self, host: str, port: int, *, context: ssl.SSLContext, timeout: float) -> None:
        """
        Prepare; nothing is connected yet.

        Args:
            host: A name or an IP address.
            port: The port.
            context: Whom to trust, and with which certificate to come.
            timeout: Seconds that one answer may take.
        """
        self._host, self._port, self._context, self._timeout = host, port, context, timeout
        self._idle: collections.deque[http.client.HTTPSConnection] = collections.deque()
        weakref.finalize(self, _close_all, self._idle)

    def exchange(
        self, method: str, path: str, content: bytes | None, headers: t.Mapping[str, str]
    ) -> tuple[int, bytes]:
        """
        Send a request.

        Returns:
            The status and the body of the answer.

        Raises:
            Unreachable: Nobody answered, or somebody whom the TLS context does not trust.
        """
        while True:
            connection, is_new = self._take()
            try:
                connection.request(method, path, content, dict(headers))
                response = connection.getresponse()
                answer = response.status, response.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                # A server may close a connection that was idle; only on a new one is that an error.
                if is_new or not isinstance(error, ConnectionError):
                    raise Unreachable(f"https://{self._host}:{self._port}: {error}") from error
            except BaseException:
                connection.close()
                raise
            else:
                self._idle.append(connection)
                return answer

    def _take(self) -> tuple[http.client.HTTPSConnection, bool]:
        try:
            return self._idle.pop(), False
        except IndexError:
            new = http.client.HTTPSConnection(self._host, self._port, context=self._context, timeout=self._timeout)
            return new, True


def _close_all(idle: collections.deque[http.client.HTTPSConnection]) -> None:
    while idle:
        idle.pop().close()
