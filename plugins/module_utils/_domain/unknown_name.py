# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that nothing reads, which would be ignored: the error, with the name that was probably meant."""

from __future__ import annotations

import difflib
import typing as t

from .errors import InvalidInput

_CUTOFF = 0.7
"""Two letters that changed places in a name of four leave three quarters; ``owner_email`` and ``owner`` have less in common."""


def unknown_name(
    name: str, known: t.Iterable[str], *, where: str = "", prefix: str = "", problem: str, otherwise: str
) -> InvalidInput:
    """
    The error about a name.

    Args:
        name: What was written.
        known: What could have been.
        where: What stands before the name in the message, such as ``keyed_groups[0].``.
        prefix: What all names begin with; it does not make two of them similar.
        problem: Who does not read it.
        otherwise: What to do where no known name is similar.
    """
    meant = similar_name(name, known, prefix=prefix)
    return InvalidInput(where + name, problem, f"did you mean {meant}?" if meant else otherwise)


def similar_name(name: str, known: t.Iterable[str], *, prefix: str = "") -> str:
    """
    The name that was probably meant: one that differs by a few letters, or has words after those of ``name``; empty for none.

    Args:
        prefix: What all names begin with; it does not make two of them similar.
    """
    rest = {each[len(prefix) :]: each for each in sorted(known)}
    written = name[len(prefix) :]
    similar = difflib.get_close_matches(written, list(rest), n=1, cutoff=_CUTOFF)
    similar += [each for each in rest if written and each.startswith(f"{written}_")]
    return rest[similar[0]] if similar else ""
