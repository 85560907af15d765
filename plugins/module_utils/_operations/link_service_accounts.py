# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""References to Secrets on ServiceAccounts, in many namespaces."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._domain.change import Change
from .._domain.cluster.names import NamePatterns, is_glob
from .._domain.cluster.namespaces import NamespaceSelection, check_removals
from .._domain.cluster.ownership import ownership_labels
from .._domain.cluster.service_account import (
    LinkPlan,
    ServiceAccount,
    WantedLinks,
    plan_linked_service_account,
    plan_links,
)
from .._domain.shown_names import shown_names
from .._kube.api import KubeApi, service_account_path, service_accounts_path
from .._kube.errors import AlreadyExists
from .._kube.objects import service_account_from
from .carry_out import NamespaceSteps, Step, carry_out, check_changed, failing_step, write_beside_others
from .check_permissions import Permission
from .manage_namespaces import TaskOutcome, find_namespaces, skipped_results, unmatched_warnings
from .observe import Observation, observe_secret_names, observe_service_accounts, wait_for_service_accounts

_IN_EVERY_NAMESPACE = "default"
"""The ServiceAccount that kube-controller-manager makes in each new namespace."""

MissingServiceAccount = t.Literal["wait", "create", "fail"]


@dataclass(frozen=True)
class ServiceAccountChoice:
    """
    Which ServiceAccounts.

    Attributes:
        names: Names and globs.
        selector: A label selector that they must match as well.
        missing: What to do about a plain name that does not exist.
        wait_seconds: How long to wait at most, where ``missing`` is ``wait``.
        owner: Whose a ServiceAccount is that is made here.
    """

    names: tuple[str, ...] = ("default",)
    selector: str = ""
    missing: MissingServiceAccount = "wait"
    wait_seconds: float = 30.0
    owner: str = "default"

    @property
    def plain_names(self) -> tuple[str, ...]:
        """Names that must exist: none where a selector decides."""
        return () if self.selector else tuple(name for name in self.names if not is_glob(name))

    @property
    def names_from_birth(self) -> tuple[str, ...]:
        """Names in a namespace that is made here: the plain ones, and for a glob the one that every namespace gets."""
        found = not self.selector and NamePatterns(self.names).match(_IN_EVERY_NAMESPACE)
        return tuple(dict.fromkeys((*self.plain_names, *([_IN_EVERY_NAMESPACE] if found else []))))


@dataclass(frozen=True)
class LinkTask:
    """
    What is asked for: which references, on which ServiceAccounts, where.

    Attributes:
        prune_limit: Refuse to take more links than this away in namespaces that are not named.
    """

    wanted: WantedLinks
    accounts: ServiceAccountChoice
    selection: NamespaceSelection
    missing_secret: t.Literal["fail", "warn"] = "fail"
    prune_limit: int = 10


def manage_links(api: KubeApi, task: LinkTask, *, check_mode: bool) -> TaskOutcome:
    """
    Add the references to, or take them from, the chosen ServiceAccounts.

    Raises:
        InvalidInput: Nothing was written.
        ApiError: Nothing was written; what fails later is in the results.
    """
    selected = find_namespaces(api, task.selection)
    outcome = TaskOutcome(warnings=unmatched_warnings(selected, task.selection))
    names = [namespace.name for namespace in selected.existing]
    observation = observe_service_accounts(api, task.accounts.names, names, task.accounts.selector)
    outcome.warnings += unmatched_accounts(task.accounts, observation, names, present=task.wanted.present)
    lacking = _lacking_secrets(api, task, names, outcome.warnings, check_mode=check_mode)
    awaited = missing_accounts(task.wanted, task.accounts, names, observation)
    came = None if check_mode else wait_for_service_accounts(api, awaited, task.accounts.wait_seconds)
    plans = []
    for name in names:
        if name in observation.unreadable:
            steps: tuple[Step, ...] = (
                failing_step("ServiceAccount", ", ".join(task.accounts.names), observation.unreadable[name]),
            )
        elif name in lacking:
            reason = "does not exist; create it first, or set missing_secret to warn"
            steps = (failing_step("Secret", ", ".join(lacking[name]), reason),)
        else:
            steps = account_steps(api, task.wanted, task.accounts, name, observation.in_namespace(name), came)
        plans.append(NamespaceSteps(name, steps))
    if not task.wanted.present:
        _check_limit(task, plans)
    outcome.results = carry_out(api, plans, check_mode=check_mode) + skipped_results(selected, task.selection)
    return outcome


def unmatched_accounts(
    accounts: ServiceAccountChoice,
    observation: Observation[ServiceAccount],
    namespaces: t.Sequence[str],
    *,
    present: bool = True,
) -> list[str]:
    """
    A warning for each name and glob that no ServiceAccount of the namespaces has, where nothing else reports it.

    Args:
        accounts: What was asked for.
        observation: What is there.
        namespaces: Where; none when these are what matches nothing.
        present: Whether plain names have to exist: ``missing`` decides about those.
    """
    if not namespaces or any(namespace in observation.unreadable for namespace in namespaces):
        return []
    found = {account.name for namespace in namespaces for account in observation.in_namespace(namespace)}
    decided = accounts.plain_names if present else ()
    labelled = f" with the labels {accounts.selector!r}" if accounts.selector else ""
    return [
        f"service_accounts: no ServiceAccount in the selected namespaces matches {pattern!r}{labelled}"
        for pattern in accounts.names
        if pattern not in decided and not any(map(NamePatterns([pattern]).match, found))
    ]


def _check_limit(task: LinkTask, plans: t.Iterable[NamespaceSteps]) -> None:
    named = set(task.selection.plain_names)
    going = [
        f"{plan.namespace}/{step.planned.name}"
        for plan in plans
        if plan.namespace not in named
        for step in plan.steps
        if step.planned.action == "updated"
    ]
    check_removals(f"links to {', '.join(task.wanted.secrets)}", going, task.prune_limit)


def missing_accounts(
    wanted: WantedLinks,
    accounts: ServiceAccountChoice,
    namespaces: t.Iterable[str],
    observation: Observation[ServiceAccount],
) -> list[tuple[str, str]]:
    """What is to be waited for, as ``(namespace, name)``: plain names that no ServiceAccount has yet."""
    if not wanted.present or accounts.missing != "wait":
        return []
    return [
        (namespace, name)
        for namespace in namespaces
        if namespace not in observation.unreadable
        for name in accounts.plain_names
        if observation.get(namespace, name) is None
    ]


def account_steps(
    api: KubeApi,
    wanted: WantedLinks,
    accounts: ServiceAccountChoice,
    namespace: str,
    observed: t.Sequence[ServiceAccount],
    came: t.Mapping[tuple[str, str], ServiceAccount] | None,
) -> tuple[Step, ...]:
    """
    A step for each ServiceAccount of a namespace.

    Args:
        observed: Those that are there and chosen.
        came: Those that were waited for and came, by namespace and name; ``None`` in check mode, where nobody waits.
    """
    steps = removal_order(link_step(api, wanted, each) for each in sorted(observed, key=lambda each: each.name))
    there = {account.name for account in observed}
    missing = [name for name in accounts.plain_names if wanted.present and name not in there]
    return (*steps, *(_missing_step(api, wanted, accounts, namespace, name, came) for name in missing))


def removal_order(steps: t.Iterable[Step]) -> list[Step]:
    """What is left alone goes last, since a step that is skipped keeps the later ones from being taken."""
    return sorted(steps, key=lambda step: step.planned.action == "skipped")


def _missing_step(
    api: KubeApi,
    wanted: WantedLinks,
    accounts: ServiceAccountChoice,
    namespace: str,
    name: str,
    came: t.Mapping[tuple[str, str], ServiceAccount] | None,
) -> Step:
    if accounts.missing == "create":
        return birth_step(api, wanted, namespace, name, ownership_labels(accounts.owner))
    if accounts.missing == "fail":
        return failing_step(
            "ServiceAccount",
            name,
            "does not exist; create it, or set missing_service_account to create",
        )
    if came is None:
        return awaited_step(wanted, namespace, name, accounts.wait_seconds)
    if (namespace, name) in came:
        return link_step(api, wanted, came[namespace, name])
    return failing_step(
        "ServiceAccount",
        name,
        f"does not exist, waited {accounts.wait_seconds:g} s;"
        " correct the name, raise wait_timeout, or set missing_service_account to create",
    )


def _lacking_secrets(
    api: KubeApi, task: LinkTask, namespaces: t.Sequence[str], warnings: list[str], *, check_mode: bool
) -> dict[str, list[str]]:
    """
    Secrets that should be there and are not, by namespace: those that keep it from being linked.

    In check mode none does: an earlier task may be about to make it, which nobody can see from here.
    """
    if not task.wanted.present:
        return {}
    existing = observe_secret_names(api, task.wanted.secrets, namespaces)
    if existing is None:
        warnings.append(
            f"the user may not list secrets in namespace {shown_names(namespaces)}, so it was not checked whether"
            f" {shown_names(task.wanted.secrets)} is there; grant the verb by a Role or ClusterRole"
        )
        return {}
    lacking = {
        namespace: [secret for secret in task.wanted.secrets if (namespace, secret) not in existing]
        for namespace in namespaces
    }
    lacking = {namespace: secrets for namespace, secrets in lacking.items() if secrets}
    if task.missing_secret == "fail" and not check_mode:
        return lacking
    cure = "" if task.missing_secret == "warn" else "; a run fails there, unless an earlier task makes it"
    for secret in task.wanted.secrets:
        without = [namespace for namespace, secrets in lacking.items() if secret in secrets]
        if without:
            warnings.append(f"Secret {secret} does not exist in: {shown_names(without)}{cure}")
    return {}


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
