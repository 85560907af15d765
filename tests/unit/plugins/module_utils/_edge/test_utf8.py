"""Texts that ansible-core takes from a module."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.utf8 import as_utf8


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("ä\u20ac\U0001f600", "ä\u20ac\U0001f600"),
        ("a\udcffb\ud800", "a\ufffdb\ufffd"),
        ({"k\udcff": ["v\udcff", ("w\udcff", 1)]}, {"k\ufffd": ["v\ufffd", ["w\ufffd", 1]]}),
        ([None, True, 1.5], [None, True, 1.5]),
    ],
    ids=["ASCII", "UTF-8", "other bytes", "inside", "no texts"],
)
def test_as_utf8(value: t.Any, expected: t.Any) -> None:
    """Each byte that is not UTF-8 is one U+FFFD; everything else stays as it is."""
    assert as_utf8(value) == expected
