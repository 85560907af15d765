# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
nerdctl, which reads docker's logins and containerd's configuration of registries.

Source: ``containerd/nerdctl`` of August 2026, ``pkg/cmd/image/list.go`` and ``cmd/nerdctl/image``. It has no command that labels, and
so cannot pin.
"""

from __future__ import annotations

import typing as t

from ..._domain.docker_config.config import Credential
from ..._domain.go.json import loads
from ..._domain.image.reference import ImageReference
from ..._domain.node_image.local_image import LocalImage, grouped, local_name
from .command import Command
from .program import ContainerdProgram, docker_config_file


class Nerdctl(ContainerdProgram):
    """nerdctl at an address."""

    name = "nerdctl"
    pin_cure = "set runtime to ctr or crictl"

    def listing(self) -> Command:
        """Records of images in containerd, a JSON document a line."""
        return self._nerdctl("images", "--no-trunc", "--names", "--format", "{{json .}}", has_output=True)

    def parse_listing(self, output: str) -> tuple[LocalImage, ...]:
        """Read the lines; the id is that of the manifest or index."""
        rows = [loads(line) for line in output.splitlines() if line.strip()]
        return grouped((row["Digest"], row["Name"], False) for row in rows)

    def pull(self, image: ImageReference, credential: Credential | None) -> Command:
        """The login comes in a folder of its own, which takes the place of ``~/.docker``."""
        file = docker_config_file(image, credential) if credential else None
        return self._nerdctl("pull", "--quiet", local_name(image), file=file)

    def removal(self, names: t.Sequence[str]) -> Command:
        """All names but the id, which nerdctl takes for the beginning of any."""
        return self._nerdctl("rmi", *(name for name in names if "/" in name))

    def _nerdctl(self, *arguments: str, **more: t.Any) -> Command:
        hosts = ("--hosts-dir", self.hosts_dir) if self.hosts_dir else ()
        return self._with("--address", self.endpoint, "--namespace", self.namespace, *hosts, *arguments, **more)
