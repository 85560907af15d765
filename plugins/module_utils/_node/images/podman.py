# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
podman, which has its own store of images; a kubelet sees it where CRI-O uses the same.

Recorded from podman 4.3.1. Its JSON has an image once for each name, with all names each time.
"""

from __future__ import annotations

import typing as t

from ..._domain.docker_config.config import Credential
from ..._domain.go.json import loads
from ..._domain.image.reference import ImageReference
from ..._domain.node_image.local_image import LocalImage, grouped, local_name
from .command import Command
from .program import ImageProgram, containers_auth_file


class Podman(ImageProgram):
    """podman, which needs no daemon."""

    name = "podman"
    kinds = ("podman",)
    pin_cure = "on nodes with CRI-O, name the image in pinned_images of crio.conf"
    kubelet_socket = "crio"
    finds_runtime = True

    def listing(self) -> Command:
        """All images as JSON, with the names of each."""
        return self._with("images", "--no-trunc", "--format", "json", has_output=True)

    def parse_listing(self, output: str) -> tuple[LocalImage, ...]:
        """Read the JSON; digests count beside names."""
        return grouped(
            (image["Id"], name, False)
            for image in loads(output)
            for name in (*(image.get("Names") or ()), *(image.get("RepoDigests") or ()))
        )

    def pull(self, image: ImageReference, credential: Credential | None) -> Command:
        """The login comes in a file that takes the place of all others."""
        file = containers_auth_file(image, credential) if credential else None
        return self._with("pull", "--quiet", local_name(image), file=file)

    def removal(self, names: t.Sequence[str]) -> Command:
        """The image itself goes with its last name."""
        return self._with("rmi", names[0])
