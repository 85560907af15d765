"""What operations are tested on."""

from __future__ import annotations

import pytest

from tests.unit.worlds import FakeWorld


@pytest.fixture(name="world")
def _world() -> FakeWorld:
    """An API server in memory; tests/e2e/test_operations_on_a_real_server.py has another for the same tests."""
    return FakeWorld()
