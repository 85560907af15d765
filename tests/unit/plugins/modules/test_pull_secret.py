"""pull_secret, from its options to its result."""

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import LAST_APPLIED
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.pull_secret import (
    checked_annotations,
    checked_labels,
)
from ansible_collections.regcred.kubernetes.plugins.modules.pull_secret import main
from tests.unit.loopback import Answer, Raw, Received, Reset
from tests.unit.module_run import Cluster, Run, cluster_in_memory

pytest.importorskip("urllib3")

PASSWORD = "hunter2-äö<>"
QUAY = {"registry": "quay.io", "username": "robot", "password": PASSWORD}
PATH = "/api/v1/namespaces/name-1/secrets/regcred"


@pytest.fixture(name="cluster")
def _cluster() -> t.Iterator[Cluster]:
    """A cluster with two namespaces."""
    with cluster_in_memory() as cluster:
        yield cluster


def run(cluster: Cluster, *, check_mode: bool = False, **options: t.Any) -> Run:
    """Run the module with one registry in the first namespace, unless options say otherwise."""
    given = {"name": "regcred", "namespaces": ["name-1"], "registries": [QUAY], **options}
    set_options = {name: value for name, value in given.items() if value is not None}
    return cluster.run(main, set_options, check_mode=check_mode, diff=True)


def stored(cluster: Cluster) -> dict[str, t.Any]:
    """The Secret in the first namespace."""
    return cluster.world.store.objects[PATH]


def document(cluster: Cluster) -> str:
    """What it holds."""
    return base64.b64decode(next(iter(stored(cluster)["data"].values()))).decode()


def test_check_mode(cluster: Cluster) -> None:
    """In check mode the plan is the result, with a diff, and nothing is written."""
    found = run(cluster, check_mode=True)

    assert (found.result["changed"], found.reported, cluster.writes) == (True, [("name-1", "created")], [])
    assert found.result["summary"]["created"] == 1
    assert found.result["diff"][0]["before"] == ""


def test_run(cluster: Cluster) -> None:
    """A run does what check mode showed, once; then there is nothing to do."""
    foreseen = run(cluster, check_mode=True)

    found = run(cluster)

    assert (found.reported, found.result["summary"]) == (foreseen.reported, foreseen.result["summary"])
    assert cluster.writes == ["POST /api/v1/namespaces/name-1/secrets"]
    for check_mode in (False, True):
        again = run(cluster, check_mode=check_mode)
        assert (again.result["changed"], again.reported, again.result["diff"]) == (False, [], [])
    assert len(cluster.writes) == 1
    assert "immutable" not in stored(cluster)  # nobody asked for it


@pytest.mark.parametrize(
    "config",
    [
        {"registries": [QUAY]},
        {
            "registries": None,
            "config_json": {"auths": {"quay.io": {"auth": base64.b64encode(f"robot:{PASSWORD}".encode()).decode()}}},
        },
    ],
    ids=["registries", "document"],
)
def test_no_secret_comes_out(cluster: Cluster, config: t.Mapping[str, t.Any]) -> None:
    """User names and registries are shown, secrets are not, in no form, when it is made, rotated, refused or reported."""
    new = {**QUAY, "password": "another one"}
    outputs = [
        run(cluster, check_mode=True, **config),
        run(cluster, **config),
        run(cluster, registries=[new]),
        run(cluster, owner="other", **config),
        run(cluster, namespaces=["missing"], **config),
    ]

    shown = "".join(output.output for output in outputs)
    auth = base64.b64encode(f"robot:{PASSWORD}".encode()).decode()
    for form in (PASSWORD, "another one", auth, base64.b64encode(PASSWORD.encode()).decode(), "hunter2-\\u00e4"):
        assert form not in shown
    assert "robot" in shown
    assert "quay.io" in shown


def test_rotation_shows(cluster: Cluster) -> None:
    """That a password changed can be seen without seeing it."""
    run(cluster)

    found = run(cluster, registries=[{**QUAY, "password": "another one"}])

    assert found.result["namespaces"][0]["reason"] == "Secret regcred: quay.io: password changed"
    before, after = found.result["diff"][0]["before"], found.result["diff"][0]["after"]
    assert before.replace(before.split("password: ")[1].split("\n")[0], "") == after.replace(
        after.split("password: ")[1].split("\n")[0], ""
    )
    assert before != after


class Written(t.NamedTuple):
    """Options, and what they put into the stored Secret."""

    options: t.Mapping[str, t.Any]
    look: t.Callable[[t.Mapping[str, t.Any]], t.Any]
    expected: t.Any


WRITTEN = {
    "type": Written({"type": "dockercfg"}, lambda secret: secret["type"], "kubernetes.io/dockercfg"),
    "immutable": Written({"immutable": True}, lambda secret: secret["immutable"], True),
    "labels": Written(
        {"labels": {"team": "a", "number": 1, "flag": True}, "owner": "ci"},
        lambda secret: secret["metadata"]["labels"],
        {
            "team": "a",
            "number": "1",
            "flag": "true",
            "app.kubernetes.io/managed-by": "regcred.kubernetes",
            "regcred.kubernetes/owner": "ci",
        },
    ),
    "annotations": Written(
        {"annotations": {"note": "any text: at all", "number": 1.5}},
        lambda secret: secret["metadata"]["annotations"],
        {"note": "any text: at all", "number": "1.5"},
    ),
}


@pytest.mark.parametrize("case", WRITTEN.values(), ids=WRITTEN.keys())
def test_options_are_written(cluster: Cluster, case: Written) -> None:
    """Each option about the Secret is found in it."""
    assert run(cluster, **case.options).reported == [("name-1", "created")]
    assert case.expected == case.look(stored(cluster))


def test_merge(cluster: Cluster) -> None:
    """Without purging, registries are added to and taken out of what is there."""
    run(cluster)
    ghcr = {"registry": "ghcr.io", "username": "other", "password": "p4ssword"}

    run(cluster, registries=[ghcr], purge_registries=False)
    assert '"quay.io"' in document(cluster)
    assert '"ghcr.io"' in document(cluster)
    run(cluster, registries=[{"registry": "quay.io", "state": "absent"}], purge_registries=False)

    assert '"quay.io"' not in document(cluster)
    assert '"ghcr.io"' in document(cluster)


def test_absent(cluster: Cluster) -> None:
    """Absent needs no registries, and a namespace that is gone is no failure."""
    run(cluster)

    found = run(cluster, state="absent", registries=None, namespaces=["name-1", "gone"])

    assert found.reported == [("name-1", "deleted"), ("gone", "skipped")]
    assert not found.result.get("failed")
    assert PATH not in cluster.world.store.objects


def test_prune(cluster: Cluster) -> None:
    """Pruning is done only when asked for."""
    run(cluster, owner="shop", namespaces=["*"])

    assert run(cluster, owner="shop").reported == []
    assert run(cluster, owner="shop", prune=True).reported == [("name-2", "deleted")]


ACCOUNT = "/api/v1/namespaces/{}/serviceaccounts/{}"


def linked(
    cluster: Cluster, namespace: str = "name-1", account: str = "default", field: str = "imagePullSecrets"
) -> t.Any:
    """A list of Secrets of a ServiceAccount."""
    entries = cluster.world.store.objects[ACCOUNT.format(namespace, account)].get(field) or []
    return [entry["name"] for entry in entries]


def test_links(cluster: Cluster) -> None:
    """Secret and links are planned, made, left alone and planned again as one, also in a namespace that is not there yet."""
    more: dict[str, t.Any] = {
        "namespaces": ["name-1", "new"],
        "missing_namespace": "create",
        "service_accounts": ["default", "runner"],
        "missing_service_account": "create",
        "usage": ["pull", "mount"],
        "owner": "ci",
    }
    foreseen = run(cluster, check_mode=True, **more)
    assert cluster.writes == []

    found = run(cluster, **more)

    secret = "Secret regcred: new, with quay.io"
    runner = "ServiceAccount runner: new, linked to regcred"
    default = "ServiceAccount default: imagePullSecrets:regcred added, secrets:regcred added"
    born = f"Namespace new: did not exist; {secret}; ServiceAccount default: new, linked to regcred; {runner}"
    for each in (foreseen, found):
        assert {row["namespace"]: row["reason"] for row in each.result["namespaces"]} == {
            "name-1": f"{secret}; {default}; {runner}",
            "new": born,
        }
        assert each.reported == [("name-1", "created"), ("new", "created")]
        assert each.result["msg"] == "Secret regcred and links to it: 2 created"
        assert "ServiceAccount default\n  imagePullSecrets: regcred\n" in each.result["diff"][0]["after"]
    assert linked(cluster, "name-1") == linked(cluster, "new", "runner", "secrets") == ["regcred"]
    labels = cluster.world.store.objects[ACCOUNT.format("name-1", "runner")]["metadata"]["labels"]
    assert labels["regcred.kubernetes/owner"] == "ci"
    for check_mode in (False, True):
        again = run(cluster, check_mode=check_mode, **more)
        assert (again.result["changed"], again.reported, again.result["diff"]) == (False, [], [])


def test_links_only_when_asked_for(cluster: Cluster) -> None:
    """Where service_accounts is left out no ServiceAccount is looked at; an empty list links none."""
    run(cluster)
    run(cluster, state="absent")
    run(cluster, service_accounts=[])

    assert linked(cluster) == []
    assert not [request for request in cluster.loopback.requests if "serviceaccounts" in request]


def test_absent_with_links(cluster: Cluster) -> None:
    """Links go before the Secret, which needs neither credentials nor what they are read from."""
    run(cluster, namespaces=["name-1", "name-2"], service_accounts=["default"])
    options: dict[str, t.Any] = {
        "state": "absent",
        "registries": None,
        "config_file": "/no/such/file",
        "service_accounts": ["default"],
    }
    before = len(cluster.writes)

    foreseen = run(cluster, check_mode=True, **options)
    found = run(cluster, **options)

    assert (foreseen.reported, found.reported) == ([("name-1", "deleted")], [("name-1", "deleted")])
    assert [request.split()[0] for request in cluster.writes[before:]] == ["PATCH", "DELETE"]
    assert (linked(cluster), linked(cluster, "name-2")) == ([], ["regcred"])


def test_equal_links(cluster: Cluster) -> None:
    """Namespaces with the same Secret and links are one hunk, and a reason to fail is shown once, whatever it is about."""
    more: dict[str, t.Any] = {"namespaces": ["name-1", "name-2"], "service_accounts": ["default"]}
    foreseen = run(cluster, check_mode=True, **more)
    failed = run(cluster, **{**more, "service_accounts": ["gone"], "missing_service_account": "fail"})
    linked_again = run(cluster, **more)

    (diff,) = foreseen.result["diff"]
    assert diff["after_header"] == "2 namespaces (name-1, name-2)"
    assert "ServiceAccount default\n  imagePullSecrets: regcred\n" in diff["after"]
    assert failed.message == (
        "2 of 2 namespaces failed. 2 namespaces (name-1, name-2): ServiceAccount gone: does not exist; create it, or set"
        " missing_service_account to create; Secret regcred: new, with quay.io | Secret regcred and links to it: 2 failed"
    )
    assert linked_again.result["msg"] == "Secret regcred and links to it: 2 updated"
    assert len(linked_again.result["diff"]) == 1


def test_prune_with_links(cluster: Cluster) -> None:
    """Pruning takes the links away, too."""
    run(cluster, owner="shop", namespaces=["*"], service_accounts=["default"])

    assert run(cluster, owner="shop", prune=True, service_accounts=["default"]).reported == [("name-2", "deleted")]

    assert (linked(cluster), linked(cluster, "name-2")) == (["regcred"], [])


def test_no_account_matches(cluster: Cluster) -> None:
    """A glob or a selector that no ServiceAccount has is a warning, and the Secret is made all the same."""
    no_account = "service_accounts: no ServiceAccount in the selected namespaces matches "

    assert run(cluster, service_accounts=["build-*"]).warnings == [f"{no_account}'build-*'"]
    found = run(cluster, service_accounts=["default"], service_account_selector="a=b", check_mode=True)
    assert found.warnings == [f"{no_account}'default' with the labels 'a=b'"]
    assert PATH in cluster.world.store.objects


def test_failure_of_one(cluster: Cluster) -> None:
    """A namespace that fails fails the task at its end, with what was done in the others."""
    run(cluster, namespaces=["name-2"], owner="somebody-else")

    found = run(cluster, namespaces=["*"])

    assert found.result["failed"]
    assert found.result["changed"]
    assert found.reported == [("name-2", "failed")]
    assert found.result["summary"]["created"] == 1
    assert found.message == (
        "1 of 2 namespaces failed. namespace name-2: Secret regcred: belongs to the owner"
        " 'somebody-else' and is left to it; use that owner, or another name for the Secret"
        " | Secret regcred: 1 created, 1 failed"
    )


def test_all_rows_of_a_failure(cluster: Cluster) -> None:
    """Who needs what was done in the others asks for it."""
    run(cluster, namespaces=["name-2"], owner="somebody-else")

    found = run(cluster, namespaces=["*"], rows_on_failure="all")

    assert found.reported == [("name-1", "created"), ("name-2", "failed")]


class Refused(t.NamedTuple):
    """Options that cannot work, and what is reported of them."""

    options: t.Mapping[str, t.Any]
    message: str


_LABEL_CURE = "use at most 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit"
REFUSED = {
    "no credentials": Refused(
        {"registries": None},
        "state is present but any of the following are missing: registries, config_json, config_file",
    ),
    "two kinds of credentials": Refused(
        {"config_file": "/x"}, "parameters are mutually exclusive: registries|config_json|config_file"
    ),
    "no namespaces": Refused(
        {"namespaces": None}, "one of the following is required: namespaces, namespace_selector, rancher_project"
    ),
    "empty list of namespaces": Refused(
        {"namespaces": []},
        "namespaces: no namespace is selected; give namespaces, namespace_selector or rancher_project",
    ),
    "empty list of registries": Refused(
        {"registries": []}, "registries: is empty; give a registry, or set state to absent to remove the Secret"
    ),
    "nothing but absent registries": Refused(
        {"registries": [{"registry": "quay.io", "state": "absent"}]},
        "registries: is empty; give a registry, or set state to absent to remove the Secret",
    ),
    "a name that is none": Refused(
        {"name": "Reg_Cred"},
        "name: 'Reg_Cred' cannot name a Kubernetes object; use at most 253 lower-case letters, digits, '-' and '.',"
        " starting and ending with a letter or digit",
    ),
    "a namespace that is none": Refused(
        {"namespaces": ["Team_A"]},
        "namespaces[0]: 'Team_A' cannot name a namespace; use at most 63 lower-case letters, digits and '-',"
        " starting and ending with a letter or digit",
    ),
    "a namespace that is missing": Refused(
        {"namespaces": ["name-1", "gone"]},
        "namespaces: there is no namespace gone; correct the name, create it first,"
        " or set missing_namespace to skip or create",
    ),
    "no owner": Refused({"owner": ""}, "owner: is empty; give a name for this declaration, such as 'platform'"),
    "an owner that is no label": Refused(
        {"owner": "me!"}, f"owner['regcred.kubernetes/owner']: 'me!' cannot be the value of a label; {_LABEL_CURE}"
    ),
    "a label that is none": Refused(
        {"labels": {"a": "b c"}}, f"labels['a']: 'b c' cannot be the value of a label; {_LABEL_CURE}"
    ),
    "our label": Refused(
        {"labels": {"regcred.kubernetes/owner": "x"}},
        "labels['regcred.kubernetes/owner']: says whose the object is; leave it out, and use the option owner",
    ),
    "user name alone": Refused(
        {"registries": [{"registry": "quay.io", "username": "u"}]},
        "parameters are required together: username, password found in registries",
    ),
    "no credential": Refused(
        {"registries": [{"registry": "quay.io"}]},
        "state is present but any of the following are missing: username, auth found in registries",
    ),
    "user name and auth": Refused(
        {"registries": [{"registry": "quay.io", "username": "u", "password": "hunter2", "auth": "dTpw"}]},
        "parameters are mutually exclusive: auth|username, auth|password found in registries",
    ),
    "a service account that is none": Refused(
        {"service_accounts": ["ok*", "B"]},
        "service_accounts[1]: 'B' cannot name a Kubernetes object; use at most 253 lower-case letters, digits, '-'"
        " and '.', starting and ending with a letter or digit",
    ),
    "a selector of nothing": Refused(
        {"service_account_selector": "a=b"},
        "service_account_selector: selects nothing without service_accounts; give those, such as ['*']",
    ),
    "a blank selector": Refused(
        {"service_accounts": ["*"], "service_account_selector": ""},
        "service_account_selector: is empty, which selects everything; write out what it selects, or leave it out",
    ),
    "no usage": Refused({"service_accounts": ["*"], "usage": []}, "usage: is empty; give at least one"),
    "concurrency": Refused({"concurrency": 100}, "concurrency: 100 is out of range; use 1 to 32"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_refused(cluster: Cluster, case: Refused) -> None:
    """Bad input fails with the option, what is wrong and what to do, and nothing is written."""
    found = run(cluster, **case.options)

    assert found.result["failed"]
    assert case.message == found.message
    assert cluster.writes == []


@pytest.mark.parametrize(("value", "expected"), [(True, "true"), (False, "false"), (7, "7"), (1.5, "1.5"), ("x", "x")])
def test_text_of_labels(value: t.Any, expected: str) -> None:
    """Booleans and numbers in labels become what they are in YAML."""
    assert checked_labels({"key": value}, where="labels") == {"key": expected}
    assert checked_annotations({"key": value}, where="annotations") == {"key": expected}


def test_annotation_that_would_hold_a_copy() -> None:
    """The annotation in which kubectl keeps a copy of the Secret is refused."""
    with pytest.raises(InvalidInput, match=r"would hold a copy of the Secret; leave it out$"):
        checked_annotations({LAST_APPLIED: "x"}, where="annotations")


def test_server_without_time() -> None:
    """A server that asks everybody to wait for an hour ends the run soon, with a row for each namespace."""
    with cluster_in_memory(40) as cluster:
        usual = cluster.loopback.answer
        assert usual is not None

        def busy(received: Received) -> Answer | Reset | Raw:
            is_second = (
                received.path.endswith("/secrets") and received.method == "POST" and "name-1/" not in received.path
            )
            return Answer(429, "", {"Retry-After": "3600"}) if is_second else usual(received)

        cluster.loopback.answer = busy
        options = {"name": "regcred", "namespaces": ["*"], "registries": [QUAY], "concurrency": 1, "timeout": 20}
        options["rows_on_failure"] = "all"
        run = cluster.run(main, options)

    rows = {row["namespace"]: row["action"] for row in run.result["namespaces"]}
    assert rows == {"name-1": "created", **{f"name-{number}": "failed" for number in range(2, 41)}}
    assert run.result["changed"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_nothing_matched(cluster: Cluster, state: str) -> None:
    """A selection that stands for nothing is a warning with its pattern, and with prune a failure."""
    found = run(cluster, owner="shop", namespaces=["nomatch-*"], state=state)
    pruning = run(cluster, owner="shop", namespaces=["name-1", "nomatch-*"], prune=True)

    assert (found.result["changed"], found.result.get("failed")) == (False, None)
    assert found.warnings == ["namespaces: no namespace matches 'nomatch-*'"]
    assert pruning.message.startswith("prune: namespaces: no namespace matches 'nomatch-*', so Secrets could go")
    assert cluster.writes == []


@pytest.mark.parametrize("option", ["namespace_selector", "rancher_project"])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_blank_selection(cluster: Cluster, state: str, option: str) -> None:
    """A blank selector or project is refused before anything is sent."""
    blank: dict[str, t.Any] = {option: " "}
    found = run(cluster, namespaces=None, state=state, **blank)

    assert (found.result["failed"], cluster.loopback.requests) == (True, [])
    assert found.message.startswith(f"{option}: ' ' ")


def test_what_pruning_leaves(cluster: Cluster) -> None:
    """Our Secret stays, and is reported, in a protected namespace and in one that no list of namespaces showed."""
    objects = cluster.world.store.objects
    metadata = {"name": "kube-system", "uid": "u", "resourceVersion": "1"}
    objects["/api/v1/namespaces/kube-system"] = {"metadata": metadata}
    run(cluster, owner="shop", namespaces=["name-1", "name-2", "kube-system"])
    unseen = "/api/v1/namespaces/unseen/secrets/regcred"
    objects[unseen] = {**stored(cluster), "metadata": {**stored(cluster)["metadata"], "namespace": "unseen"}}

    found = run(cluster, owner="shop", prune=True)

    assert {row["namespace"]: (row["action"], row["reason"]) for row in found.result["namespaces"]} == {
        "name-2": ("deleted", "Secret regcred: the namespace is no longer selected"),
        "kube-system": (
            "skipped",
            "Secret regcred: left: the namespace is protected; set state to absent to remove it",
        ),
        "unseen": ("skipped", "Secret regcred: left: the namespace could not be listed"),
    }
    assert unseen in objects


def test_prune_for_everybody(cluster: Cluster) -> None:
    """The owner that every task has takes nothing away from other declarations: it is refused before anything is written."""
    refused = run(cluster, prune=True)

    assert refused.result["msg"] == (
        "owner: is 'default', as for every task that gives none, so prune would take away the Secrets of others;"
        " give this declaration a name of its own, such as owner: shop"
    )
    assert cluster.writes == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_is_taken_out(cluster: Cluster, check_mode: bool) -> None:
    """A registry that is lost since nobody declares it is a warning, once for all namespaces; one that is named as absent is none."""
    quay = {"registry": "quay.io", "username": "robot", "password": "hunter2"}
    ghcr = {**quay, "registry": "ghcr.io"}
    both = ["name-1", "name-2"]
    run(cluster, registries=[quay, ghcr], namespaces=both)

    replaced = run(cluster, registries=[quay], namespaces=both, check_mode=check_mode)
    named = run(
        cluster, registries=[quay, {"registry": "ghcr.io", "state": "absent"}], purge_registries=False, check_mode=True
    )
    again = run(cluster, registries=[quay], namespaces=both)

    assert replaced.warnings == [
        "2 namespaces (name-1, name-2): Secret regcred: ghcr.io taken out, since purge_registries is true"
    ]
    assert named.warnings == []
    assert again.warnings == (replaced.warnings if check_mode else [])
