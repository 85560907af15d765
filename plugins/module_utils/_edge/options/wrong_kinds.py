# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Values on the wrong level of YAML: a mapping where text is wanted, text where a mapping is wanted.

ansible-core makes text of a mapping or a list, as Python writes it, so that a password that a lookup gives with all that
stands beside it would be written to a Secret. Of other values its error does not say which option has them.
"""

from __future__ import annotations

import typing as t

from .unknown_keys import Spec, called

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
