"""
Identities with real RBAC: users with a client certificate, ServiceAccounts with a token, and exactly the rules they were given.

Who is given no rule is authenticated all the same, and may do what every authenticated user may: next to nothing.
"""

from __future__ import annotations

import time
import typing as t

from tests.cluster.deadlines import wait_for
from tests.cluster.pki import KeyPair, sign_token

if t.TYPE_CHECKING:
    from tests.cluster.client import Client, Document

RBAC: t.Final = "rbac.authorization.k8s.io"
Rule: t.TypeAlias = t.Mapping[str, t.Any]
TokenState: t.TypeAlias = t.Literal["valid", "expired", "invalid"]


def rule(
    resources: t.Iterable[str], verbs: t.Iterable[str], *, api_group: str = "", names: t.Iterable[str] = ()
) -> Rule:
    """
    A PolicyRule.

    Args:
        resources: Plurals, for example ``["secrets", "pods/log"]``.
        verbs: For example ``["get", "list"]``.
        api_group: For example ``apps``; empty is the core group.
        names: The objects that the rule is about; empty means all.
    """
    only = {"resourceNames": list(names)} if names else {}
    return {"apiGroups": [api_group], "resources": list(resources), "verbs": list(verbs), **only}


def user_subject(name: str) -> Document:
    """A user as a binding names it."""
    return {"apiGroup": RBAC, "kind": "User", "name": name}


def service_account_subject(namespace: str, name: str) -> Document:
    """A ServiceAccount as a binding names it."""
    return {"kind": "ServiceAccount", "namespace": namespace, "name": name}


def grant(
    client: Client, name: str, subject: Document, rules: t.Sequence[Rule], namespaces: t.Iterable[str] | None
) -> None:
    """
    Allow a subject exactly these rules, in these namespaces or (None) in the whole cluster, and wait until they hold.

    Role and binding are called ``test:NAME``; those that were there under that name are replaced.

    Raises:
        StartTimeout: The API server does not go by the rules.
    """
    places: list[Document] = [{}] if namespaces is None else [{"namespace": namespace} for namespace in namespaces]
    for place in places:
        kind = "Role" if place else "ClusterRole"
        metadata = {"name": f"test:{name}", **place}
        role = {"apiGroup": RBAC, "kind": kind, "name": metadata["name"]}
        client.apply(_rbac(kind, metadata, rules=list(rules)))
        client.apply(_rbac(f"{kind}Binding", metadata, subjects=[subject], roleRef=role))
        for each in rules:
            _wait_until_it_holds(client, subject, each, place)


def ensure_service_account(client: Client, namespace: str, name: str) -> Document:
    """The ServiceAccount, made when it is not there."""
    return client.apply(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": namespace, "name": name}}
    )


def request_token(client: Client, service_account: Document, seconds: int) -> str:
    """A token of a ServiceAccount from the TokenRequest API, which gives none for less than 600 seconds."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": seconds}}
    return str(client.request("POST", f"{client.path(service_account)}/token", body)["status"]["token"])


def expired_token(key: KeyPair, issuer: str, service_account: Document) -> str:
    """A token that is right in all but its time: it ended a minute ago."""
    metadata = service_account["metadata"]
    now = int(time.time())
    names = {"namespace": metadata["namespace"], "serviceaccount": {"name": metadata["name"], "uid": metadata["uid"]}}
    subject = _user_name(service_account_subject(metadata["namespace"], metadata["name"]))
    times = {"iat": now - 3600, "nbf": now - 3600, "exp": now - 60}
    return sign_token(key, {"iss": issuer, "aud": [issuer], "sub": subject, "kubernetes.io": names, **times})


def _rbac(kind: str, metadata: Document, **fields: t.Any) -> Document:
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata, **fields}


def _wait_until_it_holds(client: Client, subject: Document, wanted: Rule, place: Document) -> None:
    """The API server reads roles from a watch: what was written a millisecond ago may not count yet."""
    resource, _unused, subresource = wanted["resources"][0].partition("/")
    attributes = {"group": wanted["apiGroups"][0], "resource": resource, "subresource": subresource, **place}
    attributes.update(verb=wanted["verbs"][0], name=wanted.get("resourceNames", [""])[0])
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "metadata": {},
        "spec": {"user": _user_name(subject), "resourceAttributes": attributes},
    }
    wait_for(
        lambda: client.create(review)["status"]["allowed"],
        f"{subject['name']}: the API server does not go by this rule: {wanted}",
    )


def _user_name(subject: Document) -> str:
    if subject["kind"] == "User":
        return str(subject["name"])
    return f"system:serviceaccount:{subject['namespace']}:{subject['name']}"
