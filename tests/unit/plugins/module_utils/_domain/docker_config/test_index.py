"""Which registry keys match a repository, and in which order."""

from __future__ import annotations

import random
import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.index import KeyIndex
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.go.url import parse_url


def matching(keys: t.Iterable[str], repository: str) -> list[str]:
    """What an index of these keys finds."""
    return [key.decode() for key in KeyIndex(key.encode() for key in keys).matching(repository)]


@pytest.mark.parametrize(
    ("key", "repository", "expected"),
    [
        ("quay.io", "quay.io/team/app", True),
        ("quay.io", "quay.io", True),
        ("quay.io", "QUAY.io/app", False),
        ("quay.io", "quay.io.example/app", False),
        ("quay.io", "my.quay.io/app", False),
        ("quay.io:5000", "quay.io:5000/app", True),
        ("quay.io", "quay.io:5000/app", False),
        ("quay.io:443", "quay.io/app", False),
        ("quay.io:", "quay.io/app", True),
        ("quay.io:0443", "quay.io:443/app", False),
        ("quay.io/te", "quay.io/team/app", True),
        ("quay.io/team/", "quay.io/team/app", True),
        ("quay.io/team/", "quay.io/team", False),
        ("quay.io/team/app", "quay.io/team", False),
        ("quay.io/Team", "quay.io/team", False),
        ("*.example.com", "reg.example.com/app", True),
        ("*.example.com", "example.com/app", False),
        ("*.example.com", "a.reg.example.com/app", False),
        ("*.example.com/team", "reg.example.com/team/app", True),
        ("*.example.com/team", "reg.example.com/app", False),
        ("*.example.com:5000", "reg.example.com:5000/app", True),
        ("*.example.com:5000", "reg.example.com/app", False),
        ("reg.*.com", "reg.example.com/app", True),
        ("reg-*.example.com", "reg-a.example.com/app", True),
        ("reg-*.example.com", "reg.example.com/app", False),
        ("*", "localhost/app", True),
        ("*", "quay.io/app", False),
        ("*.*", "docker.io/library/nginx", True),
        ("10.0.0.*", "10.0.0.1/app", True),
        ("quay.io/*", "quay.io/team", False),
        ("[::1]:5000", "[::1]:5000/app", True),
        ("[::1]", "[::1]/app", False),
        ("[::1]", "1/app", True),
        ("quay.io/%zz", "quay.io/%zz", False),
    ],
)
def test_matching(key: str, repository: str, expected: bool) -> None:
    """Ports are equal, labels fit one to one, and the path begins with the key's, as plain text."""
    assert ([key] if expected else []) == matching([key], repository)


def test_order() -> None:
    """What matches comes in descending order of bytes: a longer path before a shorter one, a letter before a star."""
    keys = [
        "*.*.com",
        "*.example.com",
        "*.example.com/team/app",
        "reg.*.com/team",
        "reg.example.com",
        "reg.example.com/team",
        "reg.example.com/team/app",
        "reg.example.com/te",
    ]

    assert matching(keys, "reg.example.com/team/app") == [
        "reg.example.com/team/app",
        "reg.example.com/team",
        "reg.example.com/te",
        "reg.example.com",
        "reg.*.com/team",
        "*.example.com/team/app",
        "*.example.com",
        "*.*.com",
    ]


def test_keys_that_mean_the_same() -> None:
    """Keys with an equal host and path are all found, each by its own text."""
    keys = ["quay.io", "quay.io?a", "quay.io#b"]

    assert matching(keys, "quay.io/app") == ["quay.io?a", "quay.io#b", "quay.io"]


def test_again() -> None:
    """A host that was asked for before has its answer, and no other host has it."""
    index = KeyIndex([b"*.example.com", b"reg.example.com/team"])
    asked = ["reg.example.com/app", "reg.example.com/team", "example.com/app", "quay.io/app", "reg.example.com/app"]

    assert [index.matching(repository) for repository in asked] == [
        [b"*.example.com"],
        [b"reg.example.com/team", b"*.example.com"],
        [],
        [],
        [b"*.example.com"],
    ]


def test_ends_of_globs() -> None:
    """A label is matched as a whole: ends of globs do not overlap, and no glob is found twice."""
    keys = ["ab*ba.io", "*ba.io", "*cba.io", "a*.io", "*.io"]

    assert matching(keys, "aba.io/x") == ["a*.io", "*ba.io", "*.io"]
    assert matching(keys, "abba.io/x") == ["ab*ba.io", "a*.io", "*ba.io", "*.io"]
    assert matching(keys, "a.io/x") == ["a*.io", "*.io"]


def test_path_shorter_than_keys() -> None:
    """A repository with a short path has its keys once, beside longer ones."""
    assert matching(["quay.io/a", "quay.io/abcd", "quay.io"], "quay.io/a") == ["quay.io/a", "quay.io"]


def test_no_repository() -> None:
    """A text that is no URL matches nothing."""
    assert matching(["quay.io", "*.*"], "qu ay.io/app") == []


def test_against_a_scan() -> None:
    """For any keys and repositories the index finds what going through all keys finds, in the same order."""
    dice = random.Random(0)
    labels = ["a", "b", "a-b", "*", "a*", "*b", "a-*", "*-b", "*ba", "a*b", "*a*", "a**b"]
    for _unused in range(100):
        keys = {_key(dice, labels, ["", "/", "/a", "/a/b", "/ab"]) for _each in range(12)}
        index = KeyIndex(key.encode() for key in keys)
        for _again in range(20):
            repository = _key(dice, ["a", "b", "a-b", "ab"], ["/a", "/a/b", "/abc", "/b/a"])
            expected = [key.encode() for key in sorted(keys, reverse=True) if _matches(key, repository)]
            assert expected == index.matching(repository), (sorted(keys), repository)


def _key(dice: random.Random, labels: t.Sequence[str], paths: t.Sequence[str]) -> str:
    host = ".".join(dice.choices(labels, k=dice.randint(1, 3)))
    return host + dice.choice(["", "", ":1", ":2"]) + dice.choice(paths)


def _matches(key: str, repository: str) -> bool:
    """The rule itself, as plainly as it can be written."""
    wanted, given = parse_url(key.encode()), parse_url(repository.encode())
    assert wanted
    assert given
    (host, port), (other_host, other_port) = wanted.split_port(), given.split_port()
    labels, other_labels = host.decode().split("."), other_host.decode().split(".")
    return (
        port == other_port
        and given.path.startswith(wanted.path)
        and len(labels) == len(other_labels)
        and all(
            re.fullmatch(re.escape(label).replace(r"\*", ".*"), other) for label, other in zip(labels, other_labels)
        )
    )
