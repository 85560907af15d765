"""The cases: what is there before, and the playbooks of both sides."""

from __future__ import annotations

import base64
import json
import typing as t
from concurrent.futures import ThreadPoolExecutor

import yaml

from tests.cluster.control_plane import DEFAULT_SERVICE_ACCOUNT

if t.TYPE_CHECKING:
    from tests.benchmark.usage import Stage, Usage
    from tests.cluster.cluster import Cluster

Document: t.TypeAlias = dict[str, t.Any]
Tasks: t.TypeAlias = list[Document]

SECRET: t.Final = "regcred"
REGISTRY: t.Final = "registry.example.com"


def names(prefix: str, count: int) -> list[str]:
    """Names of namespaces, such as ``ours-0001``."""
    return [f"{prefix}-{number:04}" for number in range(1, count + 1)]


def make_namespaces(cluster: Cluster, wanted: list[str]) -> None:
    """Namespaces in which the default ServiceAccount is there already."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: cluster.client.create(_namespace(name)), wanted))
    left = set(wanted)
    while left:
        accounts = cluster.client.list("/api/v1/serviceaccounts", fieldSelector="metadata.name=default")
        left -= {account["metadata"]["namespace"] for account in accounts}


def check(cluster: Cluster, namespaces: list[str]) -> None:
    """Fail unless the last of the namespaces has Secret and link, so that nothing was measured that was not done."""
    for name in (namespaces[0], namespaces[-1]):
        cluster.client.get(f"/api/v1/namespaces/{name}/secrets/{SECRET}")
        account = cluster.client.get(DEFAULT_SERVICE_ACCOUNT.format(name))
        if {"name": SECRET} not in account.get("imagePullSecrets", []):
            message = f"namespace {name}: the default ServiceAccount is not linked"
            raise AssertionError(message)


def ours_in_existing(stage: Stage, name: str, namespaces: list[str]) -> Usage:
    """One Secret and its link in all of these: two tasks, which find them by a glob."""
    registries = [{"registry": REGISTRY, "username": "puller", "password": _password(0)}]
    glob = [f"{namespaces[0].rpartition('-')[0]}-*"]
    tasks: Tasks = [
        {"regcred.kubernetes.pull_secret": {"name": SECRET, "namespaces": glob, "registries": registries}},
        {"regcred.kubernetes.service_account_link": {"secrets": [SECRET], "namespaces": glob}},
    ]
    return stage.run(name, tasks, {})


def ours_tenants(stage: Stage, name: str, namespaces: list[str]) -> Usage:
    """A tenant with a credential of its own for each name: one task."""
    tenants = [
        {
            "name": namespace,
            "registries": [
                {"registry": f"{REGISTRY}/{namespace}", "username": namespace, "password": _password(number)}
            ],
        }
        for number, namespace in enumerate(namespaces)
    ]
    return stage.run(name, [{"regcred.kubernetes.tenant": {"tenants": "{{ tenants }}"}}], {"tenants": tenants})


def peer_in_existing(stage: Stage, name: str, namespaces: list[str]) -> Usage:
    """The same by kubernetes.core.k8s, with all documents in one task."""
    return _at_once(stage, name, [*(_secret(each, 0) for each in namespaces), *map(_account, namespaces)])


def peer_tenants(stage: Stage, name: str, namespaces: list[str]) -> Usage:
    """As `ours_tenants`, by kubernetes.core.k8s with all documents in one task."""
    secrets = [_secret(each, number) for number, each in enumerate(namespaces)]
    return _at_once(stage, name, [*map(_namespace, namespaces), *secrets, *map(_account, namespaces)])


def loop_in_existing(stage: Stage, name: str, namespaces: list[str]) -> Usage:
    """The same by kubernetes.core.k8s, in a loop with the documents of one namespace at a time."""
    return _looped(stage, name, [[_secret(each, 0), _account(each)] for each in namespaces])


def loop_tenants(stage: Stage, name: str, namespaces: list[str]) -> Usage:
    """As `ours_tenants`, by kubernetes.core.k8s in a loop with the documents of one tenant at a time."""
    documents = [[_namespace(each), _secret(each, number), _account(each)] for number, each in enumerate(namespaces)]
    return _looped(stage, name, documents)


def nothing(stage: Stage) -> Usage:
    """What Ansible needs for a task that does nothing: below that no module can get."""
    return stage.run("nothing", [{"ansible.builtin.ping": {}}], {})


def _at_once(stage: Stage, name: str, documents: list[Document]) -> Usage:
    path = stage.folder / f"{name}.documents.yaml"
    path.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    return stage.run(name, [_k8s(src=str(path))], {})


def _looped(stage: Stage, name: str, items: list[list[Document]]) -> Usage:
    loop = {"loop": "{{ items }}", "loop_control": {"label": "-"}}
    return stage.run(name, [{**_k8s(definition="{{ item }}"), **loop}], {"items": items})


def _k8s(**options: str) -> Document:
    return {"kubernetes.core.k8s": {"state": "present", **options}, "no_log": True}


def _namespace(name: str) -> Document:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _secret(namespace: str, number: int) -> Document:
    user, password = namespace, _password(number)
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    entry = {"username": user, "password": password, "auth": auth}
    text = json.dumps({"auths": {f"{REGISTRY}/{namespace}": entry}})
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": SECRET, "namespace": namespace},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": base64.b64encode(text.encode()).decode()},
    }


def _account(namespace: str) -> Document:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": namespace},
        "imagePullSecrets": [{"name": SECRET}],
    }


def _password(number: int) -> str:
    return f"benchmark-password-{number:05}"
