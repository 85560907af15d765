"""The images of a node by their names."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reference import parse_image
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.local_image import (
    LocalImage,
    LocalImages,
    grouped,
    local_name,
    names_that_stay,
    tags_of,
    written_out,
)

DIGEST = f"sha256:{'1' * 64}"
ID = f"sha256:{'2' * 64}"
SHOP = ("quay.io/shop:1", f"quay.io/shop@{DIGEST}", ID)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("team/app:1", "docker.io/team/app:1"),
        ("localhost:5000/app:1", "localhost:5000/app:1"),
        (f"quay.io/shop@{DIGEST}", f"quay.io/shop@{DIGEST}"),
        (f"quay.io/shop:1@{DIGEST}", f"quay.io/shop@{DIGEST}"),
    ],
)
def test_local_name(image: str, expected: str) -> None:
    """Names are written out, and beside a digest a tag does not count."""
    assert local_name(parse_image(image)) == expected


@pytest.mark.parametrize(("name", "expected"), [("nginx:1", "docker.io/library/nginx:1"), ("my image", "my image")])
def test_written_out(name: str, expected: str) -> None:
    """What is no name of a registry's image stays as it is."""
    assert written_out(name) == expected


def test_found_by_name_and_id() -> None:
    """An image is found by each of its names, and by its id."""
    shop, other = LocalImage(ID, SHOP), LocalImage("other", ("quay.io/other:1",))
    images = LocalImages([shop, other])

    assert [images.named(name) for name in SHOP] == [shop] * 3
    assert (images.named("quay.io/shop:2"), images.with_id(ID), images.with_id("gone")) == (None, shop, None)


def test_grouped() -> None:
    """Lines with the same id are one image, pinned if one of its names is, and each name counts once."""
    images = grouped([("a", "x:1", False), ("b", "y:1", False), ("a", "x:2", True), ("a", "x:1", False)])

    assert images == (LocalImage("a", ("x:1", "x:2"), pinned=True), LocalImage("b", ("y:1",)))


def test_tags() -> None:
    """Neither a digest nor an id is a tag."""
    assert tags_of(LocalImage(ID, ("localhost:5000/app:1", *SHOP))) == ("localhost:5000/app:1", "quay.io/shop:1")


@pytest.mark.parametrize(
    ("names", "leaving", "expected"),
    [
        (SHOP, {"quay.io/shop:1"}, ()),
        ((*SHOP, "quay.io/shop:2"), {"quay.io/shop:1"}, ("quay.io/shop:2",)),
        ((*SHOP, "quay.io/shop:2"), {"quay.io/shop:1", "quay.io/shop:2"}, ()),
        ((*SHOP, f"ghcr.io/shop@{DIGEST}"), {"quay.io/shop:1"}, (f"ghcr.io/shop@{DIGEST}",)),
        (("localhost:5000/a:1", f"localhost:5000/a@{DIGEST}"), {"localhost:5000/a:1"}, ()),
        (SHOP, {f"quay.io/shop@{DIGEST}"}, ("quay.io/shop:1",)),
    ],
    ids=["the last", "another tag", "all tags", "another registry's digest", "a port is no tag", "digest beside a tag"],
)
def test_names_that_stay(names: tuple[str, ...], leaving: set[str], expected: tuple[str, ...]) -> None:
    """An image goes with the last name that somebody gave it; digest and id go with the tag."""
    assert names_that_stay(LocalImage(ID, names), leaving) == expected
