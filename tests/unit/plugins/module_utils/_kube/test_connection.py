"""Which API server, and who asks."""

from __future__ import annotations

import base64
import datetime
import json
import os
import re
import stat
import sys
import tempfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection import Access, find_server
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem

pytest.importorskip("kubernetes")
pytest.importorskip("cryptography")

Document = t.Dict[str, t.Any]
SERVER = "https://api.example.com:6443"


@pytest.fixture(name="home", autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home and temporary folder, and nothing about clusters in the environment."""
    for name in list(os.environ):
        if name.upper() in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "KUBECONFIG") or name.startswith("KUBERNETES_"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    return home


@pytest.fixture(name="no_leftovers", autouse=True)
def _no_leftovers(tmp_path: Path) -> t.Iterator[None]:
    """Whatever a test does, no certificate or key stays behind in a temporary file."""
    yield
    assert not list((tmp_path / "scratch").iterdir())


@pytest.fixture(name="pair", scope="module")
def _pair() -> tuple[str, str]:
    """A certificate, its own authority, and its key, in PEM."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415  # not on every Python that modules run on
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  # see above

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def kubeconfig(cluster: Document | None = None, user: Document | None = None, **more: t.Any) -> Document:
    """A kubeconfig with one context."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": SERVER, **(cluster or {})}}],
        "users": [{"name": "u", "user": user or {}}],
        "contexts": [{"name": "main", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "main",
        **more,
    }


@pytest.fixture(name="write")
def _write(tmp_path: Path) -> t.Callable[..., str]:
    """Writes a kubeconfig and gives its path."""

    def write(document: t.Any, name: str = "kubeconfig") -> str:
        path = tmp_path / name
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return str(path)

    return write


def encoded(text: str) -> str:
    """Base64, as kubeconfigs have it."""
    return base64.b64encode(text.encode()).decode("ascii")


def test_token(write: t.Callable[..., str]) -> None:
    """A kubeconfig's token is sent as a bearer token."""
    server = find_server(Access(kubeconfig=write(kubeconfig(user={"token": "hunter2"}))))

    assert server.url == SERVER
    assert server.credentials() == {"authorization": "Bearer hunter2"} or server.credentials() == {
        "Authorization": "Bearer hunter2"
    }
    assert "hunter2" not in repr(server)


def test_certificates(write: t.Callable[..., str], pair: tuple[str, str]) -> None:
    """Certificates and key that stand in the kubeconfig are used, twice in one process as well."""
    certificate, key = pair
    cluster = {"certificate-authority-data": encoded(certificate)}
    user = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
    path = write(kubeconfig(cluster, user))

    for _unused in range(2):
        server = find_server(Access(kubeconfig=path))

        assert server.tls
        assert [authority["subject"] for authority in server.tls.get_ca_certs()] == [((("commonName", "test"),),)]
        assert server.credentials() == {}


def test_certificate_files(tmp_path: Path, write: t.Callable[..., str], pair: tuple[str, str]) -> None:
    """Paths in a kubeconfig are relative to it."""
    for name, text in zip(("ca.pem", "key.pem"), pair):
        (tmp_path / name).write_text(text, encoding="ascii")
    user = {"client-certificate": "ca.pem", "client-key": "key.pem"}

    server = find_server(Access(kubeconfig=write(kubeconfig({"certificate-authority": "ca.pem"}, user))))

    assert server.tls
    assert len(server.tls.get_ca_certs()) == 1


def test_exec_plugin(tmp_path: Path, write: t.Callable[..., str]) -> None:
    """A credential plugin is run, and its token is sent."""
    plugin = tmp_path / "plugin"
    answer = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "from-the-plugin"},
    }
    plugin.write_text(f"#!{sys.executable}\nprint('''{json.dumps(answer)}''')\n", encoding="utf-8")
    plugin.chmod(stat.S_IRWXU)
    user = {
        "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin), "interactiveMode": "Never"}
    }

    server = find_server(Access(kubeconfig=write(kubeconfig(user=user))))

    assert list(server.credentials().values()) == ["Bearer from-the-plugin"]


def test_options_win(write: t.Callable[..., str], tmp_path: Path, pair: tuple[str, str]) -> None:
    """What is said in an option wins over what the kubeconfig says."""
    (tmp_path / "ca.pem").write_text(pair[0], encoding="ascii")
    path = write(kubeconfig({"insecure-skip-tls-verify": True}, {"token": "old"}))

    server = find_server(
        Access(
            kubeconfig=path,
            host="https://other.example.com/",
            api_key=SecretText("new"),
            ca_cert=str(tmp_path / "ca.pem"),
            verify=True,
            proxy="http://proxy.example.com:3128",
        )
    )

    assert (server.url, server.proxy) == ("https://other.example.com", "http://proxy.example.com:3128")
    assert server.credentials() == {"Authorization": "Bearer new"}
    assert server.tls
    assert server.tls.check_hostname
    assert len(server.tls.get_ca_certs()) == 1


def test_options_alone() -> None:
    """With a host no kubeconfig is needed, nor looked at."""
    server = find_server(Access(host="http://127.0.0.1:8080", username="u", password=SecretText("p:w")))

    assert (server.url, server.tls, server.impersonation) == ("http://127.0.0.1:8080", None, ())
    assert server.credentials() == {"authorization": f"Basic {encoded('u:p:w')}"} or server.credentials() == {
        "Authorization": f"Basic {encoded('u:p:w')}"
    }


def test_context(write: t.Callable[..., str]) -> None:
    """The context that is named is used, else the current one."""
    document = kubeconfig(user={"token": "one"})
    document["users"].append({"name": "v", "user": {"token": "two"}})
    document["contexts"].append({"name": "other", "context": {"cluster": "c", "user": "v"}})
    path = write(document)

    assert list(find_server(Access(kubeconfig=path)).credentials().values()) == ["Bearer one"]
    assert list(find_server(Access(kubeconfig=path, context="other")).credentials().values()) == ["Bearer two"]


def test_several_files(write: t.Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Several kubeconfigs are joined as kubectl joins them, from the option or from the environment."""
    document = kubeconfig(user={"token": "one"})
    users = {"apiVersion": "v1", "kind": "Config", "users": document.pop("users")}
    joined = os.pathsep.join([write(document, "one"), write(users, "two"), "/no/such/file"])
    monkeypatch.setenv("KUBECONFIG", joined)

    for access in (Access(kubeconfig=joined), Access()):
        assert list(find_server(access).credentials().values()) == ["Bearer one"]


def test_default_kubeconfig(home: Path, write: t.Callable[..., str]) -> None:
    """Without a word the file in the user's home is taken."""
    (home / ".kube").mkdir()
    Path(write(kubeconfig())).rename(home / ".kube" / "config")

    assert find_server(Access()).url == SERVER


def test_nothing_given() -> None:
    """Where nothing says which cluster, the ways to say it are told."""
    expected = "kubeconfig: none is given, and there is no ~/.kube/config; set kubeconfig, K8S_AUTH_KUBECONFIG or host"

    with pytest.raises(ConnectionProblem, match=f"^{re.escape(expected)}$"):
        find_server(Access())


class Broken(t.NamedTuple):
    """A kubeconfig that cannot be used, and what is said of it after its path."""

    document: t.Any
    context: str
    message: str


BROKEN = {
    "no such context": Broken(kubeconfig(), "other", ": has no context 'other'; use one of: main"),
    "no such context among several": Broken(
        kubeconfig(
            contexts=[{"name": name, "context": {"cluster": "c", "user": "u"}} for name in ("main", "test", "live")]
        ),
        "prod",
        ": has no context 'prod'; use one of: main, test, live",
    ),
    "no such current context": Broken(
        {**kubeconfig(), "current-context": "gone"},
        "",
        ": cannot be used (Invalid kube-config file. Expected object with name gone in",
    ),
    "empty": Broken("", "", ": cannot be used ("),
    "not YAML": Broken("a: [hunter2", "", ": cannot be read ("),
    "a list": Broken([1], "", ": cannot be"),
    "no such cluster": Broken(kubeconfig(clusters=[]), "", ": cannot be used ("),
    "certificate that is none": Broken(
        kubeconfig({"certificate-authority-data": encoded("hunter2")}),
        "",
        "certificates for https://api.example.com:6443",
    ),
    "certificate that is not base64": Broken(
        kubeconfig({"certificate-authority-data": "hunter2!"}), "", ": cannot be read ("
    ),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN.keys())
def test_broken_kubeconfig(case: Broken, write: t.Callable[..., str]) -> None:
    """A kubeconfig that cannot be used is told by its path, without its contents."""
    path = write(case.document)
    start = case.message if case.message.startswith("certificates") else f"kubeconfig {path}{case.message}"

    with pytest.raises(ConnectionProblem, match=f"^{re.escape(start)}") as caught:
        find_server(Access(kubeconfig=path, context=case.context))

    assert "hunter2" not in str(caught.value)


def test_missing_kubeconfig(tmp_path: Path) -> None:
    """A kubeconfig that does not exist is told by its path."""
    path = tmp_path / "nowhere"
    expected = f"kubeconfig {path}: no such file; correct the path or make the file"

    with pytest.raises(ConnectionProblem, match=f"^{re.escape(expected)}$"):
        find_server(Access(kubeconfig=str(path)))


def test_missing_certificate() -> None:
    """A certificate file that does not exist is told, with the options that name such files."""
    expected = (
        "certificates for https://api.example.com: cannot be read ([Errno 2] No such file or directory);"
        " check ca_cert, client_cert and client_key"
    )

    with pytest.raises(ConnectionProblem, match=f"^{re.escape(expected)}$"):
        find_server(Access(host="https://api.example.com", ca_cert="/no/such/file"))


def test_server_name(write: t.Callable[..., str]) -> None:
    """The name to expect in the certificate is taken from the kubeconfig."""
    assert find_server(Access(kubeconfig=write(kubeconfig({"tls-server-name": "inner"})))).server_name == "inner"


@pytest.mark.parametrize(
    ("no_proxy", "expected"),
    [
        ("", "http://proxy:1"),
        ("other.example.com", "http://proxy:1"),
        ("example.com", ""),
        ("*", ""),
        (".example.com", ""),
    ],
)
def test_proxy(no_proxy: str, expected: str, write: t.Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubeconfig's proxy is used, but not for hosts that are to be reached without."""
    monkeypatch.setenv("NO_PROXY", no_proxy)
    monkeypatch.setenv("no_proxy", no_proxy)

    assert expected == find_server(Access(kubeconfig=write(kubeconfig({"proxy-url": "http://proxy:1"})))).proxy


def test_proxy_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy is used as kubectl uses it."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")

    assert find_server(Access(host="https://api.example.com", verify=False)).proxy == "http://proxy:1"


def test_impersonation(write: t.Callable[..., str]) -> None:
    """Whom to act as comes from the options, else from the kubeconfig."""
    path = write(kubeconfig(user={"token": "t", "as": "alice", "as-groups": ["dev"]}))

    said = find_server(Access(kubeconfig=path, impersonate_user="bob", impersonate_groups=("ops", "dev")))

    assert find_server(Access(kubeconfig=path)).impersonation == (
        ("Impersonate-User", "alice"),
        ("Impersonate-Group", "dev"),
    )
    assert said.impersonation == (
        ("Impersonate-User", "bob"),
        ("Impersonate-Group", "ops"),
        ("Impersonate-Group", "dev"),
    )


@pytest.fixture(name="pod")
def _pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pair: tuple[str, str]) -> Path:
    """What a Pod finds: an environment, a token and an authority."""
    incluster_config = pytest.importorskip("kubernetes.config.incluster_config")
    (tmp_path / "token").write_text("of-the-pod", encoding="ascii")
    (tmp_path / "ca.crt").write_text(pair[0], encoding="ascii")
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(tmp_path / "ca.crt"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    return tmp_path


@pytest.mark.usefixtures("pod")
def test_in_a_pod() -> None:
    """In a Pod, without a word, its own ServiceAccount is used."""
    server = find_server(Access())

    assert server.url == "https://10.0.0.1:443"
    assert [value.lower() for value in server.credentials().values()] == ["bearer of-the-pod"]


@pytest.mark.usefixtures("pod")
def test_in_a_pod_with_a_kubeconfig(write: t.Callable[..., str]) -> None:
    """In a Pod, a kubeconfig that is named is used all the same."""
    assert find_server(Access(kubeconfig=write(kubeconfig()))).url == SERVER


def test_in_a_pod_without_a_token(pod: Path) -> None:
    """A Pod that was given no token is told so."""
    (pod / "token").unlink()

    with pytest.raises(
        ConnectionProblem, match=r"^the Pod's ServiceAccount: cannot be used \(Service token file does not exist\.\);"
    ):
        find_server(Access())
