# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Image pulls in many namespaces, explained."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from .._domain.cluster.names import is_glob
from .._domain.cluster.namespaces import NamespaceSelection
from .._domain.cluster.service_account import ServiceAccount
from .._domain.docker_config.config import DockerConfig
from .._domain.docker_config.keyring import Keyring
from .._domain.finding import Finding, in_order
from .._domain.masking.mask import Mask
from .._domain.pull.explanation import Row, explain_namespace
from .._domain.pull.outcome import NODE
from .._domain.pull.puller import ContainerImage, PodSpec, Puller
from .._domain.pull.secret_list import NamespaceView
from .._domain.pull_secret.document_secrets import secrets_in_document, secrets_in_secret
from .._domain.pull_secret.secret import ObservedSecret
from .._kube.api import KubeApi
from .link_service_accounts import ServiceAccountChoice, unmatched_accounts
from .manage_namespaces import find_namespaces
from .observe import A_FEW, Observation, Unseen, observe_service_accounts, unseen_rows
from .observe_pulls import Place, observe_named_secrets, observe_pod_events, observe_pullers


@dataclass(frozen=True)
class AskedPods:
    """
    Pods that somebody asks about: a Pod with all images for each ServiceAccount.

    Attributes:
        images: The images of each of these Pods.
        service_accounts: Names and globs.
        secrets: The list that they have of their own.
    """

    images: tuple[str, ...]
    service_accounts: tuple[str, ...] = ("default",)
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunningPods:
    """
    What is there.

    Attributes:
        kinds: ``Pod`` and ``TEMPLATE_KINDS``.
        selector: A label selector.
    """

    kinds: tuple[str, ...] = ("Pod",)
    selector: str = ""


@dataclass
class Explained:
    """
    The answer about all pulls.

    Attributes:
        pulls: A row an image, list of Secrets and ServiceAccount.
        findings: What is wrong, the worst first.
        unseen: What could not be read: ``kind``, ``namespace``, ``reason``.
        unmatched: What was asked for and matches nothing, as clauses that name the option.
    """

    pulls: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)


def explain_image_pulls(
    api: KubeApi, selection: NamespaceSelection, subject: AskedPods | RunningPods, node: DockerConfig | None = None
) -> Explained:
    """
    Read what is there, and explain which credentials its pulls use.

    Args:
        selection: The namespaces to look at.
        node: The nodes' file, where it is known.

    Raises:
        InvalidInput: The selection or the selector cannot select.
        ApiError: The API server could not be asked at all.
    """
    selected = find_namespaces(api, selection)
    namespaces = [namespace.name for namespace in selected.existing]
    explained = Explained(unmatched=list(selected.nothing))
    explained.unseen += unseen_rows("Namespace", dict.fromkeys(selected.missing, "there is no such namespace"))
    explained.unseen += unseen_rows("Namespace", dict.fromkeys(selected.terminating, "it is being deleted"))
    patterns = subject.service_accounts if isinstance(subject, AskedPods) else ("*",)
    accounts = observe_service_accounts(api, patterns, namespaces, everywhere=len(namespaces) > A_FEW)
    explained.unseen += unseen_rows("ServiceAccount", accounts.unreadable)
    if isinstance(subject, AskedPods):
        pullers = [puller for name in namespaces for puller in _asked(subject, name, accounts)]
        choice = ServiceAccountChoice(subject.service_accounts)
        explained.unmatched += unmatched_accounts(choice, accounts, namespaces)
    else:
        pullers, unseen = _running(api, subject, namespaces)
        explained.unseen += unseen
        if subject.selector and namespaces and not pullers and not explained.unseen:
            explained.unmatched.append(f"selector: no {' or '.join(subject.kinds)} matches {subject.selector!r}")
    secrets = _named_secrets(api, pullers, accounts, namespaces)
    explained.unseen += unseen_rows("Secret", secrets.unreadable)
    events, unseen = _events_of_failing(api, pullers)
    explained.unseen += unseen
    by_namespace: dict[str, list[Puller]] = {}
    for puller in pullers:
        by_namespace.setdefault(puller.namespace, []).append(puller)
    keyring = Keyring.of([(NODE, node)]) if node else None
    for name in namespaces:
        masked = _with_events(by_namespace.get(name, []), events, secrets.in_namespace(name), node)
        explanation = explain_namespace(_view(name, accounts, secrets), masked, keyring)
        explained.pulls += explanation.pulls
        explained.findings += explanation.findings
    explained.findings = in_order(explained.findings)
    return explained


def _asked(subject: AskedPods, namespace: str, accounts: Observation[ServiceAccount]) -> list[Puller]:
    images = tuple(ContainerImage(image) for image in subject.images)
    names = [account.name for account in accounts.in_namespace(namespace)]
    names += [name for name in subject.service_accounts if not is_glob(name)]
    return [Puller(namespace, "", "", PodSpec(name, subject.secrets, images)) for name in dict.fromkeys(sorted(names))]


def _running(api: KubeApi, subject: RunningPods, namespaces: t.Sequence[str]) -> tuple[list[Puller], list[Unseen]]:
    pullers: list[Puller] = []
    unseen: list[Unseen] = []
    for kind in subject.kinds:
        observed = observe_pullers(api, kind, namespaces, subject.selector)
        unseen += unseen_rows(kind, observed.unreadable)
        pullers += observed.by_place.values()
    return pullers, unseen


def _named_secrets(
    api: KubeApi, pullers: t.Iterable[Puller], accounts: Observation[ServiceAccount], namespaces: t.Sequence[str]
) -> Observation[ObservedSecret]:
    selected = set(namespaces)
    named = {(puller.namespace, name) for puller in pullers for name in puller.spec.secrets}
    named |= {
        (account.namespace, name)
        for account in accounts.by_place.values()
        if account.namespace in selected
        for name in account.pull_secrets
    }
    named = {place for place in named if place[1]}
    return observe_named_secrets(api, named, sorted({namespace for namespace, _name in named}))


def _events_of_failing(api: KubeApi, pullers: t.Iterable[Puller]) -> tuple[dict[Place, list[str]], list[Unseen]]:
    failing = {(puller.namespace, puller.name): puller.uid for puller in pullers if puller.failures}
    events, unreadable = observe_pod_events(api, failing, sorted({namespace for namespace, _name in failing}))
    return events, unseen_rows("Event", unreadable)


def _with_events(
    pullers: t.Sequence[Puller],
    events: t.Mapping[Place, list[str]],
    secrets: t.Iterable[ObservedSecret],
    node: DockerConfig | None,
) -> t.Sequence[Puller]:
    """The failing Pods of a namespace get their events; what is known to be secret is hidden in the texts of others."""
    if not any(puller.failures for puller in pullers):
        return pullers
    secret_texts = secrets_in_document(node) if node else set()
    names = (image.image for puller in pullers for image in puller.spec.images)
    mask = Mask(secret_texts.union(*map(secrets_in_secret, secrets)), names)

    def with_events(puller: Puller) -> Puller:
        failures = tuple(
            failure._replace(reason=mask.hide(failure.reason), message=mask.hide(failure.message))
            for failure in puller.failures
        )
        texts = events.get((puller.namespace, puller.name), [])
        return replace(puller, failures=failures, events=tuple(mask.hide(texts)))

    return [with_events(puller) if puller.failures else puller for puller in pullers]


def _view(namespace: str, accounts: Observation[ServiceAccount], secrets: Observation[ObservedSecret]) -> NamespaceView:
    return NamespaceView(
        namespace,
        None
        if namespace in accounts.unreadable
        else {account.name: account for account in accounts.in_namespace(namespace)},
        None
        if namespace in secrets.unreadable
        else {secret.name: secret for secret in secrets.in_namespace(namespace)},
    )
