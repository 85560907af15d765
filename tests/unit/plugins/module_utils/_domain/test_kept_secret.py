"""What is kept of a Secret that is deleted and created again."""

from __future__ import annotations

import base64
import json
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kept_secret import kept_manifest, read_kept
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret import ObservedSecret

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


def test_no_record() -> None:
    """A Secret of the type alone is none."""
    assert read_kept(replace(kept(), data={}), "") is None
