# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One pull Secret in many namespaces, and the links to it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._domain.change import CHANGING, PlaceResult, skipped_namespace
from .._domain.cluster.names import NamePatterns
from .._domain.cluster.namespaces import (
    NamespaceSelection,
    SelectedNamespaces,
    check_removals,
    check_selection,
    is_protected,
)
from .._domain.cluster.ownership import owner_of
from .._domain.cluster.service_account import FIELDS, ServiceAccount, Usage
from .._domain.errors import InvalidInput
from .._domain.pull_secret.secret import ObservedSecret, WantedSecret
from .._domain.secret_text import Fingerprinter
from .._kube.api import KubeApi
from .bring_linked_secret import LinkedSecret, coming_steps, leaving_steps, steps_in_new_namespace
from .carry_out import NamespaceSteps, Step, carry_out, failing_step
from .link_service_accounts import ServiceAccountChoice, missing_accounts, unmatched_accounts
from .manage_namespaces import TaskOutcome, creation_step, find_namespaces, skipped_results, unmatched_warnings
from .observe import Observation, observe_secrets, observe_service_accounts, wait_for_service_accounts


@dataclass(frozen=True)
class PullSecretTask:
    """
    What is asked for.

    Attributes:
        wanted: The Secret.
        selection: Where.
        accounts: The ServiceAccounts that are linked to it; ``None`` where links are left as they are.
        usages: In which of their lists.
        present: ``False`` to remove it there, its links first.
        prune: Remove it, where it is ours, and all links to it from namespaces that are not selected.
        prune_limit: Refuse to remove more than this from namespaces that are not named.
    """

    wanted: WantedSecret
    selection: NamespaceSelection
    accounts: ServiceAccountChoice | None = None
    usages: tuple[Usage, ...] = ("pull",)
    present: bool = True
    prune: bool = False
    prune_limit: int = 10

    @property
    def linked(self) -> LinkedSecret:
        """The Secret, and who is linked to it."""
        return LinkedSecret(self.wanted, self.accounts, self.usages)


@dataclass(frozen=True)
class _Found:
    """What is there: the Secrets of this name, and the ServiceAccounts that are chosen."""

    secrets: Observation[ObservedSecret]
    accounts: Observation[ServiceAccount]

    def unreadable_step(self, task: PullSecretTask, namespace: str) -> tuple[Step, ...]:
        """Nothing is done in a namespace that is half known; empty where it is known."""
        if namespace in self.secrets.unreadable:
            return (failing_step("Secret", task.wanted.name, self.secrets.unreadable[namespace]),)
        if task.accounts is not None and namespace in self.accounts.unreadable:
            names = ", ".join(task.accounts.names)
            return (failing_step("ServiceAccount", names, self.accounts.unreadable[namespace]),)
        return ()


def manage_pull_secrets(api: KubeApi, task: PullSecretTask, marks: Fingerprinter, *, check_mode: bool) -> TaskOutcome:
    """
    Bring the Secret and its links to, or take them from, the selected namespaces.

    Raises:
        InvalidInput: Nothing was written.
        ApiError: Nothing was written; what fails later is in the results.
    """
    check_selection(task.selection)
    # Before the namespaces: one that joins the selection between the two lists is selected then, and keeps its Secret.
    everywhere = _observe_everywhere(api, task) if task.prune else None
    selected = find_namespaces(api, task.selection)
    warnings = unmatched_warnings(selected, task.selection)
    surplus: list[ObservedSecret] = []
    skipped = skipped_results(selected, task.selection)
    if everywhere:
        _check_pruning(selected, warnings)
        surplus, left = _surplus(task, selected, everywhere)
        check_removals(f"Secrets {task.wanted.name}", [each.namespace for each in surplus], task.prune_limit)
        skipped += left
    names = [namespace.name for namespace in selected.existing]
    secrets = everywhere or observe_secrets(api, [task.wanted.name], names)
    found = _Found(secrets, _observe_accounts(api, task.accounts, names))
    if task.accounts is not None:
        warnings += unmatched_accounts(task.accounts, found.accounts, names, present=task.present)
    if task.present:
        plans = _coming(api, task, names, found, marks, check_mode=check_mode)
        if task.selection.missing == "create":
            plans += [_in_new_namespace(api, task, name, marks) for name in selected.missing]
    else:
        plans = _leaving(api, task, names, found, marks)
        warnings += _nothing_found(task, plans)
    if surplus:
        plans += _pruning(api, task, surplus, marks)
    # A result shows first what became of the Secret, though links go before it.
    results = [
        replace(result, changes=tuple(sorted(result.changes, key=lambda change: change.kind == "ServiceAccount")))
        for result in carry_out(api, plans, check_mode=check_mode)
    ]
    return TaskOutcome(results + skipped, warnings)


def _observe_everywhere(api: KubeApi, task: PullSecretTask) -> Observation[ObservedSecret]:
    observation = observe_secrets(api, [task.wanted.name], [])
    if not observation.is_complete:
        raise InvalidInput("prune", "needs the right to list Secrets in all namespaces", "grant it, or leave prune out")
    return observation


def _observe_accounts(
    api: KubeApi, accounts: ServiceAccountChoice | None, namespaces: t.Sequence[str]
) -> Observation[ServiceAccount]:
    """Where there are no links to look at nothing is asked, since that would take a right."""
    if accounts is None or not (accounts.names and namespaces):
        return Observation([], {}, is_complete=False)
    return observe_service_accounts(api, accounts.names, namespaces, accounts.selector)


def _coming(
    api: KubeApi,
    task: PullSecretTask,
    namespaces: t.Sequence[str],
    found: _Found,
    marks: Fingerprinter,
    *,
    check_mode: bool,
) -> list[NamespaceSteps]:
    readable = [name for name in namespaces if name not in found.secrets.unreadable]
    came: t.Mapping[tuple[str, str], ServiceAccount] | None = None
    if task.accounts is not None:
        awaited = missing_accounts(task.linked.links(), task.accounts, readable, found.accounts)
        came = None if check_mode else wait_for_service_accounts(api, awaited, task.accounts.wait_seconds)
    plans = []
    for name in namespaces:
        observed, accounts = found.secrets.get(name, task.wanted.name), found.accounts.in_namespace(name)
        steps = found.unreadable_step(task, name)
        steps = steps or coming_steps(api, task.linked, name, observed, accounts, came, marks)
        plans.append(NamespaceSteps(name, steps))
    return plans


def _in_new_namespace(api: KubeApi, task: PullSecretTask, namespace: str, marks: Fingerprinter) -> NamespaceSteps:
    creation = creation_step(api, namespace, task.wanted.owner)
    return NamespaceSteps(namespace, (creation, *steps_in_new_namespace(api, task.linked, namespace, marks)))


def _leaving(
    api: KubeApi, task: PullSecretTask, namespaces: t.Sequence[str], found: _Found, marks: Fingerprinter
) -> list[NamespaceSteps]:
    plans = []
    for name in namespaces:
        observed, accounts = found.secrets.get(name, task.wanted.name), found.accounts.in_namespace(name)
        steps = found.unreadable_step(task, name)
        steps = steps or leaving_steps(api, task.linked, observed, accounts, marks, "state is absent")
        plans.append(NamespaceSteps(name, steps))
    named = set(task.selection.plain_names)
    going = [
        plan.namespace
        for plan in plans
        if plan.namespace not in named and any(step.planned.action in CHANGING for step in plan.steps)
    ]
    what = f"Secrets {task.wanted.name}" + ("" if task.accounts is None else " or links to them")
    check_removals(what, going, task.prune_limit)
    return plans


def _nothing_found(task: PullSecretTask, plans: t.Sequence[NamespaceSteps]) -> list[str]:
    if not plans or any(step.planned.action != "unchanged" for plan in plans for step in plan.steps):
        return []
    of_whom = f"Secret {task.wanted.name} of the owner {task.wanted.owner!r}"
    nothing = f"name: no {of_whom} was found in the selected namespaces, so nothing was removed"
    return [f"{nothing}; check name, owner and namespaces"]


def _pruning(
    api: KubeApi, task: PullSecretTask, surplus: t.Sequence[ObservedSecret], marks: Fingerprinter
) -> list[NamespaceSteps]:
    """What becomes of our Secrets in namespaces that are not selected: with them go links in all lists of all ServiceAccounts."""
    linked = replace(task.linked, usages=tuple(FIELDS))
    everyone = None if task.accounts is None else ServiceAccountChoice(names=("*",))
    accounts = _observe_accounts(api, everyone, [each.namespace for each in surplus])

    def steps(each: ObservedSecret) -> tuple[Step, ...]:
        if each.namespace in accounts.unreadable:
            return (failing_step("ServiceAccount", "*", accounts.unreadable[each.namespace]),)
        here = accounts.in_namespace(each.namespace)
        return leaving_steps(api, linked, each, here, marks, "the namespace is no longer selected")

    return [NamespaceSteps(each.namespace, steps(each)) for each in surplus]


def _check_pruning(selected: SelectedNamespaces, warnings: t.Sequence[str]) -> None:
    if selected.listed is None:
        raise InvalidInput("prune", "needs the right to list namespaces", "grant it, or leave prune out")
    if warnings:
        raise InvalidInput(
            "prune",
            f"{'; '.join(warnings)}, so Secrets could go that are to stay",
            "correct the selection, or set state to absent to remove the Secret",
        )
    if not (selected.existing or selected.missing):
        raise InvalidInput(
            "prune", "no namespace is selected, so everything would go", "set state to absent if that is what you want"
        )


def _surplus(
    task: PullSecretTask, selected: SelectedNamespaces, everywhere: Observation[ObservedSecret]
) -> tuple[list[ObservedSecret], list[PlaceResult]]:
    """Our Secrets in namespaces that are not selected, and those of them that are left where they are."""
    listed = {namespace.name for namespace in selected.listed or ()}
    excluded = NamePatterns(task.selection.excluded)
    kept = {namespace.name for namespace in selected.existing} | set(selected.terminating)
    surplus: list[ObservedSecret] = []
    left: list[PlaceResult] = []
    for (namespace, _name), observed in sorted(everywhere.by_place.items()):
        if namespace in kept or excluded.match(namespace) or owner_of(observed.labels) != task.wanted.owner:
            continue
        if namespace not in listed:
            left.append(
                skipped_namespace(namespace, f"Secret {task.wanted.name}: left: the namespace could not be listed")
            )
        elif is_protected(namespace):
            why = "left: the namespace is protected; set state to absent to remove it"
            left.append(skipped_namespace(namespace, f"Secret {task.wanted.name}: {why}"))
        else:
            surplus.append(observed)
    return surplus, left
