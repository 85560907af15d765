# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module that reads does about what it could not read: without it, nothing found does not mean that nothing is wrong."""

from __future__ import annotations

import typing as t

from ..._domain.shown_names import and_more
from .argument_spec import ArgumentSpec

if t.TYPE_CHECKING:
    from ..._operations.observe import Unseen

UNSEEN_SPEC = ArgumentSpec({"unseen": {"type": "str", "choices": ["fail", "allow"], "default": "fail"}})

_HIDES_NOTHING = ("Namespace", "Event")
"""What missing_namespace decides about or is being deleted, and what only explains a finding that is made without it."""


def judged(unseen: t.Sequence[Unseen], policy: t.Literal["fail", "allow"]) -> tuple[str, list[str]]:
    """
    What a task fails with because of what it could not see, empty when it does not, and the warnings that are left.

    Args:
        unseen: What could not be read.
        policy: The option ``unseen``.
    """
    by_kind: dict[str, list[Unseen]] = {}
    for each in unseen:
        by_kind.setdefault(each["kind"], []).append(each)
    texts = {kind: _text(kind, rows) for kind, rows in by_kind.items()}
    failing = [kind for kind in texts if policy == "fail" and kind not in _HIDES_NOTHING]
    failure = f"unseen: {' | '.join(texts[kind] for kind in failing)}; or set unseen to allow" if failing else ""
    return failure, [text for kind, text in texts.items() if kind not in failing]


def _text(kind: str, rows: t.Sequence[Unseen]) -> str:
    """One a kind: there may be thousands of namespaces."""
    where = " ".join([rows[0]["namespace"], *and_more(len(rows) - 1, see="unseen")])
    what = "" if kind == "Namespace" else f"{kind}s could not be read in "
    return f"{what}namespace {where}: {rows[0]['reason']}"
