# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Why a pull failed, from what the kubelet says.

The texts are those of containerd 2, CRI-O and Docker; a runtime is free to say something else, which is then ``other``.
Sources: ``pkg/kubelet/images`` of the kubelet (``types.go``, ``image_manager.go``) and ``pkg/errors`` of ``cri-api``.
"""

from __future__ import annotations

import re
import typing as t

from ..image.reference import InvalidImage, parse_image
from .puller import ContainerImage, PullFailure

Cause = t.Literal[
    "blocked",
    "denied",
    "not_found",
    "invalid_name",
    "never",
    "certificate",
    "scheme",
    "platform",
    "unreachable",
    "throttled",
    "other",
]

WAITING_REASONS = frozenset(
    (
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    )
)
"""What a container waits with; a malformed Secret's error takes the reason's place as a whole."""

EVENT_REASONS = frozenset(("Failed", "FailedToRetrieveImagePullSecret", "InspectFailed", "ErrImageNeverPull"))
"""Reasons of a Pod's events about pulls; ``Failed`` has other causes, too."""

# The kubelet's own words, from its JSON decoder; further inside a message, the same words are about a registry's answer.
_BLOCKED = re.compile(
    r"(?:Back-off pulling image \"[^\"]*\": ErrImagePull: )?"
    r"(?:illegal base64 data|unable to parse auth field|json: |invalid character|unexpected end of JSON)"
)
_BY_REASON: t.Mapping[str, Cause] = {
    "InvalidImageName": "invalid_name",
    "ErrImageNeverPull": "never",
}
_BY_TEXT: t.Sequence[tuple[Cause, str]] = (
    ("throttled", r"too ?many ?requests|pull QPS exceeded|rate limit"),
    ("scheme", r"HTTP response to HTTPS client|HTTP request to an HTTPS server|request to http:// 400"),
    ("certificate", r"x509:|tls: |certificate"),
    ("platform", r"no match for platform|no matching manifest for|no image found in (?:image index|manifest list)"),
    (
        "denied",
        r"denied|unauthori[sz]ed|(?<![\w.:-])40[13]\b|no basic auth|insufficient_scope|auth\w+ (?:failed|required)",
    ),
    ("not_found", r"not found|code = NotFound|(?:manifest|name) unknown|not known to registry"),
    ("unreachable", r"(?:dial|read|write) tcp|connection (?:refused|reset)|no such host|no route|is unreachable"),
    ("unreachable", r"time(?:d )?out|deadline exceeded|\bEOF\b|(?<![\w.:-])50[0234]\b"),
)
_NAMES = re.compile(r"\"[^\"]*\"|(http://)\S*|\S*/\S*")
"""Whatever stands in quotes or has a slash: names of images and URLs, which can hold any of these words."""


def is_pull_failure(reason: str, message: str) -> bool:
    """Whether a container that waits with this waits for its image."""
    return reason in WAITING_REASONS or (reason == message and bool(_BLOCKED.match(reason)))


def cause_of(reason: str, message: str) -> Cause:
    """
    What kept an image from being pulled.

    Args:
        reason: A waiting container's ``reason``.
        message: Its ``message``.
    """
    if _BLOCKED.match(reason) or _BLOCKED.match(message):
        return "blocked"
    if reason in _BY_REASON:
        return _BY_REASON[reason]
    words = _NAMES.sub(r"\1", message)
    otherwise: Cause = "unreachable" if reason == "RegistryUnavailable" else "other"
    return next((cause for cause, pattern in _BY_TEXT if re.search(pattern, words, re.IGNORECASE)), otherwise)


def failing_image(failure: PullFailure, images: t.Iterable[ContainerImage]) -> str:
    """
    The image that a container waits for: its own, or that of an image volume, which its message names instead.

    Args:
        images: All images of its Pod.
    """
    named = [each.image for each in (ContainerImage(failure.image), *images) if _is_named(each.image, failure.message)]
    return named[0] if named else failure.image


def _is_named(image: str, message: str) -> bool:
    try:
        names = {image, str(parse_image(image))}
    except InvalidImage:
        names = {image}
    shown = [name for name in names if name and name in message]
    return any(re.search(rf"(?:^|[\s\"]|//){re.escape(name)}(?=$|[\s\"]|: )", message) for name in shown)
