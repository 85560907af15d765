"""
A cluster as a test or the demo holds it.

    with start_cluster() as cluster:
        cluster.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-a"}})
        kubeconfig = cluster.user("alice", rules=[rule(["secrets"], ["get", "list"])], namespaces=["team-a"])

When ``REGCRED_KUBECONFIG`` is set, that cluster is used as it is: nothing is started, and nothing is stopped.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.binaries import find_programs
from tests.cluster.client import Client, Document
from tests.cluster.control_plane import DEFAULT_SERVICE_ACCOUNT, ISSUER, start_control_plane
from tests.cluster.deadlines import wait_for
from tests.cluster.errors import ClusterError
from tests.cluster.kubeconfig import Access, read_kubeconfig, write_kubeconfig
from tests.cluster.launcher import Launch, Start, launched
from tests.cluster.pki import KeyPair, issue_client
from tests.cluster.users import (
    Rule,
    TokenState,
    ensure_service_account,
    expired_token,
    grant,
    request_token,
    service_account_subject,
    user_subject,
)

if t.TYPE_CHECKING:
    from tests.cluster.processes import Component

PREFIX: t.Final = "regcred-cluster-"
EXISTING: t.Final = "REGCRED_KUBECONFIG"


@dataclass(frozen=True)
class Cluster:
    """
    A cluster that answers.

    Attributes:
        directory: Where its files are, mode 0700; for a cluster that others run a scratch folder.
        kubeconfig: The administrator's.
        kubectl: The program.
        access: Server, authority and the administrator's credential.
        client: The administrator's client.
        is_ours: Whether it was started here; what needs the authority's key works in these only.
        components: The processes, children of ours; empty when the cluster is detached or was not started here.
    """

    directory: Path
    kubeconfig: Path
    kubectl: Path
    access: Access
    client: Client
    is_ours: bool = True
    components: tuple[Component, ...] = ()

    @property
    def server(self) -> str:
        """The API server's URL, for example ``https://127.0.0.1:40123``."""
        return self.access.server

    @property
    def environment(self) -> dict[str, str]:
        """The environment of this process, with the variables by which kubectl, the collection and the tests find this cluster."""
        names = ("KUBECONFIG", "K8S_AUTH_KUBECONFIG", "REGCRED_CLUSTER_KUBECONFIG")
        path = os.pathsep.join([str(self.kubectl.parent), os.environ.get("PATH", os.defpath)])
        return {**os.environ, **dict.fromkeys(names, str(self.kubeconfig)), "PATH": path}

    def user(
        self,
        name: str,
        *,
        rules: t.Iterable[Rule] = (),
        namespaces: t.Iterable[str] | None = None,
        groups: t.Iterable[str] = (),
    ) -> Path:
        """
        A user with a client certificate and exactly these rules.

        Args:
            name: For example ``alice``; a second call with the name replaces the rules where it gives some.
            rules: See `users.rule`; empty allows nothing.
            namespaces: Where the rules hold; None is the whole cluster, and what belongs to no namespace.
            groups: For example ``["system:masters"]``.

        Returns:
            The path of the user's kubeconfig.

        Raises:
            ClusterError: The cluster is not ours to issue certificates for; `token_user` works there.
        """
        if not self.is_ours:
            raise ClusterError(
                f"{self.server}: only a cluster started here issues client certificates; take token_user, or unset {EXISTING}"
            )
        certificate = issue_client(KeyPair.read(self.directory / "pki", "ca"), name, groups)
        self._grant(name, user_subject(name), rules, namespaces)
        return self._write(name, certificate=certificate)

    def token_user(
        self,
        name: str,
        *,
        rules: t.Iterable[Rule] = (),
        namespaces: t.Iterable[str] | None = None,
        home: str = "default",
        token: TokenState = "valid",
        seconds: int = 3600,
    ) -> Path:
        """
        A ServiceAccount with a token and exactly these rules.

        Args:
            name: Of the ServiceAccount; made when it is not there.
            rules: As for `user`.
            namespaces: As for `user`.
            home: The namespace that the ServiceAccount is in.
            token: What its kubeconfig holds: a good token, one that ended a minute ago, or one that no server ever gave.
            seconds: How long a good token is good, at least 600.

        Returns:
            The path of its kubeconfig.

        Raises:
            ClusterError: An expired token is asked for, and the cluster is not ours to sign one for.
        """
        account = ensure_service_account(self.client, home, name)
        self._grant(f"{home}:{name}", service_account_subject(home, name), rules, namespaces)
        return self._write(f"{home}.{name}.{token}", token=self._token(account, token, seconds))

    def make_namespace(self, prefix: str = "test", *, labels: t.Mapping[str, str] | None = None) -> str:
        """
        A new namespace in which the default ServiceAccount is there already.

        Returns:
            Its name, for example ``test-5f0c1d2e``.
        """
        name = f"{prefix}-{secrets.token_hex(4)}"
        self.client.create(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels or {})}}
        )
        account = DEFAULT_SERVICE_ACCOUNT.format(name)
        wait_for(
            lambda: self.client.exists(account),
            f"namespace {name}: no default ServiceAccount; does the controller-manager run?",
        )
        return name

    def check(self) -> None:
        """Return when all components run; raises `ComponentEnded` with the end of the log of one that does not."""
        for component in self.components:
            component.check()

    def _grant(self, name: str, subject: Document, rules: t.Iterable[Rule], namespaces: t.Iterable[str] | None) -> None:
        wanted = list(rules)
        if wanted:
            grant(self.client, name, subject, wanted, namespaces)

    def _token(self, account: Document, state: TokenState, seconds: int) -> str:
        if state == "valid":
            return request_token(self.client, account, seconds)
        if state == "invalid":
            return f"no-server-gave-this-{secrets.token_hex(8)}"
        if not self.is_ours:
            raise ClusterError(
                f"{self.server}: only a cluster started here signs tokens that have ended; unset {EXISTING}"
            )
        return expired_token(KeyPair.read(self.directory / "pki", "service-account"), ISSUER, account)

    def _write(self, user: str, *, certificate: KeyPair | None = None, token: str = "") -> Path:
        access = Access(self.server, self.access.authority, certificate, token)
        return write_kubeconfig(self.directory / "users" / f"{user.replace(os.sep, '-')}.kubeconfig", access, user)


def start_cluster(
    *, api_server_flags: t.Sequence[str] = (), ports: t.Iterator[int] | None = None
) -> t.ContextManager[Cluster]:
    """
    A cluster for the time of a ``with``; after it no process and no file is left, however it ends.

    Args:
        api_server_flags: Further flags of kube-apiserver, for example ``("--enable-admission-plugins=AlwaysPullImages",)``.
        ports: Where the API server may listen, tried in this order; None for any that are free.

    Raises:
        ClusterError: It could not be built or started; the class says which, the message what to do.
    """
    existing = os.environ.get(EXISTING)
    if existing:
        return use_cluster(existing)
    return launched(PREFIX, starter(find_programs(), api_server_flags), ports)


@contextlib.contextmanager
def use_cluster(kubeconfig: str) -> t.Iterator[Cluster]:
    """A cluster that others run, for the time of a ``with``; what is written for it here goes to a scratch folder."""
    directory = Path(tempfile.mkdtemp(prefix="regcred-existing-"))
    try:
        on_path = shutil.which("kubectl")
        kubectl = Path(on_path) if on_path else find_programs(["kubectl"])["kubectl"]
        access = read_kubeconfig(kubeconfig, kubectl)
        yield Cluster(directory, Path(kubeconfig), kubectl, access, Client(access), is_ours=False)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def starter(programs: t.Mapping[str, Path], api_server_flags: t.Sequence[str] = ()) -> Start[Cluster]:
    """What starts a cluster, for `launcher.launch`; the arguments are those of `control_plane.start_control_plane`."""

    def start(launch: Launch) -> Cluster:
        access = start_control_plane(launch, programs, api_server_flags)
        return open_cluster(launch.directory, programs["kubectl"], access, launch.components)

    return start


def open_cluster(directory: Path, kubectl: Path, access: Access, components: t.Iterable[Component] = ()) -> Cluster:
    """A cluster that was started here, now or by an earlier process, from its directory."""
    return Cluster(
        directory, directory / "admin.kubeconfig", kubectl, access, Client(access), components=tuple(components)
    )
