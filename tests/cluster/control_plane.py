"""
The control plane: which flags each component gets and why, in which order they start, and when it is ready.

Everything lies in one directory, which the components have as their working directory::

    pki/           ca, etcd-ca, apiserver, etcd-client, service-account, admin, ...: NAME.crt and NAME.key
    etcd/          data
    etcd.sock      where etcd listens
    *.kubeconfig   the administrator's and the controller-manager's
    users/         a kubeconfig for each user made later
    *.log          one a component
"""

from __future__ import annotations

import ssl
import typing as t

from tests.cluster.client import Client
from tests.cluster.errors import ApiError, PortTaken, Unreachable
from tests.cluster.kubeconfig import Access, write_kubeconfig
from tests.cluster.pki import issue_client, issue_server, make_authority, make_key
from tests.cluster.ports import LOOPBACK

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.launcher import Launch

ISSUER: t.Final = "https://kubernetes.default.svc.cluster.local"
DEFAULT_SERVICE_ACCOUNT: t.Final = "/api/v1/namespaces/{}/serviceaccounts/default"
# What namespaces and ServiceAccounts need to come to life and to go away; all controllers together take five seconds more to start.
CONTROLLERS: t.Final = (
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "root-ca-certificate-publisher-controller",
    "namespace-controller",
    "garbage-collector-controller",
)


def start_control_plane(launch: Launch, programs: t.Mapping[str, Path], more_flags: t.Sequence[str] = ()) -> Access:
    """
    Start the components and wait until the API server is ready and the default ServiceAccount is there.

    Args:
        launch: Where they are started.
        programs: The path of each program, see `binaries.find_programs`.
        more_flags: Further flags of kube-apiserver, for example ``("--enable-admission-plugins=AlwaysPullImages",)``.

    Returns:
        The administrator's access.
    """
    access = _make_pki(launch.directory, launch.port)
    client = Client(access, timeout=60)
    launch.run("etcd", [str(programs["etcd"]), *etcd_flags()])
    launch.run("kube-apiserver", [str(programs["kube-apiserver"]), *api_server_flags(launch.port), *more_flags])
    launch.wait(lambda: _has(client, "/readyz", launch.port), "/readyz of the API server")
    # Not before: it gives up after ten seconds without an answer, and until the roles of RBAC are there its requests are refused.
    launch.run("kube-controller-manager", [str(programs["kube-controller-manager"]), *controller_manager_flags()])
    launch.wait(
        lambda: _has(client, DEFAULT_SERVICE_ACCOUNT.format("default"), launch.port), "the default ServiceAccount"
    )
    return access


def _has(client: Client, path: str, port: int) -> bool:
    try:
        return bool(client.get(path))
    except Unreachable as error:
        if isinstance(error.__cause__, ssl.SSLCertVerificationError):
            raise PortTaken(f"port {port}: another server answers there: {error}") from error
        return False
    except ApiError:
        return False


def etcd_flags() -> list[str]:
    """It listens on sockets in a directory that only we may enter: no port can be taken, and no other user of the machine gets in."""
    client, peer = "unix://etcd.sock", "unix://etcd-peer.sock"
    return [
        "--name=box",
        "--data-dir=etcd",
        # What it holds is thrown away anyway.
        "--unsafe-no-fsync",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=box={peer}",
    ]


def api_server_flags(port: int) -> list[str]:
    """An API server as a cluster has it, with RBAC, for clients on this machine."""
    return [
        "--etcd-servers=unix://etcd.sock",
        f"--bind-address={LOOPBACK}",
        f"--advertise-address={LOOPBACK}",
        f"--secure-port={port}",
        "--tls-cert-file=pki/apiserver.crt",
        "--tls-private-key-file=pki/apiserver.key",
        "--client-ca-file=pki/ca.crt",
        "--authorization-mode=Node,RBAC",
        "--service-account-key-file=pki/service-account.crt",
        "--service-account-signing-key-file=pki/service-account.key",
        f"--service-account-issuer={ISSUER}",
        "--service-cluster-ip-range=10.96.0.0/16",
        # There is no network in which the Service "kubernetes" would need endpoints.
        "--endpoint-reconciler-type=none",
    ]


def controller_manager_flags() -> list[str]:
    """Its client limits are raised far above the usual 20 a second, so that a thousand namespaces get their ServiceAccounts in seconds."""
    return [
        "--kubeconfig=kube-controller-manager.kubeconfig",
        f"--controllers={','.join(CONTROLLERS)}",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        # It serves metrics only, and nobody reads them.
        "--secure-port=0",
        "--service-account-private-key-file=pki/service-account.key",
        "--root-ca-file=pki/ca.crt",
        # The default is a folder of the machine.
        "--flex-volume-plugin-dir=flex-volumes",
        "--kube-api-qps=2000",
        "--kube-api-burst=4000",
        "--concurrent-namespace-syncs=50",
        "--concurrent-serviceaccount-token-syncs=20",
        "--concurrent-gc-syncs=20",
    ]


def _make_pki(directory: Path, port: int) -> Access:
    """Write all keys and the components' kubeconfigs; returns the administrator's access."""
    folder = directory / "pki"
    authority = make_authority("cluster-in-a-box").write(folder, "ca")
    issue_server(authority, "kube-apiserver", ("localhost", LOOPBACK)).write(folder, "apiserver")
    make_key().write(folder, "service-account")
    server = f"https://{LOOPBACK}:{port}"
    manager = issue_client(authority, "system:kube-controller-manager")
    write_kubeconfig(
        directory / "kube-controller-manager.kubeconfig",
        Access(server, authority.public, manager),
        "system:kube-controller-manager",
    )
    administrator = issue_client(authority, "admin", ["system:masters"])
    access = Access(server, authority.public, administrator)
    write_kubeconfig(directory / "admin.kubeconfig", access, "admin")
    return access
