"""Who we are to an API server is who the real kubectl is, for kubeconfigs, options and environments of all kinds."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from tests.cluster.cluster import Cluster
from tests.e2e.connection_table import LOGIN_IN_URL, V1, Case, Document, Stage, differences, make_stage
from tests.e2e.module_runs import PROJECT


@pytest.fixture(name="stage")
def _stage(cluster: Cluster, tmp_path: Path) -> t.Iterator[Stage]:
    with make_stage(cluster, tmp_path) as stage:
        yield stage


def answer(token: str, version: str = V1, kind: str = "ExecCredential", **status: t.Any) -> str:
    """A program that prints an answer of a plugin."""
    return f"print({json.dumps({'apiVersion': version, 'kind': kind, 'status': {'token': token, **status}})!r})"


def _users(stage: Stage) -> dict[str, Case]:
    """What a kubeconfig's user can have."""
    certificate, token = stage.certificate, {"token": stage.token}
    (stage.folder / "token").write_text(f"{stage.token}\n", encoding="ascii")
    for name in ("client-certificate", "client-key"):
        (stage.folder / f"{name}.pem").write_bytes(base64.b64decode(certificate[f"{name}-data"]))
    files = {"client-certificate": "client-certificate.pem", "client-key": "client-key.pem"}
    users: dict[str, Document] = {
        "token": token,
        "token file": {"tokenFile": "token"},
        "token file that is missing": {"tokenFile": "gone"},
        "certificate": certificate,
        "certificate in files": files,
        "certificate file that is missing": {**files, "client-certificate": "gone.pem"},
        "certificate without a key": {"client-certificate": "client-certificate.pem"},
        "certificate twice": {**certificate, **files},
        "certificate that is none": {"client-certificate-data": "eA==", "client-key-data": "eA=="},
        "certificate and token": {**certificate, **token},
        "token and password": {**token, "username": "u", "password": "p"},
        "wrong token": {"token": "hunter2"},
        "token that is a number": {"token": 12345},
        "removed provider": {"auth-provider": {"name": "gcp", "config": {}}},
        "acting as": {**certificate, "as": "alice", "as-groups": ["dev"]},
        "groups without a user": {**certificate, "as-groups": ["dev"]},
        "uid without a user": {**certificate, "as-uid": "1"},
        "extra without a user": {**certificate, "as-user-extra": {"a": ["b"]}},
    }
    return {name: Case([stage.kubeconfig(user)]) for name, user in users.items()}


def _plugins(stage: Stage) -> dict[str, Case]:
    """Credential plugins that work, and in all ways do not."""
    pair = {
        "clientCertificateData": base64.b64decode(stage.certificate["client-certificate-data"]).decode(),
        "clientKeyData": base64.b64decode(stage.certificate["client-key-data"]).decode(),
    }
    version = V1.replace("v1", "v1beta1")
    checks = 'assert json.loads(os.environ["KUBERNETES_EXEC_INFO"])["spec"]["cluster"]["server"]; assert sys.argv[1:] == ["a"]'
    users: dict[str, Document] = {
        "token": stage.plugin(answer(stage.token)),
        "older version": stage.plugin(answer(stage.token, version), apiVersion=version, interactiveMode=None),
        "certificate": stage.plugin(answer("", **pair)),
        "what it is given": stage.plugin(f"{checks}\n{answer(stage.token)}", provideClusterInfo=True, args=["a"]),
        "variable": stage.plugin(
            f"assert os.environ['A'] == 'b'\n{answer(stage.token)}", env=[{"name": "A", "value": "b"}]
        ),
        "missing": {"exec": {"apiVersion": V1, "command": "no-such-plugin", "interactiveMode": "Never"}},
        "exit code": stage.plugin("sys.exit(3)"),
        "no JSON": stage.plugin("print('hunter2')"),
        "nothing": stage.plugin(""),
        "another kind": stage.plugin(answer(stage.token, kind="Secret")),
        "another version": stage.plugin(answer(stage.token, version)),
        "no status": stage.plugin(f"print({json.dumps({'apiVersion': V1, 'kind': 'ExecCredential'})!r})"),
        "no token": stage.plugin(answer("")),
        "certificate alone": stage.plugin(answer("", clientCertificateData=pair["clientCertificateData"])),
        "no mode": stage.plugin(answer(stage.token), interactiveMode=None),
        "wants a terminal": stage.plugin(answer(stage.token), interactiveMode="Always"),
        "removed version": stage.plugin(answer(stage.token), apiVersion=V1.replace("v1", "v1alpha1")),
        "no command": stage.plugin("", command=""),
        "broken, beside a token": {**stage.plugin("sys.exit(3)"), "token": stage.token},
        "broken, beside a certificate": {**stage.plugin("sys.exit(3)"), **stage.certificate},
        "and a provider": {**stage.plugin(answer(stage.token)), "auth-provider": {"name": "oidc", "config": {}}},
    }
    return {f"plugin: {name}": Case([stage.kubeconfig(_without_none(user))]) for name, user in users.items()}


def _without_none(user: Document) -> Document:
    plugin = {name: value for name, value in user["exec"].items() if value is not None}
    return {**user, "exec": plugin}


def _clusters(stage: Stage) -> dict[str, Case]:
    """What a kubeconfig's cluster can have."""
    user, none = {"token": stage.token}, {"certificate-authority-data": ""}
    authority = stage.authority
    proxy = f"http://{LOGIN_IN_URL}@{stage.proxies.http_login}"
    clusters: dict[str, Document] = {
        "authority in a file": {**none, "certificate-authority": "ca.pem"},
        "authority that is missing": {**none, "certificate-authority": "gone.pem"},
        "another authority": none,
        "insecure": {**none, "insecure-skip-tls-verify": True},
        "insecure, with an authority": {"insecure-skip-tls-verify": True},
        "another name": {"tls-server-name": "localhost"},
        "wrong name": {"tls-server-name": "wrong.example.com"},
        "no server": {"server": ""},
        "proxy": {"proxy-url": proxy},
        "proxy without its password": {"proxy-url": f"http://{stage.proxies.http_login}"},
        "proxy that is none": {"proxy-url": "ftp://x"},
    }
    cases = {name: Case([stage.kubeconfig(user, cluster)]) for name, cluster in clusters.items()}
    plain = stage.kubeconfig(user)
    cases["authority as an option"] = Case(
        [stage.kubeconfig(user, {"insecure-skip-tls-verify": True, **none})],
        [f"--certificate-authority={authority}"],
        {"ca_cert": authority},
    )
    cases["insecure as an option"] = Case([plain], ["--insecure-skip-tls-verify"], {"verify": False})
    cases["proxy, and no_proxy"] = Case([stage.kubeconfig(user, {"proxy-url": proxy})], environment={"NO_PROXY": "*"})
    cases["proxy of the environment, for this machine"] = Case(
        [plain], environment={"HTTPS_PROXY": "http://u:x@127.0.0.1:1"}
    )
    cases["host as an option"] = Case(
        [stage.kubeconfig(user, {"server": "https://127.0.0.1:1", "tls-server-name": "wrong.example.com"})],
        [f"--server={stage.cluster['server']}"],
        {"host": stage.cluster["server"], "kubeconfig": "{0}"},
    )
    return cases


def _contexts(stage: Stage) -> dict[str, Case]:
    """Lists of kubeconfigs, and contexts."""
    user = {"token": stage.token}
    whole = stage.kubeconfig(user)
    first = {**whole, "users": []}
    second = {"apiVersion": "v1", "kind": "Config", "users": whole["users"], "current-context": "other"}
    pod = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1"}
    return {
        "two files": Case([first, second]),
        "the first counts": Case([whole, stage.kubeconfig(stage.certificate)]),
        "no such context": Case([whole], ["--context=prod"], {"context": "prod"}),
        "no current context": Case([{**whole, "current-context": ""}]),
        "no such current context": Case([{**whole, "current-context": "gone"}]),
        "no such user": Case([{**whole, "users": []}]),
        "no such cluster": Case([{**whole, "clusters": []}]),
        "a name twice": Case([{**whole, "users": whole["users"] * 2}]),
        "another kind": Case([{**whole, "kind": "Pod"}]),
        "context in a Pod without a kubeconfig": Case([], ["--context=prod"], {"context": "prod"}, pod),
        "nothing": Case([]),
    }


def _options(stage: Stage) -> dict[str, Case]:
    """Options that say who asks."""
    token = {"token": stage.token}
    admin, robot = stage.kubeconfig(stage.certificate), stage.kubeconfig(token)
    acting = stage.kubeconfig({**stage.certificate, "as": "alice", "as-groups": ["dev"]})
    key = {"api_key": SecretText(stage.token)}
    return {
        "token": Case([stage.kubeconfig({"token": "wrong"})], [f"--token={stage.token}"], key),
        "token beside a plugin": Case([stage.kubeconfig(stage.plugin("sys.exit(3)"))], [f"--token={stage.token}"], key),
        # kubectl shows the certificate, too, and is the administrator: what was asked for is the token's user.
        "token beside a certificate": Case(
            [admin],
            [f"--token={stage.token}"],
            key,
            ours="system:serviceaccount:",
            documented="the kubeconfig's user as a whole, client certificate included.",
        ),
        "as": Case([admin], ["--as=bob"], {"impersonate_user": "bob"}),
        "as, beside as": Case([acting], ["--as=bob"], {"impersonate_user": "bob"}),
        "as and group": Case(
            [admin], ["--as=bob", "--as-group=x"], {"impersonate_user": "bob", "impersonate_groups": ("x",)}
        ),
        "group, beside as": Case([acting], ["--as-group=x"], {"impersonate_groups": ("x",)}),
        "group alone": Case([admin], ["--as-group=system:masters"], {"impersonate_groups": ("system:masters",)}),
        "as, without the right": Case([robot], ["--as=bob"], {"impersonate_user": "bob"}),
    }


GROUPS: t.Final = (_users, _plugins, _clusters, _contexts, _options)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")  # for cases that ask for it
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__.strip("_"))
def test_same_user(
    group: t.Callable[[Stage], Document], stage: Stage, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever kubectl is, we are; where it refuses, we refuse, and quote no secret."""
    cases = group(stage)

    found = differences(cases, stage, cluster, monkeypatch)

    assert not found, "\n".join(found)
    assert len(cases) > 5


def test_two_inventories(cluster: Cluster, tmp_path: Path) -> None:
    """Several inventories of a cluster whose certificates stand in the kubeconfig are read in one process, also from a mapping."""
    name = f"node-{tmp_path.name.replace('_', '-')}"
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
    collections = tmp_path / "collections" / "ansible_collections" / "regcred"
    collections.mkdir(parents=True)
    (collections / "kubernetes").symlink_to(PROJECT)
    kubeconfigs = (
        str(cluster.kubeconfig),
        json.loads(cluster.kubeconfig.read_text(encoding="utf-8")),
        str(cluster.kubeconfig),
    )
    command = [str(Path(sys.executable).parent / "ansible-inventory"), "--list"]
    for index, kubeconfig in enumerate(kubeconfigs):
        source = tmp_path / f"{index}.cluster_nodes.yml"
        source.write_text(
            json.dumps(
                {
                    "plugin": "regcred.kubernetes.cluster_nodes",
                    "kubeconfig": kubeconfig,
                    "compose": {f"from_{index}": "true"},
                }
            )
        )
        command += ["--inventory", str(source)]
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections"),
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
    }
    cluster.client.create(node)
    try:
        done = subprocess.run(
            command, capture_output=True, check=False, env={**os.environ, **environment}, text=True, timeout=300
        )
    finally:
        cluster.client.delete(f"/api/v1/nodes/{name}")

    assert done.returncode == 0, done.stderr
    variables = json.loads(done.stdout)["_meta"]["hostvars"][name]
    assert {f"from_{index}" for index in range(3)} <= set(variables)
    assert kubeconfigs[1]["users"][0]["user"]["client-key-data"] not in done.stdout + done.stderr
