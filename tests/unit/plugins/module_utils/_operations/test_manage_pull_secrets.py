"""A pull Secret in many namespaces."""

from __future__ import annotations

import itertools
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import count_actions
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.namespaces import NamespaceSelection
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import (
    owner_of,
    ownership_labels,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import (
    NAMESPACES,
    KubeApi,
    namespace_path,
    secret_path,
    secrets_path,
    service_account_path,
    service_accounts_path,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.check_permissions import REVIEWS
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.link_service_accounts import (
    ServiceAccountChoice,
    manage_links,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.manage_pull_secrets import (
    PullSecretTask,
    manage_pull_secrets,
)
from tests.unit.fake_api import Allowed
from tests.unit.worlds import (
    MARKS,
    ONE,
    READ_ALL,
    TWO,
    FourCases,
    NothingWritten,
    World,
    actions,
    api,
    exists,
    foreign_secret,
    four_cases,
    link_task,
    links,
    make_account,
    manage_secrets,
    registries,
    reported,
    rotated,
    secret_task,
    wanted,
)


def test_created_and_rotated(world: World) -> None:
    """A Secret is made in each namespace, left alone when it is right, and changed in place when its password is new."""
    one, other = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)

    cases = four_cases(
        world, lambda calls, check_mode: manage_secrets(calls, secret_task(secret, one, other), check_mode=check_mode)
    )

    reason = f"Secret {secret.name}: new, with quay.io"
    assert reported(cases.done) == [(one, "created", reason), (other, "created", reason)]
    uid = api(world).get(secret_path(one, secret.name))["metadata"]["uid"]

    cases = four_cases(
        world,
        lambda calls, check_mode: manage_secrets(calls, secret_task(rotated(secret, TWO), one), check_mode=check_mode),
    )

    assert reported(cases.done) == [(one, "updated", f"Secret {secret.name}: quay.io: password changed")]
    assert registries(world, one, secret.name) == {"quay.io": "robot:two"}
    assert registries(world, other, secret.name) == {"quay.io": "robot:one"}
    assert api(world).get(secret_path(one, secret.name))["metadata"]["uid"] == uid


def test_type_changed(world: World) -> None:
    """A change of type is a new Secret with the labels of the old one."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE, labels={"kept": "label"})
    manage_secrets(api(world), secret_task(secret, namespace))
    changed = replace(secret, form="dockercfg", labels={})

    four_cases(
        world, lambda calls, check_mode: manage_secrets(calls, secret_task(changed, namespace), check_mode=check_mode)
    )

    found = api(world).get(secret_path(namespace, secret.name))
    assert (found["type"], list(found["data"])) == ("kubernetes.io/dockercfg", [".dockercfg"])
    assert found["metadata"]["labels"] == {"kept": "label", **ownership_labels(secret.owner)}


def test_immutable_rotated(world: World) -> None:
    """An immutable Secret is rotated by a delete and a create, and is immutable again."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE, immutable=True)
    manage_secrets(api(world), secret_task(secret, namespace))
    changed = replace(rotated(secret, TWO), immutable=None)

    cases = four_cases(
        world, lambda calls, check_mode: manage_secrets(calls, secret_task(changed, namespace), check_mode=check_mode)
    )

    assert reported(cases.done) == [
        (namespace, "updated", f"Secret {secret.name}: is immutable: deleted and created again")
    ]
    assert registries(world, namespace, secret.name) == {"quay.io": "robot:two"}
    assert api(world).get(secret_path(namespace, secret.name))["immutable"] is True


def test_adopted(world: World) -> None:
    """A Secret of somebody else is taken over only when asked, and keeps their labels."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE, purge=False)
    api(world).create(secrets_path(namespace), foreign_secret(secret.name, namespace))

    refused = manage_secrets(api(world), secret_task(secret, namespace))

    assert actions(refused) == ["failed"]
    assert "exists and is not managed by regcred.kubernetes; set on_conflict to adopt" in refused[0].reason
    adopting = replace(secret, on_conflict="adopt")
    four_cases(
        world, lambda calls, check_mode: manage_secrets(calls, secret_task(adopting, namespace), check_mode=check_mode)
    )
    assert registries(world, namespace, secret.name) == {"ghcr.io": "other:other", "quay.io": "robot:one"}
    found = api(world).get(secret_path(namespace, secret.name))
    assert found["metadata"]["labels"] == {"their": "label", **ownership_labels(secret.owner)}


def test_removed(world: World) -> None:
    """Absent removes ours, and leaves alone what belongs to others."""
    ours, theirs, none = sorted([world.make_namespace() for _unused in range(3)])
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, ours))
    api(world).create(secrets_path(theirs), foreign_secret(secret.name, theirs))
    task = secret_task(secret, ours, theirs, none, present=False)

    cases = four_cases(world, lambda calls, check_mode: manage_secrets(calls, task, check_mode=check_mode))

    assert reported(cases.done) == [
        (ours, "deleted", f"Secret {secret.name}: state is absent"),
        (theirs, "skipped", f"Secret {secret.name}: is not managed by regcred.kubernetes"),
    ]
    assert not exists(world, secret_path(ours, secret.name))
    assert exists(world, secret_path(theirs, secret.name))


def test_pruned(world: World) -> None:
    """Pruning removes ours from namespaces that are no longer selected, theirs never, and refuses beyond its limit."""
    kept, gone, also_gone, theirs = sorted([world.make_namespace() for _unused in range(4)])
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, kept, gone, also_gone))
    api(world).create(secrets_path(theirs), foreign_secret(secret.name, theirs))
    task = secret_task(secret, kept, prune=True, prune_limit=1)

    with pytest.raises(InvalidInput) as caught:
        manage_secrets(KubeApi(NothingWritten(world.transport), 4), task)

    assert str(caught.value).startswith(f"prune_limit: 2 Secrets {secret.name} would be removed, and 1 is the limit (")
    task = replace(task, prune_limit=2)
    cases = four_cases(world, lambda calls, check_mode: manage_secrets(calls, task, check_mode=check_mode))
    reason = f"Secret {secret.name}: the namespace is no longer selected"
    assert reported(cases.done) == [(gone, "deleted", reason), (also_gone, "deleted", reason)]
    assert exists(world, secret_path(kept, secret.name))
    assert exists(world, secret_path(theirs, secret.name))


def test_prune_needs_a_selection(world: World) -> None:
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
            manage_secrets(KubeApi(NothingWritten(world.transport), 4), replace(task, prune=True))

        assert warned.warnings == [unmatched]
        assert str(caught.value) == f"prune: {unmatched}, {reason}"


def test_prune_leaves_what_is_excluded(world: World) -> None:
    """Pruning goes to no namespace that is excluded."""
    kept, gone, excluded = sorted([world.make_namespace() for _unused in range(3)])
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, kept, gone, excluded))
    task = PullSecretTask(secret, NamespaceSelection((kept,), excluded=(f"{excluded}*",)), prune=True)

    cases = four_cases(world, lambda calls, check_mode: manage_secrets(calls, task, check_mode=check_mode))

    assert reported(cases.done) == [(gone, "deleted", f"Secret {secret.name}: the namespace is no longer selected")]
    assert exists(world, secret_path(excluded, secret.name))


def test_joined_while_pruning(world: World) -> None:
    """A namespace that joins the selection, and gets its Secret, while the run lists keeps it."""
    kept, joining = sorted([world.make_namespace(), world.make_namespace()])
    mark = world.new_name()
    secret = wanted(world, ONE)
    selection = NamespaceSelection(selector=f"mark={mark}")
    api(world).merge_patch(namespace_path(kept), {"metadata": {"labels": {"mark": mark}}})
    listed: list[str] = []

    def join(calls: KubeApi, request: Request) -> None:
        listed.append(request.path)
        if set(listed) == {secrets_path(), NAMESPACES}:
            listed.append("")
            calls.merge_patch(namespace_path(joining), {"metadata": {"labels": {"mark": mark}}})
            manage_secrets(calls, PullSecretTask(secret, selection))

    results = manage_secrets(api(world, join), PullSecretTask(secret, selection, prune=True))

    assert "deleted" not in actions(results)
    assert exists(world, secret_path(joining, secret.name))


def test_prune_needs_to_see_namespaces(world: World) -> None:
    """Who may not list namespaces cannot prune: what is not selected is not known."""
    there, other = world.make_namespace(), world.make_namespace()
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, there, other))
    user = KubeApi(NothingWritten(world.transport_of([Allowed("secrets", ["list"])])), 4)

    with pytest.raises(InvalidInput) as caught:
        manage_secrets(user, secret_task(secret, there, prune=True))

    assert str(caught.value) == "prune: needs the right to list namespaces; grant it, or leave prune out"


def test_removal_has_a_limit(world: World) -> None:
    """Absent by glob or selector refuses beyond the limit; names that are written out are meant."""
    names = sorted([world.make_namespace() for _unused in range(3)])
    mark = world.new_name()
    for name in names:
        api(world).merge_patch(namespace_path(name), {"metadata": {"labels": {"mark": mark}}})
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, *names))
    reading = KubeApi(NothingWritten(world.transport), 4)
    refused = f"prune_limit: 3 Secrets {secret.name} would be removed, and 2 is the limit ({', '.join(names)}); raise "
    globs = tuple(f"{name[:-1]}[{name[-1]}]" for name in names)

    for selection in (NamespaceSelection(globs), NamespaceSelection(selector=f"mark={mark}")):
        task = PullSecretTask(secret, selection, present=False, prune_limit=2)
        with pytest.raises(InvalidInput) as caught:
            manage_secrets(reading, task)
        assert str(caught.value).startswith(refused)
        assert actions(manage_secrets(reading, replace(task, prune_limit=3), check_mode=True)) == ["deleted"] * 3

    named = NamespaceSelection(tuple(names), selector=f"mark={mark}")
    assert (
        actions(manage_secrets(api(world), PullSecretTask(secret, named, present=False, prune_limit=0)))
        == ["deleted"] * 3
    )


def test_missing_namespaces(world: World) -> None:
    """A name that does not exist fails before anything is written, is skipped, or is made, as asked."""
    there, missing = world.make_namespace(), world.new_name()
    secret = wanted(world, ONE)

    with pytest.raises(InvalidInput) as caught:
        manage_secrets(KubeApi(NothingWritten(world.transport), 4), secret_task(secret, there, missing))

    assert str(caught.value) == (
        f"namespaces: there is no namespace {missing};"
        " correct the name, create it first, or set missing_namespace to skip"
    )
    skipped = manage_secrets(api(world), secret_task(secret, there, missing, missing="skip"))
    assert reported(skipped)[1:] == [(missing, "skipped", "there is no such namespace")]
    task = secret_task(secret, there, missing, missing="create")
    cases = four_cases(world, lambda calls, check_mode: manage_secrets(calls, task, check_mode=check_mode))
    assert reported(cases.done) == [
        (missing, "created", f"Namespace {missing}: did not exist; Secret {secret.name}: new, with quay.io")
    ]
    made = api(world).get(namespace_path(missing))
    assert owner_of(made["metadata"]["labels"]) == secret.owner


def test_terminating_namespace(world: World) -> None:
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

    results = manage_secrets(KubeApi(NothingWritten(world.transport), 4), secret_task(wanted(world, ONE), going))

    assert reported(results) == [(going, "skipped", "the namespace is being deleted")]
    calls.merge_patch(service_account_path(going, "kept"), {"metadata": {"finalizers": None}})


def test_one_namespace_fails(world: World) -> None:
    """What is forbidden in one namespace does not stop the others."""
    open_one, closed = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    user = world.transport_of([*READ_ALL, Allowed("secrets", ["create", "patch", "get"], [open_one])])

    results = manage_secrets(KubeApi(user, 4), secret_task(secret, open_one, closed))

    assert actions(results) == ["created", "failed"]
    assert results[1].reason == (
        f"Secret {secret.name}: the user may not get secrets {secret.name} in namespace {closed}"
        f" and create secrets in namespace {closed};"
        " grant the verb by a Role or ClusterRole, or use another user"
    )
    assert results[1].changes[0].after == results[1].changes[0].before
    assert registries(world, open_one, secret.name) == {"quay.io": "robot:one"}
    assert count_actions(results)["failed"] == 1


def test_without_cluster_rights(world: World) -> None:
    """A user who may do nothing but in some namespaces can name those."""
    mine, closed = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    calls = KubeApi(world.transport_of([Allowed("secrets", ["list", "get", "create", "patch"], [mine])]), 4)

    results = manage_secrets(calls, secret_task(secret, mine, closed))

    by_name = {result.name: result for result in results}
    assert (by_name[mine].action, by_name[closed].action) == ("created", "failed")
    assert f"GET /api/v1/namespaces/{closed}/secrets: 403 Forbidden: " in by_name[closed].reason
    assert actions(manage_secrets(calls, secret_task(secret, mine))) == ["unchanged"]
    for task, text in (
        (secret_task(secret, "*"), "namespaces: globs, selectors and projects need the right to list namespaces ("),
        (secret_task(secret, mine, prune=True), "prune: needs the right to list Secrets in all namespaces; "),
    ):
        with pytest.raises(InvalidInput) as caught:
            manage_secrets(calls, task)
        assert str(caught.value).startswith(text)


def _accounts(*names: str, **more: t.Any) -> ServiceAccountChoice:
    return ServiceAccountChoice(names, **more)


def _plan_twice(world: World, task: PullSecretTask) -> FourCases:
    return four_cases(world, lambda calls, check_mode: manage_secrets(calls, task, check_mode=check_mode))


def test_linked_with_the_secret(world: World) -> None:
    """Secret and links are one plan a namespace, which check mode shows as a whole, though the Secret is not there yet."""
    one, other = sorted([world.make_namespace(), world.make_namespace()])
    make_account(world, one, "builder", "theirs")
    secret = wanted(world, ONE)
    task = secret_task(secret, one, other, accounts=_accounts("default", "build*"))

    cases = _plan_twice(world, task)

    new, added = f"Secret {secret.name}: new, with quay.io", f"imagePullSecrets:{secret.name} added"
    assert reported(cases.done) == [
        (one, "created", f"{new}; ServiceAccount builder: {added}; ServiceAccount default: {added}"),
        (other, "created", f"{new}; ServiceAccount default: {added}"),
    ]
    assert (links(world, one, "builder"), links(world, one)) == (["theirs", secret.name], [secret.name])
    assert links(world, other) == [secret.name]
    api(world).merge_patch(service_account_path(one, "default"), {"imagePullSecrets": None})
    assert reported(_plan_twice(world, task).done) == [(one, "updated", f"ServiceAccount default: {added}")]


def test_linked_in_a_new_namespace(world: World) -> None:
    """In a namespace that is made here ServiceAccounts are linked from birth, and check mode shows it; a glob stands for default."""
    for accounts in (_accounts("default", "runner"), _accounts("*"), _accounts("*", missing="fail")):
        new = world.new_name()
        secret = wanted(world, ONE)
        task = secret_task(secret, new, missing="create", accounts=accounts)

        foreseen = manage_secrets(KubeApi(NothingWritten(world.transport), 4), task, check_mode=True)
        done = manage_secrets(api(world), task)

        born = [f"ServiceAccount {name}: new, linked to {secret.name}" for name in accounts.names_from_birth]
        made = [f"Namespace {new}: did not exist", f"Secret {secret.name}: new, with quay.io"]
        assert reported(foreseen) == reported(done) == [(new, "created", "; ".join([*made, *born]))]
        assert [links(world, new, name) for name in accounts.names_from_birth] == [[secret.name]] * len(born)
        assert actions(manage_secrets(KubeApi(NothingWritten(world.transport), 4), task)) == ["unchanged"]


def test_unlinked_before_it_is_removed(world: World) -> None:
    """Absent takes the links away before the Secret, but for those of another owner."""
    namespace = world.make_namespace()
    make_account(world, namespace, "builder")
    make_account(world, namespace, "by-hand")
    secret = wanted(world, ONE)
    task = secret_task(secret, namespace, accounts=_accounts("default", "by-hand"))
    manage_links(
        api(world), link_task([namespace], secret.name, names=("builder",), missing_secret="warn"), check_mode=False
    )
    manage_secrets(api(world), task)
    leaving = replace(task, accounts=_accounts("*"), present=False)
    writes: list[str] = []

    def note(_calls: KubeApi, request: Request) -> None:
        if request.method != "GET" and request.path != REVIEWS:
            writes.append(request.method)

    foreseen = manage_secrets(KubeApi(NothingWritten(world.transport), 4), leaving, check_mode=True)
    done = manage_secrets(api(world, note), leaving)

    removed = f"imagePullSecrets:{secret.name} removed"
    assert reported(foreseen) == reported(done)
    reasons = [
        f"Secret {secret.name}: state is absent",
        f"ServiceAccount by-hand: {removed}",
        f"ServiceAccount default: {removed}",
        f"ServiceAccount builder: imagePullSecrets:{secret.name} left: belongs to the owner 'default'",
    ]
    assert reported(done) == [(namespace, "deleted", "; ".join(reasons))]
    assert writes == ["PATCH", "PATCH", "DELETE"]
    assert (links(world, namespace), links(world, namespace, "builder")) == ([], [secret.name])
    assert actions(manage_secrets(KubeApi(NothingWritten(world.transport), 4), leaving)) == ["skipped"]


def test_links_to_what_is_not_ours(world: World) -> None:
    """Absent leaves links to a Secret of others; where there is none it takes those away that this owner made, up to the limit."""
    theirs, gone = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    accounts = _accounts("default", "by-hand", missing="create")
    manage_secrets(api(world), secret_task(secret, gone, accounts=accounts))
    api(world).merge_patch(service_account_path(gone, "by-hand"), {"metadata": {"annotations": None}})
    path = secret_path(gone, secret.name)
    api(world).delete(path, uid=api(world).get(path)["metadata"]["uid"])
    api(world).create(secrets_path(theirs), foreign_secret(secret.name, theirs))
    make_account(world, theirs, "by-hand", secret.name)
    globs = tuple(f"{name[:-1]}[{name[-1]}]" for name in (theirs, gone))
    task = secret_task(secret, *globs, accounts=accounts, present=False, prune_limit=0)

    with pytest.raises(InvalidInput) as caught:
        manage_secrets(KubeApi(NothingWritten(world.transport), 4), task)
    cases = _plan_twice(world, replace(task, prune_limit=1))

    what = f"1 Secrets {secret.name} or links to them would be removed"
    assert str(caught.value).startswith(f"prune_limit: {what}, and 0 is the limit ({gone})")
    assert sorted(reported(cases.done)) == sorted(
        [
            (theirs, "skipped", f"Secret {secret.name}: is not managed by regcred.kubernetes"),
            (gone, "updated", f"ServiceAccount default: imagePullSecrets:{secret.name} removed"),
        ]
    )
    assert [links(world, name, "by-hand") for name in (theirs, gone)] == [[secret.name]] * 2


def test_pruned_with_its_links(world: World) -> None:
    """Pruning takes the links of all ServiceAccounts and lists away, whichever are chosen, and none where links are left alone."""
    kept, gone, other = sorted([world.make_namespace() for _unused in range(3)])
    secret = wanted(world, ONE)
    accounts = _accounts("default", "runner", missing="create")
    manage_secrets(api(world), secret_task(secret, kept, gone, other, accounts=accounts, usages=("pull", "mount")))

    left = manage_secrets(api(world), replace(secret_task(secret, kept, gone, prune=True)))
    cases = _plan_twice(world, secret_task(secret, kept, prune=True, accounts=_accounts()))

    reason = f"Secret {secret.name}: the namespace is no longer selected"
    removed = f"imagePullSecrets:{secret.name} removed, secrets:{secret.name} removed"
    assert reported(left) == [(other, "deleted", reason)]
    assert links(world, other) == [secret.name]
    assert reported(cases.done) == [
        (gone, "deleted", f"{reason}; ServiceAccount default: {removed}; ServiceAccount runner: {removed}")
    ]
    assert links(world, kept) == [secret.name]


def test_not_linked_to_what_is_not_there(world: World) -> None:
    """Where the Secret cannot be had, or registries are only taken out of it, no ServiceAccount is linked to it."""
    failed, none = sorted([world.make_namespace(), world.make_namespace()])
    new = world.new_name()
    secret = wanted(world, ONE)
    api(world).create(secrets_path(failed), foreign_secret(secret.name, failed))
    without = replace(wanted(world), purge=False, absent=("quay.io",))

    conflict = manage_secrets(api(world), secret_task(secret, failed, accounts=_accounts("default")))
    passed = manage_secrets(
        api(world), secret_task(replace(secret, on_conflict="skip"), failed, accounts=_accounts("default"))
    )
    nothing = manage_secrets(
        api(world), secret_task(without, none, new, missing="create", accounts=_accounts("default"))
    )

    assert (actions(conflict), actions(passed)) == (["failed"], ["skipped"])
    assert reported(nothing) == [(new, "created", f"Namespace {new}: did not exist")]
    assert (links(world, failed), links(world, none)) == ([], [])


def test_linked_secret_never_half_way(world: World) -> None:
    """Where a right on ServiceAccounts is missing nothing is done in that namespace, in check mode as in a run."""
    closed, unseen = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    rights = [
        Allowed("secrets", ["list", "get", "create"], [closed, unseen]),
        Allowed("serviceaccounts", ["list", "get"], [closed]),
    ]
    user = world.transport_of(rights)
    task = secret_task(secret, closed, unseen, accounts=_accounts("default"))

    foreseen = manage_secrets(KubeApi(NothingWritten(user), 4), task, check_mode=True)
    done = manage_secrets(KubeApi(user, 4), task)
    alone = manage_secrets(KubeApi(NothingWritten(user), 4), replace(task, accounts=None), check_mode=True)

    reasons = {result.name: result.reason for result in done}
    assert reported(foreseen) == reported(done)
    assert reasons[closed] == (
        f"ServiceAccount default: the user may not patch serviceaccounts default in namespace {closed};"
        " grant the verb by a Role or ClusterRole, or use another user"
    )
    assert reasons[unseen].startswith(f"ServiceAccount default: GET /api/v1/namespaces/{unseen}/serviceaccounts: 403 ")
    assert not any(exists(world, secret_path(name, secret.name)) for name in (closed, unseen))
    assert actions(alone) == ["created", "created"]


def test_missing_accounts_of_a_secret(world: World) -> None:
    """A ServiceAccount that is missing is waited for, made or reported as asked; the Secret is there before it."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    task = secret_task(secret, namespace, accounts=_accounts("builder", wait_seconds=10.0))
    lists = itertools.count(1)

    def controller(_calls: KubeApi, request: Request) -> None:
        if request.path.endswith("serviceaccounts") and next(lists) == 2:
            make_account(world, namespace, "builder")

    never = manage_secrets(api(world), replace(task, accounts=_accounts("nobody", missing="fail")))
    foreseen = manage_secrets(KubeApi(NothingWritten(world.transport), 4), task, check_mode=True)
    came = manage_secrets(api(world, controller), task)

    waited = f"ServiceAccount builder: does not exist yet: waited for up to 10 s, then linked to {secret.name}"
    assert (actions(never), exists(world, secret_path(namespace, secret.name))) == (["failed"], True)
    assert reported(foreseen) == [(namespace, "updated", waited)]
    assert reported(came) == [(namespace, "updated", f"ServiceAccount builder: imagePullSecrets:{secret.name} added")]
    assert links(world, namespace, "builder") == [secret.name]


def test_nothing_to_remove(world: World) -> None:
    """Where nothing of that name is ours, a removal says so: a misspelt name would leave the credential, and look well."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    absent = secret_task(secret, namespace, present=False)
    warning = (
        f"name: no Secret {secret.name} of the owner {secret.owner!r} was found in the selected namespaces,"
        " so nothing was removed; check name, owner and namespaces"
    )

    for check_mode in (True, False):
        assert manage_pull_secrets(api(world), absent, MARKS, check_mode=check_mode).warnings == [warning]
    manage_secrets(api(world), secret_task(secret, namespace))
    assert manage_pull_secrets(api(world), absent, MARKS, check_mode=False).warnings == []
