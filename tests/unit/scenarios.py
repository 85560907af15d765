"""
What happens between the operations and an API server, told once for the one in memory and for a real one.

Each scenario gets a ``World`` that is empty except for what the scenario makes. A scenario's docstring is what is promised.
"""

from __future__ import annotations

import base64
import itertools
import json
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import PlaceResult, count_actions
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.namespaces import NamespaceSelection
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import (
    owner_of,
    ownership_labels,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.service_account import WantedLinks
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    Credential,
    RegistryCredential,
    build_docker_config,
    parse_docker_config,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import WantedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import Fingerprinter, SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import (
    KubeApi,
    events_path,
    namespace_path,
    namespaces_path,
    pods_path,
    secret_path,
    secrets_path,
    service_account_path,
    service_accounts_path,
    workloads_path,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import (
    ApiError,
    ConnectionProblem,
    NotFound,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.explain_image_pulls import (
    AskedPods,
    Explained,
    RunningPods,
    explain_image_pulls,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.link_service_accounts import (
    LinkTask,
    ServiceAccountChoice,
    manage_links,
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
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.permissions import REVIEWS
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.report_pull_secrets import (
    report_pull_secrets,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.secret_steps import ATTEMPTS
from tests.unit.fake_api import Allowed

Scenario = t.Callable[["World"], None]
Meddling = t.Callable[[KubeApi, Request], None]
Told = t.List[t.Tuple[str, str, str]]

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


class Killed(BaseException):
    """The run ends here, as by SIGKILL: nothing of it catches this."""


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


class PuttingBack(Transport):
    """A way to an API server whose admission puts back what patches ask for."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(Server("http://webhook.invalid"), 1)
        self._inner = inner

    def send(self, request: Request) -> dict[str, t.Any]:
        """Answer a patch with the object as it is."""
        return self._inner.send(Request("GET", request.path) if request.method == "PATCH" else request)


class NothingWritten(Transport):
    """A way by which nothing may be written."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(Server("http://read.invalid"), 1)
        self._inner = inner

    def send(self, request: Request) -> dict[str, t.Any]:
        """Send what reads or asks for rights, and fail the test for anything else."""
        assert request.method == "GET" or request.path == REVIEWS, f"{request.title} was sent"
        return self._inner.send(request)


def scenarios(module: str) -> dict[str, Scenario]:
    """The scenarios about a file of ``_operations``, by name."""
    return dict(_SCENARIOS[module])


def all_scenarios() -> dict[str, Scenario]:
    """All of them."""
    return {name: each for by_name in _SCENARIOS.values() for name, each in by_name.items()}


_SCENARIOS: dict[str, dict[str, Scenario]] = {}


def _about(module: str) -> t.Callable[[Scenario], Scenario]:
    def register(scenario: Scenario) -> Scenario:
        name = scenario.__name__
        assert name not in _SCENARIOS.setdefault(module, {})
        _SCENARIOS[module][name] = scenario
        return scenario

    return register


def api(world: World, meddling: Meddling | None = None) -> KubeApi:
    """The administrator's calls."""
    return KubeApi(Meddled(world.transport, meddling) if meddling else world.transport, 4)


def wanted(world: World, *credentials: RegistryCredential, **more: t.Any) -> WantedSecret:
    """A Secret of a name and an owner of its own, so that scenarios on one server stay apart."""
    facts: dict[str, t.Any] = {"name": world.new_name(), "owner": world.new_name(), **more}
    return WantedSecret(document=build_docker_config(credentials), present=credentials, **facts)


def rotated(secret: WantedSecret, *credentials: RegistryCredential) -> WantedSecret:
    """The same Secret with other credentials."""
    return replace(secret, document=build_docker_config(credentials), present=credentials)


def told(results: t.Iterable[PlaceResult]) -> Told:
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


def lost_after_delete(secret: WantedSecret, namespace: str, error: BaseException | None = None) -> Meddling:
    """A line that is dead once a Secret was deleted, or what ``error`` stands for."""
    deleted: list[str] = []
    lost = error or ConnectionProblem("the line is dead")

    def lose(_calls: KubeApi, request: Request) -> None:
        if request.method == "DELETE":
            deleted.append(request.path)
        elif secret_path(namespace, secret.name) in deleted:
            raise lost

    return lose


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
    assert told(cases.foreseen) == told(cases.done)
    assert [result.changes for result in cases.foreseen] == [result.changes for result in cases.done]
    assert set(actions(cases.again)) <= {"unchanged", "skipped"}
    assert told(cases.again) == told(cases.foreseen_again)
    return cases


# pull_secrets


def _task(secret: WantedSecret, *names: str, **more: t.Any) -> PullSecretTask:
    missing = more.pop("missing", "fail")
    return PullSecretTask(secret, NamespaceSelection(names, missing=missing), **more)


def _manage(calls: KubeApi, task: PullSecretTask, *, check_mode: bool = False) -> list[PlaceResult]:
    return manage_pull_secrets(calls, task, MARKS, check_mode=check_mode).results


@_about("pull_secrets")
def created_and_rotated(world: World) -> None:
    """A Secret is made in each namespace, left alone when it is right, and changed in place when its password is new."""
    one, other = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)

    cases = four_cases(
        world, lambda calls, check_mode: _manage(calls, _task(secret, one, other), check_mode=check_mode)
    )

    reason = f"Secret {secret.name}: new, with quay.io"
    assert told(cases.done) == [(one, "created", reason), (other, "created", reason)]
    uid = api(world).get(secret_path(one, secret.name))["metadata"]["uid"]

    cases = four_cases(
        world, lambda calls, check_mode: _manage(calls, _task(rotated(secret, TWO), one), check_mode=check_mode)
    )

    assert told(cases.done) == [(one, "updated", f"Secret {secret.name}: quay.io: password changed")]
    assert registries(world, one, secret.name) == {"quay.io": "robot:two"}
    assert registries(world, other, secret.name) == {"quay.io": "robot:one"}
    assert api(world).get(secret_path(one, secret.name))["metadata"]["uid"] == uid


@_about("pull_secrets")
def type_changed(world: World) -> None:
    """A change of type is a new Secret with the labels of the old one."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE, labels={"kept": "label"})
    _manage(api(world), _task(secret, namespace))
    changed = replace(secret, form="dockercfg", labels={})

    four_cases(world, lambda calls, check_mode: _manage(calls, _task(changed, namespace), check_mode=check_mode))

    found = api(world).get(secret_path(namespace, secret.name))
    assert (found["type"], list(found["data"])) == ("kubernetes.io/dockercfg", [".dockercfg"])
    assert found["metadata"]["labels"] == {"kept": "label", **ownership_labels(secret.owner)}


@_about("pull_secrets")
def immutable_rotated(world: World) -> None:
    """An immutable Secret is rotated by a delete and a create, and is immutable again."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE, immutable=True)
    _manage(api(world), _task(secret, namespace))
    changed = replace(rotated(secret, TWO), immutable=None)

    cases = four_cases(
        world, lambda calls, check_mode: _manage(calls, _task(changed, namespace), check_mode=check_mode)
    )

    assert told(cases.done) == [
        (namespace, "updated", f"Secret {secret.name}: is immutable: deleted and created again")
    ]
    assert registries(world, namespace, secret.name) == {"quay.io": "robot:two"}
    assert api(world).get(secret_path(namespace, secret.name))["immutable"] is True


@_about("pull_secrets")
def adopted(world: World) -> None:
    """A Secret of somebody else is taken over only when asked, and keeps their labels."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE, purge=False)
    api(world).create(secrets_path(namespace), foreign_secret(secret.name, namespace))

    refused = _manage(api(world), _task(secret, namespace))

    assert actions(refused) == ["failed"]
    assert "exists and is not managed by regcred.kubernetes; set on_conflict to adopt" in refused[0].reason
    adopting = replace(secret, on_conflict="adopt")
    four_cases(world, lambda calls, check_mode: _manage(calls, _task(adopting, namespace), check_mode=check_mode))
    assert registries(world, namespace, secret.name) == {"ghcr.io": "other:other", "quay.io": "robot:one"}
    found = api(world).get(secret_path(namespace, secret.name))
    assert found["metadata"]["labels"] == {"their": "label", **ownership_labels(secret.owner)}


@_about("pull_secrets")
def removed(world: World) -> None:
    """Absent removes ours, and leaves alone what belongs to others."""
    ours, theirs, none = sorted([world.make_namespace() for _unused in range(3)])
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, ours))
    api(world).create(secrets_path(theirs), foreign_secret(secret.name, theirs))
    task = _task(secret, ours, theirs, none, present=False)

    cases = four_cases(world, lambda calls, check_mode: _manage(calls, task, check_mode=check_mode))

    assert told(cases.done) == [
        (ours, "deleted", f"Secret {secret.name}: state is absent"),
        (theirs, "skipped", f"Secret {secret.name}: is not managed by regcred.kubernetes"),
    ]
    assert not exists(world, secret_path(ours, secret.name))
    assert exists(world, secret_path(theirs, secret.name))


@_about("pull_secrets")
def pruned(world: World) -> None:
    """Pruning removes ours from namespaces that are no longer selected, theirs never, and refuses beyond its limit."""
    kept, gone, also_gone, theirs = sorted([world.make_namespace() for _unused in range(4)])
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, kept, gone, also_gone))
    api(world).create(secrets_path(theirs), foreign_secret(secret.name, theirs))
    task = _task(secret, kept, prune=True, prune_limit=1)

    with pytest.raises(InvalidInput) as caught:
        _manage(KubeApi(NothingWritten(world.transport), 4), task)

    assert str(caught.value).startswith(f"prune_limit: 2 Secrets {secret.name} would be removed, and 1 is the limit (")
    task = replace(task, prune_limit=2)
    cases = four_cases(world, lambda calls, check_mode: _manage(calls, task, check_mode=check_mode))
    reason = f"Secret {secret.name}: the namespace is no longer selected"
    assert told(cases.done) == [(gone, "deleted", reason), (also_gone, "deleted", reason)]
    assert exists(world, secret_path(kept, secret.name))
    assert exists(world, secret_path(theirs, secret.name))


@_about("pull_secrets")
def prune_needs_a_selection(world: World) -> None:
    """A selection that matches nothing does not prune everything."""
    secret = wanted(world, ONE)
    there, missing = world.make_namespace(), world.new_name()
    reason = "so Secrets could go that are to stay; correct the selection, or set state to absent to remove the Secret"
    for selection, unmatched in (
        (NamespaceSelection((there, f"{missing}-*")), f"namespaces: no namespace matches '{missing}-*'"),
        (NamespaceSelection(selector=f"mark={missing}"), f"namespace_selector: no namespace matches 'mark={missing}'"),
        (NamespaceSelection(rancher_project=missing), f"rancher_project: no namespace is in '{missing}'"),
        (NamespaceSelection((there, missing), missing="skip"), f"namespaces: there is no namespace {missing}"),
    ):
        task = PullSecretTask(secret, selection)

        warned = manage_pull_secrets(api(world), task, MARKS, check_mode=True)
        with pytest.raises(InvalidInput) as caught:
            _manage(KubeApi(NothingWritten(world.transport), 4), replace(task, prune=True))

        assert warned.warnings == [unmatched]
        assert str(caught.value) == f"prune: {unmatched}, {reason}"


@_about("pull_secrets")
def prune_leaves_what_is_excluded(world: World) -> None:
    """Pruning goes to no namespace that is excluded."""
    kept, gone, excluded = sorted([world.make_namespace() for _unused in range(3)])
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, kept, gone, excluded))
    task = PullSecretTask(secret, NamespaceSelection((kept,), excluded=(f"{excluded}*",)), prune=True)

    cases = four_cases(world, lambda calls, check_mode: _manage(calls, task, check_mode=check_mode))

    assert told(cases.done) == [(gone, "deleted", f"Secret {secret.name}: the namespace is no longer selected")]
    assert exists(world, secret_path(excluded, secret.name))


@_about("pull_secrets")
def joined_while_pruning(world: World) -> None:
    """A namespace that joins the selection, and gets its Secret, while the run lists keeps it."""
    kept, joining = sorted([world.make_namespace(), world.make_namespace()])
    mark = world.new_name()
    secret = wanted(world, ONE)
    selection = NamespaceSelection(selector=f"mark={mark}")
    api(world).merge_patch(namespace_path(kept), {"metadata": {"labels": {"mark": mark}}})
    listed: list[str] = []

    def join(calls: KubeApi, request: Request) -> None:
        listed.append(request.path)
        if set(listed) == {secrets_path(), namespaces_path()}:
            listed.append("")
            calls.merge_patch(namespace_path(joining), {"metadata": {"labels": {"mark": mark}}})
            _manage(calls, PullSecretTask(secret, selection))

    results = _manage(api(world, join), PullSecretTask(secret, selection, prune=True))

    assert "deleted" not in actions(results)
    assert exists(world, secret_path(joining, secret.name))


@_about("pull_secrets")
def prune_needs_to_see_namespaces(world: World) -> None:
    """Who may not list namespaces cannot prune: what is not selected is not known."""
    there, other = world.make_namespace(), world.make_namespace()
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, there, other))
    user = KubeApi(NothingWritten(world.transport_of([Allowed("secrets", ["list"])])), 4)

    with pytest.raises(InvalidInput) as caught:
        _manage(user, _task(secret, there, prune=True))

    assert str(caught.value) == "prune: needs the right to list namespaces; grant it, or leave prune out"


@_about("pull_secrets")
def removal_has_a_limit(world: World) -> None:
    """Absent by glob or selector refuses beyond the limit; names that are written out are meant."""
    names = sorted([world.make_namespace() for _unused in range(3)])
    mark = world.new_name()
    for name in names:
        api(world).merge_patch(namespace_path(name), {"metadata": {"labels": {"mark": mark}}})
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, *names))
    reading = KubeApi(NothingWritten(world.transport), 4)
    refused = f"prune_limit: 3 Secrets {secret.name} would be removed, and 2 is the limit ({', '.join(names)}); raise "
    globs = tuple(f"{name[:-1]}[{name[-1]}]" for name in names)

    for selection in (NamespaceSelection(globs), NamespaceSelection(selector=f"mark={mark}")):
        task = PullSecretTask(secret, selection, present=False, prune_limit=2)
        with pytest.raises(InvalidInput) as caught:
            _manage(reading, task)
        assert str(caught.value).startswith(refused)
        assert actions(_manage(reading, replace(task, prune_limit=3), check_mode=True)) == ["deleted"] * 3

    named = NamespaceSelection(tuple(names), selector=f"mark={mark}")
    assert actions(_manage(api(world), PullSecretTask(secret, named, present=False, prune_limit=0))) == ["deleted"] * 3


@_about("pull_secrets")
def missing_namespaces(world: World) -> None:
    """A name that does not exist fails before anything is written, is skipped, or is made, as asked."""
    there, missing = world.make_namespace(), world.new_name()
    secret = wanted(world, ONE)

    with pytest.raises(InvalidInput) as caught:
        _manage(KubeApi(NothingWritten(world.transport), 4), _task(secret, there, missing))

    assert str(caught.value) == (
        f"namespaces: there is no namespace {missing};"
        " correct the name, create it first, or set missing_namespace to skip"
    )
    skipped = _manage(api(world), _task(secret, there, missing, missing="skip"))
    assert told(skipped)[1:] == [(missing, "skipped", "there is no such namespace")]
    task = _task(secret, there, missing, missing="create")
    cases = four_cases(world, lambda calls, check_mode: _manage(calls, task, check_mode=check_mode))
    assert told(cases.done) == [
        (missing, "created", f"Namespace {missing}: did not exist; Secret {secret.name}: new, with quay.io")
    ]
    made = api(world).get(namespace_path(missing))
    assert owner_of(made["metadata"]["labels"]) == secret.owner


@_about("pull_secrets")
def terminating_namespace(world: World) -> None:
    """A namespace that is being deleted is reported and left alone."""
    going = world.make_namespace()
    calls = api(world)
    keeping = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "kept", "finalizers": ["example.com/test"]},
    }
    calls.create(service_accounts_path(going), keeping)
    calls.delete(namespace_path(going), uid=calls.get(namespace_path(going))["metadata"]["uid"])

    results = _manage(KubeApi(NothingWritten(world.transport), 4), _task(wanted(world, ONE), going))

    assert told(results) == [(going, "skipped", "the namespace is being deleted")]
    calls.merge_patch(service_account_path(going, "kept"), {"metadata": {"finalizers": None}})


@_about("pull_secrets")
def one_namespace_fails(world: World) -> None:
    """What is forbidden in one namespace does not stop the others."""
    open_one, closed = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    user = world.transport_of([*READ_ALL, Allowed("secrets", ["create", "patch", "get"], [open_one])])

    results = _manage(KubeApi(user, 4), _task(secret, open_one, closed))

    assert actions(results) == ["created", "failed"]
    assert results[1].reason == (
        f"Secret {secret.name}: the user may not get secrets {secret.name} in namespace {closed}"
        f" and create secrets in namespace {closed};"
        " grant the verb by a Role or ClusterRole, or use another user"
    )
    assert results[1].changes[0].after == results[1].changes[0].before
    assert registries(world, open_one, secret.name) == {"quay.io": "robot:one"}
    assert count_actions(results)["failed"] == 1


@_about("pull_secrets")
def without_cluster_rights(world: World) -> None:
    """A user who may do nothing but in some namespaces can name those."""
    mine, closed = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    calls = KubeApi(world.transport_of([Allowed("secrets", ["list", "get", "create", "patch"], [mine])]), 4)

    results = _manage(calls, _task(secret, mine, closed))

    by_name = {result.name: result for result in results}
    assert (by_name[mine].action, by_name[closed].action) == ("created", "failed")
    assert f"GET /api/v1/namespaces/{closed}/secrets: 403 Forbidden: " in by_name[closed].reason
    assert actions(_manage(calls, _task(secret, mine))) == ["unchanged"]
    for task, text in (
        (_task(secret, "*"), "namespaces: globs, selectors and projects need the right to list namespaces ("),
        (_task(secret, mine, prune=True), "prune: needs the right to list Secrets in all namespaces; "),
    ):
        with pytest.raises(InvalidInput) as caught:
            _manage(calls, task)
        assert str(caught.value).startswith(text)


def _accounts(*names: str, **more: t.Any) -> ServiceAccountChoice:
    return ServiceAccountChoice(names, **more)


def _plan_twice(world: World, task: PullSecretTask) -> FourCases:
    return four_cases(world, lambda calls, check_mode: _manage(calls, task, check_mode=check_mode))


@_about("pull_secrets")
def linked_with_the_secret(world: World) -> None:
    """Secret and links are one plan a namespace, which check mode shows as a whole, though the Secret is not there yet."""
    one, other = sorted([world.make_namespace(), world.make_namespace()])
    _make_account(world, one, "builder", "theirs")
    secret = wanted(world, ONE)
    task = _task(secret, one, other, accounts=_accounts("default", "build*"))

    cases = _plan_twice(world, task)

    new, added = f"Secret {secret.name}: new, with quay.io", f"imagePullSecrets:{secret.name} added"
    assert told(cases.done) == [
        (one, "created", f"{new}; ServiceAccount builder: {added}; ServiceAccount default: {added}"),
        (other, "created", f"{new}; ServiceAccount default: {added}"),
    ]
    assert (links(world, one, "builder"), links(world, one)) == (["theirs", secret.name], [secret.name])
    assert links(world, other) == [secret.name]
    api(world).merge_patch(service_account_path(one, "default"), {"imagePullSecrets": None})
    assert told(_plan_twice(world, task).done) == [(one, "updated", f"ServiceAccount default: {added}")]


@_about("pull_secrets")
def linked_in_a_new_namespace(world: World) -> None:
    """In a namespace that is made here ServiceAccounts are linked from birth, and check mode shows it; a glob stands for default."""
    for accounts in (_accounts("default", "runner"), _accounts("*"), _accounts("*", missing="fail")):
        new = world.new_name()
        secret = wanted(world, ONE)
        task = _task(secret, new, missing="create", accounts=accounts)

        foreseen = _manage(KubeApi(NothingWritten(world.transport), 4), task, check_mode=True)
        done = _manage(api(world), task)

        born = [f"ServiceAccount {name}: new, linked to {secret.name}" for name in accounts.names_from_birth]
        made = [f"Namespace {new}: did not exist", f"Secret {secret.name}: new, with quay.io"]
        assert told(foreseen) == told(done) == [(new, "created", "; ".join([*made, *born]))]
        assert [links(world, new, name) for name in accounts.names_from_birth] == [[secret.name]] * len(born)
        assert actions(_manage(KubeApi(NothingWritten(world.transport), 4), task)) == ["unchanged"]


@_about("pull_secrets")
def unlinked_before_it_is_removed(world: World) -> None:
    """Absent takes the links away before the Secret, but for those of another owner."""
    namespace = world.make_namespace()
    _make_account(world, namespace, "builder")
    _make_account(world, namespace, "by-hand")
    secret = wanted(world, ONE)
    task = _task(secret, namespace, accounts=_accounts("default", "by-hand"))
    manage_links(
        api(world), _link_task([namespace], secret.name, names=("builder",), missing_secret="warn"), check_mode=False
    )
    _manage(api(world), task)
    leaving = replace(task, accounts=_accounts("*"), present=False)
    writes: list[str] = []

    def note(_calls: KubeApi, request: Request) -> None:
        if request.method != "GET" and request.path != REVIEWS:
            writes.append(request.method)

    foreseen = _manage(KubeApi(NothingWritten(world.transport), 4), leaving, check_mode=True)
    done = _manage(api(world, note), leaving)

    removed = f"imagePullSecrets:{secret.name} removed"
    assert told(foreseen) == told(done)
    reasons = [
        f"Secret {secret.name}: state is absent",
        f"ServiceAccount by-hand: {removed}",
        f"ServiceAccount default: {removed}",
        f"ServiceAccount builder: imagePullSecrets:{secret.name} left: belongs to the owner 'default'",
    ]
    assert told(done) == [(namespace, "deleted", "; ".join(reasons))]
    assert writes == ["PATCH", "PATCH", "DELETE"]
    assert (links(world, namespace), links(world, namespace, "builder")) == ([], [secret.name])
    assert actions(_manage(KubeApi(NothingWritten(world.transport), 4), leaving)) == ["skipped"]


@_about("pull_secrets")
def links_to_what_is_not_ours(world: World) -> None:
    """Absent leaves links to a Secret of others; where there is none it takes those away that this owner made, up to the limit."""
    theirs, gone = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    accounts = _accounts("default", "by-hand", missing="create")
    _manage(api(world), _task(secret, gone, accounts=accounts))
    api(world).merge_patch(service_account_path(gone, "by-hand"), {"metadata": {"annotations": None}})
    path = secret_path(gone, secret.name)
    api(world).delete(path, uid=api(world).get(path)["metadata"]["uid"])
    api(world).create(secrets_path(theirs), foreign_secret(secret.name, theirs))
    _make_account(world, theirs, "by-hand", secret.name)
    globs = tuple(f"{name[:-1]}[{name[-1]}]" for name in (theirs, gone))
    task = _task(secret, *globs, accounts=accounts, present=False, prune_limit=0)

    with pytest.raises(InvalidInput) as caught:
        _manage(KubeApi(NothingWritten(world.transport), 4), task)
    cases = _plan_twice(world, replace(task, prune_limit=1))

    what = f"1 Secrets {secret.name} or links to them would be removed"
    assert str(caught.value).startswith(f"prune_limit: {what}, and 0 is the limit ({gone})")
    assert sorted(told(cases.done)) == sorted(
        [
            (theirs, "skipped", f"Secret {secret.name}: is not managed by regcred.kubernetes"),
            (gone, "updated", f"ServiceAccount default: imagePullSecrets:{secret.name} removed"),
        ]
    )
    assert [links(world, name, "by-hand") for name in (theirs, gone)] == [[secret.name]] * 2


@_about("pull_secrets")
def pruned_with_its_links(world: World) -> None:
    """Pruning takes the links of all ServiceAccounts and lists away, whichever are chosen, and none where links are left alone."""
    kept, gone, other = sorted([world.make_namespace() for _unused in range(3)])
    secret = wanted(world, ONE)
    accounts = _accounts("default", "runner", missing="create")
    _manage(api(world), _task(secret, kept, gone, other, accounts=accounts, usages=("pull", "mount")))

    left = _manage(api(world), replace(_task(secret, kept, gone, prune=True)))
    cases = _plan_twice(world, _task(secret, kept, prune=True, accounts=_accounts()))

    reason = f"Secret {secret.name}: the namespace is no longer selected"
    removed = f"imagePullSecrets:{secret.name} removed, secrets:{secret.name} removed"
    assert told(left) == [(other, "deleted", reason)]
    assert links(world, other) == [secret.name]
    assert told(cases.done) == [
        (gone, "deleted", f"{reason}; ServiceAccount default: {removed}; ServiceAccount runner: {removed}")
    ]
    assert links(world, kept) == [secret.name]


@_about("pull_secrets")
def not_linked_to_what_is_not_there(world: World) -> None:
    """Where the Secret cannot be had, or registries are only taken out of it, no ServiceAccount is linked to it."""
    failed, none = sorted([world.make_namespace(), world.make_namespace()])
    new = world.new_name()
    secret = wanted(world, ONE)
    api(world).create(secrets_path(failed), foreign_secret(secret.name, failed))
    without = replace(wanted(world), purge=False, absent=("quay.io",))

    conflict = _manage(api(world), _task(secret, failed, accounts=_accounts("default")))
    passed = _manage(api(world), _task(replace(secret, on_conflict="skip"), failed, accounts=_accounts("default")))
    nothing = _manage(api(world), _task(without, none, new, missing="create", accounts=_accounts("default")))

    assert (actions(conflict), actions(passed)) == (["failed"], ["skipped"])
    assert told(nothing) == [(new, "created", f"Namespace {new}: did not exist")]
    assert (links(world, failed), links(world, none)) == ([], [])


@_about("pull_secrets")
def linked_secret_never_half_way(world: World) -> None:
    """Where a right on ServiceAccounts is missing nothing is done in that namespace, in check mode as in a run."""
    closed, unseen = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    rights = [
        Allowed("secrets", ["list", "get", "create"], [closed, unseen]),
        Allowed("serviceaccounts", ["list", "get"], [closed]),
    ]
    user = world.transport_of(rights)
    task = _task(secret, closed, unseen, accounts=_accounts("default"))

    foreseen = _manage(KubeApi(NothingWritten(user), 4), task, check_mode=True)
    done = _manage(KubeApi(user, 4), task)
    alone = _manage(KubeApi(NothingWritten(user), 4), replace(task, accounts=None), check_mode=True)

    reasons = {result.name: result.reason for result in done}
    assert told(foreseen) == told(done)
    assert reasons[closed] == (
        f"ServiceAccount default: the user may not patch serviceaccounts default in namespace {closed};"
        " grant the verb by a Role or ClusterRole, or use another user"
    )
    assert reasons[unseen].startswith(f"ServiceAccount default: GET /api/v1/namespaces/{unseen}/serviceaccounts: 403 ")
    assert not any(exists(world, secret_path(name, secret.name)) for name in (closed, unseen))
    assert actions(alone) == ["created", "created"]


@_about("pull_secrets")
def missing_accounts_of_a_secret(world: World) -> None:
    """A ServiceAccount that is missing is waited for, made or reported as asked; the Secret is there before it."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    task = _task(secret, namespace, accounts=_accounts("builder", wait_seconds=10.0))
    lists = itertools.count(1)

    def controller(_calls: KubeApi, request: Request) -> None:
        if request.path.endswith("serviceaccounts") and next(lists) == 2:
            _make_account(world, namespace, "builder")

    never = _manage(api(world), replace(task, accounts=_accounts("nobody", missing="fail")))
    foreseen = _manage(KubeApi(NothingWritten(world.transport), 4), task, check_mode=True)
    came = _manage(api(world, controller), task)

    waited = f"ServiceAccount builder: does not exist yet: waited for up to 10 s, then linked to {secret.name}"
    assert (actions(never), exists(world, secret_path(namespace, secret.name))) == (["failed"], True)
    assert told(foreseen) == [(namespace, "updated", waited)]
    assert told(came) == [(namespace, "updated", f"ServiceAccount builder: imagePullSecrets:{secret.name} added")]
    assert links(world, namespace, "builder") == [secret.name]


# secret_steps


@_about("secret_steps")
def changed_by_another_writer(world: World) -> None:
    """Who writes between our reading and our writing is not overwritten: the change is planned anew on top of theirs."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE, purge=False)
    _manage(api(world), _task(secret, namespace))

    def add_other(calls: KubeApi, request: Request) -> None:
        theirs = rotated(secret, OTHER)
        _manage(calls, _task(theirs, namespace))
        assert request.path == secret_path(namespace, secret.name)

    results = _manage(api(world, first_times(1, "PATCH", add_other)), _task(rotated(secret, TWO), namespace))

    assert actions(results) == ["updated"]
    assert registries(world, namespace, secret.name) == {"quay.io": "robot:two", "ghcr.io": "other:other"}


@_about("secret_steps")
def made_by_another_writer(world: World) -> None:
    """When somebody makes the Secret first, the policy for conflicts decides, and other namespaces go on."""
    one, other = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)

    def make_theirs(calls: KubeApi, request: Request) -> None:
        if request.path == secrets_path(one):
            calls.create(secrets_path(one), foreign_secret(secret.name, one))

    results = _manage(api(world, first_times(2, "POST", make_theirs)), _task(secret, one, other))

    assert actions(results) == ["failed", "created"]
    assert "exists and is not managed by regcred.kubernetes" in results[0].reason
    assert registries(world, one, secret.name) == {"ghcr.io": "other:other"}


@_about("secret_steps")
def deleted_by_another_writer(world: World) -> None:
    """When somebody deletes the Secret first, it is made again."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, namespace))

    def delete(calls: KubeApi, _request: Request) -> None:
        _manage(calls, _task(secret, namespace, present=False))

    results = _manage(api(world, first_times(1, "PATCH", delete)), _task(rotated(secret, TWO), namespace))

    assert told(results) == [(namespace, "created", f"Secret {secret.name}: new, with quay.io")]
    assert registries(world, namespace, secret.name) == {"quay.io": "robot:two"}


@_about("secret_steps")
def gone_before_it_was_removed(world: World) -> None:
    """A Secret that is gone when we come to remove it is as good as removed."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, namespace))
    absent = _task(secret, namespace, present=False)

    results = _manage(
        api(world, first_times(1, "DELETE", lambda calls, _unused: t.cast("None", _manage(calls, absent)))), absent
    )

    assert actions(results) == ["deleted"]
    assert not exists(world, secret_path(namespace, secret.name))


@_about("pull_secrets")
def nothing_to_remove(world: World) -> None:
    """Where nothing of that name is ours, a removal says so: a misspelt name would leave the credential, and look well."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    absent = _task(secret, namespace, present=False)
    warning = (
        f"name: no Secret {secret.name} of the owner {secret.owner!r} was found in the selected namespaces,"
        " so nothing was removed; check name, owner and namespaces"
    )

    for check_mode in (True, False):
        assert manage_pull_secrets(api(world), absent, MARKS, check_mode=check_mode).warnings == [warning]
    _manage(api(world), _task(secret, namespace))
    assert manage_pull_secrets(api(world), absent, MARKS, check_mode=False).warnings == []


@_about("secret_steps")
def changed_before_it_was_removed(world: World) -> None:
    """A Secret that somebody takes over when we come to remove it stays."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, namespace))

    def take_over(calls: KubeApi, request: Request) -> None:
        calls.merge_patch(request.path, {"metadata": {"labels": ownership_labels("somebody-else")}})

    results = _manage(api(world, first_times(1, "DELETE", take_over)), _task(secret, namespace, present=False))

    assert told(results) == [(namespace, "skipped", f"Secret {secret.name}: belongs to the owner 'somebody-else'")]
    assert exists(world, secret_path(namespace, secret.name))


@_about("secret_steps")
def another_writer_never_rests(world: World) -> None:
    """A Secret that changes before each of our writes is given up after so many attempts, and says so."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, namespace))
    count = itertools.count(1)

    def touch(calls: KubeApi, request: Request) -> None:
        calls.merge_patch(request.path, {"metadata": {"annotations": {"touched": str(next(count))}}})

    results = _manage(api(world, first_times(1000, "PATCH", touch)), _task(rotated(secret, TWO), namespace))

    assert actions(results) == ["failed"]
    assert results[0].reason.endswith("; another writer keeps changing the object: run again")
    assert next(count) == ATTEMPTS + 1
    assert registries(world, namespace, secret.name) == {"quay.io": "robot:one"}


@_about("secret_steps")
def last_attempt_succeeds(world: World) -> None:
    """A writer that rests just before our last attempt does not keep us from getting there."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, namespace))
    count = itertools.count(1)

    def touch(calls: KubeApi, request: Request) -> None:
        calls.merge_patch(request.path, {"metadata": {"annotations": {"touched": str(next(count))}}})

    results = _manage(api(world, first_times(ATTEMPTS - 1, "PATCH", touch)), _task(rotated(secret, TWO), namespace))

    assert actions(results) == ["updated"]
    assert registries(world, namespace, secret.name) == {"quay.io": "robot:two"}


@_about("secret_steps")
def old_one_is_put_back(world: World) -> None:
    """When the new Secret is refused after the old one was deleted, the old one is put back."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE, labels={"kept": "label"})
    _manage(api(world), _task(secret, namespace))
    refused = replace(secret, form="dockercfg", labels={"bad": "not a value"})

    results = _manage(api(world), _task(refused, namespace))

    assert actions(results) == ["failed"]
    assert ": 422 Invalid: " in results[0].reason
    found = api(world).get(secret_path(namespace, secret.name))
    assert (found["type"], found["metadata"]["labels"]["kept"]) == ("kubernetes.io/dockerconfigjson", "label")
    assert registries(world, namespace, secret.name) == {"quay.io": "robot:one"}


@_about("secret_steps")
def lost_line(world: World) -> None:
    """A Secret that could neither be created again nor put back is told as gone, and the next run brings it."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, namespace))
    changed = replace(secret, form="dockercfg")

    lost = _manage(api(world, lost_after_delete(secret, namespace)), _task(changed, namespace))
    found = _manage(api(world), _task(changed, namespace))

    assert told(lost) == [
        (
            namespace,
            "failed",
            (
                f"Secret {secret.name}: was deleted to be created again, and neither the new one (the line is dead)"
                " nor the old one (the line is dead) could be created;"
                f" run again: what it held is kept in Secret {secret.name}.regcred-kept"
            ),
        )
    ]
    assert actions(found) == ["created"]


@_about("secret_steps")
def refused_secret(world: World) -> None:
    """What the API server refuses is told in its words, and nothing is there."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE, labels={"bad": "not a value"})

    results = _manage(api(world), _task(secret, namespace))

    assert actions(results) == ["failed"]
    assert f"POST /api/v1/namespaces/{namespace}/secrets: 422 Invalid: " in results[0].reason
    assert not exists(world, secret_path(namespace, secret.name))


class _Shared(t.NamedTuple):
    """A Secret with a registry, a label and an annotation of others, immutable; and the same in another type."""

    namespace: str
    secret: WantedSecret
    changed: WantedSecret


def _shared_secret(world: World) -> _Shared:
    namespace = world.make_namespace()
    secret = wanted(world, ONE, purge=False)
    theirs = rotated(
        replace(secret, labels={"kept": "label"}, annotations={"kept": "annotation"}, immutable=True), OTHER
    )
    _manage(api(world), _task(secret, namespace))
    _manage(api(world), _task(theirs, namespace))
    return _Shared(namespace, secret, replace(secret, form="dockercfg"))


def _check_shared(world: World, shared: _Shared) -> None:
    """Nothing of others is lost, and nothing is left beside it."""
    path = secret_path(shared.namespace, shared.secret.name)
    found = api(world).get(path)
    assert (found["type"], found["immutable"]) == ("kubernetes.io/dockercfg", True)
    assert found["metadata"]["labels"] == {"kept": "label", **ownership_labels(shared.secret.owner)}
    assert found["metadata"]["annotations"] == {"kept": "annotation"}
    document = json.loads(base64.b64decode(found["data"][".dockercfg"]))
    assert {name: (entry["username"], entry["password"]) for name, entry in document.items()} == {
        "quay.io": ("robot", "one"),
        "ghcr.io": ("other", "other"),
    }
    assert not exists(world, f"{path}.regcred-kept")


def _kill(method: str, path: str) -> Meddling:
    """The end of a run just before it sends this."""

    def end(_calls: KubeApi, request: Request) -> None:
        if (request.method, request.path) == (method, path):
            raise Killed

    return end


def _kills(shared: _Shared) -> dict[str, Meddling]:
    """The ends of a run at each of its steps between the first write and the last."""
    path = secret_path(shared.namespace, shared.secret.name)
    return {
        "before the delete": _kill("DELETE", path),
        "before the create": lost_after_delete(shared.secret, shared.namespace, Killed()),
        "before the end": _kill("DELETE", f"{path}.regcred-kept"),
    }


@_about("secret_steps")
def interrupted(world: World) -> None:
    """Wherever a run is ended, the next one has the Secret as wanted, with all that others put into it."""
    for place in ("before the delete", "before the create", "before the end"):
        shared = _shared_secret(world)
        task = _task(shared.changed, shared.namespace)
        with pytest.raises(Killed):
            _manage(api(world, _kills(shared)[place]), task)
        assert exists(world, f"{secret_path(shared.namespace, shared.secret.name)}.regcred-kept")

        cases = four_cases(world, lambda calls, check_mode, task=task: _manage(calls, task, check_mode=check_mode))

        assert actions(cases.done) == ["created" if place == "before the create" else "updated"]
        _check_shared(world, shared)


@_about("secret_steps")
def interrupted_and_other_options(world: World) -> None:
    """A run with other options finds what was kept, too; one for another registry loses none."""
    shared = _shared_secret(world)
    with pytest.raises(Killed):
        _manage(api(world, _kills(shared)["before the create"]), _task(shared.changed, shared.namespace))

    results = _manage(api(world), _task(rotated(shared.secret, TWO), shared.namespace))

    assert told(results)[0][:2] == (shared.namespace, "created")
    assert "put back, since the run that deleted it was interrupted" in results[0].reason
    assert registries(world, shared.namespace, shared.secret.name) == {"quay.io": "robot:two", "ghcr.io": "other:other"}
    assert not exists(world, f"{secret_path(shared.namespace, shared.secret.name)}.regcred-kept")


@_about("secret_steps")
def interrupted_and_absent(world: World) -> None:
    """What is to be removed is removed with what was kept of it."""
    for place in ("before the create", "before the end"):
        shared = _shared_secret(world)
        with pytest.raises(Killed):
            _manage(api(world, _kills(shared)[place]), _task(shared.changed, shared.namespace))

        results = _manage(api(world), _task(shared.changed, shared.namespace, present=False))

        assert actions(results) == ["deleted"]
        path = secret_path(shared.namespace, shared.secret.name)
        assert not exists(world, path)
        assert not exists(world, f"{path}.regcred-kept")


@_about("secret_steps")
def interrupted_takeover(world: World) -> None:
    """
    A Secret of somebody else that an interrupted run deleted is put back as it was by one that is not to take it over.

    What was asked for is not there then, so the namespace fails.
    """
    namespace = world.make_namespace()
    secret = wanted(world, ONE, purge=False, form="dockercfg", on_conflict="adopt")
    api(world).create(secrets_path(namespace), foreign_secret(secret.name, namespace))
    with pytest.raises(Killed):
        _manage(api(world, lost_after_delete(secret, namespace, Killed())), _task(secret, namespace))

    results = _manage(api(world), _task(replace(secret, on_conflict="fail"), namespace))

    assert (actions(results), results[0].is_changed) == (["failed"], True)
    assert results[0].reason.startswith(f"Secret {secret.name}: what was put back is not this owner's; ")
    assert "put back, since the run that deleted it was interrupted" in results[0].reason
    assert "is not managed by regcred.kubernetes" in results[0].reason
    assert registries(world, namespace, secret.name) == {"ghcr.io": "other:other"}
    assert not exists(world, f"{secret_path(namespace, secret.name)}.regcred-kept")


@_about("secret_steps")
def nothing_is_deleted_unkept(world: World) -> None:
    """Where what a Secret holds cannot be kept, the Secret is not deleted."""
    shared = _shared_secret(world)
    kept = f"{shared.secret.name}.regcred-kept"
    api(world).create(secrets_path(shared.namespace), foreign_secret(kept, shared.namespace))

    results = _manage(api(world), _task(shared.changed, shared.namespace))

    assert actions(results) == ["failed"]
    assert f"cannot be kept in Secret {kept}" in results[0].reason
    assert registries(world, shared.namespace, shared.secret.name) == {"quay.io": "robot:one", "ghcr.io": "other:other"}


def _hold(world: World, path: str, *finalizers: str) -> None:
    """Have these finalizers on an object, or none."""
    api(world).merge_patch(path, {"metadata": {"finalizers": list(finalizers) or None}})


HELD_BACK = "and stays until its finalizers go (example.com/hold); have what set them take them off"


@_about("secret_steps")
def held_back_by_finalizers(world: World) -> None:
    """A Secret that its finalizers hold is not reported as deleted, nor deleted to be created again, nor as in order."""
    shared = _shared_secret(world)
    path = secret_path(shared.namespace, shared.secret.name)
    _hold(world, path, "example.com/hold")

    recreated = _manage(api(world), _task(shared.changed, shared.namespace))
    assert [row[1] for row in told(recreated)] == ["failed"]
    assert "which its finalizers forbid (example.com/hold)" in recreated[0].reason
    assert "deletionTimestamp" not in api(world).get(path)["metadata"]

    held = f"Secret {shared.secret.name}: is being deleted, {HELD_BACK}"
    for _twice in range(2):
        removed = _manage(api(world), _task(shared.secret, shared.namespace, present=False))
        assert told(removed) == [(shared.namespace, "failed", held)]
    wanted_again = _manage(api(world), _task(shared.secret, shared.namespace))
    assert told(wanted_again) == [(shared.namespace, "failed", f"{held}, or use another name for the Secret")]

    _hold(world, path)
    assert actions(_manage(api(world), _task(shared.secret, shared.namespace))) == ["created"]


@_about("secret_steps")
def kept_and_held_back(world: World) -> None:
    """What an interrupted run left and cannot be removed is an error each time, and no change."""
    shared = _shared_secret(world)
    with pytest.raises(Killed):
        _manage(api(world, _kills(shared)["before the end"]), _task(shared.changed, shared.namespace))
    kept = f"{shared.secret.name}.regcred-kept"
    _hold(world, secret_path(shared.namespace, kept), "example.com/hold")

    for _twice in range(2):
        results = _manage(api(world), _task(shared.changed, shared.namespace))

        held = f"Secret {shared.secret.name}: Secret {kept} is being deleted, {HELD_BACK}"
        assert told(results) == [(shared.namespace, "failed", held)]
    _hold(world, secret_path(shared.namespace, kept))
    _check_shared(world, shared)


@_about("secret_steps")
def two_recreate_at_once(world: World) -> None:
    """Two runs that replace a Secret at the same time lose nothing of it."""
    for method in ("POST", "DELETE"):
        shared = _shared_secret(world)
        task = _task(shared.changed, shared.namespace)

        def other(calls: KubeApi, _request: Request, task: PullSecretTask = task) -> None:
            _manage(calls, task)

        results = _manage(api(world, first_times(1, method, other)), task)

        assert actions(results)[0] in ("updated", "unchanged", "created")
        _check_shared(world, shared)


@_about("secret_steps")
def answers_are_lost(world: World) -> None:
    """What was done is reported, though the answer was lost and the repetition refused."""
    shared = _shared_secret(world)
    calls = KubeApi(AnswersLost(world.transport), 1)
    fresh = wanted(world, ONE)

    assert actions(_manage(calls, _task(fresh, shared.namespace))) == ["created"]
    assert actions(_manage(calls, _task(rotated(fresh, TWO), shared.namespace))) == ["updated"]
    assert actions(_manage(calls, _task(rotated(fresh, TWO), shared.namespace))) == ["unchanged"]
    assert actions(_manage(calls, _task(fresh, shared.namespace, present=False))) == ["deleted"]
    assert actions(_manage(calls, _task(shared.changed, shared.namespace))) == ["updated"]
    _check_shared(world, shared)


@_about("secret_steps")
def put_back_by_admission(world: World) -> None:
    """What admission puts back is an error that says so, not the same change in each run."""
    secret, name = wanted(world, ONE), world.new_name()
    tenant = replace(_tenant(world, secret, name), name=name)
    _onboard(api(world), tenant)
    calls = KubeApi(PuttingBack(world.transport), 1)
    changes = (
        (replace(tenant, labels={"a": "b"}), f"Namespace {name}"),
        (replace(tenant, secret=rotated(secret, TWO)), f"Secret {secret.name}"),
        (replace(tenant, secret=replace(secret, name=world.new_name())), "ServiceAccount default"),
    )
    for changed, title in changes:
        (result,) = _onboard(calls, changed)

        assert result.action == "failed"
        assert f"{title}: is as it was, though the API server accepted the change: " in result.reason


@_about("link_steps")
def answers_to_links_are_lost(world: World) -> None:
    """A link that was made is reported, though the answer was lost and the repetition refused."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "a")
    calls = KubeApi(AnswersLost(world.transport), 1)

    for present in (True, False):
        outcome = manage_links(calls, _link_task([namespace], "a", present=present), check_mode=False)
        assert actions(outcome.results) == ["updated"]
    born = _link_task([namespace], "a", names=("builder",), missing="create")
    assert actions(manage_links(calls, born, check_mode=False).results) == ["created"]
    assert links(world, namespace, "builder") == ["a"]


@_about("namespaces")
def answer_to_a_namespace_is_lost(world: World) -> None:
    """A namespace that was made is reported, though the answer was lost and the repetition refused."""
    name = world.new_name()
    task = _task(wanted(world, ONE), name, missing="create")

    results = _manage(KubeApi(AnswersLost(world.transport), 1), task)

    assert [change.action for change in results[0].changes] == ["created", "created"]


# service_account_links


def _link_task(namespaces: t.Sequence[str], *secrets: str, **more: t.Any) -> LinkTask:
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


def _make_secrets(world: World, namespace: str, *names: str) -> None:
    for name in names:
        api(world).create(secrets_path(namespace), foreign_secret(name, namespace))


def _make_account(world: World, namespace: str, name: str, *secrets: str, labels: dict[str, str] | None = None) -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
        "imagePullSecrets": [{"name": secret} for secret in secrets],
    }
    api(world).create(service_accounts_path(namespace), manifest)


@_about("service_account_links")
def linked_and_unlinked(world: World) -> None:
    """References are added behind those of others, and taken away without touching them."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "a", "b")
    _make_account(world, namespace, "builder", "z", "b")
    task = _link_task([namespace], "a", "b", names=("default", "build*"))

    cases = four_cases(world, lambda calls, check_mode: manage_links(calls, task, check_mode=check_mode).results)

    reason = (
        "ServiceAccount builder: imagePullSecrets:a added;"
        " ServiceAccount default: imagePullSecrets:a added, imagePullSecrets:b added"
    )
    assert told(cases.done) == [(namespace, "updated", reason)]
    assert (links(world, namespace, "builder"), links(world, namespace)) == (["z", "b", "a"], ["a", "b"])
    task = replace(task, wanted=replace(task.wanted, present=False))
    four_cases(world, lambda calls, check_mode: manage_links(calls, task, check_mode=check_mode).results)
    assert (links(world, namespace, "builder"), links(world, namespace)) == (["z"], [])


@_about("service_account_links")
def links_of_two_owners(world: World) -> None:
    """What one owner linked is left by another, and what was linked by hand goes when it is named."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "ours", "theirs")
    _make_account(world, namespace, "builder", "by-hand")
    task = _link_task([namespace], "ours", names=("builder", "default"))
    manage_links(api(world), task, check_mode=False)
    manage_links(api(world), _link_task([namespace], "theirs", names=("builder",), link_owner="ci"), check_mode=False)
    absent = _link_task([namespace], "ours", "theirs", "by-hand", present=False, names=("builder", "default"))

    cases = four_cases(world, lambda calls, check_mode: manage_links(calls, absent, check_mode=check_mode).results)

    removed = "imagePullSecrets:ours removed, imagePullSecrets:by-hand removed"
    left = "imagePullSecrets:theirs left: belongs to the owner 'ci'"
    assert told(cases.done) == [
        (
            namespace,
            "updated",
            f"ServiceAccount builder: {removed}, {left}; ServiceAccount default: imagePullSecrets:ours removed",
        )
    ]
    assert told(cases.again) == [(namespace, "skipped", f"ServiceAccount builder: {left}")]
    assert (links(world, namespace, "builder"), links(world, namespace)) == (["theirs"], [])


@_about("service_account_links")
def left_links_stop_nothing(world: World) -> None:
    """A ServiceAccount whose link belongs to another owner does not keep the next one from being unlinked."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "a")
    _make_account(world, namespace, "builder")
    manage_links(api(world), _link_task([namespace], "a", names=("builder",), link_owner="ci"), check_mode=False)
    manage_links(api(world), _link_task([namespace], "a"), check_mode=False)

    absent = _link_task([namespace], "a", present=False, names=("builder", "default"))
    four_cases(world, lambda calls, check_mode: manage_links(calls, absent, check_mode=check_mode).results)

    assert (links(world, namespace, "builder"), links(world, namespace)) == (["a"], [])


@_about("service_account_links")
def unlinking_has_a_limit(world: World) -> None:
    """Taking links away by glob refuses beyond the limit; names that are written out are meant."""
    names = sorted([world.make_namespace(), world.make_namespace()])
    for name in names:
        _make_secrets(world, name, "a")
    manage_links(api(world), _link_task(names, "a"), check_mode=False)
    globs = [f"{name[:-1]}[{name[-1]}]" for name in names]
    task = replace(_link_task(globs, "a", present=False), prune_limit=1)

    with pytest.raises(InvalidInput) as caught:
        manage_links(KubeApi(NothingWritten(world.transport), 4), task, check_mode=False)

    places = ", ".join(f"{name}/default" for name in names)
    refused = (
        f"prune_limit: 2 links to a would be removed, and 1 is the limit ({places}); raise prune_limit if that is right"
    )
    assert str(caught.value) == refused
    named = replace(_link_task(names, "a", present=False), prune_limit=0)
    assert actions(manage_links(api(world), named, check_mode=False).results) == ["updated", "updated"]


@_about("service_account_links")
def linked_by_label(world: World) -> None:
    """A label selector narrows the ServiceAccounts, and then no name has to exist."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "a")
    _make_account(world, namespace, "one", labels={"pulls": "yes"})
    _make_account(world, namespace, "other")
    task = _link_task([namespace], "a", names=("one", "other", "missing"), selector="pulls=yes")

    four_cases(world, lambda calls, check_mode: manage_links(calls, task, check_mode=check_mode).results)

    assert (links(world, namespace, "one"), links(world, namespace, "other")) == (["a"], [])


@_about("service_account_links")
def list_changed_meanwhile(world: World) -> None:
    """Who adds an entry between our reading and our writing keeps it, first where it stands."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "a")
    writers = iter(["first", "second"])

    def add(calls: KubeApi, request: Request) -> None:
        there = calls.get(request.path).get("imagePullSecrets") or []
        calls.merge_patch(request.path, {"imagePullSecrets": [*there, {"name": next(writers)}]})

    outcome = manage_links(api(world, first_times(2, "PATCH", add)), _link_task([namespace], "a"), check_mode=False)

    assert told(outcome.results) == [(namespace, "updated", "ServiceAccount default: imagePullSecrets:a added")]
    assert links(world, namespace) == ["first", "second", "a"]


@_about("service_account_links")
def linked_meanwhile(world: World) -> None:
    """Who adds our entry first leaves nothing to do, and it is not doubled."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "a")

    def add(calls: KubeApi, request: Request) -> None:
        calls.merge_patch(request.path, {"imagePullSecrets": [{"name": "a"}]})

    outcome = manage_links(api(world, first_times(1, "PATCH", add)), _link_task([namespace], "a"), check_mode=False)

    assert actions(outcome.results) == ["unchanged"]
    assert links(world, namespace) == ["a"]


@_about("service_account_links")
def lists_that_never_rest(world: World) -> None:
    """A list that changes before each of our writes is given up after so many attempts, and says so."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "a")
    count = itertools.count(1)

    def touch(calls: KubeApi, request: Request) -> None:
        calls.merge_patch(request.path, {"imagePullSecrets": [{"name": f"theirs-{next(count)}"}]})

    outcome = manage_links(
        api(world, first_times(1000, "PATCH", touch)), _link_task([namespace], "a"), check_mode=False
    )

    assert actions(outcome.results) == ["failed"]
    assert outcome.results[0].reason.endswith("; another writer keeps changing the object: run again")
    assert next(count) == ATTEMPTS + 1


@_about("service_account_links")
def missing_secret(world: World) -> None:
    """A Secret that is not there keeps its namespace from being linked, or is only warned of, as asked."""
    namespace, other = sorted([world.make_namespace(), world.make_namespace()])
    _make_secrets(world, other, "a")

    failed = manage_links(api(world), _link_task([namespace, other], "a"), check_mode=False)

    assert told(failed.results) == [
        (
            namespace,
            "failed",
            "Secret a: does not exist; create it first, or set missing_secret to warn",
        ),
        (other, "updated", "ServiceAccount default: imagePullSecrets:a added"),
    ]
    assert links(world, namespace) == []
    foreseen = manage_links(api(world), _link_task([namespace, other], "a"), check_mode=True)
    warning = f"Secret a does not exist in: {namespace}; a run fails there, unless an earlier task makes it"
    assert foreseen.warnings == [warning]
    assert told(foreseen.results) == [
        (namespace, "updated", "ServiceAccount default: imagePullSecrets:a added"),
    ]
    warned = manage_links(api(world), _link_task([namespace, other], "a", missing_secret="warn"), check_mode=False)
    assert warned.warnings == [f"Secret a does not exist in: {namespace}"]
    assert links(world, namespace) == ["a"]


@_about("service_account_links")
def secrets_that_may_not_be_listed(world: World) -> None:
    """Who may not list Secrets can link all the same, and is told that nobody looked."""
    namespace = world.make_namespace()
    rights = [Allowed("serviceaccounts", ["list", "get", "patch"], [namespace])]

    outcome = manage_links(KubeApi(world.transport_of(rights), 4), _link_task([namespace], "a"), check_mode=False)

    assert actions(outcome.results) == ["updated"]
    assert outcome.warnings == [
        (
            f"the user may not list secrets in namespace {namespace}, so it was not checked whether a is there;"
            " grant the verb by a Role or ClusterRole"
        )
    ]
    assert links(world, namespace) == ["a"]


@_about("service_account_links")
def missing_account(world: World) -> None:
    """A ServiceAccount that is not there fails its namespace, or is made here and linked from birth, as asked."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "a")
    owner = world.new_name()

    failed = manage_links(
        api(world), _link_task([namespace], "a", names=("builder",), missing="fail"), check_mode=False
    )

    assert told(failed.results) == [
        (
            namespace,
            "failed",
            ("ServiceAccount builder: does not exist; create it, or set missing_service_account to create"),
        )
    ]
    task = _link_task([namespace], "a", names=("builder",), missing="create", owner=owner)
    cases = four_cases(world, lambda calls, check_mode: manage_links(calls, task, check_mode=check_mode).results)
    assert told(cases.done) == [(namespace, "created", "ServiceAccount builder: new, linked to a")]
    made = api(world).get(service_account_path(namespace, "builder"))
    assert owner_of(made["metadata"]["labels"]) == owner
    assert links(world, namespace, "builder") == ["a"]


@_about("service_account_links")
def account_that_comes_later(world: World) -> None:
    """A ServiceAccount that a controller is about to make is waited for."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "a")
    lists = itertools.count(1)

    def controller(_calls: KubeApi, request: Request) -> None:
        if request.path.endswith("serviceaccounts") and next(lists) == 2:
            _make_account(world, namespace, "builder")

    task = _link_task([namespace], "a", names=("builder",), wait_seconds=10.0)
    foreseen = manage_links(KubeApi(NothingWritten(world.transport), 4), task, check_mode=True).results

    outcome = manage_links(api(world, controller), task, check_mode=False)

    waited = "ServiceAccount builder: does not exist yet: waited for up to 10 s, then linked to a"
    assert told(foreseen) == [(namespace, "updated", waited)]
    assert told(outcome.results) == [(namespace, "updated", "ServiceAccount builder: imagePullSecrets:a added")]
    assert links(world, namespace, "builder") == ["a"]


@_about("service_account_links")
def account_that_never_comes(world: World) -> None:
    """A ServiceAccount that does not come in time fails its namespace, and says how long was waited."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "a")

    outcome = manage_links(
        api(world), _link_task([namespace], "a", names=("builder",), wait_seconds=0.1), check_mode=False
    )

    assert told(outcome.results) == [
        (
            namespace,
            "failed",
            (
                "ServiceAccount builder: does not exist, waited 0.1 s;"
                " correct the name, raise wait_timeout, or set missing_service_account to create"
            ),
        )
    ]


# link_steps


@_about("link_steps")
def born_twice(world: World) -> None:
    """A ServiceAccount that a controller makes just before us is linked, told as planned, and what it has is kept."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "a")

    def controller(_calls: KubeApi, _request: Request) -> None:
        _make_account(world, namespace, "builder", "theirs")

    task = _link_task([namespace], "a", names=("builder",), missing="create")
    outcome = manage_links(api(world, first_times(1, "POST", controller)), task, check_mode=False)

    assert told(outcome.results) == [(namespace, "created", "ServiceAccount builder: new, linked to a")]
    assert links(world, namespace, "builder") == ["theirs", "a"]


@_about("link_steps")
def account_deleted_meanwhile(world: World) -> None:
    """A ServiceAccount that is deleted before it can be linked fails its namespace alone."""
    namespace = world.make_namespace()
    _make_secrets(world, namespace, "a")
    _make_account(world, namespace, "builder")

    def delete(calls: KubeApi, request: Request) -> None:
        calls.delete(request.path, uid=calls.get(request.path)["metadata"]["uid"])

    task = _link_task([namespace], "a", names=("builder",))
    outcome = manage_links(api(world, first_times(1, "PATCH", delete)), task, check_mode=False)

    assert actions(outcome.results) == ["failed"]
    assert ': 404 NotFound: serviceaccounts "builder" not found' in outcome.results[0].reason


# tenants


def _tenant(world: World, secret: WantedSecret, *namespaces: str, **more: t.Any) -> Tenant:
    return Tenant(world.new_name(), namespaces, secret, **more)


def _onboard(calls: KubeApi, *tenants: Tenant, check_mode: bool = False, **more: t.Any) -> list[PlaceResult]:
    task = TenantTask(tenants, owner=tenants[0].secret.owner, **more)
    return manage_tenants(calls, task, MARKS, check_mode=check_mode).results


@_about("tenants")
def onboarded(world: World) -> None:
    """Namespaces that are there and namespaces that are not get labels, Secret and links, each tenant its own."""
    there, new = world.make_namespace(), world.new_name()
    secret = wanted(world, ONE)
    mine = _tenant(world, secret, there, new, labels={"cost": "4711"}, annotations={"note": "x y"})
    other = _tenant(
        world,
        rotated(secret, OTHER),
        world.new_name(),
        accounts=ServiceAccountChoice(("default", "builder"), missing="create"),
    )
    accounts = ServiceAccountChoice(owner=secret.owner)
    tenants = (replace(mine, accounts=accounts), other)

    reading = KubeApi(NothingWritten(world.transport), 4)
    foreseen = _onboard(reading, *tenants, check_mode=True)
    done = _onboard(api(world), *tenants)
    again = _onboard(reading, *tenants)

    assert [(result.name, result.action, result.tenant) for result in foreseen] == [
        (there, "updated", mine.name),
        (new, "created", mine.name),
        (other.namespaces[0], "created", other.name),
    ]
    assert actions(done) == actions(foreseen)
    assert set(actions(again)) == {"unchanged"}
    for name in (there, new):
        metadata = api(world).get(namespace_path(name))["metadata"]
        assert (metadata["labels"]["cost"], metadata["annotations"]["note"]) == ("4711", "x y")
        assert registries(world, name, secret.name) == {"quay.io": "robot:one"}
        assert links(world, name) == [secret.name]
    assert owner_of(api(world).get(namespace_path(there))["metadata"].get("labels") or {}) is None
    assert owner_of(api(world).get(namespace_path(new))["metadata"]["labels"]) == secret.owner
    assert registries(world, other.namespaces[0], secret.name) == {"ghcr.io": "other:other"}
    assert links(world, other.namespaces[0], "builder") == [secret.name]


@_about("tenants")
def never_half_way(world: World) -> None:
    """Where a right is missing for the last step nothing is done in that namespace, in check mode as in a run; others are done."""
    open_one, closed = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    may_link = Allowed("serviceaccounts", ["get", "patch"], [open_one])
    may_get = Allowed("serviceaccounts", ["get"], [closed])
    user = world.transport_of([*READ_ALL, Allowed("secrets", ["get", "create"]), may_link, may_get])
    tenants = [_tenant(world, secret, name) for name in (open_one, closed)]

    foreseen = _onboard(KubeApi(NothingWritten(user), 4), *tenants, check_mode=True)
    done = _onboard(KubeApi(user, 4), *tenants)

    assert told(done) == told(foreseen)
    assert told(done)[1] == (
        closed,
        "failed",
        (
            f"ServiceAccount default: the user may not patch serviceaccounts default in namespace {closed};"
            " grant the verb by a Role or ClusterRole, or use another user"
        ),
    )
    assert registries(world, open_one, secret.name)
    with pytest.raises(NotFound):
        api(world).get(secret_path(closed, secret.name))


@_about("tenants")
def one_password_rotated(world: World) -> None:
    """When one tenant's password changes, only its Secrets change."""
    one, other = world.make_namespace(), world.make_namespace()
    secret = wanted(world, ONE)
    first, second = _tenant(world, secret, one), _tenant(world, secret, other)
    _onboard(api(world), first, second)

    results = _onboard(api(world), first, replace(second, secret=rotated(secret, TWO)))

    assert told(results) == [(other, "updated", f"Secret {secret.name}: quay.io: password changed")]


@_about("tenants")
def repaired(world: World) -> None:
    """What somebody overwrote is repaired, and theirs is kept."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    tenant = _tenant(world, secret, namespace)
    _onboard(api(world), tenant)
    path = service_account_path(namespace, "default")
    api(world).merge_patch(path, {"imagePullSecrets": [{"name": "theirs"}]})

    results = _onboard(api(world), tenant)

    assert told(results) == [(namespace, "updated", f"ServiceAccount default: imagePullSecrets:{secret.name} added")]
    assert links(world, namespace) == ["theirs", secret.name]


@_about("tenants")
def offboarded(world: World) -> None:
    """Offboarding unlinks every ServiceAccount and removes our Secret, and the namespace stays."""
    namespace, missing = world.make_namespace(), world.new_name()
    secret = wanted(world, ONE)
    tenant = _tenant(world, secret, namespace)
    _onboard(api(world), tenant)
    _make_account(world, namespace, "later", "theirs", secret.name)
    leaving = replace(tenant, namespaces=(namespace, missing), present=False)

    cases = four_cases(world, lambda calls, check_mode: _onboard(calls, leaving, check_mode=check_mode))

    assert actions(cases.done) == ["updated", "unchanged"]
    assert (links(world, namespace), links(world, namespace, "later")) == ([], ["theirs"])
    assert not exists(world, secret_path(namespace, secret.name))
    assert exists(world, namespace_path(namespace))


@_about("tenants")
def offboarded_with_namespaces(world: World) -> None:
    """Only namespaces that were made for this owner are removed, the others are unlinked and say why they stay."""
    theirs, ours = world.make_namespace(), world.new_name()
    secret = wanted(world, ONE)
    tenant = _tenant(world, secret, theirs, ours)
    _onboard(api(world), tenant)

    results = _onboard(api(world), replace(tenant, present=False), remove_namespaces=True)

    by_name = {result.name: result for result in results}
    assert (by_name[ours].action, by_name[ours].reason) == ("deleted", f"Namespace {ours}: with all that is in it")
    assert by_name[theirs].reason.endswith(f"Namespace {theirs}: kept: was not made for this owner")
    assert links(world, theirs) == []
    assert "deletionTimestamp" not in api(world).get(namespace_path(theirs))["metadata"]
    if exists(world, namespace_path(ours)):
        assert "deletionTimestamp" in api(world).get(namespace_path(ours))["metadata"]


@_about("tenants")
def namespace_changed_hands(world: World) -> None:
    """A namespace that somebody takes over after we looked at it is not removed, and not said to be."""
    name = world.new_name()
    tenant = _tenant(world, wanted(world, ONE), name)
    _onboard(api(world), tenant)

    def take_over(calls: KubeApi, request: Request) -> None:
        calls.merge_patch(request.path, {"metadata": {"labels": ownership_labels("somebody-else")}})

    leaving = replace(tenant, present=False)
    results = _onboard(api(world, first_times(1, "DELETE", take_over)), leaving, remove_namespaces=True)

    kept = "kept: was not made for this owner since it was looked at; run again"
    assert told(results) == [(name, "failed", f"Namespace {name}: {kept}")]
    assert not results[0].is_changed
    assert "deletionTimestamp" not in api(world).get(namespace_path(name))["metadata"]


@_about("tenants")
def namespace_changed_before_it_was_removed(world: World) -> None:
    """A namespace that changes, and is still the tenant's, is looked at again and removed; one that is going is as wanted."""
    touched, going = world.new_name(), world.new_name()
    tenant = _tenant(world, wanted(world, ONE), touched, going)
    _onboard(api(world), tenant)

    def meddle(calls: KubeApi, request: Request) -> None:
        if request.path == namespace_path(touched):
            calls.merge_patch(request.path, {"metadata": {"labels": {"touched": "yes"}}})
        else:
            calls.delete(request.path, uid=calls.get(request.path)["metadata"]["uid"])

    leaving = replace(tenant, present=False)
    results = _onboard(api(world, first_times(2, "DELETE", meddle)), leaving, remove_namespaces=True)

    assert actions(results) == ["deleted", "deleted"]
    for name in (touched, going):
        if exists(world, namespace_path(name)):
            assert "deletionTimestamp" in api(world).get(namespace_path(name))["metadata"]


@_about("tenants")
def namespace_of_another_tenant(world: World) -> None:
    """A namespace that was made for another tenant of the same owner is not removed with this one."""
    name = world.new_name()
    secret = wanted(world, ONE)
    other = _tenant(world, secret, name)
    _onboard(api(world), other)

    results = _onboard(api(world), _tenant(world, secret, name, present=False), remove_namespaces=True)

    assert results[0].reason.endswith(f"Namespace {name}: kept: belongs to the tenant '{other.name}'")
    assert "deletionTimestamp" not in api(world).get(namespace_path(name))["metadata"]


@_about("tenants")
def labels_of_another_owner(world: World) -> None:
    """Labels and annotations of another owner's namespace are its alone; the rest of a tenant needs no say there."""
    name = world.new_name()
    first = _tenant(world, wanted(world, ONE), name, labels={"level": "baseline"})
    _onboard(api(world), first)
    second = _tenant(world, wanted(world, ONE), name)

    refused = _onboard(api(world), replace(second, labels={"level": "privileged"}))
    plain = _onboard(api(world), second)

    reason = f"belongs to the owner '{first.secret.owner}', who alone sets its labels and annotations"
    assert told(refused) == [(name, "failed", f"Namespace {name}: {reason}; use that owner, or leave them out")]
    assert actions(plain) == ["created"]
    labels = api(world).get(namespace_path(name))["metadata"]["labels"]
    assert (labels["level"], labels["regcred.kubernetes/tenant"]) == ("baseline", first.name)


@_about("tenants")
def labels_while_it_changed_hands(world: World) -> None:
    """Labels rest on what was looked at: who takes the namespace over first keeps it, who touches it loses nothing."""
    taken, touched = sorted([world.make_namespace(), world.make_namespace()])
    tenant = _tenant(world, wanted(world, ONE), taken, touched, labels={"level": "baseline"})

    changes = {
        namespace_path(taken): ownership_labels("somebody-else"),
        namespace_path(touched): {"touched": "yes"},
    }

    def meddle(calls: KubeApi, request: Request) -> None:
        if request.method == "PATCH" and request.path in changes:
            calls.merge_patch(request.path, {"metadata": {"labels": changes.pop(request.path)}})

    results = _onboard(api(world, meddle), tenant)

    assert actions(results) == ["failed", "updated"]
    assert "belongs to the owner 'somebody-else'" in results[0].reason
    assert "level" not in api(world).get(namespace_path(taken))["metadata"]["labels"]
    labels = api(world).get(namespace_path(touched))["metadata"]["labels"]
    assert (labels["touched"], labels["level"]) == ("yes", "baseline")


@_about("tenants")
def offboarded_and_never_here(world: World) -> None:
    """Offboarding a tenant that never was here leaves a link of somebody else, and takes one that it made."""
    theirs, ours = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    _make_account(world, theirs, "builder", secret.name)
    tenant = _tenant(world, secret, ours)
    _onboard(api(world), tenant)
    api(world).delete(
        secret_path(ours, secret.name), uid=api(world).get(secret_path(ours, secret.name))["metadata"]["uid"]
    )

    four_cases(
        world,
        lambda calls, check_mode: _onboard(
            calls, replace(tenant, namespaces=(theirs, ours), present=False), check_mode=check_mode
        ),
    )

    assert (links(world, theirs, "builder"), links(world, ours)) == ([secret.name], [])


@_about("tenants")
def offboarded_by_name(world: World) -> None:
    """A tenant's name is enough to find its namespaces, whatever they are called, and twice is green with a warning."""
    there, new, moved = world.make_namespace(), world.new_name(), world.make_namespace()
    secret = wanted(world, ONE)
    tenant = replace(_tenant(world, secret, there, new, moved), name=f"Team {world.new_name()}")
    _onboard(api(world), tenant)
    heir = _tenant(world, secret, moved)
    leaving = replace(tenant, namespaces=(), present=False, remembered=True)
    task = TenantTask((leaving, heir), owner=secret.owner)
    reading = KubeApi(NothingWritten(world.transport), 4)

    foreseen = manage_tenants(reading, task, MARKS, check_mode=True)
    done = manage_tenants(api(world), task, MARKS, check_mode=False)
    again = manage_tenants(reading, task, MARKS, check_mode=False)

    for name in (there, new):
        assert not exists(world, secret_path(name, secret.name))
        assert links(world, name) == []
    assert links(world, moved) == [secret.name]
    assert told(foreseen.results) == told(done.results)
    assert done.warnings == []
    assert set(actions(again.results)) == {"unchanged"}
    assert again.warnings == [
        f"tenants: nothing to offboard was found of {tenant.name}; check the names, or give the namespaces"
    ]
    removing = replace(task, remove_namespaces=True)
    removed = manage_tenants(api(world), removing, MARKS, check_mode=False)
    assert told(removed.results) == [(new, "deleted", f"Namespace {new}: with all that is in it")]


@_about("tenants")
def labels_that_were_planted(world: World) -> None:
    """A tenant whose label stands on too many namespaces is held up as a whole, with their names, and nobody else is."""
    mine, planted, other = world.make_namespace(), [world.new_name(), world.new_name()], world.make_namespace()
    secret = wanted(world, ONE)
    tenant = replace(_tenant(world, secret, mine, *planted), name=mine)
    neighbour = replace(_tenant(world, secret, other), name=other)
    _onboard(api(world), tenant, neighbour)
    leaving = [replace(tenant, namespaces=(mine,), present=False, remembered=True), replace(neighbour, present=False)]
    task = TenantTask(tuple(leaving), owner=secret.owner, prune_limit=1)

    outcome = manage_tenants(api(world), task, MARKS, check_mode=False)

    places = ", ".join(sorted(planted))
    held_up = (
        f"Secret {secret.name}: left: 2 namespaces that are not named remember the tenant, and prune_limit is 1"
        f" ({places}); raise it if all of them are the tenant's, or give the namespaces that are"
    )
    assert [(name, why) for name, action, why in told(outcome.results) if action == "failed"] == [
        (name, held_up) for name in (mine, *sorted(planted))
    ]
    assert [exists(world, secret_path(name, secret.name)) for name in (mine, *planted, other)] == [True] * 3 + [False]
    assert outcome.warnings == []


@_about("tenants")
def label_on_a_secret(world: World) -> None:
    """Who may label a Secret does not get a namespace removed that was made for all: it remembers no tenant itself."""
    shared = world.new_name()
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, shared, missing="create"))
    tenant = replace(_tenant(world, secret), name=world.new_name(), present=False, remembered=True)
    planted = {"metadata": {"labels": dict(tenant.own_labels)}}
    api(world).merge_patch(secret_path(shared, secret.name), planted)
    task = TenantTask((tenant,), owner=secret.owner, remove_namespaces=True)

    results = manage_tenants(api(world), task, MARKS, check_mode=False).results

    assert "deletionTimestamp" not in api(world).get(namespace_path(shared))["metadata"]
    assert "Namespace " + shared + ": kept: does not remember the tenant; name it to remove it" in results[0].reason


@_about("tenants")
def offboarded_by_name_without_rights(world: World) -> None:
    """Who may not list namespaces is warned that those that remember the tenant were not looked for."""
    namespace = world.make_namespace()
    tenant = replace(_tenant(world, wanted(world, ONE), namespace), name=namespace)
    _onboard(api(world), tenant)
    rights = [
        Allowed("secrets", ["list", "get", "delete"], [namespace]),
        Allowed("serviceaccounts", ["list", "get", "patch"], [namespace]),
    ]
    task = TenantTask((replace(tenant, present=False, remembered=True),), owner=tenant.secret.owner)

    outcome = manage_tenants(KubeApi(world.transport_of(rights), 4), task, MARKS, check_mode=False)

    assert actions(outcome.results) == ["updated"]
    assert outcome.warnings == [
        (
            f"tenants: namespaces may not be listed, so those that remember {namespace} were not looked for;"
            " grant it, or give the namespaces"
        )
    ]


@_about("tenants")
def conflict_stops_its_namespace(world: World) -> None:
    """Where the Secret cannot be had, the ServiceAccount is not linked to it; other namespaces go on."""
    one, other = world.make_namespace(), world.make_namespace()
    secret = wanted(world, ONE)
    api(world).create(secrets_path(one), foreign_secret(secret.name, one))

    results = _onboard(api(world), _tenant(world, secret, one, other))

    assert actions(results) == ["failed", "created"]
    assert (links(world, one), links(world, other)) == ([], [secret.name])


@_about("tenants")
def namespaces_that_may_not_be_made(world: World) -> None:
    """Who may not create a namespace is told so for each, and the namespaces that are there are done."""
    there, new = world.make_namespace(), world.new_name()
    secret = wanted(world, ONE)
    rights = [
        *READ_ALL,
        Allowed("namespaces", ["get"]),
        Allowed("secrets", ["create", "get", "patch"]),
        Allowed("serviceaccounts", ["create", "get", "patch"]),
    ]

    results = _onboard(KubeApi(world.transport_of(rights), 4), _tenant(world, secret, there, new))

    assert actions(results) == ["created", "failed"]
    assert results[1].reason.startswith(f"Namespace {new}: POST /api/v1/namespaces: 403 Forbidden: ")
    assert len(results[1].changes) == 1
    assert links(world, there) == [secret.name]


@_about("tenants")
def tenants_that_cannot_be(world: World) -> None:
    """Names that are no names, tenants of one name, and a namespace of two tenants are refused before anything is written."""
    secret = wanted(world, ONE)
    shared = world.new_name()
    one = _tenant(world, secret, shared)
    cases = [
        ([_tenant(world, secret, "Not_A_Name")], ": namespaces[0]: 'Not_A_Name' cannot name a namespace; "),
        (
            [one, replace(one, namespaces=("x",))],
            f"tenants: the name {one.name} is given twice; give each tenant one entry",
        ),
        ([one, _tenant(world, secret, shared)], f"tenants: the namespace {shared} belongs to {one.name} and "),
    ]
    for tenants, text in cases:
        with pytest.raises(InvalidInput) as caught:
            _onboard(KubeApi(NothingWritten(world.transport), 4), *tenants)
        assert text in str(caught.value)


@_about("tenants")
def no_tenants(world: World) -> None:
    """A list of tenants that is empty is nothing to do."""
    assert manage_tenants(api(world), TenantTask(()), MARKS, check_mode=False).results == []


# namespaces, observe, pull_secret_reports


@_about("namespaces")
def namespace_made_meanwhile(world: World) -> None:
    """A namespace that somebody makes before us is used all the same."""
    name = world.new_name()
    secret = wanted(world, ONE)

    def make(calls: KubeApi, _request: Request) -> None:
        calls.create(namespaces_path(), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    calls = api(world, first_times(1, "POST", make))
    results = _manage(calls, _task(secret, name, missing="create"))

    assert told(results) == [(name, "created", f"Secret {secret.name}: new, with quay.io")]
    assert owner_of(api(world).get(namespace_path(name))["metadata"].get("labels") or {}) is None


@_about("namespaces")
def selected_by_label(world: World) -> None:
    """The API server reads the label selector, and exclusions win."""
    one, other = world.make_namespace(), world.make_namespace()
    mark = world.new_name()
    for name in (one, other):
        api(world).merge_patch(namespace_path(name), {"metadata": {"labels": {"mark": mark}}})
    secret = wanted(world, ONE)
    selection = NamespaceSelection(selector=f"mark={mark}", excluded=(other,))

    results = _manage(api(world), PullSecretTask(secret, selection))

    assert [result.name for result in results] == [one]


@_about("pull_secret_reports")
def reported(world: World) -> None:
    """What is in pull Secrets is told by namespace, and what cannot be read does not hide the rest."""
    one, closed = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    _manage(api(world), _task(secret, one, closed))
    opaque = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "unrelated"},
        "type": "Opaque",
        "data": {"key": "aHVudGVyMg=="},
    }
    api(world).create(secrets_path(one), opaque)
    user = KubeApi(world.transport_of([Allowed("secrets", ["list"], [one])]), 4)
    selection = NamespaceSelection((one, closed), missing="skip")

    found = report_pull_secrets(user, selection, ())
    by_name = report_pull_secrets(api(world), selection, ["unrelated"])

    assert [(report["namespace"], report["name"], report["owner"]) for report in found.secrets] == [
        (one, secret.name, secret.owner)
    ]
    assert found.secrets[0]["registries"] == [{"registry": "quay.io", "username": "robot", "email": ""}]
    assert [(each["kind"], each["namespace"]) for each in found.unseen] == [("Secret", closed)]
    assert [problem["code"] for problem in by_name.secrets[0]["problems"]] == ["wrong_type"]


@_about("steps")
def failure_keeps_what_was_done(world: World) -> None:
    """What was done before a failure is reported beside it, and counts as a change."""
    new = world.new_name()
    secret = wanted(world, ONE, labels={"bad": "not a value"})

    results = _manage(api(world), _task(secret, new, missing="create"))

    assert actions(results) == ["failed"]
    assert results[0].is_changed
    assert results[0].reason.endswith(f"; Namespace {new}: did not exist")


# image_pulls


def make_pull_secret(world: World, namespace: str, name: str, *registries: str) -> None:
    """A Secret that has a credential for each of these registries, with the user ``puller`` and a password of its name."""
    auths = {registry: {"username": "puller", "password": f"password-{name}"} for registry in registries}
    document = base64.b64encode(json.dumps({"auths": auths}).encode()).decode("ascii")
    api(world).create(
        secrets_path(namespace),
        {**foreign_secret(name, namespace), "data": {".dockerconfigjson": document}},
    )


def link(world: World, namespace: str, *secrets: str, account: str = "default") -> None:
    """Make this the list of a ServiceAccount, and wait until new Pods get it: the API server reads lists from a watch."""
    references = [{"name": secret} for secret in secrets]
    api(world).merge_patch(service_account_path(namespace, account), {"imagePullSecrets": references})
    for _unused in range(1000):
        name = world.new_name()
        probe = make_pod(world, namespace, name, "probe", account=account)
        api(world).delete(f"{pods_path(namespace)}/{name}", uid=probe["metadata"]["uid"])
        if [entry.get("name", "") for entry in probe["spec"].get("imagePullSecrets") or []] == list(secrets):
            return
    raise AssertionError(f"new Pods in {namespace} do not get the list")


def pod_spec(*images: str, secrets: t.Sequence[str] = (), account: str = "") -> dict[str, t.Any]:
    """A spec of Pods that no node takes; containers are called ``c0``, ``c1`` and so on."""
    return {
        "containers": [{"name": f"c{number}", "image": image} for number, image in enumerate(images)],
        "nodeSelector": {"no-such-node": "true"},
        "restartPolicy": "Never",
        **({"imagePullSecrets": [{"name": secret} for secret in secrets]} if secrets else {}),
        **({"serviceAccountName": account} if account else {}),
    }


def make_pod(world: World, namespace: str, name: str, *images: str, **more: t.Any) -> dict[str, t.Any]:
    """A Pod; ``secrets`` and ``account`` as for ``pod_spec``, the rest is metadata. Returns what is stored."""
    spec = pod_spec(*images, secrets=more.pop("secrets", ()), account=more.pop("account", ""))
    metadata = {"name": name, "namespace": namespace, **more}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    return api(world).create(pods_path(namespace), manifest)


def set_status(world: World, namespace: str, pod: str, status: t.Mapping[str, t.Any]) -> None:
    """Say about a Pod what a kubelet would say."""
    api(world).merge_patch(f"{pods_path(namespace)}/{pod}/status", {"status": status})


def waiting(container: str, reason: str, message: str) -> dict[str, t.Any]:
    """The status of a Pod with a container that waits."""
    state = {"waiting": {"reason": reason, "message": message}}
    facts = {"name": container, "image": "", "imageID": "", "ready": False, "restartCount": 0, "state": state}
    return {"phase": "Pending", "containerStatuses": [facts]}


def make_event(
    world: World, namespace: str, pod: str, reason: str, message: str, *, uid: str = "", **more: t.Any
) -> None:
    """An event of a Pod, as a kubelet would make it; without a uid of whatever Pod has the name."""
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": world.new_name(), "namespace": namespace},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": pod, "uid": uid},
        "type": "Warning",
        "reason": reason,
        "message": message,
        **more,
    }
    api(world).create(events_path(namespace), event)


def explain(
    calls: KubeApi, namespaces: t.Iterable[str], subject: AskedPods | RunningPods | None = None, **more: t.Any
) -> Explained:
    """Explain the pulls in these namespaces; whatever is read, nothing is written."""
    return explain_image_pulls(
        calls, NamespaceSelection(tuple(namespaces), missing="skip"), subject or RunningPods(), **more
    )


def rows(explained: Explained, *columns: str) -> list[tuple[t.Any, ...]]:
    """Some columns of what is told of the pulls; of credentials the Secrets."""
    return [
        tuple(
            [each["secret"] for each in row[column]] if column == "credentials" else row[column] for column in columns
        )
        for row in explained.pulls
    ]


def codes(explained: Explained) -> list[tuple[str, str, str]]:
    """Code, kind and name of what was found."""
    return [(finding.code, finding.kind, finding.name) for finding in explained.findings]


@_about("image_pulls")
def list_is_fixed_at_creation(world: World) -> None:
    """A Pod pulls with its ServiceAccount's list as it was when the Pod was made, or with a list of its own; never with both."""
    namespace = world.make_namespace()
    make_pull_secret(world, namespace, "quay", "quay.io")
    make_pull_secret(world, namespace, "ghcr", "ghcr.io")
    make_pod(world, namespace, "early", "quay.io/team/app:v1")
    link(world, namespace, "quay")
    make_pod(world, namespace, "late", "quay.io/team/app:v1")
    make_pod(world, namespace, "own", "quay.io/team/app:v1", secrets=["ghcr"])

    found = explain(api(world), [namespace])

    assert rows(found, "objects", "secrets_from", "secrets", "verdict", "credentials") == [
        (["Pod/early"], "none", [], "anonymous", []),
        (["Pod/late"], "service_account", ["quay"], "credentials", ["quay"]),
        (["Pod/own"], "pod", ["ghcr"], "anonymous", []),
    ]
    assert sorted(codes(found)) == [
        ("created_before_link", "Pod", "early"),
        ("no_credential", "Pod", "early"),
        ("no_credential", "Pod", "own"),
        ("service_account_ignored", "Pod", "own"),
    ]
    assert found.unseen == []


@_about("image_pulls")
def workloads_of_each_kind(world: World) -> None:
    """Of each kind of workload the template is told, with the list that its next Pod will get."""
    namespace = world.make_namespace()
    make_pull_secret(world, namespace, "quay", "quay.io")
    link(world, namespace, "quay")
    template = {
        "metadata": {"labels": {"app": "x"}},
        "spec": {**pod_spec("quay.io/team/app:v1"), "restartPolicy": "Always"},
    }
    once = {"template": {"spec": pod_spec("quay.io/team/job:v1")}, "suspend": True}
    selecting = {"selector": {"matchLabels": {"app": "x"}}, "template": template}
    specs: dict[str, dict[str, t.Any]] = {
        "Deployment": {**selecting, "replicas": 0},
        "StatefulSet": {**selecting, "replicas": 0, "serviceName": "x"},
        "DaemonSet": selecting,
        "Job": once,
        "CronJob": {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": once}},
    }
    for kind, spec in specs.items():
        group = "batch/v1" if kind.endswith("Job") else "apps/v1"
        metadata = {"name": kind.lower(), "namespace": namespace}
        manifest = {"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec}
        api(world).create(workloads_path(kind, namespace), manifest)

    found = explain(api(world), [namespace], RunningPods(tuple(specs)))

    assert rows(found, "objects", "secrets_from", "credentials") == [
        (["Deployment/deployment", "StatefulSet/statefulset", "DaemonSet/daemonset"], "service_account", ["quay"]),
        (["Job/job", "CronJob/cronjob"], "service_account", ["quay"]),
    ]
    assert codes(found) == []


@_about("image_pulls")
def asked_about(world: World) -> None:
    """Somebody who only asks learns it for each ServiceAccount and image, also for one that does not exist."""
    namespace = world.make_namespace()
    make_pull_secret(world, namespace, "hub", "https://index.docker.io/v1/")
    _make_account(world, namespace, "builder", "hub")
    subject = AskedPods(("nginx", "quay.io/team/app:v1"), ("b*", "default", "gone"))
    columns = ("service_account", "image", "verdict", "secrets_from", "credentials", "objects")

    found = explain(api(world), [namespace], subject)
    with_list = explain(api(world), [namespace], replace(subject, service_accounts=("default",), secrets=("hub", "x")))

    assert rows(found, *columns) == [
        ("builder", "nginx", "credentials", "service_account", ["hub"], []),
        ("builder", "quay.io/team/app:v1", "anonymous", "service_account", [], []),
        ("default", "nginx", "anonymous", "none", [], []),
        ("default", "quay.io/team/app:v1", "anonymous", "none", [], []),
        ("gone", "nginx", "anonymous", "none", [], []),
        ("gone", "quay.io/team/app:v1", "anonymous", "none", [], []),
    ]
    assert ("missing_service_account", "ServiceAccount", "gone") in codes(found)
    assert rows(with_list, *columns)[0] == ("default", "nginx", "credentials", "pod", ["hub"], [])
    assert ("missing_secret", "ServiceAccount", "default") in codes(with_list)


@_about("image_pulls")
def what_does_not_pull(world: World) -> None:
    """Pods that have ended, or are being deleted, or do not match the selector, are left out."""
    namespace = world.make_namespace()
    for name in ("ended", "failed", "leaving", "other", "shown"):
        labels = {"app": "x" if name == "other" else "shown"}
        more = {"finalizers": ["example.com/wait"]} if name == "leaving" else {}
        make_pod(world, namespace, name, "nginx", labels=labels, **more)
    set_status(world, namespace, "ended", {"phase": "Succeeded"})
    set_status(world, namespace, "failed", {"phase": "Failed"})
    leaving = f"{pods_path(namespace)}/leaving"
    api(world).delete(leaving, uid=api(world).get(leaving)["metadata"]["uid"])

    found = explain(api(world), [namespace], RunningPods(selector="app=shown"))
    api(world).merge_patch(leaving, {"metadata": {"finalizers": None}})

    assert rows(found, "objects") == [(["Pod/shown"],)]


@_about("image_pulls")
def namespaces_that_are_not_there(world: World) -> None:
    """A name that may be a mistake is told, and so is a namespace that is about to be gone."""
    there, leaving = world.make_namespace(), world.make_namespace()
    make_pod(world, there, "x", "nginx")
    calls = api(world)
    calls.merge_patch(namespace_path(leaving), {"metadata": {"finalizers": ["example.com/wait"]}})
    calls.delete(namespace_path(leaving), uid=calls.get(namespace_path(leaving))["metadata"]["uid"])

    found = explain(calls, [there, leaving, "no-such-namespace"])
    calls.merge_patch(namespace_path(leaving), {"metadata": {"finalizers": None}})

    assert rows(found, "namespace") == [(there,)]
    assert found.unseen == [
        {"kind": "Namespace", "namespace": "no-such-namespace", "reason": "there is no such namespace"},
        {"kind": "Namespace", "namespace": leaving, "reason": "it is being deleted"},
    ]


@_about("image_pulls")
def failing_pods(world: World) -> None:
    """A Pod that waits for its image is told with its own events, the last word first; no secret is repeated."""
    namespace = world.make_namespace()
    make_pull_secret(world, namespace, "quay", "quay.io")
    for name in ("failing", "well"):
        make_pod(world, namespace, name, "quay.io/team/app:v1", "nginx", secrets=["quay"])
    said = "unauthorized: password-quay is wrong"
    set_status(world, namespace, "failing", waiting("c0", "ErrImagePull", said))
    make_event(world, namespace, "failing", "Failed", said, lastTimestamp="2026-11-22T10:00:00Z")
    make_event(world, namespace, "failing", "Failed", "Error: ErrImagePull", lastTimestamp="2026-11-22T11:00:00Z")
    make_event(world, namespace, "failing", "Failed", "Error: ErrImagePull", lastTimestamp="2026-11-22T10:30:00Z")
    make_event(world, namespace, "failing", "Unhealthy", "about something else", lastTimestamp="2026-11-22T12:00:00Z")
    make_event(world, namespace, "failing", "Failed", "is no warning", type="Normal")
    make_event(world, namespace, "well", "Failed", "of another Pod")
    make_event(world, namespace, "failing", "Failed", "of a Pod that had the name before", uid="0-0")

    found = explain(api(world), [namespace])

    failing = [finding for finding in found.findings if finding.code == "pull_failing"]
    assert [(each.kind, each.name, each.image) for each in failing] == [("Pod", "failing", "quay.io/team/app:v1")]
    assert failing[0].message == "container c0 waits with ErrImagePull: unauthorized: ******** is wrong"
    assert failing[0].events == ("Failed: Error: ErrImagePull", "Failed: unauthorized: ******** is wrong")


@_about("image_pulls")
def lists_and_secrets_that_are_wrong(world: World) -> None:
    """What is wrong with lists and with the Secrets in them is found, whatever the type of these is."""
    namespace = world.make_namespace()
    make_pull_secret(world, namespace, "quay", "quay.io")
    broken = base64.b64encode(b'{"auths":{"quay.io":{"auth":"secret-word"}}}').decode("ascii")
    for name, kind in (("broken", "kubernetes.io/dockerconfigjson"), ("opaque", "Opaque")):
        manifest = {**foreign_secret(name, namespace), "type": kind, "data": {".dockerconfigjson": broken}}
        api(world).create(secrets_path(namespace), manifest)
    link(world, namespace, "quay", "quay", "gone", "opaque", "")
    make_pod(world, namespace, "blocked", "quay.io/team/app:v1", "Team/App", secrets=["quay", "broken", "nowhere"])
    said = "illegal base64 data in secret-word"
    set_status(world, namespace, "blocked", waiting("c0", said, said))

    found = explain(api(world), [namespace])

    assert sorted(each[:2] for each in codes(found)) == [
        ("bad_base64", "Secret"),
        ("bad_base64", "Secret"),
        ("dangling_link", "ServiceAccount"),
        ("duplicate_link", "ServiceAccount"),
        ("empty_link", "ServiceAccount"),
        ("invalid_image", "Pod"),
        ("missing_secret", "Pod"),
        ("pull_failing", "Pod"),
        ("pulls_blocked", "Pod"),
        ("wrong_type", "Secret"),
    ]
    assert rows(found, "verdict") == [("blocked",), ("blocked",)]
    assert "secret-word" not in repr(found)


@_about("image_pulls")
def node_file(world: World) -> None:
    """The nodes' file is tried after the Secrets, and its secrets are not repeated either."""
    namespace = world.make_namespace()
    make_pull_secret(world, namespace, "quay", "quay.io")
    make_pod(world, namespace, "one", "quay.io/team/app:v1", "nginx", secrets=["quay"])
    set_status(world, namespace, "one", waiting("c1", "ErrImagePull", "node-password was refused"))
    text = json.dumps(
        {"auths": {each: {"username": "n", "password": "node-password"} for each in ("quay.io", "docker.io")}}
    )

    found = explain(api(world), [namespace], node=parse_docker_config(text, "dockerconfigjson"))

    assert rows(found, "image", "credentials") == [("quay.io/team/app:v1", ["quay", None]), ("nginx", [None])]
    assert [each["from"] for each in found.pulls[0]["credentials"]] == ["secret", "node"]
    assert found.findings[0].message.endswith("******** was refused")


@_about("image_pulls")
def what_may_not_be_read(world: World) -> None:
    """Whatever a user may not read, the rest is told, and what could not be seen is named with the reason."""
    here, closed = sorted([world.make_namespace(), world.make_namespace()])
    make_pull_secret(world, here, "quay", "quay.io")
    link(world, here, "quay")
    for namespace in (here, closed):
        make_pod(world, namespace, "one", "quay.io/team/app:v1")
    set_status(world, here, "one", waiting("c0", "ErrImagePull", "no"))
    everything = ("pods", "serviceaccounts", "secrets", "events")

    def seen(*resources: str) -> tuple[list[tuple[t.Any, ...]], list[tuple[str, str]]]:
        rights = [Allowed(resource, ["list"], [here]) for resource in resources]
        found = explain(KubeApi(world.transport_of(rights), 4), [here, closed])
        assert all("403 Forbidden" in each["reason"] for each in found.unseen)
        unseen = [(each["kind"], each["namespace"]) for each in found.unseen]
        return rows(found, "namespace", "secrets_from", "verdict"), unseen

    not_there = [("ServiceAccount", closed), ("Pod", closed)]
    whole = [(here, "service_account", "credentials")]
    assert seen(*everything) == (whole, not_there)
    assert seen("pods", "serviceaccounts", "secrets") == (whole, [*not_there, ("Event", here)])
    assert seen("pods", "serviceaccounts", "events") == (
        [(here, "service_account", "unknown")],
        [*not_there, ("Secret", here)],
    )
    assert seen("pods", "secrets", "events") == (
        [(here, "pod", "credentials")],
        [("ServiceAccount", here), *not_there],
    )
    assert seen("serviceaccounts", "secrets") == ([], [("ServiceAccount", closed), ("Pod", here), ("Pod", closed)])
    assert seen() == ([], [("ServiceAccount", here), ("ServiceAccount", closed), ("Pod", here), ("Pod", closed)])


@_about("image_pulls")
def unseen_lists_are_unknown(world: World) -> None:
    """Without the ServiceAccounts, nobody can say what a Pod will get that is not there yet."""
    namespace = world.make_namespace()
    calls = KubeApi(world.transport_of([Allowed("secrets", ["list"], [namespace])]), 4)

    found = explain(calls, [namespace], AskedPods(("nginx",)))

    assert rows(found, "service_account", "secrets_from", "verdict") == [("default", "unknown", "unknown")]


@_about("image_pulls")
def unreadable_selector(world: World) -> None:
    """A selector that the API server cannot read is the option's mistake, and no matter of a namespace."""
    namespace = world.make_namespace()
    one_namespace = [Allowed("pods", ["list"], [namespace]), Allowed("serviceaccounts", ["list"], [namespace])]

    for transport in (world.transport, world.transport_of(one_namespace)):
        with pytest.raises(InvalidInput) as caught:
            explain(KubeApi(transport, 4), [namespace], RunningPods(selector="app in ("))

        assert str(caught.value).startswith(
            "selector: the API server cannot read 'app in (' (unable to parse requirement"
        )
