"""A secret in every form in which it could come out: as it is, as JSON or Python would quote it, and inside of any base64."""

from __future__ import annotations

import base64
import json
import typing as t

SHORTEST: t.Final = 4
"""Base64 of less than this could be found anywhere by chance."""


def forms_of(secret: str, *, is_common: bool = False) -> frozenset[str]:
    """
    What to look for.

    Args:
        secret: The secret.
        is_common: Whether it stands in texts for other reasons, such as ``quay`` in ``quay.io``; then it is looked for in base64 only.
    """
    written = {secret, *_escaped(secret)}
    encoded = {form for text in written for form in _inside_base64(text.encode())}
    whole = {base64.b64encode(secret.encode()).decode().rstrip("=")}
    long_enough = {form for form in encoded | whole if len(form) >= SHORTEST}
    urlsafe = {form.replace("+", "-").replace("/", "_") for form in long_enough}
    return frozenset(long_enough | urlsafe | (set() if is_common else written))


def found_in(text: str, forms: t.Iterable[str]) -> list[str]:
    """The places where one of the forms stands, with what surrounds them, for the message of a failed assertion."""
    places = []
    for form in sorted(forms):
        at = text.find(form)
        if at >= 0:
            places.append(f"{form!r} in ...{text[max(0, at - 80) : at + len(form) + 40]!r}...")
    return places


def _escaped(text: str) -> set[str]:
    """As quoted by JSON (Python's and Go's), and by Python."""
    ascii_only, as_it_is = json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]
    by_go = "".join(f"\\u{ord(letter):04x}" if letter in "<>&" else letter for letter in as_it_is)
    twice = json.dumps(as_it_is, ensure_ascii=False)[1:-1]
    return {ascii_only, as_it_is, by_go, twice, repr(text)[1:-1]}


def _inside_base64(raw: bytes) -> t.Iterator[str]:
    """The characters that base64 of any document has for these bytes, wherever in it they stand."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw).decode()
        first = (before * 4 + 2) // 3  # characters that other bytes have a part in are left out
        last = (before + len(raw)) * 4 // 3
        yield encoded[first:last]
