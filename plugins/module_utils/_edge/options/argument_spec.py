# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Options that several modules share, with the rules between them and what each takes: which numbers, and no contents for a path.

People give a file's contents where its path is wanted; those are registered as a secret before they are refused.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._domain.errors import InvalidInput
from ..._domain.shown_names import check_path, is_path
from ..secrets import SecretRegister

DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Bounds:
    """
    The numbers that an option takes.

    Attributes:
        least: The smallest of them.
        most: The largest; ``None`` where there is none.
        unit: What is counted, such as ``seconds``; empty where the option's name says it.
        above: Whether ``least`` itself is too small, as 0 for a time.
    """

    least: int
    most: int | None = None
    unit: str = ""
    above: bool = False

    def __str__(self) -> str:
        if self.above:
            numbers = f"more than {self.least}" + ("" if self.most is None else f" and at most {self.most}")
        else:
            numbers = f"{self.least} or more" if self.most is None else f"{self.least} to {self.most}"
        return f"{numbers} {self.unit}".rstrip()

    def check(self, option: str, number: float) -> None:
        """
        Refuse a number outside; NaN is outside.

        Raises:
            InvalidInput: naming option, number and bounds.
        """
        enough = number > self.least if self.above else number >= self.least
        if not enough or not (self.most is None or number <= self.most):
            raise InvalidInput(option, f"{number:.12g} is out of range", f"use {self}")


AT_ONCE = Bounds(1, 32)
SECONDS = Bounds(1, DAY, "seconds")
SECONDS_OR_NONE = Bounds(0, DAY, "seconds")
"""For a wait that may be left out."""
LIMIT = Bounds(0)


def check_bounds(bounds: t.Mapping[str, Bounds], params: t.Mapping[str, t.Any]) -> None:
    """
    Refuse the first option whose number is out of its bounds; an option that is not given is left alone.

    Raises:
        InvalidInput: naming option, number and bounds.
    """
    for option, allowed in bounds.items():
        if params.get(option) is not None:
            allowed.check(option, params[option])


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


def path_option(params: t.Mapping[str, t.Any], name: str, secrets: SecretRegister, *, where: str = "") -> str:
    """
    The path that an option holds, empty when it is not given. What is no path is registered as a secret.

    Args:
        name: Which of them.
        where: How messages call it, where that is not its name.

    Raises:
        InvalidInput: It is no path; without what it is.
    """
    given = params.get(name)
    if given is None or given == "":
        return ""
    if not is_path(given):
        secrets.add(str(given))
    return check_path(given, where=where or name)
