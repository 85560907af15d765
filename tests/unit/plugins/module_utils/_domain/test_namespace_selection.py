"""Which namespaces a declaration is about."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.namespace_selection import (
    RANCHER_PROJECT,
    Namespace,
    NamespaceSelection,
    SelectedNamespaces,
    check_selection,
    is_protected,
    select_namespaces,
)


def in_project(name: str, project: str) -> Namespace:
    """A namespace that Rancher put into a project."""
    return Namespace(name, annotations={RANCHER_PROJECT: project})


SHOP = Namespace("shop", {"tier": "front"})
SHOP_TEST = in_project("shop-test", "c-1:p-1")
BLOG = in_project("blog", "c-1:p-2")
GOING = Namespace("shop-going", is_terminating=True)
FOUND = (SHOP_TEST, GOING, SHOP, BLOG)


class Selected(t.NamedTuple):
    """A selection, the names that match its label selector, and what comes of both."""

    selection: NamespaceSelection
    matching: t.Collection[str] | None
    expected: SelectedNamespaces


SELECTIONS = {
    "names": Selected(NamespaceSelection(("shop", "blog")), None, SelectedNamespaces((BLOG, SHOP))),
    "a name twice": Selected(NamespaceSelection(("shop", "shop")), None, SelectedNamespaces((SHOP,))),
    "glob": Selected(NamespaceSelection(("shop*",)), None, SelectedNamespaces((SHOP, SHOP_TEST), ("shop-going",))),
    "glob and name": Selected(NamespaceSelection(("b*", "shop")), None, SelectedNamespaces((BLOG, SHOP))),
    "glob that matches nothing": Selected(NamespaceSelection(("x*",)), None, SelectedNamespaces(())),
    "missing, in order, once": Selected(
        NamespaceSelection(("z", "shop", "y", "z")), None, SelectedNamespaces((SHOP,), missing=("z", "y"))
    ),
    "terminating": Selected(NamespaceSelection(("shop-going",)), None, SelectedNamespaces((), ("shop-going",))),
    "selector": Selected(NamespaceSelection(selector="tier=front"), {"shop"}, SelectedNamespaces((SHOP,))),
    "selector that matches nothing": Selected(NamespaceSelection(selector="tier=x"), set(), SelectedNamespaces(())),
    "selector and name": Selected(
        NamespaceSelection(("shop", "blog"), selector="tier=front"),
        {"shop"},
        SelectedNamespaces((SHOP,), unmatched=("blog",)),
    ),
    "selector and glob": Selected(
        NamespaceSelection(("b*",), selector="tier"), {"shop", "blog"}, SelectedNamespaces((BLOG,))
    ),
    "project": Selected(NamespaceSelection(rancher_project="c-1:p-1"), None, SelectedNamespaces((SHOP_TEST,))),
    "project without its cluster": Selected(
        NamespaceSelection(rancher_project="p-2"), None, SelectedNamespaces((BLOG,))
    ),
    "project of another cluster": Selected(NamespaceSelection(rancher_project="c-2:p-1"), None, SelectedNamespaces(())),
    "project and name": Selected(
        NamespaceSelection(("shop", "blog"), rancher_project="p-2"),
        None,
        SelectedNamespaces((BLOG,), unmatched=("shop",)),
    ),
    "excluded": Selected(NamespaceSelection(("*",), excluded=("shop*",)), None, SelectedNamespaces((BLOG,))),
    "excluded wins over a name, and a missing one is not missed": Selected(
        NamespaceSelection(("shop", "nowhere"), excluded=("shop", "no*")), None, SelectedNamespaces(())
    ),
}


@pytest.mark.parametrize("case", SELECTIONS.values(), ids=SELECTIONS.keys())
def test_select(case: Selected) -> None:
    """All that is given must hold, exclusions win, and every plain name is accounted for."""
    assert case.expected == select_namespaces(case.selection, FOUND, case.matching)


REFUSED = {
    "nothing": (
        NamespaceSelection(excluded=("a",)),
        "namespaces: no namespace is selected; give namespaces, namespace_selector or rancher_project",
    ),
    "no DNS label": (
        NamespaceSelection(("good", "Team_A")),
        (
            "namespaces[1]: 'Team_A' cannot name a namespace; use at most 63 lower-case letters, digits and '-',"
            " starting and ending with a letter or digit"
        ),
    ),
    "empty name": (
        NamespaceSelection(("",)),
        (
            "namespaces[0]: '' cannot name a namespace; use at most 63 lower-case letters, digits and '-',"
            " starting and ending with a letter or digit"
        ),
    ),
}


@pytest.mark.parametrize(("selection", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(selection: NamespaceSelection, expected: str) -> None:
    """A selection that cannot select is refused."""
    with pytest.raises(InvalidInput, match=f"^{re.escape(expected)}$"):
        check_selection(selection)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (NamespaceSelection(("a", "b")), False),
        (NamespaceSelection(("a", "b*")), True),
        (NamespaceSelection(("a",), selector="x"), True),
        (NamespaceSelection(("a",), rancher_project="x"), True),
    ],
    ids=["names", "glob", "selector", "project"],
)
def test_needs_list(selection: NamespaceSelection, expected: bool) -> None:
    """Plain names alone can be worked on by users who may not list namespaces."""
    check_selection(selection)

    assert expected is selection.needs_list


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("default", True),
        ("kube-system", True),
        ("openshift-monitoring", True),
        ("cattle-system", True),
        ("default-a", False),
        ("my-kube-system", False),
        ("kube", False),
    ],
)
def test_is_protected(name: str, expected: bool) -> None:
    """Namespaces that a cluster lives from are protected."""
    assert expected is is_protected(name)
