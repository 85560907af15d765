# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A module that is asked to end cleans up first: signals are noted, and heeded where it waits.

Not the signal itself raises: what it raises in a callback of the interpreter's would be lost, and a thread would never see it.
"""

from __future__ import annotations

import contextlib
import signal
import time
import typing as t

_SIGNALS = ("SIGTERM", "SIGHUP")
_LOOK_SECONDS = 0.2

_asked: list[int] = []


@contextlib.contextmanager
def ends_when_asked() -> t.Iterator[None]:
    """For as long as a ``with`` lasts, SIGTERM and SIGHUP end whoever waits by the functions of this file, in any thread."""
    before = {
        name: signal.signal(getattr(signal, name), lambda number, _frame: _asked.append(number)) for name in _SIGNALS
    }
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
        _asked.clear()


def end_if_asked() -> None:
    """
    Look whether a signal has come.

    Raises:
        KeyboardInterrupt: One has.
    """
    if _asked:
        raise KeyboardInterrupt


def sleep(seconds: float) -> None:
    """
    Sleep.

    Raises:
        KeyboardInterrupt: A signal has come.
    """
    time.sleep(seconds)
    end_if_asked()


def until_next_look(seconds: float) -> float:
    """So much of a time to wait, after which it is time to look again."""
    return min(seconds, _LOOK_SECONDS)
