"""From the inventory's options to the variables of hosts."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.cluster_nodes_inventory import (
    CLUSTER_OPTIONS,
    InventoryProblem,
    read_facts,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube import packages
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi
from tests.unit.fake_kubelet import make_node
from tests.unit.module_run import cluster_in_memory

pytest.importorskip("urllib3")

NOTHING = dict.fromkeys(CLUSTER_OPTIONS)


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not given comes from the environment, as for modules."""
    with cluster_in_memory(0) as cluster:
        make_node(KubeApi(cluster.world.transport, 1), "one")
        monkeypatch.setenv("K8S_AUTH_HOST", cluster.loopback.url)
        monkeypatch.setenv("K8S_AUTH_API_KEY", "hunter2")

        (facts,) = read_facts(NOTHING, label_selector="", field_selector="metadata.name=one")

        assert facts["cluster_node_name"] == "one"
        assert cluster.loopback.received[0].headers["Authorization"] == "Bearer hunter2"


def test_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package that reads configurations, the message says what to install."""
    monkeypatch.setattr(packages, "MISSING", "PyYAML")

    with pytest.raises(InventoryProblem, match="PyYAML"):
        read_facts(NOTHING, label_selector="", field_selector="")
