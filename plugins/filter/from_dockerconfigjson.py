# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``from_dockerconfigjson``; from_dockerconfigjson.yml is its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._domain.docker_config.config import DockerConfig, DockerConfigError, Format, parse_docker_config
from ..module_utils._domain.errors import InvalidInput
from ..module_utils._domain.image.registry_key import shown_registry
from ..module_utils._edge.filter_arguments import choice_argument, document_argument, fails_with, flag_argument
from ..module_utils._edge.options.credentials import register_document
from ..module_utils._edge.secrets import SecretRegister


@fails_with(AnsibleFilterError)
def from_dockerconfigjson(
    document: t.Any,
    format: t.Any = "dockerconfigjson",  # noqa: A002  # users write it
    reveal: t.Any = False,  # noqa: FBT002  # see above
) -> list[dict[str, str]]:
    """The credentials in a docker config, without their passwords unless asked."""
    form: Format = choice_argument(format, t.get_args(Format), where="format")
    is_revealed = flag_argument(reveal, where="reveal")
    config = _read(document_argument(document, where="document"), form)
    credentials = config.credentials(form)
    register_document(config, SecretRegister(), form)
    return [
        {
            "registry": registry if is_revealed else shown_registry(registry),
            "username": credential.username,
            **({"password": credential.password.reveal()} if is_revealed else {}),
            "email": _email(config.entries[registry]),
        }
        for registry, credential in credentials.items()
    ]


def _read(text: str, form: Format) -> DockerConfig:
    try:
        return parse_docker_config(text, form)
    except DockerConfigError as error:
        if error.problem != "not_json":
            raise
        raise InvalidInput("document", str(error), "what is in a Secret's data needs b64decode first") from None


def _email(fields: t.Mapping[str, t.Any]) -> str:
    """In an auth.json, which no reader looks there for one, it can be anything."""
    email = fields.get("email")
    return email if isinstance(email, str) else ""


class FilterModule:
    """The name under which Ansible finds the filters of a file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filter by its name."""
        return {"from_dockerconfigjson": from_dockerconfigjson}
