# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kubelet of this machine: its options for credential providers, its start, its release, and whose service it is."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

from ..._domain.kubelet.command import KUBELET_PROGRAMS
from ..._domain.kubelet.provider_config import Release, parse_release
from ..bounded_run import NotStarted, TookTooLong, WroteTooMuch, run_bounded
from ..file.problems import NodeFileError
from ..proc import PROC, Process, processes_of
from .process import RunningKubelet, running_kubelets

if t.TYPE_CHECKING:
    from pathlib import Path

RANCHER_CONFIG = "/var/lib/rancher/credentialprovider/config.yaml"
RANCHER_BIN_DIR = "/var/lib/rancher/credentialprovider/bin"
"""Where k3s and RKE2 look by default; they pass both to their kubelet if both are there when they start."""

CONFIG_OPTION = "--image-credential-provider-config"
BIN_DIR_OPTION = "--image-credential-provider-bin-dir"

_SECONDS = 10.0
_LARGEST_ANSWER = 4096


@dataclass(frozen=True)
class ProviderKubelet:
    """
    A kubelet that runs.

    Attributes:
        pid: Its process.
        service: The service that it belongs to, such as ``kubelet`` or ``rke2-agent``.
        config: Where it reads a CredentialProviderConfig; empty where it has no such option.
        bin_dir: Where it looks for providers; empty where it has no such option.
        started: When it was started, in seconds of this machine's clock; ``None`` when that cannot be seen.
        is_rancher: Whether it belongs to k3s or RKE2.
        unread: Why the file with its options is not read; ``None`` where it is, or there is none.
    """

    pid: int
    service: str
    config: str
    bin_dir: str
    started: float | None = None
    is_rancher: bool = False
    unread: NodeFileError | None = None


def provider_kubelets(proc: Path = PROC) -> list[ProviderKubelet]:
    """
    The kubelets of this machine.

    Args:
        proc: Where processes are seen.
    """
    return [_of(kubelet) for kubelet in running_kubelets(proc)]


def release_of(kubelet: ProviderKubelet, proc: Path = PROC) -> Release | None:
    """What the program says of itself, ``None`` for nothing; it runs on the node as root already, or as we do."""
    found = processes_of(
        KUBELET_PROGRAMS, lambda process: _release(process) if process.pid == kubelet.pid else None, proc
    )
    return next(filter(None, found), None)


def started_before(started: float | None, paths: t.Iterable[Path]) -> bool:
    """
    Whether one of these files was written after a kubelet was started.

    Args:
        started: As in :class:`ProviderKubelet`; where it is not known, the answer is no.
        paths: The files; those that are not there do not count.
    """
    return started is not None and any(started < _written(path) for path in paths)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # gone, or not to be seen: then it says nothing
        return 0


def _of(kubelet: RunningKubelet) -> ProviderKubelet:
    is_rancher = kubelet.service.startswith(("k3s", "rke2"))
    values = []
    for option, default in ((CONFIG_OPTION, RANCHER_CONFIG), (BIN_DIR_OPTION, RANCHER_BIN_DIR)):
        found = kubelet.option(option)
        directory = kubelet.working_directory or "/"
        values.append(os.path.normpath(os.path.join(directory, found)) if found else default if is_rancher else "")  # noqa: PTH118  # an absolute second part counts alone
    return ProviderKubelet(
        pid=kubelet.pid,
        service=kubelet.service,
        config=values[0],
        bin_dir=values[1],
        started=kubelet.started,
        is_rancher=is_rancher,
        unread=kubelet.unread,
    )


def _release(process: Process) -> Release | None:
    with process.program() as program:
        if program is None:
            return None
        try:
            finished = run_bounded(
                [program, "--version"], timeout=_SECONDS, largest_output=_LARGEST_ANSWER, environment={}
            )
        except (NotStarted, TookTooLong, WroteTooMuch):
            return None
    return parse_release(finished.output.decode("utf-8", "replace"))
