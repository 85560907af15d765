"""A cluster with a proxy before it, the modules behind that, and the summary of what was done to both."""

from __future__ import annotations

import json
import os
import random
import typing as t

import pytest

from tests.cluster.client import tls_context
from tests.cluster.cluster import Cluster
from tests.cluster.kubeconfig import Access
from tests.cluster.pytest_plugin import cluster, namespace
from tests.cluster.users import rule
from tests.e2e.module_runs import serve_modules
from tests.environment.matrix import SLOW
from tests.reliability.fault_proxy import Proxy, Upstream, start_proxy
from tests.reliability.killed_server import KilledServer
from tests.reliability.ledger import Ledger
from tests.reliability.rounds import Box

__all__ = ["cluster", "namespace"]

LEDGER: t.Final = pytest.StashKey[Ledger]()
IS_LONG: t.Final = bool(os.environ.get(SLOW))
"""Once for each release of Kubernetes, in ``make test-matrix``."""
ROUNDS: t.Final = 20 if IS_LONG else 3
SEED: t.Final = "new" if IS_LONG else "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    """What can be asked for with ``make reliability ARGS=...``."""
    parser.addoption("--seed", default=SEED, help=f"the seed of the first round, or new (default {SEED})")
    parser.addoption("--rounds", type=int, default=ROUNDS, help=f"how many rounds of random faults (default {ROUNDS})")


def pytest_configure(config: pytest.Config) -> None:
    """Open the ledger."""
    config.stash[LEDGER] = Ledger()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a ``seed`` runs once a round."""
    if "seed" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--seed")
        first = random.SystemRandom().randrange(1_000_000) if asked == "new" else int(asked)
        metafunc.parametrize("seed", range(first, first + metafunc.config.getoption("--rounds")))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What was injected, looked at and found."""
    ledger = config.stash[LEDGER]
    if not ledger.is_empty():
        terminalreporter.section("reliability")
        for line in ledger.lines():
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """Of this session."""
    return request.config.stash[LEDGER]


@pytest.fixture(scope="session")
def proxy(cluster: Cluster) -> t.Iterator[Proxy]:
    """Before the cluster's API server; it brings no credential of its own."""
    access = Access(cluster.server, cluster.access.authority)
    with start_proxy(Upstream(cluster.server, tls_context(access))) as started:
        yield started


@pytest.fixture(scope="session")
def box(cluster: Cluster, proxy: Proxy, ledger: Ledger) -> t.Iterator[Box]:
    """The modules behind the proxy, run by somebody who may do everything."""
    everything = rule(["*"], ["*"], api_group="*")
    kubeconfig = cluster.token_user("reliability", rules=[everything], seconds=86_400)
    token = json.loads(kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]["token"]
    killed = KilledServer(cluster) if cluster.is_ours else None
    with serve_modules() as modules:
        yield Box(cluster, proxy, modules, token, killed, ledger)
    if killed:
        ledger.count("API server killed", killed.kills)
