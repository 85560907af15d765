# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup ``unknown_variables``: which variables of a role or of the playbooks are mistyped."""

from __future__ import annotations

import difflib
import functools
import re
import typing as t
from pathlib import Path

from .._domain.errors import InvalidInput
from .._domain.shown_names import shown_name
from .mistyped import similar_name, unknown_name

COLLECTION = Path(__file__).parents[3]
PLAYBOOKS = "regcred"

_COMMENT = re.compile(r"(^|[ \t])#.*$", re.MULTILINE)


def unknown_variables(owner: str, names: t.Iterable[str]) -> list[str]:
    """
    Which variables are mistyped: they begin with a role's name, or with ``regcred`` for the playbooks, and are similar to one that is read.

    Args:
        owner: The role's name, or ``regcred``.
        names: All variables that there are.

    Returns:
        One sentence each.

    Raises:
        InvalidInput: There is no such role.
    """
    known = variables_of(owner)
    return [_sentence(owner, name) for name in _unread(owner, names) if similar_name(name, known, prefix=f"{owner}_")]


def doubtful_variables(owner: str, names: t.Iterable[str]) -> list[str]:
    """
    Which variables may be mistyped, or somebody's own, so that these are warnings: one sentence each.

    Either a variable begins with the role's name and is similar to none that it reads (``tenant_id``), or only its beginning is not right
    (``pull_secret_owner`` for ``pull_secrets_owner``). What begins with an underscore is a role's own.

    Raises:
        InvalidInput: There is no such role.
    """
    known = variables_of(owner)
    misnamed = [
        f"{name}: {_reader(owner)} reads this variable; did you mean {meant}?"
        for name in sorted(names)
        if not name.startswith("_")
        for meant in known
        for head, rest in [(name[: len(owner) - len(meant)], meant[len(owner) :])]
        if head != owner and head + rest == name and difflib.get_close_matches(head, [owner], cutoff=0.85)
    ]
    far = [name for name in _unread(owner, names) if not similar_name(name, known, prefix=f"{owner}_")]
    return misnamed + [_sentence(owner, name) for name in far]


def _unread(owner: str, names: t.Iterable[str]) -> list[str]:
    known = variables_of(owner)
    return [name for name in sorted(names) if name.startswith(f"{owner}_") and name not in known]


def _sentence(owner: str, name: str) -> str:
    return str(
        unknown_name(
            name,
            variables_of(owner),
            prefix=f"{owner}_",
            problem=f"{_reader(owner)} reads this variable",
            otherwise="correct or remove it, or ignore this if it is a variable of your own",
        )
    )


@functools.lru_cache(maxsize=None)
def variables_of(owner: str) -> frozenset[str]:
    """
    The variables that a role or the playbooks read or set: whatever begins with its name in their files, comments aside.

    A variable that any playbook reads is known to all of them, since they can share an inventory. Roles read these as well.

    Raises:
        InvalidInput: There is no such role.
    """
    folders = [COLLECTION / "playbooks", COLLECTION / "roles"] if owner == PLAYBOOKS else [COLLECTION / "roles" / owner]
    if not re.fullmatch(r"\w+", owner) or not folders[0].is_dir():
        raise InvalidInput(
            shown_name(owner),
            "is no role of regcred.kubernetes",
            f"give a role's name, or {PLAYBOOKS} for the playbooks",
        )
    words = re.compile(rf"\b{owner}_\w+")
    texts = (file.read_text(encoding="utf-8") for folder in folders for file in folder.glob("**/*.yml"))
    return frozenset(word for text in texts for word in words.findall(_COMMENT.sub("", text)))


def _reader(owner: str) -> str:
    return "no playbook or role of this collection" if owner == PLAYBOOKS else f"nothing in the role {owner}"
