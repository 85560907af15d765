# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Credential plugins of a kubeconfig: ``exec`` of a user, protocol ``client.authentication.k8s.io``.

Nothing that a plugin writes is ever shown, since it is a credential or could be one. A plugin that gives none ends the run:
without it the requests would be those of an anonymous user.
Source: ``plugin/pkg/client/auth/exec/exec.go`` of client-go.
"""

from __future__ import annotations

import json
import os
import re
import typing as t
from dataclasses import dataclass, field
from datetime import datetime

from ..._domain.go.json import loads
from ..._domain.shown_names import shown_path
from ..errors import ConnectionProblem

_GROUP = "client.authentication.k8s.io"
_VERSIONS = (f"{_GROUP}/v1", f"{_GROUP}/v1beta1")
_EXTENSION = "client.authentication.k8s.io/exec"
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)")
_LONGEST_HINT = 500

RunPlugin = t.Callable[[t.Sequence[str], t.Mapping[str, str]], bytes]
"""Runs a command with an environment and gives its standard output; raises :class:`PluginFailed`."""


class PluginFailed(Exception):
    """The plugin gave no answer; the text is why, a clause without anything that it wrote."""


@dataclass(frozen=True)
class PluginCredential:
    """
    What a plugin gave.

    Attributes:
        token: A bearer token, empty for none.
        certificate: In PEM, empty for none.
        key: That of the certificate, in PEM, empty for none.
        expires: Until when it is good, in seconds of Unix time; ``None`` where it did not say.
    """

    token: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    expires: float | None = None


class CredentialPlugin:
    """
    A plugin, ready to be run.

    Args:
        entry: ``exec`` of the user, of the right types.
        where: The user, for messages.
        cluster: Its cluster, for plugins that want to know.
        run: How it is run.

    Raises:
        ConnectionProblem: kubectl would refuse the entry.
    """

    def __init__(
        self, entry: t.Mapping[str, t.Any], where: str, cluster: t.Mapping[str, t.Any], run: RunPlugin
    ) -> None:
        self._where = where
        self._run = run
        command, self._version = entry.get("command") or "", entry.get("apiVersion")
        if not command:
            raise ConnectionProblem(f"{where}: exec has no command; name the credential plugin")
        if self._version not in _VERSIONS:
            raise ConnectionProblem(f"{where}: exec has none of the known apiVersions; use {_VERSIONS[0]}")
        mode = entry.get("interactiveMode") or ("IfAvailable" if self._version == _VERSIONS[1] else "")
        if mode not in ("Never", "IfAvailable", "Always"):
            raise ConnectionProblem(f"{where}: exec has no valid interactiveMode; use Never or IfAvailable")
        if mode == "Always":
            raise ConnectionProblem(
                f"{where}: credential plugin {shown_path(command)} wants a terminal (interactiveMode is Always), and there is none;"
                " log in by a way that needs none"
            )
        self._name = f"{where}: credential plugin {shown_path(command)}"
        self._command = [command, *(argument or "" for argument in entry.get("args") or ())]
        self._hint = _hint(entry.get("installHint"))
        self._environment = {
            **dict(_variables(entry.get("env") or (), where)),
            "KUBERNETES_EXEC_INFO": self._information(entry, cluster),
        }

    def ask(self) -> PluginCredential:
        """
        Run it.

        Raises:
            ConnectionProblem: It gave no credential.
        """
        try:
            output = self._run(self._command, {**os.environ, **self._environment})
        except PluginFailed as error:
            raise ConnectionProblem(
                f"{self._name}: {error}; install it or log in, and see that it works with kubectl{self._hint}"
            ) from None
        try:
            answer = loads(output)
        except ValueError:
            answer = None
        problem = self._problem(answer)
        if problem:
            raise ConnectionProblem(f"{self._name}: {problem}; see that it works with kubectl")
        status = answer["status"]
        return PluginCredential(
            status.get("token") or "",
            status.get("clientCertificateData") or "",
            status.get("clientKeyData") or "",
            _seconds(status.get("expirationTimestamp")),
        )

    def _problem(self, answer: t.Any) -> str:
        if not isinstance(answer, dict):
            return "its answer is no JSON object"
        if answer.get("kind") != "ExecCredential":
            return "its answer is no ExecCredential"
        if answer.get("apiVersion") != self._version:
            return f"its answer has not the apiVersion {self._version} that the kubeconfig names"
        status = answer.get("status")
        return _problem_of(status) if isinstance(status, dict) else "its answer has no status"

    def _information(self, entry: t.Mapping[str, t.Any], cluster: t.Mapping[str, t.Any]) -> str:
        specification: dict[str, t.Any] = {"interactive": False}
        if entry.get("provideClusterInfo"):
            specification["cluster"] = _cluster_information(cluster)
        return json.dumps({"kind": "ExecCredential", "apiVersion": self._version, "spec": specification})


def _problem_of(status: t.Mapping[str, t.Any]) -> str:
    token, *pair = (status.get(name) or "" for name in ("token", "clientCertificateData", "clientKeyData"))
    if not all(isinstance(text, str) and text.isascii() for text in (token, *pair)):
        return "a token, certificate or key in its answer is no text in ASCII"
    if not token.isprintable():
        return "the token in its answer holds a line break or control character"
    if any(pair) and not all(pair):
        return "its answer has a certificate without a key, or a key without a certificate"
    if not token and not any(pair):
        return "its answer has neither a token nor a certificate"
    if status.get("expirationTimestamp") and _seconds(status["expirationTimestamp"]) is None:
        return "the expirationTimestamp in its answer is no time"
    return ""


def _variables(items: t.Sequence[t.Any], where: str) -> t.Iterator[tuple[str, str]]:
    for item in items:
        if not item or not item.get("name"):
            raise ConnectionProblem(f"{where}: an env of exec has no name; give name and value")
        yield item["name"], item.get("value") or ""


def _cluster_information(cluster: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    names = ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url")
    known = {name: cluster[name] for name in names if cluster.get(name)}
    for extension in cluster.get("extensions") or ():
        if extension and extension.get("name") == _EXTENSION:
            known["config"] = extension.get("extension")
    return known


def _hint(text: t.Any) -> str:
    """What the kubeconfig says of how to install it, on one line."""
    plain = " ".join(str(text or "").split())
    return f" (its installHint: {plain})" if plain.isprintable() and 0 < len(plain) <= _LONGEST_HINT else ""


def _seconds(timestamp: t.Any) -> float | None:
    match = _TIME.fullmatch(timestamp.upper()) if isinstance(timestamp, str) else None
    if match is None:
        return None
    try:
        return datetime.strptime(match.group(1) + match.group(2), "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except ValueError:
        return None
