# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many names in a message: the first few, and how many others there are."""

from __future__ import annotations

import typing as t


def shown_names(names: t.Sequence[str], most: int = 10) -> str:
    """Such as ``a, b and 3 more``."""
    return " ".join([", ".join(names[:most]), *and_more(len(names) - most)])


def and_more(number: int, noun: str = "", *, see: str = "") -> list[str]:
    """
    Such as ``and 3 more, see namespaces``, to be put after what is shown.

    Args:
        number: How many are not shown.
        noun: Of what.
        see: The return value that has them all.

    Returns:
        Empty where all are shown.
    """
    return [f"and {number} more{f' {noun}' if noun else ''}{f', see {see}' if see else ''}"] if number > 0 else []
