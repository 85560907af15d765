"""The options that say which namespaces."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.namespaces import NamespaceSelection
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.namespaces import (
    missing_namespace_spec,
    selection_from,
    selector_from,
)


def test_everything() -> None:
    """Each option goes where it belongs."""
    params = {
        "namespaces": ["a", "b*"],
        "namespace_selector": "x=y",
        "exclude_namespaces": ["c"],
        "rancher_project": "c-1:p-1",
        "missing_namespace": "skip",
    }

    assert selection_from(params) == NamespaceSelection(("a", "b*"), "x=y", "c-1:p-1", ("c",), "skip")


def test_nothing() -> None:
    """What is left out is empty."""
    params: dict[str, t.Any] = {
        "namespaces": None,
        "namespace_selector": None,
        "exclude_namespaces": [],
        "rancher_project": None,
        "missing_namespace": "fail",
    }

    assert selection_from(params) == NamespaceSelection()


@pytest.mark.parametrize("choices", [("fail", "skip"), ("skip", "fail", "create")])
def test_missing_namespace(choices: tuple[str, ...]) -> None:
    """The first choice is the default."""
    option = missing_namespace_spec(*choices).options["missing_namespace"]

    assert (option["choices"], option["default"]) == (list(choices), choices[0])


@pytest.mark.parametrize("selector", ["", " ", ",", "a=b,"])
def test_blank_selectors(selector: str) -> None:
    """A selector that is given and blank selects everything, so it is refused by the name of its option."""
    with pytest.raises(InvalidInput, match=r"^service_account_selector: .*which selects everything; write out"):
        selector_from({"service_account_selector": selector}, "service_account_selector")


def test_no_selector() -> None:
    """One that is left out is empty."""
    assert selector_from({"selector": None}, "selector") == ""
