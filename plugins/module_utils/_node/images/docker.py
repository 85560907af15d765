# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
docker's client, whose daemon pulls; a kubelet sees its images through cri-dockerd.

Source: ``docker/cli`` v29, ``cli/command/formatter/image.go`` and ``cli/command/image``. It shows Docker Hub's images by their
short names.
"""

from __future__ import annotations

import typing as t

from ..._domain.docker_config.config import Credential
from ..._domain.go.json import loads
from ..._domain.image.reference import ImageReference
from ..._domain.node_image.local_image import LocalImage, grouped, local_name, written_out
from .command import Command
from .program import ImageProgram, docker_config_file

_NONE = "<none>"


class Docker(ImageProgram):
    """docker's client; without an endpoint it asks the daemon that it is set up for."""

    name = "docker"
    kinds = ("docker",)
    pin_cure = "on nodes with cri-dockerd, start it with --pinned-images"
    kubelet_socket = "docker"
    finds_runtime = True

    def listing(self) -> Command:
        """A JSON document a line, for each tag, or digest without one."""
        return self._docker("image", "list", "--no-trunc", "--digests", "--format", "{{json .}}", has_output=True)

    def parse_listing(self, output: str) -> tuple[LocalImage, ...]:
        """Read the lines; names are written out."""
        rows = [loads(line) for line in output.splitlines() if line.strip()]
        return grouped((row["ID"], name, False) for row in rows for name in _names(row))

    def pull(self, image: ImageReference, credential: Credential | None) -> Command:
        """The login comes in a folder of its own, which takes the place of ``~/.docker``."""
        file = docker_config_file(image, credential) if credential else None
        return self._docker("pull", "--quiet", local_name(image), file=file)

    def removal(self, names: t.Sequence[str]) -> Command:
        """The image itself, and its digest, go with the last tag."""
        return self._docker("image", "rm", names[0])

    def _docker(self, *arguments: str, **more: t.Any) -> Command:
        where = ("--host", f"unix://{self.endpoint}") if self.endpoint else ()
        return self._with(*where, *arguments, **more)


def _names(row: t.Mapping[str, str]) -> t.Iterator[str]:
    """The names in a row, which has a repository with a tag, a digest, both or none of them."""
    repository = row["Repository"]
    if repository == _NONE:
        return
    if row["Tag"] != _NONE:
        yield written_out(f"{repository}:{row['Tag']}")
    if row.get("Digest", _NONE) not in ("", _NONE):
        yield written_out(f"{repository}@{row['Digest']}")
