"""From the pull Secret that is there to the one that is wanted."""

from __future__ import annotations

import base64
import json
import re
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import Action
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import ownership_labels
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    Credential,
    DockerConfig,
    Format,
    RegistryCredential,
    build_docker_config,
    parse_docker_config,
    render_docker_config,
    revealed_entries,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.view import redact
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.plan import (
    PlanRefused,
    SecretPlan,
    Verb,
    differences_between,
    plan_secret,
    plan_secret_removal,
    view_observed,
    view_wanted,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import (
    KEYS,
    LAST_APPLIED,
    MAX_BYTES,
    TYPES,
    ConflictPolicy,
    ObservedSecret,
    WantedSecret,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import Fingerprinter, SecretText

PASSWORD, OLD_PASSWORD, TOKEN = "hunter2-neu<ü>", "correct horse", "token-0123"
MARKS = Fingerprinter(b"a key for the test")
OURS = ownership_labels("default")
QUAY = RegistryCredential("quay.io", Credential("robot", SecretText(PASSWORD)))
OLD_QUAY = RegistryCredential("quay.io", Credential("robot", SecretText(OLD_PASSWORD)))
GHCR = RegistryCredential("ghcr.io", Credential("other", SecretText(OLD_PASSWORD)), "a@example.org")

QUAY_ALONE = build_docker_config([QUAY])
WANTED = WantedSecret("regcred", QUAY_ALONE, present=(QUAY,))
MERGED = replace(WANTED, purge=False)


def observed(
    *credentials: RegistryCredential,
    form: Format = "dockerconfigjson",
    more_data: dict[str, bytes] | None = None,
    **details: t.Any,
) -> ObservedSecret:
    """A Secret of ours with these credentials."""
    text = render_docker_config(build_docker_config(credentials), form).reveal()
    facts: dict[str, t.Any] = {"labels": OURS, "uid": "u-1", "resource_version": "7", "type": TYPES[form], **details}
    return ObservedSecret("team-a", "regcred", data={KEYS[form]: text.encode(), **(more_data or {})}, **facts)


def plan(wanted: WantedSecret, there: ObservedSecret | None) -> SecretPlan:
    """The plan for the namespace team-a."""
    return plan_secret(wanted, there, "team-a", MARKS)


def written(found: SecretPlan, form: Format = "dockerconfigjson") -> DockerConfig:
    """The document that a plan writes."""
    return parse_docker_config(base64.b64decode(found.body["data"][KEYS[form]]).decode("utf-8"), form)


class Case(t.NamedTuple):
    """A wish, what is there, and what is planned."""

    wanted: WantedSecret
    there: ObservedSecret | None
    verb: Verb
    action: Action
    reason: str


def _policy(policy: ConflictPolicy, wanted: WantedSecret = WANTED) -> WantedSecret:
    return replace(wanted, on_conflict=policy)


PLANS = {
    "nothing there": Case(WANTED, None, "create", "created", "new, with quay.io"),
    "nothing there, merging": Case(MERGED, None, "create", "created", "new, with quay.io"),
    "nothing there, and only something to take out": Case(
        WantedSecret("regcred", absent=("ghcr.io",), purge=False), None, "none", "unchanged", ""
    ),
    "the same": Case(WANTED, observed(QUAY), "none", "unchanged", ""),
    "the same, written in another way": Case(
        WANTED,
        observed(
            more_data={
                ".dockerconfigjson": json.dumps(
                    {"auths": {"quay.io": dict(reversed(list(revealed_entries(QUAY_ALONE)["quay.io"].items())))}}
                ).encode()
            }
        ),
        "none",
        "unchanged",
        "",
    ),
    "the same, with other labels beside ours": Case(
        WANTED, observed(QUAY, labels={**OURS, "team": "a"}), "none", "unchanged", ""
    ),
    "rotated": Case(WANTED, observed(OLD_QUAY), "patch", "updated", "quay.io: password changed"),
    "other user": Case(
        WANTED,
        observed(replace(QUAY, credential=Credential("old", SecretText(PASSWORD)))),
        "patch",
        "updated",
        "quay.io: username changed",
    ),
    "other registry": Case(WANTED, observed(GHCR), "patch", "updated", "quay.io added, ghcr.io removed"),
    "purged": Case(WANTED, observed(QUAY, GHCR), "patch", "updated", "ghcr.io removed"),
    "merged, others kept": Case(MERGED, observed(QUAY, GHCR), "none", "unchanged", ""),
    "merged into others": Case(MERGED, observed(GHCR), "patch", "updated", "quay.io added"),
    "taken out of others": Case(
        WantedSecret("regcred", absent=("ghcr.io",), purge=False),
        observed(QUAY, GHCR),
        "patch",
        "updated",
        "ghcr.io removed",
    ),
    "data beside ours, purging": Case(
        WANTED, observed(QUAY, more_data={"extra": b"x"}), "patch", "updated", "data key extra removed"
    ),
    "data beside ours, merging": Case(MERGED, observed(QUAY, more_data={"extra": b"x"}), "none", "unchanged", ""),
    "not readable, purging": Case(
        WANTED,
        observed(more_data={".dockerconfigjson": b"{"}),
        "patch",
        "updated",
        "contents replaced: not JSON (line 1, column 2)",
    ),
    "label missing": Case(replace(WANTED, labels={"team": "a"}), observed(QUAY), "patch", "updated", "label team set"),
    "label other": Case(
        replace(WANTED, labels={"team": "a"}),
        observed(QUAY, labels={**OURS, "team": "b"}),
        "patch",
        "updated",
        "label team set",
    ),
    "annotation missing": Case(
        replace(WANTED, annotations={"note": "x"}), observed(QUAY), "patch", "updated", "annotation note set"
    ),
    "a copy left by kubectl apply": Case(
        WANTED,
        observed(QUAY, annotations={LAST_APPLIED: PASSWORD, "note": "x"}),
        "patch",
        "updated",
        f"annotation {LAST_APPLIED} removed",
    ),
    "made immutable": Case(replace(WANTED, immutable=True), observed(QUAY), "patch", "updated", "made immutable"),
    "immutable and the same": Case(WANTED, observed(QUAY, immutable=True), "none", "unchanged", ""),
    "immutable, its labels differ": Case(
        replace(WANTED, labels={"team": "a"}), observed(QUAY, immutable=True), "patch", "updated", "label team set"
    ),
    "immutable and rotated": Case(
        WANTED, observed(OLD_QUAY, immutable=True), "recreate", "updated", "is immutable: deleted and created again"
    ),
    "no longer immutable": Case(
        replace(WANTED, immutable=False),
        observed(QUAY, immutable=True),
        "recreate",
        "updated",
        "is immutable: deleted and created again",
    ),
    "type changes": Case(
        WANTED,
        observed(QUAY, form="dockercfg"),
        "recreate",
        "updated",
        "type changes from kubernetes.io/dockercfg to kubernetes.io/dockerconfigjson: deleted and created again",
    ),
    "type changes back": Case(
        replace(WANTED, form="dockercfg"),
        observed(QUAY),
        "recreate",
        "updated",
        "type changes from kubernetes.io/dockerconfigjson to kubernetes.io/dockercfg: deleted and created again",
    ),
    "no type": Case(
        WANTED,
        observed(QUAY, type=""),
        "recreate",
        "updated",
        "type changes from Opaque to kubernetes.io/dockerconfigjson: deleted and created again",
    ),
    "not ours, skipped": Case(
        _policy("skip"), observed(QUAY, labels={}), "none", "skipped", "is not managed by regcred.kubernetes"
    ),
    "another owner's, skipped": Case(
        _policy("skip"), observed(QUAY, labels=ownership_labels("ci")), "none", "skipped", "belongs to the owner 'ci'"
    ),
    "adopted, the same": Case(
        _policy("adopt"),
        observed(QUAY, labels={"team": "a"}),
        "patch",
        "updated",
        "adopted, label app.kubernetes.io/managed-by set, label regcred.kubernetes/owner set",
    ),
    "adopted and merged": Case(
        _policy("adopt", MERGED),
        observed(GHCR, labels={"x": "y"}),
        "patch",
        "updated",
        "adopted, quay.io added, label app.kubernetes.io/managed-by set, label regcred.kubernetes/owner set",
    ),
    "adopted, of another type": Case(
        _policy("adopt"),
        observed(QUAY, labels={}, type="Opaque"),
        "recreate",
        "updated",
        "type changes from Opaque to kubernetes.io/dockerconfigjson: deleted and created again",
    ),
    "replaced": Case(
        _policy("replace"),
        observed(QUAY, labels={"team": "a"}),
        "recreate",
        "updated",
        "not managed by regcred.kubernetes, written anew, label team removed",
    ),
    "adopted, with data of an application": Case(
        _policy("adopt"),
        observed(QUAY, labels={}, more_data={"app.conf": b"x", "key": b"y"}),
        "patch",
        "updated",
        (
            "adopted, label app.kubernetes.io/managed-by set, label regcred.kubernetes/owner set,"
            " data key app.conf removed, data key key removed"
        ),
    ),
    "adopted as of another type, with data of an application": Case(
        _policy("adopt"),
        observed(QUAY, labels={}, type="Opaque", more_data={"app.conf": b"x"}),
        "recreate",
        "updated",
        (
            "type changes from Opaque to kubernetes.io/dockerconfigjson: deleted and created again,"
            " data key app.conf removed"
        ),
    ),
    "a controller's, replaced": Case(
        _policy("replace"),
        observed(GHCR, labels={}, annotations={"note": PASSWORD}, owned_by=("ExternalSecret regcred",)),
        "recreate",
        "updated",
        "kept by ExternalSecret regcred, written anew, ghcr.io removed, annotation note removed",
    ),
    "a controller's, skipped": Case(
        _policy("skip"),
        observed(QUAY, labels={}, owned_by=("ExternalSecret regcred",)),
        "none",
        "skipped",
        "is not managed by regcred.kubernetes",
    ),
    "ours, with a policy for others": Case(_policy("replace"), observed(QUAY), "none", "unchanged", ""),
}


@pytest.mark.parametrize("case", PLANS.values(), ids=PLANS.keys())
def test_plans(case: Case) -> None:
    """What happens to a Secret, and why, follows from what is wanted and what is there."""
    found = plan(case.wanted, case.there)

    assert (case.verb, case.action, case.reason) == (found.verb, found.change.action, found.change.reason)
    assert found.change.title == "Secret regcred"


@pytest.mark.parametrize("case", PLANS.values(), ids=PLANS.keys())
def test_plans_tell_no_secret(case: Case) -> None:
    """Neither views nor reasons nor the text of a plan hold a secret in any form."""
    found = plan(case.wanted, case.there)
    shown = json.dumps([found.change.reason, found.change.before, found.change.after]) + repr(found)
    plain = shown.encode().decode("unicode_escape", "replace") + shown

    for secret in (PASSWORD, OLD_PASSWORD):
        auth = Credential("robot", SecretText(secret)).auth.reveal()
        for form in (secret, json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode(), auth):
            assert form not in plain


CONTROLLERS: dict[str, dict[str, t.Any]] = {
    "ExternalSecret regcred": {"owned_by": ("ExternalSecret regcred",)},
    "Argo CD": {"annotations": {"argocd.argoproj.io/tracking-id": "x"}},
    "Helm": {"labels": {"app.kubernetes.io/managed-by": "Helm"}},
    "External Secrets": {"labels": {"reconcile.external-secrets.io/managed": "true"}},
}

REFUSED = {
    "not ours": (
        WANTED,
        observed(QUAY, labels={}),
        (
            "exists and is not managed by regcred.kubernetes;"
            " set on_conflict to adopt to take it over, to replace to write it anew, or to skip to leave it alone"
        ),
    ),
    **{
        f"another owner's, {policy}": (
            _policy(policy),
            observed(QUAY, labels=ownership_labels("ci")),
            ("belongs to the owner 'ci' and is left to it; use that owner, or another name for the Secret"),
        )
        for policy in ("fail", "adopt", "replace")
    },
    **{
        f"a controller's, {policy}, by {by}": (
            _policy(policy),
            replace(observed(QUAY), **{"labels": {}, **marks}),
            (
                f"exists and is kept by {by}, which would change it back; change it there, use another name,"
                " or set on_conflict to replace to write it anew, or to skip to leave it alone"
            ),
        )
        for policy in ("fail", "adopt")
        for by, marks in CONTROLLERS.items()
    },
    "not readable, merging": (
        MERGED,
        observed(more_data={".dockerconfigjson": b'{"auths": {"quay.io": {"auth": "hunter2!"}}}'}),
        (
            "cannot be merged into: auths['quay.io'].auth: is not base64;"
            " set purge_registries to true to replace its contents"
        ),
    ),
    "of another type, merging": (
        _policy("adopt", MERGED),
        observed(QUAY, type="Opaque", labels={}),
        (
            "cannot be merged into: holds no docker config that a kubelet reads;"
            " set purge_registries to true to replace its contents"
        ),
    ),
    "too large after merging": (
        MERGED,
        observed(replace(GHCR, email="e" * MAX_BYTES)),
        (f"the docker config has {MAX_BYTES + 226} bytes, and a Secret holds at most {MAX_BYTES}; use several Secrets"),
    ),
}


@pytest.mark.parametrize(("wanted", "there", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(wanted: WantedSecret, there: ObservedSecret, expected: str) -> None:
    """What must not or cannot be changed is refused with the object, the reason and the cure."""
    with pytest.raises(PlanRefused, match=f"^{re.escape(expected)}$"):
        plan(wanted, there)


def test_new_manifest() -> None:
    """A new Secret has type, labels, annotations and data as declared, and our labels win."""
    wanted = replace(WANTED, labels={"team": "a"}, annotations={"note": "x"}, owner="ci", immutable=True)

    found = plan(wanted, None)

    assert written(found) == WANTED.document
    assert {**found.body, "data": list(found.body["data"])} == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "regcred",
            "namespace": "team-a",
            "labels": {"team": "a", **ownership_labels("ci")},
            "annotations": {"note": "x"},
        },
        "type": "kubernetes.io/dockerconfigjson",
        "immutable": True,
        "data": [".dockerconfigjson"],
    }


def test_patch_of_a_rotation() -> None:
    """A rotation changes the data key alone, and only of the version that was read."""
    found = plan(WANTED, observed(OLD_QUAY))

    assert written(found) == WANTED.document
    assert list(found.body["data"]) == [".dockerconfigjson"]
    assert found.body["metadata"] == {"resourceVersion": "7"}
    assert set(found.body) == {"data", "metadata"}


def test_patch_removes_what_is_not_wanted() -> None:
    """Other data keys and the copy that kubectl apply leaves are taken away, other annotations are not touched."""
    there = observed(QUAY, more_data={"extra": b"x"}, annotations={LAST_APPLIED: "copy", "note": "x"})

    found = plan(WANTED, there)

    assert found.body["data"]["extra"] is None
    assert found.body["metadata"]["annotations"] == {LAST_APPLIED: None}


def test_patch_of_labels() -> None:
    """Only labels that differ are sent, and no data."""
    found = plan(replace(WANTED, labels={"team": "a", "kept": "x"}), observed(QUAY, labels={**OURS, "kept": "x"}))

    assert found.body == {"metadata": {"labels": {"team": "a"}, "resourceVersion": "7"}}


def test_merge_keeps_unknown_fields() -> None:
    """Merging keeps what it does not know, in the document and in an entry."""
    text = json.dumps({"credHelpers": {"gcr.io": "gcloud"}, "auths": {"quay.io": {"auth": "YTpi", "note": 1}}})
    found = plan(MERGED, observed(more_data={".dockerconfigjson": text.encode()}))

    document = written(found)

    assert document.extras == {"credHelpers": {"gcr.io": "gcloud"}}
    assert document.entries["quay.io"] == {**QUAY.as_fields(), "note": 1}


@pytest.mark.parametrize(
    ("immutable", "expected"), [(None, True), (True, True), (False, False)], ids=["not given", "yes", "no"]
)
def test_recreated_stays_immutable(immutable: bool | None, expected: bool) -> None:
    """A Secret that is written anew stays immutable unless the task says otherwise, and the plan says so."""
    found = plan(replace(WANTED, immutable=immutable), observed(OLD_QUAY, immutable=True))

    assert expected is found.body["immutable"]
    assert expected is found.change.after["immutable"]


def test_recreated_keeps_labels_and_annotations() -> None:
    """A Secret of ours that is written anew keeps the labels and annotations of others, in the plan as well."""
    there = observed(
        QUAY, form="dockercfg", labels={**OURS, "team": "a"}, annotations={"note": "x", LAST_APPLIED: "copy"}
    )

    found = plan(WANTED, there)

    assert found.body["metadata"]["labels"] == {"team": "a", **OURS}
    assert found.body["metadata"]["annotations"] == {"note": "x"}
    assert found.change.after["labels"] == {"team": "a", **OURS}
    assert list(found.body["data"]) == [".dockerconfigjson"]


def test_recreated_keeps_other_data_when_merging() -> None:
    """Merging keeps data keys of others when the type changes, but not the old document."""
    found = plan(MERGED, observed(GHCR, form="dockercfg", more_data={"extra": b"x"}))

    assert found.body["data"]["extra"] == "eA=="
    assert set(found.body["data"]) == {"extra", ".dockerconfigjson"}
    assert list(written(found).entries) == ["ghcr.io", "quay.io"]


def test_replaced_keeps_nothing() -> None:
    """A Secret of others that is replaced keeps no label, annotation, data or immutability of theirs."""
    there = observed(GHCR, labels={"team": "a"}, annotations={"note": "x"}, more_data={"extra": b"x"}, immutable=True)

    found = plan(_policy("replace", MERGED), there)

    assert found.body["metadata"]["labels"] == OURS
    assert found.body["metadata"]["annotations"] == {}
    assert "immutable" not in found.body
    assert list(written(found).entries) == ["quay.io"]
    assert list(found.body["data"]) == [".dockerconfigjson"]


def test_removal() -> None:
    """Ours goes, and only the object that was seen."""
    there = observed(QUAY)

    found = plan_secret_removal(WANTED, there, MARKS, "state is absent")

    assert (found.verb, found.change.action, found.change.reason) == ("delete", "deleted", "state is absent")
    assert found.observed is there
    assert found.change.after == {}


@pytest.mark.parametrize(
    ("labels", "reason"),
    [({}, "is not managed by regcred.kubernetes"), (ownership_labels("ci"), "belongs to the owner 'ci'")],
    ids=["nobody's", "another owner's"],
)
def test_removal_leaves_others_alone(labels: t.Mapping[str, str], reason: str) -> None:
    """What is not ours stays."""
    found = plan_secret_removal(WANTED, observed(QUAY, labels=labels), MARKS, "state is absent")

    assert (found.verb, found.change.action, found.change.reason) == ("none", "skipped", reason)


def test_planned_again_is_unchanged() -> None:
    """What a plan writes needs no further change, whatever was there."""
    for name, case in PLANS.items():
        found = plan(case.wanted, case.there)
        if found.verb in ("create", "recreate"):
            after = ObservedSecret(
                "team-a",
                "regcred",
                found.body["type"],
                labels=found.body["metadata"]["labels"],
                annotations=found.body["metadata"]["annotations"],
                immutable=found.body.get("immutable", False),
                data={key: base64.b64decode(value) for key, value in found.body["data"].items()},
            )

            assert plan(case.wanted, after).verb == "none", name


TYPE = "kubernetes.io/dockerconfigjson"


def test_redact() -> None:
    """User name and email are shown, each secret by its mark, whatever else an entry holds is left out."""
    fields = {
        "auth": "cm9ib3Q6aHVudGVyMg==",
        "password": "another one",
        "email": "a@example.org",
        "identitytoken": "token",
        "registrytoken": "",
        "note": "secret?",
    }

    shown = redact(DockerConfig({"quay.io": fields}), MARKS)

    assert shown == {
        "quay.io": {
            "username": "robot",
            "password": MARKS.mark(SecretText("hunter2")),
            "email": "a@example.org",
            "identitytoken": MARKS.mark(SecretText("token")),
        }
    }


def test_view_of_what_is_there() -> None:
    """Of the annotations only those are shown that the declaration is about, and a copy of the Secret by its name."""
    observed = ObservedSecret(
        "team-a",
        "regcred",
        TYPE,
        labels={"l": "1"},
        annotations={"note": "x", "other": "hunter2", LAST_APPLIED: "hunter2"},
        immutable=True,
        data={".dockerconfigjson": b"{}"},
    )

    view = view_observed(observed, WantedSecret("regcred", annotations={"note": "y"}), MARKS)

    assert view == {
        "type": TYPE,
        "labels": {"l": "1"},
        "annotations": {"note": "x", LAST_APPLIED: "a copy of the Secret"},
        "immutable": True,
        "registries": {},
        "other_data": [],
    }


def test_view_of_what_cannot_be_read() -> None:
    """Where there is no document, the view says why."""
    view = view_observed(ObservedSecret("team-a", "regcred", "Opaque"), WantedSecret("regcred"), MARKS)

    assert view["registries"] == "holds no docker config that a kubelet reads"


def test_view_of_what_is_wanted() -> None:
    """The view of a change in place shows labels of others, too."""
    kept = ObservedSecret("team-a", "regcred", TYPE, labels={"theirs": "1"}, immutable=True)

    view = view_wanted(WantedSecret("regcred", labels={"ours": "2"}), DockerConfig({}), MARKS, kept)

    assert view == {
        "type": TYPE,
        "labels": {"theirs": "1", "ours": "2", **ownership_labels("default")},
        "annotations": {},
        "immutable": True,
        "registries": {},
        "other_data": [],
    }


def test_differences() -> None:
    """Each difference is reported once, registries first."""
    before = {
        "registries": {"a": {"username": "u", "password": "1"}, "b": {"username": "u", "password": "1"}},
        "labels": {"x": "1"},
        "annotations": {"gone": "1"},
        "immutable": False,
        "other_data": ["a", "b"],
    }
    after = {
        "registries": {"a": {"username": "v", "password": "2"}, "c": {"username": "u", "password": "1"}},
        "labels": {"x": "2"},
        "annotations": {},
        "immutable": True,
        "other_data": ["b"],
    }

    assert differences_between(before, after) == [
        "c added",
        "b removed",
        "a: username and password changed",
        "label x set",
        "annotation gone removed",
        "made immutable",
        "data key a removed",
    ]
