# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
What a credential helper's answer means (``docker/docker-credential-helpers``, ``client/client.go`` and ``credentials/error.go``).

A helper writes its errors to standard output, as it does with secrets. So nothing of that is ever shown but texts that are
known beforehand.
"""

from __future__ import annotations

import signal
import typing as t
from dataclasses import dataclass, field

from ..go.json import Json, NotJson, as_plain, decode_utf8, parse_json
from ..secret_text import SecretText
from .config import Credential, folded_name
from .usable_login import UnusableLogin, usable_login

NOT_FOUND = "credentials not found in native keychain"

_CURES: t.Mapping[str, str] = {
    "no credentials server URL": "give the registry",
    "no credentials username": "log in again, with a user name",
    "pass not initialized": "run 'pass init' as the user who runs Ansible, or set PASSWORD_STORE_DIR and GNUPGHOME",
    "Cannot autolaunch D-Bus without X11 $DISPLAY": "take a helper that needs no desktop, such as pass",
}
"""The beginnings of errors that hold no secret; what follows them is left out."""


@dataclass(frozen=True)
class HelperAnswer:
    """
    What came of running a helper.

    Attributes:
        status: Its exit code; negative for the signal that ended it.
        output: Its standard output, which may hold a secret.
    """

    status: int
    output: bytes = field(repr=False)


def login_in_answer(program: str, answer: HelperAnswer) -> Credential | None:
    """
    The credential in the answer to ``get``; ``None`` where the helper says that it has none.

    Raises:
        UnusableLogin: The helper failed, or its answer cannot be understood or used.
    """
    if answer.status and decode_utf8(answer.output).strip() == NOT_FOUND:
        return None
    found = _object_in(program, answer)
    members = {folded_name(name): value for name, value in found.items() if value is not None}
    username, secret = (members.get(name) or "" for name in ("username", "secret"))
    if not isinstance(username, str) or not isinstance(secret, str):
        raise _not_understood(program)
    return usable_login(username, SecretText(secret), {})


def servers_in_answer(program: str, answer: HelperAnswer) -> list[str]:
    """
    The servers in the answer to ``list``, for which the helper has logins.

    Raises:
        UnusableLogin: As for `login_in_answer`.
    """
    return list(_object_in(program, answer))


def _object_in(program: str, answer: HelperAnswer) -> dict[str, Json]:
    if answer.status:
        raise _failure(program, answer)
    try:
        value = as_plain(parse_json(decode_utf8(answer.output)))
    except NotJson:
        raise _not_understood(program) from None
    if not isinstance(value, dict):
        raise _not_understood(program)
    return value


def _failure(program: str, answer: HelperAnswer) -> UnusableLogin:
    output = decode_utf8(answer.output).strip()
    known = next((text for text in _CURES if output.startswith(text)), None)
    if known:
        return UnusableLogin(f"{program} reported {known!r}", _CURES[known])
    return UnusableLogin(f"{program} {_end(answer.status)}", _by_hand(program))


def _end(status: int) -> str:
    if status > 0:
        return f"failed (exit code {status})"
    names = {number.value: number.name for number in signal.Signals}
    return f"was ended by {names.get(-status, f'signal {-status}')}"


def _not_understood(program: str) -> UnusableLogin:
    return UnusableLogin(f"{program} gave an answer that is not one of the helper protocol", _by_hand(program))


def _by_hand(program: str) -> str:
    return f"run '{program} get' by hand, with the registry as its input, to see what it says"
