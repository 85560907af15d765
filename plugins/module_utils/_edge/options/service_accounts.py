# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options about ServiceAccounts that pull_secret, service_account_link and tenant share."""

from __future__ import annotations

import typing as t

from ..._domain.cluster.names import check_object_name, is_glob
from ..._domain.cluster.service_account import Usage
from ..._domain.errors import InvalidInput
from ..._operations.link_service_accounts import ServiceAccountChoice
from .argument_spec import SECONDS_OR_NONE, ArgumentSpec
from .namespaces import selector_from

ACCOUNT_SPEC = ArgumentSpec(
    {
        "service_accounts": {"type": "list", "elements": "str", "default": ["default"]},
        "missing_service_account": {"type": "str", "choices": ["wait", "create", "fail"], "default": "wait"},
        "wait_timeout": {"type": "int", "default": 30},
    },
    bounds={"wait_timeout": SECONDS_OR_NONE},
)
"""Options about ServiceAccounts that a tenant has as well."""

CHOICE_SPEC = ArgumentSpec(
    {
        "service_account_selector": {"type": "str"},
        "usage": {"type": "list", "elements": "str", "choices": ["pull", "mount"], "default": ["pull"]},
    }
)
"""What narrows the ServiceAccounts, and which of their lists is meant."""


def chosen_usages(params: t.Mapping[str, t.Any]) -> tuple[Usage, ...]:
    """
    Which lists of a ServiceAccount are meant.

    Raises:
        InvalidInput: None is.
    """
    if not params["usage"]:
        raise InvalidInput("usage", "is empty", "give at least one")
    return tuple(dict.fromkeys(params["usage"]))


def accounts_of_secret(params: t.Mapping[str, t.Any]) -> ServiceAccountChoice | None:
    """
    The ServiceAccounts that are linked to the Secret of the same task, ``None`` where the task leaves links alone.

    Raises:
        InvalidInput: A name cannot be one, or a selector has nothing to narrow.
    """
    names = params["service_accounts"]
    selector = selector_from(params, "service_account_selector")
    if names:
        return chosen_accounts(params, names, selector)
    if names is None and selector:
        raise InvalidInput(
            "service_account_selector", "selects nothing without service_accounts", "give those, such as ['*']"
        )
    return None if names is None else ServiceAccountChoice(names=(), owner=params["owner"])


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
