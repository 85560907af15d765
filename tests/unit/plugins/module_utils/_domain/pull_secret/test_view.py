"""A pull Secret as people see it."""

from __future__ import annotations

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import ownership_labels
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import DockerConfig
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.view import redact
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import (
    LAST_APPLIED,
    ObservedSecret,
    WantedSecret,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.view import (
    differences_between,
    view_observed,
    view_wanted,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import Fingerprinter, SecretText

MARKS = Fingerprinter(b"a key for the test")
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
