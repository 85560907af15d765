# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many tenants at once: their namespaces, pull Secrets and linked ServiceAccounts, from the first Pod to the last."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, field

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubernetes_names import check_namespace_name
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.name_patterns import NamePatterns
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.namespace_selection import (
    Namespace,
    NamespaceSelection,
    is_protected,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.ownership import owner_of, ownership_labels
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.plan import (
    Change,
    NamespaceResult,
    skipped_namespace,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret import ObservedSecret, WantedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import Fingerprinter
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.service_account import (
    ServiceAccount,
    WantedLinks,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.link_steps import birth_step, link_step
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.namespaces import (
    creation_step,
    find_namespaces,
    metadata_step,
    removal_step,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.observe import (
    Observation,
    observe_secrets,
    observe_service_accounts,
    wait_for_service_accounts,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.secret_steps import (
    secret_removal_step,
    secret_step,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.service_account_links import (
    ServiceAccountChoice,
    account_steps,
    missing_accounts,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.steps import (
    NamespaceSteps,
    Step,
    carry_out,
    failing_step,
)


@dataclass(frozen=True)
class Tenant:
    """
    One tenant.

    Args:
        name: For people, and for the results.
        namespaces: Names, no globs.
        secret: The pull Secret in each of them.
        accounts: The ServiceAccounts that are linked to it.
        labels: Labels of the namespaces; ``annotations`` likewise. Others are kept.
        present: ``False`` to offboard.
    """

    name: str
    namespaces: tuple[str, ...]
    secret: WantedSecret
    accounts: ServiceAccountChoice = field(default_factory=ServiceAccountChoice)
    labels: t.Mapping[str, str] = field(default_factory=dict)
    annotations: t.Mapping[str, str] = field(default_factory=dict)
    present: bool = True

    @property
    def links(self) -> WantedLinks:
        """The references on its ServiceAccounts."""
        return WantedLinks((self.secret.name,), present=self.present)


@dataclass(frozen=True)
class TenantTask:
    """What is asked for. ``remove_namespaces``: offboarding takes the namespaces that are ours as well."""

    tenants: tuple[Tenant, ...]
    owner: str = "default"
    remove_namespaces: bool = False


@dataclass(frozen=True)
class _Cluster:
    """What was found, once for all tenants."""

    namespaces: t.Mapping[str, Namespace]
    secrets: Observation[ObservedSecret]
    accounts: Observation[ServiceAccount]
    came: t.Mapping[tuple[str, str], ServiceAccount] | None


def manage_tenants(api: KubeApi, task: TenantTask, marks: Fingerprinter, *, check_mode: bool) -> list[NamespaceResult]:
    """
    Onboard and offboard.

    Raises:
        InvalidInput: Nothing was written.
        ApiError: Nothing was written; what fails later is in the results.
    """
    _check(task)
    if not task.tenants:
        return []
    cluster = _observe(api, task, check_mode=check_mode)
    plans: list[NamespaceSteps] = []
    skipped: list[NamespaceResult] = []
    for tenant in task.tenants:
        for name in tenant.namespaces:
            namespace = cluster.namespaces.get(name)
            if namespace is not None and namespace.is_terminating:
                skipped.append(skipped_namespace(name, "the namespace is being deleted", tenant.name))
                continue
            steps = _steps(api, task, tenant, name, cluster, marks)
            plans.append(NamespaceSteps(name, steps, tenant=tenant.name))
    return carry_out(api, plans, check_mode=check_mode) + skipped


def _check(task: TenantTask) -> None:
    for tenant in task.tenants:
        for index, name in enumerate(tenant.namespaces):
            check_namespace_name(name, where=f"tenant {tenant.name}: namespaces[{index}]")
    twice = _repeated(tenant.name for tenant in task.tenants)
    if twice:
        raise InvalidInput("tenants", f"the name {twice[0]} is given twice", "give each tenant one entry")
    shared = _repeated(name for tenant in task.tenants for name in dict.fromkeys(tenant.namespaces))
    if shared:
        holders = [tenant.name for tenant in task.tenants if shared[0] in tenant.namespaces]
        raise InvalidInput(
            "tenants", f"the namespace {shared[0]} belongs to {' and '.join(holders)}", "give it to one of them"
        )


def _repeated(names: t.Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _observe(api: KubeApi, task: TenantTask, *, check_mode: bool) -> _Cluster:
    names = tuple(name for tenant in task.tenants for name in tenant.namespaces)
    selected = find_namespaces(api, NamespaceSelection(names=names, missing="create"))
    found = {namespace.name: namespace for namespace in selected.existing}
    readable = frozenset(found)
    found.update((name, Namespace(name, is_terminating=True)) for name in selected.terminating)
    secret_names = sorted({tenant.secret.name for tenant in task.tenants})
    account_names = {name for tenant in task.tenants for name in tenant.accounts.names}
    if not all(tenant.present for tenant in task.tenants):
        account_names.add("*")  # offboarding finds links that were added later, too
    secrets = observe_secrets(api, secret_names, sorted(readable))
    accounts = observe_service_accounts(api, sorted(account_names), sorted(readable))
    awaited = [
        place
        for tenant in task.tenants
        for place in missing_accounts(
            tenant.links, tenant.accounts, filter(readable.__contains__, tenant.namespaces), accounts
        )
    ]
    seconds = max((tenant.accounts.wait_seconds for tenant in task.tenants), default=0.0)
    came = None if check_mode else wait_for_service_accounts(api, awaited, seconds)
    return _Cluster(found, secrets, accounts, came)


def _steps(
    api: KubeApi, task: TenantTask, tenant: Tenant, name: str, cluster: _Cluster, marks: Fingerprinter
) -> tuple[Step, ...]:
    unreadable = cluster.secrets.unreadable.get(name) or cluster.accounts.unreadable.get(name)
    if unreadable:
        return (failing_step("Secret", tenant.secret.name, unreadable),)
    namespace = cluster.namespaces.get(name)
    if not tenant.present:
        return _offboarding(api, task, tenant, namespace, cluster, marks) if namespace else ()
    if namespace is None:
        return _in_new_namespace(api, task, tenant, name, marks)
    return _in_existing_namespace(api, tenant, namespace, cluster, marks)


def _in_new_namespace(
    api: KubeApi, task: TenantTask, tenant: Tenant, name: str, marks: Fingerprinter
) -> tuple[Step, ...]:
    labels = ownership_labels(task.owner)
    births = [birth_step(api, tenant.links, name, account, labels) for account in tenant.accounts.plain_names]
    return (
        creation_step(api, name, task.owner, tenant.labels, tenant.annotations),
        secret_step(api, tenant.secret, None, name, marks),
        *births,
    )


def _in_existing_namespace(
    api: KubeApi, tenant: Tenant, namespace: Namespace, cluster: _Cluster, marks: Fingerprinter
) -> tuple[Step, ...]:
    name = namespace.name
    patterns = NamePatterns(tenant.accounts.names)
    chosen = [account for account in cluster.accounts.in_namespace(name) if patterns.match(account.name)]
    return (
        metadata_step(api, namespace, tenant.labels, tenant.annotations),
        secret_step(api, tenant.secret, cluster.secrets.get(name, tenant.secret.name), name, marks),
        *account_steps(api, tenant.links, tenant.accounts, name, chosen, cluster.came),
    )


def _offboarding(
    api: KubeApi, task: TenantTask, tenant: Tenant, namespace: Namespace, cluster: _Cluster, marks: Fingerprinter
) -> tuple[Step, ...]:
    name = namespace.name
    is_ours = owner_of(namespace.labels) == task.owner
    if task.remove_namespaces and is_ours and not is_protected(name):
        return (removal_step(api, namespace),)
    steps: list[Step] = []
    secret = cluster.secrets.get(name, tenant.secret.name)
    if secret is None or owner_of(secret.labels) == task.owner:
        steps += [link_step(api, tenant.links, account) for account in cluster.accounts.in_namespace(name)]
    if secret is not None:
        steps.append(secret_removal_step(api, tenant.secret, secret, marks, "the tenant is offboarded"))
    if task.remove_namespaces:
        why = "is protected" if is_protected(name) else "was not made for this owner"
        kept = Change("Namespace", name, "skipped", f"kept: {why}")
        steps.append(Step(kept, lambda: kept))
    return tuple(steps)
