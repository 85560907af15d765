# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods that are there to have images pulled, and their events, turned into what the domain knows."""

from __future__ import annotations

import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.prepull_state import (
    LACKS_SECRETS,
    ContainerState,
    PulledPod,
    Word,
    lacking_in,
    word_in,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.pod_objects import failures_of

Item = t.Mapping[str, t.Any]


def pulled_pod_from(item: Item) -> PulledPod:
    """A Pod as it stands."""
    status = item.get("status") or {}
    told = [status.get(name) for name in ("reason", "message")]
    return PulledPod(
        uid=item["metadata"]["uid"],
        has_ended=status.get("phase") in ("Failed", "Succeeded"),
        told=": ".join(filter(None, told)),
        containers={each["name"]: _state_from(each) for each in status.get("containerStatuses") or ()},
        failures={failure.container: failure for failure in failures_of(item)},
    )


class PullWord(t.NamedTuple):
    """What a kubelet said of the image of one container of a Pod."""

    uid: str
    container: str
    word: Word


def pull_word_from(item: Item) -> PullWord | None:
    """What an event says, ``None`` for one that says something else."""
    about = item["involvedObject"]
    word = word_in(item.get("message") or "")
    container = (about.get("fieldPath") or "").partition("{")[2].rstrip("}")
    return PullWord(about.get("uid", ""), container, word) if word and container else None


class PullWarning(t.NamedTuple):
    """A warning about a Pod: its reason, and the Secrets that its kubelet did not have where it is about that."""

    uid: str
    reason: str
    lacking: tuple[str, ...]


def pull_warning_from(item: Item) -> PullWarning:
    """An event that is a warning about a Pod."""
    reason = item.get("reason") or ""
    lacking = lacking_in(item.get("message") or "") if reason == LACKS_SECRETS else ()
    return PullWarning(item["involvedObject"].get("uid", ""), reason, tuple(lacking))


def _state_from(status: Item) -> ContainerState:
    waiting = (status.get("state") or {}).get("waiting") or {}
    return ContainerState(status.get("imageID") or "", waiting.get("reason") or "")
