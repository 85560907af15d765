# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The images that a node has, by all of their names.

A name is written out: ``docker.io/library/nginx:1.29``, or ``docker.io/library/nginx@sha256:...``, in which a tag does not
count. In containerd an image also has its id for a name.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..image.reference import ImageReference, InvalidImage, parse_image


@dataclass(frozen=True)
class LocalImage:
    """
    An image of a node.

    Attributes:
        id: As its runtime has it, such as ``sha256:...``; another image has another.
        names: All of its names.
        pinned: Whether the kubelet's garbage collection leaves it alone; ``False`` where the runtime does not say.
    """

    id: str
    names: tuple[str, ...]
    pinned: bool = False


class LocalImages:
    """
    All images of a node.

    Args:
        images: In any order.
    """

    def __init__(self, images: t.Iterable[LocalImage]) -> None:
        self._by_id = {image.id: image for image in images}
        self._by_name = {name: image for image in self._by_id.values() for name in image.names}

    def named(self, name: str) -> LocalImage | None:
        """The image of this name."""
        return self._by_name.get(name)

    def with_id(self, image_id: str) -> LocalImage | None:
        """The image with this id."""
        return self._by_id.get(image_id)


def local_name(image: ImageReference) -> str:
    """The name under which a runtime keeps an image: where there is a digest, the tag does not count."""
    return f"{image.repository}@{image.digest}" if image.digest else str(image)


def written_out(name: str) -> str:
    """A name as a runtime shows it, such as ``nginx:1.29``, written out; what is no name of a registry's image stays as it is."""
    try:
        return local_name(parse_image(name))
    except InvalidImage:
        return name


def grouped(records: t.Iterable[tuple[str, str, bool]]) -> tuple[LocalImage, ...]:
    """
    Images from a list that has a line for each name.

    Args:
        records: Id, name, and whether this name is pinned, which pins the image.
    """
    names: dict[str, list[str]] = {}
    pinned: set[str] = set()
    for image_id, name, is_pinned in records:
        names.setdefault(image_id, []).append(name)
        pinned |= {image_id} if is_pinned else set()
    return tuple(
        LocalImage(image_id, tuple(dict.fromkeys(found)), image_id in pinned) for image_id, found in names.items()
    )


def tags_of(image: LocalImage) -> tuple[str, ...]:
    """Its names with a tag."""
    return tuple(name for name in image.names if not _is_digest(name))


def names_that_stay(image: LocalImage, leaving: t.Collection[str]) -> tuple[str, ...]:
    """
    The names that keep an image when others are taken away.

    A digest beside a tag of the same repository came with the tag, and goes with it; so does the image's id.

    Args:
        image: What loses names.
        leaving: The names that are taken away.
    """
    repositories = {_repository(name) for name in image.names if name in leaving}
    return tuple(
        name
        for name in image.names
        if name not in leaving and "/" in name and not (_is_digest(name) and _repository(name) in repositories)
    )


def _is_digest(name: str) -> bool:
    return "@" in name or "/" not in name


def _repository(name: str) -> str:
    whole = name.partition("@")[0]
    return whole if "@" in name else whole.rpartition(":")[0]
