"""Passwords that are short or ordinary words neither blind a result nor break it."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi
from ansible_collections.regcred.kubernetes.plugins.modules import (
    credential_provider_config,
    docker_config,
    image_prepull,
    image_pull_info,
    node_image,
    node_info,
    pull_secret,
    pull_secret_info,
    service_account_link,
    tenant,
)
from ansible_collections.regcred.kubernetes.plugins.modules import (
    credential_provider_config as credential_provider_config_module,
)
from tests.unit.fake_kubelet import PULLED, FakeKubelets, failing, make_node
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
MARK = re.compile('secret [0-9a-f]{8}|"size": [0-9]+')


def shown(result: t.Mapping[str, t.Any]) -> str:
    """All of a result, without the marks, which differ in each run, and sizes of files."""
    return MARK.sub("MARK", json.dumps(result, sort_keys=True))


def registries(password: str) -> list[dict[str, str]]:
    """One with this password."""
    return [{"registry": "quay.io", "username": "robot", "password": password}]


IMAGES = ["quay.io/team/app:1", "quay.io/team/bad:1"]
FATES = {IMAGES[0]: PULLED, IMAGES[1]: failing("quay.io/team/bad:1: not found")}
PODMAN = """#!/bin/sh
case "$1" in
images) echo '[{"Id": "new", "Names": ["quay.io/team/app:1"]}]' ;;
*) echo "Error: quay.io/team/bad:1: not found" >&2; exit 125 ;;
esac
"""


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
            yield shown(run.result).replace(cluster.loopback.url, "URL")


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


def of_images(password: str) -> t.Iterator[str]:
    """What modules tell of links, nodes and pulls, with the password of the user and in a pull Secret."""
    with cluster_in_memory() as cluster:
        user = {"api_key": password}
        make_node(KubeApi(cluster.world.transport, 1), "one")
        cluster.run(pull_secret.main, {"namespaces": ["name-1"], "name": "regcred", "registries": registries(password)})
        cluster.world.transport = FakeKubelets(cluster.world.transport, FATES)  # type: ignore[assignment]  # with kubelets behind it
        link = {"namespaces": ["name-1"], "secrets": ["regcred"], **user}
        node = {"auths": {"quay.io": {"username": "robot", "password": password}}}
        pull = {"namespace": "name-1", "images": IMAGES, "image_pull_secrets": ["regcred"], **user}
        runs = [
            cluster.run(service_account_link.main, link, check_mode=True, diff=True),
            cluster.run(service_account_link.main, link, diff=True),
            cluster.run(image_pull_info.main, {"namespaces": ["name-1"], "node_config_json": node, **user}),
            cluster.run(image_prepull.main, pull, check_mode=True, diff=True),
            cluster.run(image_prepull.main, pull, diff=True),
            cluster.run(node_info.main, user),
        ]
        for run in runs:
            yield shown(run.result).replace(cluster.loopback.url, "URL")


@pytest.mark.parametrize("password", WEAK)
def test_images(password: str) -> None:
    """The same of what is about ServiceAccounts, nodes and images."""
    assert list(of_images(password)) == list(of_images(STRONG))


def on_a_node(password: str, folder: Path) -> t.Iterator[str]:
    """What modules for a node tell."""
    bin_dir = folder / "bin"
    bin_dir.mkdir(mode=0o755)
    provider = {"name": "registry", "match_images": ["quay.io"], "default_cache_duration": "1m", "args": ["path"]}
    (bin_dir / "registry").touch(mode=0o755)
    declared = {
        "path": str(folder / "config.json"),
        "bin_dir": str(bin_dir),
        "kubelet_version": "1.36",
        "providers": [{**provider, "env": [{"name": "config", "value": password}]}],
    }
    pulled = {"images": IMAGES, "runtime": "podman", "registries": registries(password)}
    for run in (
        run_module(credential_provider_config.main, declared, check_mode=True, diff=True),
        run_module(credential_provider_config.main, declared, diff=True),
        run_module(node_image.main, pulled, check_mode=True, diff=True),
        run_module(node_image.main, pulled, diff=True),
    ):
        yield shown(run.result).replace(str(folder), "FOLDER")


@pytest.mark.parametrize("password", WEAK)
def test_programs_of_nodes(password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same of credential providers, and of a runtime that fails."""
    (tmp_path / "podman").write_text(PODMAN, encoding="utf-8")
    (tmp_path / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(credential_provider_config_module, "provider_kubelets", list)
    (tmp_path / "weak").mkdir(mode=0o755)
    (tmp_path / "strong").mkdir(mode=0o755)

    found = list(on_a_node(password, tmp_path / "weak"))

    assert found == list(on_a_node(STRONG, tmp_path / "strong"))
