"""When a kubelet notices that the file of its node has changed."""

from __future__ import annotations

import json

from tests.cluster.binaries import RELEASES
from tests.oracle.answerer import kubelet

FILE = json.dumps({"auths": {"quay.io": {"username": "robot", "password": "made-up"}}})


def test_kubelet_keeps_what_it_read_for_five_minutes() -> None:
    """Its keyring does not see a file that came after it was asked; one that is made anew, as by a restart, does."""
    question = {"op": "refresh", "image": "quay.io/team/app", "node_config": FILE}
    with kubelet(RELEASES[0]) as program:
        (answer,) = program.answer([json.dumps(question).encode()])

    assert answer == {"before": False, "after": False, "anew": True, "seconds": 300}
