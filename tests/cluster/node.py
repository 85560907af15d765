"""
A node of a cluster: kube-scheduler, containerd and a real kubelet, whose Pods run.

    registries = {"registry.example.test": registry, "docker.io": registry}
    with start_cluster() as cluster, start_registry(users) as registry, start_node(cluster, registries) as node:
        ...

Its programs run in process and mount namespaces of their own: when the first process there ends, the kernel ends all others, with
every container, and takes the mounts away. What they write outside their directory goes to file systems that vanish with that.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.binaries import CGO_PACKAGES, NODE, find_programs
from tests.cluster.cgroups import make_cgroups, remove_cgroups
from tests.cluster.cluster import stop
from tests.cluster.containerd import PAUSE_IMAGE, write_containerd_files
from tests.cluster.errors import ApiError, ClusterError, NotFound, PortTaken, StartTimeout, Unreachable, last_lines
from tests.cluster.images import archive, make_image
from tests.cluster.kubelet import kubelet_flags, scheduler_flags, write_kubelet_files
from tests.cluster.ports import LOOPBACK, free_ports
from tests.cluster.processes import Component
from tests.cluster.watcher import Watcher, end_group
from tests.environment.cache import cache_root
from tests.environment.packages import NotInstallable, install_packages

if t.TYPE_CHECKING:
    from tests.cluster.client import Client, Document
    from tests.cluster.cluster import Cluster
    from tests.cluster.registry import Registry

ATTEMPTS: t.Final = 3
READY_TIMEOUT: t.Final = 120
POLL_SECONDS: t.Final = 0.05
UNSHARE: t.Final = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
HIDDEN: t.Final = ("/run", "/var/lib", "/var/log")
"""Folders of the machine that containerd, its shims and the kubelet write to whatever they are told."""
# The kubelet sets these for the whole machine; in the node it writes to files instead.
KERNEL_SETTINGS: t.Final = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


@dataclass(frozen=True)
class Node:
    """
    A node that is ready.

    Attributes:
        name: In the cluster.
        directory: Where its files are, mode 0700, and the working directory of its programs, whose home is ``home`` below it.
        port: Where the kubelet listens on 127.0.0.1.
        ctr: The program that talks to containerd.
    """

    name: str
    directory: Path
    port: int
    ctr: Path
    _starter: _Starter = field(repr=False)

    @property
    def components(self) -> tuple[Component, ...]:
        """The processes, children of ours; of those in the namespaces it is the one that entered them, whose child is the program."""
        return tuple(self._starter.components)

    @property
    def root_directory(self) -> Path:
        """The kubelet's ``--root-dir``, the first place where it looks for a config.json."""
        return self.directory / "kubelet"

    @property
    def ctr_command(self) -> list[str]:
        """The beginning of a ctr command that sees what the kubelet sees."""
        return [str(self.ctr), "--address", f"{self.directory}/containerd.sock", "--namespace", "k8s.io"]

    def restart_kubelet(self) -> None:
        """
        End the kubelet and start it anew, as after a change of its files; Pods run on meanwhile.

        Raises:
            ClusterError: It does not start; the message holds the end of its log.
        """
        self._starter.end("kubelet")
        self._starter.run_in_namespaces("kubelet", kubelet_flags(self.directory, self.name))
        self._starter.wait(self._kubelet_listens, "the kubelet's port")

    def check(self) -> None:
        """Return when all components run; raises `ComponentEnded` with the end of the log of one that does not."""
        for component in self.components:
            component.check()

    def _kubelet_listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), timeout=1):
            return True
        return False


def why_no_node() -> str:
    """Why no node can run here, in one sentence; empty when one can. Installs the packages that a first build needs."""
    if os.geteuid() != 0:
        return "a node needs root, for mounts and cgroups"
    for folder in (tempfile.gettempdir(), cache_root()):
        if any(Path(folder).resolve().is_relative_to(hidden) for hidden in HIDDEN):
            return (
                f"{folder} is below one of {', '.join(HIDDEN)}, which a node does not see; set TMPDIR or XDG_CACHE_HOME"
            )
    return _why_no_namespaces() or _why_no_cgroups() or _why_no_packages()


@contextlib.contextmanager
def start_node(
    cluster: Cluster,
    registries: t.Mapping[str, Registry],
    *,
    name: str = "node-1",
    ports: t.Iterator[int] | None = None,
) -> t.Iterator[Node]:
    """
    A node for the time of a ``with``; after it no process, mount, cgroup or file is left, however it ends.

    Args:
        cluster: One that was started here.
        registries: The registry behind each name that images may bear; it has to live as long as the node.
        name: Of the node.
        ports: Where the kubelet may listen, tried in this order; None for any that are free.

    Raises:
        NotInstallable: A program has to be built, and a package for it is missing.
        ClusterError: It could not be built or started; the class says which, the message what to do.
    """
    if not cluster.is_ours:
        raise ClusterError(f"{cluster.server}: only a cluster started here takes a node")
    node, watcher = _launch(cluster, registries, name, ports or free_ports())
    try:
        yield node
    finally:
        _leave(cluster.client, name)
        stop(node.components, watcher)


def _launch(
    cluster: Cluster, registries: t.Mapping[str, Registry], name: str, ports: t.Iterator[int]
) -> tuple[Node, Watcher]:
    for port in itertools.islice(ports, ATTEMPTS - 1):
        with contextlib.suppress(PortTaken):
            return _launch_at(port, cluster, registries, name)
    return _launch_at(next(ports), cluster, registries, name)


def _launch_at(port: int, cluster: Cluster, registries: t.Mapping[str, Registry], name: str) -> tuple[Node, Watcher]:
    programs = find_programs(NODE)
    directory = Path(tempfile.mkdtemp(prefix="regcred-node-"))
    watcher = Watcher(directory)
    starter = _Starter(directory, programs, watcher, [])
    try:
        write_containerd_files(directory, programs["runc"], registries)
        write_kubelet_files(directory, cluster, name, port)
        (directory / "static-pods").mkdir()
        make_cgroups(directory.name)
        starter.run("kube-scheduler", scheduler_flags())
        starter.run_in_namespaces("containerd", ["--config=containerd.toml"])
        node = Node(name, directory, port, programs["ctr"], starter)
        starter.wait((directory / "containerd.sock").is_socket, "containerd's socket")
        _import_pause_image(node)
        starter.run_in_namespaces("kubelet", kubelet_flags(directory, name))
        _make_ready(starter, cluster.client, name)
        node.check()
    except BaseException:
        _leave(cluster.client, name)
        stop(starter.components, watcher)
        raise
    return node, watcher


@dataclass
class _Starter:
    """Starts the components of one node in order, and knows them even when a start fails."""

    directory: Path
    programs: t.Mapping[str, Path]
    watcher: Watcher
    components: list[Component]
    first_process: int = 0

    def run(self, name: str, flags: t.Sequence[str]) -> None:
        self._start(name, [str(self.programs[name]), *flags])

    def run_in_namespaces(self, name: str, flags: t.Sequence[str]) -> None:
        if not self.first_process:
            self._make_namespaces()
        enter = ["nsenter", f"--target={self.first_process}", "--mount", "--pid", "--wd"]
        # No variable of the user's is left: a proxy, for one, would be asked for images. The shim has to be on PATH.
        path = os.pathsep.join([str(self.programs["containerd-shim-runc-v2"].parent), os.defpath, "/usr/sbin", "/sbin"])
        environment = ["env", "-i", f"PATH={path}", f"HOME={self.directory}/home"]
        self._start(name, [*enter, "--", *environment, str(self.programs[name]), *flags])

    def end(self, name: str) -> None:
        component = next(component for component in self.components if component.name == name)
        end_group(component.identity)
        component.reap()
        self.components.remove(component)

    def wait(self, is_done: t.Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + READY_TIMEOUT
        while not is_done():
            for component in self.components:
                component.check()
            if time.monotonic() > deadline:
                logs = "\n".join(component.last_lines() for component in self.components)
                raise StartTimeout(f"{what}: not there after {READY_TIMEOUT} s; the ends of the logs:\n{logs}")
            time.sleep(POLL_SECONDS)

    def _make_namespaces(self) -> None:
        # An ignored SIGCHLD has the kernel collect what containers leave to the first process.
        script = f"{_mounts(self.directory)}; touch mounted; trap '' CHLD; exec sleep infinity"
        self._start("namespaces", [*UNSHARE, "sh", "-euc", script])
        self.wait((self.directory / "mounted").exists, "the node's namespaces")
        outside = self.components[-1].identity.pid
        children = Path(f"/proc/{outside}/task/{outside}/children").read_text(encoding="utf-8")
        self.first_process = int(children)
        # It ends last, after all that is in its namespace: who waits for it waits for every container.
        self.watcher.watch(self.first_process)

    def _start(self, name: str, command: t.Sequence[str]) -> None:
        self.components.append(Component(name, command, directory=self.directory, watcher=self.watcher))


def _mounts(directory: Path) -> str:
    """Shell commands that give a node its own view; ``directory`` takes the files that stand for settings of the kernel."""
    commands = [f"mount -t tmpfs -o mode=755 tmpfs {folder}" for folder in HIDDEN]
    for setting in KERNEL_SETTINGS:
        own, real = directory / "kernel-settings" / setting, f"/proc/sys/{setting}"
        file, folder = shlex.quote(str(own)), shlex.quote(str(own.parent))
        commands.append(f"mkdir -p {folder}; cat {real} > {file}; mount --bind {file} {real}")
    return "; ".join(commands)


def _import_pause_image(node: Node) -> None:
    file = node.directory / "pause.tar"
    file.write_bytes(archive(make_image("pause"), PAUSE_IMAGE))
    done = subprocess.run(
        [*node.ctr_command, "images", "import", str(file)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise ClusterError(f"ctr images import ended with {done.returncode}:\n{last_lines(done.stderr)}")


def _make_ready(starter: _Starter, client: Client, name: str) -> None:
    """Tell what a cloud would tell of the node, and take its taints away, as the controllers of a whole cluster would."""
    path = f"/api/v1/nodes/{name}"
    starter.wait(lambda: client.exists(path), f"node {name} in the cluster")
    addresses = [{"type": "InternalIP", "address": LOOPBACK}, {"type": "Hostname", "address": name}]
    client.patch(f"{path}/status", {"status": {"addresses": addresses}}, kind="strategic")
    starter.wait(lambda: _is_ready(client.get(path)), f"node {name} Ready")
    client.patch(path, {"spec": {"taints": None}})


def _is_ready(node: Document) -> bool:
    conditions = node["status"].get("conditions", [])
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def _leave(client: Client, name: str) -> None:
    """Take the node and its Pods out of the cluster, which would wait for a kubelet to end them; the cluster may be gone already."""
    with contextlib.suppress(ApiError, Unreachable):
        for pod in client.list("/api/v1/pods", fieldSelector=f"spec.nodeName={name}"):
            metadata = pod["metadata"]
            with contextlib.suppress(NotFound):
                client.delete(
                    f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}", gracePeriodSeconds="0"
                )
        client.delete(f"/api/v1/nodes/{name}")


def _why_no_namespaces() -> str:
    """Tried with the very commands of a node."""
    if not all(map(shutil.which, ("unshare", "nsenter"))):
        return "a node needs unshare and nsenter (util-linux)"
    with tempfile.TemporaryDirectory(prefix="regcred-probe-") as directory:
        command = [*UNSHARE, "sh", "-euc", _mounts(Path(directory))]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    said = done.stderr.strip().partition("\n")[0]
    return f"a node needs namespaces and mounts: {said}" if done.returncode else ""


def _why_no_cgroups() -> str:
    name = f"regcred-probe-{os.getpid()}"
    try:
        make_cgroups(name)
    except OSError as error:
        return f"a node needs cgroups: {error}"
    finally:
        remove_cgroups(name)
    return ""


def _why_no_packages() -> str:
    try:
        install_packages(CGO_PACKAGES, what="about 10 s, 1 MB")
    except NotInstallable as error:
        return str(error)
    return ""
