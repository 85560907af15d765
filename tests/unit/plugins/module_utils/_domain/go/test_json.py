"""JSON as Go reads and writes it."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.go.json import (
    DEEPEST,
    NotJson,
    Pairs,
    TooDeep,
    Verbatim,
    as_plain,
    check_depth,
    decode_utf8,
    loads,
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
    "a number with too many digits for Python": ("1" * 5000, Verbatim("1" * 5000)),
    "a number too large for Python": ("1e999", Verbatim("1e999")),
    "a number that Python would write otherwise": ("1.50", Verbatim("1.50")),
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
}


@pytest.mark.parametrize(("text", "line", "column"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(text: str, line: int, column: int) -> None:
    """What is not JSON is an error with its place and without its text."""
    with pytest.raises(NotJson, match=rf"^{re.escape('not JSON (line ')}\d+, column \d+\)$") as caught:
        parse_json(text)

    assert line == caught.value.line
    if not text.endswith(" }"):  # where a trailing comma is seen differs between releases of Python
        assert column == caught.value.column


def nested(depth: int, innermost: str = "1") -> str:
    """Objects and lists in turn, this many in one another."""
    return '{"a":[' * (depth // 2) + "[" * (depth % 2) + innermost + "]" * (depth % 2) + "]}" * (depth // 2)


KEPT: t.Mapping[str, str] = {
    "numbers": '{"a":[1.50,1e999,-0.0,' + "1" * 5000 + "]}",
    "as deep as is read": nested(DEEPEST),
    "texts that look like others": f'["NaN",{nested(150, chr(34) + "NaN[]{}" + chr(92) * 2 + chr(34))},"NaN",1e999]',
    "many objects": '{"a":[' + ",".join(["{}"] * 1000) + "]}",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_keeps(text: str) -> None:
    """What nobody here looks into is written as it was read, however large it is."""
    assert render_json(as_plain(parse_json(text))) == text


REFUSED_IN_THE_DEEP: t.Mapping[str, str] = {
    "closed twice": f"{nested(150)}]",
    "closed as another kind": nested(150)[:-1] + "]",
    "NaN": nested(150, "NaN"),
    "NaN before": f"[NaN,{nested(150)}]",
    "Infinity": f"[-Infinity,{nested(150)}]",
    "a comma too many": nested(150, "[1,]"),
    "a value as a name": f"{{{nested(150)}:1}}",
    "two values": f"1{nested(150)}",
    "a text not closed": nested(150, '"'),
    "a long text not closed": "{" * 150 + '"' + '\\"' * 200_000,
}


@pytest.mark.parametrize("text", REFUSED_IN_THE_DEEP.values(), ids=REFUSED_IN_THE_DEEP.keys())
def test_refuses_in_the_deep(text: str) -> None:
    """Where it is nested, a text is read as strictly as elsewhere."""
    with pytest.raises(NotJson, match=r"^not JSON "):
        parse_json(text)


TOO_DEEP: t.Mapping[str, str] = {
    "one level more": nested(DEEPEST + 1),
    "one level more of objects": '{"a":' * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1),
    "behind what is shallow": f'[{nested(5)},"]",{nested(DEEPEST)}]',
    "what Python's stack may bear": nested(900),
    "as deep as Go goes": nested(10_000),
    "what no stack bears": "[" * 100_000 + "]" * 100_000,
    "not closed": "[" * 100_000,
}


@pytest.mark.parametrize("text", TOO_DEEP.values(), ids=TOO_DEEP.keys())
def test_too_deep(text: str) -> None:
    """What is nested too deeply is refused with that reason, on every Python."""
    with pytest.raises(TooDeep, match=r"^nested deeper than 200 levels$"):
        parse_json(text)


def test_depth() -> None:
    """What is there twice counts where it is deepest, and what holds itself is deeper than anything."""
    shared = [[1]]
    itself: list[t.Any] = []
    itself.append({"a": itself})

    assert check_depth({"a": [], "b": [shared, [shared]], "c": "text"}) == 5
    assert check_depth(5) == 0
    with pytest.raises(TooDeep):
        check_depth([shared, [[shared]]], 4)
    with pytest.raises(TooDeep):
        check_depth(itself)


def test_as_python_reads() -> None:
    """A program's JSON is read with Python's rules, and what its stack does not bear is an error like any other."""
    assert loads(b'{"a": NaN}')["a"] != 0
    with pytest.raises(TooDeep):
        loads("[" * 200_000 + "]" * 200_000)
    with pytest.raises(ValueError, match=r"^Expecting value"):
        loads("x")


@pytest.mark.parametrize("end", ["\n1 2]", "\n1 "])
def test_the_place_in_a_large_document(end: str) -> None:
    """An error in a large document that is not deep is found where it is."""
    with pytest.raises(NotJson, match=r"^not JSON \(line 2, column 3\)$"):
        parse_json("[" + "{}," * 1000 + end)


WRITTEN: t.Mapping[str, tuple[t.Any, str]] = {
    "compact, in order": ({"b": [1, 2.5, True, None], "a": {}}, '{"b":[1,2.5,true,null],"a":{}}'),
    "escaped for HTML": ("<a>&", '"\\u003ca\\u003e\\u0026"'),
    "line separators": ("\u2028\u2029", '"\\u2028\\u2029"'),
    "quotes and controls": ('"\\\n\t\x01', '"\\"\\\\\\n\\t\\u0001"'),
    "not ASCII": ("ä€😀", '"ä€😀"'),
    "DEL is nothing special": ("\x7f", '"\x7f"'),
    "not UTF-8": ("a\udcff\ud800", '"a\\ufffd\\ufffd"'),
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


def test_writes_in_lines() -> None:
    """With an indentation, each member has a line of its own, and what is kept verbatim is kept."""
    value = as_plain(parse_json('{"a": [1e400, {}], "b<": []}'))

    assert (
        render_json(value, indent="\t", separators=(",", ": "))
        == '{\n\t"a": [\n\t\t1e400,\n\t\t{}\n\t],\n\t"b\\u003c": []\n}'
    )
