"""What the tests of the whole way share: a cluster, and the modules run by its administrator."""

from __future__ import annotations

import typing as t

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.pytest_plugin import cluster, namespace, node, possible_node, registry
from tests.e2e.module_runs import Modules, serve_modules
from tests.unit.conftest import COLLECTION

__all__ = ["admin", "cluster", "namespace", "node", "possible_node", "registry"]


def pytest_report_header() -> str:
    """What is tested; importing its name has made it importable."""
    return f"collection: {COLLECTION}"


@pytest.fixture(scope="session")
def admin(cluster: Cluster) -> t.Iterator[Modules]:
    """The modules, run by the administrator."""
    with serve_modules(cluster.kubeconfig) as modules:
        yield modules


@pytest.fixture(scope="session")
def node_modules() -> t.Iterator[Modules]:
    """The modules, run on this machine without any cluster."""
    with serve_modules() as modules:
        yield modules
