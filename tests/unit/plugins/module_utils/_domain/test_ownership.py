"""Whose an object is."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.ownership import (
    MANAGED_BY,
    OWNER,
    owner_of,
    ownership_labels,
    ownership_selector,
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
