# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a JSON text is laid out, so that a change of it leaves the rest as its owner wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .json import Json, render_json

_BEGIN = re.compile(r'\s*\{(?P<first>\s*)"(?:[^"\\]|\\.)*"(?P<colon>\s*:\s*)', re.DOTALL)
_COMMA = re.compile(r"[,}\]](?P<blanks>[ ]*)\"")


@dataclass(frozen=True)
class Layout:
    """
    A layout.

    Attributes:
        indent: A level's blanks, each member on a line of its own; ``None`` for all on one line.
        separators: What follows a member, and a name.
        end: What follows the last brace.
    """

    indent: str | None
    separators: tuple[str, str]
    end: str = ""

    def render(self, value: Json) -> str:
        """``value`` as JSON in this layout."""
        return render_json(value, indent=self.indent, separators=self.separators) + self.end


TABS = Layout("\t", (",", ": "))
"""As docker and podman write."""


def layout_of(text: str) -> Layout:
    """The layout of a JSON object, as its first members show it; one that has none gets ``TABS``."""
    end = text[len(text.rstrip()) :]
    begin = _BEGIN.match(text)
    if begin is None:
        return Layout(TABS.indent, TABS.separators, end)
    blanks, colon = begin.group("first"), begin.group("colon")
    if "\n" in blanks:
        return Layout(blanks.rpartition("\n")[2], (",", colon), end)
    comma = _COMMA.search(text, begin.end())
    space = comma.group("blanks") if comma else colon.partition(":")[2]
    return Layout(None, ("," + space, colon), end)
