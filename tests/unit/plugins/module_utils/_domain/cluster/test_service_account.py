"""References on ServiceAccounts: added and taken away without losing anybody else's."""

from __future__ import annotations

import copy
import itertools
import random
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.service_account import (
    FIELDS,
    LinkPlan,
    Reference,
    ServiceAccount,
    Usage,
    WantedLinks,
    plan_linked_service_account,
    plan_links,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.service_account import (
    LINKS as ANNOTATION,
)

Document = t.Dict[str, t.Any]

OURS, THEIRS = ANNOTATION + "default", ANNOTATION + "ci"


def account(**references: t.Sequence[str]) -> ServiceAccount:
    """A ServiceAccount with these references by field."""
    lists = {name: tuple({"name": secret} for secret in secrets) for name, secrets in references.items()}
    return ServiceAccount("team-a", "default", "7", lists)


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        ({}, ()),
        ({"imagePullSecrets": ()}, ()),
        ({"imagePullSecrets": ({"name": "b"}, {"name": "a"}, {"name": "b"})}, ("b", "a", "b")),
        ({"imagePullSecrets": ({}, {"name": ""}, {"name": "a"})}, ("", "", "a")),
        ({"secrets": ({"name": "token"},)}, ()),
    ],
)
def test_pull_secrets(references: t.Mapping[str, tuple[Reference, ...]], expected: tuple[str, ...]) -> None:
    """The names for pulling are reported as they stand: in order, twice or empty where they are, without those for mounting."""
    assert expected == ServiceAccount("team-a", "default", references=references).pull_secrets


def test_first_reference() -> None:
    """Where there is no list, one is added, provided that nobody has changed the ServiceAccount meanwhile."""
    plan = plan_links(WantedLinks(("regcred",)), account())

    assert plan.patch == {
        "metadata": {"resourceVersion": "7", "annotations": {OURS: "imagePullSecrets:regcred"}},
        "imagePullSecrets": [{"name": "regcred"}],
    }
    assert (plan.change.action, plan.change.reason) == ("updated", "imagePullSecrets:regcred added")
    assert (plan.change.before, plan.change.after) == ({"imagePullSecrets": []}, {"imagePullSecrets": ["regcred"]})


def test_next_reference() -> None:
    """Where there is a list, it is replaced, provided that nobody has changed the ServiceAccount meanwhile."""
    annotations = {OURS: "imagePullSecrets:a", "note": "x"}
    plan = plan_links(WantedLinks(("regcred",)), replace(account(imagePullSecrets=["b", "a"]), annotations=annotations))

    assert plan.patch == {
        "metadata": {
            "resourceVersion": "7",
            "annotations": {OURS: "imagePullSecrets:a,imagePullSecrets:regcred"},
        },
        "imagePullSecrets": [{"name": "b"}, {"name": "a"}, {"name": "regcred"}],
    }
    assert plan.change.after == {"imagePullSecrets": ["b", "a", "regcred"]}


def test_a_link_belongs_to_who_added_it() -> None:
    """What another owner added is left to it, what nobody is known to have added goes with its name, unless ours alone is to go."""
    annotations = {OURS: "imagePullSecrets:ours", THEIRS: "imagePullSecrets:theirs"}
    observed = replace(account(imagePullSecrets=["ours", "theirs", "by-hand"]), annotations=annotations)
    absent = WantedLinks(("ours", "theirs", "by-hand"), present=False)
    left = "imagePullSecrets:theirs left: belongs to the owner 'ci'"

    plan = plan_links(absent, observed)
    careful = plan_links(replace(absent, added_only=True), observed)
    nothing = plan_links(replace(absent, secrets=("theirs",)), observed)

    removed = "imagePullSecrets:ours removed, imagePullSecrets:by-hand removed"
    assert (plan.change.after, plan.change.reason) == ({"imagePullSecrets": ["theirs"]}, f"{removed}, {left}")
    assert plan.patch["metadata"]["annotations"] == {OURS: None}
    assert careful.change.after == {"imagePullSecrets": ["theirs", "by-hand"]}
    assert (nothing.change.action, nothing.change.reason, nothing.patch) == ("skipped", left, {})


def test_a_link_that_is_added_again_belongs_to_who_added_it_last() -> None:
    """What an owner added and somebody took away is no longer its own when another owner adds it."""
    observed = replace(account(imagePullSecrets=["z"]), annotations={THEIRS: "imagePullSecrets:a,secrets:b"})

    after = _account_from(_applied(plan_links(WantedLinks(("a",)), observed), observed))

    assert after.records == {"default": {"imagePullSecrets:a"}, "ci": {"secrets:b"}}


class Links(t.NamedTuple):
    """A wish, the lists that are there, and what comes of it; no patch where both lists stay."""

    wanted: WantedLinks
    there: t.Mapping[str, t.Sequence[str]]
    expected: t.Mapping[str, t.Sequence[str]]
    reason: str


LINKS = {
    "already there": Links(WantedLinks(("a",)), {"imagePullSecrets": ["b", "a"]}, {"imagePullSecrets": ["b", "a"]}, ""),
    "several, in the order in which they are wanted": Links(
        WantedLinks(("z", "b", "a")),
        {"imagePullSecrets": ["b"]},
        {"imagePullSecrets": ["b", "z", "a"]},
        "imagePullSecrets:z added, imagePullSecrets:a added",
    ),
    "for mounting": Links(
        WantedLinks(("a",), ("mount",)),
        {"imagePullSecrets": ["b"], "secrets": ["token"]},
        {"imagePullSecrets": ["b"], "secrets": ["token", "a"]},
        "secrets:a added",
    ),
    "for both, one of them there": Links(
        WantedLinks(("a",), ("pull", "mount")),
        {"imagePullSecrets": ["a"]},
        {"imagePullSecrets": ["a"], "secrets": ["a"]},
        "secrets:a added",
    ),
    "taken away": Links(
        WantedLinks(("a",), present=False),
        {"imagePullSecrets": ["b", "a", "c"]},
        {"imagePullSecrets": ["b", "c"]},
        "imagePullSecrets:a removed",
    ),
    "the last taken away": Links(
        WantedLinks(("a",), present=False),
        {"imagePullSecrets": ["a"]},
        {"imagePullSecrets": []},
        "imagePullSecrets:a removed",
    ),
    "doubled by somebody, taken away at once": Links(
        WantedLinks(("a",), present=False),
        {"imagePullSecrets": ["a", "b", "a"]},
        {"imagePullSecrets": ["b"]},
        "imagePullSecrets:a removed",
    ),
    "nothing to take away": Links(
        WantedLinks(("a",), ("pull", "mount"), present=False), {"secrets": ["b"]}, {"secrets": ["b"]}, ""
    ),
}


@pytest.mark.parametrize("case", LINKS.values(), ids=LINKS.keys())
def test_links(case: Links) -> None:
    """References of others stay where they are, new ones go last, and nothing to do is no patch."""
    observed = account(**case.there)
    plan = plan_links(case.wanted, observed)

    assert case.expected == _names(_applied(plan, observed))
    assert case.reason == plan.change.reason
    assert ("updated" if case.reason else "unchanged") == plan.change.action
    assert bool(case.reason) is bool(plan.patch)


def test_other_fields_of_references_are_kept() -> None:
    """A reference that says more than a name is kept with all that it says."""
    more = {"name": "token", "kind": "Secret", "fieldPath": "x"}
    observed = ServiceAccount("team-a", "default", "7", {"secrets": (more,)})

    plan = plan_links(WantedLinks(("a",), ("mount",)), observed)

    assert plan.patch["secrets"] == [more, {"name": "a"}]


def test_a_patch_is_refused_after_any_change() -> None:
    """When the ServiceAccount has changed since it was read, the patch is refused."""
    plan = plan_links(WantedLinks(("a",)), account(imagePullSecrets=["b"]))

    with pytest.raises(_Refused):
        _patched(_document(ServiceAccount("team-a", "default", "8")), plan.patch)


def test_against_a_model() -> None:
    """For any lists and wishes the patch leads where the plain rule leads, and then there is nothing to do."""
    dice = random.Random(0)
    names = ["a", "b", "c", "d"]
    for _unused in range(2000):
        references = {
            name: tuple({"name": secret} for secret in dice.choices(names, k=dice.randint(0, 4)))
            for name in FIELDS.values()
            if dice.random() < 0.7
        }
        added = [f"{name}:{secret}" for name in FIELDS.values() for secret in names]
        annotations = {
            annotation: ",".join(dice.sample(added, dice.randint(1, 4)))
            for annotation in (OURS, THEIRS, "note")
            if dice.random() < 0.4
        }
        observed = ServiceAccount("team-a", "default", "7", references, annotations or dice.choice([None, {}]))
        wanted = WantedLinks(
            tuple(dice.sample(names, dice.randint(1, 3))),
            tuple(dice.sample(t.get_args(Usage), dice.randint(1, 2))),
            present=dice.random() < 0.5,
            added_only=dice.random() < 0.5,
        )

        after = _applied(plan_links(wanted, observed), observed)

        assert _model(wanted, observed) == _names(after)
        assert not plan_links(wanted, _account_from(after)).patch
        assert after["metadata"].get("annotations", {}).get("note") == annotations.get("note")


def test_born_linked() -> None:
    """A ServiceAccount that is made here has its references and our labels from birth."""
    plan = plan_linked_service_account(
        WantedLinks(("a", "b"), ("pull", "mount")), "team-a", "builder", {"our": "label"}
    )

    assert plan.manifest == {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "name": "builder",
            "namespace": "team-a",
            "labels": {"our": "label"},
            "annotations": {OURS: "imagePullSecrets:a,imagePullSecrets:b,secrets:a,secrets:b"},
        },
        "imagePullSecrets": [{"name": "a"}, {"name": "b"}],
        "secrets": [{"name": "a"}, {"name": "b"}],
    }
    assert (plan.change.action, plan.change.reason) == ("created", "new, linked to a, b")
    assert plan.change.before == {}
    assert plan.change.after == {"imagePullSecrets": ["a", "b"], "secrets": ["a", "b"]}


class _Refused(Exception):
    pass


def _model(wanted: WantedLinks, observed: ServiceAccount) -> dict[str, list[str]]:
    """The rule itself, as plainly as it can be written."""
    lists = {field: [entry["name"] for entry in entries] for field, entries in observed.references.items()}
    for usage, secret in itertools.product(wanted.usages, wanted.secrets):
        entries = lists.get(FIELDS[usage], [])
        if wanted.present and secret not in entries:
            lists[FIELDS[usage]] = [*entries, secret]
        elif not wanted.present and secret in entries and _is_theirs(wanted, observed, f"{FIELDS[usage]}:{secret}"):
            lists[FIELDS[usage]] = [entry for entry in entries if entry != secret]
    return lists


def _is_theirs(wanted: WantedLinks, observed: ServiceAccount, reference: str) -> bool:
    """Whether ``wanted`` may take a reference away."""
    annotations = observed.annotations or {}
    ours, theirs = (reference in annotations.get(key, "").split(",") for key in (OURS, THEIRS))
    return ours or not (theirs or wanted.added_only)


def _document(observed: ServiceAccount) -> Document:
    references = {field: list(entries) for field, entries in observed.references.items()}
    annotations = {} if observed.annotations is None else {"annotations": dict(observed.annotations)}
    return {"metadata": {"resourceVersion": observed.resource_version, **annotations}, **references}


def _account_from(document: Document) -> ServiceAccount:
    references = {field: tuple(document[field]) for field in FIELDS.values() if field in document}
    metadata = document["metadata"]
    return ServiceAccount("team-a", "default", metadata["resourceVersion"], references, metadata.get("annotations"))


def _applied(plan: LinkPlan, observed: ServiceAccount) -> Document:
    return _patched(_document(observed), plan.patch)


def _patched(document: Document, patch: t.Mapping[str, t.Any]) -> Document:
    """A merge patch of what a ServiceAccount has, by RFC 7396."""
    metadata = document["metadata"]
    if patch and patch["metadata"]["resourceVersion"] != metadata["resourceVersion"]:
        raise _Refused
    changed = {**metadata.get("annotations", {}), **patch.get("metadata", {}).get("annotations", {})}
    annotations = {name: value for name, value in changed.items() if value is not None}
    lists = {name: value for name, value in patch.items() if name != "metadata"}
    return copy.deepcopy({**document, **lists, "metadata": {**metadata, "annotations": annotations}})


def _names(document: Document) -> dict[str, list[str]]:
    lists: dict[str, t.Sequence[Reference]] = {field: document[field] for field in FIELDS.values() if field in document}
    return {field: [entry["name"] for entry in entries] for field, entries in lists.items()}
