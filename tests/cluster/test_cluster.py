"""Real clusters: they start, they refuse, they stop, and nothing of them stays."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from tests.cluster.client import Client
from tests.cluster.cluster import Cluster, start_cluster
from tests.cluster.deadlines import HANGS_AFTER_SECONDS, wait_for
from tests.cluster.errors import ClusterError, ComponentEnded, Forbidden, PortTaken, Unauthorized, Unreachable
from tests.cluster.kubeconfig import Access, read_kubeconfig, write_kubeconfig
from tests.cluster.launcher import ATTEMPTS
from tests.cluster.pki import issue_client, make_authority
from tests.cluster.ports import LOOPBACK, free_ports
from tests.cluster.users import rule
from tests.cluster.watcher import REPOSITORY, ProcessIdentity, identify, is_running, wait_until_ended

READ_SECRETS = rule(["secrets"], ["get", "list"])
# A parent that starts a cluster, says what it started, and waits.
PARENT = """
import sys, time
from tests.cluster.cluster import start_cluster
with start_cluster() as cluster:
    print(cluster.directory, *[component.identity.pid for component in cluster.components], flush=True)
    time.sleep(600)
"""


def identities(cluster: Cluster) -> list[ProcessIdentity]:
    """The processes of a cluster."""
    return [component.identity for component in cluster.components]


def client_of(cluster: Cluster, kubeconfig: Path) -> Client:
    """A client that goes by a kubeconfig file, as any other program would."""
    return Client(read_kubeconfig(kubeconfig, cluster.kubectl))


def wait_until_gone(path: Path) -> None:
    """Wait until there is nothing at this path."""
    wait_for(lambda: not path.exists(), f"{path} is still there")


def test_side_by_side(cluster: Cluster) -> None:
    """Two clusters run beside each other and share nothing; the end of one leaves nothing of it and does not touch the other."""
    with start_cluster() as other:
        made = other.make_namespace()
        left = identities(other)
        assert not cluster.client.exists(f"/api/v1/namespaces/{made}")
        assert not set(left) & set(identities(cluster))

    assert [process for process in left if is_running(process)] == []
    assert not other.directory.exists()
    cluster.check()
    assert cluster.client.get("/readyz") == {"text": "ok"}


def test_exception(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An exception inside the block, such as a failed test, ends the cluster, too."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left: list[ProcessIdentity] = []

    def fail_with_a_cluster() -> None:
        with start_cluster() as doomed:
            left.extend(identities(doomed))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_with_a_cluster()
    assert len(left) == 3
    assert [process for process in left if is_running(process)] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_parent_ends(number: signal.Signals) -> None:
    """A parent that is killed or interrupted leaves no process and no directory."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        directory, *pids = parent.stdout.readline().split()
        components = [identity for identity in map(identify, map(int, pids)) if identity]
        assert len(components) == 3

        parent.send_signal(number)

    assert wait_until_ended(components, timeout=HANGS_AFTER_SECONDS)
    wait_until_gone(Path(directory))


def test_start_that_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A component that ends at the start gives an error with the end of its log, and nothing is left."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with (
        pytest.raises(
            ComponentEnded, match=r"(?s)kube-apiserver ended with code 1 after .* s.*unknown flag: --no-such"
        ),
        start_cluster(api_server_flags=["--no-such-flag"]),
    ):
        pass

    assert list(tmp_path.iterdir()) == []


def test_taken_port() -> None:
    """When somebody else listens on a port, the next one is taken."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        ports = free_ports()
        second = next(ports)
        with start_cluster(ports=iter([taken.getsockname()[1], second])) as started:
            assert started.server == f"https://{LOOPBACK}:{second}"


def test_all_ports_taken(cluster: Cluster) -> None:
    """A start gives up after some ports that were all taken, here by a server that is not ours and answers with its own certificate."""
    port = int(cluster.server.rpartition(":")[2])

    with pytest.raises(PortTaken), start_cluster(ports=iter([port] * ATTEMPTS)):
        pass


def test_component_that_dies() -> None:
    """A component that dies later is named, with its log, as soon as somebody asks."""
    with start_cluster() as started:
        os.kill(started.components[2].identity.pid, signal.SIGKILL)
        assert wait_until_ended([started.components[2].identity], timeout=HANGS_AFTER_SECONDS)

        with pytest.raises(ComponentEnded, match=r"kube-controller-manager ended with code -9 after"):
            started.check()


def test_rules_of_a_user(cluster: Cluster, namespace: str) -> None:
    """A user may do what the rules say, where they say it, and is refused everything else."""
    alice = client_of(cluster, cluster.user("alice", rules=[READ_SECRETS], namespaces=[namespace]))

    assert alice.list(f"/api/v1/namespaces/{namespace}/secrets") == []
    for path in (f"/api/v1/namespaces/{namespace}/configmaps", "/api/v1/namespaces/default/secrets", "/api/v1/secrets"):
        with pytest.raises(Forbidden, match=r'403 Forbidden: .* User "alice" cannot list resource'):
            alice.list(path)


def test_rules_in_the_whole_cluster(cluster: Cluster) -> None:
    """Rules without namespaces hold everywhere."""
    auditor = client_of(cluster, cluster.user("auditor", rules=[READ_SECRETS]))

    assert auditor.list("/api/v1/secrets") == []
    with pytest.raises(Forbidden):
        auditor.list("/api/v1/nodes")


def test_no_rules(cluster: Cluster) -> None:
    """A user without rules is known and may do nothing; one in system:masters may do everything."""
    with pytest.raises(Forbidden):
        client_of(cluster, cluster.user("nobody")).list("/api/v1/namespaces")
    assert client_of(cluster, cluster.user("root", groups=["system:masters"])).list("/api/v1/namespaces")


def test_token(cluster: Cluster, namespace: str) -> None:
    """A ServiceAccount's token carries its rules."""
    bot = client_of(cluster, cluster.token_user("bot", home=namespace, rules=[READ_SECRETS], namespaces=[namespace]))

    assert bot.list(f"/api/v1/namespaces/{namespace}/secrets") == []
    with pytest.raises(Forbidden, match=rf"system:serviceaccount:{namespace}:bot"):
        bot.list("/api/v1/secrets")


@pytest.mark.parametrize("state", ["expired", "invalid"])
def test_bad_token(state: t.Literal["expired", "invalid"], cluster: Cluster, namespace: str) -> None:
    """A token that has ended and one that was never given are not accepted, whatever the rules allow."""
    bot = client_of(cluster, cluster.token_user("bot", home=namespace, rules=[READ_SECRETS], token=state))

    with pytest.raises(Unauthorized):
        bot.list("/api/v1/secrets")


def test_expired_for_its_time_only(cluster: Cluster, namespace: str) -> None:
    """An expired token is refused for its time, and not because it is malformed."""
    cluster.token_user("bot", home=namespace, token="expired")

    log = (cluster.directory / "kube-apiserver.log").read_text(encoding="utf-8")

    assert "token is expired" in log or "service account token has expired" in log


def test_client_of_another_authority(cluster: Cluster) -> None:
    """The server does not take a certificate that another authority gave, whatever name is in it."""
    impostor = issue_client(make_authority("elsewhere"), "admin", ["system:masters"])

    with pytest.raises(Unauthorized):
        Client(Access(cluster.server, cluster.access.authority, impostor)).list("/api/v1/namespaces")


def test_server_of_another_authority(cluster: Cluster) -> None:
    """The client does not talk to a server whose certificate another authority gave."""
    elsewhere = make_authority("elsewhere").public

    with pytest.raises(Unreachable, match="certificate verify failed"):
        Client(Access(cluster.server, elsewhere, cluster.access.certificate)).get("/readyz")


def test_files_are_private(cluster: Cluster) -> None:
    """Nobody else gets at keys, tokens or etcd."""
    kubeconfig = cluster.token_user("private")
    private = [kubeconfig, cluster.kubeconfig, *cluster.directory.glob("pki/*.key")]

    assert stat.S_IMODE(cluster.directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def test_kubectl(cluster: Cluster, namespace: str) -> None:
    """The program kubectl reads the kubeconfigs and finds the cluster in the environment."""
    command = ["kubectl", "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"]

    for kubeconfig, name in ((cluster.kubeconfig, "admin"), (cluster.user("alice", namespaces=[namespace]), "alice")):
        environment = {**cluster.environment, "KUBECONFIG": str(kubeconfig)}
        assert subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout == name


def test_existing_cluster(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The cluster that REGCRED_KUBECONFIG names is used as it is: nothing is started, and nothing is stopped."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("REGCRED_KUBECONFIG", str(cluster.kubeconfig))

    with start_cluster() as existing:
        assert existing.components == ()
        assert existing.server == cluster.server
        assert existing.environment["KUBECONFIG"] == str(cluster.kubeconfig)
        assert client_of(existing, existing.token_user("guest", rules=[READ_SECRETS])).list("/api/v1/secrets") == []
        with pytest.raises(
            ClusterError, match="only a cluster started here issues client certificates; take token_user"
        ):
            existing.user("alice")

    assert list(tmp_path.iterdir()) == []
    cluster.check()


def test_unreadable_kubeconfig(cluster: Cluster, tmp_path: Path) -> None:
    """A kubeconfig that cannot be used is an error that names the file."""
    (tmp_path / "broken").write_text("{", encoding="utf-8")
    anonymous = write_kubeconfig(tmp_path / "anonymous", Access(cluster.server, cluster.access.authority), "nobody")

    for path, message in (
        (tmp_path / "broken", "kubectl cannot read"),
        (anonymous, "neither a client certificate nor"),
    ):
        with pytest.raises(ClusterError, match=rf"{path}: .*{message}"):
            read_kubeconfig(path, cluster.kubectl)


def test_namespace(cluster: Cluster, namespace: str) -> None:
    """A new namespace has its default ServiceAccount when it is handed out."""
    assert cluster.client.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/default")["kind"] == "ServiceAccount"
