"""Writes of a pull Secret beside other writers."""

from __future__ import annotations

import base64
import itertools
import json
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import ownership_labels
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import WantedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi, secret_path, secrets_path
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.carry_out import ATTEMPTS
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.manage_pull_secrets import PullSecretTask
from tests.unit.worlds import (
    ONE,
    OTHER,
    TWO,
    AnswersLost,
    Meddling,
    NothingWritten,
    World,
    actions,
    api,
    exists,
    first_times,
    foreign_secret,
    four_cases,
    links,
    manage_secrets,
    onboard,
    registries,
    reported,
    rotated,
    secret_task,
    tenant_of,
    wanted,
)


class Killed(BaseException):
    """The run ends here, as by SIGKILL: nothing of it catches this."""


class PuttingBack(Transport):
    """A way to an API server whose admission puts back what patches ask for."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(Server("http://webhook.invalid"), 1)
        self._inner = inner

    def send(self, request: Request) -> dict[str, t.Any]:
        """Answer a patch with the object as it is."""
        return self._inner.send(Request("GET", request.path) if request.method == "PATCH" else request)


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


def test_changed_by_another_writer(world: World) -> None:
    """Who writes between our reading and our writing is not overwritten: the change is planned anew on top of theirs."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE, purge=False)
    manage_secrets(api(world), secret_task(secret, namespace))

    def add_other(calls: KubeApi, request: Request) -> None:
        theirs = rotated(secret, OTHER)
        manage_secrets(calls, secret_task(theirs, namespace))
        assert request.path == secret_path(namespace, secret.name)

    results = manage_secrets(
        api(world, first_times(1, "PATCH", add_other)), secret_task(rotated(secret, TWO), namespace)
    )

    assert actions(results) == ["updated"]
    assert registries(world, namespace, secret.name) == {"quay.io": "robot:two", "ghcr.io": "other:other"}


def test_made_by_another_writer(world: World) -> None:
    """When somebody makes the Secret first, the policy for conflicts decides, and other namespaces go on."""
    one, other = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)

    def make_theirs(calls: KubeApi, request: Request) -> None:
        if request.path == secrets_path(one):
            calls.create(secrets_path(one), foreign_secret(secret.name, one))

    results = manage_secrets(api(world, first_times(2, "POST", make_theirs)), secret_task(secret, one, other))

    assert actions(results) == ["failed", "created"]
    assert "exists and is not managed by regcred.kubernetes" in results[0].reason
    assert registries(world, one, secret.name) == {"ghcr.io": "other:other"}


def test_deleted_by_another_writer(world: World) -> None:
    """When somebody deletes the Secret first, it is made again."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, namespace))

    def delete(calls: KubeApi, _request: Request) -> None:
        manage_secrets(calls, secret_task(secret, namespace, present=False))

    results = manage_secrets(api(world, first_times(1, "PATCH", delete)), secret_task(rotated(secret, TWO), namespace))

    assert reported(results) == [(namespace, "created", f"Secret {secret.name}: new, with quay.io")]
    assert registries(world, namespace, secret.name) == {"quay.io": "robot:two"}


def test_gone_before_it_was_removed(world: World) -> None:
    """A Secret that is gone when we come to remove it is as good as removed."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, namespace))
    absent = secret_task(secret, namespace, present=False)

    results = manage_secrets(
        api(world, first_times(1, "DELETE", lambda calls, _unused: t.cast("None", manage_secrets(calls, absent)))),
        absent,
    )

    assert actions(results) == ["deleted"]
    assert not exists(world, secret_path(namespace, secret.name))


def test_changed_before_it_was_removed(world: World) -> None:
    """A Secret that somebody takes over when we come to remove it stays."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, namespace))

    def take_over(calls: KubeApi, request: Request) -> None:
        calls.merge_patch(request.path, {"metadata": {"labels": ownership_labels("somebody-else")}})

    results = manage_secrets(
        api(world, first_times(1, "DELETE", take_over)), secret_task(secret, namespace, present=False)
    )

    assert reported(results) == [(namespace, "skipped", f"Secret {secret.name}: belongs to the owner 'somebody-else'")]
    assert exists(world, secret_path(namespace, secret.name))


def touching(numbers: t.Iterator[int]) -> t.Callable[[KubeApi, Request], None]:
    """Another writer, who sets an annotation of the object that a request is about, to the next number each time."""

    def touch(calls: KubeApi, request: Request) -> None:
        calls.merge_patch(request.path, {"metadata": {"annotations": {"touched": str(next(numbers))}}})

    return touch


def test_another_writer_never_rests(world: World) -> None:
    """A Secret that changes before each of our writes is given up after so many attempts, and says so."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, namespace))
    count = itertools.count(1)

    results = manage_secrets(
        api(world, first_times(1000, "PATCH", touching(count))), secret_task(rotated(secret, TWO), namespace)
    )

    assert actions(results) == ["failed"]
    assert results[0].reason.endswith("; another writer keeps changing the object: run again")
    assert next(count) == ATTEMPTS + 1
    assert registries(world, namespace, secret.name) == {"quay.io": "robot:one"}


def test_last_attempt_succeeds(world: World) -> None:
    """A writer that rests just before our last attempt does not keep us from getting there."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, namespace))

    results = manage_secrets(
        api(world, first_times(ATTEMPTS - 1, "PATCH", touching(itertools.count(1)))),
        secret_task(rotated(secret, TWO), namespace),
    )

    assert actions(results) == ["updated"]
    assert registries(world, namespace, secret.name) == {"quay.io": "robot:two"}


def test_old_one_is_put_back(world: World) -> None:
    """When the new Secret is refused after the old one was deleted, the old one is put back."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE, labels={"kept": "label"})
    manage_secrets(api(world), secret_task(secret, namespace))
    refused = replace(secret, form="dockercfg", labels={"bad": "not a value"})

    results = manage_secrets(api(world), secret_task(refused, namespace))

    assert actions(results) == ["failed"]
    assert ": 422 Invalid: " in results[0].reason
    found = api(world).get(secret_path(namespace, secret.name))
    assert (found["type"], found["metadata"]["labels"]["kept"]) == ("kubernetes.io/dockerconfigjson", "label")
    assert registries(world, namespace, secret.name) == {"quay.io": "robot:one"}


def test_lost_line(world: World) -> None:
    """A Secret that could neither be created again nor put back is reported as gone, and the next run brings it."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, namespace))
    changed = replace(secret, form="dockercfg")

    lost = manage_secrets(api(world, lost_after_delete(secret, namespace)), secret_task(changed, namespace))
    found = manage_secrets(api(world), secret_task(changed, namespace))

    assert reported(lost) == [
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
    assert lost[0].is_changed
    assert actions(found) == ["created"]


def test_refused_secret(world: World) -> None:
    """What the API server refuses is reported in its words, and nothing is there."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE, labels={"bad": "not a value"})

    results = manage_secrets(api(world), secret_task(secret, namespace))

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
    manage_secrets(api(world), secret_task(secret, namespace))
    manage_secrets(api(world), secret_task(theirs, namespace))
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


def test_interrupted(world: World) -> None:
    """Wherever a run is ended, the next one has the Secret as wanted, with all that others put into it."""
    for place in ("before the delete", "before the create", "before the end"):
        shared = _shared_secret(world)
        task = secret_task(shared.changed, shared.namespace)
        with pytest.raises(Killed):
            manage_secrets(api(world, _kills(shared)[place]), task)
        assert exists(world, f"{secret_path(shared.namespace, shared.secret.name)}.regcred-kept")

        cases = four_cases(
            world, lambda calls, check_mode, task=task: manage_secrets(calls, task, check_mode=check_mode)
        )

        assert actions(cases.done) == ["created" if place == "before the create" else "updated"]
        _check_shared(world, shared)


def test_interrupted_and_other_options(world: World) -> None:
    """A run with other options finds what was kept, too; one for another registry loses none."""
    shared = _shared_secret(world)
    with pytest.raises(Killed):
        manage_secrets(api(world, _kills(shared)["before the create"]), secret_task(shared.changed, shared.namespace))

    results = manage_secrets(api(world), secret_task(rotated(shared.secret, TWO), shared.namespace))

    assert reported(results)[0][:2] == (shared.namespace, "created")
    assert "put back, since the run that deleted it was interrupted" in results[0].reason
    assert registries(world, shared.namespace, shared.secret.name) == {"quay.io": "robot:two", "ghcr.io": "other:other"}
    assert not exists(world, f"{secret_path(shared.namespace, shared.secret.name)}.regcred-kept")


def test_interrupted_and_absent(world: World) -> None:
    """What is to be removed is removed with what was kept of it."""
    for place in ("before the create", "before the end"):
        shared = _shared_secret(world)
        with pytest.raises(Killed):
            manage_secrets(api(world, _kills(shared)[place]), secret_task(shared.changed, shared.namespace))

        results = manage_secrets(api(world), secret_task(shared.changed, shared.namespace, present=False))

        assert actions(results) == ["deleted"]
        path = secret_path(shared.namespace, shared.secret.name)
        assert not exists(world, path)
        assert not exists(world, f"{path}.regcred-kept")


def test_interrupted_takeover(world: World) -> None:
    """
    A Secret of somebody else that an interrupted run deleted is put back as it was by one that is not to take it over.

    What was asked for is not there then, so the namespace fails.
    """
    namespace = world.make_namespace()
    secret = wanted(world, ONE, purge=False, form="dockercfg", on_conflict="adopt")
    api(world).create(secrets_path(namespace), foreign_secret(secret.name, namespace))
    with pytest.raises(Killed):
        manage_secrets(api(world, lost_after_delete(secret, namespace, Killed())), secret_task(secret, namespace))

    results = manage_secrets(api(world), secret_task(replace(secret, on_conflict="fail"), namespace))

    assert (actions(results), results[0].is_changed) == (["failed"], True)
    assert results[0].reason.startswith(f"Secret {secret.name}: what was put back is not this owner's; ")
    assert "put back, since the run that deleted it was interrupted" in results[0].reason
    assert "is not managed by regcred.kubernetes" in results[0].reason
    assert registries(world, namespace, secret.name) == {"ghcr.io": "other:other"}
    assert not exists(world, f"{secret_path(namespace, secret.name)}.regcred-kept")


def test_nothing_is_deleted_unkept(world: World) -> None:
    """Where what a Secret holds cannot be kept, the Secret is not deleted."""
    shared = _shared_secret(world)
    kept = f"{shared.secret.name}.regcred-kept"
    api(world).create(secrets_path(shared.namespace), foreign_secret(kept, shared.namespace))

    results = manage_secrets(api(world), secret_task(shared.changed, shared.namespace))

    assert actions(results) == ["failed"]
    assert f"cannot be kept in Secret {kept}" in results[0].reason
    assert registries(world, shared.namespace, shared.secret.name) == {"quay.io": "robot:one", "ghcr.io": "other:other"}


def _hold(world: World, path: str, *finalizers: str) -> None:
    """Have these finalizers on an object, or none."""
    api(world).merge_patch(path, {"metadata": {"finalizers": list(finalizers) or None}})


HELD_BACK = "and stays until its finalizers go (example.com/hold); have what set them take them off"


def test_held_back_by_finalizers(world: World) -> None:
    """A Secret that its finalizers hold is not reported as deleted, nor deleted to be created again, nor as in order."""
    shared = _shared_secret(world)
    path = secret_path(shared.namespace, shared.secret.name)
    _hold(world, path, "example.com/hold")

    recreated = manage_secrets(api(world), secret_task(shared.changed, shared.namespace))
    assert [row[1] for row in reported(recreated)] == ["failed"]
    assert "which its finalizers forbid (example.com/hold)" in recreated[0].reason
    assert "deletionTimestamp" not in api(world).get(path)["metadata"]

    held = f"Secret {shared.secret.name}: is being deleted, {HELD_BACK}"
    absent = secret_task(shared.secret, shared.namespace, present=False)
    removed = manage_secrets(api(world), absent)
    assert (reported(removed), removed[0].is_changed) == ([(shared.namespace, "failed", held)], True)
    for check_mode in (False, True):  # it is on its way out, and nothing more is to be done
        again = manage_secrets(KubeApi(NothingWritten(world.transport), 1), absent, check_mode=check_mode)
        assert (reported(again), again[0].is_changed) == ([(shared.namespace, "failed", held)], False)
    wanted_again = manage_secrets(api(world), secret_task(shared.secret, shared.namespace))
    assert reported(wanted_again) == [(shared.namespace, "failed", f"{held}, or use another name for the Secret")]

    _hold(world, path)
    assert actions(manage_secrets(api(world), secret_task(shared.secret, shared.namespace))) == ["created"]


def test_links_to_a_held_secret(world: World) -> None:
    """The links to a Secret that somebody else deleted and its finalizers hold are removed all the same."""
    secret, name = wanted(world, ONE), world.make_namespace()
    tenant = tenant_of(world, secret, name)
    onboard(api(world), tenant)
    path = secret_path(name, secret.name)
    _hold(world, path, "example.com/hold")
    api(world).delete(path, uid=api(world).get(path)["metadata"]["uid"])

    (removed,) = onboard(api(world), replace(tenant, present=False))

    assert (removed.action, removed.is_changed) == ("failed", True)
    assert not links(world, name)


def test_deletion_of_a_held_secret_is_lost(world: World) -> None:
    """A Secret that is on its way out is reported as changed, though the answer to its deletion was lost."""
    shared = _shared_secret(world)
    _hold(world, secret_path(shared.namespace, shared.secret.name), "example.com/hold")

    calls = KubeApi(AnswersLost(world.transport), 1)
    (removed,) = manage_secrets(calls, secret_task(shared.secret, shared.namespace, present=False))

    held = f"Secret {shared.secret.name}: is being deleted, {HELD_BACK}"
    assert (removed.action, removed.reason, removed.is_changed) == ("failed", held, True)


def test_kept_and_held_back(world: World) -> None:
    """What an interrupted run left and cannot be removed is an error each time, and no change."""
    shared = _shared_secret(world)
    with pytest.raises(Killed):
        manage_secrets(api(world, _kills(shared)["before the end"]), secret_task(shared.changed, shared.namespace))
    kept = f"{shared.secret.name}.regcred-kept"
    _hold(world, secret_path(shared.namespace, kept), "example.com/hold")

    for _twice in range(2):
        results = manage_secrets(api(world), secret_task(shared.changed, shared.namespace))

        held = f"Secret {shared.secret.name}: Secret {kept} is being deleted, {HELD_BACK}"
        assert reported(results) == [(shared.namespace, "failed", held)]
        assert not results[0].is_changed
    _hold(world, secret_path(shared.namespace, kept))
    _check_shared(world, shared)


def test_lost_answer_and_held_back(world: World) -> None:
    """A patch whose answer was lost is a change, though what an interrupted run left cannot be removed after it."""
    shared = _shared_secret(world)
    with pytest.raises(Killed):
        manage_secrets(api(world, _kills(shared)["before the end"]), secret_task(shared.changed, shared.namespace))
    kept = f"{shared.secret.name}.regcred-kept"
    _hold(world, secret_path(shared.namespace, kept), "example.com/hold")
    labelled = replace(shared.changed, labels={"one": "more"})

    calls = KubeApi(AnswersLost(world.transport), 1)
    (result,) = manage_secrets(calls, secret_task(labelled, shared.namespace))

    assert (result.action, result.is_changed) == ("failed", True)
    assert f"label one set, and then: Secret {kept} is being deleted, {HELD_BACK}" in result.reason


def test_two_recreate_at_once(world: World) -> None:
    """Two runs that replace a Secret at the same time lose nothing of it."""
    for method in ("POST", "DELETE"):
        shared = _shared_secret(world)
        task = secret_task(shared.changed, shared.namespace)

        def other(calls: KubeApi, _request: Request, task: PullSecretTask = task) -> None:
            manage_secrets(calls, task)

        results = manage_secrets(api(world, first_times(1, method, other)), task)

        assert actions(results)[0] in ("updated", "unchanged", "created")
        _check_shared(world, shared)


def test_answers_are_lost(world: World) -> None:
    """What was done is reported, though the answer was lost and the repetition refused."""
    shared = _shared_secret(world)
    calls = KubeApi(AnswersLost(world.transport), 1)
    fresh = wanted(world, ONE)

    assert actions(manage_secrets(calls, secret_task(fresh, shared.namespace))) == ["created"]
    assert actions(manage_secrets(calls, secret_task(rotated(fresh, TWO), shared.namespace))) == ["updated"]
    assert actions(manage_secrets(calls, secret_task(rotated(fresh, TWO), shared.namespace))) == ["unchanged"]
    assert actions(manage_secrets(calls, secret_task(fresh, shared.namespace, present=False))) == ["deleted"]
    assert actions(manage_secrets(calls, secret_task(shared.changed, shared.namespace))) == ["updated"]
    _check_shared(world, shared)


def test_put_back_by_admission(world: World) -> None:
    """What admission puts back is an error that says so, not the same change in each run."""
    secret, name = wanted(world, ONE), world.new_name()
    tenant = replace(tenant_of(world, secret, name), name=name)
    onboard(api(world), tenant)
    calls = KubeApi(PuttingBack(world.transport), 1)
    changes = (
        (replace(tenant, labels={"a": "b"}), f"Namespace {name}"),
        (replace(tenant, secret=rotated(secret, TWO)), f"Secret {secret.name}"),
        (replace(tenant, secret=replace(secret, name=world.new_name())), "ServiceAccount default"),
    )
    for changed, title in changes:
        (result,) = onboard(calls, changed)

        assert result.action == "failed"
        assert f"{title}: is as it was, though the API server accepted the change: " in result.reason
