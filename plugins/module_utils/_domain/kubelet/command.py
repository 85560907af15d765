# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A kubelet as its process shows it: a program of its own, or a part of k3s or MicroK8s.

RKE2, k0s and kubeadm start the program ``kubelet`` with all of its options. MicroK8s' ``kubelite`` has them in a file, with variables
of its environment in them. k3s writes its own name over its command line, so that no option of it is seen; what
is seen then is the socket that each kubelet opens below its ``--root-dir`` (``pkg/kubelet/kubelet.go``, ``ListenAndServePodResources``).
"""

from __future__ import annotations

import re
import shlex
import typing as t
from dataclasses import dataclass

DEFAULT_ROOT_DIR = "/var/lib/kubelet"
# It is made under a number and then renamed (CreateListener), and the kernel goes on calling it by the number.
_SOCKET = re.compile(r"\s([0-9]+) (/\S.*)/pod-resources/(?:\d+|kubelet\.sock)$")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class KubeletCommand:
    """
    What a command line shows of a kubelet.

    Attributes:
        root_dir: Its ``--root-dir``; ``None`` when it is not given.
        options_file: The file that has its options, in their place.
        hides_options: Whether options may have been given that are not seen.
    """

    root_dir: str | None = None
    options_file: str | None = None
    hides_options: bool = False


def kubelet_command(cmdline: str) -> KubeletCommand | None:
    """
    Whether a process is, or has in it, a kubelet.

    Args:
        cmdline: As ``/proc/PID/cmdline`` has it, with NUL between the arguments, or blanks where a program wrote it anew.

    Returns:
        What the command line shows of the kubelet, ``None`` when there is none.
    """
    arguments = _arguments(cmdline)
    look = _PROGRAMS.get(arguments[0].rpartition("/")[2]) if arguments else None
    return look(arguments) if look else None


def _plain(arguments: t.Sequence[str]) -> KubeletCommand:
    return KubeletCommand(_last(arguments, "--root-dir"))


def _of_microk8s(arguments: t.Sequence[str]) -> KubeletCommand:
    return KubeletCommand(options_file=_last(arguments, "--kubelet-args-file"))


def _of_hyperkube(arguments: t.Sequence[str]) -> KubeletCommand | None:
    return _plain(arguments) if arguments[1:2] == ["kubelet"] else None


def _of_k3s(arguments: t.Sequence[str]) -> KubeletCommand | None:
    if arguments[1:2] not in (["server"], ["agent"]):
        return None
    options = [f"--{option}" for option in _all(arguments, "--kubelet-arg")]
    return KubeletCommand(_last(options, "--root-dir"), hides_options=True)


_PROGRAMS: t.Mapping[str, t.Callable[[t.Sequence[str]], KubeletCommand | None]] = {
    "kubelet": _plain,
    "kubelite": _of_microk8s,
    "hyperkube": _of_hyperkube,
    "k3s": _of_k3s,
    "k3s-server": _of_k3s,
    "k3s-agent": _of_k3s,
}
"""The files that have a kubelet in them, and what their arguments, of which the first is the program, show of it."""

KUBELET_PROGRAMS = frozenset(_PROGRAMS)


def root_dir_in_file(text: str, environment: t.Mapping[str, str]) -> str | None:
    """``--root-dir`` in a file with a kubelet's options."""
    return option_in_file(text, environment, "--root-dir")


def option_in_file(text: str, environment: t.Mapping[str, str], option: str) -> str | None:
    """An option in a file with a kubelet's options, one a line, with variables that the program fills in."""
    arguments = [word for line in text.splitlines() if not line.lstrip().startswith("#") for word in _words(line)]
    found = _last(arguments, option)
    return _VARIABLE.sub(lambda name: environment.get(name.group(1) or name.group(2), ""), found) if found else None


def option_in_command(cmdline: str, option: str) -> str | None:
    """An option of a kubelet in its command line, or in that of the k3s that it is a part of."""
    arguments = _arguments(cmdline)
    return _last([*arguments, *(f"--{given}" for given in _all(arguments, "--kubelet-arg"))], option)


def root_dir_of_sockets(text: str, own: t.Collection[str]) -> str | None:
    """
    The ``--root-dir`` of the kubelet whose socket is open.

    Args:
        text: ``/proc/PID/net/unix``, which has the sockets of all processes of that network, whosever they are.
        own: The numbers (inodes) of the kubelet's own sockets.

    Returns:
        ``None`` when there is none, or several.
    """
    matches = filter(None, map(_SOCKET.search, text.splitlines()))
    found = {match.group(2) for match in matches if match.group(1) in own}
    return found.pop() if len(found) == 1 else None


def _arguments(cmdline: str) -> list[str]:
    parts = cmdline.rstrip("\0 ").split("\0")
    return parts if len(parts) > 1 else parts[0].split()


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:  # a quote that is not closed
        return line.split()


def _last(arguments: t.Sequence[str], option: str) -> str | None:
    """The value of an option; of several, the last counts."""
    values = _all(arguments, option)
    return values[-1] if values else None


def _all(arguments: t.Sequence[str], option: str) -> list[str]:
    values = []
    for argument, following in zip(arguments, [*arguments[1:], ""]):
        name, equals, value = argument.partition("=")
        if name in (option, option[1:]):
            values.append(value if equals else following)
    return values
