# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of service_account_link to its outcome."""

from __future__ import annotations

import typing as t

from .._domain.change import NamespaceResult
from .._domain.cluster.names import check_object_name
from .._domain.cluster.service_account import WantedLinks
from .._domain.errors import InvalidInput
from .._operations.link_service_accounts import LinkTask, manage_links
from .options.argument_spec import ArgumentSpec
from .options.cluster import CLUSTER_SPEC
from .options.namespaces import NAMESPACE_SPEC, missing_namespace_spec, selection_from, selector_from
from .options.pull_secret import check_owner
from .options.service_accounts import ACCOUNT_SPEC, chosen_accounts
from .result import Outcome, outcome_of

if t.TYPE_CHECKING:
    from .module import Edge


SERVICE_ACCOUNT_LINK_SPEC = (
    CLUSTER_SPEC
    + NAMESPACE_SPEC
    + missing_namespace_spec("fail", "skip")
    + ACCOUNT_SPEC
    + ArgumentSpec(
        {
            "secrets": {"type": "list", "elements": "str", "required": True, "no_log": False},
            "service_account_selector": {"type": "str"},
            "usage": {"type": "list", "elements": "str", "choices": ["pull", "mount"], "default": ["pull"]},
            "missing_secret": {"type": "str", "choices": ["fail", "warn"], "default": "fail", "no_log": False},
            "owner": {"type": "str", "default": "default"},
            "prune_limit": {"type": "int", "default": 10},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        }
    )
)


def run_service_account_link(edge: Edge) -> Outcome:
    """What service_account_link does."""
    params = edge.params
    for index, name in enumerate(params["secrets"]):
        check_object_name(name, where=f"secrets[{index}]")
    for option in ("secrets", "usage"):
        if not params[option]:
            raise InvalidInput(option, "is empty", "give at least one")
    check_owner(params["owner"])
    task = LinkTask(
        wanted=WantedLinks(
            secrets=tuple(dict.fromkeys(params["secrets"])),
            usages=tuple(dict.fromkeys(params["usage"])),
            present=params["state"] == "present",
            owner=params["owner"],
        ),
        accounts=chosen_accounts(params, params["service_accounts"], selector_from(params, "service_account_selector")),
        selection=selection_from(params),
        missing_secret=params["missing_secret"],
        prune_limit=params["prune_limit"],
    )
    outcome = manage_links(edge.connect(), task, check_mode=edge.check_mode)
    rows = [row for result in outcome.results for row in _account_rows(result)]
    return outcome_of(outcome.results, outcome.warnings, service_accounts=rows)


def _account_rows(result: NamespaceResult) -> t.Iterator[dict[str, str]]:
    for change in result.changes:
        if change.kind == "ServiceAccount" and change.action != "unchanged":
            yield {
                "namespace": result.namespace,
                "name": change.name,
                "action": change.action,
                "reason": change.reason,
            }
