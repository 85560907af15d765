"""What a credential lacks."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import Credential
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.fault import Fault, fault_of
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText

TOKEN: t.Mapping[str, t.Any] = {"identityToken": SecretText("t")}
NO_TOKEN: t.Mapping[str, t.Any] = {"identitytoken": SecretText(""), "registrytoken": None}

CASES: t.Sequence[tuple[str, str, t.Mapping[str, t.Any], Fault]] = [
    ("robot", "pw", {}, ""),
    ("robot", "pw", TOKEN, ""),
    ("robot", "pw\udcff", {}, ""),
    ("", "", {}, "empty"),
    ("", "", NO_TOKEN, "empty"),
    ("", "", TOKEN, "token_only"),
    ("robot", "", TOKEN, "token_only"),
    ("<token>", "pw", {}, "token_only"),
    ("robot", "", {}, "no_password"),
    ("robot", "", NO_TOKEN, "no_password"),
    ("", "pw", {}, "no_username"),
    ("robot", "\ud800", {}, "not_text"),
    ("\ud800", "", {}, "not_text"),
]


@pytest.mark.parametrize(("username", "password", "fields", "expected"), CASES)
def test_fault(username: str, password: str, fields: t.Mapping[str, t.Any], expected: Fault) -> None:
    """One word for each, and none where nothing is wrong."""
    assert fault_of(Credential(username, SecretText(password)), fields) == expected


def test_variable() -> None:
    """A document holds bytes that are not UTF-8, and a variable does not."""
    credential = Credential("robot", SecretText("pw\udcff"))

    assert fault_of(credential, {}, in_variable=True) == "not_text"
