"""Links on many ServiceAccounts."""

from __future__ import annotations

import pytest

from tests.unit.fake_world import FakeWorld
from tests.unit.scenarios import Scenario, scenarios

SCENARIOS = scenarios("service_account_links")


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_scenario(scenario: Scenario) -> None:
    """What a scenario promises holds on the server in memory."""
    scenario(FakeWorld())
