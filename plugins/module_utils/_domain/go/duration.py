# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Durations such as ``12h`` or ``1h30m``, as Go reads them.

Source: ``time.ParseDuration``. There is no unit for a day, and but for ``0`` a number without a unit is no duration.
"""

from __future__ import annotations

import re
from fractions import Fraction

_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_PART = re.compile(rf"({_NUMBER})(ns|us|µs|μs|ms|s|m|h)")
_DURATION = re.compile(rf"[-+]?(?:0|(?:{_NUMBER}(?:ns|us|µs|μs|ms|s|m|h))+)")
_NANOSECONDS = {
    "ns": 1,
    **dict.fromkeys(("us", "µs", "μs"), 10**3),
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_LONGEST = 2**63


def parse_duration(text: str) -> int | None:
    """Nanoseconds; ``None`` for what is no duration, or longer than Go can hold."""
    if _DURATION.fullmatch(text) is None:
        return None
    parts = (Fraction(_whole(number)) * _NANOSECONDS[unit] for number, unit in _PART.findall(text))
    nanoseconds = sum(int(part) for part in parts)
    negative = text.startswith("-")
    if nanoseconds > (_LONGEST if negative else _LONGEST - 1):
        return None
    return -nanoseconds if negative else nanoseconds


def _whole(number: str) -> str:
    """``.5`` and ``5.`` as Python reads them."""
    before, _point, after = number.partition(".")
    return f"{before or 0}.{after or 0}"
