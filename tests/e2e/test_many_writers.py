"""Many writers on one object: whatever they do, nobody's entry is lost and none is doubled."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cluster.cluster import Cluster
from tests.e2e.cluster_state import stored_links, stored_registries
from tests.e2e.module_runs import PROJECT, ModuleRun, Modules

WRITERS: t.Final = 8
ROUNDS: t.Final = 12
RUNS_AT_ONCE: t.Final = 3
MOST_RUNS: t.Final = 60
TIMEOUT_SECONDS: t.Final = 600
FIRST: t.Final = ["of-a-colleague", "of-an-operator", "a-colleague-s-second"]
PASSWORD: t.Final = "correct horse battery staple"


def start_writer(cluster: Cluster, namespace: str, number: int) -> subprocess.Popen[str]:
    """A process that writes entries of its own."""
    command = [sys.executable, "-m", "tests.e2e.entry_writer", str(cluster.kubeconfig), str(cluster.kubectl)]
    return subprocess.Popen(
        [*command, namespace, f"writer{number}", str(ROUNDS)], cwd=PROJECT, stderr=subprocess.PIPE, text=True
    )


def link_until_ended(
    admin: Modules, namespace: str, secrets: t.Sequence[str], ended: threading.Event, *, stays: bool
) -> list[ModuleRun]:
    """
    Link and unlink Secrets for as long as others write; at the end they are linked if ``stays``, else not.

    Fails when a run fails, or leaves the opposite of what it was asked for.
    """
    runs = []
    for state in itertools.islice(itertools.cycle(["present", "absent"]), MOST_RUNS):
        runs.append(link(admin, namespace, secrets, state))
        if ended.is_set():
            break
    return [*runs, link(admin, namespace, secrets, "present" if stays else "absent")]


def link(admin: Modules, namespace: str, secrets: t.Sequence[str], state: str) -> ModuleRun:
    """One run of service_account_link."""
    args = {"namespaces": [namespace], "secrets": list(secrets), "state": state, "missing_secret": "warn"}
    run = admin.run_module("service_account_link", args)
    assert not run.failed, run.message
    return run


@pytest.fixture
def shared(cluster: Cluster, namespace: str) -> str:
    """A namespace whose default ServiceAccount has entries of others already."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
    cluster.client.patch(path, {"imagePullSecrets": [{"name": name} for name in FIRST]})
    return namespace


def test_links_among_writers(cluster: Cluster, admin: Modules, shared: str) -> None:
    """While eight processes change their own entries, links come and go: no entry is lost or doubled, and the order stays."""
    ended = threading.Event()
    tasks: list[tuple[list[str], bool]] = [
        (["regcred"], True),
        (["regcred"], True),
        (["mirror", "hub"], True),
        (["old"], False),
    ]
    with ThreadPoolExecutor(len(tasks)) as pool:
        linking = [
            pool.submit(link_until_ended, admin, shared, secrets, ended, stays=stays) for secrets, stays in tasks
        ]
        writers = [start_writer(cluster, shared, number) for number in range(WRITERS)]
        try:
            errors = [writer.communicate(timeout=TIMEOUT_SECONDS)[1] for writer in writers]
        finally:
            ended.set()
            for writer in writers:
                writer.kill()
                writer.wait()
        runs = [run for each in linking for run in each.result()]

    assert errors == [""] * WRITERS
    assert any(run.changed for run in runs)
    links = stored_links(cluster.client, shared)
    assert links[: len(FIRST)] == FIRST
    assert sorted(links[len(FIRST) :]) == sorted(
        ["regcred", "mirror", "hub", *(f"writer{number}-{ROUNDS - 1}" for number in range(WRITERS))]
    )


def test_links_at_once(cluster: Cluster, admin: Modules, shared: str) -> None:
    """Runs that link the same and other Secrets at the same moment leave each of them once, behind what was there."""
    wanted = [["regcred"], ["regcred", "mirror"], ["mirror", "hub"], ["hub"], ["regcred", "hub"], ["mirror"]]
    with ThreadPoolExecutor(len(wanted)) as pool:
        list(pool.map(lambda secrets: link(admin, shared, secrets, "present"), wanted))

    links = stored_links(cluster.client, shared)

    assert links[: len(FIRST)] == FIRST
    assert sorted(links[len(FIRST) :]) == ["hub", "mirror", "regcred"]


@pytest.mark.parametrize("exists", [False, True], ids=["new Secret", "existing Secret"])
def test_merges_at_once(exists: bool, cluster: Cluster, admin: Modules, namespace: str) -> None:
    """Runs that merge different registries into one Secret, again and again, leave all of them, each with its last password."""
    if exists:
        merge(admin, namespace, "first.example.com", "never changed")
    registries = [f"r{number}.example.com" for number in range(RUNS_AT_ONCE)]
    rounds = 6

    def rotate(registry: str) -> list[str]:
        return [merge(admin, namespace, registry, f"{PASSWORD} {number}") for number in range(rounds)]

    with ThreadPoolExecutor(RUNS_AT_ONCE) as pool:
        actions = list(pool.map(rotate, registries))

    assert all(set(each) <= {"created", "updated"} for each in actions)
    stored = {registry: entry["password"] for registry, entry in stored_registries(cluster.client, namespace).items()}
    kept = {"first.example.com": "never changed"} if exists else {}
    assert stored == {**kept, **dict.fromkeys(registries, f"{PASSWORD} {rounds - 1}")}


def merge(admin: Modules, namespace: str, registry: str, password: str) -> str:
    """One run of pull_secret that merges; gives its action."""
    args = {
        "name": "regcred",
        "namespaces": [namespace],
        "purge_registries": False,
        "registries": [{"registry": registry, "username": "puller", "password": password}],
    }
    run = admin.run_module("pull_secret", args)
    assert not run.failed, run.message
    return run.actions[namespace]


def test_merge_and_removal_at_once(cluster: Cluster, admin: Modules, namespace: str) -> None:
    """A registry that one run takes out is gone, and one that another run adds at the same moment is there."""
    for number in range(4):
        merge(admin, namespace, "leaving.example.com", PASSWORD)
        leaving = [{"registry": "leaving.example.com", "state": "absent"}]
        args = {"name": "regcred", "namespaces": [namespace], "purge_registries": False, "registries": leaving}
        coming = f"r{number}.example.com"
        with ThreadPoolExecutor(2) as pool:
            removal = pool.submit(admin.run_module, "pull_secret", args)
            pool.submit(merge, admin, namespace, coming, PASSWORD).result()

        assert not removal.result().failed, removal.result()
        stored = set(stored_registries(cluster.client, namespace))
        assert coming in stored
        assert "leaving.example.com" not in stored
