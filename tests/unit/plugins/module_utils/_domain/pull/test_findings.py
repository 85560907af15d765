"""What is wrong with a pull, and what to do about it."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import DockerConfig
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.keyring import Keyring
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.finding import Finding
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.findings import (
    Place,
    blocked_finding,
    failure_finding,
    hidden_link_finding,
    place_of,
    pull_findings,
    would_be_helped,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.outcome import NODE, Sources, pull_of
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.puller import (
    ContainerImage,
    PodSpec,
    Puller,
    PullFailure,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.secret_list import SecretList

HUB = "https://index.docker.io/v1/"
PLACE = Place("team-a", "Pod", "web-1")
NOTHING = Sources(())


def document(**keys: str) -> DockerConfig:
    """A docker config with keys by user name; the password is a user name's first letter."""
    return DockerConfig({key: {"username": user, "password": f"hunter2-{user[0]}"} for user, key in keys.items()})


def of_secrets(*documents: DockerConfig) -> Keyring:
    """A keyring of Secrets s0, s1 and so on."""
    return Keyring.of((f"team-a/s{number}", each) for number, each in enumerate(documents))


def of_node(**keys: str) -> Keyring:
    """The keyring of a node's file."""
    return Keyring.of([(NODE, document(**keys))])


def findings(
    image: str, *keyrings: Keyring, names: tuple[str, ...] = ("s0",), policy: str = "", unseen: bool = False
) -> list[Finding]:
    """What is found of an image."""
    sources = Sources(keyrings, unseen=unseen)
    listed = SecretList(names, "pod" if names else "none")
    return list(pull_findings(pull_of(ContainerImage(image, policy), sources), sources, listed, PLACE))


def reported(found: t.Iterable[Finding]) -> list[tuple[str, str, str, str]]:
    """Code, severity, message and cure."""
    return [(each.code, each.severity, each.message, each.cure) for each in found]


class Case(t.NamedTuple):
    """What is found of an image, and what is expected: code, severity, message and cure of each."""

    found: t.Sequence[Finding]
    expected: t.Sequence[tuple[str, str, str, str]] = ()


_NARROWER = "harmless if either will do; else write the narrower key with the whole host, in a Secret of the Pod"
_HUB = "remove or narrow the key that matches, or write the Docker Hub credential under docker.io"

CASES = {
    "a credential": Case(findings("quay.io/app", of_secrets(document(a="quay.io")))),
    "no credential": Case(
        findings("quay.io/app", of_secrets(document(a="ghcr.io")), names=("s0", "", "s1")),
        [
            (
                "no_credential",
                "warning",
                "no credential of its Secrets (s0, s1) matches this image: it is pulled anonymously",
                "right for a public image; else give it a credential for quay.io (pull_secret, service_account_link)",
            )
        ],
    ),
    "no Secret": Case(
        findings("nginx", names=()),
        [
            (
                "no_credential",
                "info",
                "has no Secret to pull with: this image is pulled anonymously",
                "right for a public image; else give it a credential for docker.io (pull_secret, service_account_link)",
            )
        ],
    ),
    "no Secret but an empty name, never pulled": Case(
        findings("quay.io:5000/app", names=("",), policy="Never"),
        [
            (
                "no_credential",
                "info",
                (
                    "has no Secret to pull with: with the policy Never, kubelets refuse it an image that was pulled with"
                    " a credential"
                ),
                (
                    "right for a public image; else give it a credential for quay.io:5000 (pull_secret,"
                    " service_account_link)"
                ),
            )
        ],
    ),
    "invalid image": Case(
        findings("quay.io/App", of_secrets(document(a="quay.io"))),
        [
            (
                "invalid_image",
                "error",
                "'quay.io/App' has capitals in its path 'App'; paths are lower case",
                "write [registry/]repository[:tag][@digest] in lower case",
            )
        ],
    ),
    "what could not be seen": Case(findings("quay.io/app", unseen=True)),
    "equal keys, other credentials": Case(
        findings("quay.io/app", of_secrets(document(a="quay.io", b="https://quay.io/v2/"))),
        [
            (
                "order_by_chance",
                "info",
                "'quay.io' and 'https://quay.io/v2/' of Secret s0 mean the same, and which is tried first is left to chance",
                "keep one of them",
            )
        ],
    ),
    "equal keys in two Secrets": Case(
        findings("quay.io/app", of_secrets(document(a="quay.io"), document(b="quay.io")))
    ),
    "a narrower key first": Case(findings("quay.io/team/app", of_secrets(document(a="quay.io", b="quay.io/team")))),
    "a narrower key under a glob": Case(
        findings("reg.example.com/team/app", of_secrets(document(a="reg.example.com", b="*.example.com/team"))),
        [
            (
                "shadowed",
                "info",
                (
                    "'*.example.com/team' as b (Secret s0) is narrower, and yet 'reg.example.com' as a (Secret s0) is tried"
                    " before it"
                ),
                _NARROWER,
            )
        ],
    ),
    "a narrower key on the node": Case(
        findings("quay.io/team/app", of_secrets(document(a="quay.io")), of_node(b="quay.io/team")),
        [
            (
                "shadowed",
                "info",
                "'quay.io/team' as b (the node's file) is narrower, and yet 'quay.io' as a (Secret s0) is tried before it",
                _NARROWER,
            )
        ],
    ),
    "a broader key on the node": Case(
        findings("quay.io/team/app", of_secrets(document(a="quay.io/team")), of_node(b="quay.io"))
    ),
    "Docker Hub behind a glob": Case(
        findings("team/app", of_secrets(document(a="*.io", b=HUB))),
        [
            (
                "shadowed",
                "warning",
                (
                    f"'{HUB}' as b (Secret s0) is for Docker Hub and never tried, because '*.io' as a (Secret s0) matches this"
                    " image"
                ),
                _HUB,
            )
        ],
    ),
    "Docker Hub behind itself": Case(
        findings("team/app", of_secrets(document(a="docker.io"), document(b=HUB))),
        [
            (
                "shadowed",
                "warning",
                (
                    f"'{HUB}' as b (Secret s1) is for Docker Hub and never tried, because 'docker.io' as a (Secret s0) matches"
                    " this image"
                ),
                _HUB,
            )
        ],
    ),
    "Docker Hub behind one of its namespaces": Case(
        findings("team/app", of_secrets(document(a="docker.io/team", b=HUB)))
    ),
    "Docker Hub of the node": Case(findings("team/app", of_secrets(document(a="*.io")), of_node(b=HUB))),
    "Docker Hub of the node, behind a glob there": Case(
        findings("team/app", of_secrets(document(a="ghcr.io")), of_node(b=HUB, c="*.*")),
        [
            (
                "shadowed",
                "warning",
                (
                    f"'{HUB}' as b (the node's file) is for Docker Hub and never tried, because '*.*' as c (the node's file)"
                    " matches this image"
                ),
                _HUB,
            )
        ],
    ),
    "Docker Hub, and a key for localhost": Case(findings("localhost/app", of_secrets(document(a="localhost", b=HUB)))),
    "no user": Case(
        findings(
            "reg.example.com/team/app",
            of_secrets(DockerConfig({"reg.example.com": {}, "*.example.com/team": {"username": "b"}})),
        ),
        [
            (
                "shadowed",
                "info",
                (
                    "'*.example.com/team' as b (Secret s0) is narrower, and yet 'reg.example.com' as no user (Secret s0) is"
                    " tried before it"
                ),
                _NARROWER,
            )
        ],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_pull(case: Case) -> None:
    """What can be known before a pull is reported, and nothing is reported of what is as it should be."""
    assert list(case.expected) == reported(case.found)
    assert {(each.namespace, each.kind, each.name) for each in case.found} <= {PLACE}
    assert "hunter2" not in json.dumps([each.as_dict() for each in case.found])


def test_image() -> None:
    """A finding about an image names it as it is written."""
    assert [each.image for each in (*findings("nginx"), *findings("nginx:"))] == ["nginx", "nginx:"]


SAME = {"username": "a", "password": "hunter2"}


@pytest.mark.parametrize(
    ("image", "entries"),
    [
        ("quay.io/app", {"quay.io": SAME, "https://quay.io": SAME}),
        ("reg.example.com/team/app", {"reg.example.com": SAME, "*.example.com/team": SAME}),
        ("team/app", {"*.io": SAME, HUB: SAME}),
    ],
)
def test_the_same_credential(image: str, entries: t.Mapping[str, t.Mapping[str, str]]) -> None:
    """Where the credentials are the same, it is all the same which is tried first, or not at all."""
    assert findings(image, of_secrets(DockerConfig(entries))) == []


def test_a_user_in_a_key() -> None:
    """A password that stands in a registry key is not shown."""
    keys = of_secrets(document(a="u:hunter2@quay.io", b="https://u:hunter2@quay.io/v2/"))

    (found,) = findings("quay.io/app", keys)

    assert found.message.startswith("'...@quay.io' and 'https://...@quay.io/v2/' of Secret s0 mean the same")


def test_blocked() -> None:
    """The Secret that cannot be read is named, with what comes of it."""
    assert reported(blocked_finding(Sources((), blocked_by="broken"), PLACE)) == [
        (
            "pulls_blocked",
            "error",
            (
                "Secret broken cannot be read, so every pull fails: other Secrets, the node's credentials and anonymous pulls"
                " are not tried"
            ),
            "correct Secret broken, or take it off the list",
        )
    ]
    assert list(blocked_finding(NOTHING, PLACE)) == []


def puller(kind: str, *secrets: str, **details: t.Any) -> Puller:
    """What pulls."""
    return Puller("team-a", kind, "web" if kind else "", PodSpec("builder", secrets), **details)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Pod", Place("team-a", "Pod", "web")),
        ("CronJob", Place("team-a", "CronJob", "web")),
        ("", Place("team-a", "ServiceAccount", "builder")),
    ],
)
def test_place(kind: str, expected: Place) -> None:
    """A finding names the object, or the ServiceAccount of a Pod that is only asked about."""
    assert expected == place_of(puller(kind))


class Hidden(t.NamedTuple):
    """What pulls, the ServiceAccount's links, and what is expected."""

    puller: Puller
    links: t.Sequence[str]
    expected: tuple[str, str, str]


_BEFORE = "was created before ServiceAccount builder was linked to a credential for this image; its list is fixed"
_KEPT = "the Pod's own imagePullSecrets keep those of ServiceAccount builder, which match this image, from being used"
_ANEW = "create it anew (kubectl rollout restart for a workload's Pods)"

HIDDEN = {
    "a Pod without a list": Hidden(puller("Pod"), ["new"], ("created_before_link", _BEFORE, _ANEW)),
    "a Pod with what was linked then": Hidden(
        puller("Pod", "old"),
        ["old", "new"],
        (
            "created_before_link",
            _BEFORE,
            f"{_ANEW}; if its manifest has that list, add the Secret there first",
        ),
    ),
    "a Pod with a list of its own": Hidden(
        puller("Pod", "own"),
        ["new"],
        (
            "service_account_ignored",
            _KEPT,
            "add the Secret to that list, or take the list away, in its manifest, and create it anew",
        ),
    ),
    "a Pod with an empty name": Hidden(
        puller("Pod", ""),
        ["new"],
        (
            "service_account_ignored",
            _KEPT,
            "add the Secret to that list, or take the list away, in its manifest, and create it anew",
        ),
    ),
    "a template with a list of its own": Hidden(
        puller("Deployment", "own"),
        ["new", "own"],
        ("service_account_ignored", _KEPT, "add the Secret to that list, or take the list away"),
    ),
    "a Pod that is asked about": Hidden(
        puller("", "own"),
        ["new"],
        ("service_account_ignored", _KEPT, "add the Secret to that list, or take the list away"),
    ),
}


@pytest.mark.parametrize("case", HIDDEN.values(), ids=HIDDEN.keys())
def test_hidden_link(case: Hidden) -> None:
    """Where the ServiceAccount's list would help and does not apply, the finding says why, and what helps."""
    pull = pull_of(ContainerImage("quay.io/app"), NOTHING)
    listed = SecretList(case.puller.spec.secrets, "pod")
    linked = Sources((of_secrets(document(a="quay.io")),))

    found = hidden_link_finding(pull, case.links, listed, case.puller)

    assert would_be_helped(pull, linked)
    assert (found.code, found.message, found.cure) == case.expected
    assert (found.severity, found.image) == ("warning", "quay.io/app")
    assert place_of(case.puller) == (found.namespace, found.kind, found.name)


@pytest.mark.parametrize(
    ("sources", "linked"),
    [
        (NOTHING, NOTHING),
        (NOTHING, Sources((of_secrets(document(a="ghcr.io")),))),
        (NOTHING, Sources((), blocked_by="broken")),
        (NOTHING, Sources((), unseen=True)),
        (Sources((of_secrets(document(a="quay.io")),)), Sources((of_secrets(document(b="quay.io")),))),
        (Sources((), blocked_by="broken"), Sources((of_secrets(document(a="quay.io")),))),
        (Sources((), unseen=True), Sources((of_secrets(document(a="quay.io")),))),
    ],
    ids=["empty", "no match", "unreadable", "unseen", "not needed", "blocked already", "what applies is unseen"],
)
def test_no_hidden_link(sources: Sources, linked: Sources) -> None:
    """A ServiceAccount's list that would not help, or is not needed, is not mentioned."""
    pull = pull_of(ContainerImage("quay.io/app"), sources)

    assert not would_be_helped(pull, linked)


@pytest.mark.parametrize(
    ("image", "where"), [("localhost/app", "localhost"), ("Registry/app", "Registry")], ids=["localhost", "capitals"]
)
def test_sent_elsewhere(image: str, where: str) -> None:
    """The kubelet takes some registries for Docker Hub, and sends them its password."""
    sources = Sources((of_secrets(document(hubuser=HUB)),))
    found = list(pull_findings(pull_of(ContainerImage(image), sources), sources, SecretList(("s0",), "pod"), PLACE))

    assert [(each.code, each.severity, each.image) for each in found] == [("sent_elsewhere", "warning", image)]
    assert found[0].message == f"{HUB!r} as hubuser (Secret s0) is for Docker Hub, and is sent to {where}"
    assert found[0].cure == f"write an entry for {where}, or give the registry a name with a dot or a port"


def test_no_password_in_an_image() -> None:
    """An image that somebody gave a password to is shown without it, wherever it stands."""
    image = "robot:hunter2@quay.io/app"
    failing = Puller("team-a", "Pod", "web", PodSpec("default", images=(ContainerImage(image),)))
    message = f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}"'
    failure = PullFailure("app", image, "InvalidImageName", message)
    pull = pull_of(ContainerImage(image), NOTHING)
    found = [
        *pull_findings(pull, NOTHING, SecretList((), "none"), PLACE),
        failure_finding(failing, failure, NOTHING),
    ]

    assert [each.code for each in found] == ["invalid_image", "pull_failing"]
    assert {each.image for each in found} == {"...@quay.io/app"}
    assert "hunter2" not in repr(found)


DENIED = "failed to resolve image: unexpected status: 401 Unauthorized"
MALFORMED = "illegal base64 data at input byte 0"


class Failing(t.NamedTuple):
    """What the kubelet says, the Pod's list and sources, and the cure."""

    reason: str
    message: str
    secrets: tuple[str, ...]
    sources: Sources
    cure: str


FAILING = {
    "denied without a Secret": Failing(
        "ErrImagePull",
        DENIED,
        (),
        NOTHING,
        "it has no Secret to pull with: make one for quay.io (pull_secret), link it (service_account_link), and create the"
        " Pod anew",
    ),
    "denied with Secrets that do not match": Failing(
        "ErrImagePull",
        DENIED,
        ("a", "", "b"),
        NOTHING,
        "no credential of its Secrets (a, b) matches this image: put one for quay.io into one of them (pull_secret); the"
        " next try uses it",
    ),
    "denied with credentials": Failing(
        "ErrImagePull",
        DENIED,
        ("s0",),
        Sources((of_secrets(document(a="quay.io")), of_node(b="quay.io"))),
        "check that what is tried is still good, and may pull this image: 'quay.io' as a (Secret s0), 'quay.io' as b (the"
        " node's file)",
    ),
    "denied, Secrets unseen": Failing(
        "ErrImagePull",
        DENIED,
        ("a",),
        Sources((of_node(b="quay.io"),), unseen=True),
        "what is tried could not be seen; ask as a user who may read Secrets",
    ),
    "malformed": Failing(
        MALFORMED,
        MALFORMED,
        ("broken",),
        Sources((), blocked_by="broken"),
        "correct Secret broken, or take it off the list",
    ),
    "malformed, and corrected since": Failing(
        MALFORMED,
        MALFORMED,
        ("s0",),
        Sources((of_secrets(document(a="quay.io")),)),
        "one of its Secrets could not be read: pull_secret_info shows which; if it was corrected since, the next try"
        " succeeds",
    ),
    "malformed since": Failing(
        "ErrImagePull",
        DENIED,
        ("broken",),
        Sources((), blocked_by="broken"),
        "correct Secret broken, or take it off the list",
    ),
    "no such tag": Failing(
        "ErrImagePull",
        "code = NotFound",
        ("s0",),
        Sources((of_secrets(document(a="quay.io")),)),
        "check repository and tag; registries also answer so to who may not see a repository",
    ),
    "something else": Failing(
        "ErrImagePull", "no space left on device", (), NOTHING, "the kubelet's words say all that is known"
    ),
}


@pytest.mark.parametrize("case", FAILING.values(), ids=FAILING.keys())
def test_failing(case: Failing) -> None:
    """A container that waits for its image is reported with the kubelet's words, the events, and what helps in its case."""
    failure = PullFailure("app", "quay.io/app", case.reason, case.message)
    pod = puller("Pod", *case.secrets, failures=(failure,), events=("Failed: no", "Failed: again"))

    found = failure_finding(pod, failure, case.sources)

    words = case.reason if case.reason == case.message else f"{case.reason}: {case.message}"
    assert reported([found]) == [("pull_failing", "error", f"container app waits with {words}", case.cure)]
    assert (found.image, found.events) == ("quay.io/app", pod.events)


def test_every_cause_has_a_cure() -> None:
    """Whatever the cause, there is something to do about it."""
    reasons = {
        "Failed to apply default image tag": "InvalidImageName",
        "is not present with pull policy of Never": "ErrImageNeverPull",
        "x509: unknown authority": "ErrImagePull",
        "server gave HTTP response to HTTPS client": "ErrImagePull",
        "no match for platform in manifest": "ErrImagePull",
        "connection refused": "ErrImagePull",
        "pull QPS exceeded": "ErrImagePull",
        "manifest unknown": "ErrImagePull",
        "unexpected end of JSON input": "ErrImagePull",
        "anything": "ErrImagePull",
    }
    failures = [PullFailure("app", "quay.io/app", reason, message) for message, reason in reasons.items()]

    assert len({failure_finding(puller("Pod"), failure, NOTHING).cure for failure in failures}) == len(reasons)


def test_image_of_a_volume() -> None:
    """A container that waits for the image of a volume has the cure, and the credentials, of that image."""
    volume = "ghcr.io/team/models:v1"
    failure = PullFailure("app", "quay.io/app", "ErrImagePull", f'failed to pull and unpack image "{volume}": {DENIED}')
    spec = PodSpec("default", ("s0",), (ContainerImage("quay.io/app"), ContainerImage(volume)))
    pod = Puller("team-a", "Pod", "web", spec, (failure,))
    keys = of_secrets(document(a="quay.io", b="ghcr.io"))

    found = failure_finding(pod, failure, Sources((keys,)))

    assert found.image == volume
    assert found.cure.endswith("may pull this image: 'ghcr.io' as b (Secret s0)")


@pytest.mark.parametrize(
    ("image", "policy", "tag"),
    [
        ("quay.io/app", "IfNotPresent", "latest"),
        ("quay.io/app:latest", "IfNotPresent", "latest"),
        ("quay.io/app:main", "", "main"),
        ("quay.io/app:latest", "", ""),
        ("quay.io/app:main", "Always", ""),
        ("quay.io/app:main", "Never", ""),
        ("quay.io/app:1.4", "", ""),
        ("quay.io/app:v2-alpine", "", ""),
        (f"quay.io/app:main@sha256:{'0' * 64}", "", ""),
    ],
)
def test_tags_that_are_moved(image: str, policy: str, tag: str) -> None:
    """A tag that is moved is noted where nodes keep what they have; a version, a digest and a policy that asks again are not."""
    found = findings(image, of_secrets(document(a="quay.io")), policy=policy)

    assert [(each.code, each.severity) for each in found] == ([("mutable_tag", "info")] if tag else [])
    assert all(each.message.startswith(f"the tag {tag} is moved") for each in found)
