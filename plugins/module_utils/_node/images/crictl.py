# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
crictl, which has the runtime pull as the kubelet does: containerd and CRI-O with all that is configured in them for registries.

Source: ``sigs.k8s.io/cri-tools`` v1.36.0, ``cmd/crictl/image.go``. Removing an image removes all of its names, as the CRI has it.
"""

from __future__ import annotations

import typing as t

from ..._domain.docker_config.config import Credential
from ..._domain.go.json import loads
from ..._domain.image.reference import ImageReference
from ..._domain.node_image.local_image import LocalImage, local_name
from ..._domain.secret_text import SecretText
from .command import Command
from .program import ImageProgram

_ANSWER_TIMEOUT = "120s"
"""The usual two seconds are not enough to remove a large image; pulls have no such limit."""


class Crictl(ImageProgram):
    """crictl at an endpoint, which is always among its arguments: its own configuration may name another."""

    name = "crictl"
    kinds = ("containerd", "cri-o", "cri")
    removes_all_names = True

    def listing(self) -> Command:
        """All images, with tags, digests and whether they are pinned, as JSON."""
        return self._crictl("images", "--output", "json", has_output=True)

    def parse_listing(self, output: str) -> tuple[LocalImage, ...]:
        """Read the JSON of ``ListImagesResponse``; an image is known by its id as well."""
        images = loads(output)["images"]
        return tuple(
            LocalImage(
                image["id"],
                (*(image.get("repoTags") or ()), *(image.get("repoDigests") or ()), image["id"]),
                bool(image.get("pinned")),
            )
            for image in images
        )

    def pull(self, image: ImageReference, credential: Credential | None) -> Command:
        """The login comes by a variable, which only root and the program itself can read."""
        login = f"{credential.username}:{credential.password.reveal()}" if credential else ""
        return self._crictl(
            "pull", local_name(image), environment={"CRICTL_CREDS": SecretText(login)} if credential else {}
        )

    def removal(self, names: t.Sequence[str]) -> Command:
        """One name is enough: all go."""
        return self._crictl("rmi", names[0])

    def version(self) -> Command:
        """What shows the runtime's name; :func:`runtime_name` reads it."""
        return self._crictl("version", has_output=True)

    def _crictl(self, *arguments: str, **more: t.Any) -> Command:
        where = f"unix://{self.endpoint}"
        return self._with(
            "--runtime-endpoint", where, "--image-endpoint", where, "--timeout", _ANSWER_TIMEOUT, *arguments, **more
        )


def runtime_name(output: str) -> str:
    """The runtime's name in the answer to :meth:`Crictl.version`, such as ``containerd`` or ``cri-o``; empty for none."""
    for line in output.splitlines():
        key, _colon, value = line.partition(":")
        if key.strip() == "RuntimeName":
            return value.strip()
    return ""
