# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Text from outside, fit for a terminal and for ansible-core.

What API servers and programs say, and what others wrote into Secrets and files, may hold what moves the cursor, colours,
starts a new line or turns the direction of reading: by it, a line could be forged in a diff that somebody reviews.
A user name or a password may hold any bytes. Those that are not UTF-8 are halves of surrogate pairs in Python's texts, and
ansible-core refuses all of a result that has one anywhere.
"""

from __future__ import annotations

import re
import typing as t

_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # controls, line breaks among them
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # direction, and nothing
    "\u2028\u2029]"  # line breaks of Unicode
)
_INVISIBLE_IN_LINES = re.compile(_INVISIBLE.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_LETTERS = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    r"""One line, with an escape such as ``\x1b`` or ``\u202e`` for each character that cannot be seen."""
    return text if text.isprintable() and text.isascii() else _INVISIBLE.sub(_escape, text)


def visible_lines(text: str) -> str:
    """The same for several lines, whose breaks are ours."""
    return _INVISIBLE_IN_LINES.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    code = ord(character)
    if character in _LETTERS:
        return _LETTERS[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_NOT_UTF8 = re.compile("[\ud800-\udfff]")


def as_utf8(value: t.Any) -> t.Any:
    """``value`` with U+FFFD for each byte that is not UTF-8, in lists and dicts as well, keys included."""
    if isinstance(value, str):
        return value if value.isascii() else _NOT_UTF8.sub("\ufffd", value)
    if isinstance(value, dict):
        return {as_utf8(key): as_utf8(member) for key, member in value.items()}
    return [as_utf8(member) for member in value] if isinstance(value, (list, tuple)) else value
