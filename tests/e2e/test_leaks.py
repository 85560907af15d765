"""No secret, in no form, comes out anywhere but in the data of the Secrets that are written."""

from __future__ import annotations

import base64
import json
import secrets
import socket
import subprocess
import sys
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.client import Client
from tests.cluster.cluster import Cluster
from tests.cluster.users import rule
from tests.e2e.cluster_state import stored_registries
from tests.e2e.playbook_runs import OPTIONS_IN_RESULTS, PlaybookRun, Playbooks, Task, watched_command_lines
from tests.e2e.secret_forms import forms_of, found_in

USER: t.Final = "puller"
PASSWORDS: t.Final = {
    "nasty": "pä\"ss\\w<o>r&d:'x",
    "nasty_rotated": 'Ü"2\\n<ö>&&:`$(x)`',
    "short": "q~7",
    "common": "quay",
    "in_auth": "only-in/auth+Zq9:Kt4",
    "in_dict": "in-a-dictionary-Zq9Kt4",
    "in_text": "in-a-text-{Zq9Kt4}%s",
    "in_file": "in-a-file-Zq9Kt4 with spaces",
    "in_url": "in-a-url-Zq9Kt4",
    "of_tenant": "of-a-tenant-Zq9Kt4",
    "beside_bad_input": "beside-bad-input-Zq9Kt4",
    "identity_token": "identity-token-Zq9Kt4",
    "foreign": "of-somebody-else-Zq9Kt4",
    "foreign_unreadable": "in-what-nobody-can-read-Zq9Kt4",
    "api_key": "key-of-the-api-server-Zq9Kt4",
    "in_kubeconfig": "token-in-a-kubeconfig-Zq9Kt4",
}
FORMS: t.Final = frozenset(
    form
    for name, password in PASSWORDS.items()
    for form in forms_of(password, is_common=name == "common") | forms_of(f"{USER}:{password}")
)
# Python runs this at its start: the client gets an error that nobody foresaw, and that holds all that was to be written.
BREAKING: t.Final = """
from urllib3.connectionpool import HTTPConnectionPool
def urlopen(self, method, url, body=None, headers=None, *args, **options):
    if body is not None and b'"Secret"' in body:
        raise ZeroDivisionError(f"while sending {body!r}")
    return original(self, method, url, body, headers, *args, **options)
original, HTTPConnectionPool.urlopen = HTTPConnectionPool.urlopen, urlopen
"""


def base64_of(text: str) -> str:
    """Base64, as text."""
    return base64.b64encode(text.encode()).decode()


def registry(name: str, host: str = "registry.example.com") -> dict[str, str]:
    """An item of ``registries`` whose password is a variable."""
    return {"registry": host, "username": USER, "password": f"{{{{ {name} }}}}"}


@dataclass(frozen=True)
class Places:
    """Namespaces of one test."""

    one: str
    two: str
    closed: str
    new: str
    foreign: str

    @property
    def all(self) -> list[str]:
        """All of them."""
        return [self.one, self.two, self.closed, self.new, self.foreign]


@pytest.fixture(scope="module")
def places(cluster: Cluster) -> Places:
    """Namespaces, one of them not made yet, and one with Secrets of other people."""
    made = [cluster.make_namespace("leaks") for _unused in range(4)]
    places = Places(made[0], made[1], made[2], f"leaks-{secrets.token_hex(4)}", made[3])
    _write_foreign_secrets(cluster.client, places.foreign)
    return places


def _write_foreign_secrets(client: Client, namespace: str) -> None:
    good = json.dumps({"auths": {"foreign.example.com": {"auth": base64_of(f"{USER}:{PASSWORDS['foreign']}")}}})
    bad = PASSWORDS["foreign_unreadable"]
    annotation = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"data": {"x": base64_of(good)}})}
    documents: dict[str, tuple[str, str, str, dict[str, str]]] = {
        "readable": ("kubernetes.io/dockerconfigjson", ".dockerconfigjson", good, annotation),
        "mistaken": ("Opaque", "config.json", good, {}),
        "not-json": ("Opaque", ".dockerconfigjson", '{"auths": {"quay.io": {"password": "' + bad, {}),
        "no-colon": ("Opaque", ".dockerconfigjson", json.dumps({"auths": {"quay.io": {"auth": base64_of(bad)}}}), {}),
        "bad-key": (
            "kubernetes.io/dockerconfigjson",
            ".dockerconfigjson",
            json.dumps({"auths": {"oci://quay.io": {"auth": base64_of(f"{USER}:{bad}")}}}),
            {},
        ),
    }
    for name, (kind, key, text, notes) in documents.items():
        client.create(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": namespace, "annotations": notes},
                "type": kind,
                "data": {key: base64_of(text)},
            }
        )


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    """What the playbooks get: each password, and ready docker configs as a dictionary, as text and as a file."""
    fields = {"auth": base64_of(f"{USER}:{PASSWORDS['in_dict']}"), "email": "a@example.com"}
    document = {
        "auths": {
            "dict.example.com": fields,
            "token.example.com": {**fields, "identitytoken": PASSWORDS["identity_token"]},
        }
    }
    text = {"auths": {"text.example.com": {"username": USER, "password": PASSWORDS["in_text"]}}}
    file = tmp_path_factory.mktemp("docker") / "config.json"
    file.write_text(json.dumps({"auths": {"quay.io": {"auth": base64_of(f"{USER}:{PASSWORDS['in_file']}")}}}))
    return {**PASSWORDS, "user": USER, "document": document, "text": json.dumps(text), "config_file": str(file)}


def working_tasks(places: Places) -> list[Task]:
    """Every module and role, with every way to give a secret, and a rotation."""
    here = {"namespaces": [places.one, places.two]}
    others = [
        registry("short", "short.example.com"),
        registry("common", "quay.io"),
        {"registry": "auth.example.com", "auth": "{{ (user ~ ':' ~ in_auth) | b64encode }}"},
    ]
    nasty, rotated = ([registry(name), *others] for name in ("nasty", "nasty_rotated"))
    merging = {"namespaces": [places.foreign], "name": "readable", "purge_registries": False, "on_conflict": "adopt"}
    tenants = [
        {"name": "shop", "namespaces": [places.new], "registries": [registry("of_tenant")]},
        {"name": "blog", "namespaces": [places.two]},
    ]
    pull_secret, tenant = "regcred.kubernetes.pull_secret", "regcred.kubernetes.tenant"
    by_role = {
        "pull_secrets_name": "by-role",
        "pull_secrets_registries": nasty,
        "pull_secrets_namespaces": here["namespaces"],
        "pull_secrets_prune": True,
        "pull_secrets_owner": "leaks",
    }
    tenants_by_role = {"tenant_tenants": tenants, "tenant_registries": nasty, "tenant_secret_name": "tenant-by-role"}
    return [
        {"name": "new", pull_secret: {"name": "regcred", **here, "registries": nasty}},
        {"name": "again", pull_secret: {"name": "regcred", **here, "registries": nasty}},
        {"name": "rotated", pull_secret: {"name": "regcred", **here, "registries": rotated}},
        {"name": "dictionary", pull_secret: {"name": "by-dict", **here, "config_json": "{{ document }}"}},
        {"name": "text", pull_secret: {"name": "by-text", **here, "config_json": "{{ text }}"}},
        {"name": "file", pull_secret: {"name": "by-file", **here, "config_file": "{{ config_file }}"}},
        {"name": "dockercfg", pull_secret: {"name": "old", **here, "type": "dockercfg", "registries": nasty}},
        {"name": "looked at", "regcred.kubernetes.pull_secret_info": {"namespaces": places.all}},
        {"name": "adopted", pull_secret: {**merging, "registries": nasty}},
        {"name": "tenants", tenant: {"tenants": tenants, "registries": nasty, "secret_name": "of-tenant"}},
        {
            "name": "linked",
            "regcred.kubernetes.service_account_link": {**here, "secrets": ["regcred"], "missing_secret": "warn"},
        },
        {
            "name": "with links",
            pull_secret: {"name": "linked", **here, "registries": nasty, "service_accounts": ["default"]},
        },
        {
            "name": "removed with links",
            pull_secret: {
                "name": "linked",
                **here,
                "registries": rotated,
                "service_accounts": ["*"],
                "state": "absent",
            },
        },
        {
            "name": "by role",
            "ansible.builtin.include_role": {"name": "regcred.kubernetes.pull_secrets"},
            "vars": by_role,
        },
        {
            "name": "tenants by role",
            "ansible.builtin.include_role": {"name": "regcred.kubernetes.tenant"},
            "vars": tenants_by_role,
        },
    ]


@dataclass(frozen=True)
class Users:
    """Kubeconfigs of users whose tasks fail."""

    restricted: Path
    expired: Path
    unreadable: Path
    broken_python: Path


@pytest.fixture(scope="module")
def users(cluster: Cluster, places: Places, tmp_path_factory: pytest.TempPathFactory) -> Users:
    """One who may not write everywhere, one whose token has ended, a file that is no YAML, and a Python that fails."""
    folder = tmp_path_factory.mktemp("users")
    unreadable = folder / "unreadable.kubeconfig"
    unreadable.write_text(f"users: [{{name: a, user: {{token: {PASSWORDS['in_kubeconfig']}}}")
    (folder / "sitecustomize.py").write_text(BREAKING)
    write = rule(["secrets"], ["list", "get", "create", "patch", "delete"])
    return Users(
        restricted=cluster.token_user("leaks", home=places.one, rules=[write], namespaces=[places.one, places.two]),
        expired=cluster.token_user("expired", home=places.one, token="expired"),
        unreadable=unreadable,
        broken_python=folder,
    )


def failing_tasks(places: Places, users: Users) -> dict[str, tuple[Task, str]]:
    """Tasks that fail, by name, each with a part of its message."""
    with socket.create_server(("127.0.0.1", 0)) as soon_closed:
        closed_port = soon_closed.getsockname()[1]
    good = registry("beside_bad_input", "good.example.com")
    in_url = "https://{{ user }}:{{ in_url }}@registry.example.com"
    pull_secret: dict[str, Task] = {
        "bad key": {"registries": [{**good, "registry": "oci://quay.io"}, registry("nasty")]},
        "bad auth": {"registries": [good, {"registry": "quay.io", "auth": "{{ in_auth }}"}]},
        "empty user": {"registries": [good, {**good, "registry": "quay.io", "username": ""}]},
        "user in the registry": {"registries": [{**good, "registry": in_url}]},
        "missing user": {"registries": [{"registry": "quay.io", "password": "{{ beside_bad_input }}"}]},
        "two documents": {"registries": [good], "config_json": "{{ text }}"},
        "broken document": {"config_json": "{{ text[:-2] }}"},
        "document with a bad key": {"config_json": {"auths": {"oci://x": {"auth": "{{ (user ~ ':' ~ nasty) | b64encode }}"}}}},
        "foreign": {"registries": [good], "name": "mistaken", "namespaces": [places.foreign, places.one]},
        "unreadable": {"registries": [good], "name": "bad-key", "namespaces": [places.foreign], "on_conflict": "fail"},
        "merged into no JSON": {
            "registries": [good], "name": "not-json", "namespaces": [places.foreign], "purge_registries": False,
            "on_conflict": "adopt",
        },
        "forbidden in one": {"registries": [good], "namespaces": [places.one, places.closed], "kubeconfig": str(users.restricted)},
        "expired": {"registries": [good], "kubeconfig": str(users.expired)},
        "unreachable": {"registries": [good], "host": f"https://127.0.0.1:{closed_port}", "api_key": "{{ api_key }}"},
        "kubeconfig is no YAML": {"registries": [good], "kubeconfig": str(users.unreadable)},
        "unforeseen": {"registries": [good], "name": "unforeseen"},
    }  # fmt: skip
    messages = {
        "bad key": "has the scheme 'oci'",
        "bad auth": "registries[1].auth: is not base64",
        "empty user": "registries[1].username: is empty",
        "user in the registry": "...@registry.example.com' holds a user",
        "missing user": "username",
        "two documents": "mutually exclusive",
        "broken document": "config_json: not JSON",
        "document with a bad key": "has the scheme 'oci'",
        "foreign": "is not managed by regcred.kubernetes",
        "unreadable": "is not managed by regcred.kubernetes",
        "merged into no JSON": "cannot be merged into",
        "forbidden in one": "403 Forbidden",
        "expired": "401 Unauthorized",
        "unreachable": "cannot be reached",
        "kubeconfig is no YAML": str(users.unreadable),
        "unforeseen": "Unexpected ZeroDivisionError",
    }
    defaults = {"name": "failing", "namespaces": [places.one]}
    tasks: dict[str, tuple[Task, str]] = {
        name: ({"name": name, "regcred.kubernetes.pull_secret": {**defaults, **args}}, messages[name])
        for name, args in pull_secret.items()
    }
    tasks["unforeseen"][0]["environment"] = {"PYTHONPATH": str(users.broken_python)}
    bad_tenant = {"name": "shop", "namespaces": ["Shop"], "registries": [registry("of_tenant")]}
    tasks["tenant"] = (
        {"name": "tenant", "regcred.kubernetes.tenant": {"tenants": [bad_tenant], "registries": [registry("nasty")]}},
        "tenant shop: namespaces[0]: 'Shop' cannot name a namespace",
    )
    return tasks


class Runs(t.NamedTuple):
    """What works, in check mode and then for real, and what fails."""

    check: PlaybookRun
    real: PlaybookRun
    failing: PlaybookRun


@pytest.fixture(scope="module")
def runs(
    cluster: Cluster,
    places: Places,
    users: Users,
    variables: dict[str, t.Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Runs:
    """All tasks; what fails runs beside the rest, since it takes as long."""

    def run(name: str, tasks: t.Sequence[Task], *options: str) -> PlaybookRun:
        return Playbooks(tmp_path_factory.mktemp(name), cluster.kubeconfig, OPTIONS_IN_RESULTS).run(
            tasks, variables, *options
        )

    failing = [task for task, _unused in failing_tasks(places, users).values()]
    working = working_tasks(places)
    with ThreadPoolExecutor() as pool:
        beside = pool.submit(run, "failing", failing)
        return Runs(run("check", working, "--check"), run("real", working), beside.result())


@pytest.mark.parametrize("mode", Runs._fields)
def test_nothing_is_seen(mode: str, runs: Runs) -> None:
    """Neither on the screen, in the log, on a command line, in a registered result nor in a file that stays."""
    run: PlaybookRun = getattr(runs, mode)

    leaks = {place: found_in(text, FORMS) for place, text in run.seen.items()}

    assert {place: found for place, found in leaks.items() if found} == {}
    assert {"standard output", "log", "command lines", "registered results"} <= set(leaks)


def test_no_token_is_seen(runs: Runs, users: Users) -> None:
    """The tokens in kubeconfigs do not come out either."""
    tokens = [json.loads(file.read_text())["users"][0]["user"]["token"] for file in (users.restricted, users.expired)]

    forms = forms_of(tokens[0]) | forms_of(tokens[1])

    assert [found for run in runs for text in run.seen.values() for found in found_in(text, forms)] == []


def test_tasks_worked(runs: Runs, cluster: Cluster, places: Places) -> None:
    """The tasks did their work, so that there was something to leak, and what they tell is of use without it."""
    results = runs.real.results

    failed = [task["name"] for task in working_tasks(places) if results[task["name"]].get("failed")]
    assert failed == []
    assert [row["reason"] for row in results["rotated"]["namespaces"]] == [
        "Secret regcred: registry.example.com: password changed"
    ] * 2
    assert not results["again"]["changed"]
    stored = {key: entry["password"] for key, entry in stored_registries(cluster.client, places.one).items()}
    assert stored == {
        "auth.example.com": PASSWORDS["in_auth"],
        "quay.io": PASSWORDS["common"],
        "registry.example.com": PASSWORDS["nasty_rotated"],
        "short.example.com": PASSWORDS["short"],
    }
    assert (
        stored_registries(cluster.client, places.new, "of-tenant")["registry.example.com"]["password"]
        == PASSWORDS["of_tenant"]
    )
    assert set(stored_registries(cluster.client, places.foreign, "readable")) > {
        "foreign.example.com",
        "registry.example.com",
    }


def test_tasks_failed(runs: Runs, places: Places, users: Users) -> None:
    """The tasks that were to fail did, each for its reason."""
    results = runs.failing.results
    expected = {name: message for name, (_unused, message) in failing_tasks(places, users).items()}

    messages = {name: results[name]["msg"] if results[name].get("failed") else "it did not fail" for name in expected}

    assert {name: message for name, message in messages.items() if expected[name] not in message} == {}


def test_nothing_beside_the_data(runs: Runs, cluster: Cluster, places: Places) -> None:
    """On the server, secrets are in the data of Secrets, and not in labels, annotations, managed fields or events."""
    assert runs
    objects = [cluster.client.get(f"/api/v1/namespaces/{name}") for name in places.all]
    for kind in ("secrets", "serviceaccounts", "events", "configmaps"):
        objects += [item for name in places.all for item in cluster.client.list(f"/api/v1/namespaces/{name}/{kind}")]
    shown = [
        json.dumps({key: value for key, value in item.items() if key != "data"}, ensure_ascii=False) for item in objects
    ]

    assert [found for text in shown for found in found_in(text, FORMS)] == []
    data = "".join(
        base64.b64decode(text).decode()
        for item in objects
        for text in item.get("data", {}).values()
        if item.get("type")
    )
    assert found_in(data, forms_of(PASSWORDS["nasty_rotated"]))


@pytest.mark.parametrize("password", [name for name in PASSWORDS if name != "common"])
@pytest.mark.parametrize(
    "leak",
    [
        lambda text: text,
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        repr,
        lambda text: base64_of(f"{USER}:{text}"),
        lambda text: base64_of(f'{{"auths": {{"quay.io": {{"password": {json.dumps(text)}}}}}}}'),
        lambda text: base64.urlsafe_b64encode(f"{USER}:{text}".encode()).decode(),
    ],
    ids=["clear", "JSON", "JSON in UTF-8", "repr", "auth", "document in base64", "auth in urlsafe base64"],
)
def test_leaks_are_found(leak: t.Callable[[str], str], password: str) -> None:
    """What is looked for is found, in every form."""
    assert found_in(f"changed: {leak(PASSWORDS[password])}.", FORMS)


def test_command_lines_are_seen() -> None:
    """A secret on a command line is seen."""
    password = f"of-this-test-alone-{secrets.token_hex(4)}"  # others may be watching, and must not find theirs
    command = [sys.executable, "-c", "import sys; sys.stdin.read()", password]
    with watched_command_lines() as seen, subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        for _unused in range(1000):
            if any(password in line for line in seen.copy()):
                break
            time.sleep(0.01)
        process.communicate()

    assert any(password in line for line in seen)
