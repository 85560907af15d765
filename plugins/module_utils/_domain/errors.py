# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this collection raises: one base class, so that one place can turn it into a failed task."""

from __future__ import annotations

import traceback
from pathlib import PurePath


class RegcredError(Exception):
    """Base of all errors that are raised on purpose; its text is fit to be shown and holds no secret."""


class InvalidInput(RegcredError):
    """
    What the user declared cannot work.

    Args:
        where: The object or option, such as ``registries[0].username``.
        problem: What is wrong with it.
        cure: What to write or do instead.
    """

    def __init__(self, where: str, problem: str, cure: str) -> None:
        super().__init__(f"{where}: {problem}; {cure}")
        self.where = where
        self.problem = problem
        self.cure = cure


def unforeseen(error: Exception) -> str:
    """Type and place of an error that nobody foresaw; its text could hold anything, and is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({PurePath(frames[-1].filename).name}, line {frames[-1].lineno}, in {frames[-1].name})" if frames else ""
    return f"Unexpected {type(error).__name__}{place}; this is a mistake in regcred.kubernetes, please report it"
