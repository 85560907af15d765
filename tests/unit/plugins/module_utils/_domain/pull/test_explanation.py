"""All that is to be reported about the pulls of a namespace."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.service_account import ServiceAccount
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import DockerConfig
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.keyring import Keyring
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.finding import in_order
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.explanation import (
    Explanation,
    explain_namespace,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.outcome import NODE
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.puller import (
    ContainerImage,
    PodSpec,
    Puller,
    PullFailure,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.secret_list import NamespaceView
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import ObservedSecret

JSON_TYPE = "kubernetes.io/dockerconfigjson"
APP = "quay.io/team/app:v1"


def secret(name: str, *registries: str, type_name: str = JSON_TYPE, text: str = "") -> ObservedSecret:
    """A Secret with these registries, or with a text; its user is called as the Secret is."""
    entries = {registry: {"username": name, "password": "hunter2"} for registry in registries}
    text = text or json.dumps({"auths": entries})
    return ObservedSecret("team-a", name, type_name, data={".dockerconfigjson": text.encode()})


QUAY, GHCR, BROKEN = secret("quay", "quay.io"), secret("ghcr", "ghcr.io"), secret("broken", text="hunter2")


def view(
    *secrets: ObservedSecret, linked: t.Mapping[str, t.Sequence[str]] | None = None, blind: str = ""
) -> NamespaceView:
    """A namespace with Secrets and with the links of ServiceAccounts; ``blind`` has what may not be read."""
    accounts = {
        name: ServiceAccount("team-a", name, references={"imagePullSecrets": tuple({"name": each} for each in links)})
        for name, links in ({"default": ()} if linked is None else linked).items()
    }
    return NamespaceView(
        "team-a",
        None if "accounts" in blind else accounts,
        None if "secrets" in blind else {each.name: each for each in secrets},
    )


def pod(name: str, *secrets: str, images: t.Sequence[str] = (APP,), account: str = "default") -> Puller:
    """A Pod."""
    return Puller("team-a", "Pod", name, PodSpec(account, secrets, tuple(ContainerImage(each) for each in images)))


def asked(*secrets: str, images: t.Sequence[str] = (APP,), account: str = "default") -> Puller:
    """A Pod that is only asked about."""
    return replace(pod("", *secrets, images=images, account=account), kind="")


def template(kind: str, name: str, *secrets: str, account: str = "default") -> Puller:
    """A workload."""
    return replace(pod(name, *secrets, account=account), kind=kind)


def explain(where: NamespaceView, *pullers: Puller, node: Keyring | None = None) -> Explanation:
    """What is reported."""
    return explain_namespace(where, pullers, node)


def reported(explanation: Explanation) -> list[tuple[str, str, str]]:
    """Severity, code and object of all findings, the worst first."""
    return [(each.severity, each.code, f"{each.kind}/{each.name}") for each in in_order(explanation.findings)]


def test_row() -> None:
    """A row tells all that is known of an image, without any password."""
    explanation = explain(view(QUAY, linked={"default": ["quay"]}), pod("web-1", "quay"))

    assert explanation.pulls == [
        {
            "namespace": "team-a",
            "service_account": "default",
            "image": APP,
            "repository": "quay.io/team/app",
            "pull_policy": "IfNotPresent",
            "secrets_from": "service_account",
            "secrets": ["quay"],
            "verdict": "credentials",
            "credentials": [
                {"order": 1, "registry": "quay.io", "from": "secret", "secret": "quay", "username": "quay"}
            ],
            "objects": ["Pod/web-1"],
        }
    ]
    assert reported(explanation) == []


def test_rows() -> None:
    """What is pulled alike shares a row; another list, ServiceAccount, image or policy has one of its own."""
    where = view(QUAY, GHCR, linked={"default": ["quay"], "builder": ["quay"]})
    never = replace(pod("never", "quay"), spec=PodSpec("default", ("quay",), (ContainerImage(APP, "Never"),)))
    explanation = explain(
        where,
        pod("a", "quay"),
        pod("b", "ghcr"),
        pod("c", "quay", images=[APP, "quay.io/team/other:v1"]),
        pod("d", "quay", account="builder"),
        never,
        template("Deployment", "e"),
        pod("f", "quay"),
    )

    assert [
        (row["service_account"], row["secrets"], row["image"], row["pull_policy"], row["objects"])
        for row in explanation.pulls
    ] == [
        ("default", ["quay"], APP, "IfNotPresent", ["Pod/a", "Pod/f", "Pod/c", "Deployment/e"]),
        ("default", ["ghcr"], APP, "IfNotPresent", ["Pod/b"]),
        ("default", ["quay"], "quay.io/team/other:v1", "IfNotPresent", ["Pod/c"]),
        ("builder", ["quay"], APP, "IfNotPresent", ["Pod/d"]),
        ("default", ["quay"], APP, "Never", ["Pod/never"]),
    ]


def test_the_same_image_twice() -> None:
    """A Pod with two containers that pull alike stands in their row once."""
    images = (ContainerImage("quay.io/app", ""), ContainerImage("quay.io/app", "Always"))
    explanation = explain(view(), Puller("team-a", "Pod", "web", PodSpec("default", (), images)))

    assert [row["objects"] for row in explanation.pulls] == [["Pod/web"]]


def test_asked_about() -> None:
    """Who only asks has no object, and gets a row for each image."""
    explanation = explain(view(QUAY, linked={"default": ["quay"]}), asked(images=[APP, "nginx"]))

    assert [(row["image"], row["verdict"], row["secrets_from"], row["objects"]) for row in explanation.pulls] == [
        (APP, "credentials", "service_account", []),
        ("nginx", "anonymous", "service_account", []),
    ]
    assert reported(explanation) == [("warning", "no_credential", "ServiceAccount/default")]


def test_node() -> None:
    """The node's file is tried last, and is enough where nothing else is there."""
    node = Keyring.of([(NODE, DockerConfig({"quay.io": {"username": "node", "password": "hunter2"}}))])
    explanation = explain(view(QUAY), pod("a", "quay"), pod("b"), node=node)

    assert [[each["username"] for each in row["credentials"]] for row in explanation.pulls] == [
        ["quay", "node"],
        ["node"],
    ]
    assert reported(explanation) == []


def test_nothing_pulls() -> None:
    """Without anything that pulls, links and the Secrets that they name are looked at all the same."""
    where = view(
        QUAY, BROKEN, secret("unnamed", text="hunter2"), linked={"default": ["quay", "broken", "ghost", "quay"]}
    )

    assert explain(where).pulls == []
    assert reported(explain(where)) == [
        ("error", "not_json", "Secret/broken"),
        ("warning", "missing_secret", "Secret/ghost"),
        ("warning", "duplicate_link", "ServiceAccount/default"),
    ]


class Case(t.NamedTuple):
    """A namespace, what pulls there, the verdicts, and what is found."""

    view: NamespaceView
    pullers: t.Sequence[Puller]
    verdicts: t.Sequence[str]
    expected: t.Sequence[tuple[str, str, str]]


CASES = {
    "a Pod's own list": Case(
        view(secret("opaque", "quay.io", type_name="Opaque")),
        [pod("web", "ghost", "opaque", "opaque", "")],
        ["anonymous"],
        [
            ("error", "wrong_type", "Secret/opaque"),
            ("warning", "duplicate_link", "Pod/web"),
            ("warning", "empty_link", "Pod/web"),
            ("warning", "no_credential", "Pod/web"),
            ("warning", "missing_secret", "Secret/ghost"),
        ],
    ),
    "a list that the ServiceAccount gave": Case(
        view(linked={"default": ["ghost"]}),
        [pod("web", "ghost")],
        ["anonymous"],
        [
            ("warning", "no_credential", "Pod/web"),
            ("warning", "missing_secret", "Secret/ghost"),
        ],
    ),
    "a list with an empty name": Case(
        view(QUAY, linked={"default": ["quay"]}),
        [pod("web", "")],
        ["anonymous"],
        [
            ("warning", "empty_link", "Pod/web"),
            ("warning", "service_account_ignored", "Pod/web"),
            ("info", "no_credential", "Pod/web"),
        ],
    ),
    "a Secret that cannot be read": Case(
        view(QUAY, BROKEN),
        [pod("web", "quay", "broken")],
        ["blocked"],
        [("error", "pulls_blocked", "Pod/web"), ("error", "not_json", "Secret/broken")],
    ),
    "a Secret that is nested deeper than is read here": Case(
        view(QUAY, secret("deep", text="[" * 300 + "]" * 300)),
        [pod("web", "quay", "deep")],
        ["unknown"],
        [("error", "too_deep", "Secret/deep")],
    ),
    "such a Secret on the ServiceAccount alone": Case(
        view(QUAY, BROKEN, linked={"default": ["broken", "quay"]}),
        [pod("web")],
        ["anonymous"],
        [("error", "not_json", "Secret/broken"), ("info", "no_credential", "Pod/web")],
    ),
    "an invalid image": Case(
        view(), [pod("web", images=["Nginx"])], ["blocked"], [("error", "invalid_image", "Pod/web")]
    ),
    "a Pod from before the link": Case(
        view(QUAY, linked={"default": ["quay"]}),
        [pod("web-1"), pod("web-2")],
        ["anonymous"],
        [
            ("warning", "created_before_link", "Pod/web-1"),
            ("warning", "created_before_link", "Pod/web-2"),
            ("info", "no_credential", "Pod/web-1"),
        ],
    ),
    "a template that the link helps": Case(
        view(QUAY, linked={"default": ["quay"]}), [template("Deployment", "web")], ["credentials"], []
    ),
    "a template with a list of its own": Case(
        view(QUAY, GHCR, linked={"default": ["quay"]}),
        [template("Deployment", "web", "ghcr")],
        ["anonymous"],
        [("warning", "no_credential", "Deployment/web"), ("warning", "service_account_ignored", "Deployment/web")],
    ),
    "templates with equal specs": Case(
        view(),
        [template("Deployment", "web", "ghost"), template("Deployment", "api", "ghost"), template("Job", "x", "ghost")],
        ["anonymous"],
        [
            ("warning", "no_credential", "Deployment/api"),
            ("warning", "no_credential", "Deployment/web"),
            ("warning", "no_credential", "Job/x"),
            ("warning", "missing_secret", "Secret/ghost"),
        ],
    ),
    "Pods with equal specs": Case(
        view(),
        [pod("web-1", "ghost"), pod("web-2", "ghost")],
        ["anonymous"],
        [("warning", "no_credential", "Pod/web-1"), ("warning", "missing_secret", "Secret/ghost")],
    ),
    "a missing ServiceAccount of a template": Case(
        view(),
        [template("Deployment", "web", account="ghost")],
        ["anonymous"],
        [("error", "missing_service_account", "Deployment/web"), ("info", "no_credential", "Deployment/web")],
    ),
    "a missing ServiceAccount that is asked about": Case(
        view(QUAY),
        [asked("quay", account="ghost")],
        ["credentials"],
        [("error", "missing_service_account", "ServiceAccount/ghost")],
    ),
    "a missing ServiceAccount of a Pod that is there": Case(
        view(QUAY), [pod("web", "quay", account="ghost")], ["credentials"], []
    ),
    "a missing Secret that is asked about": Case(
        view(QUAY, linked={"default": ["quay"]}),
        [asked("ghost")],
        ["anonymous"],
        [
            ("warning", "missing_secret", "Secret/ghost"),
            ("warning", "no_credential", "ServiceAccount/default"),
            ("warning", "service_account_ignored", "ServiceAccount/default"),
        ],
    ),
    "Secrets unreadable": Case(
        view(linked={"default": ["quay"]}, blind="secrets"),
        [pod("a", "ghost"), pod("b"), template("Job", "c")],
        ["unknown", "anonymous", "unknown"],
        [("info", "no_credential", "Pod/b")],
    ),
    "ServiceAccounts unreadable": Case(
        view(QUAY, blind="accounts"),
        [pod("a", "quay", "ghost"), pod("b"), template("Job", "c"), template("Job", "d", "quay"), asked(account="x")],
        ["credentials", "anonymous", "unknown", "credentials", "unknown"],
        [("warning", "missing_secret", "Secret/ghost"), ("info", "no_credential", "Pod/b")],
    ),
    "nothing readable": Case(
        view(blind="accounts and secrets"),
        [pod("a", "quay"), template("Job", "b"), asked()],
        ["unknown", "unknown"],
        [],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_case(case: Case) -> None:
    """Each thing that is wrong is reported with the object that is to be changed, and nothing unseen is called wrong."""
    explanation = explain(case.view, *case.pullers)

    assert [row["verdict"] for row in explanation.pulls] == list(case.verdicts)
    assert reported(explanation) == list(case.expected)
    assert "hunter2" not in json.dumps([explanation.pulls, [each.as_dict() for each in explanation.findings]])


def test_failing_pods() -> None:
    """Each Pod that fails is reported with its own container and events, though its spec is that of others."""
    failing = [
        replace(
            pod(name, "ghcr"),
            failures=(PullFailure("app", APP, "ErrImagePull", "unauthorized"),),
            events=(f"Failed: {name}",),
        )
        for name in ("web-2", "web-3")
    ]
    explanation = explain(view(GHCR), pod("web-1", "ghcr"), *failing)

    found = [each for each in explanation.findings if each.code == "pull_failing"]
    assert [(each.name, each.image, each.events) for each in found] == [
        ("web-2", APP, ("Failed: web-2",)),
        ("web-3", APP, ("Failed: web-3",)),
    ]
    assert {each.cure for each in found} == {
        (
            "no credential of its Secrets (ghcr) matches this image: put one for quay.io into one of them (pull_secret);"
            " the next try uses it"
        )
    }


def test_problem_of_a_secret() -> None:
    """A Secret's problem is that of pull_secret_info, reported once however many lists name the Secret."""
    where = view(secret("quay", "quay.io", "https://quay.io/v1"), linked={"default": ["quay"], "builder": ["quay"]})
    explanation = explain(where, pod("a", "quay"), pod("b", "quay", account="builder"))

    (found,) = in_order(explanation.findings)
    assert (found.code, found.severity, found.kind, found.name) == ("suspicious_key", "warning", "Secret", "quay")
    assert found.message == "the key 'https://quay.io/v1' matches only repositories below 'v1'"
    assert found.cure == "write 'quay.io' for the whole registry"


def test_many_pods() -> None:
    """Pods with equal specs cost a row's name each, and no finding, lookup or row of their own."""
    explanation = explain(view(QUAY), *(pod(f"web-{number}", "quay") for number in range(2000)))

    assert [len(row["objects"]) for row in explanation.pulls] == [2000]
    assert explanation.findings == []
