# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images brought to nodes by their own kubelets."""

from __future__ import annotations

import secrets
import time
import typing as t
from dataclasses import dataclass

from .._domain.change import PlaceResult, skipped_node
from .._domain.cluster.node_selection import NodeSelection, select_nodes
from .._domain.errors import InvalidInput
from .._domain.masking.mask import Mask
from .._domain.node_image.prepull_pod import PrepullPods, foreseen
from .._domain.node_image.prepull_progress import Credentials
from .._domain.pull.outcome import Sources, pull_of, sources_of
from .._domain.pull.puller import ContainerImage, PodSpec, Puller
from .._domain.pull.secret_list import NamespaceView, list_of
from .._domain.pull_secret.document_secrets import secrets_in_secret
from .._kube.api import KubeApi, namespace_path
from .._kube.errors import Forbidden, NotFound
from .._kube.objects import namespace_from
from .check_permissions import Permission, require_permissions
from .observe import observe_nodes, observe_service_accounts
from .observe_pulls import observe_named_secrets
from .run_prepull_pods import PullTask, pull_on_nodes


@dataclass(frozen=True)
class PrepullTask:
    """
    What is wanted.

    Attributes:
        images: As a Pod would name them, each once.
        nodes: The nodes to pull on.
        namespace: The namespace of the Pods.
        secrets: What they pull with; empty for what their ServiceAccount gives them.
        service_account: The ServiceAccount of the Pods.
        owner: Whose the Pods are; a run removes those that an earlier one of this owner left.
        parallelism: How many nodes may pull at once.
        timeout: Seconds that a node may take.
        trusts_nodes: Whether an image that a node's status lists needs no asking.
    """

    images: tuple[str, ...]
    nodes: NodeSelection
    namespace: str = "default"
    secrets: tuple[str, ...] = ()
    service_account: str = "default"
    owner: str = "default"
    parallelism: int = 8
    timeout: int = 600
    trusts_nodes: bool = False


class Prepulled(t.NamedTuple):
    """What came of it, by node, and what the user should know."""

    results: list[PlaceResult]
    warnings: list[str]


def prepull_images(
    api: KubeApi, task: PrepullTask, *, check_mode: bool, sleep: t.Callable[[float], None] = time.sleep
) -> Prepulled:
    """
    Have nodes pull images.

    Args:
        check_mode: Give the plan as the result, and change nothing.
        sleep: Waits between two looks; whatever it raises has the Pods removed first.

    Raises:
        InvalidInput: The selection, the namespace, the ServiceAccount or a Secret cannot be; nothing was changed.
        PermissionMissing: The user may not make Pods there, or could not remove them afterwards.
        ApiError: The API server could not be asked.
    """
    selected = select_nodes(task.nodes, observe_nodes(api, label_selector=task.nodes.selector, option="node_selector"))
    credentials, warnings = _observe_credentials(api, task)
    require_permissions(api, (Permission(verb, "pods", task.namespace) for verb in ("create", "delete", "list")))
    plans = {node.name: foreseen(task.images, node) for node in selected.pulling}
    results = [skipped_node(name, reason) for name, reason in selected.left_out.items()]
    if check_mode:
        results += plans.values()
    else:
        asked = [node for node in selected.pulling if not task.trusts_nodes or plans[node.name].action != "unchanged"]
        results += [plans[node.name] for node in selected.pulling if node not in asked]
        pulled = pull_on_nodes(api, _pull_task(task, credentials), asked, sleep=sleep)
        results += pulled.results
        warnings += pulled.warnings
    return Prepulled(sorted(results, key=lambda result: result.name), warnings)


def _pull_task(task: PrepullTask, credentials: Credentials) -> PullTask:
    pods = PrepullPods(
        namespace=task.namespace,
        secrets=task.secrets,
        service_account=task.service_account,
        owner=task.owner,
        run=secrets.token_hex(4),
        timeout=task.timeout,
    )
    return PullTask(pods, task.images, credentials, task.parallelism)


def _observe_credentials(api: KubeApi, task: PrepullTask) -> tuple[Credentials, list[str]]:
    """What the Pods will pull with. Whatever is wrong with it fails here, before there is a Pod."""
    _check_namespace(api, task.namespace)
    view, warnings = _view(api, task)
    spec = PodSpec(task.service_account, task.secrets, tuple(map(ContainerImage, task.images)))
    listed = list_of(Puller(task.namespace, "", "", spec), view)
    puller = Puller(task.namespace, "", "", PodSpec(task.service_account, listed.names, spec.images))
    sources = sources_of(view, listed, None)
    if sources.blocked_by:
        raise InvalidInput(
            f"namespace {task.namespace}",
            f"Secret {sources.blocked_by} cannot be read, so every pull with it fails",
            "correct it (pull_secret_info shows what is wrong), or leave it out",
        )
    warnings += _unmatched(task, sources, listed.names)
    texts = (text for secret in (view.secrets or {}).values() for text in secrets_in_secret(secret))
    mask = Mask(texts, names=(*task.images, *listed.names, task.namespace))
    known = listed.names if view.secrets is None else view.secrets
    return Credentials(puller, sources, mask, frozenset(listed.names).intersection(known)), warnings


def _check_namespace(api: KubeApi, name: str) -> None:
    try:
        found = namespace_from(api.get(namespace_path(name)))
    except Forbidden:  # whoever may make Pods in it need not be allowed to look at it
        return
    except NotFound:
        raise InvalidInput("namespace", f"there is no namespace {name}", "create it, or correct the name") from None
    if found.is_terminating:
        raise InvalidInput("namespace", f"{name} is being deleted", "take another")


def _view(api: KubeApi, task: PrepullTask) -> tuple[NamespaceView, list[str]]:
    namespace = task.namespace
    accounts = observe_service_accounts(api, (task.service_account,), [namespace], everywhere=False)
    account = accounts.get(namespace, task.service_account)
    if account is None and not accounts.unreadable:
        raise InvalidInput(
            "service_account",
            f"namespace {namespace} has no ServiceAccount {task.service_account}",
            "create it, or correct the name",
        )
    names = task.secrets or (account.pull_secrets if account else ())
    wanted = {(namespace, name) for name in names if name}
    found = observe_named_secrets(api, wanted, [namespace] if wanted else [])
    missing = [name for name in task.secrets if found.get(namespace, name) is None]
    if missing and not found.unreadable:
        raise InvalidInput(
            "image_pull_secrets",
            f"namespace {namespace} has no Secret {', '.join(missing)}",
            "create it there (pull_secret), or correct the name",
        )
    unread = [("ServiceAccount", accounts.unreadable), ("Secret", found.unreadable)]
    warnings = [
        f"{kind}s could not be read in namespace {namespace}, so what Pods pull with is not checked: {problems[namespace]}"
        for kind, problems in unread
        if namespace in problems
    ]
    view = NamespaceView(
        namespace,
        None if accounts.unreadable else {each.name: each for each in accounts.in_namespace(namespace)},
        None if found.unreadable else {each.name: each for each in found.in_namespace(namespace)},
    )
    return view, warnings


def _unmatched(task: PrepullTask, sources: Sources, names: t.Sequence[str]) -> list[str]:
    """With Secrets and none that matches, somebody meant something else."""
    if not any(names):
        return []
    return [
        f"no credential of the Secrets {', '.join(filter(None, names))} matches {image}: nodes pull it anonymously, or with"
        " what they have themselves"
        for image in task.images
        if pull_of(ContainerImage(image), sources).verdict == "anonymous"
    ]
