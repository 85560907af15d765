# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a credential lacks, by one rule for what is declared, looked up and found; each caller has its own words for it."""

from __future__ import annotations

import re
import typing as t

from ..secret_text import TOKEN_FIELDS
from .config import Credential, Entry, folded_name

Fault = t.Literal["", "empty", "token_only", "no_username", "no_password", "not_text"]

IDENTITY_TOKEN_USER = "<token>"
"""The user name under which credential stores keep an identity token (``docker/cli``, ``credentials/native_store.go``)."""

_HALF_PAIR = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""From JSON such as ``"\\ud800"``; the others stand for bytes."""
_NO_UTF_8 = re.compile("[\ud800-\udfff]")


def fault_of(credential: Credential, fields: Entry, *, in_variable: bool = False) -> Fault:
    """
    What is wrong with a credential for kubelets, which use no token.

    Args:
        credential: What its reader takes from the entry.
        fields: The entry, for the tokens in it; empty where there is none.
        in_variable: Whether a variable of Ansible is to hold it, which holds no bytes that are not UTF-8.

    Returns:
        ``empty`` for neither user name nor password; of several the first in the order of `Fault`, a token before all. Empty
        where nothing is wrong.
    """
    has_token = any(value for name, value in fields.items() if folded_name(name) in TOKEN_FIELDS)
    if credential.username == IDENTITY_TOKEN_USER or (has_token and not credential.password):
        return "token_only"
    if credential.is_empty:
        return "empty"
    if not all(is_text(text, in_variable=in_variable) for text in (credential.username, credential.password.reveal())):
        return "not_text"
    if not credential.username:
        return "no_username"
    return "" if credential.password else "no_password"


def is_text(text: str, *, in_variable: bool = False) -> bool:
    """Whether a text can be written; arguments as for :func:`fault_of`."""
    return (_NO_UTF_8 if in_variable else _HALF_PAIR).search(text) is None


def mark_at_end(text: str) -> str:
    """What stands at an end of a text by mistake, as after ``echo`` or from a block of YAML; empty for nothing."""
    if text.strip("\r\n") != text:
        return "a line break"
    return "a blank" if text.strip() != text else ""
