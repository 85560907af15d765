"""Images that are on a node already: whom the kubelet gives them to, by its policy, and what image_pull_info says of it before."""

from __future__ import annotations

import subprocess
import time
import typing as t

import pytest

from tests.cluster.client import Client
from tests.cluster.cluster import Cluster
from tests.cluster.deadlines import HANGS_AFTER_SECONDS
from tests.cluster.images import archive, make_image, push_image
from tests.cluster.kubelet import KubeletOptions
from tests.cluster.node import Node
from tests.cluster.pytest_plugin import HOST, USERS
from tests.cluster.registry import Registry
from tests.e2e.module_runs import Modules
from tests.e2e.pull_objects import config, make_secret
from tests.e2e.pulling_pods import PullingPod, let_go, make_pod, verdicts, wait_until_settled

# By default on since Kubernetes 1.35.
GATE: t.Final = "KubeletEnsureSecretPulledImages"
VERIFYING: t.Final[dict[str, t.Any]] = {"featureGates": {GATE: True}}
POLICY: t.Final = "imagePullCredentialsVerificationPolicy"
LISTED: t.Final = f"{HOST}/team/on-the-list"
KUBELETS: t.Final[dict[str, dict[str, t.Any]]] = {
    "default": VERIFYING,
    "strict": {**VERIFYING, POLICY: "AlwaysVerify"},
    "list": {
        **VERIFYING,
        POLICY: "NeverVerifyAllowlistedImages",
        "preloadedImagesVerificationAllowlist": [f"{LISTED}/*"],
    },
    "off": {"featureGates": {GATE: False}},
}

PRESENT: t.Final = "already present on machine and can be accessed by the pod"
PRESENT_UNVERIFIED: t.Final = "already present on machine"
PULLED: t.Final = "Successfully pulled image"
NEVER: t.Final = "is not present with pull policy of Never"
DENIED: t.Final = "no basic auth credentials"
MESSAGES_OF_RUNNING: t.Final = (PRESENT, PRESENT_UNVERIFIED, PULLED)


class Case(t.NamedTuple):
    """
    A Pod.

    Attributes:
        image: The last part of its name: those that begin with ``loaded`` were put on the node past the kubelet, and ``pulled`` was
            pulled by a Pod that had the credential.
        policy: Its ``imagePullPolicy``.
        has_credential: Whether it has a Secret that would let it pull.
        message: What the kubelet says of it.
    """

    image: str
    policy: str
    has_credential: bool
    message: str

    @property
    def runs(self) -> bool:
        """Whether that is good."""
        return self.message in MESSAGES_OF_RUNNING

    @property
    def foreseen(self) -> str:
        """What image_pull_info tells of credentials; what is on the node it does not know."""
        return "credentials" if self.has_credential else "anonymous"


CASES: t.Final[dict[str, list[Case]]] = {
    "default": [
        Case("loaded", "Never", has_credential=False, message=PRESENT),
        Case("loaded", "Never", has_credential=True, message=PRESENT),
        Case("loaded", "IfNotPresent", has_credential=False, message=PRESENT),
        Case("pulled", "Never", has_credential=False, message=NEVER),
        Case("pulled", "Never", has_credential=True, message=PRESENT),
        Case("pulled", "IfNotPresent", has_credential=False, message=DENIED),
    ],
    "strict": [
        Case("loaded", "Never", has_credential=False, message=NEVER),
        # The kubelet compares it with what an image was pulled with, and of this one it knows nothing.
        Case("loaded", "Never", has_credential=True, message=NEVER),
        Case("loaded", "IfNotPresent", has_credential=False, message=DENIED),
        Case("loaded-for-one", "IfNotPresent", has_credential=True, message=PULLED),
        Case("pulled", "Never", has_credential=False, message=NEVER),
        Case("pulled", "Never", has_credential=True, message=PRESENT),
    ],
    "list": [
        Case("loaded", "Never", has_credential=False, message=NEVER),
        Case("on-the-list/loaded", "Never", has_credential=False, message=PRESENT),
    ],
    "off": [
        Case("loaded", "Never", has_credential=False, message=PRESENT_UNVERIFIED),
        Case("pulled", "Never", has_credential=False, message=PRESENT_UNVERIFIED),
    ],
}


@pytest.mark.parametrize("kubelet", KUBELETS)
def test_images_on_the_node(
    kubelet: str, node: Node, cluster: Cluster, admin: Modules, registry: Registry, namespace: str
) -> None:
    """Each Pod gets the image, or not, as the policy has it; who does not get it learns why and what helps."""
    cases = {f"pod-{number}": case for number, case in enumerate(CASES[kubelet])}
    images = {case.image: f"{HOST}/team/{case.image}-{kubelet}:v1" for case in cases.values()}
    make_secret(cluster.client, namespace, "right", config(HOST, username="robot", password=USERS["robot"]))
    for name, case in cases.items():
        secrets = ["right"] if case.has_credential else []
        pod = PullingPod([images[case.image]], secrets, policy=case.policy, is_gated=True)
        make_pod(cluster.client, namespace, name, pod)
    foreseen = admin.run_module("image_pull_info", {"namespaces": [namespace]}).result

    with node.kubelet_with(KubeletOptions(settings=KUBELETS[kubelet])):
        for short, image in images.items():
            _bring(short, image, node, cluster.client, registry, namespace)
        let_go(cluster.client, namespace)
        runs = {name: case.runs for name, case in cases.items()}
        states = wait_until_settled(cluster.client, namespace, runs)
        messages = {
            name: _message_of(cluster.client, namespace, name, case, states[name]) for name, case in cases.items()
        }
        found = admin.run_module("image_pull_info", {"namespaces": [namespace]}).result

    assert messages == {name: case.message for name, case in cases.items()}
    assert verdicts(foreseen) == {name: [case.foreseen] for name, case in cases.items()}
    warned = {
        each["name"]
        for each in foreseen["findings"]
        if "kubelets refuse it an image that was pulled with a credential" in each["message"]
    }
    assert warned == {name for name, case in cases.items() if case.policy == "Never" and not case.has_credential}
    cures = {each["name"]: each["cure"] for each in found["findings"] if each["code"] == "pull_failing"}
    assert set(cures) == {name for name, runs in runs.items() if not runs}
    for name, cure in cures.items():
        begins = "the policy is Never: bring" if cases[name].message == NEVER else "it has no Secret to pull with"
        assert (name, cure[: len(begins)]) == (name, begins)


def _bring(short: str, image: str, node: Node, client: Client, registry: Registry, namespace: str) -> None:
    """Bring an image onto the node, past the kubelet or by a Pod."""
    content = make_image(image)
    push_image(registry, image.partition("/")[2].partition(":")[0], "v1", content)
    if short == "pulled":
        make_pod(client, namespace, "puller", PullingPod([image], ["right"]))
        wait_until_settled(client, namespace, {"puller": True})
        return
    command = [*node.ctr_command, "images", "import", "-"]
    subprocess.run(command, check=True, input=archive(content, image), capture_output=True)


def _message_of(client: Client, namespace: str, pod: str, case: Case, state: str) -> str:
    """
    The kubelet's message, as far as it is what was expected; otherwise all of it.

    Of a Pod that runs it is in an event, which may come later than the Pod's state.
    """
    if not case.runs:
        return case.message if state.endswith(case.message) else state
    deadline = time.monotonic() + HANGS_AFTER_SECONDS
    while True:
        path = f"/api/v1/namespaces/{namespace}/events"
        events = client.list(path, fieldSelector=f"involvedObject.name={pod},reason=Pulled")
        texts = [event["message"] for event in events]
        if any(text.endswith(case.message) or text.startswith(case.message) for text in texts):
            return case.message
        if texts or time.monotonic() > deadline:
            return str(texts)
        time.sleep(0.1)
