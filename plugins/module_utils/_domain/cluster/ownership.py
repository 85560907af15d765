# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Whose an object is: the labels by which a declaration knows what it made, and leaves alone what it did not.

What other programs mark as theirs: the labels of https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/,
and the labels and annotations in the documentation of each program.
"""

from __future__ import annotations

import hashlib
import re
import typing as t

from .names import is_label_value

MANAGED_BY = "app.kubernetes.io/managed-by"
OWNER = "regcred.kubernetes/owner"
TENANT = "regcred.kubernetes/tenant"
MANAGER = "regcred.kubernetes"

_CONTROLLERS: t.Mapping[str, str] = {
    "argocd.argoproj.io/instance": "Argo CD",
    "argocd.argoproj.io/tracking-id": "Argo CD",
    "generate.kyverno.io/policy-name": "Kyverno",
    "helm.toolkit.fluxcd.io/name": "Flux",
    "kustomize.toolkit.fluxcd.io/name": "Flux",
    "meta.helm.sh/release-name": "Helm",
    "objectset.rio.cattle.io/id": "Rancher Fleet",
    "reconcile.external-secrets.io/managed": "External Secrets",
    "reflector.v1.k8s.emberstack.com/reflects": "Reflector",
    "replicator.v1.mittwald.de/replicated-from-version": "kubernetes-replicator",
    "sealedsecrets.bitnami.com/managed": "Sealed Secrets",
}
"""Labels and annotations that only such a program sets, on what it keeps as it wants it."""


def ownership_labels(owner: str) -> dict[str, str]:
    """The labels on everything that a declaration with this owner makes."""
    return {MANAGED_BY: MANAGER, OWNER: owner}


def owner_of(labels: t.Mapping[str, str]) -> str | None:
    """The declaration that owns an object with these labels, ``None`` when it is not managed by this collection."""
    return labels.get(OWNER) if labels.get(MANAGED_BY) == MANAGER else None


def ownership_selector(owner: str) -> str:
    """The label selector that finds everything of an owner."""
    return ",".join(f"{label}={value}" for label, value in ownership_labels(owner).items())


def tenant_labels(name: str) -> dict[str, str]:
    """
    The label by which what is made for a tenant remembers it.

    A name that cannot be the value of a label becomes one with a digest at its end, such as ``Team-A-3f786850e387550f``.
    """
    if is_label_value(name):
        return {TENANT: name}
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name)[:40].strip("-")
    return {TENANT: f"{readable}-{digest}".lstrip("-")}


def controller_of(
    labels: t.Mapping[str, str], annotations: t.Mapping[str, str], owned_by: t.Sequence[str] = ()
) -> str | None:
    """The program or object that keeps an object as it wants it, ``None`` where none is known."""
    if owned_by:
        return owned_by[0]
    marks = {**annotations, **labels}
    for key, program in _CONTROLLERS.items():
        if key in marks:
            return program
    manager = labels.get(MANAGED_BY)
    return manager if manager and manager != MANAGER else None
