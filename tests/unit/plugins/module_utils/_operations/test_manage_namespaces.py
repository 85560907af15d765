"""Namespaces that are selected, and made."""

from __future__ import annotations

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.namespaces import NamespaceSelection
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import owner_of
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import NAMESPACES, KubeApi, namespace_path
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.manage_pull_secrets import PullSecretTask
from tests.unit.worlds import ONE, AnswersLost, World, api, first_times, manage_secrets, reported, secret_task, wanted


def test_answer_to_a_namespace_is_lost(world: World) -> None:
    """A namespace that was made is reported, though the answer was lost and the repetition refused."""
    name = world.new_name()
    task = secret_task(wanted(world, ONE), name, missing="create")

    results = manage_secrets(KubeApi(AnswersLost(world.transport), 1), task)

    assert [change.action for change in results[0].changes] == ["created", "created"]


def test_namespace_made_meanwhile(world: World) -> None:
    """A namespace that somebody makes before us is used all the same."""
    name = world.new_name()
    secret = wanted(world, ONE)

    def make(calls: KubeApi, _request: Request) -> None:
        calls.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    calls = api(world, first_times(1, "POST", make))
    results = manage_secrets(calls, secret_task(secret, name, missing="create"))

    assert reported(results) == [(name, "created", f"Secret {secret.name}: new, with quay.io")]
    assert owner_of(api(world).get(namespace_path(name))["metadata"].get("labels") or {}) is None


def test_selected_by_label(world: World) -> None:
    """The API server reads the label selector, and exclusions win."""
    one, other = world.make_namespace(), world.make_namespace()
    mark = world.new_name()
    for name in (one, other):
        api(world).merge_patch(namespace_path(name), {"metadata": {"labels": {"mark": mark}}})
    secret = wanted(world, ONE)
    selection = NamespaceSelection(selector=f"mark={mark}", excluded=(other,))

    results = manage_secrets(api(world), PullSecretTask(secret, selection))

    assert [result.name for result in results] == [one]
