"""What the API server says is there, asked without the collection."""

from __future__ import annotations

import base64
import json
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from tests.cluster.client import Client, Document

OURS: t.Final = "app.kubernetes.io/managed-by=regcred.kubernetes"
SECRET: t.Final = "regcred"


@dataclass(frozen=True)
class Inventory:
    """
    What is there.

    Attributes:
        namespaces: Names of those that the collection made.
        secrets: Version of each pull Secret that is the collection's, by namespace.
        links: Namespace and name of each ServiceAccount that refers to one.
    """

    namespaces: frozenset[str]
    secrets: t.Mapping[str, str]
    links: frozenset[tuple[str, str]]


def take_inventory(client: Client) -> Inventory:
    """Count all of it."""
    namespaces = client.list("/api/v1/namespaces", labelSelector=OURS)
    secrets = client.list("/api/v1/secrets", labelSelector=OURS)
    accounts = client.list("/api/v1/serviceaccounts")
    return Inventory(
        namespaces=frozenset(item["metadata"]["name"] for item in namespaces),
        secrets={item["metadata"]["namespace"]: item["metadata"]["resourceVersion"] for item in secrets},
        links=frozenset(
            (item["metadata"]["namespace"], item["metadata"]["name"]) for item in accounts if SECRET in links_of(item)
        ),
    )


def links_of(account: Document) -> list[str]:
    """The names in a ServiceAccount's imagePullSecrets."""
    return [entry["name"] for entry in account.get("imagePullSecrets") or ()]


def read_account(client: Client, namespace: str, name: str = "default") -> Document:
    """One ServiceAccount."""
    return client.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}")


def password_in(client: Client, namespace: str, registry: str) -> str:
    """The password that a kubelet would find for a registry."""
    secret = client.get(f"/api/v1/namespaces/{namespace}/secrets/{SECRET}")
    document = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))
    return base64.b64decode(document["auths"][registry]["auth"]).decode().partition(":")[2]
