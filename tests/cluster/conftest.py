"""The tests of the cluster in a box use its own fixtures."""

from tests.cluster.pytest_plugin import cluster, namespace, node, possible_node, registry

__all__ = ["cluster", "namespace", "node", "possible_node", "registry"]
