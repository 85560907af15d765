"""What a person sees of a run over many namespaces without -v: all that counts, and each thing once."""

from __future__ import annotations

import json
import secrets
import typing as t

import pytest

from tests.cluster.cluster import Cluster
from tests.e2e.cluster_state import stored_links
from tests.e2e.pull_objects import config, make_secret
from tests.e2e.terminal import Ended, Terminal

if t.TYPE_CHECKING:
    from pathlib import Path

NUMBER: t.Final = 40
FOREIGN: t.Final = 3
"""So many namespaces have a Secret of somebody else."""

OURS: t.Final = NUMBER - FOREIGN


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """An empty folder to work in."""
    return Terminal(tmp_path)


@pytest.fixture
def places(cluster: Cluster) -> list[str]:
    """Many namespaces, the first ones with a Secret of somebody else."""
    prefix = f"many-{secrets.token_hex(4)}"
    names = [f"{prefix}-{number:03}" for number in range(NUMBER)]
    for name in names:
        cluster.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for name in names[:FOREIGN]:
        make_secret(cluster.client, name, "regcred", config("quay.io", username="other", password="other-password"))
    return names


def keep(terminal: Terminal, cluster: Cluster, places: list[str], password: str, *options: str, **more: t.Any) -> Ended:
    """Run the playbook of the role, which links as well."""
    variables = {
        "pull_secrets_namespaces": [f"{places[0][:-4]}-*"],
        "pull_secrets_registries": [{"registry": "quay.io", "username": "puller", "password": password}],
        "pull_secrets_wait_timeout": 120,
        **{f"pull_secrets_{name}": value for name, value in more.items()},
    }
    return terminal.run("pull_secrets", cluster.kubeconfig, variables, *options)


def first_few(names: list[str]) -> str:
    """As a header has them."""
    return f"{', '.join(names[:5])} and {len(names) - 5} more"


def headers(ended: Ended) -> list[str]:
    """Whose diffs there are."""
    return [line[len("+++ after: ") :] for line in ended.output.splitlines() if line.startswith("+++ after: ")]


def failed_result(ended: Ended) -> dict[str, t.Any]:
    """What the task that failed returned."""
    _before, _fatal, text = ended.output.partition("FAILED! => ")
    result: dict[str, t.Any] = json.JSONDecoder().raw_decode(text)[0]
    return result


def test_a_rotation(cluster: Cluster, terminal: Terminal, places: list[str]) -> None:
    """Its last task counts, its diff is one hunk, and why some are skipped is one warning; a second run has nothing to do."""
    ours, skipped = places[FOREIGN:], f"namespaces {', '.join(places[:FOREIGN])}: skipped: Secret regcred: "
    made = keep(terminal, cluster, places, "first-password", "--diff", on_conflict="skip")
    foreseen = keep(terminal, cluster, places, "second-password", "--check", "--diff", on_conflict="skip")
    rotated = keep(terminal, cluster, places, "second-password", "--diff", on_conflict="skip")
    again = keep(terminal, cluster, places, "second-password", "--diff", on_conflict="skip")

    header = f"{OURS} namespaces ({first_few(ours)})"
    for ended, action in ((made, "created"), (foreseen, "updated"), (rotated, "updated")):
        assert ended.status == 0, ended.output
        assert f'"msg": "Secret regcred and links to it: {OURS} {action}, {FOREIGN} skipped"' in ended.output
        assert headers(ended) == [header], ended.output
        assert ended.output.count(skipped) == 1, ended.output
        assert len(ended.output.splitlines()) < 80, ended.output
        assert max(map(len, ended.output.splitlines())) < 500, ended.output
    assert " ServiceAccount default\n+  imagePullSecrets: regcred\n" in made.output
    assert "ServiceAccount default" not in rotated.output
    assert stored_links(cluster.client, ours[-1]) == ["regcred"]
    assert f'"msg": "Secret regcred and links to it: {FOREIGN} skipped"' in again.output
    assert headers(again) == []


def test_a_failure(cluster: Cluster, terminal: Terminal, places: list[str]) -> None:
    """The message has an equal reason once, with number and names; the rows are those that failed, or all if that is asked for."""
    failed = keep(terminal, cluster, places, "first-password")
    whole = keep(terminal, cluster, places, "second-password", rows_on_failure="all")

    foreign = ", ".join(places[:FOREIGN])
    for ended, action in ((failed, "created"), (whole, "updated")):
        assert ended.status == 2, ended.output
        result = failed_result(ended)
        assert result["msg"].startswith(f"{FOREIGN} of {NUMBER} namespaces failed. {FOREIGN} namespaces ({foreign}): ")
        assert result["msg"].count("set on_conflict") == 1
        assert result["msg"].endswith(f" | Secret regcred and links to it: {OURS} {action}, {FOREIGN} failed")
        assert (result["summary"][action], result["summary"]["failed"]) == (OURS, FOREIGN)
    assert [row["namespace"] for row in failed_result(failed)["namespaces"]] == places[:FOREIGN]
    assert [row["namespace"] for row in failed_result(whole)["namespaces"]] == places
    assert max(map(len, failed.output.splitlines())) < 6000, failed.output


def test_tenants(cluster: Cluster, terminal: Terminal, places: list[str]) -> None:
    """A tenant's namespaces are one hunk, whose header names the tenant; what fails of a tenant is one reason."""
    shop, blog = places[FOREIGN : FOREIGN + 15], places[FOREIGN + 15 :]
    variables = {
        "tenant_tenants": [{"name": "shop", "namespaces": shop}, {"name": "blog", "namespaces": blog}],
        "tenant_registries": [{"registry": "quay.io", "username": "puller", "password": "first-password"}],
        "tenant_wait_timeout": 120,
    }
    too_many = {**variables, "tenant_tenants": [{"name": "blog", "namespaces": [*blog, *places[:2]]}]}

    done = terminal.run("onboard_tenants", cluster.kubeconfig, variables, "--diff")
    ended = terminal.run("onboard_tenants", cluster.kubeconfig, too_many)

    assert done.status == 0, done.output
    assert headers(done) == [
        f"tenant shop: {len(shop)} namespaces ({first_few(shop)})",
        f"tenant blog: {len(blog)} namespaces ({first_few(blog)})",
    ]
    assert f'"msg": "2 tenants: {OURS} created"' in done.output
    assert ended.status == 2, ended.output
    result = failed_result(ended)
    assert f" 2 namespaces ({', '.join(places[:2])}): Secret regcred: " in result["msg"]
    assert [(row["tenant"], row["namespace"]) for row in result["namespaces"]] == [
        ("blog", name) for name in places[:2]
    ]
    assert result["msg"].endswith(" | Tenant blog: 2 failed")
