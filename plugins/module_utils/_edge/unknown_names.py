# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that nothing reads, and would be ignored: of keys in items of lists, of options and of variables, with the name that was meant."""

from __future__ import annotations

import difflib
import typing as t

from .._domain.errors import InvalidInput
from .._domain.masking.mask import HIDDEN

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
    The name that was probably meant: one that differs by a few letters, or goes on where ``name`` ends; empty for none.

    Args:
        prefix: What all names begin with; it does not make two of them similar. Others may have names of their own that begin
            so, and what goes on after one is similar only where it does so with another word.
    """
    rest = {each[len(prefix) :]: each for each in sorted(known)}
    written = name[len(prefix) :]
    similar = difflib.get_close_matches(written, list(rest), n=1, cutoff=_CUTOFF)
    longer = [each for each in rest if written and each.startswith(written)]  # username for user
    if prefix or len(longer) > 1:
        longer = [each for each in longer if each.startswith(f"{written}_")]
    similar += longer
    return rest[similar[0]] if similar else ""


Spec = t.Mapping[str, t.Mapping[str, t.Any]]


def unknown_keys(shown: t.Mapping[str, t.Any], spec: Spec, items: t.Mapping[str, str]) -> list[str]:
    """
    What is wrong with the keys of mappings in options: one sentence each.

    Args:
        shown: The options, with what may not be seen hidden.
        spec: The argument spec.
        items: Lists whose items are called by their name, such as ``{"tenants": "tenant"}``.
    """
    return [
        problem
        for option, about in spec.items()
        if about.get("options")
        for name in (option, *(about.get("aliases") or ()))
        for place, item in _places(name, shown.get(name), items.get(option, ""))
        for problem in unknown_in(item, about["options"], place)
    ]


def unknown_in(item: t.Mapping[str, t.Any], spec: Spec, place: str = "") -> t.Iterator[str]:
    """The same of one mapping; ``place`` is what it is called, such as ``registries[0]``, empty for all that was given."""
    where = f"{place}: " if place else ""
    known = {name for option, about in spec.items() for name in (option, *(about.get("aliases") or ()))}
    for key in map(str, item):
        if key not in known:
            cure = f"correct or remove it; there are {', '.join(sorted(known))}"
            yield str(unknown_name(key, known, where=where, problem="unknown", otherwise=cure))
    for problem in unknown_keys(item, spec, {}):
        yield f"{where}{problem}"


def _places(option: str, value: t.Any, noun: str) -> t.Iterator[tuple[str, t.Mapping[str, t.Any]]]:
    """The mappings in an option, each with what it is called."""
    if isinstance(value, t.Mapping):
        yield option, value
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, t.Mapping):
            name = item.get("name")
            called = noun and isinstance(name, str) and name.strip() and name != HIDDEN
            yield f"{noun} {name}" if called else f"{option}[{index}]", item
