"""Passwords that are short or ordinary words neither blind a result nor break it."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.modules import docker_config, pull_secret, pull_secret_info, tenant
from tests.unit.module_run import cluster_in_memory, run_module

if t.TYPE_CHECKING:
    from pathlib import Path

STRONG = "correct-Zq9Kt4"
WEAK = (
    "true",
    "config",
    "default",
    "a:b",
    "registry",
    "created",
    "robot",
    "regcred",
    "new",
    "path",
    "1",
    "quay.io",
    "name-1",
    "json",
)
MARK = re.compile("secret [0-9a-f]{8}")


def told(result: t.Mapping[str, t.Any]) -> str:
    """All of a result, without the marks, which differ in each run."""
    return MARK.sub("MARK", json.dumps(result, sort_keys=True))


def registries(password: str) -> list[dict[str, str]]:
    """One with this password."""
    return [{"registry": "quay.io", "username": "robot", "password": password}]


def on_a_cluster(password: str) -> t.Iterator[str]:
    """What modules for clusters tell of a declaration, on a cluster that is made for it."""
    with cluster_in_memory() as cluster:
        here = {"namespaces": ["name-*"], "name": "regcred", "registries": registries(password)}
        tenants = [{"name": "shop", "namespaces": ["name-1"]}]
        runs = [
            cluster.run(pull_secret.main, here, check_mode=True, diff=True),
            cluster.run(pull_secret.main, here, diff=True),
            cluster.run(pull_secret.main, here, diff=True),
            cluster.run(pull_secret_info.main, {"namespaces": ["name-*"]}),
            cluster.run(
                tenant.main, {"tenants": tenants, "registries": registries(password), "secret_name": "new"}, diff=True
            ),
        ]
        for run in runs:
            yield told(run.result).replace(cluster.loopback.url, "URL")


@pytest.mark.parametrize("password", WEAK)
def test_clusters(password: str) -> None:
    """Each module tells what it tells with a password that stands nowhere."""
    assert list(on_a_cluster(password)) == list(on_a_cluster(STRONG))


@pytest.mark.parametrize("password", WEAK)
def test_nodes(password: str, tmp_path: Path) -> None:
    """A file of a node, with its backup: what roles read is as it is."""
    file = tmp_path / "config.json"
    options = {"path": str(file), "backup": True, "registries": registries(STRONG)}
    run_module(docker_config.main, options)

    found = run_module(docker_config.main, {**options, "registries": registries(password)}, diff=True).result

    assert (found["path"], found["action"], found["changed"]) == (str(file), "updated", True)
    assert found["backup_file"].startswith(str(file))
    assert "********" not in json.dumps({name: value for name, value in found.items() if name != "invocation"})
