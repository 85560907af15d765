"""A password, or an item of registries, in the place of a name, a number or a word is in no message of any module."""

from __future__ import annotations

import base64
import importlib
import json
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet import provider_process
from tests.unit.module_run import cluster_in_memory, run_module

if t.TYPE_CHECKING:
    from pathlib import Path

MODULES = "ansible_collections.regcred.kubernetes.plugins.modules"
PASSWORD = "S3cr-t/Pa ss\"word'ql"
ITEM = {"registry": "quay.io", "username": "robot", "password": PASSWORD}
AUTH = base64.b64encode(f"robot:{PASSWORD}".encode()).decode()
ANY_TEXT = frozenset(("annotations", "args", "email", "program", "username"))
"""Options that may hold such a text; it is no password there."""

OPTIONS: t.Mapping[str, t.Mapping[str, t.Any]] = {
    "credential_provider_config": {
        "providers": [{"name": "a", "match_images": ["a.b"], "default_cache_duration": "5m"}]
    },
    "docker_config": {"registries": [{**ITEM, "password": "another"}]},
    "image_prepull": {"images": ["quay.io/a/b:1"], "namespace": "name-1"},
    "image_pull_info": {"images": ["quay.io/a/b:1"], "namespaces": ["name-1"]},
    "node_image": {"images": ["quay.io/a/b:1"]},
    "node_info": {},
    "pull_secret": {"name": "a", "namespaces": ["name-1"], "registries": [{**ITEM, "password": "another"}]},
    "pull_secret_info": {"namespaces": ["name-1"]},
    "service_account_link": {"namespaces": ["name-1"], "secrets": ["a"]},
    "tenant": {"tenants": [{"name": "name-1", "registries": [{**ITEM, "password": "another"}]}]},
}
NODE_MODULES = {"credential_provider_config", "docker_config", "node_image"}


def places(
    options: t.Mapping[str, t.Any], given: t.Mapping[str, t.Any], value: t.Any
) -> t.Iterator[t.Mapping[str, t.Any]]:
    """The options of a module with ``value`` in the place of each that is no secret and no text."""
    for name, about in options.items():
        if about.get("no_log") or name in ANY_TEXT:
            continue
        yield {**given, name: [value] if about.get("type") == "list" else value}
        if about.get("type") in ("dict", "list") and name not in ANY_TEXT:
            yield {**given, name: {PASSWORD: "x"}}
        items = given.get(name) or [{}]
        for item in places(about["options"], items[0], value) if "options" in about and isinstance(items, list) else ():
            yield {**given, name: [item]}


@pytest.mark.parametrize("value", [PASSWORD, ITEM, AUTH], ids=["password", "item", "auth"])
@pytest.mark.parametrize("name", OPTIONS)
def test_not_shown(name: str, value: t.Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gives a secret in the wrong place does not find it in a result, by ansible-core's word or by ours."""
    monkeypatch.setattr(provider_process, "provider_kubelets", list)
    module = importlib.import_module(f"{MODULES}.{name}")
    given = dict(OPTIONS[name])
    if name in NODE_MODULES:
        given["path"] = str(tmp_path / "x.json")
        given = {key: each for key, each in given.items() if key in module.SPEC.options}
    shown = []
    with cluster_in_memory(1) as cluster:
        for options in [*places(module.SPEC.options, given, value), {**given, PASSWORD: 1}]:
            server = {} if name in NODE_MODULES else {"host": cluster.loopback.url}
            output = run_module(module.main, {**server, **options}, check_mode=True, diff=True).output
            if any(form in output for form in (PASSWORD, json.dumps(PASSWORD)[1:-1], repr(PASSWORD)[1:-1], AUTH)):
                shown.append((options, output))
    assert shown == []
