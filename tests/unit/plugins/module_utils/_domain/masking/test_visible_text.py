"""Text from outside, fit for a terminal."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking.visible_text import (
    as_utf8,
    visible,
    visible_lines,
)

CASES = {
    "plain": ("a b-c", "a b-c"),
    "not ASCII": ("größe 中文 🙂 é", "größe 中文 🙂 é"),
    "ESC": ("\x1b[2Ja", "\\x1b[2Ja"),
    "BEL": ("a\a", "a\\x07"),
    "DEL": ("a\x7f", "a\\x7f"),
    "C1": ("a\x9b2J\x85", "a\\x9b2J\\x85"),
    "line breaks": ("a\nb\r\nc\td", "a\\nb\\r\\nc\\td"),
    "of Unicode": ("a\u2028b\u2029", "a\\u2028b\\u2029"),
    "bidi": ("a\u202eb\u2066c\u200f", "a\\u202eb\\u2066c\\u200f"),
    "nothing to see": ("a\u200bb\ufeff\U000e0041", "a\\u200bb\\ufeff\\U000e0041"),
    "NUL": ("\0", "\\x00"),
    "a backslash": ("a\\nb", "a\\nb"),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_visible(text: str, expected: str) -> None:
    """What cannot be seen is written as an escape, and what can be stays."""
    assert visible(text) == expected


def test_lines() -> None:
    """Line breaks of ours stay, and no other."""
    assert visible_lines("a\nb\r\x1b\u2028\n") == "a\nb\\r\\x1b\\u2028\n"


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
