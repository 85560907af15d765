"""Which namespaces a declaration is about."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.namespaces import (
    RANCHER_PROJECT,
    Namespace,
    NamespaceSelection,
    SelectedNamespaces,
    check_removals,
    check_selection,
    is_protected,
    select_namespaces,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput


def in_project(name: str, project: str) -> Namespace:
    """A namespace that Rancher put into a project."""
    return Namespace(name, annotations={RANCHER_PROJECT: project})


SHOP = Namespace("shop", {"tier": "front"})
SHOP_TEST = in_project("shop-test", "c-1:p-1")
BLOG = in_project("blog", "c-1:p-2")
GOING = Namespace("shop-going", is_terminating=True)
NONE_LEFT = "namespaces: none is left that matches all that is given and is not excluded"
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
    "glob that matches nothing": Selected(
        NamespaceSelection(("x*",)), None, SelectedNamespaces((), nothing=("namespaces: no namespace matches 'x*'",))
    ),
    "one glob of two that matches nothing": Selected(
        NamespaceSelection(("x*", "b*")),
        None,
        SelectedNamespaces((BLOG,), nothing=("namespaces: no namespace matches 'x*'",)),
    ),
    "missing, in order, once": Selected(
        NamespaceSelection(("z", "shop", "y", "z")), None, SelectedNamespaces((SHOP,), missing=("z", "y"))
    ),
    "terminating": Selected(NamespaceSelection(("shop-going",)), None, SelectedNamespaces((), ("shop-going",))),
    "selector": Selected(NamespaceSelection(selector="tier=front"), {"shop"}, SelectedNamespaces((SHOP,))),
    "selector that matches nothing": Selected(
        NamespaceSelection(selector="tier=x"),
        set(),
        SelectedNamespaces((), nothing=("namespace_selector: no namespace matches 'tier=x'",)),
    ),
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
    "project of another cluster": Selected(
        NamespaceSelection(rancher_project="c-2:p-1"),
        None,
        SelectedNamespaces((), nothing=("rancher_project: no namespace is in 'c-2:p-1'",)),
    ),
    "all match something, and none of them all": Selected(
        NamespaceSelection(("b*",), selector="tier", rancher_project="p-1"),
        {"blog", "shop"},
        SelectedNamespaces((), nothing=(NONE_LEFT,)),
    ),
    "project and name": Selected(
        NamespaceSelection(("shop", "blog"), rancher_project="p-2"),
        None,
        SelectedNamespaces((BLOG,), unmatched=("shop",)),
    ),
    "excluded": Selected(NamespaceSelection(("*",), excluded=("shop*",)), None, SelectedNamespaces((BLOG,))),
    "excluded wins over a name, and a missing one is not missed": Selected(
        NamespaceSelection(("shop", "nowhere"), excluded=("shop", "no*")),
        None,
        SelectedNamespaces((), nothing=(NONE_LEFT,)),
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
    "blank name to exclude": (
        NamespaceSelection(("*",), excluded=("a", "kube-system ")),
        (
            "exclude_namespaces[1]: 'kube-system ' cannot name a namespace; use at most 63 lower-case letters, digits and '-',"
            " starting and ending with a letter or digit"
        ),
    ),
    "glob that can match nothing": (
        NamespaceSelection(("*",), excluded=("Kube-*",)),
        (
            "exclude_namespaces[0]: 'Kube-*' can match no namespace;"
            " use lower-case letters, digits and '-' beside *, ? and [...]"
        ),
    ),
    **{
        f"blank selector {selector!r}": (
            NamespaceSelection(("*",), selector=selector),
            (
                f"namespace_selector: {selector!r} has a blank part, which selects everything;"
                " write out what it selects, or leave it out"
            ),
        )
        for selector in (" ", ",", "a=b,", "a=b, ,c", "\t")
    },
    **{
        f"project {project!r}": (
            NamespaceSelection(rancher_project=project),
            f"rancher_project: {project!r} cannot be a project; give it as c-m-abcde:p-xyz12 or p-xyz12",
        )
        for project in (" ", ":", "c-1:", ":p-1", "c-1:p-1:x", " p-1")
    },
}


@pytest.mark.parametrize(("selection", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(selection: NamespaceSelection, expected: str) -> None:
    """A selection that cannot select is refused."""
    with pytest.raises(InvalidInput, match=f"^{re.escape(expected)}$"):
        check_selection(selection)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (NamespaceSelection(("a", "b"), selector=""), False),
        (NamespaceSelection(selector="a in (b, c),!d, e notin (f,)"), True),
        (NamespaceSelection(("[!a-c]?-*",)), True),
        (NamespaceSelection(("a", "b*")), True),
        (NamespaceSelection(("a",), selector="x"), True),
        (NamespaceSelection(("a",), rancher_project="x"), True),
    ],
    ids=["names", "selector with sets", "glob with a set", "glob", "selector", "project"],
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


def test_limit_of_removals() -> None:
    """Up to the limit places need not be written out, and beyond it the message has the first of them."""
    places = [f"team-{number}" for number in range(12)]
    check_removals("Secrets regcred", places, 12)
    expected = (
        "prune_limit: 12 Secrets regcred would be removed, and 11 is the limit"
        f" ({', '.join(places[:10])} and 2 more); raise prune_limit if that is right"
    )

    with pytest.raises(InvalidInput, match=f"^{re.escape(expected)}$"):
        check_removals("Secrets regcred", places, 11)
