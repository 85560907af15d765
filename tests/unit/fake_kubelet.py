"""Kubelets in memory: when Pods are listed, they have done what their images' fates say, and reported events of it."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi, events_path, pods_path
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport

Document = t.Dict[str, t.Any]


class Fate(t.NamedTuple):
    """
    What becomes of an image.

    Args:
        word: The message of an event with the reason Pulled, empty for none.
        state: The container's ``state``; without any, nothing is known of the container.
        image_id: Its ``imageID``.
        phase: The Pod's.
        message: The Pod's, too: why it has that phase.
        warning: The message of a warning with the reason Failed, empty for none.
    """

    word: str = ""
    state: Document | None = None
    image_id: str = ""
    phase: str = "Pending"
    message: str = ""
    warning: str = ""


_STARTED = {"terminated": {"reason": "StartError", "exitCode": 128}}
PULLED = Fate('Successfully pulled image "x" in 74ms (74ms including waiting).', _STARTED, "x@sha256:1", "Failed")
PRESENT = PULLED._replace(word='Container image "x" already present on machine and can be accessed by the pod')
SILENT = PULLED._replace(word="")
AS_ROOT = Fate(PULLED.word, {"waiting": {"reason": "CreateContainerConfigError", "message": "will run as root"}})
PENDING = Fate()


def failing(message: str, reason: str = "ErrImagePull") -> Fate:
    """An image that cannot be pulled."""
    return Fate(state={"waiting": {"reason": reason, "message": message}}, warning=f"Failed to pull image: {message}")


class FakeKubelets(Transport):
    """
    A way to the API server, with kubelets at work behind it.

    Args:
        inner: The administrator's way.
        fates: What becomes of each image.
        way: What requests go by, if it is not ``inner``.
    """

    def __init__(self, inner: Transport, fates: t.Mapping[str, Fate], way: Transport | None = None) -> None:
        super().__init__(Server("http://kubelets.invalid"), 1)
        self.fates = dict(fates)
        self.pods: dict[str, Document] = {}
        self.most_at_once = 0
        self.requests: list[Request] = []
        self._calls = KubeApi(inner, 1)
        self._way = way or inner
        self._numbers = itertools.count(1)

    def send(self, request: Request) -> Document:
        """Work, then send."""
        self.requests.append(request)
        if request.method == "GET" and request.path.endswith("/pods"):
            alive = [pod for pod in self._calls.list_all(pods_path()) if pod["spec"].get("nodeName")]
            self.most_at_once = max(self.most_at_once, len(alive))
            for pod in alive:
                self.pods[pod["metadata"]["name"]] = pod
                self._work(pod)
        return self._way.send(request)

    def _work(self, pod: Document) -> None:
        statuses: list[Document] = []
        phases: list[str] = []
        message = ""
        before = {status["name"]: status["state"] for status in pod["status"].get("containerStatuses", ())}
        for container in pod["spec"]["containers"]:
            fate = self.fates[container["image"]]
            phases.append(fate.phase)
            message = fate.message or message
            if fate.state is not None:
                statuses.append({"name": container["name"], "imageID": fate.image_id, "state": fate.state})
            if fate.word and before.get(container["name"]) != fate.state:
                self.tell(pod, fate.word, container["name"])
            if fate.warning and before.get(container["name"]) != fate.state:
                self.tell(pod, fate.warning, container["name"], kind="Warning", reason="Failed")
        phase = "Failed" if set(phases) == {"Failed"} else "Pending"
        status = {"phase": phase, "message": message, "containerStatuses": statuses}
        metadata = pod["metadata"]
        path = f"{pods_path(metadata['namespace'])}/{metadata['name']}/status"
        self._calls.merge_patch(path, {"status": status})

    def tell(
        self, pod: Document, message: str, container: str, *, kind: str = "Normal", reason: str = "Pulled"
    ) -> None:
        """Tell an event of a container."""
        metadata = pod["metadata"]
        about = {"kind": "Pod", "namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]}
        event = {
            "metadata": {"name": f"{metadata['name']}.{next(self._numbers)}", "namespace": metadata["namespace"]},
            "involvedObject": {**about, "fieldPath": f"spec.containers{{{container}}}"},
            "type": kind,
            "reason": reason,
            "message": message,
        }
        self._calls.create(events_path(metadata["namespace"]), event)


def make_node(calls: KubeApi, name: str, **more: t.Any) -> None:
    """
    A node that is Ready.

    Args:
        calls: Where.
        name: Its name.
        more: ``labels``, ``spec``; anything else belongs to its status.
    """
    labels, spec = more.pop("labels", {}), more.pop("spec", {})
    status = {"conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"operatingSystem": "linux"}, **more}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "spec": spec}
    calls.create("/api/v1/nodes", {**node, "status": status})
