# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs to work on a node's images with: the one that was asked for, or the best that is here."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._domain.errors import InvalidInput
from .command import CommandFailed, run_command
from .containerd_hosts import find_hosts_dir
from .crictl import Crictl, runtime_name
from .ctr import Ctr
from .docker import Docker
from .nerdctl import Nerdctl
from .podman import Podman
from .program import ContainerdProgram, ImageProgram, last_message
from .runtime import Kind, Runtime, find_program, find_runtime, kubelet_endpoints, without_scheme

PROGRAMS: t.Mapping[str, type[ImageProgram]] = {
    program.name: program for program in (Crictl, Ctr, Nerdctl, Podman, Docker)
}
"""By name, the best first: crictl has the runtime pull just as the kubelet has."""

KUBELET_NAMESPACE = "k8s.io"
_SECONDS = 30


@dataclass(frozen=True)
class AskedTools:
    """
    What was asked for.

    Attributes:
        runtime: A key of ``PROGRAMS``, or ``auto``.
        endpoint: The runtime's socket; empty to find it.
        namespace: containerd's.
        hosts_dir: Where ctr and nerdctl find ``hosts.toml`` files; empty to find it.
        pins: Whether something is to be pinned.
    """

    runtime: str = "auto"
    endpoint: str = ""
    namespace: str = KUBELET_NAMESPACE
    hosts_dir: str = ""
    pins: bool = False


@dataclass(frozen=True)
class Tools:
    """
    The programs.

    Attributes:
        program: Lists, pulls and removes.
        pinner: Pins; ``None`` where nothing is to be pinned.
        is_of_kubelet: Whether a kubelet uses, or may use, these images.
    """

    program: ImageProgram
    pinner: Ctr | None = None
    is_of_kubelet: bool = False


def find_tools(asked: AskedTools) -> Tools:
    """
    The programs.

    Raises:
        InvalidInput: There are none, or they cannot do what is asked; with what to do.
    """
    runtime = _runtime(asked)
    names = [asked.runtime]
    if asked.runtime == "auto":
        names = [name for name, program in PROGRAMS.items() if runtime.kind in program.kinds]
    name, path = next(((name, path) for name in names for path in [find_program(name)] if path), ("", ()))
    if not name:
        raise InvalidInput(
            "runtime",
            f"{' and '.join(names)}: not found on PATH or where {runtime.kind} usually has {'them' if names[1:] else 'it'}",
            "install one on the node",
        )
    program = _program(name, path, runtime, asked)
    pinner = _pinner(program, runtime, asked) if asked.pins else None
    return Tools(program, pinner, _is_of_kubelet(program, asked.namespace))


def _runtime(asked: AskedTools) -> Runtime:
    endpoint = without_scheme(asked.endpoint)
    if asked.runtime == "podman" and endpoint:
        raise InvalidInput("endpoint", "podman has none", "leave it out; podman's own configuration names its store")
    if asked.runtime == "auto":
        return find_runtime(endpoint, t.get_args(Kind))
    program = PROGRAMS[asked.runtime]
    return Runtime(program.kinds[0], endpoint) if program.finds_runtime else find_runtime(endpoint, program.kinds)


def _program(name: str, path: tuple[str, ...], runtime: Runtime, asked: AskedTools) -> ImageProgram:
    kind = PROGRAMS[name]
    if issubclass(kind, ContainerdProgram):
        return kind(path, runtime.endpoint, asked.namespace, asked.hosts_dir or find_hosts_dir(runtime.endpoint))
    if name == "crictl" and asked.namespace != KUBELET_NAMESPACE:
        raise InvalidInput(
            "containerd_namespace", "crictl sees the images of k8s.io alone", "leave it out, or set runtime to ctr"
        )
    return kind(path, runtime.endpoint)


def _pinner(program: ImageProgram, runtime: Runtime, asked: AskedTools) -> Ctr:
    """In containerd the label of an image's name pins it, which ctr alone can set."""
    if isinstance(program, Ctr):
        return program
    if not isinstance(program, Crictl):
        raise InvalidInput("pinned", f"{program.name} cannot pin an image", program.pin_cure)
    speaks = _runtime_name(program)
    if speaks != "containerd":
        cure = "name the image in pinned_images of crio.conf" if speaks == "cri-o" else "pin it as this runtime has it"
        raise InvalidInput(
            "pinned", f"the runtime is {speaks or 'unknown'}, whose images cannot be pinned from outside", cure
        )
    path = find_program("ctr")
    if not path:
        raise InvalidInput(
            "pinned", "crictl cannot pin, and ctr is not here", "install ctr, which comes with containerd"
        )
    return Ctr(path, runtime.endpoint, asked.namespace)


def _runtime_name(program: Crictl) -> str:
    try:
        return runtime_name(run_command(program.version(), timeout=_SECONDS))
    except CommandFailed as error:
        raise InvalidInput(
            "endpoint", last_message(error.output), "see whether the runtime runs, and become root"
        ) from None


def _is_of_kubelet(program: ImageProgram, namespace: str) -> bool:
    """A kubelet asks its runtime: containerd for one namespace, CRI-O for what podman has as well, cri-dockerd for docker's."""
    if program.kubelet_socket:
        try:
            return any(program.kubelet_socket in endpoint for endpoint in kubelet_endpoints())
        except InvalidInput:  # a kubelet runs, and may
            return True
    return namespace == KUBELET_NAMESPACE
