# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``registry_key``; registry_key.yml is its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ..module_utils._domain.image.reader_keys import Reader, key_for
from ..module_utils._domain.masking.visible_text import visible
from ..module_utils._edge.filter_arguments import choice_argument, fails_with, text_argument


@fails_with(AnsibleFilterError)
def registry_key(registry: t.Any, reader: t.Any = "kubelet") -> str:
    """What to write for a registry in the file of one reader."""
    found = key_for(
        text_argument(registry, where="registry"),
        choice_argument(reader, t.get_args(Reader), where="reader"),
        where="registry",
    )
    if found.warning:
        Display().warning(visible(f"registry_key: {found.warning}"))
    return found.key


class FilterModule:
    """The name under which Ansible finds the filters of a file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filter by its name."""
        return {"registry_key": registry_key}
