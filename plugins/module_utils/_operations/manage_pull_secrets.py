# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One pull Secret in many namespaces."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._domain.change import PlaceResult, skipped_namespace
from .._domain.cluster.namespaces import (
    NamespaceSelection,
    SelectedNamespaces,
    check_removals,
    check_selection,
    is_protected,
)
from .._domain.cluster.ownership import owner_of
from .._domain.errors import InvalidInput
from .._domain.name_patterns import NamePatterns
from .._domain.pull_secret.secret import ObservedSecret, WantedSecret
from .._domain.secret_text import Fingerprinter
from .._kube.api import KubeApi
from .namespaces import TaskOutcome, creation_step, find_namespaces, skipped_results, unmatched_warnings
from .observe import Observation, observe_secrets
from .secret_steps import secret_removal_step, secret_step
from .steps import NamespaceSteps, Step, carry_out, failing_step


@dataclass(frozen=True)
class PullSecretTask:
    """
    What is asked for.

    Args:
        wanted: The Secret.
        selection: Where.
        present: ``False`` to remove it there.
        prune: Remove it, where it is ours, from namespaces that are not selected.
        prune_limit: Refuse to remove more than this from namespaces that are not named.
    """

    wanted: WantedSecret
    selection: NamespaceSelection
    present: bool = True
    prune: bool = False
    prune_limit: int = 10


def manage_pull_secrets(api: KubeApi, task: PullSecretTask, marks: Fingerprinter, *, check_mode: bool) -> TaskOutcome:
    """
    Bring the Secret to, or take it from, the selected namespaces.

    Raises:
        InvalidInput: Nothing was written.
        ApiError: Nothing was written; what fails later is in the results.
    """
    check_selection(task.selection)
    # Before the namespaces: one that joins the selection between the two lists is selected then, and keeps its Secret.
    everywhere = _observe_everywhere(api, task) if task.prune else None
    selected = find_namespaces(api, task.selection)
    warnings = unmatched_warnings(selected, task.selection)
    names = [namespace.name for namespace in selected.existing]
    observation = everywhere or observe_secrets(api, [task.wanted.name], names)
    if not task.present:
        _check_limit(task, (observation.get(name, task.wanted.name) for name in names))
    plans = [NamespaceSteps(name, _steps(api, task, observation, name, marks)) for name in names]
    if not task.present and names and all(step.planned.action == "unchanged" for plan in plans for step in plan.steps):
        warnings.append(
            f"name: no Secret {task.wanted.name} of the owner {task.wanted.owner!r} was found in the selected namespaces,"
            " so nothing was removed; check name, owner and namespaces"
        )
    if task.present and task.selection.missing == "create":
        plans += [_in_new_namespace(api, task, name, marks) for name in selected.missing]
    skipped = skipped_results(selected, task.selection)
    if everywhere:
        _check_pruning(selected, warnings)
        surplus, left = _surplus(task, selected, everywhere)
        check_removals(f"Secrets {task.wanted.name}", [each.namespace for each in surplus], task.prune_limit)
        reason = "the namespace is no longer selected"
        plans += [
            NamespaceSteps(each.namespace, (secret_removal_step(api, task.wanted, each, marks, reason),))
            for each in surplus
        ]
        skipped += left
    return TaskOutcome(carry_out(api, plans, check_mode=check_mode) + skipped, warnings)


def _observe_everywhere(api: KubeApi, task: PullSecretTask) -> Observation[ObservedSecret]:
    observation = observe_secrets(api, [task.wanted.name], [])
    if not observation.is_complete:
        raise InvalidInput("prune", "needs the right to list Secrets in all namespaces", "grant it, or leave prune out")
    return observation


def _check_limit(task: PullSecretTask, found: t.Iterable[ObservedSecret | None]) -> None:
    named = set(task.selection.plain_names)
    going = [
        each.namespace
        for each in found
        if each and owner_of(each.labels) == task.wanted.owner and each.namespace not in named
    ]
    check_removals(f"Secrets {task.wanted.name}", going, task.prune_limit)


def _steps(
    api: KubeApi, task: PullSecretTask, observation: Observation[ObservedSecret], namespace: str, marks: Fingerprinter
) -> tuple[Step, ...]:
    if namespace in observation.unreadable:
        return (failing_step("Secret", task.wanted.name, observation.unreadable[namespace]),)
    observed = observation.get(namespace, task.wanted.name)
    if task.present:
        return (secret_step(api, task.wanted, observed, namespace, marks),)
    if observed is None:
        return ()
    return (secret_removal_step(api, task.wanted, observed, marks, "state is absent"),)


def _in_new_namespace(api: KubeApi, task: PullSecretTask, namespace: str, marks: Fingerprinter) -> NamespaceSteps:
    steps = (
        creation_step(api, namespace, task.wanted.owner),
        secret_step(api, task.wanted, None, namespace, marks),
    )
    return NamespaceSteps(namespace, steps)


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
