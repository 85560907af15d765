"""What became of a Pod's images."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.prepull_state import (
    AFTER_THE_PULL,
    PATIENCE_SECONDS,
    SECOND_TRY_SECONDS,
    ContainerState,
    PulledPod,
    lacking_in,
    word_in,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.puller import PullFailure

DENIED = PullFailure("image-0", "a", "ErrImagePull", "pull access denied")
AWAY = PullFailure("image-0", "a", "ErrImagePull", "dial tcp: connection refused")


def pod(
    state: ContainerState | None = None, failure: PullFailure | None = None, *, has_ended: bool = False
) -> PulledPod:
    """A Pod with one container."""
    return PulledPod(
        "uid",
        has_ended,
        "",
        {} if state is None else {"image-0": state},
        {} if failure is None else {"image-0": failure},
    )


@pytest.mark.parametrize("state", [ContainerState("id"), *(ContainerState("", reason) for reason in AFTER_THE_PULL)])
def test_present(state: ContainerState) -> None:
    """A container that was made, or was about to be, has its image."""
    assert pod(state).is_present("image-0")
    assert not pod(state, has_ended=True).has_failed("image-0", 0)


@pytest.mark.parametrize(
    "state", [None, ContainerState(), ContainerState("", "ContainerCreating"), ContainerState("", "ErrImagePull")]
)
def test_waiting(state: ContainerState | None) -> None:
    """A container of which nothing more is known may still pull, until its kubelet gives the Pod up."""
    assert not pod(state).is_present("image-0")
    assert not pod(state).has_failed("image-0", PATIENCE_SECONDS)
    assert pod(state, has_ended=True).has_failed("image-0", 0)


def test_failures() -> None:
    """A refusal is final; what may pass has a minute for it."""
    assert pod(failure=DENIED).has_failed("image-0", 0)
    assert not pod(failure=AWAY).has_failed("image-0", PATIENCE_SECONDS - 1)
    assert pod(failure=AWAY).has_failed("image-0", PATIENCE_SECONDS)
    assert pod(failure=AWAY, has_ended=True).has_failed("image-0", 0)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('Successfully pulled image "a" in 74ms (74ms including waiting). Image size: 1 bytes.', "pulled"),
        ('Container image "a" already present on machine', "present"),
        ('Container image "a" already present on machine and can be accessed by the pod', "present"),
        ("Something else", None),
    ],
)
def test_words(message: str, expected: str | None) -> None:
    """The words of kubelets of Kubernetes 1.34 and 1.36, with and without verification."""
    assert word_in(message) == expected


@pytest.mark.parametrize(
    ("message", "had_secrets", "seconds"),
    [
        ("pull access denied", True, 0),
        ("pull access denied", None, SECOND_TRY_SECONDS),
        ("code = NotFound", False, PATIENCE_SECONDS),
        ("no match for platform in manifest", False, 0),
    ],
)
def test_for_want_of_secrets(message: str, had_secrets: bool | None, seconds: float) -> None:
    """What a registry refuses is final only if the kubelet had its Secrets."""
    failing = pod(failure=DENIED._replace(message=message))

    assert failing.has_failed("image-0", seconds, had_secrets=had_secrets)
    assert seconds == 0 or not failing.has_failed("image-0", seconds - 1, had_secrets=had_secrets)
    assert failing.may_lack_secrets() is (message != "no match for platform in manifest")


def test_lacking() -> None:
    """The words of a kubelet that pulls without some of its Secrets."""
    message = "Unable to retrieve some image pull secrets (one, two); attempting to pull the image may not succeed."

    assert lacking_in(message) == ["one", "two"]
    assert lacking_in("something else") == []
