# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``image_reference``; image_reference.yml is its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._domain.errors import InvalidInput
from ..module_utils._domain.image.reference import InvalidImage, parse_image, shown_image
from ..module_utils._edge.filter_arguments import fails_with, text_argument


@fails_with(AnsibleFilterError)
def image_reference(image: t.Any) -> dict[str, str]:
    """The parts of an image's name, as the kubelet and the API server read it."""
    text = text_argument(image, where="image")
    try:
        reference = parse_image(text)
    except InvalidImage as error:
        raise InvalidInput(repr(shown_image(text)), str(error), "give it as it stands in a container's image") from None
    return {
        "registry": reference.registry,
        "repository": reference.repository,
        "path": reference.path,
        "tag": reference.tag,
        "digest": reference.digest,
        "familiar": reference.familiar,
        "pull_policy": reference.default_pull_policy,
    }


class FilterModule:
    """The name under which Ansible finds the filters of a file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filter by its name."""
        return {"image_reference": image_reference}
