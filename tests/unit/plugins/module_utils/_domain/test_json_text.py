"""JSON as Go reads and writes it."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.json_text import (
    NotJson,
    Pairs,
    as_plain,
    decode_utf8,
    parse_json,
    render_json,
)

READ: t.Mapping[str, tuple[str, t.Any]] = {
    "order is kept": ('{"b": 1, "a": 2}', Pairs([("b", 1), ("a", 2)])),
    "repeated names are kept": ('{"a": 1, "a": 2}', Pairs([("a", 1), ("a", 2)])),
    "nested": ('[{"a": {}}]', [Pairs([("a", Pairs())])]),
    "escapes": (r'"\u00e4\ud83d\ude00\/"', "ä😀/"),
    "half a pair": (r'{"\ud83d": "\ud83d"}', Pairs([("\ufffd", "\ufffd")])),
    "blank around": (" \n\t1.5\r\n", 1.5),
    "null": ("null", None),
    "a number with too many digits for Python": ("1" * 5000, "1" * 5000),
}


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ.keys())
def test_reads(text: str, expected: t.Any) -> None:
    """What is JSON is read, and nothing of it gets lost."""
    assert expected == parse_json(text)


REFUSED: t.Mapping[str, tuple[str, int, int]] = {
    "empty": ("", 1, 1),
    "NaN": ("NaN", 1, 1),
    "Infinity": ('{"a": -Infinity}', 1, 1),
    "a comment": ("// x\n{}", 1, 1),
    "a control character": ('"a\tb"', 1, 3),
    "a trailing comma": ('{"a": 1, }', 1, 8),
    "two documents": ("{} {}", 1, 4),
    "a word on line 3": ("{\n\n  hunter2}", 3, 3),
    "too deep": ("[" * 100_000, 1, 1),
}


@pytest.mark.parametrize(("text", "line", "column"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(text: str, line: int, column: int) -> None:
    """What is not JSON is an error with its place and without its text."""
    with pytest.raises(NotJson, match=rf"^{re.escape('not JSON (line ')}\d+, column \d+\)$") as caught:
        parse_json(text)

    assert line == caught.value.line
    if not text.endswith(" }"):  # where a trailing comma is seen differs between releases of Python
        assert column == caught.value.column


WRITTEN: t.Mapping[str, tuple[t.Any, str]] = {
    "compact, in order": ({"b": [1, 2.5, True, None], "a": {}}, '{"b":[1,2.5,true,null],"a":{}}'),
    "escaped for HTML": ("<a>&", '"\\u003ca\\u003e\\u0026"'),
    "line separators": ("\u2028\u2029", '"\\u2028\\u2029"'),
    "quotes and controls": ('"\\\n\t\x01', '"\\"\\\\\\n\\t\\u0001"'),
    "not ASCII": ("ä€😀", '"ä€😀"'),
    "DEL is nothing special": ("\x7f", '"\x7f"'),
}


@pytest.mark.parametrize(("value", "expected"), WRITTEN.values(), ids=WRITTEN.keys())
def test_writes(value: t.Any, expected: str) -> None:
    """The text is the one that Go's encoder writes."""
    assert expected == render_json(value)


def test_backspace_and_form_feed() -> None:
    """Go has had short escapes for these since 1.22, as Python always had."""
    assert render_json("\b\f") == '"\\b\\f"'


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(b"a\xc3\xa4", "aä"), (b"a\xffb\xc3", "a\ufffdb\ufffd"), (b"\xed\xa0\x80", "\ufffd" * 3), (b"", "")],
)
def test_decode_utf8(raw: bytes, expected: str) -> None:
    """Each byte that is not UTF-8 becomes one replacement character."""
    assert expected == decode_utf8(raw)


def test_as_plain() -> None:
    """Objects become dicts, and of repeated names the last counts."""
    assert as_plain(parse_json('{"a": 0, "a": [{"b": 1, "b": 2}]}')) == {"a": [{"b": 2}]}
