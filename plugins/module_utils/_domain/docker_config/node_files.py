# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The docker configs of a node that a kubelet looks for.

Source: ``pkg/credentialprovider/config.go`` of the kubelet.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..secret_text import SecretText
from .config import DockerConfig, DockerConfigError, Format, parse_docker_config

NODE_FILES: t.Sequence[tuple[str, Format]] = (
    ("{root_dir}/config.json", "dockerconfigjson"),
    ("{working_directory}/config.json", "dockerconfigjson"),
    ("{home}/.docker/config.json", "dockerconfigjson"),
    ("/.docker/config.json", "dockerconfigjson"),
    ("{root_dir}/.dockercfg", "dockercfg"),
    ("{working_directory}/.dockercfg", "dockercfg"),
    ("{home}/.dockercfg", "dockercfg"),
    ("/.dockercfg", "dockercfg"),
)
"""The files of a node in the order in which the kubelet looks."""


@dataclass(frozen=True)
class NodeFile:
    """A file on the node: ``text`` is ``None`` when it cannot be read."""

    path: str
    form: Format
    text: SecretText | None


def node_config(files: t.Iterable[NodeFile]) -> tuple[str, DockerConfig] | None:
    """
    The file that a kubelet uses: the first that it can read, even if there is nothing in it; nothing is merged.

    Args:
        files: In the order of ``NODE_FILES``.

    Returns:
        Its path and document, ``None`` when there is none.
    """
    for file in files:
        if file.text is None:
            continue
        try:
            return file.path, parse_docker_config(file.text.reveal(), file.form)
        except DockerConfigError:
            continue
    return None
