"""From results by namespace to what a module returns."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import (
    IMAGE,
    NO_SUCH_NAMESPACE,
    NODE,
    Action,
    Change,
    PlaceResult,
    skipped_namespace,
    skipped_node,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.renderer import (
    Own,
    ShownProblem,
    alike,
    outcome_of_file,
    problem_lines,
    summary_line,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.renderer import outcome_of as outcome_about
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.result import Outcome


def outcome_of(results: t.Sequence[PlaceResult], warnings: t.Sequence[str] = (), **returned: t.Any) -> Outcome:
    """The outcome of a task about one Secret."""
    return outcome_about(results, warnings, subject="Secret regcred", **returned)


def result(namespace: str, action: Action, reason: str = "reason", tenant: str = "") -> PlaceResult:
    """A namespace with one Secret."""
    return PlaceResult(namespace, (Change("Secret", "regcred", action, reason),), tenant=tenant)


def test_rows() -> None:
    """All that is not unchanged has a row, a tenant's with its name; everything is counted."""
    results = [
        result("a", "created"),
        result("b", "unchanged"),
        result("c", "updated", tenant="blog"),
        skipped_namespace("d", "gone"),
    ]

    outcome = outcome_of(results, ["look"], more=1)

    assert outcome.returned == {
        "namespaces": [
            {"namespace": "a", "action": "created", "reason": "Secret regcred: reason"},
            {"tenant": "blog", "namespace": "c", "action": "updated", "reason": "Secret regcred: reason"},
            {"namespace": "d", "action": "skipped", "reason": "gone"},
        ],
        "summary": {"created": 1, "updated": 1, "deleted": 0, "unchanged": 1, "skipped": 1, "failed": 0},
        "more": 1,
    }
    assert (outcome.changed, outcome.failure, list(outcome.warnings)) == (
        True,
        "",
        ["look", "namespace d: skipped: gone"],
    )


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({"updated": 298, "unchanged": 7, "skipped": 1, "failed": 1}, "298 updated, 1 skipped, 1 failed"),
        ({"updated": 0, "unchanged": 300}, "nothing to do: 300 unchanged"),
        ({"pulled": 0, "present": 2, "absent": 1}, "nothing to do: 2 present, 1 absent"),
        ({"unchanged": 3, "skipped": 1}, "1 skipped"),
        ({"updated": 0, "unchanged": 0}, "nothing to do"),
    ],
)
def test_summary_line(counts: dict[str, int], line: str) -> None:
    """Whatever had to be done is counted, and what had not where that is all."""
    assert summary_line("Secret regcred", counts) == f"Secret regcred: {line}"


def test_message() -> None:
    """One line for people, of all namespaces."""
    assert outcome_of([result("a", "updated"), result("b", "unchanged")]).message == "Secret regcred: 1 updated"


def test_nothing_changed() -> None:
    """Without a change there is no diff, and nothing is changed."""
    outcome = outcome_of([result("a", "unchanged"), skipped_namespace("b", "gone")])

    assert (outcome.changed, list(outcome.diff)) == (False, [])


def test_diff() -> None:
    """A diff shows each changed object as indented lines, and nothing of what stays or is empty."""
    secret = Change(
        "Secret",
        "regcred",
        "updated",
        before={"type": "t", "immutable": False, "labels": {}, "registries": {"quay.io": {"password": "secret 1"}}},
        after={"type": "t", "immutable": True, "labels": {"l": "1"}, "registries": "none"},
    )
    account = Change("ServiceAccount", "default", "created", after={"imagePullSecrets": ["a", "b"]})
    unchanged = Change("ServiceAccount", "other", "unchanged", before={"x": "y"}, after={"x": "y"})

    (diff,) = outcome_of([PlaceResult("a", (secret, account, unchanged))]).diff

    assert diff == {
        "before_header": "namespace a",
        "after_header": "namespace a",
        "before": "Secret regcred\n  type: t\n  registries:\n    quay.io:\n      password: secret 1\n",
        "after": (
            "Secret regcred\n  type: t\n  immutable: True\n  labels:\n    l: 1\n  registries: none\n"
            "ServiceAccount default\n  imagePullSecrets: a, b\n"
        ),
    }


def updated(namespace: str, to: str, tenant: str = "") -> PlaceResult:
    """A namespace and its Secret, each with a diff."""
    labelled = Change(
        "Namespace", namespace, "updated", before={"labels": {"team": "1"}}, after={"labels": {"team": "2"}}
    )
    secret = Change("Secret", "regcred", "updated", before={"password": "old"}, after={"password": to})
    return PlaceResult(namespace, (labelled, secret), tenant=tenant)


def test_equal_diffs() -> None:
    """Namespaces with the same diff, up to their own names, are one hunk whose header counts them and names the first."""
    same = [updated(f"n-{number}", "new") for number in range(12)]

    first, second = outcome_of([*same, updated("x", "another")]).diff

    header = "12 namespaces (n-0, n-1, n-2, n-3, n-4 and 7 more)"
    assert first == {
        "before_header": header,
        "after_header": header,
        "before": "Namespace NAME\n  labels:\n    team: 1\nSecret regcred\n  password: old\n",
        "after": "Namespace NAME\n  labels:\n    team: 2\nSecret regcred\n  password: new\n",
    }
    assert (second["before_header"], second["after"].splitlines()[0]) == ("namespace x", "Namespace x")


def test_name_of_an_object() -> None:
    """A namespace that is called as an object is in it has the same diff as the others."""
    accounts = (Change("ServiceAccount", "default", "created", after={"imagePullSecrets": ["a"]}),)

    (diff,) = outcome_of([PlaceResult(name, accounts) for name in ("a", "b", "default")]).diff

    assert (diff["before_header"], diff["after"]) == (
        "3 namespaces (a, b, default)",
        "ServiceAccount default\n  imagePullSecrets: a\n",
    )


@pytest.mark.parametrize(
    ("results", "header"),
    [
        ([updated("a", "new", "shop")], "tenant shop: namespace a"),
        ([updated("a", "new", "shop"), updated("b", "new", "shop")], "tenant shop: 2 namespaces (a, b)"),
        (
            [updated("a", "new", "shop"), updated("b", "new", "blog")],
            "2 namespaces (a of tenant shop, b of tenant blog)",
        ),
    ],
)
def test_header_of_tenants(results: list[PlaceResult], header: str) -> None:
    """A diff says whose namespaces it is about."""
    (diff,) = outcome_of(results).diff

    assert (diff["before_header"], diff["after_header"]) == (header, header)


def test_tenants_of_one_diff() -> None:
    """Tenants whose diffs differ in nothing but their own names are one hunk."""
    results = [
        PlaceResult(
            f"{name}-dev", (Change("Secret", "regcred", "created", after={"labels": {"t": name}}),), tenant=name
        )
        for name in ("blog", "shop")
    ]

    (diff,) = outcome_of(results).diff

    assert diff["before_header"] == "2 namespaces (blog-dev of tenant blog, shop-dev of tenant shop)"
    assert diff["after"] == "Secret regcred\n  labels:\n    t: TENANT\n"


def test_objects() -> None:
    """A kind of object can have rows of its own, for the places that have a row."""
    linked = Change("ServiceAccount", "default", "updated", "linked")
    idle = Change("ServiceAccount", "idle", "unchanged")
    results = [
        PlaceResult("a", (Change("Secret", "regcred", "created"), linked, idle)),
        PlaceResult("b", (Change("ServiceAccount", "default", "failed", "no"),)),
    ]

    alone, whole = (
        outcome_of(results, rows_on_failure=rows, object_rows={"service_accounts": "ServiceAccount"}).returned
        for rows in ("failed", "all")
    )

    failed = {"namespace": "b", "name": "default", "action": "failed", "reason": "no"}
    assert alone["service_accounts"] == [failed]
    assert whole["service_accounts"] == [
        {"namespace": "a", "name": "default", "action": "updated", "reason": "linked"},
        failed,
    ]


def test_images() -> None:
    """An image is a place of its own: its row has all that is known of it, its diff is of itself, its failure by its name."""
    pulled = Change("image", "a:1", "pulled", "it is not there", after={"id": "x"}, facts={"id": "x"})
    there = Change("image", "b:1", "present", "it is there", {"id": "y"}, {"id": "y"}, {"id": "y"})
    half = Change("image", "c:1", "failed", "not pinned", after={"id": "z"}, facts={"id": "z"})
    results = [PlaceResult(change.name, (change,), kind=IMAGE) for change in (pulled, there, half)]

    outcome = outcome_about(results, subject="3 images", kind=IMAGE, rows_on_failure="all")

    assert outcome.returned["images"] == [
        {"image": "a:1", "action": "pulled", "reason": "it is not there", "id": "x"},
        {"image": "b:1", "action": "present", "reason": "it is there", "id": "y"},
        {"image": "c:1", "action": "failed", "reason": "not pinned", "id": "z"},
    ]
    assert [(each["before_header"], each["after"]) for each in outcome.diff] == [
        ("a:1", "a:1\n  id: x\n"),
        ("c:1", "c:1\n  id: z\n"),
    ]
    assert outcome.failure == "1 of 3 images failed. c:1: not pinned | 3 images: 1 pulled, 1 failed"
    assert outcome.message == "3 images: 1 pulled, 1 failed"


def test_failure() -> None:
    """A failure names each namespace with its reason, beside what was changed all the same."""
    outcome = outcome_of([result("a", "failed", "no"), result("b", "created"), result("c", "failed", "never")])

    assert (
        outcome.failure
        == "2 of 3 namespaces failed. namespace a: Secret regcred: no | namespace c: Secret regcred: never"
        " | Secret regcred: 1 created, 2 failed"
    )
    assert outcome.changed


def test_rows_of_a_failure() -> None:
    """The rows of a failure are those that failed, unless all are asked for; all are counted."""
    results = [result("a", "failed"), result("b", "updated"), skipped_namespace("c", "gone")]

    alone, whole = (outcome_of(results, rows_on_failure=rows).returned for rows in ("failed", "all"))

    assert [row["namespace"] for row in alone["namespaces"]] == ["a"]
    assert [row["namespace"] for row in whole["namespaces"]] == ["a", "b", "c"]
    assert alone["summary"] == whole["summary"]


def test_many_failures() -> None:
    """Of many reasons to fail ten are shown, and the others are counted."""
    outcome = outcome_of([result(f"n-{number}", "failed", f"no {number}") for number in range(12)])

    assert outcome.failure.startswith(
        "12 of 12 namespaces failed. namespace n-0: Secret regcred: no 0 | namespace n-1: "
    )
    assert outcome.failure.endswith(
        " | namespace n-9: Secret regcred: no 9 | and 2 more, see namespaces | Secret regcred: 12 failed"
    )


def test_ten_failures() -> None:
    """Ten failures are shown without counting any more."""
    outcome = outcome_of([result(f"n-{number}", "failed", f"no {number}") for number in range(10)])

    assert outcome.failure.endswith("namespace n-9: Secret regcred: no 9 | Secret regcred: 10 failed")


def test_equal_failures() -> None:
    """One reason is shown once, with the number and names of those that it keeps back, also where it names each of them."""
    quota = [result(f"n-{number}", "failed", f"over quota in n-{number}") for number in range(12)]
    results = [
        *quota,
        result("a", "failed", "no"),
        result("b", "failed", "no"),
        result("c", "failed", "over quota in d"),
    ]

    assert outcome_of(results).failure == (
        "15 of 15 namespaces failed."
        " 12 namespaces (n-0, n-1, n-2, n-3, n-4, n-5, n-6, n-7, n-8, n-9 and 2 more): Secret regcred: over quota in NAME"
        " | 2 namespaces (a, b): Secret regcred: no | namespace c: Secret regcred: over quota in d"
        " | Secret regcred: 15 failed"
    )


def test_file() -> None:
    """A file's diff is what is in it before and after, indented; one that stays has none."""
    before = {"mode": "0644", "registries": {"quay.io": {"username": "old"}}}
    after = {"mode": "0600", "registries": {"quay.io": {"username": "new"}}}

    outcome = outcome_of_file(Change("file", "/f", "updated", "why", before, after), ["look"], path="/f")
    same = outcome_of_file(Change("file", "/f", "unchanged", "", before, before))

    assert outcome.returned == {"action": "updated", "path": "/f"}
    assert (outcome.message, same.message) == ("file /f: updated: why", "file /f: nothing to do")
    assert (outcome.changed, list(outcome.warnings)) == (True, ["look"])
    assert list(outcome.diff) == [
        {
            "before_header": "/f",
            "after_header": "/f",
            "before": "mode: 0644\nregistries:\n  quay.io:\n    username: old\n",
            "after": "mode: 0600\nregistries:\n  quay.io:\n    username: new\n",
        }
    ]
    assert (same.changed, same.diff) == (False, [])


def test_files() -> None:
    """Files that a file needs have diffs of their own, and change the task; its message is about the file alone."""
    program = Change("file", "/bin/p", "created", "new", after={"mode": "0755"})

    outcome = outcome_of_file(Change("file", "/f", "unchanged", "", {"x": "1"}, {"x": "1"}), beside=[program])

    assert (outcome.changed, outcome.message) == (True, "file /f: nothing to do")
    assert [(each["before_header"], each["before"], each["after"]) for each in outcome.diff] == [
        ("/bin/p", "", "mode: 0755\n")
    ]


def test_skipped_nodes() -> None:
    """What is skipped is reported in the same way for all kinds of places."""
    results = [skipped_node("a", "it is cordoned"), skipped_node("b", "it is cordoned"), skipped_node("c", "not Ready")]

    assert outcome_of(results, kind=NODE).warnings == [
        "nodes a, b: skipped: it is cordoned",
        "node c: skipped: not Ready",
    ]


def test_what_is_skipped_is_a_warning() -> None:
    """What was left alone shows without -v, once a reason with the namespaces; beside a failure its message says it."""
    kept = PlaceResult("a", (Change("Secret", "regcred", "deleted"), Change("Namespace", "a", "skipped", "kept: why")))
    results = [
        kept,
        *(result(f"n-{number}", "skipped", "is not ours") for number in range(2)),
        skipped_namespace("b", "the namespace is being deleted"),
        PlaceResult("c", (Change("Secret", "x", "failed", "no"), Change("Secret", "y", "skipped", "is not ours"))),
        skipped_namespace("d", NO_SUCH_NAMESPACE),
    ]

    assert outcome_of(results, ["look"]).warnings == [
        "look",
        "namespace a: skipped: Namespace a: kept: why",
        "namespaces n-0, n-1: skipped: Secret regcred: is not ours",
        "namespace b: skipped: the namespace is being deleted",
    ]


def test_many_reasons_to_skip() -> None:
    """Beyond ten reasons their number is enough, since the result has them all."""
    warnings = outcome_of([result(f"n-{number}", "skipped", f"reason {number}") for number in range(13)]).warnings

    assert len(warnings) == 11
    assert warnings[-1] == "namespaces: skipped for 3 more reasons, see namespaces"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], []),
        ([("a", "no")], [([0], "no")]),
        ([("a", "not in a")], [([0], "not in a")]),
        ([("a", "x"), ("b", "y"), ("c", "x")], [([0, 2], "x"), ([1], "y")]),
        ([("a", "not in a; see a"), ("b", "not in b; see b")], [([0, 1], "not in NAME; see NAME")]),
        ([("a", "not in a-b"), ("b", "not in b-b")], [([0], "not in a-b"), ([1], "not in b-b")]),
        ([("a", "x a"), ("b", "x b"), ("c", "x a")], [([0, 2], "x a"), ([1], "x b")]),
        ([("a", "x a"), ("c", "y"), ("b", "x b"), ("a", "z")], [([0, 2], "x NAME"), ([1], "y"), ([3], "z")]),
        ([("a.b", "x a.b"), ("c", "x c"), ("d", "x aob")], [([0, 1], "x NAME"), ([2], "x aob")]),
    ],
)
def test_alike(texts: list[tuple[str, str]], expected: list[tuple[list[int], str]]) -> None:
    """Places with one text are together; where nothing but their own names differs, too."""
    assert alike((Own(name), text) for name, text in texts) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            [(Own("a-dev", "a"), "a of a-dev"), (Own("b-dev", "b"), "b of b-dev")],
            [([0, 1], "TENANT of NAME")],
        ),
        ([(Own("a", "a"), "a"), (Own("b", "b"), "b")], [([0, 1], "NAME")]),
        ([(Own("a", "x"), "x"), (Own("b"), "x")], [([0, 1], "x")]),
    ],
)
def test_tenants(texts: list[tuple[Own, str]], expected: list[tuple[list[int], str]]) -> None:
    """The same of the names of tenants."""
    assert alike(texts) == expected


def test_problems_by_cause() -> None:
    """Objects with the same problem are one line, with the images that it is about; each name once."""
    anonymous = "is pulled anonymously; right for a public image"
    found = [
        ShownProblem("error", "Secret", "a/quay", "is broken; correct it"),
        *(
            ShownProblem("warning", "Pod", f"{place}/web", anonymous, image)
            for place in "ab"
            for image in ("quay.io/x", "y")
        ),
        ShownProblem("info", "Pod", "a/web", anonymous, "z"),
        ShownProblem("error", "Secret", "b/quay", "is broken; correct it"),
    ]

    assert problem_lines(found) == [
        "error: 2 Secrets (a/quay, b/quay): is broken; correct it",
        f"warning: 2 Pods (a/web, b/web) (quay.io/x, y): {anonymous}",
        f"info: Pod a/web (z): {anonymous}",
    ]


def test_many_with_one_problem() -> None:
    """Three hundred Secrets with one problem do not fill the screen."""
    (line,) = problem_lines(
        [ShownProblem("error", "Secret", f"team-{number}/quay", "is broken") for number in range(300)]
    )

    assert line == (
        "error: 300 Secrets (team-0/quay, team-1/quay, team-2/quay, team-3/quay, team-4/quay and 295 more): is broken"
    )
