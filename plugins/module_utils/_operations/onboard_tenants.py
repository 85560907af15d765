# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many tenants at once: their namespaces, pull Secrets and linked ServiceAccounts, from the first Pod to the last."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, field, replace

from .._domain.change import PlaceResult, skipped_namespace
from .._domain.cluster.names import NamePatterns, check_namespace_name
from .._domain.cluster.namespaces import Namespace, NamespaceSelection
from .._domain.cluster.ownership import TENANT, owner_of, tenant_labels
from .._domain.cluster.service_account import ServiceAccount, WantedLinks
from .._domain.errors import InvalidInput
from .._domain.pull_secret.secret import ObservedSecret, WantedSecret
from .._domain.secret_text import Fingerprinter
from .._domain.shown_names import shown_names
from .._kube.api import KubeApi
from .bring_linked_secret import LinkedSecret, coming_steps, leaving_steps, steps_in_new_namespace
from .carry_out import NamespaceSteps, Step, carry_out, failing_step
from .link_service_accounts import ServiceAccountChoice, missing_accounts, removal_order
from .manage_namespaces import TaskOutcome, creation_step, find_namespaces, metadata_step, removal_step
from .observe import Observation, observe_secrets, observe_service_accounts, wait_for_service_accounts


@dataclass(frozen=True)
class Tenant:
    """
    One tenant.

    Attributes:
        name: For people, and for the results.
        namespaces: Names, no globs.
        secret: The pull Secret in each of them.
        accounts: The ServiceAccounts that are linked to it.
        labels: Labels to set on the namespaces; others are kept.
        annotations: Annotations to set on the namespaces; others are kept.
        present: ``False`` to offboard.
        remembered: Offboard the namespaces that remember the tenant as well, whatever they are called.
    """

    name: str
    namespaces: tuple[str, ...]
    secret: WantedSecret
    accounts: ServiceAccountChoice = field(default_factory=ServiceAccountChoice)
    labels: t.Mapping[str, str] = field(default_factory=dict)
    annotations: t.Mapping[str, str] = field(default_factory=dict)
    present: bool = True
    remembered: bool = False

    @property
    def links(self) -> WantedLinks:
        """The references on its ServiceAccounts."""
        return self.linked_secret.links(present=self.present)

    @property
    def own_labels(self) -> t.Mapping[str, str]:
        """What remembers it: on its Secrets, and on namespaces that are made for it."""
        return tenant_labels(self.name)

    @property
    def linked_secret(self) -> LinkedSecret:
        """The pull Secret, which remembers the tenant while it is here, and who is linked to it."""
        own_labels = self.own_labels if self.present else {}
        return LinkedSecret(replace(self.secret, labels={**self.secret.labels, **own_labels}), self.accounts)


@dataclass(frozen=True)
class TenantTask:
    """
    What is asked for.

    Attributes:
        remove_namespaces: Offboarding takes the namespaces that are ours as well.
        prune_limit: Refuse to offboard a tenant that more namespaces than this remember which are not named.
    """

    tenants: tuple[Tenant, ...]
    owner: str = "default"
    remove_namespaces: bool = False
    prune_limit: int = 10


@dataclass(frozen=True)
class _Cluster:
    """
    What was found, once for all tenants.

    Attributes:
        places: The names of each tenant's namespaces.
        held_up: Why nothing is done for a tenant, by its name.
    """

    namespaces: t.Mapping[str, Namespace]
    places: t.Mapping[str, t.Sequence[str]]
    held_up: t.Mapping[str, str]
    secrets: Observation[ObservedSecret]
    accounts: Observation[ServiceAccount]
    came: t.Mapping[tuple[str, str], ServiceAccount] | None
    is_listed: bool


def manage_tenants(api: KubeApi, task: TenantTask, marks: Fingerprinter, *, check_mode: bool) -> TaskOutcome:
    """
    Onboard and offboard.

    Raises:
        InvalidInput: Nothing was written.
        ApiError: Nothing was written; what fails later is in the results.
    """
    _check(task)
    if not task.tenants:
        return TaskOutcome()
    cluster = _observe(api, task, check_mode=check_mode)
    plans: list[NamespaceSteps] = []
    skipped: list[PlaceResult] = []
    for tenant in task.tenants:
        for name in cluster.places[tenant.name]:
            namespace = cluster.namespaces.get(name)
            if namespace is not None and namespace.is_terminating:
                skipped.append(skipped_namespace(name, "the namespace is being deleted", tenant.name))
                continue
            steps = _steps(api, task, tenant, name, cluster, marks)
            plans.append(NamespaceSteps(name, steps, tenant=tenant.name))
    return TaskOutcome(carry_out(api, plans, check_mode=check_mode) + skipped, _warnings(task, plans, cluster))


def _warnings(task: TenantTask, plans: t.Iterable[NamespaceSteps], cluster: _Cluster) -> list[str]:
    warnings = []
    searched = [tenant.name for tenant in task.tenants if tenant.remembered]
    if searched and not cluster.is_listed:
        warnings.append(
            f"tenants: namespaces may not be listed, so those that remember {shown_names(searched)} were not looked for;"
            " grant it, or give the namespaces"
        )
    found = {plan.tenant for plan in plans for step in plan.steps if step.planned.action != "unchanged"}
    idle = [tenant for tenant in task.tenants if not tenant.present and tenant.name not in found]
    for cure, names in (
        ("or give the namespaces", [tenant.name for tenant in idle if tenant.remembered]),
        ("or leave namespaces out to look for the label", [tenant.name for tenant in idle if not tenant.remembered]),
    ):
        if names:
            warnings.append(f"tenants: nothing to offboard was found of {shown_names(names)}; check the names, {cure}")
    return warnings


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
    named = tuple(name for tenant in task.tenants for name in tenant.namespaces)
    selected = find_namespaces(api, NamespaceSelection(names=named or ("*",), missing="create"))
    found = {namespace.name: namespace for namespace in (*(selected.listed or ()), *selected.existing)}
    for name in selected.terminating:
        found.setdefault(name, Namespace(name, is_terminating=True))
    places = {tenant.name: list(tenant.namespaces) for tenant in task.tenants}
    searched = {tenant.own_labels[TENANT]: tenant for tenant in task.tenants if tenant.remembered}
    taken = set(named)

    def remember(name: str, labels: t.Mapping[str, str]) -> None:
        tenant = searched.get(labels.get(TENANT, ""))
        if tenant and owner_of(labels) == task.owner and name in found and name not in taken:
            taken.add(name)
            places[tenant.name].append(name)

    def readable() -> list[str]:
        return sorted(name for name in taken if name in found and not found[name].is_terminating)

    for namespace in selected.listed or ():
        remember(namespace.name, namespace.labels)
    secrets = observe_secrets(api, sorted({tenant.secret.name for tenant in task.tenants}), readable())
    for secret in secrets.by_place.values():
        remember(secret.namespace, secret.labels)
    held_up = {}
    for tenant in task.tenants:
        found_here = sorted(places[tenant.name][len(tenant.namespaces) :])
        places[tenant.name] = [*tenant.namespaces, *found_here]
        if len(found_here) > task.prune_limit:
            held_up[tenant.name] = _over_limit(task, found_here)
    accounts = observe_service_accounts(api, _account_patterns(task), readable())
    came = _awaited(api, task, frozenset(readable()), accounts, check_mode=check_mode)
    return _Cluster(found, places, held_up, secrets, accounts, came, is_listed=selected.listed is not None)


def _over_limit(task: TenantTask, places: t.Sequence[str]) -> str:
    """
    Why a tenant is not offboarded that more namespaces remember than is allowed.

    Whoever may label a namespace can have it remember any tenant: that must not hold up the other tenants.
    """
    return (
        f"left: {len(places)} namespaces that are not named remember the tenant, and prune_limit is {task.prune_limit}"
        f" ({shown_names(places)}); raise it if all of them are the tenant's, or give the namespaces that are"
    )


def _account_patterns(task: TenantTask) -> list[str]:
    names = {name for tenant in task.tenants for name in tenant.accounts.names}
    if not all(tenant.present for tenant in task.tenants):
        names.add("*")  # offboarding finds links that were added later, too
    return sorted(names)


def _awaited(
    api: KubeApi,
    task: TenantTask,
    readable: t.Collection[str],
    accounts: Observation[ServiceAccount],
    *,
    check_mode: bool,
) -> t.Mapping[tuple[str, str], ServiceAccount] | None:
    awaited = [
        place
        for tenant in task.tenants
        for place in missing_accounts(
            tenant.links, tenant.accounts, filter(readable.__contains__, tenant.namespaces), accounts
        )
    ]
    seconds = max((tenant.accounts.wait_seconds for tenant in task.tenants), default=0.0)
    return None if check_mode else wait_for_service_accounts(api, awaited, seconds)


def _steps(
    api: KubeApi, task: TenantTask, tenant: Tenant, name: str, cluster: _Cluster, marks: Fingerprinter
) -> tuple[Step, ...]:
    unreadable = cluster.secrets.unreadable.get(name) or cluster.accounts.unreadable.get(name)
    if unreadable:
        return (failing_step("Secret", tenant.secret.name, unreadable),)
    namespace = cluster.namespaces.get(name)
    if not tenant.present:
        if namespace and tenant.name in cluster.held_up:
            return (failing_step("Secret", tenant.secret.name, cluster.held_up[tenant.name]),)
        return _offboarding(api, task, tenant, namespace, cluster, marks) if namespace else ()
    if namespace is None:
        return _in_new_namespace(api, task, tenant, name, marks)
    return _in_existing_namespace(api, task, tenant, namespace, cluster, marks)


def _in_new_namespace(
    api: KubeApi, task: TenantTask, tenant: Tenant, name: str, marks: Fingerprinter
) -> tuple[Step, ...]:
    return (
        creation_step(api, name, task.owner, {**tenant.labels, **tenant.own_labels}, tenant.annotations),
        *steps_in_new_namespace(api, tenant.linked_secret, name, marks),
    )


def _in_existing_namespace(
    api: KubeApi, task: TenantTask, tenant: Tenant, namespace: Namespace, cluster: _Cluster, marks: Fingerprinter
) -> tuple[Step, ...]:
    name = namespace.name
    patterns = NamePatterns(tenant.accounts.names)
    chosen = [account for account in cluster.accounts.in_namespace(name) if patterns.match(account.name)]
    observed = cluster.secrets.get(name, tenant.secret.name)
    return (
        metadata_step(api, namespace, task.owner, tenant.labels, tenant.annotations, tenant.own_labels),
        *coming_steps(api, tenant.linked_secret, name, observed, chosen, cluster.came, marks),
    )


def _offboarding(
    api: KubeApi, task: TenantTask, tenant: Tenant, namespace: Namespace, cluster: _Cluster, marks: Fingerprinter
) -> tuple[Step, ...]:
    name = namespace.name
    removal = removal_step(api, namespace, task.owner, tenant.own_labels, is_named=name in tenant.namespaces)
    if task.remove_namespaces and removal.planned.action == "deleted":
        return (removal,)
    observed = cluster.secrets.get(name, tenant.secret.name)
    accounts = cluster.accounts.in_namespace(name)
    steps = leaving_steps(api, tenant.linked_secret, observed, accounts, marks, "the tenant is offboarded")
    return tuple(removal_order([*steps, *([removal] if task.remove_namespaces else [])]))
