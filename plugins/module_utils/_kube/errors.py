# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can come back from an API server instead of an object, as errors that callers can tell apart."""

from __future__ import annotations

import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import RegcredError


class ConnectionProblem(RegcredError):
    """There is no way to an API server: no usable configuration, no answer, no trust."""


class ApiError(RegcredError):
    """
    The API server answered with a failure.

    Args:
        status: The HTTP status.
        reason: The ``reason`` of the Status object, empty when the answer was none.
        message: Its ``message``; never the raw body.
        request: What was asked, such as ``PATCH /api/v1/namespaces/team-a/secrets/regcred``.
        cure: What to do, where that is known.
    """

    cure = ""

    def __init__(self, status: int, reason: str, message: str, request: str) -> None:
        shown = f"{request}: {status} {reason or 'without a reason'}: {message}"
        super().__init__(f"{shown}; {self.cure}" if self.cure else shown)
        self.status = status
        self.reason = reason
        self.message = message


class Unauthorized(ApiError):
    """401: the API server does not know who asks."""

    cure = (
        "the credential is missing, wrong or expired, or the kubeconfig's credential plugin failed:"
        " log in again, or set kubeconfig, context or api_key"
    )


class Forbidden(ApiError):
    """403: the user may not do this."""

    cure = "grant the verb by a Role or ClusterRole, or use another user"


class NotFound(ApiError):
    """404: there is no such object, or no such kind of object."""


class Conflict(ApiError):
    """409, or a JSON patch whose test failed: somebody else was faster."""

    cure = "another writer keeps changing the object: run again"


class AlreadyExists(ApiError):
    """409 on a create: there is an object of this name."""


class Expired(ApiError):
    """410: a list was continued too late."""


class Invalid(ApiError):
    """400 or 422: the API server refuses the object or the request."""


class TooManyRequests(ApiError):
    """429, still after all retries."""

    cure = "lower concurrency, or run again when the API server is less busy"


class ServerProblem(ApiError):
    """5xx, still after all retries."""

    cure = "see the API server's log, or run again"


_BY_STATUS: t.Mapping[int, type[ApiError]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Expired,
    422: Invalid,
    429: TooManyRequests,
}
_PATCH_NOT_APPLIED = "the server rejected our request due to an error in our request"
"""What a 422 says when the JSON patch did not fit the object: the server keeps to itself that a test failed."""


def api_error(status: int, body: t.Any, request: str) -> ApiError:
    """
    The error for an answer.

    Args:
        status: The HTTP status, 400 or more.
        body: The parsed ``Status`` object, or ``None`` when the answer was something else.
        request: What was asked.
    """
    answer = body if isinstance(body, dict) and body.get("kind") == "Status" else {}
    reason = str(answer.get("reason") or "")
    message = str(answer.get("message") or "the answer was no Status object")
    return _error_type(status, reason, message)(status, reason, message, request)


def _error_type(status: int, reason: str, message: str) -> type[ApiError]:
    if reason == "AlreadyExists":
        return AlreadyExists
    if status == 422 and message == _PATCH_NOT_APPLIED:
        return Conflict
    if status >= 500:
        return ServerProblem
    return _BY_STATUS.get(status, ApiError)
