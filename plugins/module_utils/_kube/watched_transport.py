# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A transport under the eyes of whoever hides secrets.

An admission policy may quote the object that it refuses, ours or the one that is there, and a proxy may send back a whole
request. So whatever is secret is known before a request goes out, and what the server says is looked through at once.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .errors import ApiError
from .transport import Headers, Request, Server, Transport


class Watcher(t.Protocol):
    """It is given all that may hold a secret, and hides secrets in texts."""

    def see_headers(self, headers: t.Mapping[str, str]) -> None:
        """Headers that say who asks."""

    def see_object(self, path: str, body: t.Any) -> None:
        """An object, a list or a patch that is sent or was read."""

    def hide(self, text: str) -> str:
        """The text of a server, with all secrets in it hidden."""


class WatchedTransport(Transport):
    """
    A transport that shows its watcher all that comes and goes.

    Args:
        server: As for the transport, and so is the rest.
        watcher: Whoever hides secrets.
    """

    def __init__(self, server: Server, connections: int, watcher: Watcher, **details: t.Any) -> None:
        watcher.see_headers(server.proxy_headers)
        super().__init__(replace(server, credentials=lambda: self._seen_credentials(server)), connections, **details)
        self._watcher = watcher

    def send(self, request: Request) -> dict[str, t.Any]:
        """Send as a transport does, with request, answer and the server's message shown to the watcher first."""
        if request.body is not None:
            self._watcher.see_object(request.path, request.body)
        try:
            answer = super().send(request)
        except ApiError as error:
            reason, message = self._watcher.hide(error.reason), self._watcher.hide(error.message)
            ApiError.__init__(error, error.status, reason, message, request.title)
            raise
        self._watcher.see_object(request.path, answer)
        return answer

    def _seen_credentials(self, server: Server) -> Headers:
        headers = server.credentials()
        self._watcher.see_headers(headers)
        return headers
