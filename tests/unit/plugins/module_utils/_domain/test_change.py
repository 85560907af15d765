"""Changes, and what they come to in a namespace."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import (
    NAMESPACE,
    Action,
    Change,
    PlaceResult,
    count_actions,
    failed_change,
    skipped_namespace,
)


def result(*actions: Action) -> PlaceResult:
    """A namespace with an object for each action, named by its place."""
    changes = tuple(Change("Secret", str(index), action, f"reason {index}") for index, action in enumerate(actions))
    return PlaceResult("team-a", changes)


class Case(t.NamedTuple):
    """Actions of objects, and what is reported of their namespace."""

    actions: t.Sequence[Action]
    action: Action
    reason: str
    is_changed: bool


CASES = {
    "nothing": Case([], "unchanged", "", False),
    "nothing to do": Case(["unchanged", "unchanged"], "unchanged", "", False),
    "the first change counts": Case(
        ["unchanged", "created", "updated"],
        "created",
        "Secret 1: reason 1; Secret 2: reason 2",
        True,
    ),
    "a change before a skip": Case(["skipped", "updated"], "updated", "Secret 0: reason 0; Secret 1: reason 1", True),
    "only skipped": Case(["unchanged", "skipped"], "skipped", "Secret 1: reason 1", False),
    "a failure before all": Case(["created", "failed"], "failed", "Secret 1: reason 1; Secret 0: reason 0", True),
    "a failure alone": Case(["failed"], "failed", "Secret 0: reason 0", False),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_namespace(case: Case) -> None:
    """A namespace's action and reasons are those of its objects, failures first."""
    found = result(*case.actions)

    assert (case.action, case.reason, case.is_changed) == (found.action, found.reason, found.is_changed)


def test_namespace_as_a_whole() -> None:
    """A namespace that is left alone says why, whatever is in it."""
    found = skipped_namespace("team-a", "the namespace is being deleted", "blog")

    assert (found.action, found.reason, found.tenant) == ("skipped", "the namespace is being deleted", "blog")
    assert not found.is_changed


def test_counts_name_every_action() -> None:
    """Also an action that nothing took is counted."""
    counted = count_actions([result("created"), result("created", "failed"), result(), result("updated")])

    assert counted == {"created": 1, "updated": 1, "deleted": 0, "unchanged": 1, "skipped": 0, "failed": 1}
    assert tuple(counted) == NAMESPACE.actions


def test_failed_change() -> None:
    """A change that did not come about leaves the object as it was."""
    change = Change("Secret", "regcred", "updated", "rotated", {"a": 1}, {"a": 2})

    failed = failed_change(change, "refused")

    assert (failed.action, failed.reason, failed.after) == ("failed", "refused", {"a": 1})
