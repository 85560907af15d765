# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys that no option has, in items of lists: ansible-core's own error names neither the item nor the key that was meant."""

from __future__ import annotations

import typing as t

from ..._domain.masking.mask import HIDDEN
from ..._domain.unknown_name import unknown_name

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


def unknown_in(item: t.Mapping[str, t.Any], spec: Spec, place: str) -> t.Iterator[str]:
    """The same of one mapping; ``place`` is what it is called, such as ``registries[0]``."""
    known = {name for option, about in spec.items() for name in (option, *(about.get("aliases") or ()))}
    for key in map(str, item):
        if key in known:
            continue
        begun = [name for name in known if name.startswith(key)]  # user for username
        if len(begun) == 1:
            yield f"{place}: {key}: unknown; did you mean {begun[0]}?"
        else:
            cure = f"correct or remove it; there are {', '.join(sorted(known))}"
            yield str(unknown_name(key, known, where=f"{place}: ", problem="unknown", otherwise=cure))
    for problem in unknown_keys(item, spec, {}):
        yield f"{place}: {problem}"


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
