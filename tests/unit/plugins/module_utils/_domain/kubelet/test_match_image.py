"""Patterns of credential providers, and what an image can match."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.index import KeyIndex
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reference import parse_image
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubelet.match_image import (
    check_match_image,
    is_match_image,
    judge_match_image,
)

VECTORS = [
    vector
    for vector in json.loads(
        (Path(__file__).parents[4] / "vectors/kubelet/credential-providers.json").read_text("utf-8")
    )
    if vector["input"]["op"] == "match_image"
]
IMAGES = [
    "nginx",
    "team/app",
    "quay.io/team/app:v1",
    "quay.io/v2/app",
    "registry.example.com:443/team/app",
    "eu.registry.example.com/app@sha256:" + "0" * 64,
    "localhost:5000/app",
    "[::1]:5000/app",
    "my_reg.io/app",
]


def matches(pattern: str, image: str) -> bool:
    """Whether the kubelet asks a provider with this pattern, by our matcher, which is compared with the kubelet's."""
    return bool(KeyIndex([pattern.encode()]).matching(parse_image(image).repository))


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_against_the_kubelet(vector: t.Mapping[str, t.Any]) -> None:
    """A pattern matches what it matches for the kubelet, and is a URL where it is one for Go."""
    asked, expected = vector["input"], vector["expect"]
    assert is_match_image(asked["pattern"]) == (expected["error"] is None)
    if expected["error"] is None:
        assert matches(asked["pattern"], asked["image"]) == expected["matches"]
        if expected["matches"]:
            verdict = judge_match_image(asked["pattern"])
            assert (
                verdict is None or verdict.severity == "warning" or "@" in asked["pattern"] or "?" in asked["pattern"]
            )


@pytest.mark.parametrize(
    ("pattern", "write"),
    [
        ("https://quay.io", "write 'quay.io'"),
        ("docker://quay.io/team", "write 'quay.io/team'"),
        ("index.docker.io", "write 'docker.io'"),
        ("index.docker.io/v1/", "write 'docker.io'"),
        ("index.docker.io/team", "write 'docker.io/team'"),
        ("quay.io/*", "write the path's beginning, such as 'quay.io/team'"),
        ("quay.io/team/app:v1", "write the repository without its tag"),
        ("quay.io/Team", "paths are lower case"),
        ("nginx", "give the full host name, or 'docker.io/nginx' for Docker Hub"),
        ("", "give the host as it stands in image names"),
        ("quay.io:*", "write host or host:port"),
        ("quay .io", "only '*' stands for other text"),
        ("quay.io?x", "only '*' stands for other text"),
        ("[a-z].io", "write host or host:port"),
    ],
)
def test_never_matched(pattern: str, write: str) -> None:
    """A pattern that nothing matches is refused, and the message says what to write."""
    with pytest.raises(InvalidInput) as caught:
        check_match_image(pattern, where="providers[0].match_images[0]")
    assert caught.value.where == "providers[0].match_images[0]"
    assert write in caught.value.cure
    if is_match_image(pattern):
        assert not any(matches(pattern, image) for image in IMAGES if "?" not in pattern)


def test_password_in_a_pattern() -> None:
    """Where somebody wrote a password it is not repeated."""
    with pytest.raises(InvalidInput, match="holds a user") as caught:
        check_match_image("robot:hunter2@quay.io", where="here")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("*", "matches only hosts without a dot"),
        ("*.io", "matches hosts of two labels, those of other owners too"),
        ("*registry.io", "matches hosts of two labels, those of other owners too"),
        ("registry-1.docker.io", "is not the host of any image on Docker Hub"),
        ("*.docker.io", "is not the host of any image on Docker Hub"),
        ("quay.io/v2/", "matches only repositories below 'v2'"),
        ("quay.io/v2/team", "matches only repositories below 'v2'"),
        ("QUAY.io", "has capitals"),
        ("quay.io:443", "matches only images whose name has the port 443"),
    ],
)
def test_looks_right(pattern: str, problem: str) -> None:
    """A pattern that probably means something else gets a warning."""
    warning = check_match_image(pattern, where="here")
    assert warning is not None
    assert warning.startswith(f"here: {pattern!r} {problem}")


@pytest.mark.parametrize(
    "pattern",
    [
        "quay.io",
        "quay.io/",
        "quay.io/team",
        "docker.io",
        "docker.io/library",
        "localhost:5000",
        "*.dkr.ecr.*.amazonaws.com",
        "*.azurecr.io",
        "registry.example.com:5000/team",
        "10.0.0.1:5000",
        "[::1]:5000",
    ],
)
def test_good(pattern: str) -> None:
    """What the Kubernetes documentation recommends is neither refused nor warned of."""
    assert judge_match_image(pattern) is None
