# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings: what is wrong, where, and what to do; each kind has a code that does not change."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Severity = t.Literal["error", "warning", "info"]

_ORDER: t.Sequence[Severity] = ("error", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """
    One thing that is wrong.

    Attributes:
        code: Stable, such as ``no_credential``.
        severity: ``error`` when pulls fail of it, ``warning`` when they may, ``info`` when it may be as it should.
        namespace: The namespace of that object.
        kind: Of the object that is to be changed, or that shows it.
        name: Of that object.
        message: What is wrong and what comes of it.
        cure: What to do.
        image: Which image, where it is about one.
        events: The texts of its events, where it is about a Pod that fails.
    """

    code: str
    severity: Severity
    namespace: str
    kind: str
    name: str
    message: str
    cure: str
    image: str = ""
    events: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, t.Any]:
        """A row of a module's result, with events as a list."""
        return {**self.__dict__, "events": list(self.events)}


def in_order(findings: t.Iterable[Finding]) -> list[Finding]:
    """Each finding once, the worst first."""
    return sorted(
        dict.fromkeys(findings),
        key=lambda each: (_ORDER.index(each.severity), each.namespace, each.kind, each.name, each.code, each.image),
    )
