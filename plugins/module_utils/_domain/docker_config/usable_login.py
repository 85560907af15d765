# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a login that was found somewhere can be made a pull Secret: it needs a user name and a password."""

from __future__ import annotations

from ..errors import RegcredError
from ..secret_text import SecretText
from .config import Credential

IDENTITY_TOKEN_USER = "<token>"
"""The user name under which credential stores keep an identity token (``docker/cli``, ``credentials/native_store.go``)."""


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


def usable_login(username: str, password: SecretText, *, has_token: bool = False) -> Credential | None:
    """
    The credential in what a store or a file holds.

    Args:
        username: ``<token>`` stands for an identity token in place of the password.
        password: As it was kept; docker and podman pass over NUL bytes around it.
        has_token: Whether an identity or registry token was kept beside them.

    Returns:
        ``None`` where there was neither user name nor password.

    Raises:
        UnusableLogin: There is a token, which kubelets drop, or half of a credential, or one that no variable can hold.
    """
    password = SecretText(password.reveal().strip("\0"))
    if username == IDENTITY_TOKEN_USER or (has_token and not password):
        raise UnusableLogin(
            "the login is an identity token, which kubelets drop, so that no pull Secret made of it ever works",
            "log in with a user name and a password or access token that the registry takes as one, such as a robot account's",
        )
    credential = Credential(username, password)
    if credential.is_empty:
        return None
    if not username or not password:
        raise UnusableLogin(f"the login has no {'password' if username else 'user name'}", "log in again")
    if any("\ud800" <= character <= "\udfff" for character in username + password.reveal()):
        raise UnusableLogin(
            "the login is not UTF-8, and Ansible's variables hold nothing else", "make a pull Secret of the file itself"
        )
    return credential
