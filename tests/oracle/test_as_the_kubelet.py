"""The kubelet's own code answers as ours does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.answerer import Answerer
from tests.oracle.compare import VECTORS, difference, wrong_vectors


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vectors(path: Path, kubelets: list[Answerer]) -> None:
    """What unit tests take for a kubelet's answer is one."""
    assert {kubelet.name: wrong_vectors(kubelet, path) for kubelet in kubelets} == {
        kubelet.name: [] for kubelet in kubelets
    }


def test_generated_cases(seed: int, count: int, kubelets: list[Answerer]) -> None:
    """No case is answered differently."""
    found = difference(kubelets, count, seed)

    assert not found, found
