"""What is stored in a cluster, so that a test can tell that nothing was written."""

from __future__ import annotations

import base64
import json
import typing as t

from tests.cluster.client import Client, Document
from tests.cluster.errors import NotFound

Versions: t.TypeAlias = dict[tuple[str, str, str], str]


def stored_versions(client: Client) -> Versions:
    """The resourceVersion of each namespace, Secret and ServiceAccount that people might have made."""
    namespaces = {
        item["metadata"]["name"]: item
        for item in client.list("/api/v1/namespaces")
        if "deletionTimestamp" not in item["metadata"] and not item["metadata"]["name"].startswith("kube-")
    }
    found = {("namespaces", "", name): _version(item) for name, item in namespaces.items()}
    for kind in ("secrets", "serviceaccounts"):
        for item in client.list(f"/api/v1/{kind}"):
            place = item["metadata"]["namespace"]
            if place in namespaces:
                found[kind, place, item["metadata"]["name"]] = _version(item)
    return found


def stored_secret(client: Client, namespace: str, name: str = "regcred") -> Document | None:
    """A Secret, None when there is none."""
    try:
        return client.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
    except NotFound:
        return None


def stored_registries(client: Client, namespace: str, name: str = "regcred") -> dict[str, t.Any]:
    """The entries of a pull Secret, as a kubelet would decode them; empty when there is no such Secret."""
    secret = stored_secret(client, namespace, name)
    if secret is None:
        return {}
    entries: dict[str, t.Any] = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))["auths"]
    return entries


def stored_links(client: Client, namespace: str, name: str = "default", field: str = "imagePullSecrets") -> list[str]:
    """The names in a ServiceAccount's list of references, in order."""
    account = client.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}")
    return [reference["name"] for reference in account.get(field, [])]


def _version(item: Document) -> str:
    return str(item["metadata"]["resourceVersion"])
