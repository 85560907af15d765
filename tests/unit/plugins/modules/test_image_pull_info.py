"""image_pull_info, from its options to its result."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi, secrets_path
from ansible_collections.regcred.kubernetes.plugins.modules.image_pull_info import main
from tests.unit.fake_api import Allowed
from tests.unit.module_run import Cluster, cluster_in_memory
from tests.unit.pull_objects import link, make_event, make_pod, make_pull_secret, set_status, waiting
from tests.unit.worlds import foreign_secret

pytest.importorskip("urllib3")

EVERYWHERE = {"namespaces": ["*"]}
NODE = {"auths": {"docker.io": {"username": "node", "password": "node-password"}}}


@pytest.fixture(name="cluster")
def _cluster() -> t.Iterator[Cluster]:
    """A cluster with a Pod that has a credential, one without, and one that fails."""
    with cluster_in_memory() as cluster:
        world = cluster.world
        make_pod(world, "name-2", "one", "quay.io/team/app:v1")
        make_pull_secret(world, "name-1", "quay", "quay.io")
        link(world, "name-1", "quay", "gone")
        make_pod(world, "name-1", "one", "quay.io/team/app:v1")
        make_pod(world, "name-1", "failing", "quay.io/team/app:v1", "nginx", account="default")
        set_status(world, "name-1", "failing", waiting("c0", "ErrImagePull", "password-quay is wrong"))
        make_event(world, "name-1", "failing", "Failed", "so password-quay is wrong")
        yield cluster


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])
def test_report(cluster: Cluster, check_mode: bool) -> None:
    """Pulls, findings and numbers are reported, secrets are not, and nothing changes."""
    found = cluster.run(main, EVERYWHERE, check_mode=check_mode)

    result = found.result
    assert [(row["namespace"], row["image"], row["objects"], row["verdict"]) for row in result["pulls"]] == [
        ("name-1", "quay.io/team/app:v1", ["Pod/failing", "Pod/one"], "credentials"),
        ("name-1", "nginx", ["Pod/failing"], "anonymous"),
        ("name-2", "quay.io/team/app:v1", ["Pod/one"], "anonymous"),
    ]
    assert result["pulls"][0]["credentials"] == [
        {"order": 1, "registry": "quay.io", "from": "secret", "secret": "quay", "username": "puller"}
    ]
    assert [(each["severity"], each["code"]) for each in result["findings"]] == [
        ("error", "pull_failing"),
        ("warning", "no_credential"),
        ("warning", "missing_secret"),
        ("info", "no_credential"),
    ]
    assert result["findings"][0]["events"] == ["Failed: so ******** is wrong"]
    assert result["summary"] == {
        "pulls": 3,
        "credentials": 1,
        "anonymous": 2,
        "blocked": 0,
        "unknown": 0,
        "errors": 1,
        "warnings": 2,
        "infos": 1,
    }
    assert (result["unseen"], result["changed"], found.warnings, cluster.writes) == ([], False, [], [])
    assert "password-quay" not in found.output


def test_twice(cluster: Cluster) -> None:
    """What has not changed is reported in the same words and the same order."""
    assert cluster.run(main, EVERYWHERE).output == cluster.run(main, EVERYWHERE).output


@pytest.mark.parametrize("config", [NODE, json.dumps(NODE)], ids=["dictionary", "text"])
def test_asked(cluster: Cluster, config: t.Any) -> None:
    """Images are asked about with a list of Secrets and the nodes' file, whose password is not shown."""
    options = {
        "namespace": ["name-1"],
        "image": ["nginx", "nginx"],
        "service_accounts": ["d*", "new"],
        "image_pull_secrets": ["quay"],
        "node_config_json": config,
    }

    found = cluster.run(main, options)

    rows = [(row["service_account"], row["secrets_from"], row["credentials"]) for row in found.result["pulls"]]
    node = {"order": 1, "registry": "docker.io", "from": "node", "secret": None, "username": "node"}
    assert rows == [("default", "pod", [node]), ("new", "pod", [node])]
    assert "node-password" not in found.output


def test_node_file_with_all_masks(cluster: Cluster) -> None:
    """What a kubelet repeats of the nodes' file is hidden as what it repeats of a Secret."""
    set_status(cluster.world, "name-2", "one", waiting("c0", "ErrImagePull", "bm9kZTpub2RlLXBhc3N3b3Jk was refused"))

    found = cluster.run(main, {"namespaces": ["name-2"], "node_config_json": NODE})

    assert found.result["findings"][0]["message"] == "container c0 waits with ErrImagePull: ******** was refused"


def test_kinds(cluster: Cluster) -> None:
    """A kind that is named twice is looked at once."""
    found = cluster.run(main, {"namespaces": ["name-1"], "kinds": ["Deployment", "Pod", "Deployment"]})

    listed = [request.partition("?")[0].rpartition("/")[2] for request in cluster.loopback.requests]
    assert listed[:4] == ["namespaces", "serviceaccounts", "deployments", "pods"]
    assert listed.count("deployments") == 1
    assert found.result["summary"]["pulls"] == 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"images": ["nginx"], "service_accounts": ["default", "no-*"]},
            ["service_accounts: no ServiceAccount in the selected namespaces matches 'no-*'"],
        ),
        ({"selector": "no=pod", "kinds": ["Pod", "Job"]}, ["selector: no Pod or Job matches 'no=pod'"]),
    ],
)
def test_nothing_matches(cluster: Cluster, options: t.Mapping[str, t.Any], expected: list[str]) -> None:
    """What is asked for and matches nothing is a warning."""
    found = cluster.run(main, {"namespaces": ["name-1"], **options})

    assert (found.warnings, found.result["unmatched"]) == (expected, expected)


def test_unseen_allowed(cluster: Cluster) -> None:
    """What may not be read is in the result, and a warning a kind says so, however many namespaces there are."""
    cluster.world.transport = cluster.world.transport_of([Allowed("pods", ["list"], ["name-1"])])

    found = cluster.run(main, {"namespaces": ["name-1", "name-2"], "unseen": "allow"})

    assert [(each["kind"], each["namespace"]) for each in found.result["unseen"]] == [
        ("ServiceAccount", "name-1"),
        ("ServiceAccount", "name-2"),
        ("Pod", "name-2"),
        ("Secret", "name-1"),
        ("Event", "name-1"),
    ]
    assert "failed" not in found.result
    assert len(found.warnings) == 4
    first, second = found.warnings[:2]
    assert first.startswith(
        "ServiceAccounts could not be read in namespace name-1 and 1 more, see unseen: GET /api/v1/"
    )
    assert first.endswith(
        '403 Forbidden: serviceaccounts is forbidden: User "u" cannot list resource "serviceaccounts" in'
        ' the namespace "name-1"; grant the verb by a Role or ClusterRole, or use another user'
    )
    assert second.startswith("Pods could not be read in namespace name-2: GET /api/v1/")


def test_unseen(cluster: Cluster) -> None:
    """The task fails on what decides and may not be read, and has the rest in its result; events only explain."""
    cluster.world.transport = cluster.world.transport_of([Allowed("pods", ["list"], ["name-1"])])

    found = cluster.run(main, {"namespaces": ["name-1", "name-2"]})

    assert found.result["failed"]
    assert found.message.startswith(
        "unseen: ServiceAccounts could not be read in namespace name-1 and 1 more, see unseen: GET /api/v1/"
    )
    assert " | Pods could not be read in namespace name-2: GET " in found.message
    assert 'cannot list resource "secrets" in the namespace "name-1"; grant the verb ' in found.message
    assert found.message.endswith(" or use another user; or set unseen to allow")
    assert [warning.partition(" in ")[0] for warning in found.warnings] == ["Events could not be read"]
    assert found.result["summary"]["pulls"] == 2
    assert len(found.result["unseen"]) == 5


def test_user_name_that_is_no_text(cluster: Cluster) -> None:
    """A user name with bytes that are not UTF-8 is shown with U+FFFD, as ansible-core refuses a result with any."""
    auth = base64.b64encode(b"us\xffer:pass\xfeword").decode("ascii")
    document = base64.b64encode(json.dumps({"auths": {"quay.io": {"auth": auth}}}).encode()).decode("ascii")
    secret = {**foreign_secret("odd", "name-2"), "data": {".dockerconfigjson": document}}
    KubeApi(cluster.world.transport, 1).create(secrets_path("name-2"), secret)
    make_pod(cluster.world, "name-2", "odd", "quay.io/team/app:v1", secrets=["odd"])

    found = cluster.run(main, {"namespaces": ["name-2"]})

    assert found.result["pulls"][0]["credentials"][0]["username"] == "us\ufffder"
    assert found.output.encode("utf-8")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "one of the following is required: namespaces, namespace_selector, rancher_project"),
        ({"namespaces": ["gone"], "missing_namespace": "fail"}, "namespaces: there is no namespace gone; "),
        ({**EVERYWHERE, "images": ["nginx"], "selector": "a=b"}, "parameters are mutually exclusive: images|selector"),
        ({**EVERYWHERE, "images": []}, "images: is empty; give at least one, or leave it out for what is there"),
        ({**EVERYWHERE, "kinds": []}, "kinds: is empty; give at least one, or leave it out for Pods"),
        ({**EVERYWHERE, "images": ["a"], "service_accounts": []}, "service_accounts: is empty; give at least one"),
        ({**EVERYWHERE, "kinds": ["ReplicaSet"]}, "value of kinds must be one or more of: Pod, Deployment, "),
        ({**EVERYWHERE, "selector": "a in ("}, "selector: the API server cannot read 'a in (' (unable to parse "),
        (
            {**EVERYWHERE, "images": ["a", "r:hunter2@quay.io/a"]},
            "images[1]: has a user before the registry's host; give ",
        ),
        ({**EVERYWHERE, "images": ["a"], "service_accounts": ["*", "B"]}, "service_accounts[1]: 'B' cannot name a "),
        ({**EVERYWHERE, "images": ["a"], "image_pull_secrets": ["a*"]}, "image_pull_secrets[0]: 'a*' cannot name a "),
        (
            {**EVERYWHERE, "node_config_json": '{"auths": {"quay.io": {"auth": "hunter2!"}}}'},
            "node_config_json: auths['quay.io'].auth: is not base64; give the config.json that a kubelet reads",
        ),
        ({**EVERYWHERE, "node_config_json": "{hunter2"}, "node_config_json: not JSON (line 1, column 2); give the "),
    ],
)
def test_refused(cluster: Cluster, options: t.Mapping[str, t.Any], expected: str) -> None:
    """Bad input fails with the option's name, what is wrong and what to do."""
    found = cluster.run(main, options)

    assert found.result["failed"]
    assert found.message.startswith(expected)
    assert "hunter2" not in found.output
