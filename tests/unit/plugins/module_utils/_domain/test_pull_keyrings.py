from __future__ import annotations

import base64
import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image_reference import (
    InvalidImage,
    parse_image,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.json_text import decode_utf8
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.keyring import Candidate, Keyring, ties
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_keyrings import (
    NODE_FILES,
    NodeFile,
    UnreadableSecret,
    keyring_of_secrets,
    node_config,
    tried_in_turn,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret import ObservedSecret

VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "kubelet" / "keyring-lookup.json").read_text(encoding="utf-8")
)
PLACES = (
    "root/config.json",
    "cwd/config.json",
    "home/.docker/config.json",
    "/.docker/config.json",
    "root/.dockercfg",
    "cwd/.dockercfg",
    "home/.dockercfg",
    "/.dockercfg",
)
"""The vectors' names of the files in ``NODE_FILES``."""


def secret_from(given: t.Mapping[str, t.Any]) -> ObservedSecret:
    data = {key: text.encode() for key, text in given.get("data", {}).items()}
    data.update({key: base64.b64decode(text) for key, text in given.get("data_b64", {}).items()})
    return ObservedSecret(given["namespace"], given["name"], given["type"], data=data)


def node_files(given: t.Mapping[str, t.Any]) -> list[NodeFile]:
    texts = dict(given.get("node_files", {}))
    if given.get("node_config_b64"):
        texts["root/config.json"] = decode_utf8(base64.b64decode(given["node_config_b64"]))
    elif given.get("node_config") is not None:
        texts["root/config.json"] = given["node_config"]
    assert set(texts) <= set(PLACES)
    return [NodeFile(path, form, texts.get(place)) for (path, form), place in zip(NODE_FILES, PLACES)]


def lookup(given: t.Mapping[str, t.Any]) -> list[Candidate]:
    repository = parse_image(given["image"]).repository
    keyrings = [keyring_of_secrets([secret_from(secret) for secret in given["secrets"]])]
    found = node_config(node_files(given))
    if found is not None:
        keyrings.append(Keyring.of([("node", found[1])]))
    return tried_in_turn(keyrings, repository)


def shown(candidates: t.Sequence[Candidate]) -> list[dict[str, str]]:
    return [
        {
            "username": candidate.credential.username,
            "password": candidate.credential.password.reveal(),
            "source": candidate.source,
        }
        for candidate in candidates
    ]


def in_any_order_within(ranges: t.Iterable[t.Sequence[int]], found: list[dict[str, str]]) -> list[dict[str, str]]:
    for start, end in ranges:
        found = found[:start] + sorted(found[start:end], key=json.dumps) + found[end:]
    return found


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_kubelets_credentials_are_found_in_its_order(vector: t.Mapping[str, t.Any]) -> None:
    expected = vector["expect"]
    if expected["error"]:
        with pytest.raises((InvalidImage, UnreadableSecret)):
            lookup(vector["input"])
        return
    found = lookup(vector["input"])
    chance = expected.get("ties", [])
    assert [list(one) for one in ties(found)] == [list(one) for one in chance]
    assert in_any_order_within(chance, shown(found)) == in_any_order_within(chance, expected["credentials"])
