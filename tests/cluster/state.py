"""
Clusters that outlive the process that started them: where each is written down, and how it is found and ended again.

Each has a file ``NAME.json`` below the cache folder. A cluster counts as running only as long as the very processes that were started do.
"""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.cluster import PREFIX, Cluster, open_cluster, starter
from tests.cluster.errors import ClusterError
from tests.cluster.kubeconfig import read_kubeconfig
from tests.cluster.launcher import launch
from tests.cluster.private_file import write_private
from tests.cluster.watcher import ProcessIdentity, clean_up, is_running
from tests.environment.cache import cache_root, locked


@dataclass(frozen=True)
class DetachedCluster:
    """
    What is written down about one.

    Attributes:
        name: For example ``default``.
        server: The API server's URL.
        directory: Where its files are.
        kubectl: The kubectl of its version.
        processes: The components, in the order of their start.
    """

    name: str
    server: str
    directory: Path
    kubectl: Path
    processes: tuple[ProcessIdentity, ...]

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.directory / "admin.kubeconfig"

    def is_running(self) -> bool:
        """Whether all of its processes run."""
        return all(is_running(process) for process in self.processes)

    def open(self) -> Cluster:
        """The cluster, to make users in it and to ask its API."""
        return open_cluster(self.directory, self.kubectl, read_kubeconfig(self.kubeconfig, self.kubectl))


def detach(name: str, programs: t.Mapping[str, Path]) -> DetachedCluster:
    """
    Start a cluster that lives until `end`; one of this name that runs already is given back as it is.

    Raises:
        ClusterError: The name is no name, or the cluster did not start.
    """
    with _locked(name):
        found = find(name)
        if found is not None and found.is_running():
            return found
        if found is not None:
            _remove(found)
        return _launch_detached(name, programs)


def find(name: str) -> DetachedCluster | None:
    """What is written down under this name; None when nothing is."""
    try:
        fields = json.loads(_file(name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    processes = tuple(ProcessIdentity(*process) for process in fields["processes"])
    return DetachedCluster(name, fields["server"], Path(fields["directory"]), Path(fields["kubectl"]), processes)


def end(name: str) -> bool:
    """End the cluster of this name and remove its files; False when there is none."""
    with _locked(name):
        found = find(name)
        if found is not None:
            _remove(found)
        return found is not None


def _launch_detached(name: str, programs: t.Mapping[str, Path]) -> DetachedCluster:
    cluster, everything = launch(PREFIX, starter(programs))
    try:
        processes = tuple(component.identity for component in cluster.components)
        detached = DetachedCluster(name, cluster.server, cluster.directory, cluster.kubectl, processes)
        _write(detached)
    except BaseException:
        everything.end()
        raise
    everything.watcher.release()
    return detached


def _remove(detached: DetachedCluster) -> None:
    clean_up(detached.directory, detached.processes)
    _file(detached.name).unlink()


def _write(detached: DetachedCluster) -> None:
    fields = {
        "server": detached.server,
        "directory": str(detached.directory),
        "kubectl": str(detached.kubectl),
        "processes": detached.processes,
    }
    write_private(_file(detached.name), json.dumps(fields, indent=2).encode())


def _folder() -> Path:
    return cache_root() / "clusters"


def _file(name: str) -> Path:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", name):
        raise ClusterError(
            f"{name!r} is no name for a cluster: take lower-case letters, digits and hyphens, for example team-a"
        )
    return _folder() / f"{name}.json"


def _locked(name: str) -> t.ContextManager[None]:
    return locked(
        _file(name).with_suffix(".lock"),
        while_waiting=f"waiting for another run that is starting or ending cluster {name}",
    )
