"""The kubelets that are asked, and for how many cases."""

from __future__ import annotations

import contextlib
import os
import random
import typing as t

import pytest

from tests.cluster.binaries import RELEASES
from tests.environment.matrix import SLOW
from tests.oracle.answerer import Answerer, kubelet

IS_LONG: t.Final = bool(os.environ.get(SLOW))
"""In ``make test-matrix``."""
CASES: t.Final = 200_000 if IS_LONG else 3_000
CASES_AT_ONCE: t.Final = 5_000
"""Hypothesis remembers all cases of a search."""
SEED: t.Final = "new" if IS_LONG else "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    """What can be asked for with ``make oracle ARGS=...``."""
    parser.addoption("--cases", type=int, default=CASES, help=f"how many generated cases (default {CASES})")
    parser.addoption("--seed", default=SEED, help=f"the seed of the first {CASES_AT_ONCE}, or new (default {SEED})")
    parser.addoption(
        "--release",
        action="append",
        choices=RELEASES,
        help="of Kubernetes, repeatable (default: the newest; all in test-matrix)",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes ``seed`` and ``count`` runs once for each part of the cases."""
    if "seed" in metafunc.fixturenames:
        asked, cases = metafunc.config.getoption("--seed"), metafunc.config.getoption("--cases")
        first = random.SystemRandom().randrange(1_000_000) if asked == "new" else int(asked)
        counts = [min(CASES_AT_ONCE, cases - start) for start in range(0, cases, CASES_AT_ONCE)]
        metafunc.parametrize(("seed", "count"), [(first + number, count) for number, count in enumerate(counts)])


@pytest.fixture(scope="session")
def kubelets(request: pytest.FixtureRequest) -> t.Iterator[list[Answerer]]:
    """The code of the kubelets that are asked, built now if it was not before."""
    with contextlib.ExitStack() as stack:
        releases = request.config.getoption("--release") or RELEASES[: None if IS_LONG else 1]
        yield [stack.enter_context(kubelet(release)) for release in releases]
