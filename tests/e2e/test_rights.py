"""The roles in docs/rbac: each is enough for its module, and none of its verbs can be left out without a message that names it."""

from __future__ import annotations

import copy
import secrets
import typing as t

import pytest
import yaml

from tests.cluster.cluster import Cluster
from tests.cluster.users import Rule
from tests.e2e.module_runs import PROJECT, ModuleRun, Modules
from tests.e2e.pull_objects import IMAGE, config, let_it_fail, make_pod, make_secret

ROLES: t.Final = PROJECT / "docs" / "rbac"
REGISTRIES: t.Final = [{"registry": "quay.io", "username": "puller", "password": "correct horse battery staple"}]
ROTATED: t.Final = [{"registry": "quay.io", "username": "puller", "password": "another horse battery staple"}]

BOTH: t.Final = "pull_secret and service_account_link"
"""What pull_secret needs with service_accounts."""

Life: t.TypeAlias = t.Callable[[Modules, list[str]], list[ModuleRun]]
Verb: t.TypeAlias = tuple[str, str, str]
"""Role, resource and verb."""


def rules_of(role: str) -> list[Rule]:
    """What a role, or several, allow, with one resource and one verb a rule."""
    manifests = [yaml.safe_load((ROLES / f"{name}.yml").read_text(encoding="utf-8")) for name in role.split(" and ")]
    return [
        {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
        for manifest in manifests
        for each in manifest["rules"]
        for group in each["apiGroups"]
        for resource in each["resources"]
        for verb in each["verbs"]
    ]


def without(rules: list[Rule], resource: str, verb: str) -> list[Rule]:
    """The same, but for one verb."""
    return [rule for rule in rules if (rule["resources"], rule["verbs"]) != ([resource], [verb])]


def pull_secrets(modules: Modules, names: list[str]) -> list[ModuleRun]:
    """Made, rotated in place, made anew as another type, and removed."""
    task = {"name": "regcred", "namespaces": names, "registries": REGISTRIES}
    return [
        modules.run_module("pull_secret", {**task, **more})
        for more in ({}, {"registries": ROTATED}, {"type": "dockercfg"}, {"state": "absent"})
    ]


def linked_pull_secrets(modules: Modules, names: list[str]) -> list[ModuleRun]:
    """Made with links, one of them on a ServiceAccount that is not there, rotated, made anew, and removed with the links."""
    task = {
        "name": "regcred",
        "namespaces": names,
        "registries": REGISTRIES,
        "service_accounts": ["default", "builder"],
        "missing_service_account": "create",
    }
    return [
        modules.run_module("pull_secret", {**task, **more})
        for more in ({}, {"registries": ROTATED}, {"type": "dockercfg"}, {"state": "absent"})
    ]


def pull_secrets_read(modules: Modules, names: list[str]) -> list[ModuleRun]:
    """Read."""
    return [modules.run_module("pull_secret_info", {"namespaces": names})]


def links(modules: Modules, names: list[str]) -> list[ModuleRun]:
    """Added to a ServiceAccount that is there and to one that is not, and taken away."""
    task = {"namespaces": names, "secrets": ["theirs"], "service_accounts": ["default", "builder"]}
    return [
        modules.run_module("service_account_link", {**task, **more})
        for more in ({"missing_service_account": "create"}, {"state": "absent"})
    ]


def tenants(modules: Modules, names: list[str]) -> list[ModuleRun]:
    """On- and offboarded in namespaces that are there, with a label, and with a ServiceAccount that is not."""
    task = {
        "tenants": [{"name": f"shop-{names[0]}", "namespaces": names}],
        "registries": REGISTRIES,
        "labels": {"cost-center": "4711"},
        "service_accounts": ["default", "builder"],
        "missing_service_account": "create",
    }
    return [
        modules.run_module("tenant", {**task, **more})
        for more in ({}, {"registries": ROTATED}, {"type": "dockercfg"}, {"state": "absent"})
    ]


def pulls(modules: Modules, names: list[str]) -> list[ModuleRun]:
    """Explained, for Pods and for workloads."""
    kinds = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"]
    return [modules.run_module("image_pull_info", {"namespaces": names, "kinds": ["Pod", *kinds]})]


def prepulled(modules: Modules, names: list[str]) -> list[ModuleRun]:
    """Planned; a real kubelet pulls in the tests of the module."""
    task = {"images": [IMAGE], "namespace": names[0], "image_pull_secrets": ["theirs"]}
    return [modules.run_module("image_prepull", task, check=True)]


def nodes(modules: Modules, _names: list[str]) -> list[ModuleRun]:
    """Looked at, and waited for by a sign of life."""
    return [modules.run_module("node_info", {"wait": True, "sign_of_life": True, "wait_timeout": 1})]


IN_NAMESPACES: t.Final[dict[str, Life]] = {
    "pull_secret": pull_secrets,
    BOTH: linked_pull_secrets,
    "pull_secret_info": pull_secrets_read,
    "service_account_link": links,
    "tenant": tenants,
    "image_pull_info": pulls,
}
EVERYWHERE: t.Final[dict[str, Life]] = {"image_prepull": prepulled, "node_info": nodes}
LIVES: t.Final = {**IN_NAMESPACES, **EVERYWHERE}
IN_A_RUN: t.Final = ("image_prepull", "events", "list")
"""Asked for when kubelets pull: the tests of the module have one."""
VERBS: t.Final[list[Verb]] = [
    verb
    for role in LIVES
    for rule in {str(each): each for each in rules_of(role)}.values()
    for verb in [(role, str(rule["resources"][0]), str(rule["verbs"][0]))]
    if verb != IN_A_RUN
]


@pytest.fixture(scope="module", autouse=True)
def _node(cluster: Cluster) -> None:
    """A node that never comes back."""
    name = f"rights-{secrets.token_hex(4)}"
    cluster.client.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
    ready = [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]
    cluster.client.patch(f"/api/v1/nodes/{name}/status", {"status": {"conditions": ready}})


@pytest.fixture
def names(cluster: Cluster) -> list[str]:
    """Two namespaces, each with a Pod whose pull fails, and somebody's Secret."""
    made = [cluster.make_namespace("rights") for _unused in range(2)]
    for name in made:
        make_secret(cluster.client, name, "theirs", config("quay.io", username="puller", password="of others"))
        make_pod(cluster.client, name, "app", "theirs")
        let_it_fail(cluster.client, name, "app", "unauthorized")
    return made


def user(cluster: Cluster, admin: Modules, role: str, rules: list[Rule], names: list[str]) -> Modules:
    """The modules run by a user with these rules: in the namespaces where that is enough for the role, else everywhere."""
    where = names if role in IN_NAMESPACES else None
    return admin.as_user(
        cluster.token_user(f"user-{secrets.token_hex(4)}", home=names[0], rules=rules, namespaces=where)
    )


def complaints(runs: list[ModuleRun]) -> str:
    """All that the runs fail with and warn of."""
    texts = [text for run in runs for text in (run.message, *run.warnings, *run.reasons.values())]
    return "\n".join(texts)


@pytest.mark.parametrize("role", LIVES)
def test_enough(role: str, cluster: Cluster, admin: Modules, names: list[str]) -> None:
    """With the rules of the role nothing is forbidden, nor left unseen."""
    runs = LIVES[role](user(cluster, admin, role, rules_of(role), names), names)

    assert "forbidden" not in complaints(runs).lower(), runs
    assert "may not" not in complaints(runs), runs
    assert "right to" not in complaints(runs), runs
    if role != "node_info":
        assert not any(run.failed for run in runs), runs


@pytest.mark.parametrize(("role", "resource", "verb"), VERBS, ids=[" ".join(verb) for verb in VERBS])
def test_each_is_needed(
    role: str, resource: str, verb: str, cluster: Cluster, admin: Modules, names: list[str]
) -> None:
    """Without one of them there is a message that names verb, resource and namespace."""
    rules = without(rules_of(role), resource, verb)

    output = complaints(LIVES[role](user(cluster, admin, role, rules, names), names))

    lines = [line for line in output.splitlines() if verb in line and resource in line]
    assert lines, output
    if role in IN_NAMESPACES:
        assert any(name in line for line in lines for name in names), lines


def test_manifests_apply(cluster: Cluster) -> None:
    """The API server takes each file as it is."""
    for file in sorted(ROLES.glob("*.yml")):
        manifest = copy.deepcopy(yaml.safe_load(file.read_text(encoding="utf-8")))
        assert manifest["metadata"]["name"] == f"regcred.kubernetes:{file.stem.replace('_', '-')}"
        cluster.client.apply(manifest)


def test_every_module_has_a_role() -> None:
    """A module that talks to an API server has a file of its name."""
    group = yaml.safe_load((PROJECT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]
    assert {file.stem for file in ROLES.glob("*.yml")} >= set(group["kubernetes"])
