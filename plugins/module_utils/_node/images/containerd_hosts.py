# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Where the containerd of this machine has its ``hosts.toml`` files, of which ctr knows nothing.

Source: containerd v2.4.2, ``cmd/containerd/command/main.go`` (options) and ``plugins/cri/images/plugin.go`` (``config_path``).
"""

from __future__ import annotations

import re
from pathlib import Path

from ..._domain.errors import InvalidInput
from ..._domain.kubelet.command import option_in_command
from ..file.file import text_at
from ..file.problems import NodeFileError
from ..proc import PROC, Process, link_of, processes_of, text_of

PROGRAMS = frozenset(("containerd", "k3s", "docker-containerd"))
"""How the files are called that have a containerd in them; that of k3s is a part of it under this name."""

CONFIG = "/etc/containerd/config.toml"
ADDRESS = "/run/containerd/containerd.sock"
HOSTS_DIRS = "/etc/containerd/certs.d:/etc/docker/certs.d"
"""What containerd 2.2 and newer take where nothing is configured."""

_CONFIG_PATH = re.compile(r"^[ \t]*config_path[ \t]*=[ \t]*[\"']([^\"'\n]+)[\"']", re.MULTILINE)
_ADDRESS = re.compile(r"^[ \t]*address[ \t]*=[ \t]*[\"'](/[^\"'\n]+)[\"']", re.MULTILINE)


def find_hosts_dir(endpoint: str, proc: Path = PROC) -> str:
    """
    Of the folders in a containerd's configuration, or else of the usual ones, the first that is there; empty for none.

    Args:
        endpoint: Its socket, by which it is known among others.
        proc: Where processes are seen.

    Raises:
        InvalidInput: Its configuration is there, and is not read.
    """
    config = next(filter(None, processes_of(PROGRAMS, lambda process: _configuration(process, endpoint), proc)), "")
    configured = _CONFIG_PATH.search(config)
    folders = (configured.group(1) if configured else HOSTS_DIRS).split(":")
    return next((folder for folder in folders if Path(folder).is_dir()), "")


def _configuration(process: Process, endpoint: str) -> str:
    """The text of a containerd's configuration; empty where it does not listen there, or is none."""
    if (text_of(process.folder / "comm") or "").strip() != "containerd":
        return ""
    cmdline = process.cmdline
    given = option_in_command(cmdline, "--address") or option_in_command(cmdline, "-a")
    if given and not _listens(process, given, endpoint):
        return ""
    path = option_in_command(cmdline, "--config") or option_in_command(cmdline, "-c") or CONFIG
    try:
        text = text_at(Path(link_of(process.folder / "cwd") or "/", path)) or ""
    except NodeFileError as error:
        raise InvalidInput(
            "hosts_dir",
            f"is not given, and which one containerd (process {process.pid}) has is not known: {error.path} {error.problem}",
            f"give it, or {error.cure}",
        ) from None
    addresses = [given] if given else _ADDRESS.findall(text) or [ADDRESS]
    return text if any(_listens(process, address, endpoint) for address in addresses) else ""


def _listens(process: Process, address: str, endpoint: str) -> bool:
    try:
        return (process.folder / "root" / address.lstrip("/")).samefile(endpoint)
    except OSError:
        return False
