"""Which API server, and who asks."""

from __future__ import annotations

import base64
import contextlib
import datetime
import json
import os
import re
import ssl
import stat
import sys
import tempfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import RegcredError
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.cluster import plugin_runner
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection import connection
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection.connection import Access, find_server
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem

pytest.importorskip("urllib3")
pytest.importorskip("yaml")
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

    server = find_server(Access(kubeconfig=write(kubeconfig(user=user)), run_plugin=plugin_runner(lambda: 60.0)))

    assert list(server.credentials().values()) == ["Bearer from-the-plugin"]


def test_options_win(write: t.Callable[..., str], tmp_path: Path, pair: tuple[str, str]) -> None:
    """What an option says wins over what the kubeconfig says."""
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
    """Where nothing says which cluster, the ways to say it are named."""
    expected = "kubeconfig: none is given, and there is no ~/.kube/config; set kubeconfig, K8S_AUTH_KUBECONFIG or host"

    with pytest.raises(ConnectionProblem, match=f"^{re.escape(expected)}$"):
        find_server(Access())


class Broken(t.NamedTuple):
    """A kubeconfig that cannot be used, and what is reported of it after its path."""

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
        ": has no current-context 'gone'; use one of: main",
    ),
    "empty": Broken("", "", ": has no current-context; set context to one of: none"),
    "not YAML": Broken("a: [hunter2", "", ": cannot be read (it is no YAML in line 1, column 12)"),
    "deeper than Python's stack": Broken(
        "[" * 5000 + "]" * 5000, "", ": cannot be read (it is nested deeper than 200 levels)"
    ),
    "what holds itself": Broken("a: &a [*a]", "", ": cannot be read (it is nested deeper than 200 levels)"),
    "a list": Broken([1], "", ": cannot be used (it is no mapping)"),
    "no such cluster": Broken(
        kubeconfig(clusters=[]), "", ": context 'main' names the cluster 'c', which is not there"
    ),
    "certificate that is none": Broken(
        kubeconfig({"certificate-authority-data": encoded("hunter2")}),
        "",
        ": user 'u': its cluster's certificate-authority-data: holds no certificate in PEM",
    ),
    "certificate that is not base64": Broken(
        kubeconfig({"certificate-authority-data": "hunter2!"}),
        "",
        ": user 'u': its cluster's certificate-authority-data: is no base64",
    ),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN.keys())
def test_broken_kubeconfig(case: Broken, write: t.Callable[..., str]) -> None:
    """A kubeconfig that cannot be used is named by its path, without its contents."""
    path = write(case.document)
    start = f"kubeconfig {path}{case.message}"

    with pytest.raises(ConnectionProblem, match=f"^{re.escape(start)}") as caught:
        find_server(Access(kubeconfig=path, context=case.context))

    assert "hunter2" not in str(caught.value)


def test_missing_kubeconfig(tmp_path: Path) -> None:
    """A kubeconfig that does not exist is named by its path."""
    path = tmp_path / "nowhere"
    expected = f"kubeconfig {path}: no such file; correct the path or make the file"

    with pytest.raises(ConnectionProblem, match=f"^{re.escape(expected)}$"):
        find_server(Access(kubeconfig=str(path)))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("~no-such-user/config", "no such file"),
        ("{folder}/loop", "cannot be read (Too many levels of symbolic links)"),
        ("{folder}/" + "x" * 300, "cannot be read (File name too long)"),
        ("{folder}/broken", "cannot be read (it is no YAML)"),
    ],
)
def test_kubeconfig_that_is_no_file(path: str, message: str, tmp_path: Path) -> None:
    """Whatever is wrong with the path or the text is the kubeconfig's problem, and no unforeseen one."""
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "broken").write_text("clusters: !!int ''\n", encoding="utf-8")

    with pytest.raises(ConnectionProblem, match=rf"^kubeconfig \S+: {re.escape(message)}; "):
        find_server(Access(kubeconfig=path.format(folder=tmp_path)))


def test_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home folder, as in a Pod with any user id, has no kubeconfig there."""

    def no_entry(_uid: int) -> t.NoReturn:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", no_entry)

    with pytest.raises(ConnectionProblem, match=r"^kubeconfig: none is given, and there is no ~/\.kube/config; "):
        find_server(Access())


def test_kubeconfig_that_is_a_pipe(tmp_path: Path) -> None:
    """A FIFO that nobody writes to is refused at once, as the kubeconfig and as a file that it names."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    user = {"tokenFile": str(path)}

    for access in (
        Access(kubeconfig=str(path)),
        Access(kubeconfig=kubeconfig(user=user)),
        Access(host="https://x", ca_cert=str(path)),
    ):
        with pytest.raises(ConnectionProblem, match=r"cannot be read \(it is no regular file\)"):
            find_server(access).credentials()


def test_missing_certificate() -> None:
    """A certificate file that does not exist is reported, with the options that name such files."""
    expected = "ca_cert /no/such/file: cannot be read (No such file or directory); correct the path or the permissions"

    with pytest.raises(ConnectionProblem, match=f"^{re.escape(expected)}$"):
        find_server(Access(host="https://api.example.com", ca_cert="/no/such/file"))


def test_server_name(write: t.Callable[..., str]) -> None:
    """The name to expect in the certificate is taken from the kubeconfig."""
    assert find_server(Access(kubeconfig=write(kubeconfig({"tls-server-name": "inner"})))).server_name == "inner"


def test_proxy(write: t.Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that a kubeconfig or an option names is used whatever the environment says, as kubectl uses it."""
    monkeypatch.setenv("NO_PROXY", "*")
    path = write(kubeconfig({"proxy-url": "http://proxy:1"}))

    assert find_server(Access(kubeconfig=path)).proxy == "http://proxy:1"
    assert find_server(Access(kubeconfig=path, proxy="http://other:2")).proxy == "http://other:2"


def test_proxy_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy is used as kubectl uses it."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")

    assert find_server(Access(host="https://api.example.com", verify=False)).proxy == "http://proxy:1"


def test_impersonation(write: t.Callable[..., str]) -> None:
    """Whom to act as comes from the options, else from the kubeconfig."""
    path = write(kubeconfig(user={"token": "t", "as": "alice", "as-groups": ["dev"]}))

    impersonating = find_server(Access(kubeconfig=path, impersonate_user="bob", impersonate_groups=("ops", "dev")))

    assert find_server(Access(kubeconfig=path)).impersonation == (
        ("Impersonate-User", "alice"),
        ("Impersonate-Group", "dev"),
    )
    assert impersonating.impersonation == (
        ("Impersonate-User", "bob"),
        ("Impersonate-Group", "ops"),
        ("Impersonate-Group", "dev"),
    )


@pytest.fixture(name="pod")
def _pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pair: tuple[str, str]) -> Path:
    """What a Pod finds: an environment, a token and an authority."""
    (tmp_path / "token").write_text("of-the-pod", encoding="ascii")
    (tmp_path / "ca.crt").write_text(pair[0], encoding="ascii")
    monkeypatch.setattr(connection, "SERVICE_ACCOUNT", tmp_path)
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
    """That a Pod was given no token is reported."""
    (pod / "token").unlink()

    with pytest.raises(
        ConnectionProblem, match=r"^the Pod's ServiceAccount: cannot be used \(there is no file /.*/token\);"
    ):
        find_server(Access())


@pytest.mark.usefixtures("pod")
def test_context_in_a_pod() -> None:
    """In a Pod, a context is not taken for the Pod's own cluster: kubectl says that it does not exist."""
    expected = "context 'prod': there is no kubeconfig to look for it in; set kubeconfig or K8S_AUTH_KUBECONFIG"

    with pytest.raises(ConnectionProblem, match=f"^{re.escape(expected)}$"):
        find_server(Access(context="prod"))


@pytest.mark.usefixtures("pod")
def test_empty_kubeconfig_in_a_pod(write: t.Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In a Pod, an empty kubeconfig that the environment names counts as none, and one that is named in the task does not."""
    monkeypatch.setenv("KUBECONFIG", write(""))

    assert find_server(Access()).url == "https://10.0.0.1:443"
    for access in (Access(context="prod"), Access(kubeconfig=os.environ["KUBECONFIG"])):
        with pytest.raises(ConnectionProblem, match=": has no "):
            find_server(access)


@pytest.mark.usefixtures("pod")
@pytest.mark.parametrize("text", ["{0}/gone", ":", "{0}/gone:{0}/lost"])
def test_missing_kubeconfig_in_a_pod(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a Pod, files that the environment names and that are not there count as none, and those that a task names do not."""
    monkeypatch.setenv("KUBECONFIG", text.format(tmp_path))

    assert find_server(Access()).url == "https://10.0.0.1:443"
    with pytest.raises(ConnectionProblem, match=r"there is no kubeconfig to look for it in|: no such file; "):
        find_server(Access(context="prod"))
    with pytest.raises(ConnectionProblem, match=r": no such file; |is no path"):
        find_server(Access(kubeconfig=text.format(tmp_path)))


@pytest.mark.parametrize("text", [":{0}", "{0}:", "{0}::{1}", "{0}-gone:{0}", "{1}:{0}"])
def test_list_of_kubeconfigs(text: str, write: t.Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing between two colons, files that are not there and empty ones count for nothing."""
    monkeypatch.setenv("KUBECONFIG", text.format(write(kubeconfig()), write("# nothing\n", "empty")))

    assert find_server(Access()).url == SERVER


def test_nothing_but_colons(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of nothing names no kubeconfig, and is not the one in the user's home."""
    monkeypatch.setenv("KUBECONFIG", ":")

    with pytest.raises(ConnectionProblem, match=r"^kubeconfig: none is given"):
        find_server(Access())


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("HTTPS://api.example.com:6443", SERVER),
        ("https://api.example.com:6443/", SERVER),
        ("https://api.example.com:6443?", SERVER),
        ("https://[fd00::1]:6443/k8s/", "https://[fd00::1]:6443/k8s"),
        ("https://[::1]", "https://[::1]"),
    ],
)
def test_spelling_of_the_server(server: str, url: str) -> None:
    """However the URL is written, TLS and the place are those that are meant."""
    for access in (Access(kubeconfig=kubeconfig({"server": server})), Access(host=server)):
        found = find_server(access)

        assert found.url == url
        assert found.tls is not None


def test_proxy_behind_tls() -> None:
    """The certificate of a proxy is checked as that of the API server is, with an SSL context of its own."""
    document = kubeconfig({"proxy-url": "https://proxy:1", "insecure-skip-tls-verify": True})
    server = find_server(Access(kubeconfig=document))

    assert server.proxy_tls is not None
    assert server.proxy_tls is not server.tls
    assert server.proxy_tls.verify_mode == ssl.CERT_NONE
    assert find_server(Access(kubeconfig=document, proxy="http://proxy:1")).proxy_tls is None


def test_socks_proxy() -> None:
    """User and password of a SOCKS proxy are registered, and stand in no URL and no representation."""
    registered: list[str] = []
    document = kubeconfig({"proxy-url": "socks5://u:hunter2%40@proxy:1"})

    server = find_server(Access(kubeconfig=document, register=registered.append))

    assert (server.proxy, server.proxy_login) == ("socks5://proxy:1", ("u", "hunter2@"))
    assert "hunter2" not in repr(server)
    assert {"hunter2%40", "hunter2@"} <= set(registered)


def test_context_beside_host() -> None:
    """A context that nothing would be made of is refused."""
    with pytest.raises(ConnectionProblem, match=r"^context 'prod': is given beside host, which reads no kubeconfig; "):
        find_server(Access(host="https://h", context="prod"))


def test_mapping(pair: tuple[str, str]) -> None:
    """A kubeconfig may be given as it stands in vault, and its secrets are registered before anything is done with them."""
    certificate, key = pair
    user = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key), "token": "hunter2"}
    registered: list[str] = []

    for _unused in range(3):
        server = find_server(
            Access(
                kubeconfig=kubeconfig({"certificate-authority-data": encoded(certificate)}, user),
                register=registered.append,
            )
        )

        assert server.tls
        assert server.credentials() == {"Authorization": "Bearer hunter2"}
    assert {"hunter2", encoded(key)} <= set(registered)


SECRETS: t.Mapping[str, Document] = {
    "password": {"username": "u", "password": "hunter2"},
    "id-token": {"auth-provider": {"name": "oidc", "config": {"id-token": "hunter2"}}},
    "refresh-token": {"auth-provider": {"name": "oidc", "config": {"refresh-token": "hunter2"}}},
    "client-secret": {"auth-provider": {"name": "oidc", "config": {"client-secret": "hunter2"}}},
    "variable of a plugin": {"exec": {"env": [{"name": "AWS_SECRET_ACCESS_KEY", "value": "hunter2"}]}},
}


@pytest.mark.parametrize("user", SECRETS.values(), ids=SECRETS.keys())
def test_secrets_are_registered(user: Document) -> None:
    """What is secret in a user is registered, also where the user cannot be used."""
    registered: list[str] = []

    with contextlib.suppress(ConnectionProblem):
        find_server(Access(kubeconfig=kubeconfig(user=user), register=registered.append))

    assert "hunter2" in registered


class Refused(t.NamedTuple):
    """What is given, and the start of what is reported of it; ``hunter2`` is secret."""

    given: Document
    message: str


USER = "kubeconfig: user 'u': "
CLIENT = {"idp-issuer-url": "https://issuer.example.com", "client-id": "kubernetes"}
REFUSED = {
    "text of a kubeconfig": Refused(
        {"kubeconfig": json.dumps(kubeconfig(user={"token": "hunter2"}))},
        "kubeconfig: is no path, and not shown since it could be secret; give the path of a kubeconfig, or its contents as a mapping",
    ),
    "password in host": Refused(
        {"host": "https://admin:hunter2@api.example.com"},
        "host: a user or password stands in the URL; leave it out, and set username and password or api_key",
    ),
    "token in host": Refused({"host": "https://api.example.com/?token=hunter2"}, "host: is no URL of an API server; "),
    "no host": Refused(
        {"host": "{hunter2}"}, "host: is no URL of an API server; give one such as https://10.0.0.1:6443"
    ),
    "password in server": Refused(
        {"kubeconfig": kubeconfig({"server": "https://u:hunter2@h"})},
        f"{USER}the server of its cluster: a user or password stands in the URL; ",
    ),
    "no server": Refused({"kubeconfig": kubeconfig({"server": ""})}, f"{USER}the server of its cluster is missing; "),
    "key for a path": Refused(
        {
            "host": SERVER,
            "client_cert": "-----BEGIN CERTIFICATE-----\nhunter2",
            "client_key": "-----BEGIN KEY-----\nhunter2",
        },
        "client_cert: is no path, and not shown since it could be secret; ",
    ),
    "authority for a path": Refused(
        {"host": SERVER, "ca_cert": "-----BEGIN hunter2"}, "ca_cert: is no path, and not shown "
    ),
    "certificate alone": Refused(
        {"host": SERVER, "client_cert": "/hunter2"},
        "client_cert and client_key: are given together; where one file holds both, name it in both",
    ),
    "two ways": Refused(
        {"host": SERVER, "api_key": SecretText("hunter2"), "username": "u"},
        "api_key and username: each says who asks; give one of them",
    ),
    "groups alone": Refused(
        {"host": SERVER, "impersonate_groups": ("system:masters",)},
        "impersonate_groups: is given without impersonate_user; set it, too",
    ),
    "groups alone in it": Refused(
        {"kubeconfig": kubeconfig(user={"as-groups": ["x"]})}, f"{USER}has as-groups, as-uid or "
    ),
    "no such user": Refused(
        {"kubeconfig": kubeconfig(users=[{"name": "v", "user": {"token": "hunter2"}}])},
        "kubeconfig: context 'main' names the user 'u', which is not there; ",
    ),
    "name twice": Refused(
        {"kubeconfig": kubeconfig(users=[{"name": "u", "user": {}}, {"name": "u", "user": {"token": "hunter2"}}])},
        "kubeconfig: users[1]: the name 'u' is there twice; ",
    ),
    "mistyped user": Refused(
        {"kubeconfig": kubeconfig(users=[{"name": "u", "user": ["token", "hunter2"]}])},
        "kubeconfig: users[0].user is no mapping; check it with kubectl config view",
    ),
    "token that is a number": Refused(
        {"kubeconfig": kubeconfig(user={"token": 12345})},
        "kubeconfig: users[0].user.token is no text; put it in quotes",
    ),
    "token of two lines": Refused(
        {"kubeconfig": kubeconfig(user={"token": "hunter2\nx"})},
        f"{USER}the token is empty, or holds a line break, a blank or another character that no token has; ",
    ),
    "line break after a token": Refused(
        {"host": SERVER, "api_key": SecretText("hunter2\n")},
        "api_key: the token is empty, or holds a line break, a blank or another character that no token has; ",
    ),
    "token file and password": Refused(
        {"kubeconfig": kubeconfig(user={"tokenFile": "/x", "username": "u", "password": "hunter2"})},
        f"{USER}has a token and a username or password; ",
    ),
    "authority twice": Refused(
        {"kubeconfig": kubeconfig({"certificate-authority-data": "hunter2", "certificate-authority": "/x"})},
        f"{USER}its cluster has certificate-authority and certificate-authority-data; leave one of them out",
    ),
    "proxy of no kind": Refused(
        {"kubeconfig": kubeconfig({"proxy-url": "u:hunter2@proxy:1"})},
        f"{USER}the proxy-url of its cluster: is no URL of an HTTP or SOCKS proxy; ",
    ),
    "token and password": Refused(
        {"kubeconfig": kubeconfig(user={"token": "hunter2", "username": "u", "password": "hunter2"})},
        f"{USER}has a token and a username or password; ",
    ),
    "token file that is missing": Refused(
        {"kubeconfig": kubeconfig(user={"tokenFile": "/no/such"})},
        f"{USER}tokenFile /no/such cannot be read (No such file or directory); ",
    ),
    "certificate without a key": Refused(
        {"kubeconfig": kubeconfig(user={"client-certificate-data": encoded("hunter2")})},
        f"{USER}has a client-certificate and no client-key; ",
    ),
    "pair that is none": Refused(
        {
            "kubeconfig": kubeconfig(
                user={"client-certificate-data": encoded("hunter2"), "client-key-data": encoded("hunter2")}
            )
        },
        f"{USER}the client certificate and key cannot be used; ",
    ),
    "authority, and insecure": Refused(
        {"kubeconfig": kubeconfig({"insecure-skip-tls-verify": True, "certificate-authority-data": encoded("x")})},
        f"{USER}its cluster has a certificate-authority and insecure-skip-tls-verify, ",
    ),
    "removed provider": Refused(
        {"kubeconfig": kubeconfig(user={"auth-provider": {"name": "gcp", "config": {"access-token": "hunter2"}}})},
        f"{USER}kubectl knows the auth-provider 'gcp' no more; use the credential plugin gke-gcloud-auth-plugin",
    ),
    "removed provider beside a token": Refused(
        {"kubeconfig": kubeconfig(user={"auth-provider": {"name": "azure"}, "token": "hunter2"})},
        f"{USER}kubectl knows the auth-provider 'azure' no more; use the credential plugin kubelogin",
    ),
    "unknown provider": Refused(
        {"kubeconfig": kubeconfig(user={"auth-provider": {"config": {"token": "hunter2"}}})},
        f"{USER}has an auth-provider that kubectl does not know; use a credential plugin",
    ),
    "provider without a client": Refused(
        {"kubeconfig": kubeconfig(user={"auth-provider": {"name": "oidc", "config": {"idp-issuer-url": "hunter2"}}})},
        f"{USER}its auth-provider has no client-id; add it, or use a credential plugin",
    ),
    "expired token": Refused(
        {
            "kubeconfig": kubeconfig(
                user={
                    "auth-provider": {
                        "name": "oidc",
                        "config": {**CLIENT, "id-token": "e30.eyJleHAiOjF9.hunter2", "refresh-token": "hunter2"},
                    }
                }
            )
        },
        f"{USER}has no id-token that is still valid; run kubectl with this kubeconfig, which renews it, ",
    ),
    "plugin and provider": Refused(
        {"kubeconfig": kubeconfig(user={"exec": {"command": "x"}, "auth-provider": {"name": "oidc"}})},
        f"{USER}has exec and auth-provider; ",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_refused(case: Refused) -> None:
    """What cannot be used, or would make another user of whoever asks, is refused by its place, and never quoted."""
    with pytest.raises(RegcredError, match=f"^{re.escape(case.message)}") as caught:
        find_server(Access(**case.given))

    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_valid_oidc_token() -> None:
    """The token that kubectl keeps is used while it is valid."""
    claims = encoded(json.dumps({"exp": 99999999999})).rstrip("=")
    token = f"e30.{claims}.x"
    user = {"auth-provider": {"name": "oidc", "config": {**CLIENT, "id-token": token}}}

    assert find_server(Access(kubeconfig=kubeconfig(user=user))).credentials() == {"Authorization": f"Bearer {token}"}


def test_token_file(tmp_path: Path) -> None:
    """A token in a file is read again for each request, and registered when it is another."""
    path = tmp_path / "token"
    path.write_text("one\n", encoding="ascii")
    registered: list[str] = []
    server = find_server(Access(kubeconfig=kubeconfig(user={"tokenFile": str(path)}), register=registered.append))
    seen = [server.credentials()["Authorization"]]
    path.write_text("two\n", encoding="ascii")
    seen.append(server.credentials()["Authorization"])
    path.unlink()
    seen.append(server.credentials()["Authorization"])

    path.write_text("\n", encoding="ascii")
    seen.append(server.credentials()["Authorization"])

    assert seen == ["Bearer one", "Bearer two", "Bearer two", "Bearer two"]
    assert {"one", "two"} <= set(registered)


def test_plugin_that_expires() -> None:
    """A plugin is run again when what it gave expires, and whatever it gives is registered."""
    expires = iter(["2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
    runs: list[str] = []

    def run_plugin(_command: t.Sequence[str], _environment: t.Mapping[str, str]) -> bytes:
        runs.append(f"token-{len(runs)}")
        status = {"token": runs[-1], "expirationTimestamp": next(expires)}
        version = "client.authentication.k8s.io/v1"
        return json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status}).encode()

    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "x", "interactiveMode": "Never"}}
    registered: list[str] = []
    server = find_server(Access(kubeconfig=kubeconfig(user=user), register=registered.append, run_plugin=run_plugin))

    assert [server.credentials() for _unused in range(3)] == [{"Authorization": "Bearer token-1"}] * 3
    assert set(runs) == {"token-0", "token-1"} <= set(registered)


def test_options_replace_the_user() -> None:
    """With a token as an option nothing of the kubeconfig's user is used, a broken plugin neither."""
    user = {"exec": {"command": "no-such-plugin"}, "client-certificate": "/no/such"}

    server = find_server(Access(kubeconfig=kubeconfig(user=user), api_key=SecretText("mine")))

    assert server.credentials() == {"Authorization": "Bearer mine"}


def test_host_beside_a_kubeconfig() -> None:
    """Another host is not expected to have the name that the kubeconfig's has, unless that is set as well."""
    document = kubeconfig({"tls-server-name": "inner"}, {"token": "t"})

    server = find_server(Access(kubeconfig=document, host="https://other"))
    named = find_server(Access(kubeconfig=document, host="https://other", tls_server_name="outer"))

    assert (server.url, server.server_name, named.server_name) == ("https://other", "", "outer")
    assert server.credentials() == {"Authorization": "Bearer t"}


def test_password_of_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy's password is registered, sent to the proxy, and stands in no URL that could be shown."""
    registered: list[str] = []
    monkeypatch.setenv("HTTPS_PROXY", "http://u:hunter2@proxy:1")

    server = find_server(Access(host=SERVER, register=registered.append))

    assert (server.proxy, dict(server.proxy_headers)) == (
        "http://proxy:1",
        {"Proxy-Authorization": f"Basic {encoded('u:hunter2')}"},
    )
    assert "hunter2" not in repr(server)
    assert {"hunter2", encoded("u:hunter2")} <= set(registered)


@pytest.mark.parametrize("url", ["http://api.example.com:8080", "http://10.0.0.1"])
def test_no_credential_in_clear_text(url: str) -> None:
    """A token goes over TLS or not at all; without a credential, and on this machine, plain HTTP is fine."""
    token = SecretText("token-4711")

    with pytest.raises(ConnectionProblem) as caught:
        find_server(Access(host=url, api_key=token))

    assert (
        str(caught.value)
        == f"{url}: a token or password would be sent in clear text; use https, or leave the credential out"
    )
    assert find_server(Access(host=url)).url == url
    for near in ("http://127.0.0.1.example.com", "http://localhost.example.com", "http://0.0.0.0:8001"):
        with pytest.raises(ConnectionProblem, match="in clear text"):
            find_server(Access(host=near, api_key=token))
    for here in ("http://127.0.0.1:8001", "http://localhost:8001", "http://[::1]:8001"):
        assert find_server(Access(host=here, api_key=token)).url == here
        with pytest.raises(ConnectionProblem, match="in clear text"):
            find_server(Access(host=here, api_key=token, proxy="http://proxy.example.com:3128"))


def test_no_certificate_in_clear_text(write: t.Callable[..., str], pair: tuple[str, str]) -> None:
    """Whoever has a client certificate would be nobody where there is no TLS, and is refused."""
    user = {"client-certificate-data": encoded(pair[0]), "client-key-data": encoded(pair[1])}
    url = "http://api.example.com:8080"

    with pytest.raises(ConnectionProblem) as caught:
        find_server(Access(kubeconfig=write(kubeconfig({"server": url}, user))))

    assert (
        str(caught.value)
        == f"{url}: a client certificate is shown over TLS alone; use https, or leave the credential out"
    )
