# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a run may take, and what is bound to it."""

from __future__ import annotations

import math
import threading
import time
import typing as t

from .errors import ConnectionProblem, OutOfTime

GRACE_SECONDS = 60.0
"""What a request gets in any case that ends what an earlier one began, such as the create after a delete."""

Result = t.TypeVar("Result")


class Deadline:
    """
    The end of a run; safe to share between threads.

    Args:
        seconds: How long it may take from now on, ``math.inf`` for any time.
        clock: Gives seconds since any fixed moment.
    """

    def __init__(self, seconds: float = math.inf, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def left(self, *, with_grace: bool = False) -> float:
        """Seconds that are left, 0 for none."""
        return max(self._end - self._clock(), GRACE_SECONDS if with_grace else 0.0)

    def over(self) -> OutOfTime:
        """What to raise when none are left."""
        return OutOfTime(
            f"timeout: the {self._seconds:g} s that the whole run may take are over;"
            " raise timeout, or run again: what was done stays done"
        )


def within(seconds: float, work: t.Callable[[], Result], what: str) -> Result:
    """
    The result of ``work``, which may hang: then it is left to itself, and ends with the process at the latest.

    Args:
        seconds: How long it may take.
        work: What to do, in a thread of its own.
        what: What takes too long, with what to do, such as ``kubeconfig x: its plugin does not end; run it by hand``.

    Raises:
        ConnectionProblem: It takes longer.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  # raised again below, in the thread that asked
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds if seconds < threading.TIMEOUT_MAX else None)
    if errors:
        raise errors[0]
    if not results:
        raise ConnectionProblem(what)
    return results[0]
