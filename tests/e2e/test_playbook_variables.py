"""Variables of the playbooks: one name for one thing, and defaults that take nothing away."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.e2e.cluster_state import stored_registries, stored_secret
from tests.e2e.terminal import Terminal

PROMPTED: t.Final = {"regcred_registry": "quay.io", "regcred_username": "puller"}
REGISTRIES: t.Final = [{"registry": "quay.io", "username": "puller", "password": "correct horse battery staple"}]


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """An empty folder to work in."""
    return Terminal(tmp_path)


@pytest.fixture
def place(cluster: Cluster) -> str:
    """A namespace without any Secret."""
    return cluster.make_namespace("variables")


def labels_of(cluster: Cluster, namespace: str, name: str) -> dict[str, str]:
    """Labels of a Secret that is there."""
    secret = stored_secret(cluster.client, namespace, name)
    assert secret is not None
    labels: dict[str, str] = secret["metadata"]["labels"]
    return labels


def test_a_second_registry(cluster: Cluster, terminal: Terminal, place: str) -> None:
    """One password after the other, as somebody follows a guide, keeps both; whoever wants one alone has an option for it."""
    for registry, more, expected in (
        ("ghcr.io", {}, ["ghcr.io"]),
        ("registry.example.com", {}, ["ghcr.io", "registry.example.com"]),
        ("quay.io", {"regcred_purge_registries": "true"}, ["quay.io"]),
    ):
        options = {
            "regcred_namespaces": [place],
            **PROMPTED,
            "regcred_registry": registry,
            "regcred_password": "made-up",
        }

        ended = terminal.run("secret_from_password", cluster.kubeconfig, {**options, **more})

        assert ended.status == 0, ended.output
        assert sorted(stored_registries(cluster.client, place)) == expected


def test_one_name_for_one_thing(cluster: Cluster, terminal: Terminal, place: str) -> None:
    """An option of a module is a variable of every playbook that uses it, and the role's own name counts before the one for all."""
    missing = f"{place}-missing"
    options = {
        "regcred_namespaces": [place, missing],
        "regcred_registries": REGISTRIES,
        "regcred_labels": {"team": "shop"},
    }
    for playbook, name in (("several_registries", "first"), ("customised_secret", "second"), ("pull_secrets", "third")):
        given = {**options, "regcred_name": name, "regcred_missing_namespace": "skip"}

        ended = terminal.run(playbook, cluster.kubeconfig, given)

        assert ended.status == 0, ended.output
        assert f"Secret {name}" in ended.output
        assert missing in ended.output
        assert labels_of(cluster, place, name)["team"] == "shop"

    owned = {
        **options,
        "regcred_namespaces": [place],
        "regcred_name": "fourth",
        "regcred_owner": "all",
        "pull_secrets_owner": "ours",
    }
    ended = terminal.run("pull_secrets", cluster.kubeconfig, owned)

    assert ended.status == 0, ended.output
    assert labels_of(cluster, place, "fourth")["regcred.kubernetes/owner"] == "ours"
