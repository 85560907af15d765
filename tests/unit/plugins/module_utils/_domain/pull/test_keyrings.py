"""Where a kubelet takes its keyrings from, and what it tries, held against its own answers."""

from __future__ import annotations

import base64
import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    DockerConfig,
    Format,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.keyring import (
    Candidate,
    Keyring,
    ties,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.node_files import (
    NODE_FILES,
    NodeFile,
    node_config,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.go.json import decode_utf8
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reference import (
    InvalidImage,
    parse_image,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.keyrings import (
    UnreadableSecret,
    counts,
    keyring_of_secrets,
    tried_in_turn,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import ObservedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText

VECTORS = json.loads(
    (Path(__file__).parents[4] / "vectors" / "kubelet" / "keyring-lookup.json").read_text(encoding="utf-8")
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
    """A vector's Secret."""
    data = {key: text.encode() for key, text in given.get("data", {}).items()}
    data.update({key: base64.b64decode(text) for key, text in given.get("data_b64", {}).items()})
    return ObservedSecret(given["namespace"], given["name"], given["type"], data=data)


def node_file(path: str, form: Format, text: str | None) -> NodeFile:
    """A file with this in it."""
    return NodeFile(path, form, None if text is None else SecretText(text))


def node_files(given: t.Mapping[str, t.Any]) -> list[NodeFile]:
    """The files of a vector's node."""
    texts = dict(given.get("node_files", {}))
    if given.get("node_config_b64"):
        texts["root/config.json"] = decode_utf8(base64.b64decode(given["node_config_b64"]))
    elif given.get("node_config") is not None:
        texts["root/config.json"] = given["node_config"]
    assert set(texts) <= set(PLACES)
    return [node_file(path, form, texts.get(place)) for (path, form), place in zip(NODE_FILES, PLACES)]


def lookup(given: t.Mapping[str, t.Any]) -> list[Candidate]:
    """What is tried for a vector's image."""
    repository = parse_image(given["image"]).repository
    keyrings = [keyring_of_secrets([secret_from(secret) for secret in given["secrets"]])]
    found = node_config(node_files(given))
    if found is not None:
        keyrings.append(Keyring.of([("node", found[1])]))
    return tried_in_turn(keyrings, repository)


def shown(candidates: t.Sequence[Candidate]) -> list[dict[str, str]]:
    """Candidates as vectors have them."""
    return [
        {
            "username": candidate.credential.username,
            "password": candidate.credential.password.reveal(),
            "source": candidate.source,
        }
        for candidate in candidates
    ]


def in_any_order_within(ranges: t.Iterable[t.Sequence[int]], found: list[dict[str, str]]) -> list[dict[str, str]]:
    """Candidates with those in one order that the kubelet leaves to chance."""
    for start, end in ranges:
        found = found[:start] + sorted(found[start:end], key=json.dumps) + found[end:]
    return found


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_against_the_kubelet(vector: t.Mapping[str, t.Any]) -> None:
    """The kubelet's credentials are found, in its order, and chance has its say exactly where it has it there."""
    expected = vector["expect"]
    if expected["error"]:
        with pytest.raises((InvalidImage, UnreadableSecret)):
            lookup(vector["input"])
        return
    found = lookup(vector["input"])
    chance = expected.get("ties", [])
    assert [list(one) for one in ties(found)] == [list(one) for one in chance]
    assert in_any_order_within(chance, shown(found)) == in_any_order_within(chance, expected["credentials"])


JSON_TYPE, CFG_TYPE = "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"


def secret(name: str, text: str, type_name: str = JSON_TYPE, key: str = ".dockerconfigjson") -> ObservedSecret:
    """A Secret with one value."""
    return ObservedSecret("team-a", name, type_name, data={key: text.encode()})


@pytest.mark.parametrize(
    ("type_name", "key", "text", "expected"),
    [
        (JSON_TYPE, ".dockerconfigjson", "{}", True),
        (CFG_TYPE, ".dockercfg", "{}", True),
        (JSON_TYPE, ".dockerconfigjson", "no JSON", True),
        (JSON_TYPE, ".dockerconfigjson", "", False),
        (JSON_TYPE, ".dockercfg", "{}", False),
        (CFG_TYPE, ".dockerconfigjson", "{}", False),
        ("Opaque", ".dockerconfigjson", "{}", False),
        ("", ".dockercfg", "{}", False),
    ],
)
def test_counts(type_name: str, key: str, text: str, expected: bool) -> None:
    """A Secret counts when type and key belong together and there is something in it, readable or not."""
    assert expected is counts(secret("regcred", text, type_name, key))


def test_unreadable_secret() -> None:
    """The first Secret that counts and cannot be read is named, without what is in it."""
    secrets = [
        secret("good", '{"auths": {}}'),
        secret("passed-over", "hunter2", type_name="Opaque"),
        secret("broken", '{"auths": {"quay.io": {"auth": "hunter2!"}}}'),
        secret("broken-too", "hunter2"),
    ]

    with pytest.raises(UnreadableSecret) as raised:
        keyring_of_secrets(secrets)

    assert (raised.value.name, raised.value.error.problem) == ("broken", "bad_base64")
    assert str(raised.value) == "Secret broken: auths['quay.io'].auth: is not base64"
    assert raised.value.__suppress_context__


def test_node_config_path() -> None:
    """The file of the node that is used is reported: the first that can be read, whatever is in it."""
    files = [
        NodeFile("/a", "dockerconfigjson", None),
        node_file("/b", "dockerconfigjson", "no JSON"),
        node_file("/c", "dockerconfigjson", "{}"),
        node_file("/d", "dockerconfigjson", '{"auths": {"quay.io": {}}}'),
    ]

    assert node_config(files) == ("/c", DockerConfig())
    assert node_config(files[:2]) is None


def test_old_format_of_a_node() -> None:
    """A node's .dockercfg has its entries at the top."""
    found = node_config([node_file("/.dockercfg", "dockercfg", '{"quay.io": {"username": "u"}}')])

    assert found
    assert list(found[1].entries) == ["quay.io"]


def test_keyrings_in_turn() -> None:
    """All of the Pod's Secrets goes before the node's file, even where that is narrower."""
    pod = keyring_of_secrets([secret("regcred", '{"auths": {"quay.io": {"username": "pod"}}}')])
    node = Keyring.of([("node", DockerConfig({"quay.io/team/app": {"username": "node"}}))])

    tried = tried_in_turn([pod, node], "quay.io/team/app")

    assert [candidate.credential.username for candidate in tried] == ["pod", "node"]
