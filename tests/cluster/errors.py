"""What can go wrong around a cluster, as types: each message says what, where and what to do."""

from __future__ import annotations

import typing as t


class ClusterError(Exception):
    """The cluster could not be built, started, reached or used."""


class ToolchainError(ClusterError):
    """No Go that is new enough could be had."""


class BuildError(ClusterError):
    """A program could not be built."""


class ComponentEnded(ClusterError):
    """A component ended on its own; the message carries the end of its log."""


class PortTaken(ClusterError):
    """Somebody else listens where a component was to listen; another port helps."""


class StartTimeout(ClusterError):
    """The components run, but the cluster was not ready in time."""


class Unreachable(ClusterError):
    """No API server answered, or one that is not ours."""


class ApiError(ClusterError):
    """
    The API server refused a request.

    Attributes:
        status: The HTTP status, for example 422.
        reason: Kubernetes' word for it, for example ``Invalid``; empty when the answer had none.
    """

    def __init__(self, request: str, status: int, reason: str, message: str) -> None:
        super().__init__(f"{request}: {status} {reason}: {message}")
        self.status = status
        self.reason = reason

    @staticmethod
    def of(request: str, status: int, answer: t.Mapping[str, t.Any]) -> ApiError:
        """
        The error for an answer, of the class for its status.

        Args:
            request: Method and path, for example ``GET /api/v1/namespaces``.
            status: The HTTP status.
            answer: A ``Status`` object, or an empty mapping when the answer was none.
        """
        kind = BY_STATUS.get(status, ApiError)
        return kind(request, status, answer.get("reason", ""), answer.get("message", "no reason given"))


class Unauthorized(ApiError):
    """401: the server does not know who asks."""


class Forbidden(ApiError):
    """403: the server knows who asks, and RBAC does not allow it."""


class NotFound(ApiError):
    """404: no such object or path."""


class Conflict(ApiError):
    """409: it exists already, or was changed in between."""


BY_STATUS: t.Final[t.Mapping[int, type[ApiError]]] = {401: Unauthorized, 403: Forbidden, 404: NotFound, 409: Conflict}


def last_lines(text: str, count: int = 15) -> str:
    """The end of a log, for a message."""
    return "\n".join(text.strip().splitlines()[-count:])
