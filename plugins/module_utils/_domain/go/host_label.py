# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
One label of a registry key's host, in which ``*`` stands for any text.

Source: ``filepath.Match`` of Go, as ``URLsMatch`` in ``pkg/credentialprovider/keyring.go`` uses it. Of its other special
characters, a URL's host can hold only brackets, and those only around an IPv6 address, which is then taken for a class of
characters: ``[A::B]`` without a port matches the hosts ``A`` and ``B``.
"""

from __future__ import annotations

import re
import typing as t

SPECIAL = re.compile(rb"[*\[]")


def compile_label(label: bytes) -> t.Pattern[str] | None:
    """What a label matches, for ``fullmatch``; ``None`` for a malformed one, which matches nothing."""
    rest = label.decode("utf-8", "surrogateescape")
    parts = []
    while rest:
        if rest[0] == "[":
            body, bracket, rest = rest[1:].partition("]")
            parts.append(_character_class(body) if body and bracket else None)
        else:
            parts.append(".*" if rest[0] == "*" else re.escape(rest[0]))
            rest = rest[1:]
    known = [part for part in parts if part is not None]
    return re.compile("".join(known), re.DOTALL) if len(known) == len(parts) else None


def _character_class(body: str) -> str | None:
    ranges = []
    while body:
        match = re.match(r"([^-])(?:-([^-]))?", body, re.DOTALL)
        if match is None or (match.group(2) is None and body[1:2] == "-"):
            return None
        low, high = match.group(1), match.group(2) or match.group(1)
        ranges += [f"{re.escape(low)}-{re.escape(high)}"] if low <= high else []
        body = body[match.end() :]
    return f"[{''.join(ranges)}]" if ranges else "(?!)"
