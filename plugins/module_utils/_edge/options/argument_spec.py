# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several modules share, put together without losing their cross rules."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .bounds import Bounds

Rules = t.Tuple[t.Tuple[t.Any, ...], ...]


@dataclass(frozen=True)
class ArgumentSpec:
    """
    Options and the rules between them, as ``AnsibleModule`` takes them.

    Attributes:
        options: ``argument_spec``.
        mutually_exclusive: Options of which one at most is given.
        required_one_of: Options of which one at least is given.
        required_together: Options that are given together or not at all.
        required_if: Options that another's value asks for.
        bounds: Of each option that is a number.
        items: Lists whose items messages call by their name, such as ``{"tenants": "tenant"}``.
    """

    options: t.Mapping[str, t.Any] = field(default_factory=dict)
    mutually_exclusive: Rules = ()
    required_one_of: Rules = ()
    required_together: Rules = ()
    required_if: Rules = ()
    bounds: t.Mapping[str, Bounds] = field(default_factory=dict)
    items: t.Mapping[str, str] = field(default_factory=dict)

    def __add__(self, other: ArgumentSpec) -> ArgumentSpec:
        return ArgumentSpec(
            {**self.options, **other.options},
            self.mutually_exclusive + other.mutually_exclusive,
            self.required_one_of + other.required_one_of,
            self.required_together + other.required_together,
            self.required_if + other.required_if,
            {**self.bounds, **other.bounds},
            {**self.items, **other.items},
        )

    def rules(self) -> dict[str, list[list[t.Any]]]:
        """The rules alone, as ``AnsibleModule`` takes them."""
        named = ("mutually_exclusive", "required_one_of", "required_together", "required_if")
        return {name: [list(rule) for rule in getattr(self, name)] for name in named}

    def as_suboptions(self) -> dict[str, t.Any]:
        """The same for the items of a list."""
        return {"options": dict(self.options), **self.rules()}
