"""What a credential helper's answer means."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import Credential
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.helper_answer import (
    HelperAnswer,
    login_in_answer,
    servers_in_answer,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.usable_login import UnusableLogin
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText

PASS = "docker-credential-pass"
BY_HAND = f"run '{PASS} get' by hand, with the registry as its input, to see what it says"
NOT_UNDERSTOOD = f"{PASS} gave an answer that is not one of the helper protocol; {BY_HAND}"


def answer(output: t.Any, status: int = 0) -> HelperAnswer:
    """An answer: bytes as they are, else as JSON."""
    return HelperAnswer(status, output if isinstance(output, bytes) else json.dumps(output).encode())


FOUND: t.Sequence[t.Any] = [
    {"ServerURL": "quay.io", "Username": "robot", "Secret": "hunter2"},
    {"Username": "robot", "Secret": "hunter2"},
    {"username": "robot", "secret": "hunter2", "ServerURL": None},
    b'{"ServerURL":"quay.io","Username":"robot","Secret":"hunter2"}\n',
    {"U\u017fername": "robot", "\u017fecret": "hunter2"},
    {"Username": "robot", "username": None, "Secret": "hunter2"},
]


@pytest.mark.parametrize("output", FOUND)
def test_found(output: t.Any) -> None:
    """A user name and a secret are a login."""
    assert login_in_answer(PASS, answer(output)) == Credential("robot", SecretText("hunter2"))


NONE: t.Sequence[tuple[t.Any, int]] = [
    (b"credentials not found in native keychain", 1),
    (b"\r\n credentials not found in native keychain\n", 1),
    (b"credentials not found in native keychain\n", 2),
    ({"Username": "", "Secret": ""}, 0),
    ({}, 0),
]


@pytest.mark.parametrize(("output", "status"), NONE)
def test_none(output: t.Any, status: int) -> None:
    """A helper that says so has no login."""
    assert login_in_answer(PASS, answer(output, status)) is None


FAILED: t.Sequence[tuple[str, t.Any, int, str]] = [
    ("empty output", b"", 0, NOT_UNDERSTOOD),
    ("garbage", b"hunter2", 0, NOT_UNDERSTOOD),
    ("bytes", b"\xff\xfehunter2", 0, NOT_UNDERSTOOD),
    ("half of an answer", b'{"Username":"robot","Secret":"hunter2', 0, NOT_UNDERSTOOD),
    ("an answer and more", b'{"Username":"robot","Secret":"hunter2"} hunter2', 0, NOT_UNDERSTOOD),
    ("not found, and success", b"credentials not found in native keychain", 0, NOT_UNDERSTOOD),
    ("a list", ["hunter2"], 0, NOT_UNDERSTOOD),
    ("a text", "hunter2", 0, NOT_UNDERSTOOD),
    ("null", None, 0, NOT_UNDERSTOOD),
    ("a number for the secret", {"Username": "robot", "Secret": 7}, 0, NOT_UNDERSTOOD),
    ("a list for the user", {"Username": ["robot"], "Secret": "hunter2"}, 0, NOT_UNDERSTOOD),
    ("no secret", {"Username": "robot"}, 0, "the login has no password; log in again"),
    ("no user", {"Secret": "hunter2"}, 0, "the login has no user name; log in again"),
    ("failure", b"hunter2", 1, f"{PASS} failed (exit code 1); {BY_HAND}"),
    ("failure with a login", FOUND[0], 3, f"{PASS} failed (exit code 3); {BY_HAND}"),
    (
        "more than not found",
        b"credentials not found in native keychain: hunter2",
        1,
        f"{PASS} failed (exit code 1); {BY_HAND}",
    ),
    ("killed", b"hunter2", -9, f"{PASS} was ended by SIGKILL; {BY_HAND}"),
    ("segmentation fault", b"", -11, f"{PASS} was ended by SIGSEGV; {BY_HAND}"),
    ("signal without a name", b"", -99, f"{PASS} was ended by signal 99; {BY_HAND}"),
    ("no server", b"no credentials server URL\n", 1, f"{PASS} reported 'no credentials server URL'; give the registry"),
    (
        "no store",
        b'pass not initialized: exit status 1: Error: hunter2. Try "pass init".',
        1,
        (
            f"{PASS} reported 'pass not initialized'; "
            "run 'pass init' as the user who runs Ansible, or set PASSWORD_STORE_DIR and GNUPGHOME"
        ),
    ),
    (
        "no desktop",
        b"Cannot autolaunch D-Bus without X11 $DISPLAY",
        1,
        (
            f"{PASS} reported 'Cannot autolaunch D-Bus without X11 $DISPLAY'; "
            "take a helper that needs no desktop, such as pass"
        ),
    ),
]


@pytest.mark.parametrize(("name", "output", "status", "message"), FAILED, ids=[case[0] for case in FAILED])
def test_failed(name: str, output: t.Any, status: int, message: str) -> None:
    """All else is a failure and never taken for no login; only texts that are known are shown."""
    with pytest.raises(UnusableLogin) as caught:
        login_in_answer(PASS, answer(output, status))

    assert str(caught.value) == message, name


def test_identity_token() -> None:
    """An identity token is distinguished from a password, and is of no use."""
    with pytest.raises(UnusableLogin, match="is an identity token, which kubelets drop"):
        login_in_answer(PASS, answer({"Username": "<token>", "Secret": "hunter2"}))


def test_servers() -> None:
    """The answer to list names servers; nobody minds their users."""
    assert servers_in_answer(PASS, answer({"quay.io": "robot", "ghcr.io": None})) == ["quay.io", "ghcr.io"]
    assert servers_in_answer(PASS, answer({})) == []


@pytest.mark.parametrize(
    ("output", "status"),
    [(b"", 0), (b"hunter2", 0), (["hunter2"], 0), (b"credentials not found in native keychain", 1)],
)
def test_no_servers(output: t.Any, status: int) -> None:
    """A list that cannot be read is a failure and never taken for an empty one."""
    with pytest.raises(UnusableLogin) as caught:
        servers_in_answer(PASS, answer(output, status))

    assert "hunter2" not in str(caught.value)


def test_nothing_is_shown() -> None:
    """An answer does not show what is in it."""
    assert "hunter2" not in repr(answer(b"hunter2"))
