"""What cannot work is refused with a message that names the place and the cure, and nothing is written."""

from __future__ import annotations

import base64
import json
import re
import socket
import typing as t
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.users import TokenState, rule
from tests.e2e.cluster_state import stored_registries, stored_versions
from tests.e2e.module_runs import ModuleRun, Modules

Args: t.TypeAlias = dict[str, t.Any]

PASSWORD: t.Final = "correct horse battery staple"
REGISTRY: t.Final = {"registry": "quay.io", "username": "puller", "password": PASSWORD}
HUB_CURE: t.Final = "write 'https://index.docker.io/v1/'"


def pull_secret(**changed: t.Any) -> Args:
    """Options that work, but for what is changed."""
    return {"name": "regcred", "registries": [REGISTRY], **changed}


def base64_of(text: str) -> str:
    """Base64, as text."""
    return base64.b64encode(text.encode()).decode()


def refused(cluster: Cluster, modules: Modules, name: str, args: Args) -> ModuleRun:
    """The failure of a module, in check mode and in a run: the same message, no secret in it, and nothing written."""
    before = stored_versions(cluster.client)
    foreseen = modules.run_module(name, args, check=True)
    run = modules.run_module(name, args)

    assert run.failed, run
    assert not run.changed, run
    assert foreseen.message == run.message
    assert PASSWORD not in run.message
    assert stored_versions(cluster.client) == before
    return run


# What is wrong with the key, and the message.
KEYS_THAT_NEVER_MATCH: t.Final = {
    "https://index.docker.io/v1": f"is never matched without the slash at its end; {HUB_CURE}",
    "index.docker.io/team": "is never matched: images on Docker Hub are looked up as docker.io; write 'docker.io/team'",
    "oci://quay.io": "has the scheme 'oci'; leave the scheme out, or use https://",
    "quay.io/te*m": "has '*' in its path, where it stands for itself; write the path's beginning, such as 'quay.io/team'",
}


@pytest.mark.parametrize("key", KEYS_THAT_NEVER_MATCH)
def test_key_that_never_matches(key: str, cluster: Cluster, admin: Modules, namespace: str) -> None:
    """A key that no kubelet can ever match is refused with what to write instead."""
    args = pull_secret(namespaces=[namespace], registries=[REGISTRY, {**REGISTRY, "registry": key}])

    run = refused(cluster, admin, "pull_secret", args)

    assert run.message == f"registries[1].registry: {key!r} {KEYS_THAT_NEVER_MATCH[key]}"


@pytest.mark.parametrize("key", KEYS_THAT_NEVER_MATCH)
def test_key_that_never_matches_in_document(key: str, cluster: Cluster, admin: Modules, namespace: str) -> None:
    """Such a key is refused in a ready docker config as well."""
    document = {"auths": {key: {"auth": base64_of(f"puller:{PASSWORD}")}}}

    run = refused(
        cluster, admin, "pull_secret", {"name": "regcred", "namespaces": [namespace], "config_json": document}
    )

    assert run.message == f"config_json: auths: {key!r} {KEYS_THAT_NEVER_MATCH[key]}"


@pytest.mark.parametrize("key", ["*.docker.io", "registry-1.docker.io"])
def test_key_that_looks_like_docker_hub(key: str, cluster: Cluster, admin: Modules, namespace: str) -> None:
    """A key that looks like Docker Hub and never serves its images is written, with a warning that tells the right key."""
    args = pull_secret(namespaces=[namespace], registries=[{**REGISTRY, "registry": key}])

    run = admin.run_module("pull_secret", args)

    assert run.warnings == [
        (
            f"registries[0].registry: {key!r} is not the host of any image on Docker Hub, so the kubelet never uses it for"
            f" one; {HUB_CURE} for Docker Hub"
        )
    ]
    assert list(stored_registries(cluster.client, namespace)) == [key]


class TestOptions:
    """Options of pull_secret that cannot work."""

    CASES: t.ClassVar[dict[str, tuple[Args, str]]] = {
        "no such namespace": (
            {"namespaces": ["regcred-no-such-namespace"]},
            (
                "namespaces: there is no namespace regcred-no-such-namespace; correct the name, create it first, or set"
                " missing_namespace to skip or create"
            ),
        ),
        "namespace is no DNS label": (
            {"namespaces": ["Team_A"]},
            (
                "namespaces[0]: 'Team_A' cannot name a namespace; use at most 63 lower-case letters, digits and '-', starting and"
                " ending with a letter or digit"
            ),
        ),
        "Secret is no DNS name": (
            {"name": "reg_cred"},
            (
                "name: 'reg_cred' cannot name a Kubernetes object; use at most 253 lower-case letters, digits, '-' and '.',"
                " starting and ending with a letter or digit"
            ),
        ),
        "empty user name": (
            {"registries": [{**REGISTRY, "username": ""}]},
            "registries[0].username: is empty; give the user name; check the variable it comes from",
        ),
        "empty password": (
            {"registries": [{**REGISTRY, "password": ""}]},
            "registries[0].password: is empty; give the password; check the variable it comes from",
        ),
        "colon in the user name": (
            {"registries": [{**REGISTRY, "username": "pul:ler"}]},
            "registries[0].username: holds a colon, where readers would split it; give the user alone",
        ),
        "auth without a colon": (
            {"registries": [{"registry": "quay.io", "auth": base64_of("puller")}]},
            (
                "registries[0].auth: does not decode to username:password; give base64 of username:password, or username and"
                " password"
            ),
        ),
        "auth that is not base64": (
            {"registries": [{"registry": "quay.io", "auth": "%%%"}]},
            "registries[0].auth: is not base64; give base64 of username:password, or username and password",
        ),
        "auth without a user": (
            {"registries": [{"registry": "quay.io", "auth": base64_of(f":{PASSWORD}")}]},
            "registries[0].username: is empty; give the user name; check the variable it comes from",
        ),
        "registry given twice": (
            {"registries": [REGISTRY, {**REGISTRY, "registry": "https://Quay.io/v2/"}]},
            "registries[1].registry: 'https://Quay.io/v2/' is given twice; give each registry once",
        ),
        "over 1 MiB": (
            {"registries": [{**REGISTRY, "registry": f"r{n}.example.com", "password": "p" * 90_000} for n in range(5)]},
            "registries: the docker config has 1050386 bytes, and a Secret holds at most 1048576; use several Secrets",
        ),
        "no registries": (
            {"registries": []},
            "registries: is empty; give a registry, or set state to absent to remove the Secret",
        ),
        "label that the API refuses": (
            {"labels": {"team": "a b"}},
            (
                "labels['team']: 'a b' cannot be the value of a label; use at most 63 letters, digits, '-', '_' and '.', starting"
                " and ending with a letter or digit"
            ),
        ),
        "label that says whose it is": (
            {"labels": {"regcred.kubernetes/owner": "me"}},
            "labels['regcred.kubernetes/owner']: says whose the object is; leave it out, and use the option owner",
        ),
        "empty owner": (
            {"owner": ""},
            "owner: is empty; give a name for this declaration, such as 'platform'",
        ),
        "concurrency out of range": ({"concurrency": 33}, "concurrency: 33 is out of range; use 1 to 32"),
        "empty selection": (
            {"namespaces": []},
            "namespaces: no namespace is selected; give namespaces, namespace_selector or rancher_project",
        ),
    }

    @pytest.mark.parametrize(("changed", "message"), CASES.values(), ids=CASES)
    def test_refused(self, changed: Args, message: str, cluster: Cluster, admin: Modules, namespace: str) -> None:
        """A mistake in an option is reported with the option's name and the cure."""
        args = pull_secret(**{"namespaces": [namespace], **changed})

        assert refused(cluster, admin, "pull_secret", args).message == message


class TestDockerConfig:
    """Docker configs that cannot be used, as text and as a file."""

    CURE: t.ClassVar = "log in where no credential store is used, or give registries with username and password"
    CASES: t.ClassVar[dict[str, tuple[str, str]]] = {
        "credsStore alone": (
            '{"auths": {"quay.io": {}}, "credsStore": "desktop"}',
            f"keeps its credentials elsewhere (credsStore); {CURE}",
        ),
        "credHelpers alone": (
            '{"credHelpers": {"quay.io": "secretservice"}}',
            f"keeps its credentials elsewhere (credHelpers); {CURE}",
        ),
        "nothing in it": ("{}", f"holds no credential; {CURE}"),
        "not JSON": (
            '{"auths": {\n  "quay.io": {"auth": }}}',
            "not JSON (line 2, column 23); give a docker config such as docker login writes",
        ),
        "auth without a colon": (
            json.dumps({"auths": {"quay.io": {"auth": base64_of("puller")}}}),
            "auths['quay.io'].auth: does not decode to username:password; give a docker config such as docker login writes",
        ),
        "not an object": (
            '["quay.io"]',
            "the document: must be a JSON object; give a docker config such as docker login writes",
        ),
    }

    @pytest.mark.parametrize(("text", "message"), CASES.values(), ids=CASES)
    def test_refused(
        self, text: str, message: str, cluster: Cluster, admin: Modules, namespace: str, tmp_path: Path
    ) -> None:
        """A docker config without a credential that can be used is refused, and the message says what to do instead."""
        file = tmp_path / "config.json"
        file.write_text(text, encoding="utf-8")
        args: Args = {"name": "regcred", "namespaces": [namespace]}

        by_text = refused(cluster, admin, "pull_secret", {**args, "config_json": text})
        by_file = refused(cluster, admin, "pull_secret", {**args, "config_file": str(file)})

        assert by_text.message == f"config_json: {message}"
        assert by_file.message == f"config_file {file}: {message}"

    def test_no_such_file(self, cluster: Cluster, admin: Modules, namespace: str, tmp_path: Path) -> None:
        """A file that is not there is named."""
        file = tmp_path / "config.json"
        args = {"name": "regcred", "namespaces": [namespace], "config_file": str(file)}

        run = refused(cluster, admin, "pull_secret", args)

        assert run.message == (
            f"config_file: {file} cannot be read (No such file or directory); correct the path or the permissions"
        )


class TestOtherModules:
    """The same checks in the other modules, with the place that they have there."""

    CASES: t.ClassVar[dict[str, tuple[str, Args, str]]] = {
        "tenant's namespace": (
            "tenant",
            {"tenants": [{"name": "Shop", "registries": [REGISTRY]}]},
            "tenant Shop: namespaces[0]: 'Shop' cannot name a namespace",
        ),
        "tenant's key": (
            "tenant",
            {"tenants": [{"name": "shop", "registries": [{**REGISTRY, "registry": "oci://quay.io"}]}]},
            "tenant shop: registries[0].registry: 'oci://quay.io' has the scheme 'oci'; leave the scheme out",
        ),
        "tenant's registries": (
            "tenant",
            {"tenants": [{"name": "shop"}]},
            "tenant shop: registries: is empty; give the tenant, or the task, a registry",
        ),
        "tenant named twice": (
            "tenant",
            {
                "tenants": [{"name": "shop"}, {"name": "shop", "namespaces": ["shop-prod"]}],
                "registries": [REGISTRY],
            },
            "tenants: the name shop is given twice; give each tenant one entry",
        ),
        "namespace of two tenants": (
            "tenant",
            {
                "tenants": [{"name": "shop"}, {"name": "blog", "namespaces": ["blog", "shop"]}],
                "registries": [REGISTRY],
            },
            "tenants: the namespace shop belongs to shop and blog; give it to one of them",
        ),
        "linked Secret": (
            "service_account_link",
            {"namespaces": ["default"], "secrets": ["regcred", "reg_cred"]},
            "secrets[1]: 'reg_cred' cannot name a Kubernetes object",
        ),
        "linked ServiceAccount": (
            "service_account_link",
            {"namespaces": ["default"], "secrets": ["regcred"], "service_accounts": ["build er"]},
            "service_accounts[0]: 'build er' cannot name a Kubernetes object",
        ),
        "no such namespace to link in": (
            "service_account_link",
            {"namespaces": ["regcred-no-such-namespace"], "secrets": ["regcred"]},
            "namespaces: there is no namespace regcred-no-such-namespace; correct the name, create it first",
        ),
        "namespace to look at": (
            "pull_secret_info",
            {"namespaces": ["Team_A"]},
            "namespaces[0]: 'Team_A' cannot name a namespace",
        ),
    }

    @pytest.mark.parametrize(("name", "args", "message"), CASES.values(), ids=CASES)
    def test_refused(self, name: str, args: Args, message: str, cluster: Cluster, admin: Modules) -> None:
        """A mistake is reported with the item that it is in."""
        assert message in refused(cluster, admin, name, args).message

    def test_secret_that_is_not_there(self, cluster: Cluster, admin: Modules) -> None:
        """A Secret that is not there fails a run, and is a warning in check mode: an earlier task may be about to make it."""
        args = {"namespaces": ["default"], "secrets": ["regcred-no-such-secret"]}
        before = stored_versions(cluster.client)

        foreseen = admin.run_module("service_account_link", args, check=True)
        run = admin.run_module("service_account_link", args)

        does_not_exist = "Secret regcred-no-such-secret: does not exist; create it first, or set missing_secret to warn"
        assert f"namespace default: {does_not_exist}" in run.message
        assert not foreseen.failed
        assert foreseen.warnings == [
            "Secret regcred-no-such-secret does not exist in: default; a run fails there, unless an earlier task makes it"
        ]
        assert stored_versions(cluster.client) == before


class TestServer:
    """Servers that cannot be reached, and users whom they do not know."""

    def test_unreachable(self, cluster: Cluster, admin: Modules) -> None:
        """A server that does not answer is named, with what to check."""
        with socket.create_server(("127.0.0.1", 0)) as soon_closed:
            host = f"https://127.0.0.1:{soon_closed.getsockname()[1]}"

        run = refused(cluster, admin, "pull_secret", pull_secret(namespaces=["default"], host=host))

        assert run.message == (
            f"{host}: the API server cannot be reached (Connection refused); check host, network and proxy"
        )

    def test_untrusted(self, cluster: Cluster, admin: Modules) -> None:
        """A server whose certificate nobody vouches for gets no request, and the message says what to set."""
        run = refused(cluster, admin, "pull_secret", pull_secret(namespaces=["default"], host=cluster.server))

        assert run.message.startswith(f"{cluster.server}: the server's certificate is not trusted (")
        assert run.message.endswith("set ca_cert to the authority that signed it")

    @pytest.mark.parametrize("token", ["expired", "invalid"])
    def test_token(self, token: TokenState, cluster: Cluster, admin: Modules, namespace: str) -> None:
        """A token that has ended, or that nobody gave, is distinguished from a missing right."""
        robot = admin.as_user(cluster.token_user("robot", home=namespace, token=token))

        run = refused(cluster, robot, "pull_secret", pull_secret(namespaces=[namespace]))

        assert run.message == (
            "GET /api/v1/namespaces: 401 Unauthorized: Unauthorized; the credential is missing, wrong or expired, or the"
            " kubeconfig's credential plugin failed: log in again, or set kubeconfig, context or api_key"
            " (username and password are no registry's)"
        )

    def test_no_such_kubeconfig(self, cluster: Cluster, admin: Modules, tmp_path: Path) -> None:
        """A kubeconfig that does not exist is named."""
        file = tmp_path / "kubeconfig"

        run = refused(cluster, admin, "pull_secret", pull_secret(namespaces=["default"], kubeconfig=str(file)))

        assert run.message == f"kubeconfig {file}: no such file; correct the path or make the file"

    def test_no_such_context(self, cluster: Cluster, admin: Modules, namespace: str) -> None:
        """A context that is not in the kubeconfig is named, beside those that are."""
        file = cluster.token_user("robot", home=namespace)

        run = refused(cluster, admin.as_user(file), "pull_secret", pull_secret(namespaces=["default"], context="prod"))

        assert re.fullmatch(
            rf"kubeconfig {re.escape(str(file))}: has no context 'prod'; use one of: \S*robot\S*", run.message
        )


WRITE: t.Final = rule(["secrets"], ["get", "list", "create", "patch", "delete"])


class TestForbiddenInOne:
    """A user who may not write in one namespace of many."""

    def test_may_not_read_there(self, cluster: Cluster, admin: Modules) -> None:
        """Where Secrets may not even be listed, that namespace fails, and the others are written."""
        allowed, other, closed = (cluster.make_namespace() for _unused in range(3))
        user = admin.as_user(cluster.token_user("writer", home=allowed, rules=[WRITE], namespaces=[allowed, other]))

        run = user.run_module("pull_secret", pull_secret(namespaces=[closed, allowed, other]))

        self._assert_partly_done(cluster, run, done=[allowed, other], closed=closed)

    def test_may_not_write_there(self, cluster: Cluster, admin: Modules) -> None:
        """Where Secrets may be listed and not created, that namespace fails, and the others are written."""
        allowed, other, closed = (cluster.make_namespace() for _unused in range(3))
        cluster.token_user("reader", home=allowed, rules=[rule(["secrets"], ["list"])])
        user = admin.as_user(cluster.token_user("reader", home=allowed, rules=[WRITE], namespaces=[allowed, other]))

        run = user.run_module("pull_secret", pull_secret(namespaces=[closed, allowed, other]))

        self._assert_partly_done(cluster, run, done=[allowed, other], closed=closed)

    def _assert_partly_done(self, cluster: Cluster, run: ModuleRun, *, done: list[str], closed: str) -> None:
        assert run.failed
        assert run.changed
        assert run.actions == {**dict.fromkeys(done, "created"), closed: "failed"}
        assert run.result["summary"]["failed"] == 1
        assert run.message.startswith(f"1 of 3 namespaces failed. namespace {closed}: Secret regcred: ")
        assert "403 Forbidden" in run.reasons[closed] or "may not" in run.reasons[closed]
        assert "grant the verb by a Role or ClusterRole, or use another user" in run.reasons[closed]
        assert [bool(stored_registries(cluster.client, name)) for name in (*done, closed)] == [True, True, False]
