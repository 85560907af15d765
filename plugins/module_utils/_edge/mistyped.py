# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
What is mistyped: names that nothing reads, and values on the wrong level of YAML.

Of a name in an item of a list, ansible-core's own error names neither the item nor the name that was meant. Of a mapping or a
list where text is wanted it makes text, as Python writes it, so that a password that a lookup gives with all that stands
beside it would be written to a Secret; of other values its error does not say which option has them.
"""

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
            yield called(option, index, item, noun), item


def called(option: str, index: int, item: t.Any, noun: str) -> str:
    """What an item of a list is called: by its name where there is a noun for it, such as ``tenant shop``."""
    name = item.get("name") if noun and isinstance(item, t.Mapping) else None
    is_named = isinstance(name, str) and name.strip() and name != HIDDEN
    return f"{noun} {name}" if is_named else f"{option}[{index}]"


_TEXTS = frozenset(("str", "path"))
_TEXT_CURE = "check the variable it comes from; where it is meant as JSON, add the filter to_json"


def wrong_kinds(
    given: t.Mapping[str, t.Any], spec: Spec, items: t.Mapping[str, str], place: str = ""
) -> t.Iterator[str]:
    """
    What is wrong with values as they were given, before ansible-core converts them: one sentence each, without values.

    Args:
        given: The options.
        spec: The argument spec.
        items: Lists whose items are called by their name, such as ``{"tenants": "tenant"}``.
        place: Begins what the options are called, such as ``registries[0].``.
    """
    for option, about in spec.items():
        for name in (option, *(about.get("aliases") or ())):
            yield from _wrong(given.get(name), about, place + name, items.get(option, ""))


def _wrong(value: t.Any, about: t.Mapping[str, t.Any], place: str, noun: str = "") -> t.Iterator[str]:
    kind = about.get("type") or "str"
    if kind == "list" and isinstance(value, (list, tuple)):
        member = {**about, "type": about.get("elements") or "raw"}
        for index, each in enumerate(value):
            yield from _wrong(each, member, called(place, index, each, noun))
    elif kind == "dict" and isinstance(value, t.Mapping):
        separator = ": " if " " in place else "."
        yield from wrong_kinds(value, about.get("options") or {}, {}, place + separator)
    elif kind in _TEXTS and isinstance(value, (t.Mapping, list, tuple)):
        yield f"{place}: is {_found(value)}, where text is wanted; {_TEXT_CURE}"
    elif kind == "list" and isinstance(value, t.Mapping):
        yield f"{place}: is a mapping, where a list is wanted; write a dash before each item"
    elif kind == "list" and about.get("elements") == "dict" and _is_plain(value):
        yield f"{place}: is text, where a list of mappings is wanted; write a dash before each item, and its keys with values"
    elif kind == "dict" and (isinstance(value, (list, tuple)) or _is_plain(value)):
        yield f"{place}: is {_found(value)}, where a mapping is wanted; write its keys with values"


def _found(value: t.Any) -> str:
    return "a mapping" if isinstance(value, t.Mapping) else "text" if isinstance(value, str) else "a list"


def _is_plain(value: t.Any) -> bool:
    """Whether this is text that ansible-core makes no mapping of, as it does of JSON and ``key=value``."""
    return isinstance(value, str) and not value.lstrip().startswith("{") and "=" not in value
