"""The end of a run."""

from __future__ import annotations

import math
import threading

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.deadline import GRACE_SECONDS, Deadline, within
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem


def test_deadline() -> None:
    """Time runs out, is never less than none, and whoever ends what was begun gets some."""
    now = [100.0]
    deadline = Deadline(90, lambda: now[0])

    assert (deadline.left(), deadline.left(with_grace=True)) == (90, 90)
    now[0] = 150
    assert (deadline.left(), deadline.left(with_grace=True)) == (40, GRACE_SECONDS)
    now[0] = 1000
    assert (deadline.left(), deadline.left(with_grace=True)) == (0, GRACE_SECONDS)
    assert str(deadline.over()).startswith("timeout: the 90 s that the whole run may take are over; raise timeout")


def test_no_deadline() -> None:
    """Without one there is always time."""
    assert Deadline().left() == math.inf


def test_within() -> None:
    """What is done in time gives its result, and what fails its error."""

    def fail() -> None:
        raise ZeroDivisionError

    assert within(math.inf, lambda: 1, "x") == 1
    with pytest.raises(ZeroDivisionError):
        within(60, fail, "x")


def test_within_what_hangs() -> None:
    """What hangs is left to itself, and keeps no process from ending."""
    hangs = threading.Event()

    with pytest.raises(ConnectionProblem, match=r"^the plugin hangs$"):
        within(0.01, hangs.wait, "the plugin hangs")

    assert all(thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread())
    hangs.set()
