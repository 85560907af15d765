"""Host and path of a registry key as Go's net/url reads them; the answers in the tables are those of Go 1.26."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.go.url import (
    SPECIAL,
    Url,
    compile_label,
    parse_url,
)

READ: t.Sequence[tuple[str, str, str]] = [
    ("", "", ""),
    ("quay.io", "quay.io", ""),
    ("quay.io/", "quay.io", "/"),
    ("quay.io/team/app", "quay.io", "/team/app"),
    ("quay.io//team", "quay.io", "//team"),
    ("/team", "", "/team"),
    ("QUAY.io/Team", "QUAY.io", "/Team"),
    ("quay.io:5000/team", "quay.io:5000", "/team"),
    ("quay.io:/team", "quay.io:", "/team"),
    ("*.example.com/team", "*.example.com", "/team"),
    ("user:password@quay.io/team", "quay.io", "/team"),
    ("u@v@quay.io", "quay.io", ""),
    ("%2F@quay.io", "quay.io", ""),
    ("user@", "", ""),
    ("quay.io?query", "quay.io", ""),
    ("quay.io/team?%zz", "quay.io", "/team"),
    ("quay.io/team#fragment", "quay.io", "/team"),
    ("quay.io#a\nb", "quay.io", ""),
    ("quay.io/a b", "quay.io", "/a b"),
    ("quay.io/a%20b%41", "quay.io", "/a bA"),
    ("quay%25.io", "quay%.io", ""),
    ("q\u00e4.io", "q\u00e4.io", ""),
    ("q%C3%A4.io", "q\u00e4.io", ""),
    ('q"<a>].io', 'q"<a>].io', ""),
    ("[::1]", "[::1]", ""),
    ("[::1]:", "[::1]:", ""),
    ("[::1]:5000/team", "[::1]:5000", "/team"),
    ("[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]", ""),
    ("[fe80::1%25eth0]:5000", "[fe80::1%eth0]:5000", ""),
    ("[fe80::1%25e%20%41]", "[fe80::1%e A]", ""),
]


@pytest.mark.parametrize(("text", "host", "path"), READ, ids=[repr(text) for text, _host, _path in READ])
def test_read(text: str, host: str, path: str) -> None:
    """Host and path are taken as they are: case and port stay, escapes go, the rest of a URL is dropped."""
    assert Url(host.encode(), path.encode()) == parse_url(text.encode())


REFUSED = {
    "a control character": ("quay.io/a\nb", "quay.io/\x7f", "quay.io\t"),
    "a bad escape in the path": ("quay.io/%zz", "quay.io/a%2"),
    "a bad escape in the fragment": ("quay.io/team#%zz",),
    "a bad escape in the user": ("us%zzer@quay.io", "user:p%zz@quay.io"),
    "a character that no user has": ("us er@quay.io", "us[er@quay.io", "us\u00e4r@quay.io"),
    "a character that no host has": (
        "qu ay.io",
        "qu\\ay.io",
        "q^a.io",
        "q`a.io",
        "q{a}.io",
        "q|a.io",
    ),
    "an escape of what a host can hold": ("qu%41y.io", "qu%2Fay.io"),
    "no number for a port": ("quay.io:port", "quay.io:50a", "*.example.com:*"),
    "two colons": ("a:b:c", "a:1:2", "::1"),
    "brackets around anything but an IPv6 address": (
        "[*]",
        "[a-b]:1",
        "[1.2.3.4]",
        "[::ffff:01.2.3.4]",
        "[[::1]]",
        "[::1",
        "[::1]x",
        "a[::1]",
    ),
    "a bad zone": ("[fe80::1%eth0]", "[fe80::1%25]", "[fe80::1%25a%0Ab]", "[fe80::1%25a%C3%A4]"),
}


@pytest.mark.parametrize("texts", REFUSED.values(), ids=REFUSED.keys())
def test_refused(texts: t.Sequence[str]) -> None:
    """What is no URL for Go is none here."""
    assert [None] * len(texts) == [parse_url(text.encode()) for text in texts]


def test_bytes_that_are_no_text() -> None:
    """An escape can make any byte, and none gets lost."""
    assert Url(b"q\xff.io", b"/\xff") == parse_url(b"q%FF.io/%FF")
    assert Url(b"q\xff.io", b"/\xff") == parse_url(b"q\xff.io/\xff")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("quay.io", ("quay.io", "")),
        ("quay.io:5000", ("quay.io", "5000")),
        ("quay.io:", ("quay.io", "")),
        ("[::1]:5000", ("::1", "5000")),
        ("[::1]:", ("::1", "")),
        ("[::1]", ("[::1]", "")),
        ("a]b:1", ("a]b:1", "")),
        ("", ("", "")),
    ],
)
def test_port(host: str, expected: tuple[str, str]) -> None:
    """An address in brackets is split only if a colon follows, as net.SplitHostPort does it, and else has no port."""
    name, port = Url(host.encode(), b"").split_port()

    assert expected == (name.decode(), port.decode())


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


def test_bytes_in_a_label() -> None:
    """A byte that is not UTF-8 matches itself."""
    pattern = compile_label(b"\xff*")

    assert pattern
    assert pattern.fullmatch(b"\xffa".decode("utf-8", "surrogateescape"))
    assert not pattern.fullmatch(b"\xfea".decode("utf-8", "surrogateescape"))


def test_special_labels() -> None:
    """Only labels that could match more than themselves are compiled at all."""
    assert [bool(SPECIAL.search(label)) for label in (b"quay", b"a.b", b"*", b"a[b", b"a]b")] == [
        False,
        False,
        True,
        True,
        False,
    ]
