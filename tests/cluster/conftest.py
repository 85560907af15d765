"""The tests of the cluster in a box use its own fixtures."""

from __future__ import annotations

import signal
import typing as t

import pytest

from tests.cluster.pytest_plugin import cluster, namespace, node, possible_node, registry

__all__ = ["cluster", "namespace", "node", "possible_node", "registry"]


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> t.Iterator[None]:
    """Ctrl-C works: a shell that starts something in the background has it, and all that it starts, ignore that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
