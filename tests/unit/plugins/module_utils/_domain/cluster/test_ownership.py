"""Whose an object is."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import (
    MANAGED_BY,
    OWNER,
    TENANT,
    controller_of,
    owner_of,
    ownership_labels,
    ownership_selector,
    tenant_labels,
)

LABELS: t.Mapping[str, tuple[t.Mapping[str, str], str | None]] = {
    "ours": ({MANAGED_BY: "regcred.kubernetes", OWNER: "platform", "other": "label"}, "platform"),
    "nobody's": ({}, None),
    "another manager's": ({MANAGED_BY: "Helm", OWNER: "platform"}, None),
    "no manager": ({OWNER: "platform"}, None),
    "no owner": ({MANAGED_BY: "regcred.kubernetes"}, None),
}


@pytest.mark.parametrize(("labels", "expected"), LABELS.values(), ids=LABELS.keys())
def test_owner_of(labels: t.Mapping[str, str], expected: str | None) -> None:
    """An object is ours with both labels only."""
    assert expected == owner_of(labels)


def test_labels_name_their_owner() -> None:
    """What gets our labels is found again as its owner's."""
    assert owner_of(ownership_labels("platform")) == "platform"


def test_selector() -> None:
    """The selector asks for both labels."""
    expected = "app.kubernetes.io/managed-by=regcred.kubernetes,regcred.kubernetes/owner=platform"

    assert expected == ownership_selector("platform")


def test_tenants_are_distinguished() -> None:
    """A tenant's name is its label where it can be, and otherwise has a label of its own that people can read."""
    names = ["shop", "Team A (shop)", "Team A [shop]", "-", "ä", "x" * 63, "x" * 64, "x" * 65, "\udcff"]
    values = [tenant_labels(name)[TENANT] for name in names]

    assert values[0] == "shop"
    assert values[1].startswith("Team-A-shop-")
    assert len(set(values)) == len(names)
    for value in values:
        assert re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", value)


CONTROLLERS: t.Mapping[str, tuple[t.Mapping[str, str], t.Mapping[str, str], t.Sequence[str], str | None]] = {
    "nobody's": ({"team": "a"}, {"note": "x"}, (), None),
    "ours": (ownership_labels("platform"), {}, (), None),
    "an owner reference": ({}, {}, ("SealedSecret regcred",), "SealedSecret regcred"),
    "a chart's": ({MANAGED_BY: "Helm"}, {"meta.helm.sh/release-name": "shop"}, (), "Helm"),
    "another manager's": ({MANAGED_BY: "terraform"}, {}, (), "terraform"),
    "an application's": ({"argocd.argoproj.io/instance": "shop"}, {}, (), "Argo CD"),
    "a mirror's": ({}, {"reflector.v1.k8s.emberstack.com/reflects": "a/b"}, (), "Reflector"),
}


@pytest.mark.parametrize(
    ("labels", "annotations", "owned_by", "expected"), CONTROLLERS.values(), ids=CONTROLLERS.keys()
)
def test_controllers(
    labels: t.Mapping[str, str], annotations: t.Mapping[str, str], owned_by: t.Sequence[str], expected: str | None
) -> None:
    """Who keeps an object as it wants it is known by owner references and by the marks of programs."""
    assert expected == controller_of(labels, annotations, owned_by)
