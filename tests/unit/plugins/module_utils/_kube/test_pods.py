"""Pods, workloads and events turned into what the domain knows of pulls."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.puller import (
    ContainerImage,
    PodSpec,
    Puller,
    PullFailure,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.pods import (
    PodEvent,
    PullerReader,
    PullWarning,
    PullWord,
    event_from,
    pull_warning_from,
    pull_word_from,
    pulled_pod_from,
)

Item = t.Dict[str, t.Any]


def item(spec: t.Mapping[str, t.Any], name: str = "x", **more: t.Any) -> Item:
    """An object in team-a."""
    return {"metadata": {"namespace": "team-a", "name": name, **more.pop("metadata", {})}, "spec": spec, **more}


def containers(*images: str) -> dict[str, t.Any]:
    """A Pod's spec with these images."""
    return {"containers": [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]}


def read(kind: str, found: Item) -> Puller | None:
    """An object of this kind, read where team-a counts."""
    return PullerReader(kind, ["team-a"])(found)


def spec_of(pod_spec: t.Mapping[str, t.Any]) -> PodSpec:
    """What is read of a Pod's spec."""
    found = read("Pod", item(pod_spec))
    assert found is not None
    return found.spec


def test_bare_pod() -> None:
    """What is left out has the API server's defaults, or is empty."""
    assert read("Pod", item(containers("nginx"))) == Puller(
        "team-a", "Pod", "x", PodSpec("default", (), (ContainerImage("nginx"),))
    )


def test_all_that_pulls() -> None:
    """Init and ephemeral containers and image volumes pull as well, each image and policy once."""
    spec = {
        "initContainers": [{"name": "i", "image": "init", "imagePullPolicy": "Always"}],
        "containers": [
            {"name": "a", "image": "app", "imagePullPolicy": "Never"},
            {"name": "b", "image": "app", "imagePullPolicy": "Never"},
            {"name": "c", "image": "app", "imagePullPolicy": "Always"},
            {"name": "d"},
        ],
        "ephemeralContainers": [{"name": "e", "image": "debug"}],
        "volumes": [
            {"name": "v", "image": {"reference": "data", "pullPolicy": "IfNotPresent"}},
            {"name": "w", "emptyDir": {}},
            {"name": "u", "image": {}},
            {"name": "t", "image": {"pullPolicy": "Always"}},
        ],
    }

    assert spec_of(spec).images == (
        ContainerImage("init", "Always"),
        ContainerImage("app", "Never"),
        ContainerImage("app", "Always"),
        ContainerImage(""),
        ContainerImage("debug"),
        ContainerImage("data", "IfNotPresent"),
    )


@pytest.mark.parametrize("field", ["initContainers", "ephemeralContainers", "volumes", "imagePullSecrets"])
def test_null(field: str) -> None:
    """A list that is null is empty."""
    assert spec_of({**containers("nginx"), field: None}) == spec_of(containers("nginx"))


def test_list_as_it_stands() -> None:
    """The list of Secrets keeps its order, its doubles, and entries without a name."""
    spec = {
        **containers(),
        "imagePullSecrets": [{"name": "b"}, {"name": "a"}, {}, {"name": "b"}],
        "serviceAccountName": "s",
    }

    assert spec_of(spec) == PodSpec("s", ("b", "a", "", "b"))


TEMPLATE = {"template": {"spec": containers("nginx")}}


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Deployment", TEMPLATE),
        ("StatefulSet", TEMPLATE),
        ("DaemonSet", TEMPLATE),
        ("Job", TEMPLATE),
        ("CronJob", {"jobTemplate": {"spec": TEMPLATE}}),
    ],
)
def test_templates(kind: str, spec: Item) -> None:
    """Of a workload, its template's spec is read; a status of its own says nothing about pulls."""
    found = read(kind, item(spec, status={"containerStatuses": [waiting("c0", "ErrImagePull", "no")]}))

    assert found == Puller("team-a", kind, "x", PodSpec("default", (), (ContainerImage("nginx"),)))


def test_mirror_pod() -> None:
    """A static Pod's copy got nothing from a ServiceAccount, and events know it by its manifest."""
    annotations = {"kubernetes.io/config.mirror": "5d9c", "kubernetes.io/config.hash": "5d9c"}
    found = read("Pod", item(containers("nginx"), metadata={"annotations": annotations, "uid": "7f1b"}))

    assert found is not None
    assert (found.spec.service_account, found.uid) == ("", "5d9c")


def test_uid() -> None:
    """By its uid, a Pod is distinguished from one that had its name before."""
    found = read("Pod", item(containers("nginx"), metadata={"uid": "7f1b"}))

    assert found is not None
    assert found.uid == "7f1b"


def test_dropped() -> None:
    """Objects in other namespaces, and those that are being deleted, are dropped."""
    reader = PullerReader("Pod", ["team-b"])

    assert reader(item(containers("nginx"))) is None
    assert read("Pod", item(containers("nginx"), metadata={"deletionTimestamp": "2026-11-22T00:00:00Z"})) is None


def test_equal_specs_are_one() -> None:
    """A thousand Pods of one workload share one spec."""
    reader = PullerReader("Pod", ["team-a"])

    found = [reader(item(containers("nginx"), name=f"x{number}")) for number in range(1000)]

    assert len({id(each.spec) for each in found if each}) == 1


def waiting(container: str, reason: str, message: str = "", **more: t.Any) -> Item:
    """The status of a container that waits."""
    return {"name": container, "state": {"waiting": {"reason": reason, "message": message}}, **more}


def failures(status: t.Any) -> t.Sequence[PullFailure]:
    """What is read of a status."""
    spec = {**containers("app", "side"), "initContainers": [{"name": "i", "image": "init"}]}
    found = read("Pod", item(spec, status=status))
    assert found is not None
    return found.failures


def test_failures() -> None:
    """Containers of each kind that wait for their image are reported with the image that the spec names."""
    status = {
        "initContainerStatuses": [waiting("i", "ImagePullBackOff", "denied", image="sha256:0")],
        "containerStatuses": [
            waiting("c0", "ErrImagePull", "not found"),
            waiting("c1", "CrashLoopBackOff", "back-off"),
        ],
        "ephemeralContainerStatuses": [waiting("unknown", "InvalidImageName", image="Debug")],
    }

    assert failures(status) == (
        PullFailure("i", "init", "ImagePullBackOff", "denied"),
        PullFailure("c0", "app", "ErrImagePull", "not found"),
        PullFailure("unknown", "Debug", "InvalidImageName", ""),
    )


@pytest.mark.parametrize(
    "status",
    [
        None,
        {},
        {"containerStatuses": None},
        {"containerStatuses": [{"name": "c0"}]},
        {"containerStatuses": [{"name": "c0", "state": {"running": {}}}]},
        {"containerStatuses": [{"name": "c0", "state": {"waiting": {}}}]},
    ],
    ids=["none", "empty", "null", "no state", "running", "no reason"],
)
def test_no_failures(status: t.Any) -> None:
    """A Pod of which the kubelet says nothing, or nothing bad, does not fail."""
    assert failures(status) == ()


def event(reason: str, **more: t.Any) -> Item:
    """An event of Pod x in team-a."""
    about = {"namespace": "team-a", "name": "x", "uid": "5d9c"}
    return {
        "metadata": {"creationTimestamp": "2026-11-22T08:00:00Z"},
        "involvedObject": about,
        "reason": reason,
        **more,
    }


@pytest.mark.parametrize("reason", ["Unhealthy", "FailedScheduling", "", None])
def test_event_about_something_else(reason: t.Any) -> None:
    """Events that do not tell of pulls are dropped."""
    assert event_from(event(reason)) is None


@pytest.mark.parametrize(
    ("times", "when"),
    [
        ({"lastTimestamp": "2026-11-22T10:00:00Z", "eventTime": "2026-11-22T09:00:00.5Z"}, "2026-11-22T10:00:00"),
        ({"lastTimestamp": None, "eventTime": "2026-11-22T09:00:00.500000Z"}, "2026-11-22T09:00:00.500000"),
        (
            {"eventTime": "2026-11-22T09:00:00.5Z", "series": {"lastObservedTime": "2026-11-22T09:30:00.25Z"}},
            "2026-11-22T09:30:00.25",
        ),
        ({"series": None}, "2026-11-22T08:00:00"),
        ({"metadata": {}}, ""),
    ],
    ids=["reported by a kubelet", "reported once", "reported again", "made", "unknown"],
)
def test_event_times(times: Item, when: str) -> None:
    """When an event was reported last is in a field that depends on who reports it."""
    assert event_from(event("Failed", message="m", **times)) == PodEvent("team-a", "x", "5d9c", when, "Failed: m")


def test_times_compare() -> None:
    """A time with a fraction of a second comes after the same time without."""
    whole, later = (event_from(event("Failed", lastTimestamp=f"2026-11-22T10:00:00{rest}Z")) for rest in ("", ".1"))

    assert whole is not None
    assert later is not None
    assert whole.when < later.when


def test_event_without_a_message() -> None:
    """An event that says nothing is its reason."""
    found = event_from(event("ErrImageNeverPull", message=None))

    assert found is not None
    assert found.text == "ErrImageNeverPull"


def test_pod() -> None:
    """Containers that were made, that could not be, and that wait for their images, are distinguished."""
    names = ("image-0", "image-1", "image-2", "image-3")
    states = (
        {"imageID": "a@sha256:1", "state": {"terminated": {"reason": "StartError", "exitCode": 128}}},
        {"imageID": "", "state": {"waiting": {"reason": "CreateContainerConfigError", "message": "as root"}}},
        {"imageID": "", "state": {"waiting": {"reason": "ErrImagePull", "message": "denied"}}},
        {"imageID": "", "state": {"waiting": {"reason": "ContainerCreating"}}},
    )

    pod = pulled_pod_from(
        {
            "metadata": {"uid": "u"},
            "spec": {"containers": [{"name": name, "image": f"{name}:1"} for name in names]},
            "status": {
                "phase": "Pending",
                "containerStatuses": [{"name": name, **state} for name, state in zip(names, states)],
            },
        }
    )

    assert (pod.uid, pod.has_ended) == ("u", False)
    assert [pod.is_present(name) for name in names] == [True, True, False, False]
    assert pod.failures == {"image-2": PullFailure("image-2", "image-2:1", "ErrImagePull", "denied")}


def test_given_up() -> None:
    """A Pod that a kubelet refuses or gives up has no containers, and says why."""
    pod = pulled_pod_from(
        {
            "metadata": {"uid": "u"},
            "spec": {"containers": []},
            "status": {"phase": "Failed", "reason": "OutOfpods", "message": "Pod was rejected"},
        }
    )

    assert (pod.has_ended, pod.condition) == (True, "OutOfpods: Pod was rejected")


@pytest.mark.parametrize(
    ("about", "message", "expected"),
    [
        ({"fieldPath": "spec.containers{image-0}"}, "Successfully pulled image x", PullWord("u", "image-0", "pulled")),
        ({"fieldPath": "spec.containers{image-0}"}, "Something else", None),
        ({}, "Successfully pulled image x", None),
    ],
)
def test_words(about: dict[str, t.Any], message: str, expected: PullWord | None) -> None:
    """An event names the Pod and its container."""
    assert pull_word_from({"involvedObject": {"uid": "u", **about}, "message": message}) == expected


def test_warnings() -> None:
    """Of what a kubelet warns of, the Secrets are kept that it did not have."""
    about = {"involvedObject": {"uid": "u"}}
    message = "Unable to retrieve some image pull secrets (one); attempting to pull the image may not succeed."
    lacking = {**about, "reason": "FailedToRetrieveImagePullSecret", "message": message}

    assert pull_warning_from(lacking) == PullWarning("u", "FailedToRetrieveImagePullSecret", ("one",))
    assert pull_warning_from({**about, "reason": "Failed", "message": message}) == PullWarning("u", "Failed", ())
