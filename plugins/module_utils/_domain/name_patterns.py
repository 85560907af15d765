# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names and globs, as options take them."""

from __future__ import annotations

import fnmatch
import re
import typing as t


class NamePatterns:
    """
    A set of names and globs (``*``, ``?``, ``[...]``), built once and asked often.

    Args:
        patterns: As the user wrote them.
    """

    def __init__(self, patterns: t.Iterable[str]) -> None:
        each_once = tuple(dict.fromkeys(patterns))
        self._names = frozenset(pattern for pattern in each_once if not is_glob(pattern))
        self._globs = [re.compile(fnmatch.translate(pattern)) for pattern in each_once if is_glob(pattern)]

    def match(self, name: str) -> bool:
        """Whether ``name`` is one of the names, or one of the globs stands for it."""
        return name in self._names or any(glob.match(name) for glob in self._globs)

    def __bool__(self) -> bool:
        return bool(self._names or self._globs)


def is_glob(name: str) -> bool:
    """Whether ``name`` stands for several names."""
    return any(character in name for character in "*?[")
