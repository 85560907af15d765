"""What comes of a pull."""

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
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.outcome import (
    NODE,
    Sources,
    UnreadableSecret,
    counts,
    credential_rows,
    keyring_of_secrets,
    pull_of,
    sources_of,
    tried_in_turn,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.puller import ContainerImage
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.secret_list import (
    NamespaceView,
    Origin,
    SecretList,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import ObservedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText

JSON_TYPE, CFG_TYPE = "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"


def entry(user: str) -> dict[str, str]:
    """An entry of a docker config."""
    return {"username": user, "password": "hunter2"}


def secret(name: str, document: t.Any, type_name: str = JSON_TYPE, key: str = ".dockerconfigjson") -> ObservedSecret:
    """A Secret with a document."""
    return ObservedSecret("team-a", name, type_name, data={key: json.dumps(document).encode()})


SECRETS = [
    secret("quay", {"auths": {"quay.io": entry("quay")}}),
    secret("team", {"auths": {"quay.io/team": entry("team")}}),
    secret("old", {"quay.io": entry("old")}, CFG_TYPE, ".dockercfg"),
    secret("opaque", {"auths": {"quay.io": entry("opaque")}}, "Opaque"),
    secret("broken", {"auths": {"quay.io": {"auth": "hunter2!"}}}),
    secret("broken-too", []),
]
VIEW = NamespaceView("team-a", {}, {each.name: each for each in SECRETS})
BLIND = NamespaceView("team-a", {}, None)
NODE_KEYRING = Keyring.of([(NODE, DockerConfig({"quay.io": entry("node")}))])


def sources(*names: str, view: NamespaceView = VIEW, origin: Origin = "pod", node: Keyring | None = None) -> Sources:
    """Where a Pod's credentials come from."""
    return sources_of(view, SecretList(names, origin), node)


class Case(t.NamedTuple):
    """Sources, and what comes of quay.io/team/app: the verdict, and who is tried."""

    sources: Sources
    verdict: str
    tried: t.Sequence[str] = ()
    blocked_by: str = ""


CASES = {
    "a credential": Case(sources("quay"), "credentials", ["quay"]),
    "the narrower first": Case(sources("quay", "team"), "credentials", ["team", "quay"]),
    "equal keys in the list's order": Case(sources("old", "quay"), "credentials", ["old", "quay"]),
    "a name twice": Case(sources("quay", "quay"), "credentials", ["quay", "quay"]),
    "a name that does not exist": Case(sources("ghost", "quay"), "credentials", ["quay"]),
    "an empty name": Case(sources(""), "anonymous"),
    "another type": Case(sources("opaque"), "anonymous"),
    "no Secrets": Case(sources(origin="none"), "anonymous"),
    "the node's file": Case(sources(origin="none", node=NODE_KEYRING), "credentials", ["node"]),
    "the node's file last": Case(sources("quay", node=NODE_KEYRING), "credentials", ["quay", "node"]),
    "a Secret that cannot be read": Case(sources("quay", "broken", "broken-too"), "blocked", blocked_by="broken"),
    "such a Secret, and the node's file": Case(sources("broken", node=NODE_KEYRING), "blocked", blocked_by="broken"),
    "a list that cannot be seen": Case(sources(origin="unknown"), "unknown"),
    "Secrets that cannot be seen": Case(sources("quay", view=BLIND), "unknown"),
    "such Secrets, and the node's file": Case(sources("quay", view=BLIND, node=NODE_KEYRING), "unknown", ["node"]),
    "no Secrets, which could not be seen": Case(sources(view=BLIND, origin="none"), "anonymous"),
    "an empty name, and Secrets that cannot be seen": Case(sources("", view=BLIND), "anonymous"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_verdict(case: Case) -> None:
    """Credentials are tried, the pull is anonymous or blocked, or what decides could not be seen."""
    pull = pull_of(ContainerImage("quay.io/team/app:v1"), case.sources)

    assert (pull.verdict, pull.blocked_by, pull.problem) == (case.verdict, case.blocked_by, "")
    assert [candidate.credential.username for candidate in pull.credentials] == list(case.tried)


@pytest.mark.parametrize(
    ("image", "policy", "expected"),
    [
        ("quay.io/app", "", "Always"),
        ("quay.io/app:latest", "", "Always"),
        ("quay.io/app:v1", "", "IfNotPresent"),
        ("quay.io/app:latest", "Never", "Never"),
        ("quay.io/app:v1", "Always", "Always"),
        ("quay.io/App", "", "IfNotPresent"),
        ("quay.io/App", "Always", "Always"),
    ],
)
def test_policy(image: str, policy: str, expected: str) -> None:
    """The policy is what is written, or what the API server writes, for an invalid name, too."""
    assert expected == pull_of(ContainerImage(image, policy), Sources(())).policy


def test_repository() -> None:
    """The image stays as it is written, beside what is looked up for it."""
    pull = pull_of(ContainerImage("nginx"), Sources(()))

    assert (pull.image, pull.repository) == ("nginx", "docker.io/library/nginx")


def test_invalid_image() -> None:
    """An invalid name is blocked before any Secret is looked at."""
    pull = pull_of(ContainerImage("quay.io/App"), sources("broken", node=NODE_KEYRING))

    assert (pull.verdict, pull.repository, pull.blocked_by, pull.credentials) == ("blocked", "", "", ())
    assert pull.problem == "has capitals in its path 'App'; paths are lower case"


def test_credential_rows() -> None:
    """Credentials are reported in order, without their passwords and without a user in a key."""
    mixed = secret("mixed", {"auths": {"user:hunter2@quay.io": entry("a"), "quay.io/team": entry("b")}})
    view = NamespaceView("team-a", {}, {"mixed": mixed})
    rows = credential_rows(pull_of(ContainerImage("quay.io/team/app"), sources("mixed", view=view, node=NODE_KEYRING)))

    assert rows == [
        {"order": 1, "registry": "quay.io/team", "from": "secret", "secret": "mixed", "username": "b"},
        {"order": 2, "registry": "...@quay.io", "from": "secret", "secret": "mixed", "username": "a"},
        {"order": 3, "registry": "quay.io", "from": "node", "secret": None, "username": "node"},
    ]
    assert "hunter2" not in json.dumps(rows)


def test_order_by_chance() -> None:
    """Credentials whose order is left to chance have the same place, and those after them keep theirs."""
    tied = {"auths": {"quay.io": entry("a"), "https://quay.io": entry("b"), "*.io": entry("c")}}
    view = NamespaceView("team-a", {}, {"tied": secret("tied", tied)})
    pull = pull_of(ContainerImage("quay.io/app"), sources("tied", view=view, node=NODE_KEYRING))

    assert [(each["order"], each["username"]) for each in credential_rows(pull)] == [
        (1, "a"),
        (1, "b"),
        (3, "c"),
        (4, "node"),
    ]


def test_a_secret_called_node() -> None:
    """A Secret whose name is that of the node's source is a Secret all the same."""
    view = NamespaceView("node", {}, {"node": ObservedSecret("node", "node", JSON_TYPE, data=SECRETS[0].data)})
    rows = credential_rows(pull_of(ContainerImage("quay.io/app"), sources("node", view=view)))

    assert [(each["from"], each["secret"]) for each in rows] == [("secret", "node")]


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


def secret_with(name: str, text: str, type_name: str = JSON_TYPE, key: str = ".dockerconfigjson") -> ObservedSecret:
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
    assert expected is counts(secret_with("regcred", text, type_name, key))


def test_unreadable_secret() -> None:
    """The first Secret that counts and cannot be read is named, without what is in it."""
    secrets = [
        secret_with("good", '{"auths": {}}'),
        secret_with("passed-over", "hunter2", type_name="Opaque"),
        secret_with("broken", '{"auths": {"quay.io": {"auth": "hunter2!"}}}'),
        secret_with("broken-too", "hunter2"),
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
    pod = keyring_of_secrets([secret_with("regcred", '{"auths": {"quay.io": {"username": "pod"}}}')])
    node = Keyring.of([("node", DockerConfig({"quay.io/team/app": {"username": "node"}}))])

    tried = tried_in_turn([pod, node], "quay.io/team/app")

    assert [candidate.credential.username for candidate in tried] == ["pod", "node"]
