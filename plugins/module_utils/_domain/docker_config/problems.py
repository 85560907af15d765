# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
What keeps a reader from using a credential or an entry of a docker config, and what to write instead.

One answer for what is declared, looked up and found, in Secrets and in files of nodes.
Sources: ``pkg/credentialprovider`` of the kubelet, ``cli/config`` of docker, ``pkg/docker/config`` of ``containers/image``.
"""

from __future__ import annotations

import re
import typing as t

from ..image.reader_keys import Reader, canonical_key, judge_key
from ..image.registry_key import normalise_registry, shown_registry
from ..secret_text import TOKEN_FIELDS
from ..shown_names import and_more
from .config import Credential, DockerConfig, Entry, credential_of, folded_name

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
    if not (credential.username or credential.password):
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


Problem = t.Dict[str, str]
"""``code``, ``severity``, ``registry``, ``message``, ``cure``."""

_MOST = 10
_PROVIDER = "use a credential provider of the kubelet (credential_provider_config), or give user name and password here"
KEY_PROBLEMS = ("never_matches", "suspicious_key")
"""The codes of problems that are refused, or warned of, where a key is declared."""


def entry_problems(key: str, fields: Entry, reader: Reader = "kubelet") -> list[Problem]:
    """What is wrong with one entry of a document that its reader can read, empty for none."""
    problems = []
    shown = shown_registry(key)
    if reader == "kubelet":
        place, judged, consequence = "the key ", key, ""
    else:
        place, judged, consequence = "auths: ", normalise_registry(key), "; nothing ever matches it"
    verdict = judge_key(judged, reader)
    if verdict is not None:
        is_error = verdict.severity == "error"
        code = "never_matches" if is_error else "suspicious_key"
        cure = f"{verdict.write}{consequence if is_error else ''}"
        problems.append(problem_row(code, verdict.severity, f"{place}{shown!r} {verdict.problem}", cure, shown))
    if reader == "kubelet":
        problems += _unused_by_kubelets(fields, shown)
    elif reader == "containers_auth" and not fields.get("auth") and (fields.get("username") or fields.get("password")):
        message = f"{shown!r} has a user name or a password outside of auth, which alone is read"
        problems.append(problem_row("no_auth", "error", message, "give its credential to this module", shown))
    return problems


def _unused_by_kubelets(fields: Entry, shown: str) -> list[Problem]:
    fault = fault_of(credential_of(fields), fields)
    if fault == "empty":
        message = f"{shown!r} has neither user name nor password, and keeps kubelets from pulling anonymously"
        cure = "remove the entry, or give it a user name and a password"
        return [problem_row("empty_credential", "warning", message, cure, shown)]
    if fault == "token_only":
        message = f"{shown!r} has an identity token alone, which kubelets do not use"
        cure = "give it a user name and a password, such as a robot account's"
        return [problem_row("token_only", "error", message, cure, shown)]
    return []


def problem_row(code: str, severity: str, message: str, cure: str, registry: str = "") -> Problem:
    """A problem, of an entry or, without ``registry``, of the whole Secret."""
    return {"code": code, "severity": severity, "message": message, "cure": cure, "registry": registry}


def unused_entries(document: DockerConfig, reader: Reader, given: t.Iterable[str]) -> list[str]:
    """
    What is wrong with the entries of a document, each with what to do.

    Args:
        document: All that is in the file.
        reader: Who reads it.
        given: The keys that were just declared: of these, bad keys were refused or warned of before.

    Returns:
        Warnings without secrets, at most ten and how many more.
    """
    names = dict.fromkeys(given)
    found = [*_about_helpers(document, reader, names)]
    for key, fields in document.entries.items():
        found += [
            f"{problem['message']}; {problem['cure']}"
            for problem in entry_problems(key, fields, reader)
            if key not in names or problem["code"] not in KEY_PROBLEMS
        ]
    return found[:_MOST] + and_more(len(found) - _MOST, "entries that are not used")


def _about_helpers(document: DockerConfig, reader: Reader, given: t.Iterable[str]) -> t.Iterator[str]:
    store, helpers = document.member("credsstore"), document.member("credhelpers")
    helped = list(helpers) if isinstance(helpers, dict) else []
    if reader == "kubelet":
        names = [name for name, value in (("credsStore", store), ("credHelpers", helpers)) if value]
        if names:
            yield f"{' and '.join(names)}: the kubelet asks no credential helper; {_PROVIDER}"
        return
    asked = {canonical_key(key, reader) for key in helped}
    for key in given:
        if canonical_key(key, reader) in asked:
            yield f"{key!r}: its entry in credHelpers is asked in place of what is written here; take it out of credHelpers"
        elif reader == "docker" and store:
            yield f"{key!r}: docker asks credsStore {store!r} in place of what is written here; take credsStore out, or log in with docker"
