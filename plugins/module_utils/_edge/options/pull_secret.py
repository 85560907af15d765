# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a pull Secret that pull_secret and tenant share."""

from __future__ import annotations

import typing as t

from ..._domain.cluster.names import check_annotations, check_labels, check_object_name
from ..._domain.cluster.ownership import MANAGED_BY, OWNER, TENANT
from ..._domain.errors import InvalidInput
from ..._domain.pull_secret.secret import LAST_APPLIED, WantedSecret
from .argument_spec import ArgumentSpec
from .credentials import CREDENTIAL_SPEC, Declared

DEFAULT_OWNER = "default"

SECRET_SPEC = CREDENTIAL_SPEC + ArgumentSpec(
    {
        "type": {"type": "str", "choices": ["dockerconfigjson", "dockercfg"], "default": "dockerconfigjson"},
        "purge_registries": {"type": "bool", "default": True},
        "immutable": {"type": "bool"},
        "on_conflict": {"type": "str", "choices": ["fail", "skip", "adopt", "replace"], "default": "fail"},
        "owner": {"type": "str", "default": DEFAULT_OWNER},
    }
)
"""Options of a pull Secret that a tenant's has as well."""


def wanted_secret(
    params: t.Mapping[str, t.Any],
    declared: Declared,
    name: str,
    labels: t.Mapping[str, t.Any],
    annotations: t.Mapping[str, t.Any],
    *,
    where: str = "",
) -> WantedSecret:
    """
    The Secret that the options describe.

    Args:
        params: The options of ``SECRET_SPEC``.
        declared: Its credentials.
        labels: Labels to set beside our own.
        annotations: Annotations to set beside our own.
        where: The item that the options belong to, for messages.

    Raises:
        InvalidInput: naming the option.
    """
    prefix = f"{where}: " if where else ""
    check_object_name(name, where=f"{prefix}name")
    check_owner(params["owner"])
    return WantedSecret(
        name=name,
        document=declared.document,
        form=params["type"],
        present=tuple(declared.present),
        absent=tuple(declared.absent),
        purge=params["purge_registries"],
        owner=params["owner"],
        labels=checked_labels(labels, where=f"{prefix}labels"),
        annotations=checked_annotations(annotations, where=f"{prefix}annotations"),
        immutable=params["immutable"],
        on_conflict=params["on_conflict"],
    )


def checked_labels(labels: t.Mapping[str, t.Any], *, where: str) -> dict[str, str]:
    """
    Labels as text.

    Raises:
        InvalidInput: The API server would refuse one, or it says whose the object is.
    """
    texts = {str(key): _text(value) for key, value in labels.items()}
    check_labels(texts, where=where)
    for key in (MANAGED_BY, OWNER, TENANT):
        if key in texts:
            raise InvalidInput(
                f"{where}[{key!r}]", "says whose the object is", "leave it out, and use the option owner"
            )
    return texts


def checked_annotations(annotations: t.Mapping[str, t.Any], *, where: str) -> dict[str, str]:
    """
    Annotations as text.

    Raises:
        InvalidInput: The API server would refuse one, or it would hold a copy of the Secret.
    """
    texts = {str(key): _text(value) for key, value in annotations.items()}
    check_annotations(texts, where=where)
    if LAST_APPLIED in texts:
        raise InvalidInput(f"{where}[{LAST_APPLIED!r}]", "would hold a copy of the Secret", "leave it out")
    return texts


def check_owner(owner: str) -> None:
    """
    Refuse an owner that cannot be the value of a label.

    Raises:
        InvalidInput: naming the option.
    """
    if not owner:
        raise InvalidInput("owner", "is empty", "give a name for this declaration, such as 'platform'")
    check_labels({OWNER: owner}, where="owner")


def _text(value: t.Any) -> str:
    """A boolean or a number as in YAML, such as ``true``, since a label is a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
