# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Why a pull failed, from what the kubelet says.

The texts are those of containerd 2 and CRI-O; a runtime is free to say something else, which is then ``other``.
"""

from __future__ import annotations

import re
import typing as t

Cause = t.Literal[
    "blocked", "denied", "not_found", "invalid_name", "never", "certificate", "unreachable", "throttled", "other"
]

WAITING_REASONS = frozenset(
    (
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
    )
)
"""``pkg/kubelet/images/types.go``; a malformed Secret's error takes the reason's place as a whole."""

EVENT_REASONS = frozenset(("Failed", "FailedToRetrieveImagePullSecret", "InspectFailed", "ErrImageNeverPull"))
"""Events of a Pod that tell of pulls; ``Failed`` tells of other things, too."""

_BLOCKED = re.compile(r"illegal base64 data|unable to parse auth field|json: |invalid character|unexpected end of JSON")
_BY_REASON: t.Mapping[str, Cause] = {"InvalidImageName": "invalid_name", "ErrImageNeverPull": "never"}
_BY_TEXT: t.Sequence[tuple[Cause, t.Pattern[str]]] = (
    ("throttled", re.compile(r"too ?many ?requests|429|pull QPS exceeded|rate limit", re.IGNORECASE)),
    ("certificate", re.compile(r"x509:|tls: |certificate", re.IGNORECASE)),
    (
        "denied",
        re.compile(
            r"denied|unauthori[sz]ed|\b40[13]\b|no basic auth|insufficient_scope|authorization failed|authentication required",
            re.IGNORECASE,
        ),
    ),
    ("not_found", re.compile(r"not found|manifest unknown|code = NotFound|name unknown", re.IGNORECASE)),
    (
        "unreachable",
        re.compile(
            r"connection refused|no such host|i/o timeout|deadline exceeded|network is unreachable|dial tcp|\bEOF\b|\b50[0234]\b",
            re.IGNORECASE,
        ),
    ),
)


def is_pull_failure(reason: str, message: str) -> bool:
    """Whether a container that waits with this waits for its image."""
    return reason in WAITING_REASONS or bool(_BLOCKED.search(reason) or _BLOCKED.search(message))


def cause_of(reason: str, message: str) -> Cause:
    """
    What kept an image from being pulled.

    Args:
        reason: A waiting container's ``reason``.
        message: Its ``message``.
    """
    if _BLOCKED.search(message) or _BLOCKED.search(reason):
        return "blocked"
    if reason in _BY_REASON:
        return _BY_REASON[reason]
    return next((cause for cause, pattern in _BY_TEXT if pattern.search(message)), "other")
