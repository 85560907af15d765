"""
The process and mount namespaces of a node: what its programs see, and how others get to see it.

When the first process there ends, the kernel ends all others, with every container, and takes the mounts away. What is written to
the machine's own folders there goes to file systems that vanish with that.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.private_file import write_private

if t.TYPE_CHECKING:
    from collections.abc import Sequence

UNSHARE: t.Final = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
HIDDEN: t.Final = ("/run", "/var/lib", "/var/log")
"""Folders of the machine that containerd, its shims and the kubelet write to whatever their settings are."""
COPIED: t.Final = "/etc"
"""Seen as it is; what a node writes there nobody else sees."""
OWN_FILES: t.Final = "/run/own-files"
"""Where on the node its files in that folder are, below ``upper``."""
# The kubelet sets these for the whole machine; in the node it writes to files instead.
KERNEL_SETTINGS: t.Final = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)
FIRST_PROCESS: t.Final = "sysvinit"
"""Ansible takes the name of the first process for the service manager, and init.d scripts are what there is."""


@dataclass(frozen=True)
class Namespaces:
    """
    The namespaces of one node.

    Attributes:
        directory: The node's.
        first_process: Its id, outside.
    """

    directory: Path
    first_process: int

    @property
    def enter(self) -> list[str]:
        """The beginning of a command that runs inside, in the node's directory."""
        return ["nsenter", f"--target={self.first_process}", "--mount", "--pid", "--wd", "--"]

    @property
    def root(self) -> Path:
        """The root folder as it is inside, and by ``proc`` below it the processes."""
        return Path(f"/proc/{self.first_process}/root")

    def write_interpreter(self, path: Path) -> None:
        """Write a program that is the Python of this process, inside."""
        command = shlex.join([*self.enter, sys.executable])
        write_private(path, f'#!/bin/sh\nexec {command} "$@"\n'.encode()).chmod(0o700)


def first_process_command(directory: Path, program: Path) -> list[str]:
    """
    A command whose only child is the first process of new namespaces; the file ``mounted`` says that the mounts are there.

    Args:
        directory: The node's.
        program: One that waits, and leaves no zombie of what containers leave to it; the link to it gives the process its name.
    """
    link = directory / FIRST_PROCESS
    link.symlink_to(program)
    script = f"{_mounts(directory)}; touch mounted; exec {shlex.quote(str(link))}"
    return [*UNSHARE, "sh", "-euc", script]


def why_no_namespaces() -> str:
    """Why there can be none here, empty when there can; tried with the very commands of a node."""
    if not all(map(shutil.which, ("unshare", "nsenter"))):
        return "a node needs unshare and nsenter (util-linux)"
    with tempfile.TemporaryDirectory(prefix="regcred-probe-") as directory:
        command: Sequence[str] = [*UNSHARE, "sh", "-euc", _mounts(Path(directory))]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    error = done.stderr.strip().partition("\n")[0]
    return f"a node needs namespaces and mounts: {error}" if done.returncode else ""


def _mounts(directory: Path) -> str:
    """Shell commands that give a node its own view; ``directory`` takes the files that stand for settings of the kernel."""
    commands = [f"mount -t tmpfs -o mode=755 tmpfs {folder}" for folder in HIDDEN]
    # Both folders of an overlay have to be on one file system that is none itself, as the machine's may be in a container.
    upper, work = f"{OWN_FILES}/upper", f"{OWN_FILES}/work"
    layers = f"lowerdir={COPIED},upperdir={upper},workdir={work}"
    commands += [f"mkdir -p {upper} {work}", f"mount -t overlay -o {layers} overlay {COPIED}"]
    # The machine may be a node itself, whose flags are not ours.
    commands += [f"mkdir -p {COPIED}/default", f"rm -f {COPIED}/default/kubelet {COPIED}/default/containerd"]
    for setting in KERNEL_SETTINGS:
        copy, real = directory / "kernel-settings" / setting, f"/proc/sys/{setting}"
        file, folder = shlex.quote(str(copy)), shlex.quote(str(copy.parent))
        commands.append(f"mkdir -p {folder}; cat {real} > {file}; mount --bind {file} {real}")
    return "; ".join(commands)
