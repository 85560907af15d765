"""Text from outside, fit for a terminal."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking.visible_text import (
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
