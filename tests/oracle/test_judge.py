from __future__ import annotations

import itertools
import typing as t

import pytest

from tests.oracle.judge import Answer, fixed_ties, is_possible, same


def lookup(users: str, **more: t.Any) -> dict[str, t.Any]:
    """An answer with a credential for each letter."""
    credentials = [{"username": user, "password": "pw", "source": "ns/s"} for user in users]
    return {"error": None, "credentials": credentials, "found": bool(users), **more}


FAILED: t.Final = {"error": "no", "credentials": [], "found": False}
IMAGE: t.Final = {"error": None, "repo": "quay.io/a", "tag": "latest", "digest": ""}
ENTRIES: t.Final = {"error": None, "entries": {"quay.io": {"username": "u", "password": "p"}}}

SAME: t.Mapping[str, tuple[str, Answer, Answer]] = {
    "an image": ("image", IMAGE, IMAGE),
    "no image, in other words": ("image", {**IMAGE, "error": "invalid", "repo": ""}, {**IMAGE, "error": "is empty"}),
    "a document": ("parse", ENTRIES, ENTRIES),
    "no document": ("parse", {"error": "EOF", "entries": None}, {"error": "not JSON", "entries": None}),
    "credentials": ("lookup", lookup("abc"), lookup("abc", ties=[])),
    "nothing found": ("lookup", lookup(""), lookup("", ties=[])),
    "a tie the other way": ("lookup", lookup("acbd"), lookup("abcd", ties=[(1, 3)])),
    "two ties, one beside the other": ("lookup", lookup("badc"), lookup("abcd", ties=[[0, 2], [2, 4]])),
    "a tie of all": ("lookup", lookup("cab"), lookup("abc", ties=[(0, 3)])),
    "a failure": ("lookup", FAILED, {**FAILED, "error": "Secret a: not JSON"}),
}
DIFFERENT: t.Mapping[str, tuple[str, Answer, Answer]] = {
    "another tag": ("image", IMAGE, {**IMAGE, "tag": "v1"}),
    "an error of theirs": ("image", {**IMAGE, "error": "no"}, IMAGE),
    "an error of ours": ("parse", ENTRIES, {"error": "no", "entries": None}),
    "another password": ("parse", ENTRIES, {"error": None, "entries": {"quay.io": {"username": "u", "password": ""}}}),
    "another key": ("parse", ENTRIES, {"error": None, "entries": {}}),
    "another order": ("lookup", lookup("ba"), lookup("ab")),
    "one more": ("lookup", lookup("ab"), lookup("a")),
    "one twice in a tie": ("lookup", lookup("aa"), lookup("ab", ties=[(0, 2)])),
    "exchanged beyond a tie": ("lookup", lookup("cab"), lookup("abc", ties=[(0, 2)])),
    "exchanged between two ties": ("lookup", lookup("acbd"), lookup("abcd", ties=[(0, 2), (2, 4)])),
    "another source": (
        "lookup",
        lookup("a"),
        {**lookup("a"), "credentials": [{"username": "a", "password": "pw", "source": "node"}]},
    ),
    "found, though there is none": ("lookup", {**lookup(""), "found": True}, lookup("")),
    "a failure foretold": ("lookup", lookup(""), FAILED),
}


@pytest.mark.parametrize(("op", "theirs", "ours"), SAME.values(), ids=SAME.keys())
def test_same(op: str, theirs: Answer, ours: Answer) -> None:
    """What the kubelet may answer is no difference: an order that it leaves to chance, an error in its own words."""
    assert same(op, theirs, ours)


@pytest.mark.parametrize(("op", "theirs", "ours"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_different(op: str, theirs: Answer, ours: Answer) -> None:
    """Whatever the kubelet would not answer is a difference."""
    assert not same(op, theirs, ours)


def test_exactly_the_possible_orders() -> None:
    """Of all orders of five, those are possible in which each tie keeps its place."""
    foretold = lookup("abcde")["credentials"]

    possible = [
        "".join(order)
        for order in itertools.permutations("abcde")
        if is_possible(lookup("".join(order))["credentials"], foretold, [(0, 2), (3, 5)])
    ]

    assert possible == ["abcde", "abced", "bacde", "baced"]


@pytest.mark.parametrize("ties", [[(0, 1)], [(1, 4)], [(2, 1)], [(0, 2), (1, 3)], [(1, 3), (0, 2)]])
def test_ranges_that_are_none(ties: list[tuple[int, int]]) -> None:
    """Ties that overlap or leave the list are a mistake of ours, and hide nothing."""
    credentials = lookup("abc")["credentials"]

    with pytest.raises(ValueError, match="no ranges of a list of 3"):
        is_possible(credentials, credentials, ties)


FIXED: t.Mapping[str, tuple[list[str], list[tuple[int, int]]]] = {
    "both orders were seen": (["abc", "bac"], []),
    "only one order was seen": (["abc", "abc"], [(0, 2)]),
}


@pytest.mark.parametrize(("seen", "expected"), FIXED.values(), ids=FIXED.keys())
def test_fixed_ties(seen: list[str], expected: list[tuple[int, int]]) -> None:
    """A tie whose order never changes is none."""
    assert fixed_ties(lookup("abc", ties=[(0, 2)]), [lookup(users) for users in seen]) == expected


def test_a_tie_that_is_too_long() -> None:
    """Each two neighbours of a tie have to come in both orders."""
    assert fixed_ties(lookup("abc", ties=[(0, 3)]), [lookup("abc"), lookup("bac")]) == [(0, 3)]


def test_a_tie_of_equals() -> None:
    """Equal credentials show no order."""
    assert fixed_ties(lookup("aa", ties=[(0, 2)]), [lookup("aa")]) == []
