"""What root has to be allowed so that Pods run; in a container it may be less than all."""

from __future__ import annotations

import typing as t
from pathlib import Path

STATUS: t.Final = Path("/proc/self/status")
# Tried one by one: without any of these a Pod does not run, and without any other it does. Most of them runc gives to containers;
# the rest is for mounts, namespaces, the loopback of a Pod, and the kernel's log, which the kubelet reads. Numbers: linux/capability.h.
NEEDED: t.Final[t.Mapping[str, int]] = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": 1,
    "CAP_FOWNER": 3,
    "CAP_FSETID": 4,
    "CAP_KILL": 5,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
    "CAP_SETPCAP": 8,
    "CAP_NET_BIND_SERVICE": 10,
    "CAP_NET_ADMIN": 12,
    "CAP_NET_RAW": 13,
    "CAP_SYS_CHROOT": 18,
    "CAP_SYS_PTRACE": 19,
    "CAP_SYS_ADMIN": 21,
    "CAP_MKNOD": 27,
    "CAP_AUDIT_WRITE": 29,
    "CAP_SETFCAP": 31,
    "CAP_SYSLOG": 34,
}


def missing_capabilities() -> list[str]:
    """Those that a node needs and that this process lacks, or a program of root's that it starts."""
    lines = (line.partition(":\t") for line in STATUS.read_text(encoding="utf-8").splitlines())
    sets = {name: int(value, 16) for name, _colon, value in lines if name in {"CapEff", "CapBnd"}}
    has = sets["CapEff"] & sets["CapBnd"]
    return [name for name, number in NEEDED.items() if not has >> number & 1]
