# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which numbers an option takes: stated beside its spec, checked before a module does anything."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._domain.errors import InvalidInput

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
