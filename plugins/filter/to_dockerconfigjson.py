# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``to_dockerconfigjson``; to_dockerconfigjson.yml is its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ..module_utils._domain.docker_config.config import Format, render_docker_config
from ..module_utils._domain.masking.visible_text import visible
from ..module_utils._edge.filter_arguments import choice_argument, fails_with, registries_argument
from ..module_utils._edge.options.credentials import declared_credentials
from ..module_utils._edge.secrets import SecretRegister


@fails_with(AnsibleFilterError)
def to_dockerconfigjson(registries: t.Any, format: t.Any = "dockerconfigjson") -> str:  # noqa: A002  # users write it
    """A docker config with these credentials, as text."""
    form = choice_argument(format, t.get_args(Format), where="format")
    items = registries_argument(registries, where="registries")
    declared = declared_credentials({"registries": items}, SecretRegister(), form=form)
    for warning in declared.warnings:
        Display().warning(visible(f"to_dockerconfigjson: {warning}"))
    return render_docker_config(declared.document, form).reveal()


class FilterModule:
    """The name under which Ansible finds the filters of a file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filter by its name."""
        return {"to_dockerconfigjson": to_dockerconfigjson}
