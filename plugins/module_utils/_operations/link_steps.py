# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A ServiceAccount's references: the plan as a step, and the write that loses nobody's entry."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._domain.change import Change
from .._domain.cluster.permission import Permission
from .._domain.cluster.service_account import (
    LinkPlan,
    ServiceAccount,
    WantedLinks,
    plan_linked_service_account,
    plan_links,
)
from .._kube.api import KubeApi, service_account_path, service_accounts_path
from .._kube.errors import AlreadyExists
from .._kube.objects import service_account_from
from .contended_write import write_beside_others
from .steps import Step, check_changed


def link_step(api: KubeApi, wanted: WantedLinks, observed: ServiceAccount) -> Step:
    """The references of a ServiceAccount that is there."""
    plan = plan_links(wanted, observed)
    # On a conflict it is read again.
    needs = tuple(Permission(verb, "serviceaccounts", observed.namespace, observed.name) for verb in ("get", "patch"))
    return Step(plan.change, lambda: _patch(api, wanted, observed), needs)


def birth_step(api: KubeApi, wanted: WantedLinks, namespace: str, name: str, labels: t.Mapping[str, str]) -> Step:
    """
    A ServiceAccount that is not there yet, linked from birth.

    Where a controller is faster, it is linked then, and reported as planned: check mode cannot know who wins.
    """
    plan = plan_linked_service_account(wanted, namespace, name, labels)

    def apply() -> Change:
        try:
            api.create(service_accounts_path(namespace), plan.manifest or {})
        except AlreadyExists:
            _patch(api, wanted, _read(api, namespace, name))
        return plan.change

    return Step(plan.change, apply, (Permission("create", "serviceaccounts", namespace),))


def awaited_step(wanted: WantedLinks, namespace: str, name: str, seconds: float) -> Step:
    """What check mode says of a ServiceAccount that a run would wait for."""
    plan = plan_linked_service_account(wanted, namespace, name, {})
    reason = f"does not exist yet: waited for up to {seconds:g} s, then linked to {', '.join(wanted.secrets)}"
    change = replace(plan.change, action="updated", reason=reason)
    return Step(change, lambda: change)


def _patch(api: KubeApi, wanted: WantedLinks, observed: ServiceAccount) -> Change:
    namespace, name = observed.namespace, observed.name

    def write(plan: LinkPlan) -> None:
        if plan.patch:
            answer = api.merge_patch(service_account_path(namespace, name), plan.patch)
            check_changed(answer, plan.resource_version)

    return write_beside_others(
        plan_links(wanted, observed),
        write,
        lambda: plan_links(wanted, _read(api, namespace, name)),
        is_done=lambda _plan, again: not again.patch,
    )


def _read(api: KubeApi, namespace: str, name: str) -> ServiceAccount:
    return service_account_from(api.get(service_account_path(namespace, name)))
