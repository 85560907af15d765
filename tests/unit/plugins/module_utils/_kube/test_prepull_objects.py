"""Pods that have images pulled, as an API server has them; the texts are those of a kubelet 1.36 with containerd."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.puller import PullFailure
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.prepull_objects import (
    PullWarning,
    PullWord,
    pull_warning_from,
    pull_word_from,
    pulled_pod_from,
)


def test_pod() -> None:
    """Containers that were made, that could not be, and that wait for their images, are told apart."""
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

    assert (pod.has_ended, pod.told) == (True, "OutOfpods: Pod was rejected")


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
