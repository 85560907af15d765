"""image_prepull, from its options to its result."""

from __future__ import annotations

import os
import signal
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import NODE, PlaceResult
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.prepull_pod import of_image
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.renderer import outcome_of
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi, pods_path
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.prepull_images import PrepullTask
from ansible_collections.regcred.kubernetes.plugins.modules import image_prepull as image_prepull_module
from ansible_collections.regcred.kubernetes.plugins.modules.image_prepull import main
from tests.unit.fake_kubelet import PRESENT, PULLED, FakeKubelets, failing, make_node
from tests.unit.module_run import Cluster, cluster_in_memory
from tests.unit.worlds import FakeWorld

pytest.importorskip("urllib3")

NEW, OLD, BAD = "quay.io/team/new:1", "quay.io/team/old:1", "quay.io/team/bad:1"


@pytest.fixture(name="cluster")
def _cluster() -> t.Iterator[Cluster]:
    """Two nodes with kubelets, and one without."""
    with cluster_in_memory() as cluster:
        api = KubeApi(cluster.world.transport, 1)
        for name in ("two", "one"):
            make_node(api, name, images=[{"names": [OLD]}])
        make_node(api, "away", conditions=[])
        fates = {NEW: PULLED, OLD: PRESENT, BAD: failing("quay.io/team/bad:1: not found")}
        cluster.world.transport = FakeKubelets(cluster.world.transport, fates)  # type: ignore[assignment]  # with kubelets behind it
        yield cluster


def pods(world: FakeWorld) -> list[t.Any]:
    """The Pods that are there."""
    return KubeApi(world.transport, 1).list_all(pods_path())


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])
def test_pulled(cluster: Cluster, check_mode: bool) -> None:
    """Nodes and images are reported, in a run as in check mode, with a diff."""
    options = {"namespace": "name-1", "images": [NEW, OLD, NEW]}

    found = cluster.run(main, options, check_mode=check_mode, diff=True)

    reasons = ("not among the images that the node lists", "listed by the node")
    if not check_mode:
        reasons = ("pulled by the kubelet", "already present")
    images = [
        {"image": NEW, "action": "pulled", "reason": reasons[0]},
        {"image": OLD, "action": "unchanged", "reason": reasons[1]},
    ]
    node = {"action": "pulled", "reason": f"{NEW}: {reasons[0]}", "images": images}
    away = {
        "node": "away",
        "action": "skipped",
        "reason": "it is not Ready, so its kubelet would not pull",
        "images": [],
    }
    assert found.result["nodes"] == [away, {"node": "one", **node}, {"node": "two", **node}]
    assert found.result["summary"] == {"pulled": 2, "unchanged": 0, "skipped": 1, "failed": 0}
    assert (found.result["changed"], found.message) == (True, "2 images on 3 nodes: 2 pulled, 1 skipped")
    assert [(each["before"], each["after"]) for each in found.result["diff"]] == [(f"{OLD}\n", f"{NEW}\n{OLD}\n")]
    assert found.result["diff"][0]["before_header"] == "2 nodes (one, two)"
    assert pods(cluster.world) == []
    assert bool(cluster.writes) is not check_mode


def test_diff_of_forged_names() -> None:
    """A line of the diff is an image, whatever a kubelet calls it."""
    images = (of_image("quay.io/a\n+ quay.io/forged\x1b[2J", "pulled", ""),)

    (shown,) = outcome_of([PlaceResult("one", images, kind=NODE)], subject="1 image", kind=NODE).diff

    assert shown["after"] == "quay.io/a\\n+ quay.io/forged\\x1b[2J\n"


def test_unchanged(cluster: Cluster) -> None:
    """What kubelets have is no change."""
    found = cluster.run(main, {"namespace": "name-1", "image": [OLD], "exclude_nodes": ["away"]}, diff=True)

    assert (found.result["changed"], found.result["nodes"], found.result["diff"]) == (False, [], [])
    assert found.result["summary"] == {"pulled": 0, "unchanged": 2, "skipped": 0, "failed": 0}


def test_failed(cluster: Cluster) -> None:
    """A node that fails fails the task, with what its kubelet says and what to do; what was done is reported all the same."""
    found = cluster.run(main, {"namespace": "name-1", "images": [BAD, NEW], "nodes": ["one"]})

    assert found.result["failed"]
    assert found.message.startswith(
        f"1 of 1 nodes failed. node one: {BAD}: {BAD}: not found; check repository and tag; "
    )
    assert found.result["changed"]
    assert [image["action"] for image in found.result["nodes"][0]["images"]] == ["failed", "pulled"]


@pytest.mark.parametrize(("rows", "expected"), [("failed", []), ("all", ["away"])])
def test_rows_of_a_failure(cluster: Cluster, rows: str, expected: list[str]) -> None:
    """Nodes that did not fail are beside those that did where that is asked for."""
    found = cluster.run(main, {"namespace": "name-1", "images": [BAD], "rows_on_failure": rows})

    assert [row["node"] for row in found.result["nodes"]] == [*expected, "one", "two"]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end(cluster: Cluster, ending: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is asked to end ends as by an interrupt from the keyboard, so that its Pods are removed."""

    def end(_api: KubeApi, _task: PrepullTask, *, check_mode: bool, sleep: t.Callable[[float], None]) -> t.NoReturn:
        sleep(0)
        os.kill(os.getpid(), ending)
        assert not check_mode  # nothing is torn apart at once
        sleep(0)
        raise AssertionError

    monkeypatch.setattr(image_prepull_module, "prepull_images", end)
    before = signal.getsignal(ending)

    with pytest.raises(KeyboardInterrupt):
        cluster.run(main, {"images": [NEW]})

    assert signal.getsignal(ending) == before


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"images": []}, "images: is empty; give at least one"),
        ({"images": [NEW, "quay.io/Team/x"]}, "images[1]: 'quay.io/Team/x' has capitals in its path"),
        (
            {"images": ["robot:hunter2@quay.io/x"]},
            "images[0]: has a user before the registry's host; give the image alone",
        ),
        ({"namespace": "Shop"}, "namespace: 'Shop' cannot name a namespace; "),
        ({"service_account": "_"}, "service_account: '_' cannot name a Kubernetes object; "),
        ({"image_pull_secrets": ["a", "b*"]}, "image_pull_secrets[1]: 'b*' cannot name a Kubernetes object; "),
        ({"nodes": ["one", "Two"]}, "nodes[1]: 'Two' cannot name a Kubernetes object; "),
        ({"parallelism": 0}, "parallelism: 0 is out of range; use 1 to 256"),
        ({"timeout": 86401}, "timeout: 86401 is out of range; use 1 to 86400 seconds"),
        ({"owner": ""}, "owner: is empty; "),
        ({"namespace": "gone"}, "namespace: there is no namespace gone; "),
    ],
)
def test_refused(cluster: Cluster, options: t.Mapping[str, t.Any], expected: str) -> None:
    """Bad input fails with the option's name, what is wrong and what to do, and nothing is written."""
    found = cluster.run(main, {"images": [NEW], **options})

    assert found.result["failed"]
    assert found.message.startswith(expected)
    assert "hunter2" not in found.output
    assert cluster.writes == []
