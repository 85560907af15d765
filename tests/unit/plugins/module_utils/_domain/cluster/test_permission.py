"""Rights, in the words of RBAC."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.permission import Permission, lack_of

CASES = [
    (Permission("list", "namespaces"), "list namespaces"),
    (Permission("create", "secrets", "team-a"), "create secrets in namespace team-a"),
    (Permission("patch", "serviceaccounts", "team-a", "default"), "patch serviceaccounts default in namespace team-a"),
    (Permission("delete", "namespaces", "team-a", "team-a"), "delete namespaces team-a"),
    (Permission("list", "deployments", "team-a", group="apps"), "list deployments.apps in namespace team-a"),
]


@pytest.mark.parametrize(("permission", "title"), CASES, ids=[title for _unused, title in CASES])
def test_title(permission: Permission, title: str) -> None:
    """A message names verb, resource, object and namespace, and what is not there is left out."""
    assert permission.title == title


def test_widened() -> None:
    """The widest question comes first, and each is asked once."""
    assert Permission("patch", "secrets", "team-a", "regcred").widened() == (
        Permission("patch", "secrets"),
        Permission("patch", "secrets", "team-a"),
        Permission("patch", "secrets", "team-a", "regcred"),
    )
    assert Permission("create", "secrets", "team-a").widened() == (
        Permission("create", "secrets"),
        Permission("create", "secrets", "team-a"),
    )
    assert Permission("list", "nodes").widened() == (Permission("list", "nodes"),)


def test_lack() -> None:
    """All that is missing is named at once, so that one look at a role is enough."""
    assert lack_of([Permission("create", "secrets", "team-a"), Permission("list", "nodes")]) == (
        "the user may not create secrets in namespace team-a and list nodes;"
        " grant the verb by a Role or ClusterRole, or use another user"
    )
