"""Whether a login can be made a pull Secret."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import Credential
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.usable_login import (
    UnusableLogin,
    usable_login,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText

TOKEN = "the login is an identity token, which kubelets drop, so that no pull Secret made of it ever works"

GOOD: t.Sequence[tuple[str, str, bool, str]] = [
    ("robot", "hunter2", False, "hunter2"),
    ("robot", "with:colon {{ and }} more", False, "with:colon {{ and }} more"),
    ("robot", "hunter2\0\0", False, "hunter2"),
    ("robot", "hunter2", True, "hunter2"),
    ("<token> ", "hunter2", False, "hunter2"),
]
BAD: t.Sequence[tuple[str, str, bool, str]] = [
    ("<token>", "hunter2", False, TOKEN),
    ("<token>", "", False, TOKEN),
    ("robot", "", True, TOKEN),
    ("", "", True, TOKEN),
    ("robot", "\0", True, TOKEN),
    ("robot", "", False, "the login has no password"),
    ("", "hunter2", False, "the login has no user name"),
    ("robot", "hunter2\udcff", False, "the login is not UTF-8, and Ansible's variables hold nothing else"),
    ("r\udcff", "hunter2", False, "the login is not UTF-8, and Ansible's variables hold nothing else"),
]


@pytest.mark.parametrize(("username", "password", "has_token", "expected"), GOOD)
def test_found(username: str, password: str, has_token: bool, expected: str) -> None:
    """A user name and a password are a credential, whatever was kept beside them."""
    assert usable_login(
        username, SecretText(password), {"identitytoken": SecretText("t")} if has_token else {}
    ) == Credential(username, SecretText(expected))


@pytest.mark.parametrize("password", ["", "\0"])
def test_none(password: str) -> None:
    """Where nothing was given there is no login, which is no failure."""
    assert usable_login("", SecretText(password), {}) is None


@pytest.mark.parametrize(("username", "password", "has_token", "problem"), BAD)
def test_unusable(username: str, password: str, has_token: bool, problem: str) -> None:
    """A token, half of a credential and what no variable holds are failures, and not the same as no login; nothing is shown."""
    with pytest.raises(UnusableLogin) as caught:
        usable_login(username, SecretText(password), {"identitytoken": SecretText("t")} if has_token else {})

    assert caught.value.problem == problem
    assert caught.value.cure
    assert "hunter2" not in str(caught.value)
