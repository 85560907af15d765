# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
JSON as Go's ``encoding/json`` reads and writes it, where that differs from Python's ``json``.

Go refuses ``NaN``, comments and raw control characters, keeps the order in which repeated names came,
replaces what is not UTF-8, and escapes ``<``, ``>``, ``&`` and two line separators when it writes.
"""

from __future__ import annotations

import json
import typing as t

Json = t.Any
"""What a JSON text can hold; objects are :class:`Pairs` when read."""

_LONG_NUMBER = 4000
_UNPAIRED = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


class Pairs(t.List[t.Tuple[str, Json]]):
    """The members of a JSON object in the order in which they came, repeated names included."""


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
        return json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_refuse_constant, parse_int=_integer, parse_float=float
        )
    except json.JSONDecodeError as error:
        raise NotJson(error.lineno, error.colno) from None
    except (RecursionError, _ConstantFound):
        raise NotJson(1, 1) from None


def decode_utf8(raw: bytes) -> str:
    """The text in ``raw``; each byte that is not UTF-8 becomes U+FFFD, as in Go."""
    return raw.decode("utf-8", "surrogateescape").translate(_UNPAIRED)


def render_json(value: Json) -> str:
    """Compact JSON, byte for byte as Go's ``json.Marshal`` writes dicts, lists, strings, numbers and booleans."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)


def as_plain(value: Json) -> Json:
    """What was read, with dicts for objects; of repeated names the last counts."""
    if isinstance(value, Pairs):
        return {name: as_plain(member) for name, member in value}
    if isinstance(value, list):
        return [as_plain(member) for member in value]
    return value


class _ConstantFound(Exception):
    pass


def _refuse_constant(_name: str) -> t.NoReturn:
    raise _ConstantFound


def _integer(digits: str) -> int | str:
    # int() refuses more digits than this; nothing that the kubelet reads is a number.
    return int(digits) if len(digits) < _LONG_NUMBER else digits


def _pairs(members: list[tuple[str, Json]]) -> Pairs:
    return Pairs(
        (name.translate(_UNPAIRED), value.translate(_UNPAIRED) if isinstance(value, str) else value)
        for name, value in members
    )
