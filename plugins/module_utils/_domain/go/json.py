# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
JSON as Go's ``encoding/json`` reads and writes it, where that differs from Python's ``json``.

Go refuses ``NaN``, comments and raw control characters, keeps the order in which repeated names came,
replaces what is not UTF-8, and escapes ``<``, ``>``, ``&`` and two line separators when it writes.
It reads numbers of any size, and 10,000 levels of nesting, which are more than Python's own stack bears.
"""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field

Json = t.Any
"""What a JSON text can hold; objects are :class:`Pairs` when read."""

_LONG_NUMBER = 4000
_DEEP = 200
_DEEPEST = 10_000
"""``maxNestingDepth`` in ``encoding/json/scanner.go``."""

# Strings are matched so that what they hold is passed over; one that is not closed goes to the end, or else many would take
# hours. ``NaN`` is nothing of JSON, and stands for what is kept verbatim.
_MARK = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|NaN|[\[\]{}]', re.DOTALL)
# A byte that is not UTF-8 is half of a surrogate pair in Python's texts.
_UNPAIRED = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
_ESCAPED.update(dict.fromkeys(_UNPAIRED, "\\ufffd"))


class Pairs(t.List[t.Tuple[str, Json]]):
    """The members of a JSON object in the order in which they came, repeated names included."""


@dataclass(frozen=True)
class Verbatim:
    """A value that is kept as it is written: a number that Python would change, or what is nested very deeply."""

    text: str = field(repr=False)


class NotJson(ValueError):
    """The text is not JSON; ``line`` and ``column`` (from 1) say where. The text itself is not kept."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(f"not JSON (line {line}, column {column})")
        self.line = line
        self.column = column


def parse_json(text: str) -> Json:
    """
    Read ``text`` strictly.

    Raises:
        NotJson: with the place.
    """
    try:
        shallow, depths = _without_depths(text)
        return _loads(shallow, iter(depths))
    except json.JSONDecodeError as error:
        raise NotJson(error.lineno, error.colno) from None
    except (RecursionError, _NoPlace):  # the former when deep levels are not closed
        raise NotJson(1, 1) from None


def decode_utf8(raw: bytes) -> str:
    """The text in ``raw``; each byte that is not UTF-8 becomes U+FFFD, as in Go."""
    return raw.decode("utf-8", "surrogateescape").translate(_UNPAIRED)


def render_json(value: Json, *, indent: str | None = None, separators: tuple[str, str] = (",", ":")) -> str:
    """
    JSON, byte for byte as Go's ``json.Marshal`` writes dicts, lists, strings, numbers and booleans.

    Args:
        value: What to write.
        indent: A level's blanks, each member on a line of its own; ``None`` for all on one line.
        separators: What follows a member, and a name.
    """
    verbatim: list[str] = []
    text = json.dumps(
        value,
        ensure_ascii=False,
        indent=indent,
        separators=separators,
        default=lambda kept: _constant_for(kept, verbatim),
    )
    if verbatim:
        texts = iter(verbatim)
        text = _MARK.sub(lambda mark: next(texts) if mark.group() == "NaN" else mark.group(), text)
    return text.translate(_ESCAPED)


def as_plain(value: Json) -> Json:
    """What was read, with dicts for objects; of repeated names the last counts."""
    if isinstance(value, Pairs):
        return {name: as_plain(member) for name, member in value}
    if isinstance(value, list):
        return [as_plain(member) for member in value]
    return value


class _NoPlace(Exception):
    """The text is not JSON, and the place is not known."""


def _loads(text: str, depths: t.Iterator[Verbatim]) -> Json:
    def take(_name: str) -> Verbatim:
        for depth in depths:
            return depth
        raise _NoPlace

    return json.loads(text, object_pairs_hook=_pairs, parse_constant=take, parse_int=_integer, parse_float=_float)


def _without_depths(text: str) -> tuple[str, list[Verbatim]]:
    """
    The text with ``NaN`` for all that is nested deeper than Python can be trusted with, and what was there.

    What is taken out is checked a level at a time, each with ``null`` for the levels below. A ``NaN`` of the text's own is one more
    than there are depths, and refused for that.
    """
    if text.count("{") + text.count("[") <= _DEEP:
        return text, []
    depths: list[Verbatim] = []
    levels: list[tuple[int, list[str]]] = [(0, [])]
    done = 0
    for mark in _MARK.finditer(text):
        kind = mark.group()
        if len(levels) > _DEEPEST + 1:
            raise _NoPlace
        if kind in ("{", "["):
            levels[-1][1].append(text[done : mark.start()])
            levels.append((mark.start(), []))
            done = mark.start()
        elif kind in ("}", "]") and len(levels) > 1:
            start, pieces = levels.pop()
            pieces.append(text[done : mark.end()])
            done = mark.end()
            levels[-1][1].append(_level(len(levels), "".join(pieces)))
            if len(levels) == _DEEP + 1:
                depths.append(Verbatim(text[start:done]))
    if not depths:
        return text, []
    if len(levels) > 1:
        raise _NoPlace
    return "".join(levels[0][1]) + text[done:], depths


def _level(depth: int, text: str) -> str:
    """What stands for an object or a list in the level above: itself, ``NaN`` for all of a depth, ``null`` within."""
    if depth <= _DEEP:
        return text
    try:
        _loads(text, iter(()))
    except json.JSONDecodeError:
        raise _NoPlace from None
    return "NaN" if depth == _DEEP + 1 else "null"


def _constant_for(kept: t.Any, texts: list[str]) -> float:
    if not isinstance(kept, Verbatim):
        raise TypeError(f"a {type(kept).__name__} is nothing of JSON")
    texts.append(kept.text)
    return float("nan")


def _integer(digits: str) -> int | Verbatim:
    # int() refuses more digits than this.
    return int(digits) if len(digits) < _LONG_NUMBER else Verbatim(digits)


def _float(digits: str) -> float | Verbatim:
    value = float(digits)
    return value if repr(value) == digits else Verbatim(digits)


def _pairs(members: list[tuple[str, Json]]) -> Pairs:
    return Pairs(
        (name.translate(_UNPAIRED), value.translate(_UNPAIRED) if isinstance(value, str) else value)
        for name, value in members
    )
