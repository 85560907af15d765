# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
ctr, which comes with containerd and knows nothing of the configuration of the kubelet's part of it.

Source: containerd v2.4.2, ``cmd/ctr/commands/images`` and ``cmd/ctr/commands/resolver.go``. A password comes as an argument, or
where there is none, from a terminal.
"""

from __future__ import annotations

import re
import typing as t

from ..._domain.docker_config.config import Credential
from ..._domain.image.reference import ImageReference
from ..._domain.node_image.local_image import LocalImage, grouped, local_name
from .command import Command, fits_a_line
from .program import ContainerdProgram

PIN_LABEL = "io.cri-containerd.pinned"
_HEADER = ["REF", "TYPE", "DIGEST"]
_PINNED = re.compile(rf"(?:^|[\s,]){re.escape(PIN_LABEL)}=pinned(?:[\s,]|$)")


class Ctr(ContainerdProgram):
    """ctr at an address."""

    name = "ctr"

    def listing(self) -> Command:
        """Records of images in containerd, one for each name, as a table."""
        return self._ctr("images", "list", has_output=True)

    def parse_listing(self, output: str) -> tuple[LocalImage, ...]:
        """Read the table: size and labels may have blanks in them, what stands before them has none."""
        lines = [line.split(None, 3) for line in output.splitlines()]
        if not lines or lines[0][:3] != _HEADER:
            raise ValueError("has no header REF TYPE DIGEST")
        return grouped((digest, name, bool(_PINNED.search(rest))) for name, _type, digest, rest in lines[1:])

    def pull(self, image: ImageReference, credential: Credential | None) -> Command:
        """With a user and no password, ctr asks for one on the terminal that is its standard input."""
        hosts = ("--hosts-dir", self.hosts_dir) if self.hosts_dir else ()
        if credential is None:
            return self._ctr("images", "pull", *hosts, local_name(image))
        if not fits_a_line(credential.password):
            raise ValueError(
                "ctr takes a password of one line with less than 4096 bytes; install crictl, which takes any"
            )
        return self._ctr(
            "images", "pull", *hosts, "--user", credential.username, local_name(image), typed=credential.password
        )

    def removal(self, names: t.Sequence[str]) -> Command:
        """Each name is a record of its own, the image's id too."""
        return self._ctr("images", "remove", *names)

    def pinning(self, name: str, *, pinned: bool) -> Command:
        """What pins one name of an image, or takes the pin off."""
        return self._ctr("images", "label", name, f"{PIN_LABEL}={'pinned' if pinned else ''}")

    def _ctr(self, *arguments: str, **more: t.Any) -> Command:
        return self._with("--address", self.endpoint, "--namespace", self.namespace, *arguments, **more)
