# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a login that was found somewhere can be made a pull Secret: it needs a user name and a password."""

from __future__ import annotations

import typing as t

from ..errors import RegcredError
from ..secret_text import SecretText
from .config import Credential, Entry
from .problems import Fault, fault_of


class UnusableLogin(RegcredError):
    """
    There is a login, or there may be one, and it cannot be had or used; this is never the same as having none.

    Args:
        problem: What is wrong, a clause without an object.
        cure: What to do.
    """

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(f"{problem}; {cure}")
        self.problem = problem
        self.cure = cure


_FAULTS: t.Mapping[Fault, tuple[str, str]] = {
    "token_only": (
        "the login is an identity token, which kubelets drop, so that no pull Secret made of it ever works",
        "log in with a user name and a password or access token that the registry takes as one, such as a robot account's",
    ),
    "no_username": ("the login has no user name", "log in again"),
    "no_password": ("the login has no password", "log in again"),
    "not_text": (
        "the login is not UTF-8, and Ansible's variables hold nothing else",
        "make a pull Secret of the file itself",
    ),
}


def usable_login(username: str, password: SecretText, fields: Entry) -> Credential | None:
    """
    The credential in what a store or a file holds.

    Args:
        username: ``<token>`` stands for an identity token in place of the password.
        password: As it was kept; docker and podman pass over NUL bytes around it.
        fields: The entry that it is from, for the tokens in it; a store keeps none beside it.

    Returns:
        ``None`` where there was neither user name nor password.

    Raises:
        UnusableLogin: There is a token, which kubelets drop, or half of a credential, or one that no variable can hold.
    """
    credential = Credential(username, SecretText(password.reveal().strip("\0")))
    fault = fault_of(credential, fields, in_variable=True)
    if fault == "empty":
        return None
    if fault:
        raise UnusableLogin(*_FAULTS[fault])
    return credential
