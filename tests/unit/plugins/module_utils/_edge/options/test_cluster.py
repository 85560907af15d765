"""Which API server and as whom, from options."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.harness import Edge
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.harness import run_module as run_edge
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.argument_spec import (
    ArgumentSpec,
    check_bounds,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.cluster import (
    CLUSTER_SPEC,
    connect,
    require_packages,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.result import Outcome
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.secrets import SecretRegister
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube import packages
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.packages import MINIMUM
from tests.unit.loopback import Answer, Loopback, serve
from tests.unit.module_run import Run, run_module

pytest.importorskip("urllib3")
pytest.importorskip("yaml")

NAMESPACE = Answer(200, {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "a"}})


def params(**given: t.Any) -> dict[str, t.Any]:
    """Options as Ansible hands them over."""
    return {**dict.fromkeys(CLUSTER_SPEC.options), "concurrency": 8, "timeout": 1800, **given}


def headers(server: Loopback) -> t.Sequence[tuple[str, str]]:
    """What came with the only request."""
    (request,) = server.received
    return [(name, value) for name, value in request.header_list if name.startswith(("Auth", "auth", "Imp"))]


@pytest.mark.parametrize("concurrency", [0, -1, 33])
def test_concurrency_out_of_range(concurrency: int) -> None:
    """Concurrency has its limits."""
    expected = f"concurrency: {concurrency} is out of range; use 1 to 32"

    with pytest.raises(InvalidInput, match=f"^{re.escape(expected)}$"):
        check_bounds(CLUSTER_SPEC.bounds, params(concurrency=concurrency))


@pytest.mark.parametrize("timeout", [0, -1, 86401])
def test_timeout_out_of_range(timeout: int) -> None:
    """A run always has an end."""
    expected = f"timeout: {timeout} is out of range; use 1 to 86400 seconds"

    with pytest.raises(InvalidInput, match=f"^{re.escape(expected)}$"):
        check_bounds(CLUSTER_SPEC.bounds, params(timeout=timeout))


@pytest.mark.parametrize("concurrency", [1, 32])
def test_concurrency(concurrency: int) -> None:
    """The limits themselves are allowed."""
    with serve(NAMESPACE) as server:
        assert (
            connect(params(host=server.url, concurrency=concurrency), SecretRegister()).get("/api/v1/namespaces/a")
            == NAMESPACE.body
        )


def test_token_and_impersonation() -> None:
    """The token is sent and registered, and so is for whom."""
    secrets = SecretRegister()
    with serve(NAMESPACE) as server:
        given = params(host=server.url, api_key="hunter2", impersonate_user="alice", impersonate_groups=["a"])
        connect(given, secrets).get("/api/v1/namespaces/a")

        assert headers(server) == [
            ("Authorization", "Bearer hunter2"),
            ("Impersonate-User", "alice"),
            ("Impersonate-Group", "a"),
        ]
    assert secrets.hide("a hunter2") == "a ********"


def test_user_and_password() -> None:
    """A user name goes with a password, and the password is registered."""
    secrets = SecretRegister()
    with serve(NAMESPACE) as server:
        connect(params(host=server.url, username="u", password="hunter2"), secrets).get("/api/v1/namespaces/a")

        assert [value for _name, value in headers(server)] == ["Basic dTpodW50ZXIy"]
    assert secrets.hide("a hunter2") == "a ********"


# The names that kubernetes.core reads.
ENVIRONMENT = {
    "K8S_AUTH_KUBECONFIG": "kubeconfig",
    "K8S_AUTH_CONTEXT": "context",
    "K8S_AUTH_HOST": "host",
    "K8S_AUTH_API_KEY": "api_key",
    "K8S_AUTH_CERT_FILE": "client_cert",
    "K8S_AUTH_KEY_FILE": "client_key",
    "K8S_AUTH_SSL_CA_CERT": "ca_cert",
    "K8S_AUTH_TLS_SERVER_NAME": "tls_server_name",
    "K8S_AUTH_PROXY": "proxy",
    "K8S_AUTH_IMPERSONATE_USER": "impersonate_user",
}


def _given() -> dict[str, t.Any]:
    """What a module's options are where none is given."""
    params: dict[str, t.Any] = {}

    def work(edge: Edge) -> Outcome:
        params.update({name: value for name, value in edge.params.items() if value is not None})
        return Outcome()

    run_module(lambda: run_edge(CLUSTER_SPEC, work), {})
    return params


@pytest.mark.parametrize(("variable", "option"), ENVIRONMENT.items(), ids=ENVIRONMENT.keys())
def test_environment(variable: str, option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that works for kubernetes.core works here."""
    for name in (*ENVIRONMENT, "K8S_AUTH_VERIFY_SSL", "K8S_AUTH_USERNAME", "K8S_AUTH_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "/value")

    assert _given() == {option: "/value", "concurrency": 8, "timeout": 1800}


def test_environment_of_other_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """Booleans and lists can be given by a variable, too."""
    monkeypatch.setenv("K8S_AUTH_VERIFY_SSL", "no")
    monkeypatch.setenv("K8S_AUTH_IMPERSONATE_GROUPS", "a,b")

    given = _given()

    assert (given["validate_certs"], given["impersonate_groups"]) == (False, ["a", "b"])


def _ask() -> None:
    run_edge(
        CLUSTER_SPEC, lambda edge: Outcome({"found": connect(edge.params, edge.secrets).get("/api/v1/namespaces/a")})
    )


def _kubeconfig(server: str, **user: t.Any) -> dict[str, t.Any]:
    return {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "main", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "main",
    }


def test_kubeconfig_as_a_mapping() -> None:
    """A kubeconfig can come as a mapping, as from vault, and its secrets show nowhere."""
    with serve(Answer(200, {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "a"}})) as server:
        found = run_module(_ask, {"kubeconfig": _kubeconfig(server.url, token="hunter2-token")})

        assert headers(server) == [("Authorization", "Bearer hunter2-token")]
    assert not found.result.get("failed")
    assert "hunter2" not in found.output


@pytest.mark.parametrize(
    "options",
    [
        {"kubeconfig": json.dumps(_kubeconfig("https://h", token="hunter2"), indent=1)},
        {"kubeconfig": "users:\n- user: {token: hunter2}\n"},
        {"kubeconfig": _kubeconfig("https://admin:hunter2@h")},
        {
            "kubeconfig": _kubeconfig(
                "https://h", **{"auth-provider": {"name": "oidc", "config": {"refresh-token": "hunter2"}}}
            )
        },
        {"host": "https://admin:hunter2@h"},
        {"host": "http://127.0.0.1:1", "proxy": "ftp://u:hunter2@p"},
        {"host": "https://h", "ca_cert": "-----BEGIN CERTIFICATE-----\nhunter2"},
        {"host": "https://h", "client_cert": "-----BEGIN\nhunter2", "client_key": "-----BEGIN\nhunter2"},
    ],
)
def test_no_secret_is_quoted(options: dict[str, t.Any]) -> None:
    """What is refused is not quoted."""
    found = run_module(_ask, options)

    assert found.result["failed"]
    assert "hunter2" not in found.message


def test_neither_path_nor_mapping() -> None:
    """A kubeconfig of another type is refused."""
    assert (
        run_module(_ask, {"kubeconfig": ["hunter2"]}).message
        == "kubeconfig: is neither a path nor a mapping; give one of them"
    )


def found_packages(monkeypatch: pytest.MonkeyPatch, version: str, missing: str = "") -> Run:
    """What a module says where this is found."""
    monkeypatch.setattr(packages, "MISSING", missing)
    monkeypatch.setattr(packages, "URLLIB3_VERSION", version)
    monkeypatch.setattr(packages, "URLLIB3_PATH", "/lib/urllib3/__init__.py")

    def work(_edge: Edge) -> Outcome:
        require_packages()
        return Outcome()

    return run_module(lambda: run_edge(ArgumentSpec(), work), {})


@pytest.mark.parametrize("missing", ["PyYAML", f"urllib3 >= {MINIMUM}"])
def test_missing(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one is missing, the task says what to install and for which Python."""
    found = found_packages(monkeypatch, "", missing)

    assert found.message.startswith(f"Failed to import the required Python library ({missing}) on ")
    assert "'s Python " in found.message


@pytest.mark.parametrize("version", ["1.25.11", "1.9", "0.1"])
def test_too_old(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one is too old, the task says which was found, and where."""
    expected = f"the Python package urllib3 {version} (/lib/urllib3/__init__.py) is too old; install {MINIMUM} or newer"

    assert expected == found_packages(monkeypatch, version).message


@pytest.mark.parametrize("version", [MINIMUM, "1.26.20", "2.8.0", "10.0.0"])
def test_new_enough(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest that will do, and all newer ones, will do."""
    assert not found_packages(monkeypatch, version).result.get("failed")


def test_what_is_here_will_do() -> None:
    """What is installed beside these tests is found."""
    pytest.importorskip("urllib3")
    pytest.importorskip("yaml")

    require_packages()

    assert packages.MISSING == ""


def test_minimum_is_documented() -> None:
    """The documentation names the same release."""
    from ansible_collections.regcred.kubernetes.plugins.doc_fragments._cluster import ModuleDocFragment  # noqa: PLC0415  # controllers alone have it

    assert f"urllib3 >= {MINIMUM}" in ModuleDocFragment.DOCUMENTATION
