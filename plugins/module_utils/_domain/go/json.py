# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
JSON as Go's ``encoding/json`` reads and writes it, where that differs from Python's ``json``.

Go refuses ``NaN``, comments and raw control characters, keeps the order in which repeated names came,
replaces what is not UTF-8, and escapes ``<``, ``>``, ``&`` and two line separators when it writes.
It reads numbers of any size. It also reads 10,000 levels of nesting, which are more than Python's own stack bears: what is
nested deeper than ``DEEPEST`` is refused here.
"""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field

Json = t.Any
"""What a JSON text can hold; objects are :class:`Pairs` when read."""

DEEPEST = 200
"""Levels of nesting, which functions that call themselves can follow."""

_LONG_NUMBER = 4000

# Strings are matched so that what they hold is passed over. ``NaN`` is nothing of JSON, and stands for what is kept verbatim.
_MARK = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|NaN', re.DOTALL)
# A byte that is not UTF-8 is half of a surrogate pair in Python's texts.
_UNPAIRED = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
_ESCAPED.update(dict.fromkeys(_UNPAIRED, "\\ufffd"))


class Pairs(t.List[t.Tuple[str, Json]]):
    """The members of a JSON object in the order in which they came, repeated names included."""


@dataclass(frozen=True)
class Verbatim:
    """A number that is kept as it is written, because Python would change it."""

    text: str = field(repr=False)


class NotJson(ValueError):
    """The text is not JSON; ``line`` and ``column`` (from 1) say where. The text itself is not kept."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(f"not JSON (line {line}, column {column})")
        self.line = line
        self.column = column


class TooDeep(NotJson):
    """It may be JSON, and is nested deeper than ``DEEPEST``."""

    def __init__(self) -> None:
        super().__init__(1, 1)
        self.args = (f"nested deeper than {DEEPEST} levels",)


def loads(text: str | bytes, **hooks: t.Any) -> Json:
    """
    What Python makes of JSON, as a program or a server writes it; ``hooks`` are those of ``json.loads``.

    Raises:
        ValueError: It is none; `TooDeep` where Python's own stack does not bear it.
    """
    try:
        return json.loads(text, **hooks)
    except RecursionError:
        raise TooDeep from None


def check_depth(value: Json, room: int = DEEPEST, known: dict[int, int] | None = None) -> int:
    """
    How many levels are nested in a value, that of YAML included, where it may hold the same object twice, or itself.

    Raises:
        TooDeep: They are more than ``room``.
    """
    if not isinstance(value, (dict, list)):
        return 0
    known = {} if known is None else known
    if known.get(id(value), 1) > room:
        raise TooDeep
    if id(value) not in known:
        members: t.Iterable[Json] = value.values() if isinstance(value, dict) else value
        if isinstance(value, Pairs):
            members = (member for _name, member in value)
        known[id(value)] = 1 + max((check_depth(each, room - 1, known) for each in members), default=0)
    return known[id(value)]


def parse_json(text: str) -> Json:
    """
    Read ``text`` strictly.

    Raises:
        NotJson: with the place; `TooDeep` where it is nested too deeply.
    """
    try:
        value = loads(text, object_pairs_hook=_pairs, parse_constant=_refuse, parse_int=_integer, parse_float=_float)
    except json.JSONDecodeError as error:
        raise NotJson(error.lineno, error.colno) from None
    if text.count("{") + text.count("[") > DEEPEST:
        check_depth(value)
    return value


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


def _refuse(_name: str) -> Json:
    raise NotJson(1, 1)


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
