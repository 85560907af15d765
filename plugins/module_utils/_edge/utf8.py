# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Texts that ansible-core takes from a module.

A user name or a password may hold any bytes. Those that are not UTF-8 are halves of surrogate pairs in Python's texts, and
ansible-core refuses all of a result that has one anywhere.
"""

from __future__ import annotations

import re
import typing as t

_NOT_UTF8 = re.compile("[\ud800-\udfff]")


def as_utf8(value: t.Any) -> t.Any:
    """``value`` with U+FFFD for each byte that is not UTF-8, in lists and dicts as well, keys included."""
    if isinstance(value, str):
        return value if value.isascii() else _NOT_UTF8.sub("\ufffd", value)
    if isinstance(value, dict):
        return {as_utf8(key): as_utf8(member) for key, member in value.items()}
    return [as_utf8(member) for member in value] if isinstance(value, (list, tuple)) else value
