"""How the kubelet reads the name of an image."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reference import (
    ImageReference,
    InvalidImage,
    parse_image,
)

VECTORS = json.loads(
    (Path(__file__).parents[4] / "vectors" / "kubelet" / "image-names.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_against_the_kubelet(vector: t.Mapping[str, t.Any]) -> None:
    """An image is read as the kubelet reads it, and refused where it is refused."""
    expected = vector["expect"]
    if expected["error"]:
        with pytest.raises(InvalidImage):
            parse_image(vector["input"]["image"])
        return
    image = parse_image(vector["input"]["image"])
    assert (image.repository, image.tag, image.digest) == (expected["repo"], expected["tag"], expected["digest"])


@pytest.mark.parametrize(
    ("image", "registry", "path"),
    [
        ("nginx", "docker.io", "library/nginx"),
        ("team/app", "docker.io", "team/app"),
        ("index.docker.io/nginx", "docker.io", "library/nginx"),
        ("localhost/app", "localhost", "app"),
        ("registry.example.com:5000/team/app", "registry.example.com:5000", "team/app"),
        ("my_reg.io/app", "", "my_reg.io/app"),
    ],
)
def test_registry_and_path(image: str, registry: str, path: str) -> None:
    """The registry is distinguished from the path; a name whose first part looks like a host and is none has no registry."""
    reference = parse_image(image)
    assert (reference.registry, reference.path) == (registry, path)


@pytest.mark.parametrize(
    ("image", "familiar"),
    [
        ("docker.io/library/nginx:1.27", "nginx"),
        ("docker.io/team/app", "team/app"),
        ("docker.io/library/nginx/more", "library/nginx/more"),
        ("quay.io/library/nginx", "quay.io/library/nginx"),
    ],
)
def test_familiar(image: str, familiar: str) -> None:
    """The familiar name is the shortest that means the same repository."""
    assert parse_image(image).familiar == familiar
    assert parse_image(familiar).repository == parse_image(image).repository


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("nginx@sha256:" + "0" * 64, "IfNotPresent"),
        ("nginx:latest@sha256:" + "0" * 64, "Always"),
    ],
)
def test_default_pull_policy(image: str, policy: str) -> None:
    """The pull policy is the one that the API server sets."""
    assert parse_image(image).default_pull_policy == policy


def test_text() -> None:
    """The text of a reference is the reference, normalised, and is read as the same."""
    digest = "sha256:" + "a" * 64
    assert str(parse_image(f"team/app:v1@{digest}")) == f"docker.io/team/app:v1@{digest}"
    assert str(ImageReference("quay.io", "app")) == "quay.io/app"
    assert str(parse_image("my_reg.io/app")) == "my_reg.io/app:latest"
    for image in ("nginx", "quay.io/app:v1", "my_reg.io/app", f"quay.io/app@{digest}"):
        assert parse_image(image) == parse_image(str(parse_image(image)))


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ("", "is empty"),
        ("0" * 64, "64 hexadecimal digits"),
        ("https://quay.io/team/app", "has a scheme"),
        ("robot:hunter2@quay.io/app", "has a user before the registry's host"),
        ("quay.io/Team/app", "has capitals in its path 'Team/app'"),
        ('quay.io/{"Team"}', "has capitals in its path '(not shown)'"),
        ("quay.io/team/app@sha256:abc", "has a digest that is not"),
        ("-quay.io/team/app", "has no valid registry host in '-quay.io'"),
        ("quay.io/team//app", "has a path 'team//app' that breaks the rules"),
        ("quay.io/team/app:.v1", "has a tag that breaks the rules"),
        ("quay.io/" + "a" * 256, "has a path of 256 characters, and 255 are allowed"),
    ],
)
def test_invalid(image: str, problem: str) -> None:
    """What is wrong with an invalid image is reported."""
    with pytest.raises(InvalidImage, match=re.escape(problem)):
        parse_image(image)
