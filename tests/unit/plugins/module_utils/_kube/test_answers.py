"""What counts as an answer of an API server."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.answers import Place, is_answer, place_of

SECRET = "/api/v1/namespaces/a/secrets/b"
SECRETS = "/api/v1/namespaces/a/secrets"


def an_object(kind: str, name: str, namespace: str = "", version: str = "v1") -> dict[str, t.Any]:
    """An object as an API server gives it."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"kind": kind, "apiVersion": version, "metadata": metadata}


PLACES = {
    SECRET: Place("v1", "secrets", "a", "b"),
    SECRETS: Place("v1", "secrets", "a", ""),
    "/api/v1/secrets": Place("v1", "secrets", "", ""),
    "/api/v1/namespaces": Place("v1", "namespaces", "", ""),
    "/api/v1/namespaces/a": Place("v1", "namespaces", "", "a"),
    "/api/v1/namespaces/a/status": Place("v1", "namespaces", "", "a"),
    "/apis/apps/v1/namespaces/a/deployments/b": Place("apps/v1", "deployments", "a", "b"),
    "/api/v1/namespaces/a/secrets/b%2Fc": Place("v1", "secrets", "a", "b/c"),
}


@pytest.mark.parametrize(("path", "place"), PLACES.items(), ids=PLACES.keys())
def test_places(path: str, place: Place) -> None:
    """A path leads to objects of a kind, in a namespace or all."""
    assert place == place_of(path)


@pytest.mark.parametrize("path", ["/version", "/readyz", "/apis", "/"])
def test_no_place(path: str) -> None:
    """Other paths lead to no objects."""
    assert place_of(path) is None


class Case(t.NamedTuple):
    """A request, and an answer to it."""

    method: str
    path: str
    answer: t.Any
    body: t.Any = None


ANSWERS = {
    "an object": Case("GET", SECRET, an_object("Secret", "b", "a")),
    "a patched object": Case("PATCH", SECRET, an_object("Secret", "b", "a"), {}),
    "a created object": Case("POST", SECRETS, an_object("Secret", "b", "a"), {"metadata": {"name": "b"}}),
    "a review": Case(
        "POST",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {}},
        {"spec": {}},
    ),
    "a project": Case(
        "POST",
        "/apis/project.openshift.io/v1/projectrequests",
        an_object("Project", "p", version="project.openshift.io/v1"),
        {"metadata": {"name": "p"}},
    ),
    "a deleted object": Case("DELETE", SECRET, an_object("Secret", "b", "a")),
    "a Status of a delete": Case("DELETE", SECRET, {"kind": "Status", "apiVersion": "v1", "status": "Success"}),
    "a list": Case("GET", SECRETS, {"kind": "SecretList", "apiVersion": "v1", "items": []}),
    "a list of null": Case("GET", SECRETS, {"kind": "SecretList", "apiVersion": "v1", "items": None}),
    "metadata": Case(
        "GET", SECRETS, {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "items": []}
    ),
}
FOREIGN = {
    "something": Case("PATCH", SECRET, {"status": "ok"}, {}),
    "no object": Case("GET", SECRET, [1]),
    "a text": Case("GET", SECRET, "<html>"),
    "a kind that is no text": Case("GET", SECRET, {"kind": 1}),
    "another kind": Case("POST", SECRETS, an_object("ConfigMap", "b", "a"), {"metadata": {"name": "b"}}),
    "another version": Case("GET", SECRET, an_object("Secret", "b", "a", "v2")),
    "another name": Case("PATCH", SECRET, an_object("Secret", "c", "a"), {}),
    "another name than was made": Case("POST", SECRETS, an_object("Secret", "c", "a"), {"metadata": {"name": "b"}}),
    "another namespace": Case("GET", SECRET, an_object("Secret", "b", "x")),
    "no metadata": Case("GET", SECRET, {"kind": "Secret", "apiVersion": "v1"}),
    "a list for an object": Case("GET", SECRET, {"kind": "SecretList", "apiVersion": "v1", "items": []}),
    "an object for a list": Case("GET", SECRETS, an_object("Secret", "b", "a")),
    "a list of another kind": Case("GET", SECRETS, {"kind": "PodList", "apiVersion": "v1", "items": []}),
    "a list without a list": Case("GET", SECRETS, {"kind": "SecretList", "apiVersion": "v1", "items": {}}),
    "a failure of a delete": Case("DELETE", SECRET, {"kind": "Status", "apiVersion": "v1", "status": "Failure"}),
    "a Status of a create": Case("POST", SECRETS, {"kind": "Status", "apiVersion": "v1", "status": "Success"}, {}),
}


@pytest.mark.parametrize("case", ANSWERS.values(), ids=ANSWERS.keys())
def test_answers(case: Case) -> None:
    """What an API server says when it has done what was asked."""
    assert is_answer(case.answer, case.method, place_of(case.path), case.body)


@pytest.mark.parametrize("case", FOREIGN.values(), ids=FOREIGN.keys())
def test_foreign(case: Case) -> None:
    """Whatever else comes says nothing about what was asked."""
    assert not is_answer(case.answer, case.method, place_of(case.path), case.body)
