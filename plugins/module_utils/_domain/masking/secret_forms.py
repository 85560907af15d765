# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The forms in which a secret may stand in the words of others.

What API servers, webhooks, kubelets, container runtimes and registries say is repeated to users, and they quote as they
like: escaped, as a part of a URL, somewhere inside of base64, and one in the other. Rather than thinking of the forms of
each secret, a text is read in each way that it can be read, and every byte of a reading knows where in the text it is from.

And on command lines, which name it themselves.
"""

from __future__ import annotations

import binascii
import bisect
import collections
import html
import re
import typing as t

_SHORTEST_RUN = 6
"""Characters of base64; fewer are words."""

END_OF_RUN = b"\0"
"""What is in two runs of base64 does not touch."""

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


Span = t.Tuple[int, int]
Piece = t.Tuple[int, t.Sequence[int], int]
"""Where it begins, the places in the text before that it is from, and how many bits each of these gives; 0 for all at once."""


class Reading:
    """
    One way to read a text.

    Args:
        text: What it says.
        before: What it was decoded from; none for the text as it is.
        pieces: What of it is from where in that, without gaps.
    """

    def __init__(self, text: bytes, before: Reading | None = None, pieces: t.Sequence[Piece] = ()) -> None:
        self.text = text
        self.depth: int = before.depth + 1 if before else 0
        self.is_last = self.depth >= _DEEPEST
        self._before = before
        self._pieces = pieces
        self._starts = [piece[0] for piece in pieces]

    def span(self, start: int, end: int) -> Span:
        """What these bytes are from in the text as it is."""
        if self._before is None:
            return start, end
        return self._before.span(self._source(start)[0], self._source(end - 1)[1])

    def _source(self, at: int) -> Span:
        start, places, bits = self._pieces[bisect.bisect_right(self._starts, at) - 1]
        if not bits:
            return places[0], places[-1] + 1
        first = (at - start) * 8
        return places[first // bits], places[(first + 7) // bits] + 1


def readings(text: bytes) -> t.Iterator[Reading]:
    """The text as it is, and in each way in which somebody may have encoded what is in it."""
    seen = {text}
    waiting = collections.deque([Reading(text)])
    for _unused in range(_ENOUGH):
        if not waiting:
            return
        reading = waiting.popleft()
        yield reading
        if not reading.is_last:
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
    pieces: list[Piece] = []
    at = 0
    for found in pattern.finditer(reading.text):
        start, end = found.span()
        if start > at:
            pieces.append((len(text), range(at, start), 8))
            text += reading.text[at:start]
        pieces.append((len(text), range(start, end), 0))
        text += decode(found)
        at = end
    pieces.append((len(text), range(at, len(reading.text)), 8))
    text += reading.text[at:]
    return Reading(bytes(text), reading, pieces)


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
    pieces: list[Piece] = []
    is_text = False
    for run in runs:
        start, end = run.span()
        encoded = run.group().translate(None, b"\r\n=")[skipped:]
        whole = encoded[: len(encoded) - (len(encoded) % 4 == 1)].translate(_FOR_URLS)
        decoded = binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
        if decoded:
            places: t.Sequence[int] = range(start + skipped, end)
            if b"\n" in run.group() or b"\r" in run.group():
                places = [at for at in range(start, end) if reading.text[at] not in b"\r\n="][skipped:]
            last = len(decoded) - 1
            pieces += [(len(text), places, 6), (len(text) + last, (places[last * 8 // 6], end - 1), 0)]
            pieces.append((len(text) + last + 1, (end - 1,), 0))
            text += decoded + END_OF_RUN
            is_text = is_text or len(decoded.translate(None, _PRINTABLE)) * 4 < len(decoded)
    found = Reading(bytes(text), reading, pieces)
    found.is_last = found.is_last or not is_text
    return found


_SECRET_OPTION = re.compile(r"(?i)(?:password|passwd|secret|token|api-?key)$")


def secrets_in_arguments(arguments: t.Sequence[str]) -> list[str]:
    """What looks like a password on a command line, which everybody on the node can read."""
    found = []
    for argument, following in zip(arguments, [*arguments[1:], ""]):
        name, equals, value = argument.partition("=")
        secret = value if equals else following
        if _SECRET_OPTION.search(name) and secret and not secret.startswith(("-", "/", "$")):
            found.append(secret)
    return found
