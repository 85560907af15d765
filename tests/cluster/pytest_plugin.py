"""
Fixtures that give tests a real cluster: ``cluster`` for the session, ``namespace`` for one test.

No test is ever skipped for want of a cluster, since everything that it needs can be built.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

import pytest

from tests.cluster.binaries import find_programs
from tests.cluster.cluster import EXISTING, Cluster, start_cluster
from tests.cluster.errors import NotFound


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> t.Iterator[Cluster]:
    """A cluster that all tests of the session share; the one that ``REGCRED_KUBECONFIG`` names, if it names one."""
    if EXISTING not in os.environ:
        # A first build takes minutes, and has to be seen to do something.
        capture = request.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
            find_programs()
    with start_cluster() as started:
        yield started


@pytest.fixture
def namespace(cluster: Cluster) -> t.Iterator[str]:
    """The name of a new namespace with its default ServiceAccount; it is deleted after the test, which does not wait for that."""
    name = cluster.make_namespace()
    yield name
    with contextlib.suppress(NotFound):
        cluster.client.delete(f"/api/v1/namespaces/{name}")
