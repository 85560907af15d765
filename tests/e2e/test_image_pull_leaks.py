"""No secret, in no form, comes out of image_pull_info, whatever the words of kubelets and events hold."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.cluster.client import Document
from tests.cluster.cluster import Cluster
from tests.e2e.playbook_runs import OPTIONS_IN_RESULTS, PlaybookRun, Playbooks, Task
from tests.e2e.pull_objects import IMAGE, base64_of, config, let_it_fail, make_pod, make_secret
from tests.e2e.secret_forms import forms_of, found_in

USER: t.Final = "puller"
PASSWORDS: t.Final = {
    "nasty": "pä\"ss\\w<o>r&d:'x",
    "short": "q~7",
    "common": "quay",
    "in_auth": "only-in/auth+Zq9:Kt4",
    "in_dockercfg": "in-a-dockercfg-Zq9Kt4",
    "identity_token": "identity-token-Zq9Kt4",
    "in_opaque": "of-the-wrong-type-Zq9Kt4",
    "in_broken": "beside-what-is-broken-Zq9Kt4",
    "no_base64": "!no-base64-at-all-Zq9Kt4",
    "no_json": "in-what-is-no-json-Zq9Kt4",
    "of_node": "of-the-node-Zq9Kt4",
    "beside_bad_input": "beside-bad-input-Zq9Kt4",
}
FORMS: t.Final = {
    name: forms_of(password, is_common=name == "common") | forms_of(f"{USER}:{password}")
    for name, password in PASSWORDS.items()
}
ALL_FORMS: t.Final = frozenset(form for forms in FORMS.values() for form in forms)
# Python runs this at its start: the client gets an error that nobody foresaw, and that holds all that was read.
BREAKING: t.Final = """
from urllib3.connectionpool import HTTPConnectionPool
def urlopen(self, method, url, *args, **options):
    response = original(self, method, url, *args, **options)
    if "/secrets" in url:
        raise ZeroDivisionError(f"while reading {response.data!r}")
    return response
original, HTTPConnectionPool.urlopen = HTTPConnectionPool.urlopen, urlopen
"""


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> str:
    """A namespace with Secrets of every kind, and Pods about which somebody quotes them in every form."""
    name = cluster.make_namespace("pull-leaks")
    client = cluster.client

    def quoted(*names: str) -> str:
        return " ".join(sorted(form for each in names for form in FORMS[each]))

    good = {
        "quay.io": {"username": USER, "password": PASSWORDS["nasty"]},
        "short.example.com": {"username": USER, "password": PASSWORDS["short"]},
        "quay.io/team": {"username": USER, "password": PASSWORDS["common"]},
        "auth.example.com": {"auth": base64_of(f"{USER}:{PASSWORDS['in_auth']}")},
        "token.example.com": {
            "auth": base64_of(f"{USER}:beside-a-token"),
            "identitytoken": PASSWORDS["identity_token"],
        },
    }
    make_secret(client, name, "good", json.dumps({"auths": good}, ensure_ascii=False))
    auth = {"auth": base64_of(f"{USER}:{PASSWORDS['in_dockercfg']}")}
    make_secret(client, name, "dockercfg", json.dumps({"quay.io": auth}), "kubernetes.io/dockercfg")
    opaque = config("quay.io", username=USER, password=PASSWORDS["in_opaque"])
    make_secret(client, name, "opaque", opaque, "Opaque")
    broken = {
        "quay.io": {"username": USER, "password": PASSWORDS["in_broken"]},
        "ghcr.io": {"auth": PASSWORDS["no_base64"]},
    }
    make_secret(client, name, "broken", json.dumps({"auths": broken}))
    make_secret(client, name, "no-json", config("quay.io", username=USER, password=PASSWORDS["no_json"])[:-3], "Opaque")
    make_secret(client, name, "odd", config("quay.io", auth=base64_of(b"us\xffer:pass\xfeword-Zq9Kt4")))
    of_lists = {
        "failing": (["good", "dockercfg", "opaque", "no-json"], [
            "nasty", "short", "common", "in_auth", "in_dockercfg", "identity_token", "in_opaque", "no_json", "of_node",
        ]),
        "blocked": (["good", "broken"], ["in_broken", "no_base64"]),
        "odd": (["odd"], []),
    }  # fmt: skip
    for pod, (names, passwords) in of_lists.items():
        make_pod(client, name, pod, *names)
        message = f"{quoted(*passwords)} {base64_of(json.dumps({'auths': good}, ensure_ascii=False))}"
        # A malformed Secret's error takes the place of the reason.
        let_it_fail(client, name, pod, f"json: {message}", "ErrImagePull" if pod != "blocked" else f"json: {message}")
    return name


def cases(place: str) -> dict[str, tuple[Document, str]]:
    """The options of tasks by the tasks' names, each with a part of the message that it fails with, if it does."""
    here = {"namespaces": [place]}
    node = {"node_config_json": "{{ node }}"}
    bad = {"auths": {"quay.io": {"username": 1, "password": "{{ beside_bad_input }}"}}}
    return {
        "Pods": ({**here, **node}, ""),
        "as text": ({**here, "node_config_json": "{{ node | to_json }}"}, ""),
        "asked": ({**here, **node, "images": [IMAGE, "nginx"], "image_pull_secrets": ["good", "broken", "odd"]}, ""),
        "all": ({"namespaces": ["*"], **node, "kinds": ["Pod", "Deployment", "CronJob"]}, ""),
        "bad selector": ({**here, **node, "selector": "a in ("}, "selector: the API server cannot read 'a in ('"),
        "bad options": ({**here, **node, "images": [IMAGE], "selector": "a=b"}, "parameters are mutually exclusive"),
        "bad node file": ({**here, "node_config_json": bad}, "node_config_json: auths['quay.io'].username: must be a string"),
        "cut off": ({**here, "node_config_json": "{{ (node | to_json)[:-2] }}"}, "node_config_json: not JSON"),
        "unforeseen": ({**here, **node}, "Unexpected ZeroDivisionError"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def run(cluster: Cluster, place: str, tmp_path_factory: pytest.TempPathFactory) -> PlaybookRun:
    """All tasks, with -vvvv, the last of them in a Python that fails."""
    broken_python = tmp_path_factory.mktemp("python")
    (broken_python / "sitecustomize.py").write_text(BREAKING)
    tasks: list[Task] = [
        {"name": name, "regcred.kubernetes.image_pull_info": options}
        for name, (options, _message) in cases(place).items()
    ]
    tasks[-1]["environment"] = {"PYTHONPATH": str(broken_python)}
    of_node = {"username": USER, "password": PASSWORDS["of_node"]}
    node = {"auths": {"docker.io": of_node, "odd.example.com": {"auth": base64_of(b"us\xffer:pass\xfeword")}}}
    variables = {"node": node, "beside_bad_input": PASSWORDS["beside_bad_input"]}
    return Playbooks(tmp_path_factory.mktemp("pulls"), cluster.kubeconfig, OPTIONS_IN_RESULTS).run(tasks, variables)


def test_nothing_is_seen(run: PlaybookRun) -> None:
    """Neither on the screen, in the log, on a command line, in a registered result nor in a file that stays."""
    leaks = {place: found_in(text, ALL_FORMS) for place, text in run.seen.items()}

    assert {place: found for place, found in leaks.items() if found} == {}
    assert {"standard output", "log", "command lines", "registered results"} <= set(leaks)


def test_there_was_something_to_see(run: PlaybookRun, cluster: Cluster, place: str) -> None:
    """The Pods and events do hold the passwords, and what is reported of them is of use without."""
    pods = cluster.client.list(f"/api/v1/namespaces/{place}/pods")
    events = cluster.client.list(f"/api/v1/namespaces/{place}/events")
    for name in set(PASSWORDS) - {"beside_bad_input"}:
        for objects in (pods, events):
            assert found_in(json.dumps(objects, ensure_ascii=False), FORMS[name]), name

    for task in ("Pods", "as text", "all"):
        findings = [each for each in run.results[task]["findings"] if each["namespace"] == place]
        failing = [each for each in findings if each["code"] == "pull_failing"]
        assert {each["name"] for each in failing} == {"failing", "blocked", "odd"}
        assert all("********" in each["message"] for each in failing)
        assert all("********" in each["events"][0] for each in failing)
    assert [row["verdict"] for row in run.results["asked"]["pulls"]] == ["blocked", "blocked"]


def test_tasks(run: PlaybookRun, place: str) -> None:
    """The tasks that were to fail did, each for its reason, and the others did not."""
    results = {name: run.results[name] for name in cases(place)}

    messages = {name: result["msg"] if result.get("failed") else "" for name, result in results.items()}

    expected = {name: message for name, (_options, message) in cases(place).items()}
    assert {name: message for name, message in messages.items() if not message.startswith(expected[name])} == {}
    assert [name for name, message in messages.items() if bool(message) is not bool(expected[name])] == []


def test_user_name_that_is_no_text(run: PlaybookRun) -> None:
    """A user name with bytes that are not UTF-8 gets through to the playbook."""
    rows = [row for row in run.results["Pods"]["pulls"] if row["secrets"] == ["odd"]]

    assert [credential["username"] for row in rows for credential in row["credentials"]] == ["us\ufffder"]
