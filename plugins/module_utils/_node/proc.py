# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes as /proc shows them, and other files that may be gone or closed to us when they are looked at."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

PROC = Path("/proc")


def text_of(file: Path) -> str | None:
    """What is in a file; ``None`` when it cannot be read, as of a process that has ended or of another user's."""
    try:
        return file.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return None


def link_of(path: Path) -> str | None:
    """Where a link leads; ``None`` likewise."""
    try:
        return os.readlink(path)
    except OSError:
        return None


def environment_of(process: Path) -> t.Mapping[str, str] | None:
    """The variables of a process, by its folder in /proc; ``None`` likewise."""
    text = text_of(process / "environ")
    if text is None:
        return None
    pairs = (each.partition("=") for each in text.split("\0"))
    return {name: value for name, _equals, value in pairs}
