"""image_pull_info against a real API server: users with few rights, thousands of Pods, bad input."""

from __future__ import annotations

import contextlib
import secrets
import typing as t
from pathlib import Path

import pytest

from tests.benchmark.pods import APPS, explain, make_pods
from tests.benchmark.usage import Stage, Usage
from tests.cluster.client import Client, Document
from tests.cluster.cluster import Cluster
from tests.cluster.errors import ApiError
from tests.cluster.users import rule
from tests.e2e.module_runs import Modules
from tests.e2e.pull_objects import IMAGE, config, let_it_fail, link, make_pod, make_secret
from tests.e2e.test_bad_input import refused
from tests.environment.layout import collections_path
from tests.unit.loopback import Answer, Loopback, Received, serve

READ: t.Final = ["list"]


class Without(t.NamedTuple):
    """What is reported to who may not read one kind: the verdicts, and whose list is named."""

    unseen: list[str]
    verdicts: list[str]
    secrets_from: str


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> str:
    """A namespace with a failing Pod that has a credential."""
    name = cluster.make_namespace("rights")
    make_secret(cluster.client, name, "quay", config("quay.io", username="puller", password="a-password"))
    link(cluster.client, name, "quay")
    make_pod(cluster.client, name, "app")
    let_it_fail(cluster.client, name, "app", "no")
    return name


class TestRights:
    """Users who may not read everything: the task succeeds, tells what it can, and says what it could not see."""

    RIGHTS: t.ClassVar = {
        "pods": rule(["pods"], READ),
        "serviceaccounts": rule(["serviceaccounts"], READ),
        "secrets": rule(["secrets"], READ),
        "events": rule(["events"], READ),
    }

    def _user(self, cluster: Cluster, admin: Modules, names: t.Sequence[str], *missing: str) -> Modules:
        rules = [each for name, each in self.RIGHTS.items() if name not in missing]
        name = f"looker-{secrets.token_hex(4)}"
        return admin.as_user(cluster.token_user(name, home=names[0], rules=rules, namespaces=names))

    CASES: t.ClassVar = {
        "nothing": Without([], ["credentials"], "service_account"),
        "Secrets": Without(["Secret"], ["unknown"], "service_account"),
        "events": Without(["Event"], ["credentials"], "service_account"),
        "ServiceAccounts": Without(["ServiceAccount"], ["credentials"], "pod"),
        "Pods": Without(["Pod"], [], ""),
    }

    @pytest.mark.parametrize("case", CASES.values(), ids=CASES)
    def test_may_not_read(self, case: Without, cluster: Cluster, admin: Modules, place: str) -> None:
        """Without one right the rest is reported, and the kind that may not be read is named in result and warning."""
        missing = [f"{kind.lower()}s" for kind in case.unseen]
        options = {"namespaces": [place], "unseen": "allow"}
        run = self._user(cluster, admin, [place], *missing).run_module("image_pull_info", options)

        assert not run.failed, run
        reported = [(row["verdict"], row["secrets_from"]) for row in run.result["pulls"]]
        assert reported == [(verdict, case.secrets_from) for verdict in case.verdicts]
        events = [] if "Event" in case.unseen else ["Failed: Failed to pull image: no"]
        failing = [(each["code"], each["events"]) for each in run.result["findings"]]
        assert failing == [("pull_failing", events) for _verdict in case.verdicts]
        assert [(each["kind"], each["namespace"]) for each in run.result["unseen"]] == [
            (kind, place) for kind in case.unseen
        ]
        reasons = [each["reason"] for each in run.result["unseen"]]
        assert run.warnings == [
            f"{kind}s could not be read in namespace {place}: {reason}"
            for kind, reason in zip(case.unseen, reasons, strict=True)
        ]
        assert all("403 Forbidden" in reason and "grant the verb" in reason for reason in reasons)

    def test_asked_without_secrets(self, cluster: Cluster, admin: Modules, place: str) -> None:
        """Who may not read Secrets learns which list a new Pod would get, and that nobody knows what is in it."""
        user = self._user(cluster, admin, [place], "secrets")

        run = user.run_module("image_pull_info", {"namespaces": [place], "images": [IMAGE]})

        assert run.message.startswith(f"unseen: Secrets could not be read in namespace {place}: GET ")
        assert [(row["secrets"], row["verdict"]) for row in run.result["pulls"]] == [(["quay"], "unknown")]
        assert run.result["summary"]["unknown"] == 1
        assert [each["kind"] for each in run.result["unseen"]] == ["Secret"]

    def test_not_in_the_whole_cluster(self, cluster: Cluster, admin: Modules) -> None:
        """Who may not list cluster-wide gets the same from a list a namespace, however many these are."""
        names = sorted(cluster.make_namespace("many-rights") for _unused in range(18))
        for name in names:
            make_secret(cluster.client, name, "quay", config("quay.io", username="puller", password="a-password"))
            link(cluster.client, name, "quay", "gone")
            make_pod(cluster.client, name, "app")
        let_it_fail(cluster.client, names[0], "app", "no")
        options = {"namespaces": names}

        of_user = self._user(cluster, admin, names).run_module("image_pull_info", options)
        of_admin = admin.run_module("image_pull_info", options)

        assert of_user.result["unseen"] == []
        assert of_user.result["pulls"] == of_admin.result["pulls"]
        assert of_user.result["findings"] == of_admin.result["findings"]
        assert of_user.result["summary"]["credentials"] == len(names)

    def test_globs_need_the_list_of_namespaces(self, cluster: Cluster, admin: Modules, place: str) -> None:
        """A glob cannot be read without listing namespaces; the message says so, and the way out."""
        user = self._user(cluster, admin, [place])

        run = user.run_module("image_pull_info", {"namespaces": ["rights-*"]})

        assert run.message.startswith("namespaces: globs, selectors and projects need the right to list namespaces (")
        assert run.message.endswith("grant it, or give plain names")


FEW, ALL = 500, 3000
NAMESPACES = 20


@pytest.fixture(scope="module")
def names(cluster: Cluster) -> t.Iterator[list[str]]:
    """Namespaces full of Pods, some of them with a label of their own, each with a credential and a dangling link."""
    prefix = f"pods-{secrets.token_hex(4)}"
    names = [cluster.make_namespace(prefix) for _unused in range(NAMESPACES)]
    for name in names:
        make_secret(cluster.client, name, "regcred", config("registry.example.com", username="u", password="p"))
        link(cluster.client, name, "regcred", "gone")
    make_pods(cluster, names, range(FEW), {"part": "few"})
    make_pods(cluster, names, range(FEW, ALL), {"part": "rest"})
    yield names
    for name in names:
        cluster.client.delete(f"/api/v1/namespaces/{name}")


class TestManyPods:
    """Thousands of Pods in one call; ``make benchmark`` explains ten thousand."""

    def test_flat_memory(self, cluster: Cluster, names: list[str], tmp_path: Path) -> None:
        """Six times the Pods take hardly more memory, and no request but pages of lists."""
        glob = [f"{names[0].rpartition('-')[0]}-*"]
        with collections_path() as collections, watched_requests(cluster.client) as server:
            stage = Stage(tmp_path, cluster, cluster.kubeconfig, [collections])

            def measure(name: str, count: int, **options: t.Any) -> tuple[Usage, list[str]]:
                server.received.clear()
                usage = explain(stage, name, count, namespaces=glob, host=server.url, **options)
                return usage, [request.partition("?")[0] for request in server.requests]

            few, _unused = measure("few", FEW, selector="part=few")
            every, asked = measure("all", ALL)

        # Whatever is kept of a Pod is a few hundred bytes; all Pods at once, as they are parsed, would be 20 kB each.
        assert every.module_peak_mib < few.module_peak_mib * 1.15
        assert every.module_peak_mib < 100
        assert asked.count("GET /api/v1/pods") in (ALL // 500, ALL // 500 + 1)
        assert [request for request in asked if request != "GET /api/v1/pods"] == [
            "GET /api/v1/namespaces",
            "GET /api/v1/serviceaccounts",
            *["GET /api/v1/secrets"] * 3,
        ]

    def test_twice(self, admin: Modules, names: list[str]) -> None:
        """What has not changed is reported in the same order."""
        options = {"namespaces": names, "kinds": ["Pod", "Deployment"]}

        one, other = (admin.run_module("image_pull_info", options).result for _unused in range(2))

        assert one == other
        assert len(one["pulls"]) == sum(
            len({number % APPS for number in range(first, ALL, NAMESPACES)}) for first in range(NAMESPACES)
        )
        assert [row["namespace"] for row in one["pulls"]] == sorted(row["namespace"] for row in one["pulls"])


@contextlib.contextmanager
def watched_requests(client: Client) -> t.Iterator[Loopback]:
    """A way to the API server on which all requests can be seen, as the client's user."""

    def answer(received: Received) -> Answer:
        try:
            return Answer(200, client.request(received.method, received.path))
        except ApiError as error:
            return Answer(error.status, {"kind": "Status", "message": str(error)})

    with serve(answer=answer) as loopback:
        yield loopback


class TestBadInput:
    """Options that cannot work are refused with the option's name and the cure."""

    CASES: t.ClassVar[dict[str, tuple[Document, str]]] = {
        "no such namespace": (
            {"namespaces": ["regcred-no-such-namespace"], "missing_namespace": "fail"},
            "namespaces: there is no namespace regcred-no-such-namespace; correct the name, create it first, or set",
        ),
        "namespace is no DNS label": ({"namespaces": ["Team_A"]}, "namespaces[0]: 'Team_A' cannot name a namespace; use "),
        "selector": (
            {"selector": "app in (a"},
            (
                "selector: the API server cannot read 'app in (a' (unable to parse requirement: found '', expected: ',' or ')');"
                " write a label selector such as 'app=shop,tier!=cache'"
            ),
        ),
        "selector of images": (
            {"images": ["nginx"], "selector": "a=b"},
            "parameters are mutually exclusive: images|selector",
        ),
        "kind": ({"kinds": ["ReplicaSet"]}, "value of kinds must be one or more of: Pod, Deployment, "),
        "ServiceAccount": (
            {"images": ["nginx"], "service_accounts": ["build er"]},
            "service_accounts[0]: 'build er' cannot name a Kubernetes object; use ",
        ),
        "Secret": (
            {"images": ["nginx"], "image_pull_secrets": ["regcred", "reg_cred"]},
            "image_pull_secrets[1]: 'reg_cred' cannot name a Kubernetes object; use ",
        ),
        "node file": (
            {"node_config_json": {"auths": {"quay.io": {"auth": "%%%"}}}},
            (
                "node_config_json: auths['quay.io'].auth: is not base64; give the config.json that a kubelet reads; one that it"
                " cannot read it passes over"
            ),
        ),
    }  # fmt: skip

    @pytest.mark.parametrize(("options", "message"), CASES.values(), ids=CASES)
    def test_refused(self, options: Document, message: str, cluster: Cluster, admin: Modules, namespace: str) -> None:
        """A mistake is reported before anything else is, in check mode and in a run."""
        run = refused(cluster, admin, "image_pull_info", {"namespaces": [namespace], **options})

        assert run.message.startswith(message)
