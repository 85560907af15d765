"""Durations as Go reads them; which texts are none is in the vectors of credential providers."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.go.duration import parse_duration

SECOND = 10**9


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("12h", 43200 * SECOND),
        ("1h30m", 5400 * SECOND),
        ("1.5h", 5400 * SECOND),
        (".5s1us", SECOND // 2 + 1000),
        ("-2.s", -2 * SECOND),
        ("0", 0),
        ("1d", None),
    ],
)
def test_value(text: str, nanoseconds: int | None) -> None:
    """All parts are added, and fractions count."""
    assert parse_duration(text) == nanoseconds
