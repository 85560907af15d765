# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option that names images, as they stand in a container's ``image``."""

from __future__ import annotations

import typing as t

from ..._domain.errors import InvalidInput
from ..._domain.image.reference import ImageReference, InvalidImage, parse_image, shown_image
from ..._domain.shown_names import is_plain
from ..secrets import SecretRegister


def image_references(
    images: t.Sequence[str], secrets: SecretRegister, *, credentials: str = "a Secret"
) -> list[ImageReference]:
    """
    What the images mean, in their order.

    Args:
        images: The option ``images``.
        secrets: Where a password before a registry's host is registered.
        credentials: What takes credentials instead.

    Raises:
        InvalidInput: There is none, or one is no image; without a password.
    """
    if not images:
        raise InvalidInput("images", "is empty", "give at least one")
    check_images(images, secrets, credentials=credentials)
    return [_reference(image, f"images[{index}]") for index, image in enumerate(images)]


def check_images(images: t.Iterable[str], secrets: SecretRegister, *, credentials: str = "a Secret") -> None:
    """
    Refuse an image with a user before the registry's host, and what could be a secret; arguments as for :func:`image_references`.

    Raises:
        InvalidInput: naming the first by its place, without a password.
    """
    for index, image in enumerate(images):
        if shown_image(image) != image:
            secrets.add_url(image)
            cure = f"give the image alone; credentials go into {credentials}"
            raise InvalidInput(f"images[{index}]", "has a user before the registry's host", cure)
        if not is_plain(image):
            problem = "is no image, and not shown since it could be secret"
            raise InvalidInput(f"images[{index}]", problem, "give a name such as quay.io/team/app:1.4")


def _reference(image: str, where: str) -> ImageReference:
    try:
        return parse_image(image)
    except InvalidImage as problem:
        cure = "write [registry/]repository[:tag][@digest] in lower case"
        raise InvalidInput(where, f"{image!r} {problem}", cure) from None
