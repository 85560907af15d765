# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kubelet of this machine was told of credential providers, when, by which release, and whose service it is."""

from __future__ import annotations

import os
import re
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.provider_config import (
    Release,
    parse_release,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.bounded_run import (
    NotStarted,
    TookTooLong,
    WroteTooMuch,
    run_bounded,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet import kubelet_option, running_kubelets
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.proc import PROC, text_of

if t.TYPE_CHECKING:
    from pathlib import Path

RANCHER_CONFIG = "/var/lib/rancher/credentialprovider/config.yaml"
RANCHER_BIN_DIR = "/var/lib/rancher/credentialprovider/bin"
"""Where k3s and RKE2 look without being told; they tell their kubelet of it if both are there when they start."""

CONFIG_OPTION = "--image-credential-provider-config"
BIN_DIR_OPTION = "--image-credential-provider-bin-dir"

_SERVICE = re.compile(r"/([^/\n]+)\.service(?:/|$)", re.MULTILINE)
_SECONDS = 10.0
_LARGEST_ANSWER = 4096
_START_FIELD = 19
"""``starttime`` in /proc/PID/stat, counted from the field behind the program's name."""


@dataclass(frozen=True)
class ProviderKubelet:
    """
    A kubelet that runs.

    Args:
        pid: Its process.
        service: The service that it belongs to, such as ``kubelet`` or ``rke2-agent``.
        config: Where it reads a CredentialProviderConfig; empty where it was told of none.
        bin_dir: Where it looks for providers; empty likewise.
        started: When it was started, in seconds of this machine's clock; ``None`` when that cannot be seen.
        is_rancher: Whether it belongs to k3s or RKE2.
    """

    pid: int
    service: str
    config: str
    bin_dir: str
    started: float | None = None
    is_rancher: bool = False


def provider_kubelets(proc: Path = PROC) -> list[ProviderKubelet]:
    """
    The kubelets of this machine.

    Args:
        proc: Where processes are seen.
    """
    return [_seen(proc / str(kubelet.pid), kubelet.working_directory or "/") for kubelet in running_kubelets(proc)]


def release_of(kubelet: ProviderKubelet, proc: Path = PROC) -> Release | None:
    """What the program says of itself, ``None`` for nothing; it runs as root already, or as we do, so it is no stranger."""
    try:
        finished = run_bounded(
            [str(proc / str(kubelet.pid) / "exe"), "--version"],
            timeout=_SECONDS,
            largest_output=_LARGEST_ANSWER,
            environment={},
        )
    except (NotStarted, TookTooLong, WroteTooMuch):
        return None
    return parse_release(finished.output.decode("utf-8", "replace"))


def newest_change(paths: t.Iterable[Path]) -> float:
    """When any of these files was last written, in seconds of this machine's clock; 0 where there is none."""
    times = [0.0]
    for path in paths:
        try:
            times.append(path.stat().st_mtime)
        except OSError:  # gone, or not to be seen: then it says nothing
            continue
    return max(times)


def _seen(folder: Path, directory: str) -> ProviderKubelet:
    service = _service(folder)
    is_rancher = service.startswith(("k3s", "rke2"))
    values = []
    for option, default in ((CONFIG_OPTION, RANCHER_CONFIG), (BIN_DIR_OPTION, RANCHER_BIN_DIR)):
        found = kubelet_option(int(folder.name), option, folder.parent)
        values.append(os.path.normpath(os.path.join(directory, found)) if found else default if is_rancher else "")  # noqa: PTH118  # an absolute second part counts alone
    return ProviderKubelet(
        pid=int(folder.name),
        service=service,
        config=values[0],
        bin_dir=values[1],
        started=_started(folder),
        is_rancher=is_rancher,
    )


def _service(folder: Path) -> str:
    """By its cgroup; without systemd by the name of its program."""
    found = _SERVICE.findall(text_of(folder / "cgroup") or "")
    if found:
        return str(found[-1])
    return re.split(r"[\0 ]", text_of(folder / "cmdline") or "", maxsplit=1)[0].rpartition("/")[2]


def _started(folder: Path) -> float | None:
    """
    Seconds since 1970, to a hundredth.

    The kernel knows when a process started by the time since the machine was booted. What the clock says of that moment is the same
    for files that are written from then on, unless the clock is set anew; then a restart too many may be asked for, once.
    """
    fields = (text_of(folder / "stat") or "").rpartition(")")[2].split()
    if len(fields) <= _START_FIELD:
        return None
    since_boot = int(fields[_START_FIELD]) / os.sysconf("SC_CLK_TCK")
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot
