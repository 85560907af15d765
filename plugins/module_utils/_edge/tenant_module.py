# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of tenant to its outcome."""

from __future__ import annotations

import typing as t

from .._domain.cluster.names import is_dns_label
from .._domain.errors import InvalidInput
from .._operations.onboard_tenants import Tenant, TenantTask, manage_tenants
from .options.argument_spec import ArgumentSpec
from .options.cluster import CLUSTER_SPEC
from .options.credentials import CREDENTIAL_SPEC, Declared, declared_credentials, register_urls
from .options.pull_secret import SECRET_SPEC, check_owner, checked_annotations, checked_labels, wanted_secret
from .options.service_accounts import ACCOUNT_SPEC, chosen_accounts
from .result import Outcome, outcome_of

if t.TYPE_CHECKING:
    from .module import Edge

DEFAULT_SECRET_NAME = "regcred"

_ITEM_SPEC = CREDENTIAL_SPEC + ArgumentSpec(
    {
        "name": {"type": "str", "required": True},
        "namespaces": {"type": "list", "elements": "str"},
        "labels": {"type": "dict"},
        "annotations": {"type": "dict"},
        "secret_name": {"type": "str"},
        "service_accounts": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": ["present", "absent"]},
    }
)

TENANT_SPEC = (
    CLUSTER_SPEC
    + SECRET_SPEC
    + ACCOUNT_SPEC
    + ArgumentSpec(
        {
            "tenants": {"type": "list", "elements": "dict", "required": True, **_ITEM_SPEC.as_suboptions()},
            "labels": {"type": "dict", "default": {}},
            "annotations": {"type": "dict", "default": {}},
            "secret_name": {"type": "str", "default": DEFAULT_SECRET_NAME},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "remove_namespaces": {"type": "bool", "default": False},
            "prune_limit": {"type": "int", "default": 10},
        }
    )
)

_CREDENTIAL_OPTIONS = ("registries", "config_json", "config_file")


def run_tenant(edge: Edge) -> Outcome:
    """What tenant does."""
    params = edge.params
    for item in params["tenants"]:
        register_urls(item["registries"] or [], edge.secrets)
    check_owner(params["owner"])
    shared = declared_credentials(params, edge.secrets, form=params["type"])
    warnings = [*shared.warnings, *([] if params["tenants"] else ["tenants: is empty, so nothing was done"])]
    tenants = []
    for item in params["tenants"]:
        declared = _declared(edge, item, shared)
        warnings += declared.warnings if declared is not shared else []
        tenants.append(_tenant(params, item, declared))
    task = TenantTask(
        tuple(tenants),
        owner=params["owner"],
        remove_namespaces=params["remove_namespaces"],
        prune_limit=params["prune_limit"],
    )
    done = manage_tenants(edge.connect(), task, edge.marks, check_mode=edge.check_mode)
    return outcome_of(done.results, warnings + done.warnings)


def _declared(edge: Edge, item: t.Mapping[str, t.Any], shared: Declared) -> Declared:
    if all(item[option] is None for option in _CREDENTIAL_OPTIONS):
        return shared
    return declared_credentials(item, edge.secrets, form=edge.params["type"], where=f"tenant {item['name']}")


def _tenant(params: t.Mapping[str, t.Any], item: t.Mapping[str, t.Any], declared: Declared) -> Tenant:
    where = f"tenant {item['name']}"
    if not item["name"].strip():
        raise InvalidInput("tenants: name", f"{item['name']!r} is blank", "give each tenant a name")
    present = _said(params, item, "state") == "present"
    if present and not declared.present:
        raise InvalidInput(f"{where}: registries", "is empty", "give the tenant, or the task, a registry")
    remembered = not present and item["namespaces"] is None
    namespaces = [item["name"]] if item["namespaces"] is None else item["namespaces"]
    if remembered and not is_dns_label(item["name"]):
        namespaces = []
    elif not namespaces:
        raise InvalidInput(f"{where}: namespaces", "is empty", "give one, or leave it out for one named as the tenant")
    return Tenant(
        name=item["name"],
        namespaces=tuple(dict.fromkeys(namespaces)),
        secret=wanted_secret(params, declared, _said(params, item, "secret_name"), {}, {}, where=where),
        accounts=chosen_accounts(params, _said(params, item, "service_accounts"), where=where),
        labels=checked_labels(_said(params, item, "labels"), where=f"{where}: labels"),
        annotations=checked_annotations(_said(params, item, "annotations"), where=f"{where}: annotations"),
        present=present,
        remembered=remembered,
    )


def _said(params: t.Mapping[str, t.Any], item: t.Mapping[str, t.Any], option: str) -> t.Any:
    """What the item says, else what the task says."""
    return params[option] if item[option] is None else item[option]
