# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pull Secrets of many namespaces, reported without their secrets."""

from __future__ import annotations

import typing as t

from .._domain.cluster.namespaces import NamespaceSelection
from .._domain.pull_secret.report import Report, is_about_pulling, report_secret
from .._kube.api import KubeApi
from .manage_namespaces import find_namespaces
from .observe import Unseen, observe_secrets, observe_secrets_by_field, unseen_rows

OF_INTEREST = ",".join(
    f"type!={name}"
    for name in (
        "helm.sh/release.v1",
        "kubernetes.io/basic-auth",
        "kubernetes.io/service-account-token",
        "kubernetes.io/ssh-auth",
        "kubernetes.io/tls",
        "bootstrap.kubernetes.io/token",
    )
)
"""Leaves out the types that hold something else for certain; Opaque stays, it is where misplaced configs are."""


class Reports(t.NamedTuple):
    """One report a Secret, what could not be read, and what was asked for and matches nothing, as clauses that name the option."""

    secrets: list[Report]
    unseen: list[Unseen]
    unmatched: list[str]


def report_pull_secrets(api: KubeApi, selection: NamespaceSelection, names: t.Collection[str]) -> Reports:
    """
    Read and report.

    Args:
        selection: In which namespaces.
        names: Secrets of these names, whatever they are; empty for all that are, or were meant to be, pull Secrets.

    Raises:
        InvalidInput: The selection cannot select.
        ApiError: The API server could not be asked.
    """
    selected = find_namespaces(api, selection)
    namespaces = [namespace.name for namespace in selected.existing] + list(selected.terminating)
    observation = (
        observe_secrets(api, names, namespaces, kept=False)
        if names
        else observe_secrets_by_field(api, OF_INTEREST, namespaces)
    )
    found = [
        observed
        for namespace in namespaces
        for observed in observation.in_namespace(namespace)
        if names or is_about_pulling(observed)
    ]
    found.sort(key=lambda observed: (observed.namespace, observed.name))
    missing = dict.fromkeys(selected.missing, "there is no such namespace")
    unseen = unseen_rows("Namespace", missing) + unseen_rows("Secret", observation.unreadable)
    known = {observed.name for observed in found}
    unmatched = list(selected.nothing)
    if not observation.unreadable:
        absent = (name for name in names if name not in known)
        unmatched += [f"names: no Secret in the selected namespaces is called {name!r}" for name in absent]
    return Reports([report_secret(observed) for observed in found], unseen, unmatched)
