# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options about ServiceAccounts that service_account_link and tenant share."""

from __future__ import annotations

import typing as t

from ..._domain.cluster.names import check_object_name
from ..._domain.errors import InvalidInput
from ..._domain.name_patterns import is_glob
from ..._operations.link_service_accounts import ServiceAccountChoice
from .argument_spec import ArgumentSpec

ACCOUNT_SPEC = ArgumentSpec(
    {
        "service_accounts": {"type": "list", "elements": "str", "default": ["default"]},
        "missing_service_account": {"type": "str", "choices": ["wait", "create", "fail"], "default": "wait"},
        "wait_timeout": {"type": "int", "default": 30},
    }
)
"""Options about ServiceAccounts that a tenant has as well."""


def chosen_accounts(
    params: t.Mapping[str, t.Any], names: t.Sequence[str], selector: str = "", *, where: str = ""
) -> ServiceAccountChoice:
    """
    The ServiceAccounts that the options describe.

    Raises:
        InvalidInput: A name cannot be one, or there is none.
    """
    prefix = f"{where}: " if where else ""
    if not names:
        raise InvalidInput(f"{prefix}service_accounts", "is empty", "give at least one name or glob")
    for index, name in enumerate(names):
        if not is_glob(name):
            check_object_name(name, where=f"{prefix}service_accounts[{index}]")
    return ServiceAccountChoice(
        names=tuple(dict.fromkeys(names)),
        selector=selector,
        missing=params["missing_service_account"],
        wait_seconds=float(params["wait_timeout"]),
        owner=params["owner"],
    )
