# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
What is going to change, and what came of it: the same values in check mode, in a run, in the result and in the diff.

Each kind of place has one constant here, and none has a result of its own.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, field, replace

from .shown_names import and_more

Action = t.Literal[
    "created", "updated", "deleted", "pulled", "pinned", "unpinned", "removed",
    "unchanged", "present", "absent", "skipped", "failed",
]  # fmt: skip

NO_SUCH_NAMESPACE = "there is no such namespace"

CHANGING: frozenset[Action] = frozenset(("created", "updated", "deleted", "pulled", "pinned", "unpinned", "removed"))
IDLE: frozenset[str] = frozenset(("unchanged", "present", "absent"))
"""Actions of those about which nothing had to be done."""

_SHOWN_PARTS = 6


@dataclass(frozen=True)
class PlaceKind:
    """
    Where changes are made.

    Attributes:
        name: Such as ``namespace``; its plural is the return value with a row for each.
        actions: What may become of one, in the order in which they are counted.
        parts: Of places that hold the same things, such as images: the value of a row that has them all; empty for others.
        is_object: Whether it is itself what is changed, so that its name alone says what it is.
    """

    name: str
    actions: tuple[Action, ...]
    parts: str = ""
    is_object: bool = False


NAMESPACE = PlaceKind("namespace", ("created", "updated", "deleted", "unchanged", "skipped", "failed"))
NODE = PlaceKind("node", ("pulled", "unchanged", "skipped", "failed"), parts="images")
IMAGE = PlaceKind("image", ("pulled", "pinned", "unpinned", "removed", "present", "absent", "failed"), is_object=True)
FILE = PlaceKind("file", ("created", "updated", "deleted", "unchanged"), is_object=True)


@dataclass(frozen=True)
class Change:
    """
    What happens to one object.

    Attributes:
        kind: Its kind, such as ``Secret``.
        name: Its name.
        action: What happens.
        reason: Why, in words for people; without secrets.
        before: The object as it is, as far as it matters here, secrets replaced by marks; empty when there is none.
        after: The same of the object as it will be.
        facts: What is returned of it beside action and reason.
        losses: What it had and nobody named, and has no more, as clauses that are a warning.
    """

    kind: str
    name: str
    action: Action
    reason: str = ""
    before: t.Mapping[str, t.Any] = field(default_factory=dict)
    after: t.Mapping[str, t.Any] = field(default_factory=dict)
    facts: t.Mapping[str, t.Any] = field(default_factory=dict)
    losses: tuple[str, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether the object is changed, also where something failed after that."""
        return self.action in CHANGING or (self.action == "failed" and self.before != self.after)

    @property
    def title(self) -> str:
        """Kind and name, such as ``Secret regcred``; an image's name says what it is."""
        return self.name if self.kind == IMAGE.name else f"{self.kind} {self.name}"


@dataclass(frozen=True)
class PlaceResult:
    """
    What happens, or happened, in one place, such as a namespace or a node.

    Attributes:
        name: Its name.
        changes: One for each object looked at, the most important first; on a node, one an image in the order of the task.
        tenant: The tenant it belongs to, where there are tenants.
        note: Why the place as a whole was skipped or failed.
        outcome: ``skipped`` or ``failed`` where the place as a whole was.
        kind: What it is.
    """

    name: str
    changes: tuple[Change, ...] = ()
    tenant: str = ""
    note: str = ""
    outcome: Action | None = None
    kind: PlaceKind = NAMESPACE

    @property
    def action(self) -> Action:
        """The place's action: a failure before all, else that of the most important object that is not unchanged."""
        if self.outcome is not None:
            return self.outcome
        actions = {change.action for change in self.changes}
        if "failed" in actions:
            return "failed"
        changing = [change.action for change in self.changes if change.action in CHANGING]
        if changing:
            return changing[0]
        if "skipped" in actions:
            return "skipped"
        return self.changes[0].action if self.changes else "unchanged"

    @property
    def reason(self) -> str:
        """All reasons, the failures first; then what was done all the same."""
        if self.outcome is not None:
            return self.note
        changes = [change for change in self.changes if change.action != "unchanged"]
        changes.sort(key=lambda change: change.action != "failed")
        shown = changes[:_SHOWN_PARTS] if self.kind.parts else changes
        more = and_more(len(changes) - len(shown), see=self.kind.parts)
        # A place that is itself what is changed is named by its row.
        reasons = [change.reason if self.kind.is_object else f"{change.title}: {change.reason}" for change in shown]
        return "; ".join([*reasons, *more])

    @property
    def reasons_to_skip(self) -> tuple[str, ...]:
        """Why the place, or an object in it, was left alone; none where it failed, since the failure says all."""
        if self.outcome == "skipped":
            return (self.note,)
        if self.action == "failed":
            return ()
        return tuple(f"{change.title}: {change.reason}" for change in self.changes if change.action == "skipped")

    @property
    def is_changed(self) -> bool:
        """Whether anything in the place is changed, also where something else failed."""
        return any(change.is_changed for change in self.changes)


def count_actions(results: t.Iterable[PlaceResult], kind: PlaceKind = NAMESPACE) -> dict[str, int]:
    """Number of places by action, all actions of their kind named."""
    counted = Counter(result.action for result in results)
    return {action: counted[action] for action in kind.actions}


def failed_change(change: Change, reason: str) -> Change:
    """``change`` as it turned out: nothing was changed, for this reason."""
    return replace(change, action="failed", reason=reason, after=change.before)


def skipped_namespace(namespace: str, note: str, tenant: str = "") -> PlaceResult:
    """A namespace that is left alone as a whole."""
    return PlaceResult(namespace, tenant=tenant, note=note, outcome="skipped")


def skipped_node(node: str, note: str) -> PlaceResult:
    """A node that is left alone."""
    return PlaceResult(node, note=note, outcome="skipped", kind=NODE)
