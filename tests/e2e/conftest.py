"""What the tests of the whole way share: a cluster, and the modules run by its administrator."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.pytest_plugin import cluster, namespace, node, possible_node, registry
from tests.e2e.login_programs import prepare
from tests.e2e.module_runs import Modules, serve_modules
from tests.environment.packages import NotInstallable
from tests.unit.conftest import COLLECTION

if t.TYPE_CHECKING:
    from pathlib import Path

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


@pytest.fixture(scope="session")
def programs(request: pytest.FixtureRequest) -> t.Mapping[str, Path]:
    """The programs that log in to registries, installed and built, which can take minutes and has to be seen to do something."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        try:
            return prepare()
        except NotInstallable as error:
            pytest.skip(str(error))
