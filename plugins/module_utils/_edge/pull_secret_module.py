# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of pull_secret to its outcome."""

from __future__ import annotations

import typing as t

from .._domain.errors import InvalidInput
from .._operations.manage_pull_secrets import PullSecretTask, manage_pull_secrets
from .options.argument_spec import ArgumentSpec
from .options.cluster import CLUSTER_SPEC
from .options.credentials import declared_credentials
from .options.namespaces import NAMESPACE_SPEC, missing_namespace_spec, selection_from
from .options.pull_secret import SECRET_SPEC, wanted_secret
from .result import Outcome, outcome_of

if t.TYPE_CHECKING:
    from .module import Edge


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
