"""Names, labels and annotations: what the API server would refuse is refused before anything is written."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.names import (
    NamePatterns,
    check_annotations,
    check_labels,
    check_namespace_name,
    check_object_name,
    is_dns_label,
    is_dns_subdomain,
    is_glob,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput

# Name, whether it is a label, whether it is a subdomain.
NAMES: t.Sequence[tuple[str, bool, bool]] = [
    ("a", True, True),
    ("team-a", True, True),
    ("0", True, True),
    ("a--b", True, True),
    ("a" * 63, True, True),
    ("a" * 64, False, True),
    ("a" * 253, False, True),
    ("a" * 254, False, False),
    ("team.a", False, True),
    ("team..a", False, False),
    (".team", False, False),
    ("team.", False, False),
    ("-team", False, False),
    ("team-", False, False),
    ("team-.a", False, False),
    ("Team", False, False),
    ("team_a", False, False),
    ("team a", False, False),
    ("team\n", False, False),
    ("täm", False, False),
    ("", False, False),
]


@pytest.mark.parametrize(("name", "is_label", "is_subdomain"), NAMES)
def test_names(name: str, is_label: bool, is_subdomain: bool) -> None:
    """A name is a label or a subdomain exactly where RFC 1123, as Kubernetes reads it, says so."""
    assert is_label is is_dns_label(name)
    assert is_subdomain is is_dns_subdomain(name)


def test_namespace_name() -> None:
    """A bad name of a namespace is refused with where it stands and what would do."""
    expected = (
        "namespaces[1]: 'Team_A' cannot name a namespace; use at most 63 lower-case letters, digits and '-',"
        " starting and ending with a letter or digit"
    )

    check_namespace_name("team-a", where="namespaces[0]")
    with pytest.raises(InvalidInput, match=f"^{re.escape(expected)}$"):
        check_namespace_name("Team_A", where="namespaces[1]")


def test_object_name() -> None:
    """A bad name of an object is refused with where it stands and what would do."""
    expected = (
        "name: 'a/b' cannot name a Kubernetes object; use at most 253 lower-case letters, digits, '-' and '.',"
        " starting and ending with a letter or digit"
    )

    check_object_name("reg.cred", where="name")
    with pytest.raises(InvalidInput, match=f"^{re.escape(expected)}$"):
        check_object_name("a/b", where="name")


GOOD_KEYS = ["team", "example.com/team", "Team_a.b", "a" * 63, "a.b.c/" + "x" * 63]
BAD_KEYS = ["", "/team", "example.com/", "Example.com/team", "a/b/c", "-team", "team-", "a" * 64, "te am", "a_b/team"]
GOOD_VALUES = ["", "a", "1", "A_b.c-d", "a" * 63]
BAD_VALUES = ["-a", "a-", "a b", "a" * 64, "a/b", "a:b", "ä", "a\n"]


@pytest.mark.parametrize("key", GOOD_KEYS)
def test_good_keys(key: str) -> None:
    """A key that the API server takes is taken for labels and annotations."""
    check_labels({key: "v"}, where="labels")
    check_annotations({key: "any text: at all"}, where="annotations")


@pytest.mark.parametrize("key", BAD_KEYS)
def test_bad_keys(key: str) -> None:
    """A key that the API server refuses is refused for labels and annotations."""
    expected = (
        f": {key!r} cannot be the key of a label or annotation;"
        " use an optional DNS prefix and '/', then at most 63 letters, digits, '-', '_' and '.'"
    )

    with pytest.raises(InvalidInput, match=f"^{re.escape('labels' + expected)}$"):
        check_labels({"good": "v", key: "v"}, where="labels")
    with pytest.raises(InvalidInput, match=f"^{re.escape('annotations' + expected)}$"):
        check_annotations({key: "v"}, where="annotations")


@pytest.mark.parametrize("value", GOOD_VALUES)
def test_good_values(value: str) -> None:
    """A value that the API server takes is taken."""
    check_labels({"key": value}, where="labels")


@pytest.mark.parametrize("value", BAD_VALUES)
def test_bad_values(value: str) -> None:
    """A value that the API server refuses is refused, naming its key."""
    expected = (
        f"labels['key']: {value!r} cannot be the value of a label;"
        " use at most 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit"
    )

    with pytest.raises(InvalidInput, match=f"^{re.escape(expected)}$"):
        check_labels({"key": value}, where="labels")


MATCHES: t.Sequence[tuple[t.Sequence[str], str, bool]] = [
    (["team-a"], "team-a", True),
    (["team-a"], "team-ab", False),
    (["team-a"], "my-team-a", False),
    (["team-*"], "team-", True),
    (["team-*"], "team-a-b", True),
    (["team-*"], "my-team-a", False),
    (["team-?"], "team-a", True),
    (["team-?"], "team-ab", False),
    (["team-[ab]"], "team-b", True),
    (["team-[!ab]"], "team-b", False),
    (["*"], "anything", True),
    (["x", "y*"], "yes", True),
    ([], "anything", False),
    (["Team-*"], "team-a", False),
    (["a.b"], "axb", False),
]


@pytest.mark.parametrize(("patterns", "name", "expected"), MATCHES)
def test_match(patterns: t.Sequence[str], name: str, expected: bool) -> None:
    """A name is matched whole, with case, by any of the names and globs."""
    assert expected is NamePatterns(patterns).match(name)


@pytest.mark.parametrize(("name", "expected"), [("a", False), ("a*", True), ("a?", True), ("[a]", True), ("", False)])
def test_is_glob(name: str, expected: bool) -> None:
    """What stands for several names is distinguished from a plain name."""
    assert expected is is_glob(name)


def test_empty() -> None:
    """No pattern at all can be asked for."""
    assert not NamePatterns([])
    assert NamePatterns(["a"])
    assert NamePatterns(["*"])
