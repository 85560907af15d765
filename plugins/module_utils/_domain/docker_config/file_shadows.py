# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Which of several files a reader takes its credentials from, so that nobody writes one that is never read.

A kubelet takes the first file that it can read, and merges nothing. Readers on ``containers/image`` take the first file that has
a credential for the registry, and fail of one that is not JSON. docker has one file.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..image.reader_keys import canonical_key
from ..image.registry_key import shown_registry
from ..shown_names import shown_names
from .config import READERS, DockerConfig, DockerConfigError, parse_docker_config
from .node_files import NodeFile, node_config

_MOST_NAMES = 5


@dataclass(frozen=True)
class OtherFiles:
    """
    The files that a reader looks at beside the one that is written.

    Attributes:
        before: Those that it looks at first, in order.
        after: Those that it looks at later.
    """

    before: tuple[NodeFile, ...] = field(default=(), repr=False)
    after: tuple[NodeFile, ...] = field(default=(), repr=False)


def shadows_for_kubelet(path: str, document: DockerConfig, others: OtherFiles) -> list[str]:
    """
    What a kubelet does not read because of another file.

    Args:
        path: The file that is written.
        document: What will be in it.
        others: The kubelet's other files.
    """
    hiding = node_config(others.before)
    if hiding:
        return [
            f"the kubelet never reads {path}: it looks at {hiding[0]} first, and merges nothing; write that file, or remove it"
        ]
    hidden = node_config(others.after)
    missing = _missing(hidden[1], document, "kubelet") if hidden else []
    if hidden and missing:
        why = f"{hidden[0]} is not read by the kubelet, which looks at {path} first and merges nothing"
        return [f"{why}; it has credentials for {_shown(missing)}: declare them here as well"]
    return []


def shadows_for_containers(path: str, document: DockerConfig, others: OtherFiles) -> list[str]:
    """What podman, skopeo or CRI-O do not take from a file because of an earlier one; arguments as above."""
    warnings = []
    for file in others.before:
        if file.text is None:
            continue
        try:
            earlier = parse_docker_config(file.text.reveal(), file.form)
        except DockerConfigError as error:
            consequence = "" if error.problem == "too_deep" else ", so every pull fails"
            warnings.append(
                f"{file.path} is looked at before {path}, and cannot be read ({error}){consequence}; correct it"
            )
            continue
        same = _common(earlier, document)
        if same:
            warnings.append(
                f"{file.path} is looked at before {path}, and has credentials for {_shown(same)}: log out there"
            )
    return warnings


def _missing(hidden: DockerConfig, document: DockerConfig, reader: t.Literal["kubelet"]) -> list[str]:
    known = {canonical_key(key, reader) for key in document.entries}
    return [key for key in hidden.entries if canonical_key(key, reader) not in known]


def _common(earlier: DockerConfig, document: DockerConfig) -> list[str]:
    reader = READERS["containers_auth"]
    known = {canonical_key(key, reader) for key in document.entries}
    return [
        key
        for key, fields in earlier.entries.items()
        if canonical_key(key, reader) in known and (fields.get("auth") or fields.get("identitytoken"))
    ]


def _shown(keys: t.Iterable[str]) -> str:
    return shown_names([shown_registry(key) for key in keys], _MOST_NAMES)
