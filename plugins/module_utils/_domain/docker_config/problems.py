# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps a kubelet from using an entry of a docker config."""

from __future__ import annotations

import typing as t

from ..image.registry_key import judge_registry_key, shown_registry
from .config import Entry, credential_of

Problem = t.Dict[str, str]
"""``code``, ``severity``, ``registry``, ``message``, ``cure``."""


def entry_problems(key: str, fields: Entry) -> list[Problem]:
    """What is wrong with one entry of a document that kubelets can read, empty for none."""
    problems = []
    shown = shown_registry(key)
    verdict = judge_registry_key(key)
    if verdict is not None:
        code = "never_matches" if verdict.severity == "error" else "suspicious_key"
        problems.append(
            problem_row(code, verdict.severity, f"the key {shown!r} {verdict.problem}", verdict.write, shown)
        )
    credential = credential_of(fields)
    if not credential.username and not credential.password:
        message = f"{shown!r} has neither user name nor password, and keeps kubelets from pulling anonymously"
        cure = "remove the entry, or give it a user name and a password"
        problems.append(problem_row("empty_credential", "warning", message, cure, shown))
    elif not credential.password and fields.get("identitytoken"):
        message = f"{shown!r} has an identity token alone, which kubelets do not use"
        cure = "give it a user name and a password, such as a robot account's"
        problems.append(problem_row("token_only", "error", message, cure, shown))
    return problems


def problem_row(code: str, severity: str, message: str, cure: str, registry: str = "") -> Problem:
    """A problem, of an entry or, without ``registry``, of the whole Secret."""
    return {"code": code, "severity": severity, "message": message, "cure": cure, "registry": registry}
