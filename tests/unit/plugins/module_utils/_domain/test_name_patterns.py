"""Names and globs."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.name_patterns import NamePatterns, is_glob

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
