# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One pull Secret in many namespaces."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.namespace_selection import (
    NamespaceSelection,
    SelectedNamespaces,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.ownership import owner_of
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.plan import NamespaceResult
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret import ObservedSecret, WantedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import Fingerprinter
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.namespaces import (
    creation_step,
    find_namespaces,
    skipped_results,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.observe import (
    Observation,
    observe_secrets,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.secret_steps import (
    secret_removal_step,
    secret_step,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.steps import (
    NamespaceSteps,
    Step,
    carry_out,
    failing_step,
)


@dataclass(frozen=True)
class PullSecretTask:
    """
    What is asked for.

    Args:
        wanted: The Secret.
        selection: Where.
        present: ``False`` to remove it there.
        prune: Remove it, where it is ours, from namespaces that are not selected.
        prune_limit: Refuse to prune more than this.
    """

    wanted: WantedSecret
    selection: NamespaceSelection
    present: bool = True
    prune: bool = False
    prune_limit: int = 10


def manage_pull_secrets(
    api: KubeApi, task: PullSecretTask, marks: Fingerprinter, *, check_mode: bool
) -> list[NamespaceResult]:
    """
    Bring the Secret to, or take it from, the selected namespaces.

    Raises:
        InvalidInput: Nothing was written.
        ApiError: Nothing was written; what fails later is in the results.
    """
    selected = find_namespaces(api, task.selection)
    names = [namespace.name for namespace in selected.existing]
    observation = observe_secrets(api, [task.wanted.name], names)
    plans = [NamespaceSteps(name, _steps(api, task, observation, name, marks)) for name in names]
    if task.present and task.selection.missing == "create":
        plans += [_in_new_namespace(api, task, name, marks) for name in selected.missing]
    if task.prune:
        plans += _pruning(api, task, selected, observation, marks)
    return carry_out(api, plans, check_mode=check_mode) + skipped_results(selected, task.selection)


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


def _pruning(
    api: KubeApi,
    task: PullSecretTask,
    selected: SelectedNamespaces,
    observation: Observation[ObservedSecret],
    marks: Fingerprinter,
) -> list[NamespaceSteps]:
    if not observation.is_complete:
        raise InvalidInput("prune", "needs the right to list Secrets in all namespaces", "grant it, or leave prune out")
    if not (selected.existing or selected.missing):
        raise InvalidInput(
            "prune", "no namespace is selected, so everything would go", "set state to absent if that is what you want"
        )
    kept = {namespace.name for namespace in selected.existing} | set(selected.terminating)
    surplus = [
        observed
        for (namespace, _name), observed in sorted(observation.by_place.items())
        if namespace not in kept and owner_of(observed.labels) == task.wanted.owner
    ]
    if len(surplus) > task.prune_limit:
        raise InvalidInput(
            "prune_limit",
            f"{len(surplus)} Secrets {task.wanted.name} would be removed, and {task.prune_limit} is the limit"
            f" ({', '.join(observed.namespace for observed in surplus[:10])}{', ...' if len(surplus) > 10 else ''})",
            "raise prune_limit if that is right",
        )
    return [
        NamespaceSteps(
            observed.namespace,
            (secret_removal_step(api, task.wanted, observed, marks, "the namespace is no longer selected"),),
        )
        for observed in surplus
    ]
