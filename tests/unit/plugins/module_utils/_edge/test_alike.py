"""Texts that many places have."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.alike import Own, alike


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], []),
        ([("a", "no")], [([0], "no")]),
        ([("a", "not in a")], [([0], "not in a")]),
        ([("a", "x"), ("b", "y"), ("c", "x")], [([0, 2], "x"), ([1], "y")]),
        ([("a", "not in a; see a"), ("b", "not in b; see b")], [([0, 1], "not in NAME; see NAME")]),
        ([("a", "not in a-b"), ("b", "not in b-b")], [([0], "not in a-b"), ([1], "not in b-b")]),
        ([("a", "x a"), ("b", "x b"), ("c", "x a")], [([0, 2], "x a"), ([1], "x b")]),
        ([("a", "x a"), ("c", "y"), ("b", "x b"), ("a", "z")], [([0, 2], "x NAME"), ([1], "y"), ([3], "z")]),
        ([("a.b", "x a.b"), ("c", "x c"), ("d", "x aob")], [([0, 1], "x NAME"), ([2], "x aob")]),
    ],
)
def test_alike(texts: list[tuple[str, str]], expected: list[tuple[list[int], str]]) -> None:
    """Places with one text are together; where nothing but their own names differs, too."""
    assert alike((Own(name), text) for name, text in texts) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            [(Own("a-dev", "a"), "a of a-dev"), (Own("b-dev", "b"), "b of b-dev")],
            [([0, 1], "TENANT of NAME")],
        ),
        ([(Own("a", "a"), "a"), (Own("b", "b"), "b")], [([0, 1], "NAME")]),
        ([(Own("a", "x"), "x"), (Own("b"), "x")], [([0, 1], "x")]),
    ],
)
def test_tenants(texts: list[tuple[Own, str]], expected: list[tuple[list[int], str]]) -> None:
    """The same of the names of tenants."""
    assert alike(texts) == expected
