# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a pull on a node failed, in words for people, with what to do."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..image.reference import ImageReference
from ..pull.failure import cause_of
from .plan import Failure

_FORBIDDEN = re.compile(r"(?<![\w.:-])403\b|forbidden|(?<!access )denied: ", re.IGNORECASE)
_CURES: t.Mapping[str, str] = {
    "not_found": "check repository and tag; some registries also say so to users who may not see them",
    "certificate": "have the runtime trust the registry's certificate (for ctr in hosts_dir), or give it the registry's right name",
    "scheme": "one side speaks TLS and the other does not; correct the runtime's configuration of the registry",
    "platform": "take an image that is made for this node's platform",
    "unreachable": "check the registry's address, and the node's DNS, network and proxy",
    "throttled": "pull fewer images at once, or as a user with a higher limit",
    "timeout": "raise timeout, or see why the registry is slow",
}


@dataclass(frozen=True)
class Attempt:
    """
    A pull that failed.

    Attributes:
        message: What the program reported; without secrets.
        username: Who it was tried as; empty for nobody.
        registry: The key of the credential.
        took_too_long: Whether it was ended because of the time.
    """

    message: str
    username: str = ""
    registry: str = ""
    took_too_long: bool = False

    @property
    def cause(self) -> str:
        """A word for it."""
        return "timeout" if self.took_too_long else cause_of("ErrImagePull", self.message)


def failure_of(image: ImageReference, attempts: t.Sequence[Attempt]) -> Failure:
    """
    Why an image could not be pulled.

    Args:
        image: Which.
        attempts: All of them, in order; at least one.
    """
    last = attempts[-1]
    reported = " | ".join(dict.fromkeys(_reported(attempt) for attempt in attempts))
    return Failure(f"{reported}; {_cure(image, last)}", last.cause)


def _reported(attempt: Attempt) -> str:
    return f"as {attempt.username} of {attempt.registry}: {attempt.message}" if attempt.username else attempt.message


def _cure(image: ImageReference, attempt: Attempt) -> str:
    if attempt.cause != "denied":
        return _CURES.get(attempt.cause, "see the log of the container runtime")
    if not attempt.username:
        return f"no credential that was given here is for {image.repository}; give one with registries"
    if _FORBIDDEN.search(attempt.message):
        return f"the registry knows {attempt.username} and refuses; give that user the right to pull {image.repository}"
    return f"check user name and password, and whether {attempt.username} may pull {image.repository}"
