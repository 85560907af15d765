"""Answers of an API server that are no object."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import (
    AlreadyExists,
    ApiError,
    Conflict,
    Expired,
    Forbidden,
    ForeignAnswer,
    Invalid,
    NotFound,
    ServerProblem,
    TooManyRequests,
    Unauthorized,
    api_error,
)

REQUEST = "PATCH /api/v1/namespaces/team-a/secrets/regcred"


def status(reason: str, message: str) -> dict[str, t.Any]:
    """A Status object."""
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message}


class Case(t.NamedTuple):
    """An answer, and the error that it is."""

    code: int
    body: t.Any
    error: type[ApiError]
    text: str


CASES = {
    "400": Case(400, status("BadRequest", "bad"), Invalid, f"{REQUEST}: 400 BadRequest: bad"),
    "401": Case(
        401,
        status("Unauthorized", "Unauthorized"),
        Unauthorized,
        f"{REQUEST}: 401 Unauthorized: Unauthorized;"
        " the credential is missing, wrong or expired, or the kubeconfig's credential plugin failed: log in again,"
        " or set kubeconfig, context or api_key",
    ),
    "403": Case(
        403,
        status("Forbidden", 'secrets "regcred" is forbidden'),
        Forbidden,
        f'{REQUEST}: 403 Forbidden: secrets "regcred" is forbidden;'
        " grant the verb by a Role or ClusterRole, or use another user",
    ),
    "404": Case(404, status("NotFound", "not found"), NotFound, f"{REQUEST}: 404 NotFound: not found"),
    "409": Case(
        409,
        status("Conflict", "modified"),
        Conflict,
        f"{REQUEST}: 409 Conflict: modified; another writer keeps changing the object: run again",
    ),
    "409 on a create": Case(
        409, status("AlreadyExists", "exists"), AlreadyExists, f"{REQUEST}: 409 AlreadyExists: exists"
    ),
    "410": Case(410, status("Expired", "too old"), Expired, f"{REQUEST}: 410 Expired: too old"),
    "422": Case(422, status("Invalid", "is invalid"), Invalid, f"{REQUEST}: 422 Invalid: is invalid"),
    "429, plain text": Case(
        429,
        None,
        TooManyRequests,
        f"{REQUEST}: 429 without a reason: the server answered without the Status object that an API server gives;"
        " lower concurrency, or run again when the API server is less busy",
    ),
    "500": Case(
        500,
        status("InternalError", "etcd"),
        ServerProblem,
        f"{REQUEST}: 500 InternalError: etcd; see the API server's log, or run again",
    ),
    "503": Case(
        503,
        None,
        ServerProblem,
        f"{REQUEST}: 503 without a reason: the server answered without the Status object that an API server gives;"
        " see the API server's log, or run again",
    ),
    "a status of its own": Case(418, status("Teapot", "short"), ApiError, f"{REQUEST}: 418 Teapot: short"),
    "not a Status": Case(
        403,
        {"kind": "Secret", "message": "hunter2"},
        ForeignAnswer,
        f"{REQUEST}: 403 without a reason: the server answered without the Status object that an API server gives;"
        " check host and proxy",
    ),
    "the 404 of a balancer": Case(
        404,
        ["hunter2"],
        ForeignAnswer,
        f"{REQUEST}: 404 without a reason: the server answered without the Status object that an API server gives;"
        " check host and proxy",
    ),
    "the 409 of a balancer": Case(
        409,
        "hunter2",
        ForeignAnswer,
        f"{REQUEST}: 409 without a reason: the server answered without the Status object that an API server gives;"
        " check host and proxy",
    ),
    "HTTP where HTTPS is spoken": Case(
        400,
        "Client sent an HTTP request to an HTTPS server.\n",
        ForeignAnswer,
        f"{REQUEST}: 400 without a reason: Client sent an HTTP request to an HTTPS server; write https:// in host",
    ),
    "denied by a webhook": Case(
        403,
        status("Forbidden", 'admission webhook "x.example.com" denied the request: no'),
        Forbidden,
        f'{REQUEST}: 403 Forbidden: admission webhook "x.example.com" denied the request: no;'
        " a policy of the cluster refuses it, whatever the user may do: see whoever set the policy up",
    ),
    "denied by a policy": Case(
        422,
        status("Invalid", "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"),
        Invalid,
        f"{REQUEST}: 422 Invalid: ValidatingAdmissionPolicy 'p' with binding 'b' denied"
        " request: no; a policy of the cluster refuses it, whatever the user may do: see whoever set the policy up",
    ),
    "a webhook that is away": Case(
        500,
        status("InternalError", 'Internal error occurred: failed calling webhook "x": timeout'),
        ServerProblem,
        f'{REQUEST}: 500 InternalError: Internal error occurred: failed calling webhook "x": timeout;'
        " the webhook is out of order, which stops whatever it is asked about: see whoever set it up",
    ),
    "a namespace that goes": Case(
        403,
        status("Forbidden", "unable to create new content in namespace a because it is being terminated"),
        Forbidden,
        f"{REQUEST}: 403 Forbidden: unable to create new content in namespace a because it is being terminated;"
        " the namespace is being deleted: leave it out (exclude_namespaces), or run again when it is gone",
    ),
    "a quota": Case(
        403,
        status("Forbidden", "exceeded quota: q"),
        Forbidden,
        f"{REQUEST}: 403 Forbidden: exceeded quota: q;"
        " raise the namespace's ResourceQuota, or remove what is not needed",
    ),
}


def test_unknown_api_group() -> None:
    """An API server has no Status for an API group that it does not have; that is no object, too."""
    error = api_error(404, "404 page not found\n", "GET /apis/project.openshift.io/v1/projects")

    assert isinstance(error, NotFound)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_errors(case: Case) -> None:
    """Each answer is an error of its type that names the request and the cure, and never quotes a body."""
    error = api_error(case.code, case.body, REQUEST)

    assert (case.error, case.text, case.code) == (type(error), str(error), error.status)
