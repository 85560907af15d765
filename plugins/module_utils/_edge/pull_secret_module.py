# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of pull_secret to its outcome."""

from __future__ import annotations

import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubernetes_names import (
    check_annotations,
    check_labels,
    check_object_name,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.ownership import (
    MANAGED_BY,
    OWNER,
    TENANT,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret import LAST_APPLIED, WantedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.argument_spec import ArgumentSpec
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.cluster_options import CLUSTER_SPEC
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.credential_options import (
    CREDENTIAL_SPEC,
    Declared,
    declared_credentials,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.namespace_options import (
    NAMESPACE_SPEC,
    missing_namespace_spec,
    selection_from,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.result import Outcome, outcome_of
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.pull_secrets import (
    PullSecretTask,
    manage_pull_secrets,
)

if t.TYPE_CHECKING:
    from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.module import Edge

SECRET_SPEC = CREDENTIAL_SPEC + ArgumentSpec(
    {
        "type": {"type": "str", "choices": ["dockerconfigjson", "dockercfg"], "default": "dockerconfigjson"},
        "purge_registries": {"type": "bool", "default": True},
        "immutable": {"type": "bool"},
        "on_conflict": {"type": "str", "choices": ["fail", "skip", "adopt", "replace"], "default": "fail"},
        "owner": {"type": "str", "default": "default"},
    }
)
"""Options of a pull Secret that a tenant's has as well."""

PULL_SECRET_SPEC = (
    CLUSTER_SPEC
    + NAMESPACE_SPEC
    + missing_namespace_spec("fail", "skip", "create")
    + SECRET_SPEC
    + ArgumentSpec(
        {
            "name": {"type": "str", "required": True},
            "labels": {"type": "dict", "default": {}},
            "annotations": {"type": "dict", "default": {}},
            "prune": {"type": "bool", "default": False},
            "prune_limit": {"type": "int", "default": 10},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=(("state", "present", ("registries", "config_json", "config_file"), True),),
    )
)


def run_pull_secret(edge: Edge) -> Outcome:
    """What pull_secret does."""
    params = edge.params
    declared = declared_credentials(params, edge.secrets, form=params["type"])
    present = params["state"] == "present"
    task = PullSecretTask(
        wanted=wanted_secret(params, declared, params["name"], params["labels"], params["annotations"]),
        selection=selection_from(params if present else dict(params, missing_namespace="skip"), may_create=True),
        present=present,
        prune=params["prune"] and present,
        prune_limit=params["prune_limit"],
    )
    if present and not (declared.present or (declared.absent and not params["purge_registries"])):
        raise InvalidInput("registries", "is empty", "give a registry, or set state to absent to remove the Secret")
    done = manage_pull_secrets(edge.connect(), task, edge.marks, check_mode=edge.check_mode)
    return outcome_of(done.results, [*declared.warnings, *done.warnings])


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
        name: Its name.
        labels: Its labels beside our own. ``annotations`` likewise.
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
    """YAML's booleans and numbers as people write them in labels."""
    return str(value).lower() if isinstance(value, bool) else str(value)
