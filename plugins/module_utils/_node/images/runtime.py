# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Which container runtime this machine has, where it listens, and which program of it there is.

What the kubelet uses comes first; without one, what is there has to be clear. Sources: ``pkg/kubelet/apis/config/v1beta1/defaults.go``
of Kubernetes, k3s and RKE2 (``pkg/agent/containerd``), MicroK8s (``snap/hooks``), k0s (``pkg/supervisor``).
"""

from __future__ import annotations

import re
import stat
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ..._domain.errors import InvalidInput
from ..bounded_run import program_on_path
from ..file.file import text_at
from ..file.problems import NodeFileError
from ..kubelet.process import RunningKubelet, running_kubelets
from ..proc import PROC

Kind = t.Literal["containerd", "cri-o", "docker", "podman", "cri"]
"""``cri`` is a runtime of which nothing more is known."""

KUBELET_DEFAULT = "/run/containerd/containerd.sock"
K3S = "/run/k3s/containerd/containerd.sock"
SOCKETS: t.Sequence[tuple[str, Kind]] = (
    (KUBELET_DEFAULT, "containerd"),
    (K3S, "containerd"),
    ("/run/k0s/containerd.sock", "containerd"),
    ("/var/snap/microk8s/common/run/containerd.sock", "containerd"),
    ("/run/crio/crio.sock", "cri-o"),
    ("/run/docker.sock", "docker"),
)
"""Where they are by default, for nodes on which no kubelet runs."""

_KIND_BY_NAME: t.Sequence[tuple[str, Kind]] = (
    ("containerd", "containerd"),
    ("crio", "cri-o"),
    ("cri-dockerd", "cri"),
    ("docker", "docker"),
)
"""What a socket is whose name has this in it; the first that fits counts."""

FOLDERS = ("/usr/local/bin", "/usr/bin", "/bin", "/opt/bin", "/var/lib/rancher/rke2/bin")
"""Where programs are beside ``PATH``, which for Ansible's tasks is often short."""

_ENDPOINT = re.compile(r"^[ \t]*[\"']?containerRuntimeEndpoint[\"']?[ \t]*:[ \t]*[\"']?([^\"'\s,#]+)", re.MULTILINE)


@dataclass(frozen=True)
class Runtime:
    """
    A container runtime.

    Attributes:
        kind: What it is.
        endpoint: Its socket; empty where its program knows.
    """

    kind: Kind
    endpoint: str = ""


def find_runtime(endpoint: str, kinds: t.Collection[Kind]) -> Runtime:
    """
    The runtime to work with.

    Args:
        endpoint: Its socket, where somebody named it; empty to find it.
        kinds: What it may be.

    Raises:
        InvalidInput: There is none, or more than one, and nothing says which; or what does is not read.
    """
    if endpoint:
        return _named(endpoint, kinds)
    of_kubelet = [Runtime(_kind_of(each), each) for each in kubelet_endpoints()]
    here = [runtime for runtime in of_kubelet if runtime.kind in (*kinds, "cri")]
    here = here or [Runtime(kind, path) for path, kind in SOCKETS if kind in kinds and is_socket(path)]
    if not here and "podman" in kinds and find_program("podman"):
        here = [Runtime("podman")]
    if len(here) == 1:
        return here[0]
    if here:
        found = ", ".join(f"{runtime.kind} at {runtime.endpoint}" for runtime in here)
        raise InvalidInput("runtime", f"more than one is here ({found})", "say which with runtime or endpoint")
    looked_at = ", ".join(path for path, kind in SOCKETS if kind in kinds)
    raise InvalidInput(
        "runtime",
        f"no container runtime is here: no kubelet runs that names one, and there is no socket at {looked_at or 'all'}",
        "start it, name its socket with endpoint, or become root",
    )


def find_program(name: str) -> tuple[str, ...]:
    """The path of a program, or of k3s, which has crictl and ctr in it; empty when it is not here."""
    path = program_on_path(name, *FOLDERS)
    if path:
        return (path,)
    k3s = find_program("k3s") if name in ("crictl", "ctr") else ()
    return (*k3s, name) if k3s else ()


def kubelet_endpoints(proc: Path = PROC) -> list[str]:
    """
    The sockets of the runtimes of the kubelets that run here, as far as that can be seen; most often it is one.

    Raises:
        InvalidInput: A kubelet's configuration is there, and is not read.
    """
    return list(dict.fromkeys(filter(None, map(_of_kubelet, running_kubelets(proc)))))


def is_socket(path: str) -> bool:
    """Whether a path leads to a socket; one that may not be looked at counts as none."""
    try:
        return stat.S_ISSOCK(Path(path).stat().st_mode)
    except OSError:
        return False


def without_scheme(endpoint: str) -> str:
    """A socket's path, of ``unix:///run/crio/crio.sock`` or as it is."""
    return endpoint[len("unix://") :] if endpoint.startswith("unix://") else endpoint


def _named(endpoint: str, kinds: t.Collection[Kind]) -> Runtime:
    if not is_socket(endpoint):
        raise InvalidInput(
            "endpoint", f"there is no socket {endpoint!r}", "correct the path, start the runtime, or become root"
        )
    kind = _kind_of(endpoint)
    # Whoever names a program has decided what it is, however the socket is called.
    return Runtime(kind if kind in kinds else next(iter(kinds)), endpoint)


def _kind_of(endpoint: str) -> Kind:
    name = Path(endpoint).name
    return next((kind for word, kind in _KIND_BY_NAME if word in name), "cri")


def _of_kubelet(kubelet: RunningKubelet) -> str:
    """The socket that a kubelet uses; empty where that cannot be seen."""
    if kubelet.hides_options:
        return K3S if is_socket(K3S) else ""

    endpoint = kubelet.option("--container-runtime-endpoint")
    if not endpoint:
        config = kubelet.option("--config")
        try:
            if kubelet.unread is not None:
                raise kubelet.unread
            text = text_at(Path(kubelet.working_directory or "/", config)) if config else None
        except NodeFileError as error:
            raise InvalidInput(
                "endpoint",
                f"is not given, and which one the kubelet (process {kubelet.pid}) has is not known: {error.path} {error.problem}",
                f"give it, or {error.cure}",
            ) from None
        found = _ENDPOINT.search(text or "")
        endpoint = found.group(1) if found else KUBELET_DEFAULT
    return without_scheme(endpoint)
