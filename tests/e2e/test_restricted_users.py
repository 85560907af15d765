"""Users with no more rights than they need: what they may do is done, and what they may not is reported."""

from __future__ import annotations

import secrets
import typing as t

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.users import Rule, rule
from tests.e2e.cluster_state import stored_links, stored_registries, stored_secret, stored_versions
from tests.e2e.module_runs import Modules
from tests.e2e.project_requests import GROUP, project_requests

REGISTRIES: t.Final = [{"registry": "quay.io", "username": "puller", "password": "correct horse battery staple"}]
SECRETS: t.Final = rule(["secrets"], ["list", "get", "create", "patch", "delete"])
ACCOUNTS: t.Final = rule(["serviceaccounts"], ["list", "get", "create", "patch"])
NAMESPACES: t.Final = rule(["namespaces"], ["list"])


@pytest.fixture
def names(cluster: Cluster) -> list[str]:
    """Two namespaces."""
    return [cluster.make_namespace("restricted") for _unused in range(2)]


def user(
    cluster: Cluster, admin: Modules, everywhere: t.Sequence[Rule], rules: t.Sequence[Rule], names: t.Sequence[str]
) -> Modules:
    """The modules, run by a user with some rules in the whole cluster and some in these namespaces."""
    name = f"user-{secrets.token_hex(4)}"
    home = names[0]
    cluster.token_user(name, home=home, rules=everywhere)
    return admin.as_user(cluster.token_user(name, home=home, rules=rules, namespaces=names))


class TestNamespacedRoles:
    """A user with Roles in some namespaces, and no right that holds in the whole cluster."""

    @pytest.fixture
    def restricted(self, cluster: Cluster, admin: Modules, names: list[str]) -> Modules:
        """Who may manage Secrets and ServiceAccounts in two namespaces."""
        return user(cluster, admin, [], [SECRETS, ACCOUNTS], names)

    def test_plain_names(self, cluster: Cluster, restricted: Modules, names: list[str]) -> None:
        """Namespaces that are named are managed without any right to list in the whole cluster."""
        here = {"namespaces": names}
        written = restricted.run_module("pull_secret", {"name": "regcred", "registries": REGISTRIES, **here})
        again = restricted.run_module("pull_secret", {"name": "regcred", "registries": REGISTRIES, **here})
        linked = restricted.run_module("service_account_link", {"secrets": ["regcred"], **here})
        seen = restricted.run_module("pull_secret_info", here)

        assert written.actions == dict.fromkeys(names, "created"), written
        assert again.result["summary"]["unchanged"] == 2, again
        assert not again.changed
        assert linked.actions == dict.fromkeys(names, "updated"), linked
        assert not linked.warnings
        assert [found["namespace"] for found in seen.result["pull_secrets"]] == sorted(names)
        assert [stored_links(cluster.client, name) for name in names] == [["regcred"], ["regcred"]]

    def test_tenant(self, cluster: Cluster, restricted: Modules, names: list[str]) -> None:
        """A tenant's namespaces that are there are on- and offboarded with namespaced rights."""
        tenants = {"tenants": [{"name": "shop", "namespaces": names}], "registries": REGISTRIES}

        onboarded = restricted.run_module("tenant", tenants)
        linked = [stored_links(cluster.client, name) for name in names]
        offboarded = restricted.run_module("tenant", {**tenants, "state": "absent"})

        assert onboarded.actions == dict.fromkeys(names, "created"), onboarded
        assert linked == [["regcred"], ["regcred"]]
        assert not offboarded.failed, offboarded
        assert [stored_secret(cluster.client, name) for name in names] == [None, None]
        assert [stored_links(cluster.client, name) for name in names] == [[], []]

    @pytest.mark.parametrize(
        "selection",
        [{"namespaces": ["restricted-*"]}, {"namespace_selector": "team=shop"}, {"rancher_project": "p-1"}],
        ids=["glob", "selector", "project"],
    )
    def test_may_not_list_namespaces(self, selection: dict[str, t.Any], cluster: Cluster, restricted: Modules) -> None:
        """What cannot be selected without listing namespaces is refused, with the right that is missing and the way out."""
        before = stored_versions(cluster.client)

        run = restricted.run_module("pull_secret", {"name": "regcred", "registries": REGISTRIES, **selection})

        assert run.message.startswith(
            "namespaces: globs, selectors and projects need the right to list namespaces (namespaces is forbidden: "
        )
        assert run.message.endswith("grant it, or give plain names")
        assert stored_versions(cluster.client) == before

    def test_prune(self, cluster: Cluster, restricted: Modules, names: list[str]) -> None:
        """Who may not list Secrets everywhere cannot prune, which is reported before anything is written."""
        args = {"name": "regcred", "registries": REGISTRIES, "namespaces": names, "prune": True, "owner": "checker"}
        before = stored_versions(cluster.client)

        run = restricted.run_module("pull_secret", args)

        assert run.message == ("prune: needs the right to list Secrets in all namespaces; grant it, or leave prune out")
        assert stored_versions(cluster.client) == before

    def test_may_not_create_namespaces(self, cluster: Cluster, admin: Modules, names: list[str]) -> None:
        """Where a namespace cannot be made that tenant fails with the missing right, and the others are onboarded."""
        restricted = user(cluster, admin, [NAMESPACES], [SECRETS, ACCOUNTS], names)
        new = f"restricted-new-{secrets.token_hex(4)}"
        tenants = [{"name": "shop", "namespaces": names}, {"name": "blog", "namespaces": [new]}]

        run = restricted.run_module("tenant", {"tenants": tenants, "registries": REGISTRIES})

        assert run.failed
        assert run.actions == {**dict.fromkeys(names, "created"), new: "failed"}
        assert run.reasons[new].startswith(f"Namespace {new}: POST /api/v1/namespaces: 403 Forbidden: ")
        assert "grant the verb by a Role or ClusterRole, or use another user" in run.reasons[new]
        assert not cluster.client.exists(f"/api/v1/namespaces/{new}")
        assert [bool(stored_registries(cluster.client, name)) for name in names] == [True, True]

    def test_may_not_change_service_accounts(self, cluster: Cluster, admin: Modules, names: list[str]) -> None:
        """Where a tenant's ServiceAccounts may not be changed nothing is written, so that it is not left half-way."""
        restricted = user(cluster, admin, [], [SECRETS, rule(["serviceaccounts"], ["list", "get"])], names[:1])
        task = {"tenants": [{"name": names[0]}], "registries": REGISTRIES}

        foreseen = restricted.run_module("tenant", task, check=True)
        run = restricted.run_module("tenant", task)

        assert run.failed
        assert not run.changed
        assert run.reasons[names[0]] == (
            f"ServiceAccount default: the user may not patch serviceaccounts default in namespace {names[0]};"
            " grant the verb by a Role or ClusterRole, or use another user"
        )
        assert foreseen.reasons == run.reasons
        assert stored_secret(cluster.client, names[0]) is None


class TestLinkingWithoutSecrets:
    """A user who links Secrets and may not read them."""

    def test_unchecked(self, cluster: Cluster, admin: Modules, names: list[str]) -> None:
        """Links are made all the same, with a warning that nobody looked whether the Secret is there."""
        restricted = user(cluster, admin, [], [ACCOUNTS], names)

        run = restricted.run_module("service_account_link", {"namespaces": names, "secrets": ["regcred"]})

        assert run.actions == dict.fromkeys(names, "updated"), run
        assert run.warnings == [
            (
                f"the user may not list secrets in namespace {', '.join(sorted(names))}, so it was not checked whether regcred is there;"
                " grant the verb by a Role or ClusterRole"
            )
        ]
        assert [stored_links(cluster.client, name) for name in names] == [["regcred"], ["regcred"]]

    def test_one_namespace_without_rights(self, cluster: Cluster, admin: Modules, names: list[str]) -> None:
        """A namespace whose ServiceAccounts may not be listed fails alone."""
        restricted = user(cluster, admin, [], [ACCOUNTS], names[:1])

        run = restricted.run_module("service_account_link", {"namespaces": names, "secrets": ["regcred"]})

        assert run.actions == {names[0]: "updated", names[1]: "failed"}, run
        assert "403 Forbidden" in run.reasons[names[1]]
        assert [stored_links(cluster.client, name) for name in names] == [["regcred"], []]


class TestProjectRequest:
    """
    OpenShift, where users make namespaces by a ProjectRequest.

    OpenShift is played here: see ``project_requests``. Everything else, the user's missing right included, is real.
    """

    @pytest.mark.parametrize("may_label", [True, False], ids=["may label", "may not label"])
    def test_onboarding(self, may_label: bool, cluster: Cluster, admin: Modules, names: list[str]) -> None:
        """
        A tenant's namespace is requested by a user who may neither list nor create namespaces, and found by its project.

        Without the right to label it, it is onboarded as well.
        """
        requesting = [
            rule(["projectrequests"], ["create"], api_group=GROUP),
            rule(["projects"], ["list"], api_group=GROUP),
        ]
        restricted = user(cluster, admin, requesting, [SECRETS], names)
        new = f"restricted-new-{secrets.token_hex(4)}"
        given = [SECRETS, ACCOUNTS, rule(["namespaces"], ["get", "patch"] if may_label else ["get"])]
        args = {
            "tenants": [{"name": "shop", "namespaces": [new]}],
            "registries": REGISTRIES,
            "labels": {"cost-center": "4711"},
        }

        with project_requests(cluster.client, given):
            run = restricted.run_module("tenant", args)
            again = restricted.run_module("tenant", dict(args, labels={}))

        assert not run.failed, run
        assert run.actions == {new: "created"}
        assert not again.failed, again
        assert again.actions == {}
        namespace = cluster.client.get(f"/api/v1/namespaces/{new}")
        assert namespace["metadata"]["annotations"]["openshift.io/requester"].startswith("system:serviceaccount:")
        assert (namespace["metadata"]["labels"].get("cost-center") == "4711") is may_label
        assert list(stored_registries(cluster.client, new)) == ["quay.io"]
        assert stored_links(cluster.client, new) == ["regcred"]
