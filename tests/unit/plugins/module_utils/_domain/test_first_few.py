"""Many names in a message."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.first_few import and_more, shown_names


@pytest.mark.parametrize(
    ("number", "most", "expected"),
    [
        (0, 3, ""),
        (1, 3, "n0"),
        (3, 3, "n0, n1, n2"),
        (4, 3, "n0, n1, n2 and 1 more"),
        (300, 1, "n0 and 299 more"),
    ],
)
def test_shown_names(number: int, most: int, expected: str) -> None:
    """The first ones and the number of the others, which is named from one on."""
    assert shown_names([f"n{index}" for index in range(number)], most) == expected


def test_ten_names() -> None:
    """As long as nothing else is asked for, ten are shown."""
    names = [f"n{index}" for index in range(12)]

    assert shown_names(names) == f"{', '.join(names[:10])} and 2 more"
    assert shown_names(names[:10]) == ", ".join(names[:10])


def test_and_more() -> None:
    """What the others are, and where they stand."""
    assert (and_more(0), and_more(-2, "entries", see="images")) == ([], [])
    assert and_more(2) == ["and 2 more"]
    assert and_more(2, "entries") == ["and 2 more entries"]
    assert and_more(2, see="images") == ["and 2 more, see images"]
