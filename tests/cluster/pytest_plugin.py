"""
Fixtures that give tests real ones: ``cluster``, ``node`` and ``registry`` for the session, ``namespace`` for one test.

No test is ever skipped for want of a cluster, since everything that it needs can be built. Those that take ``node`` are skipped
where none can run, with the reason.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

import pytest

from tests.cluster.binaries import CONTROL_PLANE, NODE, find_programs
from tests.cluster.cluster import EXISTING, Cluster, start_cluster
from tests.cluster.errors import NotFound
from tests.cluster.node import Node, start_node, why_no_node
from tests.cluster.registry import Registry, start_registry

HOST: t.Final = "registry.example.test"
"""The name by which the node knows the registry."""
USERS: t.Final[t.Mapping[str, str]] = {"robot": "made-up: päss {w}ord"}


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> t.Iterator[Cluster]:
    """A cluster that all tests of the session share; the one that ``REGCRED_KUBECONFIG`` names, if it names one."""
    if EXISTING not in os.environ:
        _find_visibly(request, CONTROL_PLANE)
    with start_cluster() as started:
        yield started


@pytest.fixture
def namespace(cluster: Cluster) -> t.Iterator[str]:
    """The name of a new namespace with its default ServiceAccount; it is deleted after the test, which does not wait for that."""
    name = cluster.make_namespace()
    yield name
    with contextlib.suppress(NotFound):
        cluster.client.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture(scope="session")
def possible_node(request: pytest.FixtureRequest, cluster: Cluster) -> None:
    """Skips where no node can join the cluster, with the reason; else its programs are there afterwards."""
    reason = why_no_node() if cluster.is_ours else "a node joins only a cluster that was started here"
    if reason:
        pytest.skip(reason)
    _find_visibly(request, NODE)


@pytest.fixture(scope="session")
def registry() -> t.Iterator[Registry]:
    """A registry with the users `USERS`, for the images of all tests of the session: a name a test."""
    with start_registry(USERS) as started:
        yield started


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest, cluster: Cluster, registry: Registry) -> t.Iterator[Node]:
    """
    A node that all tests of the session share, and which knows the registry as `HOST` and as ``docker.io``.

    Who changes something of it puts it back. An image that one Pod has pulled, all others may use before Kubernetes 1.35
    (KubeletEnsureSecretPulledImages), so a test takes images of its own.
    """
    request.getfixturevalue("possible_node")
    with start_node(cluster, {HOST: registry, "docker.io": registry}) as started:
        yield started


def _find_visibly(request: pytest.FixtureRequest, programs: t.Iterable[str]) -> None:
    """A first build takes minutes, and has to be seen to do something."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        find_programs(programs)
