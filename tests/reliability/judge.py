"""Whether a report is true, and whether a secret is in it."""

from __future__ import annotations

import html
import json
import typing as t
import urllib.parse

from tests.e2e.secret_forms import forms_of, found_in
from tests.reliability.declarations import Declaration, ours

if t.TYPE_CHECKING:
    from tests.e2e.module_runs import ModuleRun
    from tests.reliability.foreign import NamespaceState

    States: t.TypeAlias = t.Mapping[str, NamespaceState]

CHANGING: t.Final = ("created", "updated", "deleted")


def untrue_rows(declaration: Declaration, run: ModuleRun, before: States, after: States) -> list[str]:
    """
    What the report says and the server's objects do not, a line each.

    A row that failed may leave open what became of its namespace; every other row, and one that is not there, says what is.
    """
    if "namespaces" not in run.result:
        moved = [name for name in declaration.namespaces if ours(before[name]) != ours(after[name])]
        lines = [f"{name}: was changed, and the report has no rows: {run.message}" for name in moved]
        return lines if run.failed else [*lines, f"it did not fail, and has no rows: {sorted(run.result)}"]
    actions = run.actions
    lines = [
        f"{name}: {problem} (reported: {actions.get(name, 'unchanged')}: {run.reasons.get(name, '')})"
        for name in declaration.namespaces
        for problem in _untrue(declaration, actions.get(name, "unchanged"), before[name], after[name])
    ]
    is_changed = any(action in CHANGING for action in actions.values())
    # A namespace that failed half-way: it was made, and the Secret could not be, say.
    is_partly_changed = any(
        actions.get(name) == "failed" and ours(before[name]) != ours(after[name]) for name in declaration.namespaces
    )
    if run.changed != is_changed and not (run.changed and is_partly_changed):
        lines.append(f"changed is {run.changed}, and the rows are {actions}")
    if run.failed != ("failed" in actions.values()):
        lines.append(f"failed is {run.failed}, and the rows are {actions}: {run.message}")
    lines += _miscounted(declaration, run)
    return lines


def _untrue(declaration: Declaration, action: str, before: NamespaceState, after: NamespaceState) -> list[str]:
    if action == "failed":
        return []
    is_changed = ours(before) != ours(after)
    problems = [] if action == "skipped" else list(declaration.wanted(after))
    if is_changed and action not in CHANGING:
        problems.append("was changed")
    if not is_changed and action in CHANGING:
        problems.append("was not changed")
    return problems


def _miscounted(declaration: Declaration, run: ModuleRun) -> list[str]:
    summary = {name: count for name, count in run.result["summary"].items() if count}
    rows = list(run.actions.values())
    counted = {action: rows.count(action) for action in set(rows)}
    unchanged = len(declaration.namespaces) - len(rows)
    expected = {**counted, **({"unchanged": unchanged} if unchanged else {})}
    return [] if summary == expected else [f"the summary is {summary}, and the rows make {expected}"]


def all_forms(secrets: t.Iterable[str]) -> frozenset[str]:
    """Each secret in every form, those of URLs and of HTML as well."""
    forms: set[str] = set()
    for secret in secrets:
        escaped = json.dumps(secret)[1:-1]
        for text in (secret, escaped, secret.encode("unicode_escape").decode()):
            forms |= {text, urllib.parse.quote(text, safe=""), urllib.parse.quote_plus(text), html.escape(text)}
        forms |= {escaped.upper(), *forms_of(secret)} if "\\u" in escaped else forms_of(secret)
    return frozenset(forms)


def leaks(run: ModuleRun, forms: t.Iterable[str]) -> list[str]:
    """A place of a result in which a secret stands, if there is one: the others would only repeat it in other forms."""
    known = frozenset(forms)
    texts = (json.dumps(run.result, ensure_ascii=False), json.dumps(run.result))
    places = [place for text in texts for place in found_in(text, known)]
    return places[:1]
