"""Which list of Secrets a Pod has, and what is wrong with it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.service_account import ServiceAccount
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.puller import PodSpec, Puller
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.secret_list import (
    NamespaceView,
    SecretList,
    list_findings,
    list_of,
    missing_secret,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import ObservedSecret

Names = t.Tuple[str, ...]


def view(linked: Names | None = (), secrets: t.Sequence[str] | None = ()) -> NamespaceView:
    """A namespace with one ServiceAccount, or where ServiceAccounts or Secrets may not be read."""
    references = {"imagePullSecrets": tuple({"name": name} for name in linked or ())}
    return NamespaceView(
        "team-a",
        None if linked is None else {"default": ServiceAccount("team-a", "default", references=references)},
        None if secrets is None else {name: ObservedSecret("team-a", name, "Opaque") for name in secrets},
    )


def puller(kind: str, *secrets: str, account: str = "default") -> Puller:
    """What pulls, with a list of its own."""
    return Puller("team-a", kind, "web" if kind else "", PodSpec(account, secrets))


class Applied(t.NamedTuple):
    """What pulls, the ServiceAccount's list, and the list that applies."""

    puller: Puller
    linked: Names | None
    expected: SecretList


LISTS = {
    "a Pod's own": Applied(puller("Pod", "a"), ("b",), SecretList(("a",), "pod")),
    "a Pod's, as its ServiceAccount has it": Applied(puller("Pod", "a"), ("a",), SecretList(("a",), "service_account")),
    "a Pod's, in another order": Applied(puller("Pod", "a", "b"), ("b", "a"), SecretList(("a", "b"), "pod")),
    "a Pod's, from before its ServiceAccount had more": Applied(
        puller("Pod", "a"), ("a", "b"), SecretList(("a",), "pod")
    ),
    "a Pod's, ServiceAccounts unreadable": Applied(puller("Pod", "a"), None, SecretList(("a",), "pod")),
    "a Pod without": Applied(puller("Pod"), ("a",), SecretList((), "none")),
    "a Pod without, ServiceAccount without": Applied(puller("Pod"), (), SecretList((), "none")),
    "a Pod without, ServiceAccounts unreadable": Applied(puller("Pod"), None, SecretList((), "none")),
    "a Pod's, an empty name": Applied(puller("Pod", ""), ("a",), SecretList(("",), "pod")),
    "a Pod's, its ServiceAccount gone": Applied(puller("Pod", "a", account="gone"), ("a",), SecretList(("a",), "pod")),
    "a template's own": Applied(puller("Deployment", "a"), ("b",), SecretList(("a",), "pod")),
    "a template's own, as its ServiceAccount has it": Applied(
        puller("Deployment", "a"), ("a",), SecretList(("a",), "pod")
    ),
    "a template's own, an empty name": Applied(puller("CronJob", ""), ("b",), SecretList(("",), "pod")),
    "a template without": Applied(puller("Deployment"), ("b", ""), SecretList(("b", ""), "service_account")),
    "a template without, ServiceAccount without": Applied(puller("Deployment"), (), SecretList((), "none")),
    "a template without, ServiceAccount missing": Applied(
        puller("Deployment", account="gone"), ("a",), SecretList((), "none")
    ),
    "a template without, ServiceAccounts unreadable": Applied(puller("Deployment"), None, SecretList((), "unknown")),
    "a template's own, ServiceAccounts unreadable": Applied(puller("Job", "a"), None, SecretList(("a",), "pod")),
    "asked about, without": Applied(puller(""), ("b",), SecretList(("b",), "service_account")),
    "asked about, with": Applied(puller("", "a"), ("b",), SecretList(("a",), "pod")),
    "asked about, ServiceAccounts unreadable": Applied(puller(""), None, SecretList((), "unknown")),
}


@pytest.mark.parametrize("case", LISTS.values(), ids=LISTS.keys())
def test_list(case: Applied) -> None:
    """A Pod that is there has what it has; one to come has its own list, or else its ServiceAccount's."""
    assert case.expected == list_of(case.puller, view(case.linked))


class Wrong(t.NamedTuple):
    """A list, and what is wrong with it: code, severity, message and cure of each."""

    names: Names
    kind: str
    for_new_pods: bool
    expected: t.Sequence[tuple[str, str, str, str]]


_EMPTY = "has an entry with an empty name, which gives nothing"

WRONG = {
    "nothing": Wrong(("a", "b"), "Pod", False, []),
    "no names": Wrong((), "Pod", False, []),
    "one that does not exist, which is no matter of this list alone": Wrong(("ghost",), "Pod", False, []),
    "twice": Wrong(
        ("a", "b", "a", "a"),
        "Pod",
        False,
        [("duplicate_link", "warning", "imagePullSecrets names Secret a 3 times", "name it once")],
    ),
    "empty names alone": Wrong(
        ("", ""),
        "Deployment",
        False,
        [
            (
                "empty_link",
                "warning",
                f"imagePullSecrets {_EMPTY} and keeps the ServiceAccount's list from being used",
                "remove the entry",
            )
        ],
    ),
    "an empty name among others": Wrong(
        ("a", ""), "Pod", False, [("empty_link", "warning", f"imagePullSecrets {_EMPTY}", "remove the entry")]
    ),
    "an empty name on a ServiceAccount": Wrong(
        ("",), "ServiceAccount", True, [("empty_link", "warning", f"imagePullSecrets {_EMPTY}", "remove the entry")]
    ),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_wrong(case: Wrong) -> None:
    """Names that do not exist, stand twice or are empty are reported once each, of the object that is to be changed."""
    found = list(list_findings(view(secrets=["a", "b"]), case.names, case.kind, "x", for_new_pods=case.for_new_pods))

    assert case.expected == [(each.code, each.severity, each.message, each.cure) for each in found]
    assert {("team-a", case.kind, "x", "")} >= {(each.namespace, each.kind, each.name, each.image) for each in found}


def test_missing_secret() -> None:
    """A Secret that is not there is one finding, whoever names it."""
    found = missing_secret("team-a", "ghost", ["ServiceAccount default", *(f"Pod web-{number}" for number in range(6))])

    assert (found.code, found.severity, found.namespace, found.kind, found.name) == (
        "missing_secret",
        "warning",
        "team-a",
        "Secret",
        "ghost",
    )
    assert found.message == (
        "does not exist, so kubelets pass over it; it is named by ServiceAccount default, Pod web-0, Pod web-1, Pod web-2,"
        " Pod web-3 and 2 more"
    )
