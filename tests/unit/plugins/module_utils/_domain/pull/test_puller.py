"""What pulls images."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.puller import (
    TEMPLATE_KINDS,
    PodSpec,
    Puller,
)


@pytest.mark.parametrize(
    ("kind", "expected"), [("Pod", True), ("", False), *((kind, False) for kind in TEMPLATE_KINDS)]
)
def test_is_admitted(kind: str, expected: bool) -> None:
    """Only of a Pod that is there the list of Secrets is final."""
    assert expected is Puller("team-a", kind, "web" if kind else "", PodSpec("default")).is_admitted
