"""A question that shows a difference, made smaller for as long as it still shows one."""

from __future__ import annotations

import base64
import itertools
import typing as t

Question: t.TypeAlias = dict[str, t.Any]
TRIES: t.Final = 3000
Shows: t.TypeAlias = t.Callable[[Question], bool]

# What a question consists of and does not do without.
_KEPT: t.Final = frozenset({"op", "format", "name", "namespace", "type"})


def shrunk(question: Question, shows: Shows) -> Question:
    """
    The smallest question that was found.

    Args:
        question: One for which ``shows`` is true.
        shows: Whether a question still shows a difference; it is asked at most `TRIES` times.
    """
    tries = itertools.count(1)
    while True:
        candidates = itertools.takewhile(lambda _unused: next(tries) <= TRIES, _smaller(question))
        smaller = next((one for one in candidates if shows(one)), None)
        if smaller is None:
            return question
        question = smaller


def _smaller(value: t.Any) -> t.Iterator[t.Any]:
    """All that is a little smaller than a part of a question, the boldest cuts first."""
    if isinstance(value, str):
        yield from _shorter(value)
    elif isinstance(value, list):
        yield from _shorter(value)
        for number, member in enumerate(value):
            for smaller in _smaller(member):
                yield [*value[:number], smaller, *value[number + 1 :]]
    elif isinstance(value, dict):
        yield from _smaller_object(value)


def _smaller_object(value: Question) -> t.Iterator[Question]:
    for name, member in value.items():
        if name in _KEPT:
            continue
        if "/" in name or name.startswith("."):  # a file of the node, or a value of a Secret
            yield {other: value[other] for other in value if other != name}
        for smaller in _smaller_bytes(member) if name.endswith("_b64") else _smaller(member):
            yield {**value, name: smaller}


def _smaller_bytes(value: t.Any) -> t.Iterator[t.Any]:
    if isinstance(value, str):
        for shorter in _shorter(base64.b64decode(value)):
            yield base64.b64encode(shorter).decode()
    elif isinstance(value, dict):
        for name, member in value.items():
            yield {other: value[other] for other in value if other != name}
            for smaller in _smaller_bytes(member):
                yield {**value, name: smaller}


T = t.TypeVar("T", str, bytes, "list[t.Any]")


def _shorter(sequence: T) -> t.Iterator[T]:
    """Without one half, without one quarter, and so on to single members."""
    size = len(sequence) // 2 or 1
    while size and sequence:
        for start in range(0, len(sequence), size):
            yield sequence[:start] + sequence[start + size :]
        size //= 2
