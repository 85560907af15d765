"""Which credentials a kubelet tries, and in which order; test_outcome.py in pull/ holds it against the kubelet's own answers."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import DockerConfig
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.keyring import (
    Candidate,
    Keyring,
    index_key_of,
    ties,
)

HUB = "https://index.docker.io/v1/"


def document(*registries: str, **named: str) -> DockerConfig:
    """A docker config in which each registry has itself as user name; ``named`` has other keys by user name."""
    entries = {registry: {"username": registry, "password": "hunter2"} for registry in registries}
    entries.update({registry: {"username": user, "password": "hunter2"} for user, registry in named.items()})
    return DockerConfig(entries)


def users(candidates: t.Iterable[Candidate]) -> list[str]:
    """Who pulls, in order."""
    return [candidate.credential.username for candidate in candidates]


@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        ("quay.io", "quay.io"),
        ("quay.io/", "quay.io"),
        ("https://quay.io", "quay.io"),
        ("http://quay.io/team", "quay.io/team"),
        ("https://quay.io/v1/", "quay.io"),
        ("https://quay.io/v2/team", "quay.io/team"),
        ("https://quay.io/v1/v2/", "quay.io/v2/"),
        ("quay.io/%76%32/team", "quay.io/team"),
        ("quay.io/v2", "quay.io/v2"),
        ("quay.io/v3/", "quay.io/v3/"),
        ("quay.io/api/v2/", "quay.io/api/v2/"),
        ("quay.io/team/", "quay.io/team/"),
        ("quay.io:443", "quay.io:443"),
        ("Quay.IO/Team", "Quay.IO/Team"),
        ("user@quay.io?query#fragment", "quay.io"),
        (HUB, "index.docker.io"),
        ("", ""),
        ("HTTPS://quay.io", "HTTPS://quay.io"),
        ("https://", ""),
        ("qu ay.io", None),
        ("oci://quay.io", "oci://quay.io"),
        ("quay.io:port", None),
        ("\ud800", "\ud800"),
    ],
)
def test_index_key(registry: str, expected: str | None) -> None:
    """Scheme and API version go, once; case, port and other slashes stay; what is no URL is dropped."""
    key = index_key_of(registry)

    assert expected == (None if key is None else key.decode("utf-8", "surrogatepass"))


def test_key_that_is_no_url() -> None:
    """A key that is dropped leaves the others in use."""
    keyring = Keyring.of([("team-a/regcred", document("quay.io:port", "quay.io"))])

    assert users(keyring.lookup("quay.io/app")) == ["quay.io"]


def test_candidate() -> None:
    """A candidate tells where it is from, with its key as it is written, and never shows the password."""
    keyring = Keyring.of([("a/one", document("ghcr.io")), ("a/two", document("https://quay.io/v2/"))])

    (candidate,) = keyring.lookup("quay.io/app")

    assert (candidate.registry, candidate.source, candidate.index_key, candidate.document) == (
        "https://quay.io/v2/",
        "a/two",
        b"quay.io",
        1,
    )
    assert candidate.credential.password.reveal() == "hunter2"
    assert "hunter2" not in repr(candidate)


def test_order() -> None:
    """The order of Secrets decides between equal keys alone; a narrower key goes first, wherever it is from."""
    first, second = document("*.io", one="quay.io"), document("quay.io/team", two="https://quay.io")

    assert users(Keyring.of([("a/1", first), ("a/2", second)]).lookup("quay.io/team/app")) == [
        "quay.io/team",
        "one",
        "two",
        "*.io",
    ]
    assert users(Keyring.of([("a/2", second), ("a/1", first)]).lookup("quay.io/team/app")) == [
        "quay.io/team",
        "two",
        "one",
        "*.io",
    ]


def test_the_same_credential_twice() -> None:
    """Equal credentials are tried as often as they stand there."""
    same = document("quay.io")

    assert users(Keyring.of([("a/one", same), ("a/two", same)]).lookup("quay.io/app")) == ["quay.io", "quay.io"]


class Fallback(t.NamedTuple):
    """Keys, a repository, what is tried for it, and which of Docker Hub's credentials are passed over."""

    keys: t.Sequence[str]
    repository: str
    tried: t.Sequence[str]
    passed_over: t.Sequence[str] = ()


FALLBACKS = {
    "nothing else matches": Fallback([HUB, "quay.io"], "docker.io/library/nginx", [HUB]),
    "without a path": Fallback(["index.docker.io"], "docker.io/library/nginx", ["index.docker.io"]),
    "index.docker.io with a path": Fallback(["index.docker.io/library"], "docker.io/library/nginx", []),
    "docker.io matches": Fallback(["docker.io", HUB], "docker.io/library/nginx", ["docker.io"], [HUB]),
    "a namespace matches": Fallback(["docker.io/team", HUB], "docker.io/team/app", ["docker.io/team"], [HUB]),
    "another namespace matches not": Fallback(["docker.io/team", HUB], "docker.io/other/app", [HUB]),
    "a glob matches": Fallback(["*.*", HUB], "docker.io/team/app", ["*.*"], [HUB]),
    "another registry": Fallback([HUB], "quay.io/app", []),
    "another registry with a key": Fallback(["quay.io", HUB], "quay.io/app", ["quay.io"]),
    "localhost": Fallback([HUB], "localhost/app", [HUB]),
    "localhost with a key of its own": Fallback(["localhost", HUB], "localhost/app", ["localhost"]),
    "localhost with a port": Fallback([HUB], "localhost:5000/app", []),
    "a host known by its capitals": Fallback([HUB], "Registry/app", [HUB]),
    "no credential of Docker Hub": Fallback(["quay.io", "*.*"], "docker.io/team/app", ["*.*"]),
}


@pytest.mark.parametrize("case", FALLBACKS.values(), ids=FALLBACKS.keys())
def test_docker_hub(case: Fallback) -> None:
    """Docker Hub's credentials are tried when no key matches, and are passed over for its own images alone."""
    keyring = Keyring.of([("team-a/regcred", document(*case.keys))])

    assert case.tried == users(keyring.lookup(case.repository))
    assert list(case.passed_over) == users(keyring.passed_over(case.repository))


def test_ties() -> None:
    """Chance has its say where one document has equal keys, and nowhere else."""
    keyring = Keyring.of(
        [
            ("a/one", document("quay.io", "https://quay.io", "quay.io/", "*.io", "https://*.io")),
            ("a/two", document("quay.io", "*.io/team", "quay.io/team")),
            ("a/two", document("quay.io")),
        ]
    )
    candidates = keyring.lookup("quay.io/team/app")

    assert users(candidates)[:1] == ["quay.io/team"]
    assert ties(candidates) == [(1, 4), (7, 9)]


@pytest.mark.parametrize("count", [0, 1])
def test_no_ties(count: int) -> None:
    """Nothing and one are no tie."""
    keyring = Keyring.of([("a/one", document(*["quay.io"][:count]))])

    assert ties(keyring.lookup("quay.io/app")) == []


def test_tie_at_the_end_of_one_source() -> None:
    """Equal keys of the Pod's Secrets and of the node's file are no tie, because Secrets go first."""
    one, two = Keyring.of([("a/one", document("quay.io"))]), Keyring.of([("node", document("quay.io"))])

    assert ties([*one.lookup("quay.io/app"), *two.lookup("quay.io/app")]) == []
