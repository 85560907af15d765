# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
What keeps a reader from using an entry of a docker config, and what to write instead: one answer for Secrets and for files of nodes.

Sources: ``pkg/credentialprovider`` of the kubelet, ``cli/config`` of docker, ``pkg/docker/config`` of ``containers/image``.
"""

from __future__ import annotations

import typing as t

from ..image.reader_keys import Reader, judge_key
from ..image.registry_key import normalise_registry, shown_registry
from .config import Entry, credential_of
from .fault import fault_of

Problem = t.Dict[str, str]
"""``code``, ``severity``, ``registry``, ``message``, ``cure``."""

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
