"""Cases that the real kubectl and we are both given, and how the answers are compared."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import ssl
import subprocess
import sys
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from ansible_collections.regcred.kubernetes.plugins.doc_fragments._cluster import ModuleDocFragment
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import RegcredError
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.cluster import plugin_runner
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection.connection import Access, find_server
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Transport
from tests.cluster.pki import issue_server, make_authority
from tests.unit.loopback_proxies import forwarder, http_proxy, socks_proxy

if t.TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.cluster.cluster import Cluster

Document = dict[str, t.Any]
NOBODY: t.Final = "refused"
"""Whoever gives no answer or is no known user: kubectl fails, and so do we."""
SECRET: t.Final = "hunter2"
"""Stands wherever a secret can, and in no message."""
LOGIN: t.Final = f"u@x:{SECRET}:/é"
"""What a proxy wants; ``LOGIN_IN_URL`` is how a URL has it."""
LOGIN_IN_URL: t.Final = f"u%40x:{SECRET}%3A%2F%C3%A9"
V1: t.Final = "client.authentication.k8s.io/v1"


@dataclass(frozen=True)
class Proxies:
    """
    Host and port of what leads to the API server.

    Attributes:
        http: A proxy, ``http_login`` one that wants ``LOGIN``, ``http_six`` one at an IPv6 address.
        https: A proxy behind TLS, with a certificate of ``authority`` for 127.0.0.1.
        authority: In PEM.
        socks: A SOCKS proxy, ``socks_login`` one that wants ``LOGIN``.
        six: The API server at an IPv6 address.
    """

    http: str
    http_login: str
    http_six: str
    https: str
    authority: bytes
    socks: str
    socks_login: str
    six: str


@dataclass(frozen=True)
class Stage:
    """What the cases are made of."""

    folder: Path
    cluster: Document
    certificate: Document
    token: str
    proxies: Proxies

    @property
    def authority(self) -> str:
        """The path of the cluster's authority."""
        path = self.folder / "ca.pem"
        path.write_bytes(base64.b64decode(self.cluster["certificate-authority-data"]))
        return str(path)

    @property
    def port(self) -> int:
        """Where the API server listens, on 127.0.0.1."""
        return int(self.cluster["server"].rpartition(":")[2])

    def plugin(self, program: str, **more: t.Any) -> Document:
        """A user with a credential plugin that runs this Python."""
        path = self.folder / f"plugin-{len(list(self.folder.iterdir()))}"
        path.write_text(f"#!{sys.executable}\nimport json, os, sys\n{program}\n", encoding="utf-8")
        path.chmod(0o700)
        return {"exec": {"apiVersion": V1, "command": str(path), "interactiveMode": "Never", **more}}

    def kubeconfig(self, user: Document, cluster: Document | None = None, **more: t.Any) -> Document:
        """A kubeconfig with one context."""
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {**self.cluster, **(cluster or {})}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "main", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "main",
            **more,
        }


@dataclass(frozen=True)
class Case:
    """
    What both are given.

    Attributes:
        files: Kubeconfigs, by KUBECONFIG; a text is written as it is.
        flags: Of kubectl, with the same meaning as ``options``.
        options: Of ours.
        environment: Of both; in ``KUBECONFIG``, and in the option ``kubeconfig``, ``{0}`` is the path of the first file.
        ours: Who we are, where that is not who kubectl is: the start of it.
        documented: What the documentation of the options says of that difference.
    """

    files: t.Sequence[Document | str | bytes]
    flags: t.Sequence[str] = ()
    options: t.Mapping[str, t.Any] = field(default_factory=dict)
    environment: t.Mapping[str, str] = field(default_factory=dict)
    ours: str = ""
    documented: str = ""


@contextlib.contextmanager
def make_stage(cluster: Cluster, folder: Path) -> t.Iterator[Stage]:
    """A stage for one test: its own ServiceAccount, and proxies."""
    admin = json.loads(cluster.kubeconfig.read_text(encoding="utf-8"))
    namespace = cluster.make_namespace("agreement")
    robot = json.loads(cluster.token_user("robot", home=namespace, rules=[]).read_text(encoding="utf-8"))
    server = admin["clusters"][0]["cluster"]
    with _proxies(int(server["server"].rpartition(":")[2]), folder) as proxies:
        yield Stage(folder, server, admin["users"][0]["user"], robot["users"][0]["user"]["token"], proxies)


@contextlib.contextmanager
def _proxies(port: int, folder: Path) -> t.Iterator[Proxies]:
    authority = make_authority("proxies")
    issue_server(authority, "proxy", ["127.0.0.1"]).write(folder, "proxy")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "proxy.crt", folder / "proxy.key")
    with contextlib.ExitStack() as stack:
        yield Proxies(
            http=stack.enter_context(http_proxy()),
            http_login=stack.enter_context(http_proxy(LOGIN)),
            http_six=stack.enter_context(http_proxy(host="::1")),
            https=stack.enter_context(http_proxy(tls=tls)),
            authority=authority.public,
            socks=stack.enter_context(socks_proxy()),
            socks_login=stack.enter_context(socks_proxy(LOGIN)),
            six=stack.enter_context(forwarder("::1", port)),
        )


def by_kubectl(cluster: Cluster, case: Case, environment: t.Mapping[str, str]) -> str:
    """Who kubectl is: the user's name, groups, and what else the API server knows."""
    command = [str(cluster.kubectl), "auth", "whoami", "--output=json", "--request-timeout=60s", *case.flags]
    done = subprocess.run(
        command, capture_output=True, check=False, env=environment, stdin=subprocess.DEVNULL, timeout=120
    )
    return _shown(json.loads(done.stdout)) if done.returncode == 0 else NOBODY


def by_us(case: Case) -> tuple[str, str]:
    """Who we are, and why we are nobody."""
    try:
        server = find_server(Access(run_plugin=plugin_runner(lambda: 60.0), **case.options))
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        return _shown(Transport(server, 1, sleep=lambda _seconds: None).send(Request("POST", path, body=body))), ""
    except RegcredError as error:
        return NOBODY, str(error)
    except Exception as error:  # noqa: BLE001  # what a module would ask to report
        return f"unforeseen {error!r}", str(error)


def _shown(review: Document) -> str:
    user = review["status"]["userInfo"]
    rest = json.dumps({name: user[name] for name in ("uid", "extra") if user.get(name)}, sort_keys=True)
    return " ".join([user["username"], *sorted(user.get("groups", ())), rest])


def differences(cases: t.Mapping[str, Case], stage: Stage, cluster: Cluster, patch: pytest.MonkeyPatch) -> list[str]:
    """Each case in which we are somebody else than kubectl without a documented reason, or quote a secret."""
    named = [(name, *_given(case, stage.folder, number)) for number, (name, case) in enumerate(cases.items())]
    with ThreadPoolExecutor(4) as pool:
        by_name = list(pool.map(lambda each: by_kubectl(cluster, each[1], each[2]), named))
    found = []
    for (name, case, environment), expected in zip(named, by_name, strict=True):
        with patch.context() as inner:
            for variable in {*os.environ} - {*environment}:
                inner.delenv(variable)
            for variable, value in environment.items():
                inner.setenv(variable, value)
            ours, why = by_us(case)
        print(f"{name}: {ours} {why}")
        agrees = ours.startswith(case.ours) and ours != expected if case.ours else ours == expected
        if not agrees or SECRET in why or stage.token in why:
            found.append(f"{name}: kubectl is {expected}, and we are {ours} ({why})")
        if bool(case.ours) != bool(case.documented) or not _is_documented(case.documented):
            found.append(f"{name}: differs from kubectl, and the documentation does not say {case.documented!r}")
    return found


def _given(case: Case, folder: Path, number: int) -> tuple[Case, dict[str, str]]:
    """The case with the paths of its kubeconfigs, and its environment."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    paths = [folder / f"kubeconfig-{number}-{index}" for index in range(len(case.files))]
    for path, file in zip(paths, case.files, strict=True):
        text = file if isinstance(file, (bytes, str)) else json.dumps(file, ensure_ascii=False)
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    plain = {
        name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY") and name[:4] != "KUBE"
    }
    names = {"KUBECONFIG": os.pathsep.join(map(str, paths))} if paths else {}
    environment = {**plain, "HOME": str(home), **names, **case.environment}
    if "KUBECONFIG" in case.environment:
        environment["KUBECONFIG"] = case.environment["KUBECONFIG"].format(*paths)
    options = {**case.options}
    if "kubeconfig" in options:
        options["kubeconfig"] = options["kubeconfig"].format(*paths)
    return replace(case, options=options), environment


def _is_documented(sentence: str) -> bool:
    return sentence in " ".join(ModuleDocFragment.DOCUMENTATION.split())
