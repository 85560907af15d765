# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Taking thousands of secrets out of a text.

A password can be a word that stands in texts for other reasons, such as ``default`` or ``config``. What is hidden must not
make a text unreadable, nor tell the password by what is missing in it, so three rules hold:

* A strong secret is hidden wherever it stands and however it is encoded.
* A weak one, which is short or an ordinary word, is hidden where it stands for itself: not as a part of a word, a path or a
  host name, and not as a key. In our own words, which come from no secret, it stays.
* A name that was given as a name stays, also where it is somebody's password.
"""

from __future__ import annotations

import base64
import bisect
import re
import typing as t

from ..go.json import decode_utf8
from .secret_forms import END_OF_RUN, Reading, Span, readings

HIDDEN = "********"
_HEAD = 4
"""Secrets are found by their first bytes."""

_FRAGMENT = 6
"""Bytes of a secret that are enough to know that it was cut off there."""

_LONGEST_MIDDLE = 256
"""Bytes of a secret that is found by any part of it; the index of a longer one would be too large."""

_MOST_ALIKE = 8
"""What stands in more secrets than these, such as the user name in each ``auth``, is a sign of none."""
_SHORT = 8
_FOR_URLS = bytes.maketrans(b"+/", b"-_")
_CUT = re.compile(rb" ?(?:\.\.\.|\xe2\x80\xa6)[\s\"')\]]*\Z")
_CUT_BY_GO = re.compile(rb'"\) has prevented the request from succeeding')
_FROM_GO = 2000
"""Clients in Go take 2,048 bytes of an answer that is no Status, and add no dots."""

_WORD = re.compile(r"[A-Za-z]{1,10}|[0-9]{1,6}")
_FIELDS = (
    re.compile(
        rb'"(?:password|auth|identity_?token|registry_?token|access_?token|refresh_?token|id_?token|client_?secret|token)"'
        rb'\s*:\s*"((?:[^"\\\0]|\\.)+)',
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(rb"://[^\s\"'/:@]*:([^\s\"'/]+)@(?!sha\d+:)"),
    re.compile(
        rb"[?&](?:sig|(?:x-(?:amz|goog)-)?(?:signature|credential)|x-amz-security-token"
        rb"|(?:access_|refresh_|id_)?token|password|client_secret)=([^\s\"'&]+)",
        re.IGNORECASE,
    ),
    re.compile(rb"\b(?:Basic|Bearer) +(?=[^\s\d]*\d)([\w.~+/-]{16,}=*)"),
)
"""What stands in such a field of a document, a URL or a header is a secret, known or not; its end may be missing."""

_IN_WORD = re.compile(rb"[\w./~\x80-\xff-]")
_WORD_GOES_ON = re.compile(rb"[\w/~\x80-\xff-]|\.\w")
_IS_KEY = re.compile(rb'\\*"\s*:')
_SURROGATE = re.compile("[\ud800-\udfff]")


def is_weak(secret: str) -> bool:
    """Whether a text is too short, or too ordinary a word, to be a secret wherever it stands."""
    return len(secret) < _HEAD or _WORD.fullmatch(secret) is not None


class Mask:
    """
    Replaces each of many texts by ``HIDDEN``.

    A replacement for each secret in each text takes 20 s for the result of a thousand tenants, and much longer for all
    forms of each; this takes a second.

    Args:
        secrets: What to hide; empty texts do not count.
        names: What stays, as a whole.
    """

    def __init__(self, secrets: t.Iterable[str] = (), names: t.Iterable[str] = ()) -> None:
        self._by_head: dict[bytes, dict[int, dict[bytes, bool]]] = {}
        self._sizes: tuple[int, ...] = ()
        self._known: set[str] = set()
        self._fragments = Fragments()
        self._names: set[bytes] = set()
        self._names_with: dict[bytes, list[tuple[bytes, int]]] = {}
        self.add(*secrets)
        self.keep(*names)

    def add(self, *secrets: str) -> None:
        """Hide these as well, in all their spellings; an empty one is ignored."""
        for secret in secrets:
            if secret and secret not in self._known:
                self._known.add(secret)
                weak = is_weak(secret)
                for raw in _spellings(secret):
                    self._enter(raw, weak=weak)
                    if not weak:
                        self._fragments.add(raw)
                    for form in _base64_of_short(raw):
                        self._enter(form, weak=True)

    def _enter(self, raw: bytes, *, weak: bool) -> None:
        secrets = self._by_head.setdefault(raw[:_HEAD], {}).setdefault(len(raw), {})
        secrets[raw] = weak and secrets.get(raw, True)
        self._sizes = tuple({*self._sizes, min(len(raw), _HEAD)})

    def keep(self, *names: str) -> None:
        """Do not touch these where they stand as a whole."""
        self._names.update(_bytes(name) for name in names if name)
        self._names_with.clear()

    def forget_names_with(self, secret: str) -> None:
        """What is secret has been given where names stand."""
        self._names = {name for name in self._names if _bytes(secret) not in name}
        self._names_with.clear()

    def is_secret(self, text: str) -> bool:
        """Whether this is one, as a whole."""
        return text in self._known

    def hide(self, value: t.Any) -> t.Any:
        """A value from elsewhere, with its texts masked, in lists and dicts as well; keys and other types stay as they are."""
        return _in_texts(value, lambda text: self._hidden(text, is_own=False))

    def hide_in_own(self, text: str) -> str:
        """A text of ours, masked where a strong secret has come into it all the same."""
        return self._hidden(text, is_own=True)

    def _hidden(self, text: str, *, is_own: bool) -> str:
        if is_own and not self._known:
            return text
        raw = _bytes(text)
        spans = [span for reading in readings(raw) for span in self._spans(reading, is_own=is_own)]
        if not spans:
            return text
        shown = []
        at = 0
        for start, end in _merged(_of_characters(raw, span) for span in spans):
            shown += [raw[at:start], HIDDEN.encode("ascii")]
            at = end
        return b"".join((*shown, raw[at:])).decode("utf-8", "surrogatepass")

    def _spans(self, reading: Reading, *, is_own: bool) -> t.Iterator[Span]:
        """Where in the first text something is that nobody may see."""
        text = reading.text
        found: list[Span] = []
        if not is_own:
            found += (field.span(1) for pattern in _FIELDS for field in pattern.finditer(text))
            found += self._fragments.found_in(text)
        for start, end in self._whole(text, is_own=is_own):
            if reading.depth or not self._is_name(text, start, end):
                found.append((start, end))
        for start, end in found:
            yield reading.span(start, end)

    def _whole(self, text: bytes, *, is_own: bool) -> t.Iterator[Span]:
        for size in self._sizes:
            for at in range(len(text) - size + 1):
                head = text[at : at + size]
                if head in self._by_head:
                    for length, secrets in self._by_head[head].items():
                        end = at + length
                        weak = secrets.get(text[at:end])
                        if weak is not None and not (weak and (is_own or not _stands_alone(text, at, end))):
                            yield at, end

    def _is_name(self, text: bytes, start: int, end: int) -> bool:
        secret = text[start:end]
        if secret not in self._names_with:
            self._names_with[secret] = [
                (name, at) for name in self._names for at in range(len(name)) if name.startswith(secret, at)
            ]
        for name, offset in self._names_with[secret]:
            first, last = start - offset, start - offset + len(name)
            if first >= 0 and text[first:last] == name and _is_whole(text, first, last):
                return True
        return False


class Fragments:
    """What is left of secrets where somebody cut off a text: their first bytes at its end, their last ones at its beginning."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._places: dict[bytes, list[tuple[bytes, int]]] = {}
        self._sorted: list[bytes] = []
        self._heads: set[bytes] = set()
        self._longest = 0

    def add(self, secret: bytes) -> None:
        """Find what is left of this as well."""
        if len(secret) >= _FRAGMENT:
            self._waiting.append(secret)

    def found_in(self, text: bytes) -> t.Iterator[Span]:
        """Where they are: at both ends of what stood in base64, and where something says that the text goes on."""
        self._index()
        *runs, _rest = text.split(END_OF_RUN)
        at = 0
        for run in runs:
            end = at + len(run)
            for secret, offset in self._places.get(run[-_FRAGMENT:], ()):
                yield end - _in_common(run[: -_LONGEST_MIDDLE - 1 : -1], secret[: offset + _FRAGMENT][::-1]), end
            for secret, offset in self._places.get(run[:_FRAGMENT], ()):
                yield at, at + _in_common(run, secret[offset:])
            yield from self._begun_in(text, at, end)
            at = end + 1
        for cut in (*_CUT.finditer(text), *_CUT_BY_GO.finditer(text, _FROM_GO)):
            yield from self._begun_in(text, 0, cut.start())

    def _begun_in(self, text: bytes, start: int, end: int) -> t.Iterator[Span]:
        """What begins as one secret, or as few, and would go on after the end."""
        for at in range(max(start, end - self._longest), end - _FRAGMENT + 1):
            if text[at : at + _FRAGMENT] in self._heads:
                part = text[at:end]
                first = bisect.bisect_left(self._sorted, part)
                alike = self._sorted[first : first + _MOST_ALIKE + 1]
                if alike and alike[0].startswith(part) and not (alike[_MOST_ALIKE:] and alike[-1].startswith(part)):
                    yield at, end

    def _index(self) -> None:
        for secret in self._waiting:
            self._heads.add(secret[:_FRAGMENT])
            self._longest = max(self._longest, len(secret))
            for offset in range(len(secret) - _FRAGMENT + 1) if len(secret) <= _LONGEST_MIDDLE else ():
                places = self._places.setdefault(secret[offset : offset + _FRAGMENT], [])
                if len(places) < _MOST_ALIKE:
                    places.append((secret, offset))
        if self._waiting:
            self._sorted = sorted({*self._sorted, *self._waiting})
        self._waiting = []


def _base64_of_short(raw: bytes) -> set[bytes]:
    """What base64 has of a few bytes, wherever it begins: too little to be taken for base64 when it stands alone."""
    if len(raw) > _SHORT:
        return set()
    forms = {base64.b64encode(raw).rstrip(b"=")}
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw)
        forms.add(encoded[(before * 4 + 2) // 3 : (before + len(raw)) * 4 // 3])  # without bits of its neighbours
    return {form.translate(table) for form in forms if len(form) >= _HEAD for table in (None, _FOR_URLS)}


def _in_common(one: bytes, other: bytes) -> int:
    """How many bytes they begin with are the same."""
    longest = min(len(one), len(other))
    return next((at for at in range(longest) if one[at] != other[at]), longest)


def _stands_alone(text: bytes, start: int, end: int) -> bool:
    return _is_whole(text, start, end) and not (text[start - 1 : start] == b'"' and _IS_KEY.match(text, end))


def _is_whole(text: bytes, start: int, end: int) -> bool:
    return not (start and _IN_WORD.match(text, start - 1)) and not _WORD_GOES_ON.match(text, end)


def _of_characters(text: bytes, span: Span) -> Span:
    """A secret that is no UTF-8 can stand in the middle of a character, which is hidden as a whole."""
    start, end = span
    while text[start] & 0xC0 == 0x80 and start:
        start -= 1
    while end < len(text) and text[end] & 0xC0 == 0x80:
        end += 1
    return start, end


def _merged(spans: t.Iterable[Span]) -> t.Iterator[Span]:
    """Without overlaps; what only touches stays two."""
    last: Span | None = None
    for start, end in sorted(spans):
        if last is None or start >= last[1]:
            if last is not None:
                yield last
            last = (start, end)
        else:
            last = (last[0], max(last[1], end))
    if last is not None:
        yield last


def _in_texts(value: t.Any, change: t.Callable[[str], str]) -> t.Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _in_texts(member, change) for key, member in value.items()}
    return [_in_texts(member, change) for member in value] if isinstance(value, (list, tuple)) else value


def _spellings(secret: str) -> set[bytes]:
    """As it is, as the bytes that it stands for, and as others show bytes that are not UTF-8."""
    as_it_is = _bytes(secret)
    try:
        raw = secret.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair that stood in JSON as \ud800
        raw = as_it_is
    return {as_it_is, raw, decode_utf8(raw).encode("utf-8"), _SURROGATE.sub("\ufffd", secret).encode("utf-8")}


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
