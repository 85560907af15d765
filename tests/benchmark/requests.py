"""How many requests the API server got from the user of the benchmark, by its own count."""

from __future__ import annotations

import re
import typing as t

from tests.cluster.users import rule

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.cluster import Cluster

USER: t.Final = "benchmark"
HOME: t.Final = "default"
_FLOW: t.Final = "flowcontrol.apiserver.k8s.io/v1"
_COUNT: t.Final = re.compile(
    rf'^apiserver_flowcontrol_dispatched_requests_total{{flow_schema="{USER}",[^}}]*}} (\S+)$', re.MULTILINE
)


def make_user(cluster: Cluster) -> Path:
    """
    A user who may do everything, whose requests are counted apart from those of controllers.

    They are counted by a FlowSchema of the user's own, and wait for nobody, as an administrator's.

    Returns:
        The path of the user's kubeconfig.
    """
    kubeconfig = cluster.token_user(USER, rules=[rule(["*"], ["*"], api_group="*")], home=HOME)
    account = {"kind": "ServiceAccount", "serviceAccount": {"name": USER, "namespace": HOME}}
    everything = {
        "resourceRules": [
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"], "clusterScope": True, "namespaces": ["*"]}
        ],
        "nonResourceRules": [{"nonResourceURLs": ["*"], "verbs": ["*"]}],
    }
    cluster.client.apply(
        {
            "apiVersion": _FLOW,
            "kind": "FlowSchema",
            "metadata": {"name": USER},
            "spec": {
                "priorityLevelConfiguration": {"name": "exempt"},
                "matchingPrecedence": 10,
                "rules": [{"subjects": [account], **everything}],
            },
        }
    )
    return kubeconfig


def requests_so_far(cluster: Cluster) -> int:
    """The number of requests that the user has made."""
    text = cluster.client.get("/metrics")["text"]
    return sum(int(float(count)) for count in _COUNT.findall(text))
