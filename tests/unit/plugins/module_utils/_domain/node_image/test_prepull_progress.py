"""How far a Pod is that has images pulled."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node import ClusterNode
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking.mask import Mask
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.prepull_progress import (
    EVENT_SECONDS,
    Credentials,
    PodProgress,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.prepull_state import (
    LACKS_SECRETS,
    ContainerState,
    PulledPod,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.outcome import Sources
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.puller import PodSpec, Puller, PullFailure

TIMEOUT: t.Final = 100
NODE = ClusterNode("one", images=frozenset(("docker.io/library/listed:1",)))
POD = PodProgress(NODE, ("listed:1", "new:1"), "pod", "uid", started=10.0)
CREDENTIALS = Credentials(Puller("team-a", "", "", PodSpec("default")), Sources(()), Mask(["hunter2"]))
DENIED = "pull access denied for hunter2"


def seen(first: str = "", second: str = "", *, has_ended: bool = False, failing: str = "") -> PulledPod:
    """A Pod as it stands: the ids of its images, and why the second fails."""
    failure = PullFailure("image-1", "new:1", "ErrImagePull", failing)
    return PulledPod(
        "uid",
        has_ended,
        "no room",
        {"image-0": ContainerState(first), "image-1": ContainerState(second)},
        {"image-1": failure} if failing else {},
    )


def test_settled() -> None:
    """A Pod is settled once nothing is open, from that moment on, and one that is gone is settled at once."""
    pending = POD.seen_as(seen("id")).at(11.0)
    both = pending.seen_as(seen("id", "id")).at(12.0)

    assert pending.settled is None
    assert both.settled == both.at(20.0).settled == 12.0
    assert POD.seen_as(None).at(13.0).settled == 13.0


def test_failing() -> None:
    """A failure counts from when it was first seen, and anew when it was gone in between."""
    failing = POD.seen_as(seen("id", failing="connection refused")).at(11.0)
    again = failing.at(12.0)
    over = again.seen_as(seen("id")).at(13.0)

    assert failing.failing == again.failing == {"image-1": 11.0}
    assert over.failing == {}
    assert failing.at(70.0).settled is None
    assert failing.at(71.0).settled == 71.0


@pytest.mark.parametrize(
    ("warnings", "secrets", "had_secrets"),
    [
        ([], ["pull"], None),
        ([], [], True),
        ([("Failed", ())], ["pull"], True),
        ([(LACKS_SECRETS, ("pull",)), ("Failed", ())], ["pull"], False),
        ([(LACKS_SECRETS, ("gone",)), ("Failed", ())], ["pull"], True),
        ([("FailedMount", ())], ["pull"], None),
    ],
)
def test_secrets(warnings: list[tuple[str, tuple[str, ...]]], secrets: list[str], had_secrets: bool | None) -> None:
    """A kubelet that says nothing of its Secrets before a pull fails had them."""
    asking = POD.seen_as(seen(failing=DENIED))

    assert asking.asks_for_warnings
    assert not POD.seen_as(seen(failing="connection refused")).asks_for_warnings
    assert not POD.asks_for_warnings
    assert asking.with_warnings(warnings, frozenset(secrets)).had_secrets is had_secrets


def test_words() -> None:
    """A pull counts, though later looks at the image find it present."""
    heard = POD.with_words([("image-0", "present"), ("image-1", "pulled")]).with_words([("image-1", "present")])

    assert heard.words == {"image-0": "present", "image-1": "pulled"}


def test_done() -> None:
    """A Pod is done once its kubelet has reported all that is there, or has had the time to, or cannot be heard."""
    settled = POD.seen_as(seen("id", "id")).at(20.0)
    reported = settled.with_words([("image-0", "present"), ("image-1", "pulled")])

    assert not settled.is_done(20.0, TIMEOUT, sees_events=True)
    assert settled.is_done(20.0, TIMEOUT, sees_events=False)
    assert settled.is_done(20.0 + EVENT_SECONDS, TIMEOUT, sees_events=True)
    assert reported.is_done(20.0, TIMEOUT, sees_events=True)
    assert POD.seen_as(None).at(20.0).is_done(20.0, TIMEOUT, sees_events=True)
    pending = POD.seen_as(seen("id")).at(20.0)
    assert not pending.is_done(109.0, TIMEOUT, sees_events=True)
    assert pending.is_done(110.0, TIMEOUT, sees_events=True)


def outcomes(pod: PodProgress, last_warning: str = "") -> list[tuple[str, str]]:
    """Action and reason of each image."""
    return [(each.action, each.reason) for each in pod.outcomes(CREDENTIALS, TIMEOUT, last_warning)]


def test_outcomes() -> None:
    """What was reported decides; without it, the list that the node had before."""
    there = POD.seen_as(seen("id", "id")).at(20.0)

    assert [action for action, _reason in outcomes(there)] == ["unchanged", "pulled"]
    assert [action for action, _reason in outcomes(there.with_words([("image-0", "pulled")]))] == ["pulled", "pulled"]


def test_failures() -> None:
    """Each failure has its reason and a cure, and no secret."""
    denied = POD.seen_as(seen("id", failing=DENIED)).at(20.0)
    silent = POD.seen_as(seen()).at(20.0)
    given_up = POD.seen_as(seen(has_ended=True)).at(20.0)
    gone = POD.seen_as(None).at(20.0)

    assert outcomes(denied)[1][1].startswith("pull access denied for ********; ")
    assert (silent.is_silent, given_up.is_silent, gone.is_silent) == (True, False, False)
    assert outcomes(silent, "Failed: hunter2")[0][1].startswith(
        "not there after 100 s; the last warning was 'Failed: ********'; give it more time"
    )
    assert outcomes(silent)[0][1].startswith("not there after 100 s; give it more time")
    assert outcomes(given_up)[0] == ("failed", "the kubelet gave its Pod up (no room)")
    assert outcomes(gone)[0][1].startswith("somebody else removed Pod pod; ")


def test_nothing_is_changed() -> None:
    """Each step gives another one."""
    before = replace(POD)
    POD.seen_as(seen(failing=DENIED)).at(20.0).with_words([("image-0", "pulled")])

    assert before == POD
