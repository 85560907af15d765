"""Credential plugins, run for real."""

from __future__ import annotations

import json
import re
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.cluster import plugin_runner
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection.credential_plugin import (
    CredentialPlugin,
    PluginCredential,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem

V1 = "client.authentication.k8s.io/v1"
V1BETA1 = "client.authentication.k8s.io/v1beta1"
Entry = t.Dict[str, t.Any]


def answer(status: t.Any, version: str = V1, kind: str = "ExecCredential") -> str:
    """What a plugin prints."""
    return json.dumps({"apiVersion": version, "kind": kind, "status": status})


def entry(path: Path, program: str, **more: t.Any) -> Entry:
    """``exec`` of a user, with a plugin that is this program of Python."""
    path.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{program}\n", encoding="utf-8")
    path.chmod(0o700)
    return {"apiVersion": V1, "command": str(path), "interactiveMode": "Never", **more}


def ask(user: Entry, cluster: t.Mapping[str, t.Any] | None = None, seconds: float = 60.0) -> PluginCredential:
    """Ask the plugin."""
    return CredentialPlugin(user, "user 'u'", cluster or {}, plugin_runner(lambda: seconds)).ask()


def test_token(tmp_path: Path) -> None:
    """A token, and until when it is good."""
    status = {"token": "t", "expirationTimestamp": "2030-01-02T03:04:05.678+01:00"}

    found = ask(entry(tmp_path / "plugin", f"print({answer(status)!r})"))

    assert found == PluginCredential("t", expires=1893549845.0)
    assert "'t'" not in repr(found)


def test_certificate(tmp_path: Path) -> None:
    """A certificate with its key."""
    status = {"clientCertificateData": "c", "clientKeyData": "k", "expirationTimestamp": "2030-01-01T00:00:00Z"}

    assert ask(entry(tmp_path / "plugin", f"print({answer(status)!r})")) == PluginCredential("", "c", "k", 1893456000.0)


def test_what_it_is_given(tmp_path: Path) -> None:
    """Arguments, variables and, where it wants to know, the cluster; no terminal."""
    program = f"""
assert sys.stdin.read() == ""
status = {{"token": json.dumps([sys.argv[1:], os.environ["WHO"], json.loads(os.environ["KUBERNETES_EXEC_INFO"])])}}
print(json.dumps({{"apiVersion": {V1BETA1!r}, "kind": "ExecCredential", "status": status}}))
"""
    user = entry(
        tmp_path / "plugin", program, apiVersion=V1BETA1, args=["a", "b c"], env=[{"name": "WHO", "value": "me"}]
    )
    del user["interactiveMode"]
    extensions = [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}, {"name": "y"}]
    cluster = {"server": "https://s", "certificate-authority-data": "Y2E=", "extensions": extensions}
    spec = {
        "interactive": False,
        "cluster": {"server": "https://s", "certificate-authority-data": "Y2E=", "config": {"audience": "x"}},
    }

    plain = json.loads(ask(user, cluster).token)
    informed = json.loads(ask({**user, "provideClusterInfo": True}, cluster).token)

    assert plain[:2] == informed[:2] == [["a", "b c"], "me"]
    assert plain[2] == {"kind": "ExecCredential", "apiVersion": V1BETA1, "spec": {"interactive": False}}
    assert informed[2]["spec"] == spec


FAILURES = {
    "exit code": (
        "print('hunter2'); sys.stderr.write('hunter2'); sys.exit(3)",
        "failed (exit code 3); install it or log in",
    ),
    "signal": ("os.kill(os.getpid(), 9)", "failed (signal 9); install it"),
    "nothing": ("", "its answer is no JSON object"),
    "no JSON": ("print('hunter2')", "its answer is no JSON object"),
    "JSON that is too deep": ("print('[' * 200_000)", "its answer is no JSON object"),
    "a text": ("print('\"hunter2\"')", "its answer is no JSON object"),
    "another kind": (f"print({answer({'token': 'hunter2'}, kind='Secret')!r})", "its answer is no ExecCredential"),
    "another version": (
        f"print({answer({'token': 'hunter2'}, V1BETA1)!r})",
        f"its answer has not the apiVersion {V1} that the kubeconfig names",
    ),
    "no status": (f"print({answer(None)!r})", "its answer has no status"),
    "empty status": (f"print({answer({})!r})", "its answer has neither a token nor a certificate"),
    "empty token": (f"print({answer({'token': ''})!r})", "its answer has neither a token nor a certificate"),
    "token that is none": (
        f"print({answer({'token': ['hunter2']})!r})",
        "a token, certificate or key in its answer is no text",
    ),
    "token of two lines": (
        f"print({answer({'token': 'hunter2' + chr(10)})!r})",
        "the token in its answer holds a line break",
    ),
    "certificate alone": (
        f"print({answer({'clientCertificateData': 'hunter2'})!r})",
        "its answer has a certificate without a key",
    ),
    "no time": (
        f"print({answer({'token': 'hunter2', 'expirationTimestamp': 'soon'})!r})",
        "the expirationTimestamp in its answer is no time",
    ),
    "endless": ("while True: print('hunter2' * 1000)", "wrote more than 1048576 bytes, and was ended"),
}


@pytest.mark.parametrize(("program", "message"), FAILURES.values(), ids=FAILURES.keys())
def test_failure(program: str, message: str, tmp_path: Path) -> None:
    """A plugin that gives no credential is an error with user, command and cause, and nothing that it wrote."""
    with pytest.raises(ConnectionProblem) as caught:
        ask(entry(tmp_path / "plugin", program))

    assert str(caught.value).startswith(f"user 'u': credential plugin {tmp_path}/plugin: {message}")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_one_that_hangs(tmp_path: Path) -> None:
    """A plugin that hangs is ended."""
    with pytest.raises(ConnectionProblem, match="gave no answer within 1 seconds, and was ended"):
        ask(entry(tmp_path / "plugin", "time.sleep(3600)"), seconds=1.0)


def test_missing(tmp_path: Path) -> None:
    """A plugin that is not installed is named, with what the kubeconfig says of how to get it."""
    user = {"apiVersion": V1, "command": "no-such-plugin", "interactiveMode": "Never", "installHint": "Get it\nfrom x."}

    with pytest.raises(ConnectionProblem, match=f"^{re.escape(MISSING)}$"):
        ask(user)
    with pytest.raises(ConnectionProblem, match="is not installed, or may not be run"):
        ask({**user, "command": str(tmp_path)})


MISSING = (
    "user 'u': credential plugin no-such-plugin: is not installed, or may not be run; install it or log in, and see that it"
    " works with kubectl (its installHint: Get it from x.)"
)

REFUSED = {
    "no command": ({"command": ""}, "exec has no command; name the credential plugin"),
    "old version": (
        {"apiVersion": "client.authentication.k8s.io/v1alpha1"},
        f"exec has none of the known apiVersions; use {V1}",
    ),
    "no mode": ({"interactiveMode": None}, "exec has no valid interactiveMode; use Never or IfAvailable"),
    "terminal": ({"interactiveMode": "Always"}, "credential plugin p wants a terminal (interactiveMode is Always)"),
    "nameless variable": ({"env": [{"value": "hunter2"}]}, "an env of exec has no name; give name and value"),
}


@pytest.mark.parametrize(("more", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(more: Entry, message: str) -> None:
    """An entry that kubectl refuses, or that nobody could answer, is refused before anything is run."""
    user = {"apiVersion": V1, "command": "p", "interactiveMode": "Never", **more}

    with pytest.raises(ConnectionProblem, match=f"^user 'u': {re.escape(message)}"):
        ask(user)
