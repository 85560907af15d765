"""What image_pull_info says before a pull, and what a real kubelet then does."""

from __future__ import annotations

import typing as t
from secrets import token_hex

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.images import make_image, push_image
from tests.cluster.node import Node
from tests.cluster.pytest_plugin import HOST, USERS
from tests.cluster.registry import Registry, start_registry
from tests.e2e.module_runs import Modules
from tests.e2e.pull_objects import config, make_secret
from tests.e2e.pulling_pods import PullingPod, let_go, make_pod, verdicts, wait_until_settled

TOKENS: t.Final = "tokens.example.test"
"""A registry that takes bearer tokens."""
PASSWORDS: t.Final = {HOST: USERS["robot"], TOKENS: "made-up-for-tokens"}


class Case(t.NamedTuple):
    """
    A Pod, and what is foreseen of it.

    Attributes:
        secrets: Its own list.
        verdict: Of each of its images.
        runs: What the kubelet does.
        cure: How the cure begins of a Pod that does not run.
        hosts: The registries of its images.
        account: Its ServiceAccount.
    """

    secrets: t.Sequence[str]
    verdict: str
    runs: bool
    cure: str = ""
    hosts: t.Sequence[str] = (HOST,)
    account: str = "default"

    def images(self, name: str) -> list[str]:
        """Its images, which no other case has: before Kubernetes 1.35, what one Pod has pulled all others may use."""
        return [f"{host}/team/predicted-{name}:v1" for host in self.hosts]


NOT_GOOD: t.Final = "check that what is tried is still good"
CASES: t.Final = {
    "right": Case(["right"], "credentials", runs=True),
    "right-after-wrong": Case(["wrong", "right"], "credentials", runs=True),
    "wrong": Case(["wrong"], "credentials", runs=False, cure=NOT_GOOD),
    "none": Case([], "anonymous", runs=False, cure="it has no Secret to pull with"),
    "missing": Case(["missing"], "anonymous", runs=False, cure="no credential of its Secrets (missing) matches"),
    "malformed": Case(["right", "malformed"], "blocked", runs=False, cure="correct Secret malformed"),
    "linked": Case([], "credentials", runs=True, account="linked"),
    "two-registries": Case(["right", "tokens"], "credentials", runs=True, hosts=(HOST, TOKENS)),
    "tokens": Case(["tokens-wrong", "tokens"], "credentials", runs=True, hosts=(TOKENS,)),
    "tokens-wrong": Case(["tokens-wrong"], "credentials", runs=False, cure=NOT_GOOD, hosts=(TOKENS,)),
    "tokens-none": Case([], "anonymous", runs=False, cure="it has no Secret to pull with", hosts=(TOKENS,)),
}


@pytest.fixture(name="tokens", scope="module")
def _tokens(node: Node) -> t.Iterator[Registry]:
    """A second registry, which the node knows."""
    with start_registry({"robot": PASSWORDS[TOKENS]}, auth="bearer") as registry:
        node.add_registry(TOKENS, registry)
        yield registry


def test_a_kubelet_does_what_was_foreseen(
    cluster: Cluster, admin: Modules, registry: Registry, tokens: Registry
) -> None:
    """Pods with a good credential run, the others wait with a cause that was reported before, and are reported as they are."""
    namespace = cluster.make_namespace("predicted")
    _make_secrets(cluster, admin, namespace)
    for name, case in CASES.items():
        for host in case.hosts:
            push_image({HOST: registry, TOKENS: tokens}[host], f"team/predicted-{name}", "v1", make_image(name))
        pod = PullingPod(case.images(name), secrets=case.secrets, account=case.account, is_gated=True)
        make_pod(cluster.client, namespace, name, pod)

    foreseen = admin.run_module("image_pull_info", {"namespaces": [namespace]}).result
    let_go(cluster.client, namespace)
    wait_until_settled(cluster.client, namespace, {name: case.runs for name, case in CASES.items()})
    found = admin.run_module("image_pull_info", {"namespaces": [namespace]}).result

    failing = {each["name"]: each for each in found["findings"] if each["code"] == "pull_failing"}
    expected = {name: [case.verdict] * len(case.hosts) for name, case in CASES.items()}
    assert (verdicts(foreseen), verdicts(found)) == (expected, expected)
    assert set(failing) == {name for name, case in CASES.items() if not case.runs}
    for name, finding in failing.items():
        assert finding["cure"].startswith(CASES[name].cure)
        assert finding["events"]


@pytest.mark.usefixtures("node")
def test_first_pod_of_a_tenant(cluster: Cluster, admin: Modules, registry: Registry) -> None:
    """A tenant's first Pod, made right after the tenant, pulls with what the tenant was given."""
    name = f"tenant-{token_hex(4)}"
    image = f"{HOST}/team/predicted-tenant:v1"
    push_image(registry, "team/predicted-tenant", "v1", make_image("tenant"))
    given = {"registry": HOST, "username": "robot", "password": USERS["robot"]}

    made = admin.run_module("tenant", {"tenants": [{"name": name, "registries": [given]}]})
    foreseen = admin.run_module("image_pull_info", {"namespaces": [name], "images": [image]}).result["pulls"]
    make_pod(cluster.client, name, "first", PullingPod([image]))

    assert not made.failed, made
    assert [(pull["verdict"], pull["secrets_from"]) for pull in foreseen] == [("credentials", "service_account")]
    wait_until_settled(cluster.client, name, {"first": True})


def _make_secrets(cluster: Cluster, admin: Modules, namespace: str) -> None:
    """The Secrets that cases name, and the ServiceAccount that is linked to one of them."""
    made = {
        "right": config(HOST, username="robot", password=PASSWORDS[HOST]),
        "wrong": config(HOST, username="robot", password="not-it"),
        "tokens": config(TOKENS, username="robot", password=PASSWORDS[TOKENS]),
        "tokens-wrong": config(TOKENS, username="robot", password="not-it"),
        "malformed": config("quay.io", auth="no base64!"),
    }
    for name, text in made.items():
        make_secret(cluster.client, namespace, name, text)
    link = {"service_accounts": ["linked"], "secrets": ["right"], "missing_service_account": "create"}
    linked = admin.run_module("service_account_link", {"namespaces": [namespace], **link})
    assert not linked.failed, linked
