"""
Whether two answers to one question are the same, as far as a kubelet's own answer is certain.

Where the kubelet leaves the order of credentials to chance, our answer has ``ties``: ranges ``[start, end)`` of its list.
Any order within a range is the same answer, and any exchange beyond it is a difference.
"""

from __future__ import annotations

import itertools
import typing as t

Answer: t.TypeAlias = t.Mapping[str, t.Any]
Credential: t.TypeAlias = t.Mapping[str, str]

_COMPARED: t.Final[t.Mapping[str, t.Sequence[str]]] = {
    "image": ("repo", "tag", "digest"),
    "parse": ("entries",),
    "providers": (),
    "match_image": ("matches",),
}
"""What counts of an answer beside whether there is an error; a lookup has rules of its own."""


def same(op: str, theirs: Answer, ours: Answer) -> bool:
    """
    Whether the kubelet's answer is the one that we foretold.

    Args:
        op: What was asked: ``image``, ``parse``, ``lookup``, ``providers`` or ``match_image``.
        theirs: The kubelet's; the wording of an error does not count.
        ours: Ours, or the expectation of a vector; ``ties`` may be missing.
    """
    if (theirs["error"] is None) != (ours["error"] is None):
        return False
    if op in _COMPARED:
        return theirs["error"] is not None or all(theirs[name] == ours[name] for name in _COMPARED[op])
    return theirs["found"] == ours["found"] and is_possible(
        theirs["credentials"], ours["credentials"], ours.get("ties", ())
    )


def is_possible(
    order: t.Sequence[Credential], foretold: t.Sequence[Credential], ties: t.Sequence[t.Sequence[int]]
) -> bool:
    """
    Whether credentials are in one of the orders that an answer stands for.

    Raises:
        ValueError: The ranges are not in order, overlap, have less than two members or go beyond the list.
    """
    _check(ties, len(foretold))
    return _settled(order, ties) == _settled(foretold, ties)


def fixed_ties(foretold: Answer, theirs: t.Sequence[Answer]) -> list[tuple[int, int]]:
    """
    The ties of our answer that are none: two neighbours came in the same order in all of the kubelet's answers.

    Args:
        foretold: Ours.
        theirs: The kubelet's to the same question, asked so often that chance would have shown itself.
    """
    return [
        (start, end)
        for start, end in foretold["ties"]
        for one, other in itertools.pairwise(foretold["credentials"][start:end])
        if one != other and len({_is_before(one, other, answer["credentials"][start:end]) for answer in theirs}) == 1
    ]


def _settled(credentials: t.Sequence[Credential], ties: t.Sequence[t.Sequence[int]]) -> list[tuple[str, str, str]]:
    """The credentials with each tie in one fixed order."""
    plain = [(one["source"], one["username"], one["password"]) for one in credentials]
    for start, end in ties:
        plain[start:end] = sorted(plain[start:end])
    return plain


def _check(ties: t.Sequence[t.Sequence[int]], length: int) -> None:
    last = 0
    for start, end in ties:
        if start < last or end < start + 2 or end > length:
            raise ValueError(f"ties {ties}: no ranges of a list of {length}")
        last = end


def _is_before(one: Credential, other: Credential, credentials: t.Sequence[Credential]) -> bool:
    return credentials.index(one) < credentials.index(other)
