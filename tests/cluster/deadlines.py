"""Deadlines of tests are for what hangs, never for what is slow: a loaded machine takes its time."""

from __future__ import annotations

import time
import typing as t

from tests.cluster.errors import StartTimeout

HANGS_AFTER_SECONDS: t.Final = 300
POLL_SECONDS: t.Final = 0.05


def wait_for(is_true: t.Callable[[], object], what: object) -> None:
    """
    Wait for something that comes soon, or never.

    Args:
        is_true: Asked again and again.
        what: What has not come about, for the message; written then, so that it may be a mapping that `is_true` fills.

    Raises:
        StartTimeout: It has not come about in five minutes.
    """
    deadline = time.monotonic() + HANGS_AFTER_SECONDS
    while not is_true():
        if time.monotonic() > deadline:
            raise StartTimeout(f"{what} ({HANGS_AFTER_SECONDS} s)")
        time.sleep(POLL_SECONDS)
