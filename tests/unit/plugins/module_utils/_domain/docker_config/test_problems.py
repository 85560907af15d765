"""One answer to whether a reader uses an entry, wherever it is asked."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import sealed_entry
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.problems import entry_problems
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reader_keys import (
    Reader,
    judge_key,
    key_for,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.registry_key import normalise_registry

KEYS = (
    "quay.io",
    "registry.example.com:5000",
    "docker.io",
    "quay.io/team",
    "*.example.com",
    "hub.docker.com",
    "registry-1.docker.io",
    "quay.io/team:1.0",
    "quay.io/*",
    "quay.io/?a=b",
    "oci://quay.io",
    "myregistry",
    "u:hunter2@quay.io",
    "",
)
READERS: t.Sequence[Reader] = ("kubelet", "docker", "containers_auth")
CODES = {None: [], "error": ["never_matches"], "warning": ["suspicious_key"]}


def written(key: str, reader: Reader) -> str | None:
    """What comes of a key that is declared: the severity of what is reported of it."""
    try:
        return "warning" if key_for(key, reader, where="registries[0].registry").warning else None
    except InvalidInput:
        return "error"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("key", KEYS)
def test_declared_and_found(key: str, reader: Reader) -> None:
    """A key that is refused where it is declared is an error where it is found, and a warning is one in both."""
    normalised = normalise_registry(key)
    verdict = judge_key(normalised, reader)
    severity = verdict.severity if verdict else None

    problems = entry_problems(normalised, sealed_entry({"auth": "dTpw"}), reader)

    assert [problem["code"] for problem in problems] == CODES[severity]
    # A user in a key is no obstacle for kubelets, and all the same not written: it could have a password.
    assert written(key, reader) == ("error" if "@" in key else severity)
    assert "hunter2" not in str(problems)


NO_CREDENTIAL: t.Sequence[tuple[t.Mapping[str, str], Reader, t.Sequence[str]]] = [
    ({}, "kubelet", ["empty_credential"]),
    ({}, "docker", []),
    ({}, "containers_auth", []),
    ({"username": "u", "identitytoken": "t"}, "kubelet", ["token_only"]),
    ({"username": "u", "registryToken": "t"}, "kubelet", ["token_only"]),
    ({"identitytoken": "t"}, "kubelet", ["token_only"]),
    ({"username": "<token>", "password": "t"}, "kubelet", ["token_only"]),
    ({"username": "u"}, "kubelet", []),
    ({"username": "u", "identitytoken": "t"}, "docker", []),
    ({"auth": "dTo=", "identitytoken": "t"}, "containers_auth", []),
    ({"username": "u", "password": "p"}, "kubelet", []),
    ({"username": "u", "password": "p"}, "docker", []),
    ({"username": "u", "password": "p"}, "containers_auth", ["no_auth"]),
    ({"username": "", "password": ""}, "containers_auth", []),
]


@pytest.mark.parametrize(("fields", "reader", "codes"), NO_CREDENTIAL)
def test_credential(fields: t.Mapping[str, str], reader: Reader, codes: t.Sequence[str]) -> None:
    """What is no credential to one reader can be one to another."""
    assert [problem["code"] for problem in entry_problems("quay.io", sealed_entry(fields), reader)] == codes
