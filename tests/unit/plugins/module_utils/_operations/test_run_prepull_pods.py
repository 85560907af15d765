"""Pods that have nodes pull: made, watched and removed."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import Change, PlaceResult
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node import ClusterNode
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking.mask import Mask
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.prepull_pod import PrepullPods
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.prepull_progress import (
    EVENT_SECONDS,
    Credentials,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.outcome import Sources
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.puller import PodSpec, Puller
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi, pod_path, pods_path
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.run_prepull_pods import (
    PullTask,
    pull_on_nodes,
)
from tests.unit.fake_api import Allowed
from tests.unit.fake_kubelet import AS_ROOT, PENDING, PRESENT, PULLED, SILENT, FakeKubelets, Fate, failing
from tests.unit.worlds import AnswersLost, FakeWorld

NODES = [ClusterNode(name, images=frozenset(("docker.io/library/listed:1",))) for name in ("one", "two", "three")]
DENIED = "pull access denied, repository does not exist or may require authorization: hunter2"


class Box:
    """A namespace, kubelets, and a clock that only goes on when somebody sleeps."""

    def __init__(self, fates: t.Mapping[str, Fate], allowed: t.Sequence[Allowed] | None = None) -> None:
        self.world = FakeWorld()
        self.namespace = self.world.make_namespace()
        way = self.world.transport if allowed is None else self.world.transport_of(allowed)
        self.kubelets = FakeKubelets(self.world.transport, fates, way)
        self.way: Transport = self.kubelets
        self.seconds = 0.0
        self.each_second: t.Callable[[float], None] = lambda _seconds: None
        self.warnings: list[str] = []
        self.secrets: frozenset[str] = frozenset()

    def run(
        self, *images: str, parallelism: int = 8, timeout: int = 100, nodes: t.Sequence[ClusterNode] = NODES
    ) -> list[PlaceResult]:
        """Pull on all nodes."""
        pods = PrepullPods(self.namespace, (), "default", "default", "this", timeout)
        puller = Puller(self.namespace, "", "", PodSpec("default"))
        credentials = Credentials(puller, Sources(()), Mask(["hunter2"]), self.secrets)
        task = PullTask(pods, images, credentials, parallelism)
        pulled = pull_on_nodes(KubeApi(self.way, 1), task, nodes, lambda: self.seconds, self.sleep)
        self.warnings = pulled.warnings
        return pulled.results

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.each_second(self.seconds)

    @property
    def left(self) -> list[str]:
        """The names of Pods that are there."""
        api = KubeApi(self.world.transport, 1)
        return [pod["metadata"]["name"] for pod in api.list_all(pods_path(self.namespace))]


class NeverAnswered(Transport):
    """A way on which what is made is made, and nobody learns of it."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(Server("http://lost.invalid"), 1)
        self._inner = inner

    def send(self, request: Request) -> dict[str, t.Any]:
        """Answer all but creations."""
        answer = self._inner.send(request)
        if request.method == "POST":
            raise ConnectionProblem("no answer")
        return answer


def reported(results: t.Iterable[PlaceResult]) -> list[tuple[str, list[str]]]:
    """Nodes, and what became of each image."""
    return [(result.name, [image.action for image in result.changes]) for result in results]


def test_answer_is_lost() -> None:
    """A Pod whose creation was not answered is ours, and is watched and removed as any."""
    box = Box({"a": PULLED})
    box.way = AnswersLost(box.kubelets)

    assert reported(box.run("a")) == [(node.name, ["pulled"]) for node in NODES]
    assert box.left == []


def test_words_of_kubelets() -> None:
    """What a kubelet says decides whether an image was pulled; a container that may not even be made is as good as any."""
    box = Box({"new": PULLED, "old": PRESENT, "root": AS_ROOT})

    results = box.run("new", "old", "root")

    assert reported(results) == [(node.name, ["pulled", "unchanged", "pulled"]) for node in NODES]
    assert (box.left, box.warnings, box.seconds) == ([], [], 0)


def test_lost_words() -> None:
    """Where the events do not come, the list that the node had before decides, after a short wait."""
    box = Box({"listed:1": SILENT, "other": SILENT})

    assert reported(box.run("listed:1", "other", nodes=NODES[:1])) == [("one", ["unchanged", "pulled"])]
    assert box.seconds == EVENT_SECONDS


def test_words_that_may_not_be_read() -> None:
    """Without the right to read events nothing is waited for, and a warning says what that means."""
    box = Box({"listed:1": PULLED, "other": PRESENT}, [Allowed("pods", ["create", "list", "delete"])])

    assert reported(box.run("listed:1", "other", nodes=NODES[:1])) == [("one", ["unchanged", "pulled"])]
    assert box.seconds == 0
    assert [warning.partition(":")[0] for warning in box.warnings] == [
        "events could not be read, so an image counts as pulled unless the node listed it before"
    ]


def test_one_word_after_another() -> None:
    """A kubelet that looks at a container again finds the image that it has pulled for it: that was a pull."""
    box = Box({"a": PENDING})

    def later(seconds: float) -> None:
        (pod,) = box.kubelets.pods.values()
        if seconds == 0.5:
            box.kubelets.tell(pod, PULLED.word, "image-0")
            box.kubelets.tell(pod, PRESENT.word, "image-0")
        box.kubelets.fates["a"] = AS_ROOT._replace(word="")

    box.each_second = later

    assert reported(box.run("a", nodes=NODES[:1])) == [("one", ["pulled"])]


def test_parallelism() -> None:
    """No more nodes pull at once than may, and each has Pods for six images at most."""
    images = [f"image-{number}" for number in range(7)]
    box = Box(dict.fromkeys(images, PULLED))

    results = box.run(*images, parallelism=2)

    assert reported(results) == [(node.name, ["pulled"] * 7) for node in NODES]
    assert box.kubelets.most_at_once == 4
    assert [len(pod["spec"]["containers"]) for pod in box.kubelets.pods.values()] == [6, 1] * 3


def test_refused() -> None:
    """A pull that is refused fails at once, with the kubelet's message without secrets and what to do; others are waited for."""
    box = Box({"private": failing(DENIED), "slow": PENDING})

    def later(seconds: float) -> None:
        if seconds > 5:
            box.kubelets.fates["slow"] = PULLED

    box.each_second = later
    (result,) = box.run("private", "slow", nodes=NODES[:1])

    assert reported([result]) == [("one", ["failed", "pulled"])]
    reason = result.changes[0].reason
    assert reason.startswith("pull access denied, repository does not exist or may require authorization: ********; ")
    assert reason.endswith("link it (service_account_link), and run again")
    assert box.left == []


LACKING = "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed."
REFUSED = ("Failed", "Error: ErrImagePull")


@pytest.mark.parametrize(
    ("secrets", "warnings", "seconds"),
    [
        (["pull"], [("FailedToRetrieveImagePullSecret", LACKING.format("pull, gone")), REFUSED], 60.0),
        (["pull"], [("FailedToRetrieveImagePullSecret", LACKING.format("gone")), REFUSED], 0.5),
        (["pull"], [REFUSED], 0.5),
        (["pull"], [("FailedMount", "not yet")], 15.0),
        (["pull"], [], 15.0),
        ([], [], 0.0),
    ],
    ids=["one it will have", "one that does not exist", "had all", "not a word of it yet", "no message", "has none"],
)
def test_secrets_that_come_late(secrets: list[str], warnings: list[tuple[str, str]], seconds: float) -> None:
    """A refusal is not final when the kubelet pulled without a Secret that is there, as its next try has it."""
    box = Box({"a": failing(DENIED)._replace(warning="")})
    box.secrets = frozenset(secrets)

    def later(now: float) -> None:
        (pod,) = box.kubelets.pods.values()
        for reason, message in warnings if now == 0.5 else ():
            box.kubelets.tell(pod, message, "image-0", kind="Warning", reason=reason)

    box.each_second = later

    assert reported(box.run("a", nodes=NODES[:1])) == [("one", ["failed"])]
    assert box.seconds == seconds


def test_what_may_pass() -> None:
    """A registry that does not answer has a minute, in which the kubelet tries again."""
    away = failing(
        'Back-off pulling image "a": ErrImagePull: dial tcp 192.0.2.1:443: connection refused', "ImagePullBackOff"
    )
    box = Box({"a": away, "b": away})

    def later(seconds: float) -> None:
        if seconds > 50:
            box.kubelets.fates["a"] = PULLED

    box.each_second = later
    (result,) = box.run("a", "b", nodes=NODES[:1])

    assert reported([result]) == [("one", ["pulled", "failed"])]
    assert result.changes[1].reason == (
        "dial tcp 192.0.2.1:443: connection refused; check name, network and proxy between the node and the registry"
    )
    assert box.seconds == 60


def test_not_in_time() -> None:
    """A node that is silent fails after its time, with the last warning; others get theirs meanwhile."""
    box = Box({"a": PENDING})

    def later(seconds: float) -> None:
        if seconds == 3:
            for pod in box.kubelets.pods.values():
                box.kubelets.tell(pod, "no sandbox", "", kind="Warning", reason="FailedCreatePodSandBox")

    box.each_second = later
    (result,) = box.run("a", nodes=NODES[:1], timeout=10)

    assert result.changes[0].reason.startswith(
        "not there after 10 s; the last warning was 'FailedCreatePodSandBox: no sandbox'; "
    )
    assert (box.seconds, box.left) == (10, [])


def test_given_up() -> None:
    """A Pod that the kubelet does not take fails with what it says."""
    box = Box({"a": Fate(phase="Failed", message="Node has no room")})

    (result,) = box.run("a", nodes=NODES[:1])

    assert result.changes[0] == Change("image", "a", "failed", "the kubelet gave its Pod up (Node has no room)")


def test_removed_by_others() -> None:
    """A Pod that somebody else removes fails its node."""
    box = Box({"a": PENDING})
    api = KubeApi(box.world.transport, 1)

    def later(_seconds: float) -> None:
        for pod in box.kubelets.pods.values():
            api.delete(pod_path(box.namespace, pod["metadata"]["name"]), uid=pod["metadata"]["uid"])

    box.each_second = later
    (result,) = box.run("a", nodes=NODES[:1])

    assert result.changes[0].reason.startswith("somebody else removed Pod regcred-prepull-this-1; ")


def test_refused_pods() -> None:
    """Where no Pod can be made, the node fails with the API server's reason."""
    box = Box({"a": PULLED}, [Allowed("pods", ["list", "delete"])])

    (result,) = box.run("a", nodes=NODES[:1])

    assert 'cannot create resource "pods"' in result.changes[0].reason


def test_strays() -> None:
    """What an earlier run of this owner left is removed first; what others have is not."""
    box = Box({"a": PULLED})
    api = KubeApi(box.world.transport, 1)
    for owner in ("default", "other"):
        pods = PrepullPods(box.namespace, (), "default", owner, f"earlier-{owner}", 1)
        api.create(pods_path(box.namespace), pods.manifest(1, "one", ["a"]))

    box.run("a", nodes=NODES[:1])

    assert box.left == ["regcred-prepull-earlier-other-1"]


def test_made_and_not_known() -> None:
    """A Pod that was made, and of which no answer ever came, is removed at the end."""
    box = Box({"a": PULLED})
    box.way = NeverAnswered(box.kubelets)

    (result,) = box.run("a", nodes=NODES[:1])

    assert result.changes[0].reason == "no answer"
    assert box.left == []


@pytest.mark.parametrize("ending", [KeyboardInterrupt, ValueError])
def test_ended(ending: type[BaseException]) -> None:
    """However a run ends, it leaves no Pod."""
    box = Box({"a": PENDING})

    def end(_seconds: float) -> None:
        assert len(box.left) == 3
        raise ending

    box.each_second = end
    with pytest.raises(ending):
        box.run("a")

    assert box.left == []


def test_pods_that_cannot_be_removed() -> None:
    """A Pod that stays is reported; it is no failure."""
    box = Box({"a": PULLED}, [Allowed("pods", ["create", "list"]), Allowed("events", ["list"])])

    assert reported(box.run("a", nodes=NODES[:1])) == [("one", ["pulled"])]
    assert box.warnings[0].startswith("Pods could not be removed, the next run with this owner tries again: DELETE ")


def test_requests() -> None:
    """However many Pods there are, a look is one request."""
    box = Box({"a": PULLED})

    box.run("a", nodes=[ClusterNode(str(number)) for number in range(5)])

    reading = [request.path.rpartition("/")[2] for request in box.kubelets.requests if request.method == "GET"]
    assert reading == ["pods", "pods", "events"]
