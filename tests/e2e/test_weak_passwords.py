"""A password that is an ordinary word changes nothing in what modules report of a real cluster."""

from __future__ import annotations

import re
import typing as t

import pytest

from tests.cluster.cluster import Cluster
from tests.e2e.module_runs import Modules

STRONG: t.Final = "correct-Zq9Kt4"
MARK: t.Final = re.compile("secret [0-9a-f]{8}")


def reports(modules: Modules, namespace: str, password: str) -> list[str]:
    """What is reported of a Secret that is made, linked, looked at, changed and removed, and of one that the server refuses."""
    registries = [{"registry": "quay.io", "username": "robot", "password": password}]
    here = {"namespaces": [namespace]}
    declared = {"name": "regcred", "registries": registries, **here}
    runs = [
        modules.run_module("pull_secret", declared, check=True),
        modules.run_module("pull_secret", declared),
        modules.run_module("service_account_link", {"secrets": ["regcred"], **here}),
        modules.run_module("pull_secret_info", here),
        modules.run_module("image_pull_info", here),
        modules.run_module("pull_secret", {**declared, "labels": {"config": "default"}}),
        modules.run_module("pull_secret", {**declared, "namespaces": [namespace, "default-is-missing"]}),
        modules.run_module("service_account_link", {"secrets": ["regcred"], "state": "absent", **here}),
        modules.run_module("pull_secret", {"name": "regcred", "state": "absent", **here}),
    ]
    return [MARK.sub("MARK", repr(run)).replace(namespace, "NAMESPACE") for run in runs]


@pytest.mark.parametrize("password", ["default", "config", "true", "regcred", "a:b", "1"])
def test_the_same_report(password: str, admin: Modules, cluster: Cluster) -> None:
    """Word for word."""
    weak, strong = (cluster.make_namespace("weak") for _unused in range(2))

    assert reports(admin, weak, password) == reports(admin, strong, STRONG)
