"""Finding credentials for images: CPU seconds, and how they grow with ten times the images, the credentials, or both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from dataclasses import dataclass

from tests.benchmark.table import aligned
from tests.benchmark.usage import BenchmarkError
from tests.environment.layout import PROJECT, collections_path

if t.TYPE_CHECKING:
    from pathlib import Path

IMAGES: t.Final = 10_000
CREDENTIALS: t.Final = 1_000
SIZES: t.Final = (
    (IMAGES, CREDENTIALS),
    (10 * IMAGES, CREDENTIALS),
    (IMAGES, 10 * CREDENTIALS),
    (10 * IMAGES, 10 * CREDENTIALS),
)
LIMIT: t.Final = 1.0
"""CPU seconds for the first of these."""

GROWTH: t.Final = 20.0
"""How many times the first may the last take; ten times is linear, and the rest is for a noisy machine."""

REPEATS: t.Final = 3
HEADINGS: t.Final = ("images", "credentials", "reading", "matching", "together", "ratio", "us an image")
NOTE: t.Final = """
CPU seconds, the best of {repeats}. reading: of Secrets with their JSON. matching: of images with their names parsed. ratio: together,
compared with the first. Of the images, {anonymous:.0%} have no credential, and the others {tried:.1f}."""


@dataclass(frozen=True)
class Matching:
    """
    What it took to find the credentials of so many images among so many.

    Attributes:
        images: How many images.
        credentials: How many credentials.
        reading: CPU seconds for the keyring.
        matching: CPU seconds for the images.
        tried: How many credentials an image has, on average.
        anonymous: The part of the images that have none.
    """

    images: int
    credentials: int
    reading: float
    matching: float
    tried: float
    anonymous: float

    @property
    def seconds(self) -> float:
        """CPU seconds in all."""
        return self.reading + self.matching


def measure() -> list[Matching]:
    """
    Measure all sizes, the best of some runs each.

    Raises:
        BenchmarkError: It failed, is too slow, or takes more than linear time.
    """
    with collections_path() as collections:
        rows = [_best(collections, images, credentials) for images, credentials in SIZES]
    first, last = rows[0], rows[-1]
    if first.seconds > LIMIT:
        raise BenchmarkError(f"{IMAGES} images and {CREDENTIALS} credentials took {first.seconds:.2f} CPU seconds")
    if last.seconds > GROWTH * first.seconds:
        raise BenchmarkError(f"ten times as much took {last.seconds / first.seconds:.1f} times as long")
    return rows


def render(rows: t.Sequence[Matching]) -> str:
    """A table, and what its columns are."""
    lines = [HEADINGS, *(_cells(row, rows[0]) for row in rows)]
    first = rows[0]
    return (
        "credentials for images\n"
        + aligned(lines)
        + NOTE.format(repeats=REPEATS, anonymous=first.anonymous, tried=first.tried / (1 - first.anonymous))
    )


def _cells(row: Matching, first: Matching) -> tuple[str, ...]:
    return (
        f"{row.images}",
        f"{row.credentials}",
        f"{row.reading:.2f}",
        f"{row.matching:.2f}",
        f"{row.seconds:.2f}",
        f"{row.seconds / first.seconds:.1f}",
        f"{row.matching / row.images * 1e6:.0f}",
    )


def _best(collections: Path, images: int, credentials: int) -> Matching:
    return min((_run(collections, images, credentials) for _unused in range(REPEATS)), key=lambda row: row.seconds)


def _run(collections: Path, images: int, credentials: int) -> Matching:
    command = [sys.executable, "-m", "tests.benchmark.matching", str(images), str(credentials)]
    environment = {**os.environ, "PYTHONPATH": str(collections)}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, check=False, text=True)
    if done.returncode:
        raise BenchmarkError(f"matching failed with status {done.returncode}:\n{done.stderr[-4000:]}")
    return Matching(**json.loads(done.stdout))
