"""What is kept of a Secret that is deleted and created again."""

from __future__ import annotations

import base64
import json
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import ownership_labels
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.kept import (
    kept_manifest,
    read_kept,
    with_kept,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import ObservedSecret

SECRET = ObservedSecret(
    namespace="team-a",
    name="regcred",
    type="kubernetes.io/dockercfg",
    uid="u1",
    resource_version="7",
    labels={"a": "b"},
    annotations={"c": "d"},
    immutable=True,
    data={".dockercfg": b"{}"},
)


def kept(**changes: t.Any) -> ObservedSecret:
    """The second Secret as it is stored, with a record that somebody changed."""
    manifest = kept_manifest(SECRET)
    data = {key: base64.b64decode(value) for key, value in manifest["data"].items()}
    (record,) = (key for key in data if key not in SECRET.data)
    data[record] = json.dumps({**json.loads(data[record]), **changes}).encode()
    return ObservedSecret(
        namespace="team-a", name=manifest["metadata"]["name"], type=manifest["type"], uid="k1", data=data
    )


def test_there_and_back() -> None:
    """What was kept is what there was."""
    found = read_kept(kept(), "2026-01-01T00:00:00Z")

    assert found is not None
    assert found.secret == SECRET


@pytest.mark.parametrize(
    "changes",
    [
        {"name": 5},
        {"name": "other"},
        {"type": None},
        {"type": "kubernetes.io/service-account-token"},
        {"uid": ["u1"]},
        {"resourceVersion": 7},
        {"labels": {"a": {"b": "c"}}},
        {"labels": []},
        {"annotations": "text"},
    ],
    ids=str,
)
def test_planted(changes: dict[str, t.Any]) -> None:
    """A record that no run of ours can have written keeps nothing: neither does it end a run, nor make a token."""
    assert read_kept(kept(**changes), "") is None


@pytest.mark.parametrize("kind", ["Opaque", "kubernetes.io/dockerconfigjson"])
def test_other_type(kind: str) -> None:
    """A record in a Secret of another type is not looked at: no list of what was kept shows it."""
    assert read_kept(replace(kept(), type=kind), "") is None


@pytest.mark.parametrize("record", ["", "null", "[]", "5", "[" * 100_000, "\xff"], ids=lambda record: record[:4])
def test_no_json_object(record: str) -> None:
    """Whatever stands there ends no run."""
    found = kept()
    (key,) = (key for key in found.data if key not in SECRET.data)
    assert read_kept(replace(found, data={**found.data, key: record.encode("latin-1")}), "") is None


@pytest.mark.parametrize("immutable", ["yes", 1, {"a": "b"}, None])
def test_immutable_as_planted(immutable: t.Any) -> None:
    """Only what is true makes a Secret immutable."""
    found = read_kept(kept(immutable=immutable), "")

    assert found is not None
    assert found.secret.immutable is False


def test_no_record() -> None:
    """A Secret of the type alone is none."""
    assert read_kept(replace(kept(), data={}), "") is None


@pytest.mark.parametrize(
    ("changes", "created", "is_removed"),
    [
        ({}, "2026-01-01T00:00:00Z", True),
        ({}, "2026-01-01T00:20:00Z", False),
        ({"resource_version": "8"}, "2026-01-01T00:20:00Z", True),
        ({"uid": "u2"}, "2026-01-01T00:00:00Z", False),
        ({"uid": "u2", "labels": ownership_labels("any")}, "2026-01-01T00:00:00Z", True),
    ],
    ids=["old", "another run is at work", "changed since", "somebody else's", "made by a run"],
)
def test_beside_a_secret(changes: dict[str, t.Any], created: str, *, is_removed: bool) -> None:
    """What was kept is removed beside a Secret, but not while a run may be at work, nor beside one of somebody else."""
    found = replace(SECRET, **changes)

    planned = with_kept(found, read_kept(kept(), created), "2026-01-01T00:10:00Z")

    assert planned is not None
    assert (planned.keeper is not None, replace(planned, keeper=None)) == (is_removed, found)
