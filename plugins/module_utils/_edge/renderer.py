# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the results of places to what a module returns, shows as a diff, warns of and fails with: the same for every kind of place."""

from __future__ import annotations

import re
import typing as t

from .._domain.change import FILE, IDLE, NAMESPACE, NO_SUCH_NAMESPACE, Change, PlaceKind, PlaceResult, count_actions
from .._domain.masking.visible_text import visible
from .._domain.shown_names import and_more, shown_names
from .options.argument_spec import ArgumentSpec
from .result import Outcome

ROWS_SPEC = ArgumentSpec({"rows_on_failure": {"type": "str", "choices": ["failed", "all"], "default": "failed"}})
"""Which rows a failed task returns: those that failed, or all that are not unchanged."""

_NAMES_IN_HEADER = 5
_REASONS_IN_MESSAGE = 10
_NAMES_IN_MESSAGE = 10
_SKIPS_IN_WARNINGS = 10


def outcome_of(
    results: t.Sequence[PlaceResult],
    warnings: t.Sequence[str] = (),
    *,
    subject: str,
    kind: PlaceKind = NAMESPACE,
    rows_on_failure: str = "failed",
    object_rows: t.Mapping[str, str] | None = None,
    **returned: t.Any,
) -> Outcome:
    """
    The outcome of a module that works on many places.

    Args:
        results: One a place.
        warnings: What the user should know.
        subject: What is kept in them, such as ``Secret regcred``.
        kind: What they are.
        rows_on_failure: The option of ``ROWS_SPEC``.
        object_rows: Return values with a row for each object of a kind in them, by name.
        returned: Further return values.
    """
    failed = [result for result in results if result.action == "failed"]
    shown = (
        failed
        if failed and rows_on_failure == "failed"
        else [result for result in results if result.action != "unchanged"]
    )
    counts = count_actions(results, kind)
    message = summary_line(subject, counts)
    reasons = failure_reasons(kind, [(result.name, result.reason) for result in failed])
    objects = {
        name: [row for result in shown for row in _object_rows(result, object_kind)]
        for name, object_kind in (object_rows or {}).items()
    }
    return Outcome(
        returned={f"{kind.name}s": [_row(result) for result in shown], "summary": counts, **objects, **returned},
        changed=any(result.is_changed for result in results),
        diff=_diff(results),
        failure=f"{len(failed)} of {len(results)} {kind.name}s failed. {' | '.join([*reasons, message])}"
        if failed
        else "",
        warnings=[*warnings, *_skip_warnings(kind, results), *_loss_warnings(kind, results)],
        message=message,
    )


def outcome_of_file(
    change: Change,
    warnings: t.Sequence[str] = (),
    *,
    beside: t.Sequence[Change] = (),
    when_changed: str = "",
    **returned: t.Any,
) -> Outcome:
    """
    The outcome of a module that works on a file of the node, which is all that its result is about.

    Args:
        change: What became of the file.
        warnings: What the user should know.
        beside: What became of other files that it needs.
        when_changed: What people should know of a change, such as when it counts.
        returned: Further return values.
    """
    results = [PlaceResult(each.name, (each,), kind=FILE) for each in (*beside, change)]
    what = "nothing to do" if change.action in IDLE else ": ".join(filter(None, (change.action, change.reason)))
    return Outcome(
        {"action": change.action, **returned},
        changed=any(result.is_changed for result in results),
        diff=_diff(results),
        warnings=warnings,
        message=f"{change.title}: {what}{f'; {when_changed}' if when_changed and change.is_changed else ''}",
    )


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


def failure_reasons(kind: PlaceKind, failed: t.Sequence[tuple[str, str]]) -> list[str]:
    """
    What is wrong, each reason once: with the place that it is about, or their number and the first few names.

    Args:
        kind: Such as `NAMESPACE`; its plural is the return value that has them all.
        failed: Names and reasons.
    """
    reasons = alike((Own(name), reason) for name, reason in failed)
    shown = [
        f"{_places(kind, [failed[index][0] for index in places], _NAMES_IN_MESSAGE)}: {reason}"
        for places, reason in reasons[:_REASONS_IN_MESSAGE]
    ]
    others = sum(len(places) for places, _reason in reasons[_REASONS_IN_MESSAGE:])
    return [*shown, *and_more(others, see=f"{kind.name}s")]


class ShownProblem(t.NamedTuple):
    """
    What is wrong with an object, with what people are to see of it.

    Attributes:
        severity: Such as ``error``.
        kind: Of the object.
        name: Of the object, with its namespace.
        message: What is wrong, and what to do.
        image: Which image it is about, if any.
    """

    severity: str
    kind: str
    name: str
    message: str
    image: str = ""


def problem_lines(problems: t.Sequence[ShownProblem]) -> list[str]:
    """
    A line for each cause, in the order of the problems, with the objects that share it.

    Such as ``warning: 3 Secrets (team-a/regcred, team-b/regcred, team-c/regcred): holds no credential; give it one``.
    """
    causes = alike((Own(each.name), _THEN.join((each.severity, each.kind, each.message))) for each in problems)
    lines = []
    for places, cause in causes:
        severity, kind, text = cause.split(_THEN)
        names = list(dict.fromkeys(problems[index].name for index in places))
        images = list(dict.fromkeys(filter(None, (problems[index].image for index in places))))
        whose = f"{len(names)} {kind}s ({shown_names(names, _NAMES_IN_HEADER)})" if names[1:] else f"{kind} {names[0]}"
        about = f" ({shown_names(images, _NAMES_IN_HEADER)})" if images else ""
        lines.append(visible(f"{severity}: {whose}{about}: {text}"))
    return lines


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


def _object_rows(result: PlaceResult, object_kind: str) -> t.Iterator[dict[str, str]]:
    for change in result.changes:
        if change.kind == object_kind and change.action not in IDLE:
            place = {result.kind.name: result.name, "name": change.name}
            yield {**place, "action": change.action, "reason": change.reason}


def _skip_warnings(kind: PlaceKind, results: t.Iterable[PlaceResult]) -> list[str]:
    """A warning for each reason why something was left alone: rows show with ``-v`` alone, and a green run looks as if all was done."""
    names: dict[str, list[str]] = {}
    for result in results:
        for reason in result.reasons_to_skip:
            if reason != NO_SUCH_NAMESPACE:  # which has a warning of its own
                names.setdefault(reason, []).append(result.name)
    shown = [
        f"{kind.name}{'s' if skipped[1:] else ''} {shown_names(skipped, _NAMES_IN_MESSAGE)}: skipped: {reason}"
        for reason, skipped in list(names.items())[:_SKIPS_IN_WARNINGS]
    ]
    more = len(names) - len(shown)
    return [*shown, *([f"{kind.name}s: skipped for {more} more reasons, see {kind.name}s"] if more else [])]


def _loss_warnings(kind: PlaceKind, results: t.Iterable[PlaceResult]) -> list[str]:
    """A warning for each thing that is taken away and that nobody named: an example that is tried next to another, mostly."""
    names: dict[str, list[str]] = {}
    for result in results:
        for change in result.changes if result.is_changed else ():
            for loss in change.losses:
                names.setdefault(f"{change.title}: {loss}", []).append(result.name)
    return [f"{_places(kind, places, _NAMES_IN_MESSAGE)}: {loss}" for loss, places in names.items()]


_THEN = "\0"
"""Between before and after; there is none in either, since whatever cannot be seen is an escape."""


def _diff(results: t.Iterable[PlaceResult]) -> list[dict[str, str]]:
    """Places with the same diff are one hunk."""
    changed = [result for result in results if result.is_changed]
    pairs = alike((Own(result.name, result.tenant), _THEN.join(_before_and_after(result))) for result in changed)
    hunks = []
    for places, pair in pairs:
        header = _header([changed[index] for index in places])
        before, _then, after = pair.partition(_THEN)
        hunks.append({"before_header": header, "after_header": header, "before": before, "after": after})
    return hunks


def _before_and_after(result: PlaceResult) -> tuple[str, str]:
    if result.kind.parts:  # what it holds
        before = [change for change in result.changes if change.action == "unchanged"]
        after = [change for change in result.changes if change.action != "failed"]
        return _names(before), _names(after)
    if result.kind == FILE:  # its name is the header
        (change,) = result.changes
        return _lines(change.before), _lines(change.after)
    changed = [change for change in result.changes if change.is_changed]
    return (
        "".join(_object(change.title, change.before) for change in changed),
        "".join(_object(change.title, change.after) for change in changed),
    )


def _header(results: t.Sequence[PlaceResult]) -> str:
    """Whose diff it is."""
    kind, tenant = results[0].kind, results[0].tenant
    if any(result.tenant != tenant for result in results):
        return _places(kind, [f"{result.name} of tenant {result.tenant}" for result in results], _NAMES_IN_HEADER)
    places = _places(kind, [result.name for result in results], _NAMES_IN_HEADER)
    return f"tenant {tenant}: {places}" if tenant else places


def _places(kind: PlaceKind, names: t.Sequence[str], most: int) -> str:
    if names[1:]:
        return f"{len(names)} {kind.name}s ({shown_names(names, most)})"
    return names[0] if kind.is_object else f"{kind.name} {names[0]}"


def _names(changes: t.Iterable[Change]) -> str:
    return "".join(f"{visible(change.title)}\n" for change in changes)


def _object(title: str, view: t.Mapping[str, t.Any]) -> str:
    """An object as indented lines; empty for one that is not there."""
    return f"{title}\n{_lines(view, indent='  ')}" if view else ""


def _lines(view: t.Mapping[str, t.Any], indent: str = "") -> str:
    text = ""
    for key, value in view.items():
        if isinstance(value, dict) and value:
            text += f"{indent}{visible(key)}:\n{_lines(value, indent + '  ')}"
        elif value:
            text += visible(f"{indent}{key}: {', '.join(value) if isinstance(value, list) else value}") + "\n"
    return text


class Own(t.NamedTuple):
    """The names of a place itself; where nothing but these differs, ``NAME`` and ``TENANT`` stand in a text."""

    name: str
    tenant: str = ""


class Alike(t.NamedTuple):
    """Indexes of places that have the same text, and the text."""

    places: list[int]
    text: str


def alike(texts: t.Iterable[tuple[Own, str]]) -> list[Alike]:
    """
    Put places with the same text together, in the order in which the texts first come.

    Args:
        texts: A place's names and its text.
    """
    by_text: dict[str, list[tuple[int, Own]]] = {}
    for index, (own, text) in enumerate(texts):
        by_text.setdefault(text, []).append((index, own))
    by_form: dict[str, list[Alike]] = {}
    for text, places in by_text.items():
        form = text if places[1:] else _without_names(places[0][1], text)
        by_form.setdefault(form, []).append(Alike([index for index, _own in places], text))
    return [
        same[0] if not same[1:] else Alike(sorted(index for each in same for index in each.places), form)
        for form, same in by_form.items()
    ]


def _without_names(own: Own, text: str) -> str:
    """A name itself is replaced, and no longer name that it is a part of."""
    for name, instead in ((own.name, "NAME"), (own.tenant, "TENANT")):
        if name and name in text:
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", instead, text)
    return text
