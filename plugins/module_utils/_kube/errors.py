# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can come back from an API server instead of an object, as errors that callers can tell apart."""

from __future__ import annotations

import re
import typing as t

from .._domain.errors import RegcredError


class RequestError(RegcredError):
    """A request was not carried out as far as its sender knows."""

    was_repeated = False
    """Whether it, or an attempt before, may have been carried out all the same, since the answer to that was lost."""


class ConnectionProblem(RequestError):
    """There is no way to an API server: no usable configuration, no answer, no trust."""


class OutOfTime(RequestError):
    """The time that the whole run may take is over."""


class ApiError(RequestError):
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
        cure = next((cure for part, cure in _CURES if part.search(message)), self.cure)
        super().__init__(f"{shown}; {cure}" if cure else shown)
        self.status = status
        self.reason = reason
        self.message = message


_CURES = (
    (
        re.compile("admission webhook .+ denied the request|ValidatingAdmissionPolicy .+ denied request"),
        "a policy of the cluster refuses it, whatever the user may do: see whoever set the policy up",
    ),
    (
        re.compile("failed calling webhook"),
        "the webhook is out of order, which stops whatever it is asked about: see whoever set it up",
    ),
    (
        re.compile("because it is being terminated"),
        "the namespace is being deleted: leave it out (exclude_namespaces), or run again when it is gone",
    ),
    (re.compile("exceeded quota"), "raise the namespace's ResourceQuota, or remove what is not needed"),
    (re.compile("violates PodSecurity"), "choose a namespace whose Pod Security level allows it"),
    (re.compile("Client sent an HTTP request to an HTTPS server"), "write https:// in host"),
)
"""What to do about some messages, of whatever status: webhooks choose theirs themselves."""


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
    """404 of an API server: there is no such object, or no such kind of object."""


class Conflict(ApiError):
    """409: somebody else was faster."""

    cure = "another writer keeps changing the object: run again"


class AlreadyExists(ApiError):
    """409 on a create: there is an object of this name."""


class Expired(ApiError):
    """410: a list was continued too late."""


class Invalid(ApiError):
    """400 or 422: the API server refuses the object or the request."""


class ForeignAnswer(ApiError):
    """A refusal that is not of an API server: whether the object exists, or who is allowed what, is not known."""

    cure = "check host and proxy"


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

_WITHOUT_STATUS = (429, 500, 502, 503, 504)
"""What an API server says without a Status when it is busy, and what balancers before it say."""


def api_error(
    status: int, body: t.Any, request: str, server: str = "the server", *, hide: t.Callable[[str], str] = str
) -> ApiError:
    """
    The error for an answer.

    Args:
        status: The HTTP status.
        body: The parsed ``Status`` object, or whatever the answer was instead.
        request: What was asked, such as ``GET /api/v1/nodes``.
        server: Who was asked.
        hide: Hides secrets in what the server says.
    """

    def error(kind: type[ApiError], reason: str, message: str) -> ApiError:
        return kind(status, hide(reason), hide(message), request)

    if isinstance(body, dict) and body.get("kind") == "Status":
        reason, message = str(body.get("reason") or ""), str(body.get("message") or "")
        return error(_error_type(status, reason), reason, message)
    if isinstance(body, str) and "HTTP request to an HTTPS server" in body:
        return error(ForeignAnswer, "", "Client sent an HTTP request to an HTTPS server")
    message = f"{server} answered without the Status object that an API server gives"
    if status in _WITHOUT_STATUS:
        return error(_error_type(status, ""), "", message)
    if status == 404 and " /apis/" in request:  # the API server has no Status for an API group that it does not have
        return error(NotFound, "", message)
    return error(ForeignAnswer, "", message)


def _error_type(status: int, reason: str) -> type[ApiError]:
    if reason == "AlreadyExists":
        return AlreadyExists
    if status >= 500:
        return ServerProblem
    return _BY_STATUS.get(status, ApiError)


_OTHER_NAME = (62, 64)
_EXPIRED, _NOT_YET_VALID = 10, 9
"""Results of ``X509_verify_cert`` (``openssl/x509_vfy.h``)."""


def distrust(error: BaseException) -> str:
    """Why there is no TLS, and what to do."""
    text, code, reason = str(error), getattr(error, "verify_code", 0), getattr(error, "reason", None) or ""
    if code in _OTHER_NAME or "doesn't match" in text:
        return (
            f"the server's certificate is for another name ({text});"
            " set tls_server_name to a name that it has, or correct host"
        )
    if code in (_EXPIRED, _NOT_YET_VALID):
        return f"the server's certificate is out of date ({text}); have it renewed, or set this machine's clock"
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"):
        return f"nobody speaks TLS there ({text}); correct the port, or write http:// in host where that is meant"
    if "ALERT" in reason:
        return f"the server ends the TLS handshake ({text}); check client_cert and client_key, and tls_server_name"
    return f"the server's certificate is not trusted ({text}); set ca_cert to the authority that signed it"


def innermost_text(error: t.Any) -> str:
    """The text of the innermost cause: urllib3 puts object addresses around it."""
    cause = innermost(error)
    return str(getattr(cause, "strerror", None) or cause)


def innermost(error: BaseException) -> BaseException:
    """What an error began with."""
    while isinstance(error.__cause__ or error.__context__, Exception):
        error = t.cast("BaseException", error.__cause__ or error.__context__)
    return error
