"""
The files that clients read: which server, which authority, who asks.

A kubeconfig is YAML, and JSON is YAML too: what is written here needs no YAML library, and what others wrote is read by way of kubectl.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import typing as t
from dataclasses import dataclass, field

from tests.cluster.errors import ClusterError, last_lines
from tests.cluster.pki import KeyPair
from tests.cluster.private_file import write_private

if t.TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Access:
    """
    How to reach an API server, and as whom.

    Attributes:
        server: Its URL, for example ``https://127.0.0.1:40123``.
        authority: The PEM certificates that its certificate is checked against; empty for those of the machine.
        certificate: The client certificate; None for who comes with a token, or with nothing.
        token: The bearer token; empty for who comes with a certificate, or with nothing.
    """

    server: str
    authority: bytes
    certificate: KeyPair | None = None
    token: str = field(default="", repr=False)


def write_kubeconfig(path: Path, access: Access, user: str) -> Path:
    """
    Write a kubeconfig (mode 0600) whose only context is this user at this server.

    Returns:
        The path.
    """
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "box",
                "cluster": {"server": access.server, "certificate-authority-data": _encode(access.authority)},
            }
        ],
        "users": [{"name": user, "user": _credential(access)}],
        "contexts": [{"name": user, "context": {"cluster": "box", "user": user}}],
        "current-context": user,
    }
    return write_private(path, json.dumps(document, indent=2).encode())


def read_kubeconfig(path: Path | str, kubectl: Path) -> Access:
    """
    The current context of a kubeconfig, whoever wrote it.

    Args:
        path: One file, or several as in the variable ``KUBECONFIG``.
        kubectl: The kubectl that reads it.

    Raises:
        ClusterError: There is none, kubectl cannot read it, or its user has neither a certificate nor a token.
    """
    command = [str(kubectl), "config", "view", "--raw", "--minify", "--flatten", "--output=json"]
    answer = subprocess.run(
        command, env={**os.environ, "KUBECONFIG": str(path)}, check=False, capture_output=True, text=True
    )
    if answer.returncode != 0:
        raise ClusterError(f"{path}: kubectl cannot read this kubeconfig: {last_lines(answer.stderr)}")
    document = json.loads(answer.stdout)
    cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
    certificate = KeyPair(_decode(user, "client-certificate-data"), _decode(user, "client-key-data"))
    if not (certificate.public or user.get("token")):
        raise ClusterError(
            f"{path}: the user of the current context has neither a client certificate nor a token; name one that has"
        )
    return Access(
        server=cluster["server"],
        authority=_decode(cluster, "certificate-authority-data"),
        certificate=certificate if certificate.public else None,
        token=user.get("token", ""),
    )


def _credential(access: Access) -> dict[str, str]:
    if access.certificate is None:
        return {"token": access.token} if access.token else {}
    return {
        "client-certificate-data": _encode(access.certificate.public),
        "client-key-data": _encode(access.certificate.private),
    }


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decode(fields: t.Mapping[str, str], name: str) -> bytes:
    return base64.b64decode(fields.get(name, ""))
