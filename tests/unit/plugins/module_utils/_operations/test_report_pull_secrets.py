"""What is in the pull Secrets of many namespaces."""

from __future__ import annotations

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.namespaces import NamespaceSelection
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi, secrets_path
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.report_pull_secrets import (
    report_pull_secrets,
)
from tests.unit.fake_api import Allowed
from tests.unit.worlds import ONE, World, api, manage_secrets, secret_task, wanted


def test_reported(world: World) -> None:
    """What is in pull Secrets is reported by namespace, and what cannot be read does not hide the rest."""
    one, closed = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, one, closed))
    opaque = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "unrelated"},
        "type": "Opaque",
        "data": {"key": "aHVudGVyMg=="},
    }
    api(world).create(secrets_path(one), opaque)
    user = KubeApi(world.transport_of([Allowed("secrets", ["list"], [one])]), 4)
    selection = NamespaceSelection((one, closed), missing="skip")

    found = report_pull_secrets(user, selection, ())
    by_name = report_pull_secrets(api(world), selection, ["unrelated"])

    assert [(report["namespace"], report["name"], report["owner"]) for report in found.secrets] == [
        (one, secret.name, secret.owner)
    ]
    assert found.secrets[0]["registries"] == [{"registry": "quay.io", "username": "robot", "email": ""}]
    assert [(each["kind"], each["namespace"]) for each in found.unseen] == [("Secret", closed)]
    assert [problem["code"] for problem in by_name.secrets[0]["problems"]] == ["wrong_type"]
