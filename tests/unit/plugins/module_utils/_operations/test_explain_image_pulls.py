"""Image pulls, explained."""

from __future__ import annotations

import base64
import json
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import parse_docker_config
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import (
    KubeApi,
    namespace_path,
    pods_path,
    secrets_path,
    workloads_path,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.explain_image_pulls import (
    AskedPods,
    Explained,
    RunningPods,
)
from tests.unit.fake_api import Allowed
from tests.unit.pull_objects import explain, link, make_event, make_pod, make_pull_secret, pod_spec, set_status, waiting
from tests.unit.worlds import World, api, foreign_secret, make_account


def rows(explained: Explained, *columns: str) -> list[tuple[t.Any, ...]]:
    """Some columns of what is reported of the pulls; of credentials the Secrets."""
    return [
        tuple(
            [each["secret"] for each in row[column]] if column == "credentials" else row[column] for column in columns
        )
        for row in explained.pulls
    ]


def codes(explained: Explained) -> list[tuple[str, str, str]]:
    """Code, kind and name of what was found."""
    return [(finding.code, finding.kind, finding.name) for finding in explained.findings]


def test_list_is_fixed_at_creation(world: World) -> None:
    """A Pod pulls with its ServiceAccount's list as it was when the Pod was made, or with a list of its own; never with both."""
    namespace = world.make_namespace()
    make_pull_secret(world, namespace, "quay", "quay.io")
    make_pull_secret(world, namespace, "ghcr", "ghcr.io")
    make_pod(world, namespace, "early", "quay.io/team/app:v1")
    link(world, namespace, "quay")
    make_pod(world, namespace, "late", "quay.io/team/app:v1")
    make_pod(world, namespace, "own", "quay.io/team/app:v1", secrets=["ghcr"])

    found = explain(api(world), [namespace])

    assert rows(found, "objects", "secrets_from", "secrets", "verdict", "credentials") == [
        (["Pod/early"], "none", [], "anonymous", []),
        (["Pod/late"], "service_account", ["quay"], "credentials", ["quay"]),
        (["Pod/own"], "pod", ["ghcr"], "anonymous", []),
    ]
    assert sorted(codes(found)) == [
        ("created_before_link", "Pod", "early"),
        ("no_credential", "Pod", "early"),
        ("no_credential", "Pod", "own"),
        ("service_account_ignored", "Pod", "own"),
    ]
    assert found.unseen == []


def test_workloads_of_each_kind(world: World) -> None:
    """Of each kind of workload the template is reported, with the list that its next Pod will get."""
    namespace = world.make_namespace()
    make_pull_secret(world, namespace, "quay", "quay.io")
    link(world, namespace, "quay")
    template = {
        "metadata": {"labels": {"app": "x"}},
        "spec": {**pod_spec("quay.io/team/app:v1"), "restartPolicy": "Always"},
    }
    once = {"template": {"spec": pod_spec("quay.io/team/job:v1")}, "suspend": True}
    selecting = {"selector": {"matchLabels": {"app": "x"}}, "template": template}
    specs: dict[str, dict[str, t.Any]] = {
        "Deployment": {**selecting, "replicas": 0},
        "StatefulSet": {**selecting, "replicas": 0, "serviceName": "x"},
        "DaemonSet": selecting,
        "Job": once,
        "CronJob": {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": once}},
    }
    for kind, spec in specs.items():
        group = "batch/v1" if kind.endswith("Job") else "apps/v1"
        metadata = {"name": kind.lower(), "namespace": namespace}
        manifest = {"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec}
        api(world).create(workloads_path(kind, namespace), manifest)

    found = explain(api(world), [namespace], RunningPods(tuple(specs)))

    assert rows(found, "objects", "secrets_from", "credentials") == [
        (["Deployment/deployment", "StatefulSet/statefulset", "DaemonSet/daemonset"], "service_account", ["quay"]),
        (["Job/job", "CronJob/cronjob"], "service_account", ["quay"]),
    ]
    assert codes(found) == []


def test_asked_about(world: World) -> None:
    """Somebody who only asks learns it for each ServiceAccount and image, also for one that does not exist."""
    namespace = world.make_namespace()
    make_pull_secret(world, namespace, "hub", "https://index.docker.io/v1/")
    make_account(world, namespace, "builder", "hub")
    subject = AskedPods(("nginx", "quay.io/team/app:v1"), ("b*", "default", "gone"))
    columns = ("service_account", "image", "verdict", "secrets_from", "credentials", "objects")

    found = explain(api(world), [namespace], subject)
    with_list = explain(api(world), [namespace], replace(subject, service_accounts=("default",), secrets=("hub", "x")))

    assert rows(found, *columns) == [
        ("builder", "nginx", "credentials", "service_account", ["hub"], []),
        ("builder", "quay.io/team/app:v1", "anonymous", "service_account", [], []),
        ("default", "nginx", "anonymous", "none", [], []),
        ("default", "quay.io/team/app:v1", "anonymous", "none", [], []),
        ("gone", "nginx", "anonymous", "none", [], []),
        ("gone", "quay.io/team/app:v1", "anonymous", "none", [], []),
    ]
    assert ("missing_service_account", "ServiceAccount", "gone") in codes(found)
    assert rows(with_list, *columns)[0] == ("default", "nginx", "credentials", "pod", ["hub"], [])
    assert ("missing_secret", "Secret", "x") in codes(with_list)


def test_what_does_not_pull(world: World) -> None:
    """Pods that have ended, or are being deleted, or do not match the selector, are left out."""
    namespace = world.make_namespace()
    for name in ("ended", "failed", "leaving", "other", "shown"):
        labels = {"app": "x" if name == "other" else "shown"}
        more = {"finalizers": ["example.com/wait"]} if name == "leaving" else {}
        make_pod(world, namespace, name, "nginx", labels=labels, **more)
    set_status(world, namespace, "ended", {"phase": "Succeeded"})
    set_status(world, namespace, "failed", {"phase": "Failed"})
    leaving = f"{pods_path(namespace)}/leaving"
    api(world).delete(leaving, uid=api(world).get(leaving)["metadata"]["uid"])

    found = explain(api(world), [namespace], RunningPods(selector="app=shown"))
    api(world).merge_patch(leaving, {"metadata": {"finalizers": None}})

    assert rows(found, "objects") == [(["Pod/shown"],)]


def test_namespaces_that_are_not_there(world: World) -> None:
    """A name that may be a mistake is reported, and so is a namespace that is about to be gone."""
    there, leaving = world.make_namespace(), world.make_namespace()
    make_pod(world, there, "x", "nginx")
    calls = api(world)
    calls.merge_patch(namespace_path(leaving), {"metadata": {"finalizers": ["example.com/wait"]}})
    calls.delete(namespace_path(leaving), uid=calls.get(namespace_path(leaving))["metadata"]["uid"])

    found = explain(calls, [there, leaving, "no-such-namespace"])
    calls.merge_patch(namespace_path(leaving), {"metadata": {"finalizers": None}})

    assert rows(found, "namespace") == [(there,)]
    assert found.unseen == [
        {"kind": "Namespace", "namespace": "no-such-namespace", "reason": "there is no such namespace"},
        {"kind": "Namespace", "namespace": leaving, "reason": "it is being deleted"},
    ]


def test_failing_pods(world: World) -> None:
    """A Pod that waits for its image is reported with its own events, the last word first; no secret is repeated."""
    namespace = world.make_namespace()
    make_pull_secret(world, namespace, "quay", "quay.io")
    for name in ("failing", "well"):
        make_pod(world, namespace, name, "quay.io/team/app:v1", "nginx", secrets=["quay"])
    message = "unauthorized: password-quay is wrong"
    set_status(world, namespace, "failing", waiting("c0", "ErrImagePull", message))
    make_event(world, namespace, "failing", "Failed", message, lastTimestamp="2026-11-22T10:00:00Z")
    make_event(world, namespace, "failing", "Failed", "Error: ErrImagePull", lastTimestamp="2026-11-22T11:00:00Z")
    make_event(world, namespace, "failing", "Failed", "Error: ErrImagePull", lastTimestamp="2026-11-22T10:30:00Z")
    make_event(world, namespace, "failing", "Unhealthy", "about something else", lastTimestamp="2026-11-22T12:00:00Z")
    make_event(world, namespace, "failing", "Failed", "is no warning", type="Normal")
    make_event(world, namespace, "well", "Failed", "of another Pod")
    make_event(world, namespace, "failing", "Failed", "of a Pod that had the name before", uid="0-0")

    found = explain(api(world), [namespace])

    failing = [finding for finding in found.findings if finding.code == "pull_failing"]
    assert [(each.kind, each.name, each.image) for each in failing] == [("Pod", "failing", "quay.io/team/app:v1")]
    assert failing[0].message == "container c0 waits with ErrImagePull: unauthorized: ******** is wrong"
    assert failing[0].events == ("Failed: Error: ErrImagePull", "Failed: unauthorized: ******** is wrong")


def test_lists_and_secrets_that_are_wrong(world: World) -> None:
    """What is wrong with lists and with the Secrets in them is found, whatever the type of these is."""
    namespace = world.make_namespace()
    make_pull_secret(world, namespace, "quay", "quay.io")
    broken = base64.b64encode(b'{"auths":{"quay.io":{"auth":"secret-word"}}}').decode("ascii")
    for name, kind in (("broken", "kubernetes.io/dockerconfigjson"), ("opaque", "Opaque")):
        manifest = {**foreign_secret(name, namespace), "type": kind, "data": {".dockerconfigjson": broken}}
        api(world).create(secrets_path(namespace), manifest)
    link(world, namespace, "quay", "quay", "gone", "opaque", "")
    make_pod(world, namespace, "blocked", "quay.io/team/app:v1", "Team/App", secrets=["quay", "broken", "nowhere"])
    message = "illegal base64 data in secret-word"
    set_status(world, namespace, "blocked", waiting("c0", message, message))

    found = explain(api(world), [namespace])

    assert sorted(each[:2] for each in codes(found)) == [
        ("bad_base64", "Secret"),
        ("bad_base64", "Secret"),
        ("duplicate_link", "ServiceAccount"),
        ("empty_link", "ServiceAccount"),
        ("invalid_image", "Pod"),
        ("missing_secret", "Secret"),
        ("missing_secret", "Secret"),
        ("pull_failing", "Pod"),
        ("pulls_blocked", "Pod"),
        ("wrong_type", "Secret"),
    ]
    assert rows(found, "verdict") == [("blocked",), ("blocked",)]
    assert "secret-word" not in repr(found)


def test_node_file(world: World) -> None:
    """The nodes' file is tried after the Secrets, and its secrets are not repeated either."""
    namespace = world.make_namespace()
    make_pull_secret(world, namespace, "quay", "quay.io")
    make_pod(world, namespace, "one", "quay.io/team/app:v1", "nginx", secrets=["quay"])
    set_status(world, namespace, "one", waiting("c1", "ErrImagePull", "node-password was refused"))
    text = json.dumps(
        {"auths": {each: {"username": "n", "password": "node-password"} for each in ("quay.io", "docker.io")}}
    )

    found = explain(api(world), [namespace], node=parse_docker_config(text, "dockerconfigjson"))

    assert rows(found, "image", "credentials") == [("quay.io/team/app:v1", ["quay", None]), ("nginx", [None])]
    assert [each["from"] for each in found.pulls[0]["credentials"]] == ["secret", "node"]
    assert found.findings[0].message.endswith("******** was refused")


def test_what_may_not_be_read(world: World) -> None:
    """Whatever a user may not read, the rest is reported, and what could not be seen is named with the reason."""
    here, closed = sorted([world.make_namespace(), world.make_namespace()])
    make_pull_secret(world, here, "quay", "quay.io")
    link(world, here, "quay")
    for namespace in (here, closed):
        make_pod(world, namespace, "one", "quay.io/team/app:v1")
    set_status(world, here, "one", waiting("c0", "ErrImagePull", "no"))
    everything = ("pods", "serviceaccounts", "secrets", "events")

    def seen(*resources: str) -> tuple[list[tuple[t.Any, ...]], list[tuple[str, str]]]:
        rights = [Allowed(resource, ["list"], [here]) for resource in resources]
        found = explain(KubeApi(world.transport_of(rights), 4), [here, closed])
        assert all("403 Forbidden" in each["reason"] for each in found.unseen)
        unseen = [(each["kind"], each["namespace"]) for each in found.unseen]
        return rows(found, "namespace", "secrets_from", "verdict"), unseen

    not_there = [("ServiceAccount", closed), ("Pod", closed)]
    whole = [(here, "service_account", "credentials")]
    assert seen(*everything) == (whole, not_there)
    assert seen("pods", "serviceaccounts", "secrets") == (whole, [*not_there, ("Event", here)])
    assert seen("pods", "serviceaccounts", "events") == (
        [(here, "service_account", "unknown")],
        [*not_there, ("Secret", here)],
    )
    assert seen("pods", "secrets", "events") == (
        [(here, "pod", "credentials")],
        [("ServiceAccount", here), *not_there],
    )
    assert seen("serviceaccounts", "secrets") == ([], [("ServiceAccount", closed), ("Pod", here), ("Pod", closed)])
    assert seen() == ([], [("ServiceAccount", here), ("ServiceAccount", closed), ("Pod", here), ("Pod", closed)])


def test_unseen_lists_are_unknown(world: World) -> None:
    """Without the ServiceAccounts, nobody can say what a Pod will get that is not there yet."""
    namespace = world.make_namespace()
    calls = KubeApi(world.transport_of([Allowed("secrets", ["list"], [namespace])]), 4)

    found = explain(calls, [namespace], AskedPods(("nginx",)))

    assert rows(found, "service_account", "secrets_from", "verdict") == [("default", "unknown", "unknown")]


def test_unreadable_selector(world: World) -> None:
    """A selector that the API server cannot read is the option's mistake, and no matter of a namespace."""
    namespace = world.make_namespace()
    one_namespace = [Allowed("pods", ["list"], [namespace]), Allowed("serviceaccounts", ["list"], [namespace])]

    for transport in (world.transport, world.transport_of(one_namespace)):
        with pytest.raises(InvalidInput) as caught:
            explain(KubeApi(transport, 4), [namespace], RunningPods(selector="app in ("))

        assert str(caught.value).startswith(
            "selector: the API server cannot read 'app in (' (unable to parse requirement"
        )
