# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose an object is: the two labels by which a declaration knows what it made, and leaves alone what it did not."""

from __future__ import annotations

import typing as t

MANAGED_BY = "app.kubernetes.io/managed-by"
OWNER = "regcred.kubernetes/owner"
MANAGER = "regcred.kubernetes"


def ownership_labels(owner: str) -> dict[str, str]:
    """The labels on everything that a declaration with this owner makes."""
    return {MANAGED_BY: MANAGER, OWNER: owner}


def owner_of(labels: t.Mapping[str, str]) -> str | None:
    """The declaration that owns an object with these labels, ``None`` when it is not managed by this collection."""
    return labels.get(OWNER) if labels.get(MANAGED_BY) == MANAGER else None


def ownership_selector(owner: str) -> str:
    """The label selector that finds everything of an owner."""
    return ",".join(f"{label}={value}" for label, value in ownership_labels(owner).items())
