"""API objects turned into what the domain knows."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.namespace_selection import Namespace
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret import ObservedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.service_account import ServiceAccount
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.objects import (
    namespace_from,
    secret_from,
    service_account_from,
)

METADATA = {"namespace": "team-a", "name": "x", "uid": "u", "resourceVersion": "7"}


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"name": "a"}, Namespace("a")),
        ({"name": "a", "labels": {"l": "1"}, "annotations": {"n": "2"}}, Namespace("a", {"l": "1"}, {"n": "2"})),
        ({"name": "a", "labels": None, "annotations": None}, Namespace("a")),
        ({"name": "a", "deletionTimestamp": "2026-11-22T00:00:00Z"}, Namespace("a", is_terminating=True)),
    ],
    ids=["bare", "labelled", "null", "terminating"],
)
def test_namespace(metadata: t.Mapping[str, t.Any], expected: Namespace) -> None:
    """A namespace is read from its metadata alone."""
    assert expected == namespace_from({"metadata": metadata})


def test_secret() -> None:
    """A Secret's data are decoded, everything else is taken as it is."""
    item = {
        "metadata": {**METADATA, "labels": {"l": "1"}, "annotations": {"n": "2"}},
        "type": "Opaque",
        "immutable": True,
        "data": {"k": "dv8=", "empty": ""},
    }

    assert secret_from(item) == ObservedSecret(
        "team-a", "x", "Opaque", "u", "7", {"l": "1"}, {"n": "2"}, immutable=True, data={"k": b"v\xff", "empty": b""}
    )


def test_bare_secret() -> None:
    """A Secret without data has none."""
    assert secret_from({"metadata": METADATA, "data": None}) == ObservedSecret("team-a", "x", "", "u", "7")


def test_service_account() -> None:
    """A list that is missing is told from one that is empty, since a patch has to test what is there."""
    item: dict[str, t.Any] = {
        "metadata": METADATA,
        "imagePullSecrets": [],
        "secrets": None,
        "automountServiceAccountToken": False,
    }

    assert service_account_from(item) == ServiceAccount("team-a", "x", "7", {"imagePullSecrets": ()})
