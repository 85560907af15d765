"""What comes of a pull."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import DockerConfig
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.keyring import Keyring
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.outcome import (
    NODE,
    Sources,
    credential_rows,
    pull_of,
    sources_of,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.puller import ContainerImage
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.secret_list import (
    NamespaceView,
    Origin,
    SecretList,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import ObservedSecret

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
