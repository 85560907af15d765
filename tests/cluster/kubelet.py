"""The settings of kubelet and kube-scheduler, with reasons."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

from tests.cluster.kubeconfig import Access, write_kubeconfig
from tests.cluster.pki import KeyPair, issue_client, issue_server
from tests.cluster.ports import LOOPBACK
from tests.cluster.private_file import write_private

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.cluster import Cluster

SCHEDULER: t.Final = "system:kube-scheduler"


@dataclass(frozen=True)
class KubeletOptions:
    """
    What a test chooses of a kubelet.

    Attributes:
        settings: Fields of its KubeletConfiguration, which take the place of ours, for example
            ``{"imagePullCredentialsVerificationPolicy": "AlwaysVerify"}``.
        provider_config: A CredentialProviderConfig, or a folder of them.
        provider_programs: The folder with the credential providers' programs.
    """

    settings: t.Mapping[str, t.Any] = field(default_factory=dict)
    provider_config: Path | None = None
    provider_programs: Path | None = None

    @property
    def flags(self) -> list[str]:
        """Those that no setting stands for."""
        paths = {"config": self.provider_config, "bin-dir": self.provider_programs}
        return [f"--image-credential-provider-{name}={path}" for name, path in paths.items() if path]


DEFAULT_OPTIONS: t.Final = KubeletOptions()


def write_kubelet_files(directory: Path, cluster: Cluster, name: str) -> None:
    """Write keys and kubeconfigs of kubelet and kube-scheduler to the node's directory."""
    authority = KeyPair.read(cluster.directory / "pki", "ca")
    issue_server(authority, name, (name, LOOPBACK)).write(directory / "pki", "kubelet")
    users = {"kubelet": (f"system:node:{name}", ["system:nodes"]), "kube-scheduler": (SCHEDULER, [])}
    for program, (user, groups) in users.items():
        access = Access(cluster.server, authority.public, issue_client(authority, user, groups))
        write_kubeconfig(directory / f"{program}.kubeconfig", access, user)
    write_private(directory / "pki" / "clients.crt", authority.public)


def write_settings(directory: Path, port: int, changes: t.Mapping[str, t.Any]) -> None:
    """Write the KubeletConfiguration, in which ``changes`` take the place of what we would choose."""
    settings = {**kubelet_settings(directory, port), **changes}
    write_private(directory / "kubelet.json", json.dumps(settings, indent=2).encode())


def kubelet_settings(directory: Path, port: int) -> dict[str, t.Any]:
    """A KubeletConfiguration."""
    places = {
        "containerRuntimeEndpoint": f"unix://{directory}/containerd.sock",
        "podLogsDir": f"{directory}/pod-logs",
        "volumePluginDir": f"{directory}/volume-plugins",
        "staticPodPath": f"{directory}/static-pods",
    }
    server = {
        "address": LOOPBACK,
        "port": port,
        "healthzPort": 0,
        "tlsCertFile": f"{directory}/pki/kubelet.crt",
        "tlsPrivateKeyFile": f"{directory}/pki/kubelet.key",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": False},
            "x509": {"clientCAFile": f"{directory}/pki/clients.crt"},
        },
        "authorization": {"mode": "AlwaysAllow"},
    }
    machine = {
        # A cgroup of its own, so that what is left of it can be kept apart from what others have.
        "cgroupRoot": f"/{directory.name}",
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "enforceNodeAllocatable": [],
        "failSwapOn": False,
        "makeIPTablesUtilChains": False,
        # Both would need capabilities that a virtual machine's root may lack.
        "oomScoreAdj": 0,
        "maxOpenFiles": 10000,
        "evictionHard": {"memory.available": "1%", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
    }
    pods = {
        "resolvConf": "",
        # Nobody answers there: a Pod without a cluster DNS would get a warning event each.
        "clusterDNS": ["10.96.0.10"],
        "clusterDomain": "cluster.local",
        # The usual five pulls a second would make some of many Pods fail for a reason that is not theirs.
        "registryPullQPS": 0,
    }
    kind = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration"}
    return {**kind, **places, **server, **machine, **pods}


def kubelet_flags(directory: Path, name: str) -> list[str]:
    """Flags of the kubelet, which has the node's directory as its working directory."""
    return [
        "--config=kubelet.json",
        "--kubeconfig=kubelet.kubeconfig",
        f"--root-dir={directory}/kubelet",
        f"--cert-dir={directory}/kubelet/pki",
        f"--hostname-override={name}",
        # Otherwise it looks its name up in DNS; what a cloud would tell of the node, `node.start_node` tells.
        "--cloud-provider=external",
    ]


def scheduler_flags() -> list[str]:
    """Flags of kube-scheduler; it serves metrics only, and nobody reads them."""
    return ["--kubeconfig=kube-scheduler.kubeconfig", "--leader-elect=false", "--secure-port=0"]
