# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The forms in which a secret may stand in the words of others.

What API servers, webhooks, kubelets, container runtimes and registries say is repeated to users, and they quote as they
like: escaped, as a part of a URL, somewhere inside of base64, and one in the other. Rather than thinking of the forms of
each secret, a text is read in each way that it can be read, and every byte of a reading knows where in the text it is from.
"""

from __future__ import annotations

import binascii
import html
import re
import typing as t

_SHORTEST_RUN = 6
"""Characters of base64; fewer are words."""

_DEEPEST = 5
_ENOUGH = 64
"""How many readings of readings one text gets; more is no quotation but an attempt to keep this busy."""

_ESCAPE = re.compile(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|u\{([0-9a-fA-F]{1,6})\}"
    rb"|x([0-9a-fA-F]{2})|([0-7]{3})|([\"'\\/abfnrtv0]))"
)
_LETTERS = dict(zip(b"abfnrtv0", b"\a\b\f\n\r\t\v\0"))
_PERCENT = re.compile(rb"%([0-9a-fA-F]{2})")
_PERCENT_OR_PLUS = re.compile(rb"%([0-9a-fA-F]{2})|\+")
_ENTITY = re.compile(rb"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_RUN = re.compile(rb"[A-Za-z0-9+/_-]+(?:[\r\n]+[A-Za-z0-9+/_-]+)*={0,2}")
_FOR_URLS = bytes.maketrans(b"-_", b"+/")
_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\t\r\n"


class Reading(t.NamedTuple):
    """
    One way to read a text.

    Args:
        text: What it says.
        starts: For each byte, where in the first text begins what it is from. ``ends`` likewise.
        depth: How often it was decoded; 0 for the text as it is.
    """

    text: bytes
    starts: t.Sequence[int]
    ends: t.Sequence[int]
    depth: int = 0


def readings(text: bytes) -> t.Iterator[Reading]:
    """The text as it is, and in each way in which somebody may have encoded what is in it."""
    seen = {text}
    waiting = [Reading(text, range(len(text)), range(1, len(text) + 1))]
    for _unused in range(_ENOUGH):
        if not waiting:
            return
        reading = waiting.pop(0)
        yield reading
        if reading.depth < _DEEPEST:
            for other in _decoded(reading):
                if other.text and other.text not in seen:
                    seen.add(other.text)
                    waiting.append(other)


def _decoded(reading: Reading) -> t.Iterator[Reading]:
    text = reading.text
    if b"\\" in text:
        yield _replaced(reading, _ESCAPE, _escaped_character)
        yield _replaced(reading, _ESCAPE, _escaped_byte)
    if b"%" in text:
        yield _replaced(reading, _PERCENT, _percent)
        yield _replaced(reading, _PERCENT_OR_PLUS, _percent)
    if b"&" in text:
        yield _replaced(reading, _ENTITY, lambda found: html.unescape(found.group().decode("ascii")).encode("utf-8"))
    runs = [found for found in _RUN.finditer(text) if found.end() - found.start() >= _SHORTEST_RUN]
    for skipped in range(4):  # a quotation may begin anywhere in base64
        yield _from_base64(reading, runs, skipped)


def _replaced(reading: Reading, pattern: re.Pattern[bytes], decode: t.Callable[[re.Match[bytes]], bytes]) -> Reading:
    text = bytearray()
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for found in pattern.finditer(reading.text):
        start, end = found.span()
        text += reading.text[at:start]
        starts += reading.starts[at:start]
        ends += reading.ends[at:start]
        piece = decode(found)
        text += piece
        starts += [reading.starts[start]] * len(piece)
        ends += [reading.ends[end - 1]] * len(piece)
        at = end
    text += reading.text[at:]
    starts += reading.starts[at:]
    ends += reading.ends[at:]
    return Reading(bytes(text), starts, ends, reading.depth + 1)


def _escaped_character(found: re.Match[bytes]) -> bytes:
    """As JSON, Go and Python's texts have it."""
    high, low, unit, long, braced, byte, octal, letter = found.groups()
    if letter:
        return bytes([_LETTERS.get(letter[0], letter[0])])
    if high:
        code = 0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00)
    else:
        code = int(octal, 8) if octal else int(unit or long or braced or byte, 16)
    return chr(code).encode("utf-8", "surrogatepass") if code <= 0x10FFFF else found.group()


def _escaped_byte(found: re.Match[bytes]) -> bytes:
    """As Python's bytes and Go's texts that are no UTF-8 have it."""
    byte, octal = found.group(6, 7)
    if byte or octal:
        return bytes([int(byte, 16) if byte else int(octal, 8) & 0xFF])
    return _escaped_character(found)


def _percent(found: re.Match[bytes]) -> bytes:
    return bytes([int(found.group(1), 16)]) if found.group(1) else b" "


def _from_base64(reading: Reading, runs: t.Sequence[re.Match[bytes]], skipped: int) -> Reading:
    """What is in all of the text's base64, each run without its first characters; only what reads as text is decoded on."""
    text = bytearray()
    starts: list[int] = []
    ends: list[int] = []
    is_text = False
    for run in runs:
        places = [at for at in range(*run.span()) if reading.text[at] not in b"\r\n="][skipped:]
        decoded = _base64(bytes(reading.text[at] for at in places))
        for index in range(len(decoded)):
            starts.append(reading.starts[places[index * 8 // 6]])
            ends.append(reading.ends[places[(index * 8 + 7) // 6]])
        text += decoded
        is_text = is_text or _is_text(decoded)
        if decoded:  # what is in two runs does not touch
            ends[-1] = reading.ends[run.end() - 1]
            text += b"\0"
            starts.append(ends[-1] - 1)
            ends.append(ends[-1])
    return Reading(bytes(text), starts, ends, reading.depth + 1 if is_text else _DEEPEST)


def _base64(run: bytes) -> bytes:
    whole = run[: len(run) - (len(run) % 4 == 1)]
    return binascii.a2b_base64(whole.translate(_FOR_URLS) + b"=" * (-len(whole) % 4))


def _is_text(decoded: bytes) -> bool:
    return len(decoded.translate(None, _PRINTABLE)) * 4 < len(decoded)
