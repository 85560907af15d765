"""Playbooks of the collection, run by name, where there is nothing to see or to work on: none of them ends well."""

from __future__ import annotations

import json
import secrets
import typing as t
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.users import Rule, rule
from tests.e2e.cluster_state import stored_secret, stored_versions
from tests.e2e.module_runs import PROJECT
from tests.e2e.pull_objects import config, make_secret
from tests.e2e.terminal import Terminal

NOTHING_LISTENS: t.Final = "https://127.0.0.1:1"
REGISTRIES: t.Final = [{"registry": "quay.io", "username": "puller", "password": "correct horse battery staple"}]


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """An empty folder to work in."""
    return Terminal(tmp_path)


@pytest.fixture
def place(cluster: Cluster) -> str:
    """A namespace with a pull Secret."""
    name = cluster.make_namespace("unseen")
    make_secret(cluster.client, name, "quay", config("quay.io", username="puller", password="a-password"))
    return name


def kubeconfig(cluster: Cluster, home: str, *rules: Rule) -> Path:
    """A user with these rules in one namespace, and no others."""
    return cluster.token_user(f"checker-{secrets.token_hex(4)}", home=home, rules=rules, namespaces=[home])


CHECKS: t.Final = {"inspect_pull_secrets": "regcred_fail_on_problems", "explain_image_pulls": "regcred_fail_on_errors"}


@pytest.mark.parametrize(("playbook", "check"), CHECKS.items(), ids=CHECKS)
class TestChecks:
    """Checks, by users who may read nothing."""

    def test_fails_on_what_it_could_not_see(
        self, playbook: str, check: str, cluster: Cluster, terminal: Terminal, place: str
    ) -> None:
        """A check that saw nothing fails, and names what, the verb and the namespace."""
        blind = kubeconfig(cluster, place)

        ended = terminal.run(playbook, blind, {"regcred_namespaces": [place], check: True})

        assert ended.status == 2, ended.output
        assert f"Secrets could not be read in namespace {place}" in ended.output or "Pods could not be" in ended.output
        assert "cannot list resource" in ended.output
        assert f'in the namespace "{place}"' in ended.output.replace('\\"', '"')
        assert "set unseen to allow" in ended.output

    @pytest.mark.parametrize("options", [{}, {"regcred_unseen": "allow"}], ids=["no check", "allowed"])
    def test_warns_otherwise(
        self,
        options: dict[str, str],
        playbook: str,
        check: str,
        cluster: Cluster,
        terminal: Terminal,
        place: str,
    ) -> None:
        """Without a check, or where that is allowed, it is a warning that is visible without -v."""
        blind = kubeconfig(cluster, place)

        ended = terminal.run(playbook, blind, {"regcred_namespaces": [place], check: bool(options), **options})

        assert ended.status == 0, ended.output
        assert f"could not be read in namespace {place}: GET" in " ".join(ended.output.split())

    def test_a_namespace_that_is_misspelt(
        self, playbook: str, check: str, cluster: Cluster, terminal: Terminal, place: str
    ) -> None:
        """A namespace that is named and does not exist is no success."""
        ended = terminal.run(playbook, cluster.kubeconfig, {"regcred_namespaces": [f"{place}x"], check: True})

        assert ended.status == 2, ended.output
        assert f"there is no namespace {place}x" in ended.output

    @pytest.mark.parametrize("unseen", ["fail", "allow"])
    def test_a_pattern_that_matches_nothing(
        self, unseen: str, playbook: str, check: str, cluster: Cluster, terminal: Terminal, place: str
    ) -> None:
        """A check that looked at nothing fails, unless that is allowed, and the pattern is named in both cases."""
        options = {"regcred_namespaces": [f"{place}x*"], check: True, "regcred_unseen": unseen}

        ended = terminal.run(playbook, cluster.kubeconfig, options)

        assert ended.status == (2 if unseen == "fail" else 0), ended.output
        assert f"namespaces: no namespace matches '{place}x*'" in " ".join(ended.output.split())
        assert ("; correct it, or set regcred_unseen to allow" in ended.output) == (unseen == "fail")

    def test_green_where_all_is_seen(
        self, playbook: str, check: str, cluster: Cluster, terminal: Terminal, place: str
    ) -> None:
        """Who may read what the check rests on gets its verdict."""
        read = [rule([name], ["list"]) for name in ("secrets", "serviceaccounts", "pods")]
        seeing = kubeconfig(cluster, place, *read)

        ended = terminal.run(playbook, seeing, {"regcred_namespaces": [place], check: True})

        assert ended.status == 0, ended.output


@pytest.mark.parametrize(
    ("playbook", "variable"),
    [*CHECKS.items(), ("several_registries", "regcred_purge_registries")],
    ids=[*CHECKS, "purge"],
)
def test_neither_true_nor_false(playbook: str, variable: str, cluster: Cluster, terminal: Terminal, place: str) -> None:
    """A mistyped true does not count as false: the check would not be made, and no registry kept that was to be."""
    before = stored_versions(cluster.client)
    options = {
        "regcred_namespaces": [place],
        "regcred_name": "quay",
        "regcred_registries": REGISTRIES,
        variable: "ture",
    }

    ended = terminal.run(playbook, cluster.kubeconfig, options)

    assert ended.status == 2, ended.output
    by_role = "argument 'pull_secrets_purge_registries' is of type "
    by_playbook = f"{variable}: it is neither true nor false; give one of them, or leave it out"
    assert (by_playbook if variable in CHECKS.values() else by_role) in ended.output
    assert stored_versions(cluster.client) == before


def test_a_secret_that_is_misspelt(cluster: Cluster, terminal: Terminal, place: str) -> None:
    """A Secret that is named and is nowhere is no success of a check."""
    options = {"regcred_namespaces": [place], "regcred_names": ["qay"], "regcred_fail_on_problems": True}

    ended = terminal.run("inspect_pull_secrets", cluster.kubeconfig, options)

    assert ended.status == 2, ended.output
    assert (
        "names: no Secret in the selected namespaces is called 'qay'; correct it, or set regcred_unseen" in ended.output
    )


PROMPTED: t.Final = {"regcred_registry": "quay.io", "regcred_username": "puller"}


class TestVariables:
    """What a playbook needs and is not given."""

    @pytest.mark.parametrize(
        "given", [{}, {"regcred_password": ""}, {"regcred_password": None}, {"regcred_password": "None"}]
    )
    def test_no_password(self, given: dict[str, t.Any], cluster: Cluster, terminal: Terminal, place: str) -> None:
        """A prompt that nobody answers writes no Secret, and the message says where the password goes instead."""
        before = stored_versions(cluster.client)
        options = {"regcred_namespaces": [place], **PROMPTED, **given}

        ended = terminal.run("secret_from_password", cluster.kubeconfig, options)

        assert ended.status == 2, ended.output
        assert "regcred_password: it is not given, or empty; give it in a file with -e @FILE" in ended.output
        assert stored_versions(cluster.client) == before

    def test_a_password_from_a_file(self, cluster: Cluster, terminal: Terminal, place: str) -> None:
        """With a file there is no prompt, and the Secret is made."""
        options = {"regcred_namespaces": [place], **PROMPTED, "regcred_password": "correct horse battery staple"}

        ended = terminal.run("secret_from_password", cluster.kubeconfig, options)

        assert ended.status == 0, ended.output
        assert "Secret regcred: 1 created" in ended.output
        assert stored_secret(cluster.client, place) is not None

    @pytest.mark.parametrize(
        ("playbook", "variable"),
        [
            ("customised_secret", "regcred_name"),
            ("several_registries", "regcred_registries"),
            ("secret_from_config_file", "regcred_namespaces"),
            ("registry_everywhere", "regcred_registries"),
            ("pull_secrets", "regcred_namespaces"),
            ("prepull_images", "regcred_images"),
        ],
    )
    @pytest.mark.parametrize("empty", [False, True], ids=["left out", "empty"])
    def test_a_variable_is_missing(
        self, empty: bool, playbook: str, variable: str, cluster: Cluster, terminal: Terminal, place: str
    ) -> None:
        """Without a variable that is needed nothing is written, and the message names it."""
        before = stored_versions(cluster.client)
        options = {
            "regcred_name": "regcred",
            "regcred_namespaces": [place],
            "regcred_registries": REGISTRIES,
        }
        options.pop(variable, None)

        ended = terminal.run(playbook, cluster.kubeconfig, {**options, **({variable: []} if empty else {})})

        assert ended.status == 2, ended.output
        assert variable in ended.output
        assert stored_versions(cluster.client) == before

    @pytest.mark.parametrize("playbook", ["onboard_tenants", "offboard_tenants"])
    def test_no_tenants(self, playbook: str, cluster: Cluster, terminal: Terminal) -> None:
        """Without a list of tenants the run fails, and an empty one, as a generator writes it, is a warning."""
        without = terminal.run(playbook, cluster.kubeconfig)
        empty = terminal.run(playbook, cluster.kubeconfig, {"regcred_tenants": []})

        assert without.status == 2, without.output
        assert "tenant_tenants: it is not given; give the tenants there or as regcred_tenants" in without.output
        assert empty.status == 0, empty.output
        assert "tenants: is empty, so nothing was done" in empty.output


class TestFirstExample:
    """The first playbook that anybody reads, tried with ``--check --diff`` before anything is there."""

    @pytest.fixture
    def example(self, terminal: Terminal) -> str:
        """A file with the README's first example."""
        text = (PROJECT / "README.md").read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
        file = terminal.folder / "example.yml"
        file.write_text(text, encoding="utf-8")
        return str(file)

    def test_on_an_empty_cluster(self, example: str, cluster: Cluster, terminal: Terminal) -> None:
        """Nothing is selected, which is a warning and no failure."""
        ended = terminal.run(example, cluster.kubeconfig, {"registry_password": "x"}, "--check", "--diff")

        assert ended.status == 0, ended.output
        assert "namespaces: no namespace matches 'shop-*'" in " ".join(ended.output.split())

    def test_before_the_first_run(self, example: str, cluster: Cluster, terminal: Terminal) -> None:
        """Secret and link are shown as a run makes them."""
        name = f"shop-{secrets.token_hex(4)}"
        cluster.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

        ended = terminal.run(example, cluster.kubeconfig, {"registry_password": "x"}, "--check", "--diff")

        written = stored_secret(cluster.client, name)
        cluster.client.delete(f"/api/v1/namespaces/{name}")
        assert ended.status == 0, ended.output
        assert f"namespace {name}" in ended.output
        assert "imagePullSecrets: regcred" in ended.output
        assert "does not exist in" not in ended.output
        assert written is None


class TestLostHosts:
    """Playbooks for nodes whose inventory has none."""

    @pytest.mark.parametrize(
        ("playbook", "options"),
        [
            ("node_registry_auth", {"node_registry_auth_registries": REGISTRIES}),
            ("prepull_images", {"prepull_images_through": "node", "prepull_images_images": ["quay.io/example/app:1"]}),
            ("registry_everywhere", {"regcred_registries": REGISTRIES}),
        ],
    )
    @pytest.mark.parametrize("why", ["away", "forbidden", "empty"])
    def test_playbook_fails(
        self, why: str, playbook: str, options: dict[str, t.Any], cluster: Cluster, terminal: Terminal, place: str
    ) -> None:
        """A cluster that is away, that forbids to list nodes or that has none ends the run with an error, before anything is written."""
        user = kubeconfig(cluster, place) if why == "forbidden" else cluster.kubeconfig
        before = stored_versions(cluster.client)
        inventory = terminal.folder / "cluster_nodes.yml"
        written = {"plugin": "regcred.kubernetes.cluster_nodes", "kubeconfig": str(user)}
        if why == "away":
            written = {"plugin": "regcred.kubernetes.cluster_nodes", "host": NOTHING_LISTENS, "api_key": "none"}
        if why == "empty":
            written["label_selector"] = "no-node=has-this"
        inventory.write_text(json.dumps(written), encoding="utf-8")

        ended = terminal.run(
            playbook, cluster.kubeconfig, {"regcred_namespaces": [place], **options}, "--inventory", str(inventory)
        )

        assert ended.status == 2, ended.output
        assert "no host of the inventory matches" in ended.output
        reasons = {"away": "127.0.0.1", "forbidden": "403 Forbidden", "empty": "no node"}
        assert reasons[why] in " ".join(ended.output.split())  # ansible-core 2.18 breaks lines
        assert stored_versions(cluster.client) == before

    def test_inventory_fails_the_run_where_ansible_is_set_up_so(
        self, cluster: Cluster, terminal: Terminal, place: str
    ) -> None:
        """With ansible's setting for it, an inventory without nodes fails any run at once."""
        inventory = terminal.folder / "cluster_nodes.yml"
        written = {"plugin": "regcred.kubernetes.cluster_nodes", "kubeconfig": str(kubeconfig(cluster, place))}
        inventory.write_text(json.dumps(written), encoding="utf-8")

        ended = terminal.run(
            "inspect_pull_secrets",
            cluster.kubeconfig,
            {"regcred_namespaces": [place]},
            "--inventory",
            str(inventory),
            ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true",
        )

        assert ended.status not in (0, 2), ended.output
        assert "403 Forbidden" in ended.output
