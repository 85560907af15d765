"""
A node of a cluster: kube-scheduler, containerd and a real kubelet, whose Pods run.

    registries = {"registry.example.test": registry, "docker.io": registry}
    with start_cluster() as cluster, start_registry(users) as registry, start_node(cluster, registries) as node:
        ...

Its programs run in namespaces of their own, where the kubelet is a service of the node's: see `namespaces` and `service`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.binaries import CGO_PACKAGES, NODE, find_programs
from tests.cluster.capabilities import missing_capabilities
from tests.cluster.cgroups import make_cgroups, remove_cgroups
from tests.cluster.containerd import PAUSE_IMAGE, write_containerd_files, write_registry_files
from tests.cluster.errors import ApiError, ClusterError, NotFound, Unreachable, last_lines
from tests.cluster.images import archive, make_image, waiting_program
from tests.cluster.kubelet import (
    DEFAULT_OPTIONS,
    KubeletOptions,
    kubelet_flags,
    scheduler_flags,
    write_kubelet_files,
    write_settings,
)
from tests.cluster.launcher import Launch, launched
from tests.cluster.namespaces import HIDDEN, Namespaces, first_process_command, why_no_namespaces
from tests.cluster.ports import LOOPBACK
from tests.cluster.service import Service
from tests.environment.cache import cache_root
from tests.environment.packages import NotInstallable, install_packages

if t.TYPE_CHECKING:
    from tests.cluster.client import Client, Document
    from tests.cluster.cluster import Cluster
    from tests.cluster.processes import Component
    from tests.cluster.registry import Registry


@dataclass(frozen=True)
class Node:
    """
    A node that is ready.

    Attributes:
        name: In the cluster.
        directory: Where its files are, mode 0700, and the working directory of its programs, whose home is ``home`` below it.
        port: Where the kubelet listens on 127.0.0.1.
    """

    name: str
    directory: Path
    port: int
    _starter: _Starter = field(repr=False)

    @property
    def components(self) -> tuple[Component, ...]:
        """
        The processes that are children of ours.

        Of the namespaces it is the one that made them. The services are none of them.
        """
        return tuple(self._starter.launch.components)

    @property
    def root_directory(self) -> Path:
        """The kubelet's ``--root-dir``, the first place where it looks for a config.json."""
        return self.directory / "kubelet"

    @property
    def ctr_command(self) -> list[str]:
        """The beginning of a ctr command that sees what the kubelet sees."""
        return [str(self._starter.programs["ctr"]), "--address", self._containerd, "--namespace", "k8s.io"]

    @property
    def crictl_command(self) -> list[str]:
        """The beginning of a crictl command, in the same way."""
        return [str(self._starter.programs["crictl"]), "--runtime-endpoint", f"unix://{self._containerd}"]

    @property
    def inside(self) -> list[str]:
        """The beginning of a command that runs on the node: it sees the node's processes, files and services."""
        return self._starter.namespaces.enter

    @property
    def ansible_variables(self) -> dict[str, str]:
        """The variables of a host that is this node: modules run there, and so does what ansible.builtin.service starts."""
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": str(self.directory / "python"),
            "ansible_remote_tmp": str(self.directory / "ansible"),
        }

    def add_registry(self, name: str, registry: Registry) -> None:
        """Have images whose names begin with this one, or with the registry's address, pulled from this registry, from now on."""
        write_registry_files(self.directory, name, registry)

    def restart_kubelet(self, options: KubeletOptions | None = None) -> None:
        """
        End the kubelet and start it anew, as after a change of its files; Pods run on meanwhile.

        Args:
            options: None for those that it has.

        Raises:
            ClusterError: It does not start; the message holds the end of its log.
        """
        flags = None
        if options is not None:
            write_settings(self.directory, self.port, options.settings)
            flags = [*kubelet_flags(self.directory, self.name), *options.flags]
        self._starter.restart("kubelet", flags)
        self.wait_for_kubelet()

    def wait_for_kubelet(self) -> None:
        """
        Wait until the kubelet listens, after somebody else has started it.

        Raises:
            ClusterError: It does not run; the message holds the end of its log.
        """
        self._starter.launch.wait(self._kubelet_listens, "the kubelet's port")

    @contextlib.contextmanager
    def kubelet_with(self, options: KubeletOptions) -> t.Iterator[None]:
        """A kubelet with these options for the time of a ``with``, and then one without any; both are restarts."""
        try:
            self.restart_kubelet(options)
            yield
        finally:
            self.restart_kubelet(DEFAULT_OPTIONS)

    def check(self) -> None:
        """Return when all components run; raises `ComponentEnded` with the end of the log of one that does not."""
        self._starter.launch.check()

    @property
    def _containerd(self) -> str:
        return f"{self.directory}/containerd.sock"

    def _kubelet_listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), timeout=60):
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
    missing = missing_capabilities()
    if missing:
        return f"a node needs what root may not do here, as in a container that is not privileged: {', '.join(missing)}"
    return why_no_namespaces() or _why_no_cgroups() or _why_no_packages()


def start_node(
    cluster: Cluster,
    registries: t.Mapping[str, Registry],
    *,
    name: str = "node-1",
    options: KubeletOptions = DEFAULT_OPTIONS,
    ports: t.Iterator[int] | None = None,
) -> t.ContextManager[Node]:
    """
    A node for the time of a ``with``; after it no process, mount, cgroup or file is left, however it ends.

    Args:
        cluster: One that was started here.
        registries: The registry behind each name that images may bear; `Node.add_registry` adds further ones.
        name: Of the node.
        options: Of its kubelet.
        ports: Where the kubelet may listen, tried in this order; None for any that are free.

    Raises:
        NotInstallable: A program has to be built, and a package for it is missing.
        ClusterError: It could not be built or started; the class says which, the message what to do.
    """
    if not cluster.is_ours:
        raise ClusterError(f"{cluster.server}: only a cluster started here takes a node")
    programs, client = find_programs(NODE), cluster.client

    def start(launch: Launch) -> Node:
        directory = launch.directory
        launch.before_end.callback(_leave, client, name)
        starter = _Starter(launch, programs)
        node = Node(name, directory, launch.port, starter)
        write_containerd_files(directory, programs["runc"])
        for each, registry in registries.items():
            node.add_registry(each, registry)
        write_kubelet_files(directory, cluster, name)
        (directory / "static-pods").mkdir()
        make_cgroups(directory.name)
        launch.run("kube-scheduler", [str(programs["kube-scheduler"]), *scheduler_flags()])
        starter.make_namespaces()
        starter.restart("containerd", ["--config=containerd.toml"])
        launch.wait((directory / "containerd.sock").is_socket, "containerd's socket")
        _import_pause_image(node)
        node.restart_kubelet(options)
        _make_ready(launch, client, name)
        node.check()
        return node

    return launched("regcred-node-", start, ports)


@dataclass
class _Starter:
    """Starts what runs in the namespaces of one node."""

    launch: Launch
    programs: t.Mapping[str, Path]
    services: dict[str, Service] = field(default_factory=dict)
    _namespaces: Namespaces | None = None

    @property
    def namespaces(self) -> Namespaces:
        """There once they are made."""
        if self._namespaces is None:
            raise ClusterError("the node has no namespaces yet")
        return self._namespaces

    def make_namespaces(self) -> None:
        directory = self.launch.directory
        outside = self.launch.run("namespaces", first_process_command(directory, waiting_program())).identity.pid
        self.launch.wait((directory / "mounted").exists, "the node's namespaces")
        children = Path(f"/proc/{outside}/task/{outside}/children").read_text(encoding="utf-8")
        self._namespaces = Namespaces(directory, int(children))
        # It ends last, after all that is in its namespace: who waits for it waits for every container.
        self.launch.watcher.watch(self._namespaces.first_process)
        self._namespaces.write_interpreter(directory / "python")

    def restart(self, name: str, flags: t.Sequence[str] | None = None) -> None:
        """Start a service, or start it anew; None for the flags that it has."""
        if name not in self.services:
            self.services[name] = Service(name, self.launch.directory, self.namespaces)
            self.launch.parts.append(self.services[name])
        if flags is not None:
            self.services[name].write([*self._program(name), *flags])
        self.services[name].restart()

    def _program(self, name: str) -> list[str]:
        # No variable of the user's is left: a proxy, for one, would be asked for images. The shim has to be on PATH.
        path = os.pathsep.join([str(self.programs["containerd-shim-runc-v2"].parent), os.defpath, "/usr/sbin", "/sbin"])
        return ["env", "-i", f"PATH={path}", f"HOME={self.launch.directory}/home", str(self.programs[name])]


def _import_pause_image(node: Node) -> None:
    file = node.directory / "pause.tar"
    file.write_bytes(archive(make_image("pause"), PAUSE_IMAGE))
    done = subprocess.run(
        [*node.ctr_command, "images", "import", str(file)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise ClusterError(f"ctr images import ended with {done.returncode}:\n{last_lines(done.stderr)}")


def _make_ready(launch: Launch, client: Client, name: str) -> None:
    """Tell what a cloud would tell of the node, and take its taints away, as the controllers of a whole cluster would."""
    path = f"/api/v1/nodes/{name}"
    launch.wait(lambda: client.exists(path), f"node {name} in the cluster")
    addresses = [{"type": "InternalIP", "address": LOOPBACK}, {"type": "Hostname", "address": name}]
    client.patch(f"{path}/status", {"status": {"addresses": addresses}}, kind="strategic")
    launch.wait(lambda: _is_ready(client.get(path)), f"node {name} Ready")
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


def _why_no_cgroups() -> str:
    name = f"regcred-probe-{os.getpid()}"
    try:
        missing = make_cgroups(name)
    except OSError as error:
        return f"a node needs cgroups: {error}"
    finally:
        remove_cgroups(name)
    return f"a node needs cgroups, and these controllers are not to be had: {', '.join(missing)}" if missing else ""


def _why_no_packages() -> str:
    try:
        install_packages(CGO_PACKAGES, what="about 10 s, 1 MB")
    except NotInstallable as error:
        return str(error)
    return ""
