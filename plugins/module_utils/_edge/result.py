# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From results by namespace, or of a node's file, to what a module returns, shows as a diff and fails with."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._domain.change import (
    CHANGING,
    IDLE,
    NAMESPACE,
    NO_SUCH_NAMESPACE,
    Change,
    PlaceKind,
    PlaceResult,
    count_actions,
    titled,
)
from .._domain.cluster.namespaces import shown_names
from .._domain.masking.visible_text import visible, visible_lines
from .alike import alike

if t.TYPE_CHECKING:
    from .._domain.masking.mask import Mask

_FAILURES_IN_MESSAGE = 10
_SKIPS_IN_WARNINGS = 10

_PATHS = frozenset({"backup_file", "bin_dir", "endpoint", "path"})
"""Return values that roles hand on: they stay as they are."""

_NAMES = _PATHS.union(
    ("action", "cause", "format", "from", "kind", "pull_policy", "renewed", "secrets_from", "severity", "verdict"),
    (
        "after_header",
        "before_header",
        "id",
        "image",
        "images",
        "name",
        "namespace",
        "node",
        "nodes",
        "objects",
        "owner",
    ),
    ("group", "match_images", "mode"),
    ("previous_id", "program", "providers", "repository", "secret", "secrets", "service", "service_account", "tenant"),
)
"""Return values that hold names, paths and words of a closed set, nothing of what a secret is made of."""


@dataclass(frozen=True)
class Outcome:
    """
    What a module has to say.

    Args:
        returned: Return values beside ``changed`` and ``diff``.
        changed: Whether anything was, or in check mode would be, changed.
        diff: Before and after, a pair a namespace or file.
        failure: Why the task failed, empty when it did not.
        warnings: What the user should know.
        message: ``msg`` of a task that did not fail, one line for people.
    """

    returned: t.Mapping[str, t.Any] = field(default_factory=dict)
    changed: bool = False
    diff: t.Sequence[t.Mapping[str, t.Any]] = ()
    failure: str = ""
    warnings: t.Sequence[str] = ()
    message: str = ""


_FOUND_NAMES = frozenset({"email", "registry", "username"})
"""Names that others gave: somebody's password may be equal to one, but is no part of one."""


class Shown:
    """
    What may be seen of an outcome: without secrets, and without what moves the cursor or forges a line.

    Args:
        mask: Hides what is secret.
    """

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._known: dict[str, str] = {}

    def text(self, text: str) -> str:
        """A message, in one line."""
        return visible(self._hidden(text))

    def result(self, value: t.Any, key: str = "") -> t.Any:
        """Return values; ``key`` is what the value is found by."""
        if isinstance(value, dict):
            return {
                visible(name) if isinstance(name, str) else name: self.result(each, name)
                for name, each in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.result(each, key) for each in value]
        if not isinstance(value, str) or key in _PATHS:
            return value
        if key in ("before", "after"):
            return visible_lines(self._hidden(value))
        is_name = key in _NAMES or (key in _FOUND_NAMES and self._mask.is_secret(value))
        return visible(value) if is_name else self.text(value)

    def _hidden(self, text: str) -> str:
        """A thousand namespaces say the same."""
        if text not in self._known:
            self._known[text] = self._mask.hide_in_own(text)
        return self._known[text]


def counted(number: int, noun: str) -> str:
    """Such as ``1 node`` and ``2 nodes``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def summary_line(subject: str, counts: t.Mapping[str, int]) -> str:
    """
    A result in one line, such as ``Secret regcred: 298 updated, 1 failed``.

    Args:
        subject: What it is about.
        counts: How many by action; those about which nothing had to be done count where there are no others.
    """
    busy = [f"{count} {action}" for action, count in counts.items() if count and action not in IDLE]
    if busy:
        return f"{subject}: {', '.join(busy)}"
    idle = [f"{count} {action}" for action, count in counts.items() if count]
    return f"{subject}: nothing to do{': ' if idle else ''}{', '.join(idle)}"


def outcome_of(
    results: t.Sequence[PlaceResult],
    warnings: t.Sequence[str] = (),
    *,
    subject: str,
    kind: PlaceKind = NAMESPACE,
    with_all_rows: bool = False,
    **returned: t.Any,
) -> Outcome:
    """
    The outcome of a module that works on many places.

    Args:
        results: One a place.
        warnings: What the user should know.
        subject: What is kept in them, such as ``Secret regcred``.
        kind: What they are.
        with_all_rows: Whether a failure has the rows of others than those that failed.
        returned: Further return values.
    """
    rows = [_row(result) for result in shown_results(results, with_all_rows=with_all_rows)]
    counts = count_actions(results, kind)
    message = summary_line(subject, counts)
    failed = [(result.name, result.reason) for result in results if result.action == "failed"]
    return Outcome(
        returned={f"{kind.name}s": rows, "summary": counts, **returned},
        changed=any(result.is_changed for result in results),
        diff=_diff([result for result in results if result.is_changed]),
        failure=told_failures(kind.name, failed, len(results), message),
        warnings=[*warnings, *(_skipped(results) if kind == NAMESPACE else ())],
        message=message,
    )


def shown_results(results: t.Sequence[PlaceResult], *, with_all_rows: bool) -> list[PlaceResult]:
    """Those that have a row: where some failed, they alone unless all are asked for; else all that are not unchanged."""
    failed = [result for result in results if result.action == "failed"]
    return failed if failed and not with_all_rows else [result for result in results if result.action != "unchanged"]


def _skipped(results: t.Iterable[PlaceResult]) -> list[str]:
    """A warning for each reason why something was left alone: rows show with ``-v`` alone, and a green run looks as if all was done."""
    places: dict[str, list[str]] = {}
    for result in results:
        for reason in result.reasons_to_skip:
            if reason != NO_SUCH_NAMESPACE:  # which has a warning of its own
                places.setdefault(reason, []).append(result.name)
    told = [
        f"namespace{'s' if len(names) > 1 else ''} {shown_names(names)}: skipped: {reason}"
        for reason, names in list(places.items())[:_SKIPS_IN_WARNINGS]
    ]
    more = len(places) - len(told)
    return [*told, *([f"namespaces: skipped for {more} more reasons, see namespaces in the result"] if more else [])]


def outcome_of_file(
    change: Change, warnings: t.Sequence[str] = (), *, beside: t.Sequence[Change] = (), **returned: t.Any
) -> Outcome:
    """
    The outcome of a module that works on a file of the node.

    Args:
        change: What became of the file.
        warnings: What the user should know.
        beside: What became of others that it needs.
        returned: Told beside that.
    """
    diff = [_file_diff(each) for each in (*beside, change) if each.action in CHANGING]
    message = f"{change.kind} {change.name}: {change.action}{': ' if change.reason else ''}{change.reason}"
    if change.action == "unchanged":
        message = f"{change.kind} {change.name}: nothing to do"
    return Outcome({"action": change.action, **returned}, bool(diff), diff, warnings=warnings, message=message)


def _file_diff(change: Change) -> dict[str, str]:
    return {
        "before_header": change.name,
        "after_header": change.name,
        "before": "".join(f"{line}\n" for line in _lines(change.before, indent="")),
        "after": "".join(f"{line}\n" for line in _lines(change.after, indent="")),
    }


def _row(result: PlaceResult) -> dict[str, t.Any]:
    kind = result.kind
    tenant = {"tenant": result.tenant} if result.tenant else {}
    row: dict[str, t.Any] = {**tenant, kind.name: result.name, "action": result.action, "reason": result.reason}
    if kind.parts:
        row[kind.parts] = [
            {change.kind: change.name, "action": change.action, "reason": change.reason} for change in result.changes
        ]
    for change in result.changes:
        row.update(change.facts)
    return row


def _diff(results: t.Sequence[PlaceResult]) -> list[dict[str, str]]:
    """Places with the same diff are one hunk."""
    pairs = alike((result.name, _THEN.join(_before_and_after(result))) for result in results)
    hunks = []
    for places, pair in pairs:
        header = _header([results[index] for index in places])
        before, _then, after = pair.partition(_THEN)
        hunks.append({"before_header": header, "after_header": header, "before": before, "after": after})
    return hunks


def _before_and_after(result: PlaceResult) -> tuple[str, str]:
    if result.kind.parts:  # what it holds
        before = [change for change in result.changes if change.action == "unchanged"]
        after = [change for change in result.changes if change.action != "failed"]
        return _names(before), _names(after)
    changed = [change for change in result.changes if change.is_changed]
    return (
        "".join(_shown(change.title, change.before) for change in changed),
        "".join(_shown(change.title, change.after) for change in changed),
    )


def _names(changes: t.Iterable[Change]) -> str:
    return "".join(f"{visible(change.title)}\n" for change in changes)


_THEN = "\0"
"""Between before and after; there is none in either, since whatever cannot be seen is an escape."""


def _header(results: t.Sequence[PlaceResult]) -> str:
    """Whose diff it is."""
    kind, tenant = results[0].kind.name, results[0].tenant
    if any(result.tenant != tenant for result in results):
        return _places(kind, [f"{result.name} of tenant {result.tenant}" for result in results])
    return f"{f'tenant {tenant}: ' if tenant else ''}{_places(kind, [result.name for result in results])}"


def _places(kind: str, names: t.Sequence[str]) -> str:
    return f"{len(names)} {kind}s ({shown_names(names)})" if names[1:] else titled(kind, names[0])


def _shown(title: str, view: t.Mapping[str, t.Any]) -> str:
    """An object as indented lines; nothing for an object that is not there."""
    return "".join(f"{line}\n" for line in (title, *_lines(view, indent="  "))) if view else ""


def _lines(view: t.Mapping[str, t.Any], indent: str) -> t.Iterator[str]:
    for key, value in view.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{visible(key)}:"
            yield from _lines(value, indent + "  ")
        elif value:
            yield visible(f"{indent}{key}: {', '.join(value) if isinstance(value, list) else value}")


def told_failures(kind: str, failed: t.Sequence[tuple[str, str]], total: int, summary: str) -> str:
    """
    What a task fails with, empty when nothing failed.

    Args:
        kind: Such as ``namespace``; its plural is the return value that has them all.
        failed: Names and reasons.
        total: How many there were.
        summary: What became of all of them, in one line.
    """
    if not failed:
        return ""
    reasons = alike(failed)
    told = [
        f"{_places(kind, [failed[index][0] for index in places])}: {reason}"
        for places, reason in reasons[:_FAILURES_IN_MESSAGE]
    ]
    more = sum(len(places) for places, _reason in reasons[_FAILURES_IN_MESSAGE:])
    told += [f"and {more} more, see {kind}s"] if more else []
    return f"{len(failed)} of {total} {kind}s failed. " + " | ".join([*told, summary])
