# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Which list of Secrets a Pod has: its own, or its ServiceAccount's.

A Pod gets its ServiceAccount's ``imagePullSecrets`` when it is created, if it has none of its own, and keeps that list for
good. Source: ``plugin/pkg/admission/serviceaccount/admission.go``, ``getPullSecretsForPod`` in ``pkg/kubelet/kubelet_pods.go``.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..cluster.service_account import ServiceAccount
from ..finding import Finding
from ..pull_secret.secret import ObservedSecret
from ..shown_names import shown_names
from .puller import Puller

_NAMES_IN_MESSAGE = 5

Origin = t.Literal["pod", "service_account", "none", "unknown"]


@dataclass(frozen=True)
class NamespaceView:
    """
    What could be seen of a namespace.

    Attributes:
        accounts: Its ServiceAccounts by name, ``None`` when they may not be read.
        secrets: Its Secrets by name, at least all that are named anywhere; ``None`` when they may not be read.
    """

    namespace: str
    accounts: t.Mapping[str, ServiceAccount] | None
    secrets: t.Mapping[str, ObservedSecret] | None

    def links_of(self, account: str) -> tuple[str, ...] | None:
        """The Secrets that a ServiceAccount gives to new Pods, ``None`` when that cannot be seen."""
        if self.accounts is None:
            return None
        found = self.accounts.get(account)
        return found.pull_secrets if found else ()


class SecretList(t.NamedTuple):
    """
    The Secrets that a Pod pulls with.

    Attributes:
        names: In order, as they stand.
        origin: Whose list it is.
    """

    names: tuple[str, ...]
    origin: Origin


def list_of(puller: Puller, view: NamespaceView) -> SecretList:
    """The list that applies; a Pod's list that equals its ServiceAccount's counts as given by it."""
    own, linked = puller.spec.secrets, view.links_of(puller.spec.service_account)
    if puller.is_admitted:
        origin: Origin = "service_account" if own and own == linked else "pod" if own else "none"
        return SecretList(own, origin)
    if own:
        return SecretList(own, "pod")
    if linked is None:
        return SecretList((), "unknown")
    return SecretList(linked, "service_account" if linked else "none")


def list_findings(
    view: NamespaceView, names: t.Sequence[str], kind: str, name: str, *, for_new_pods: bool = False
) -> t.Iterator[Finding]:
    """
    What is wrong with a list as such.

    Args:
        kind: Of the object to tell it of: what holds the list, or the ServiceAccount of a Pod that is only asked about.
        name: Of that object.
        for_new_pods: Whether it is the ServiceAccount's own list, which Pods may get or not.
    """
    place = (view.namespace, kind, name)
    field = "the Pod's imagePullSecrets" if kind == "ServiceAccount" and not for_new_pods else "imagePullSecrets"
    for secret in dict.fromkeys(names):
        if not secret:
            message = f"{field} has an entry with an empty name, which gives nothing" + (
                "" if for_new_pods or any(names) else " and keeps the ServiceAccount's list from being used"
            )
            yield Finding("empty_link", "warning", *place, message, "remove the entry")
            continue
        if names.count(secret) > 1:
            message = f"{field} names Secret {secret} {names.count(secret)} times"
            yield Finding("duplicate_link", "warning", *place, message, "name it once")


def missing_secret(namespace: str, secret: str, named_by: t.Sequence[str]) -> Finding:
    """
    A Secret that lists name and that is not there: one finding, however many lists that are.

    Args:
        named_by: Whose lists, such as ``Pod web``.
    """
    message = f"does not exist, so kubelets pass over it; it is named by {shown_names(named_by, _NAMES_IN_MESSAGE)}"
    cure = "create it (pull_secret), or take its name off the lists"
    return Finding("missing_secret", "warning", namespace, "Secret", secret, message, cure)
