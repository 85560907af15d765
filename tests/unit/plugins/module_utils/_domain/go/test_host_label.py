"""Labels of a registry key's host as Go's filepath.Match takes them; the answers in the tables are those of Go 1.26."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.go.host_label import SPECIAL, compile_label


class Label(t.NamedTuple):
    """A label, what it matches, and what not."""

    label: str
    matching: t.Sequence[str]
    others: t.Sequence[str]


LABELS = [
    Label("*", ["", "quay", "a\nb"], []),
    Label("team-*", ["team-", "team-a"], ["team", "ateam-", "Team-a"]),
    Label("*-prod", ["-prod", "a-prod"], ["a-prods", "prod"]),
    Label("*a*b", ["ab", "xaybzb"], ["xayc", "ba"]),
    Label("a+b*", ["a+b", "a+bc"], ["aab", "aabc"]),
    Label("[A::B]", ["A", "B", ":"], ["::", "C", "A::B", "[A::B]"]),
    Label("[::1]", [":", "1"], ["::1", "2"]),
    Label("[a-c]", ["a", "b", "c"], ["d", "-", "ab"]),
    Label("[c-a]", [], ["a", "b", "c", "-"]),
    Label("*-[a]", ["x-a", "-a"], ["x-b", "x-"]),
]


@pytest.mark.parametrize("case", LABELS, ids=[case.label for case in LABELS])
def test_label(case: Label) -> None:
    """A star is any text, brackets are one character of those in them, and all else is itself."""
    pattern = compile_label(case.label.encode())

    assert pattern
    assert [text for text in (*case.matching, *case.others) if pattern.fullmatch(text)] == case.matching


@pytest.mark.parametrize("label", ["[", "*[", "[]", "[]a]", "[a-", "[a-c", "[a-]", "[-a]", "[--a]", "[a--]"])
def test_malformed(label: str) -> None:
    """A malformed label matches nothing, and is no error."""
    assert compile_label(label.encode()) is None


def test_bytes_that_are_no_text() -> None:
    """A byte that is not UTF-8 matches itself."""
    pattern = compile_label(b"\xff*")

    assert pattern
    assert pattern.fullmatch(b"\xffa".decode("utf-8", "surrogateescape"))
    assert not pattern.fullmatch(b"\xfea".decode("utf-8", "surrogateescape"))


def test_special() -> None:
    """Only labels that could match more than themselves are compiled at all."""
    assert [bool(SPECIAL.search(label)) for label in (b"quay", b"a.b", b"*", b"a[b", b"a]b")] == [
        False,
        False,
        True,
        True,
        False,
    ]
