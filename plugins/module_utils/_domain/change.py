# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is going to change, and what came of it: the same values in check mode, in a run, in the result and in the diff."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, field, replace

Action = t.Literal["created", "updated", "deleted", "unchanged", "skipped", "failed"]

NO_SUCH_NAMESPACE = "there is no such namespace"

ACTIONS: tuple[Action, ...] = ("created", "updated", "deleted", "unchanged", "skipped", "failed")
CHANGING: frozenset[Action] = frozenset(("created", "updated", "deleted"))
IDLE: frozenset[str] = frozenset(("unchanged", "present", "absent"))
"""Actions of those about which nothing had to be done."""


@dataclass(frozen=True)
class Change:
    """
    What happens to one object.

    Args:
        kind: Its kind, such as ``Secret``.
        name: Its name.
        action: What happens.
        reason: Why, in words for people; without secrets.
        before: The object as it is, as far as it matters here, secrets replaced by marks; empty when there is none.
        after: The object as it will be, likewise.
    """

    kind: str
    name: str
    action: Action
    reason: str = ""
    before: t.Mapping[str, t.Any] = field(default_factory=dict)
    after: t.Mapping[str, t.Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Kind and name, such as ``Secret regcred``."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class NamespaceResult:
    """
    What happens, or happened, in one namespace.

    Args:
        namespace: Its name.
        changes: One for each object looked at, the most important first.
        tenant: The tenant it belongs to, where there are tenants.
        note: Why the namespace as a whole was skipped or failed.
        outcome: ``skipped`` or ``failed`` where the namespace as a whole was.
    """

    namespace: str
    changes: tuple[Change, ...] = ()
    tenant: str = ""
    note: str = ""
    outcome: Action | None = None

    @property
    def action(self) -> Action:
        """The namespace's action: a failure before all, else that of the most important object that is not unchanged."""
        if self.outcome is not None:
            return self.outcome
        actions = {change.action for change in self.changes}
        if "failed" in actions:
            return "failed"
        changing = [change.action for change in self.changes if change.action in CHANGING]
        if changing:
            return changing[0]
        return "skipped" if "skipped" in actions else "unchanged"

    @property
    def reason(self) -> str:
        """All reasons, the failures first; then what was done all the same."""
        if self.outcome is not None:
            return self.note
        told = [change for change in self.changes if change.action != "unchanged"]
        told.sort(key=lambda change: change.action != "failed")
        return "; ".join(f"{change.title}: {change.reason}" for change in told)

    @property
    def reasons_to_skip(self) -> tuple[str, ...]:
        """Why the namespace, or an object in it, was left alone; none where it failed, since the failure says all."""
        if self.outcome == "skipped":
            return (self.note,)
        if self.action == "failed":
            return ()
        return tuple(f"{change.title}: {change.reason}" for change in self.changes if change.action == "skipped")

    @property
    def is_changed(self) -> bool:
        """Whether anything in the namespace is changed, also where something else failed."""
        return any(change.action in CHANGING for change in self.changes)


def count_actions(results: t.Iterable[NamespaceResult]) -> dict[str, int]:
    """Number of namespaces by action, all actions named."""
    counted = Counter(result.action for result in results)
    return {action: counted[action] for action in ACTIONS}


def failed_change(change: Change, reason: str) -> Change:
    """``change`` as it turned out: nothing was changed, for this reason."""
    return replace(change, action="failed", reason=reason, after=change.before)


def skipped_namespace(namespace: str, note: str, tenant: str = "") -> NamespaceResult:
    """A namespace that is left alone as a whole."""
    return NamespaceResult(namespace, tenant=tenant, note=note, outcome="skipped")
