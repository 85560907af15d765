"""An API server for a test to play on, in memory or real, with those who meddle on the way to it."""

from __future__ import annotations

import base64
import itertools
import json
import typing as t
from dataclasses import replace

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import PlaceResult
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.namespaces import NamespaceSelection
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.service_account import WantedLinks
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    Credential,
    RegistryCredential,
    build_docker_config,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import WantedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import Fingerprinter, SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import (
    NAMESPACES,
    KubeApi,
    secret_path,
    secrets_path,
    service_account_path,
    service_accounts_path,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ApiError, NotFound
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.check_permissions import REVIEWS
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.link_service_accounts import (
    LinkTask,
    ServiceAccountChoice,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.manage_pull_secrets import (
    PullSecretTask,
    manage_pull_secrets,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.onboard_tenants import (
    Tenant,
    TenantTask,
    manage_tenants,
)
from tests.unit.fake_api import Allowed, FakeServer, Store

Meddling = t.Callable[[KubeApi, Request], None]
Reported = t.List[t.Tuple[str, str, str]]

MARKS = Fingerprinter(b"a key for the test")
ONE, TWO = (RegistryCredential("quay.io", Credential("robot", SecretText(password))) for password in ("one", "two"))
OTHER = RegistryCredential("ghcr.io", Credential("other", SecretText("other")))
READ_ALL = [Allowed(resource, ["list"]) for resource in ("namespaces", "secrets", "serviceaccounts")]


class World(t.Protocol):
    """An API server to play on."""

    @property
    def transport(self) -> Transport:
        """An administrator's way to it."""

    def transport_of(self, allowed: t.Sequence[Allowed]) -> Transport:
        """The way of a user with these rights."""

    def make_namespace(self) -> str:
        """A new namespace with its default ServiceAccount."""

    def new_name(self) -> str:
        """A name that nothing has yet."""


class FakeWorld:
    """A server in memory."""

    def __init__(self) -> None:
        self.store = Store()
        self.transport = FakeServer(self.store)
        self._numbers = itertools.count(1)

    def transport_of(self, allowed: t.Sequence[Allowed]) -> FakeServer:
        """The way of a user with these rights."""
        return FakeServer(self.store, allowed)

    def make_namespace(self) -> str:
        """A new namespace with its default ServiceAccount."""
        name = self.new_name()
        calls = KubeApi(self.transport, 1)
        calls.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        calls.create(
            service_accounts_path(name), {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        )
        return name

    def new_name(self) -> str:
        """A name that nothing has yet."""
        return f"name-{next(self._numbers)}"


class Meddled(Transport):
    """A way on which somebody else acts just before a request arrives."""

    def __init__(self, inner: Transport, meddling: Meddling) -> None:
        super().__init__(Server("http://meddled.invalid"), 1)
        self._inner = inner
        self._meddling = meddling

    def send(self, request: Request) -> dict[str, t.Any]:
        """Meddle, then send."""
        self._meddling(KubeApi(self._inner, 1), request)
        return self._inner.send(request)


class AnswersLost(Transport):
    """A way on which the first answer to each write is lost, so that it is sent again, as the real one does."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(Server("http://lost.invalid"), 1)
        self._inner = inner

    def send(self, request: Request) -> dict[str, t.Any]:
        """Send twice where it writes."""
        if request.method != "GET":
            self._inner.send(request)
        try:
            return self._inner.send(request)
        except ApiError as error:
            error.was_repeated = True
            raise


class NothingWritten(Transport):
    """A way by which nothing may be written."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(Server("http://read.invalid"), 1)
        self._inner = inner

    def send(self, request: Request) -> dict[str, t.Any]:
        """Send what reads or asks for rights, and fail the test for anything else."""
        assert request.method == "GET" or request.path == REVIEWS, f"{request.title} was sent"
        return self._inner.send(request)


def api(world: World, meddling: Meddling | None = None) -> KubeApi:
    """The administrator's calls."""
    return KubeApi(Meddled(world.transport, meddling) if meddling else world.transport, 4)


def wanted(world: World, *credentials: RegistryCredential, **more: t.Any) -> WantedSecret:
    """A Secret of a name and an owner of its own, so that tests on one server stay apart."""
    facts: dict[str, t.Any] = {"name": world.new_name(), "owner": world.new_name(), **more}
    return WantedSecret(document=build_docker_config(credentials), present=credentials, **facts)


def rotated(secret: WantedSecret, *credentials: RegistryCredential) -> WantedSecret:
    """The same Secret with other credentials."""
    return replace(secret, document=build_docker_config(credentials), present=credentials)


def reported(results: t.Iterable[PlaceResult]) -> Reported:
    """Namespace, action and reason of all results that are not unchanged."""
    return [(result.name, result.action, result.reason) for result in results if result.action != "unchanged"]


def actions(results: t.Iterable[PlaceResult]) -> list[str]:
    """The actions alone."""
    return [result.action for result in results]


def registries(world: World, namespace: str, name: str) -> dict[str, str]:
    """What a Secret holds: user names and passwords by registry."""
    data = api(world).get(secret_path(namespace, name))["data"]
    text = base64.b64decode(next(iter(data.values())))
    document = json.loads(text)
    return {
        key: f"{fields['username']}:{fields['password']}" for key, fields in document.get("auths", document).items()
    }


def links(world: World, namespace: str, account: str = "default") -> list[str]:
    """The pull Secrets of a ServiceAccount."""
    found = api(world).get(service_account_path(namespace, account))
    return [entry["name"] for entry in found.get("imagePullSecrets") or []]


def exists(world: World, path: str) -> bool:
    """Whether there is an object at this path."""
    try:
        api(world).get(path)
    except NotFound:
        return False
    return True


def first_times(count: int, method: str, act: Meddling) -> Meddling:
    """Somebody who acts before the first so many requests of a method; questions for rights do not count."""
    left = itertools.count(count, -1)

    def meddle(calls: KubeApi, request: Request) -> None:
        if request.method == method and request.path != REVIEWS and next(left) > 0:
            act(calls, request)

    return meddle


def foreign_secret(name: str, namespace: str) -> dict[str, t.Any]:
    """A Secret of somebody else, with one registry."""
    document = base64.b64encode(
        b'{"auths":{"ghcr.io":{"username":"other","password":"other","auth":"b3RoZXI6b3RoZXI="}}}'
    )
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "labels": {"their": "label"}},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": document.decode("ascii")},
    }


class Runner(t.Protocol):
    """A task to run."""

    def __call__(self, calls: KubeApi, *, check_mode: bool) -> list[PlaceResult]:
        """Run it."""


class FourCases(t.NamedTuple):
    """A task's results: foreseen, done, done again, and foreseen after that."""

    foreseen: list[PlaceResult]
    done: list[PlaceResult]
    again: list[PlaceResult]
    foreseen_again: list[PlaceResult]


def four_cases(world: World, run: Runner) -> FourCases:
    """
    Run a task in all four ways.

    Check mode must write nothing and say what the run then does; again, there must be nothing to do.
    """
    reading = KubeApi(NothingWritten(world.transport), 4)
    cases = FourCases(
        run(reading, check_mode=True),
        run(api(world), check_mode=False),
        run(reading, check_mode=False),
        run(reading, check_mode=True),
    )
    assert reported(cases.foreseen) == reported(cases.done)
    assert [result.changes for result in cases.foreseen] == [result.changes for result in cases.done]
    assert set(actions(cases.again)) <= {"unchanged", "skipped"}
    assert reported(cases.again) == reported(cases.foreseen_again)
    return cases


def secret_task(secret: WantedSecret, *names: str, **more: t.Any) -> PullSecretTask:
    """This Secret in these namespaces."""
    missing = more.pop("missing", "fail")
    return PullSecretTask(secret, NamespaceSelection(names, missing=missing), **more)


def manage_secrets(calls: KubeApi, task: PullSecretTask, *, check_mode: bool = False) -> list[PlaceResult]:
    """Results of a run."""
    return manage_pull_secrets(calls, task, MARKS, check_mode=check_mode).results


def link_task(namespaces: t.Sequence[str], *secrets: str, **more: t.Any) -> LinkTask:
    """Links to these Secrets in these namespaces."""
    choice = {key: more.pop(key) for key in ("missing", "wait_seconds", "owner", "selector", "names") if key in more}
    task = {key: more.pop(key) for key in ("missing_secret", "missing_namespace") if key in more}
    more["owner"] = more.pop("link_owner", "default")
    policy = task.pop("missing_namespace", "fail")
    return LinkTask(
        WantedLinks(secrets, **more),
        ServiceAccountChoice(**choice),
        NamespaceSelection(tuple(namespaces), missing=policy),
        **task,
    )


def make_secrets(world: World, namespace: str, *names: str) -> None:
    """Secrets of somebody else with these names."""
    for name in names:
        api(world).create(secrets_path(namespace), foreign_secret(name, namespace))


def make_account(world: World, namespace: str, name: str, *secrets: str, labels: dict[str, str] | None = None) -> None:
    """A ServiceAccount with these pull Secrets."""
    manifest = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
        "imagePullSecrets": [{"name": secret} for secret in secrets],
    }
    api(world).create(service_accounts_path(namespace), manifest)


def tenant_of(world: World, secret: WantedSecret, *namespaces: str, **more: t.Any) -> Tenant:
    """A tenant with a new name and these namespaces."""
    return Tenant(world.new_name(), namespaces, secret, **more)


def onboard(calls: KubeApi, *tenants: Tenant, check_mode: bool = False, **more: t.Any) -> list[PlaceResult]:
    """Results of a run with tenants of one owner."""
    task = TenantTask(tenants, owner=tenants[0].secret.owner, **more)
    return manage_tenants(calls, task, MARKS, check_mode=check_mode).results
