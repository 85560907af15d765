"""Many tenants at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import (
    owner_of,
    ownership_labels,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import (
    KubeApi,
    namespace_path,
    secret_path,
    secrets_path,
    service_account_path,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import NotFound
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.link_service_accounts import (
    ServiceAccountChoice,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.onboard_tenants import (
    TenantTask,
    manage_tenants,
)
from tests.unit.fake_api import Allowed
from tests.unit.worlds import (
    MARKS,
    ONE,
    OTHER,
    READ_ALL,
    TWO,
    NothingWritten,
    World,
    actions,
    api,
    exists,
    first_times,
    foreign_secret,
    four_cases,
    links,
    make_account,
    manage_secrets,
    onboard,
    registries,
    reported,
    rotated,
    secret_task,
    tenant_of,
    wanted,
)


def test_onboarded(world: World) -> None:
    """Namespaces that are there and namespaces that are not get labels, Secret and links, each tenant its own."""
    there, new = world.make_namespace(), world.new_name()
    secret = wanted(world, ONE)
    mine = tenant_of(world, secret, there, new, labels={"cost": "4711"}, annotations={"note": "x y"})
    other = tenant_of(
        world,
        rotated(secret, OTHER),
        world.new_name(),
        accounts=ServiceAccountChoice(("default", "builder"), missing="create"),
    )
    accounts = ServiceAccountChoice(owner=secret.owner)
    tenants = (replace(mine, accounts=accounts), other)

    reading = KubeApi(NothingWritten(world.transport), 4)
    foreseen = onboard(reading, *tenants, check_mode=True)
    done = onboard(api(world), *tenants)
    again = onboard(reading, *tenants)

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


def test_never_half_way(world: World) -> None:
    """Where a right is missing for the last step nothing is done in that namespace, in check mode as in a run; others are done."""
    open_one, closed = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    may_link = Allowed("serviceaccounts", ["get", "patch"], [open_one])
    may_get = Allowed("serviceaccounts", ["get"], [closed])
    user = world.transport_of([*READ_ALL, Allowed("secrets", ["get", "create"]), may_link, may_get])
    tenants = [tenant_of(world, secret, name) for name in (open_one, closed)]

    foreseen = onboard(KubeApi(NothingWritten(user), 4), *tenants, check_mode=True)
    done = onboard(KubeApi(user, 4), *tenants)

    assert reported(done) == reported(foreseen)
    assert reported(done)[1] == (
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


def test_one_password_rotated(world: World) -> None:
    """When one tenant's password changes, only its Secrets change."""
    one, other = world.make_namespace(), world.make_namespace()
    secret = wanted(world, ONE)
    first, second = tenant_of(world, secret, one), tenant_of(world, secret, other)
    onboard(api(world), first, second)

    results = onboard(api(world), first, replace(second, secret=rotated(secret, TWO)))

    assert reported(results) == [(other, "updated", f"Secret {secret.name}: quay.io: password changed")]


def test_repaired(world: World) -> None:
    """What somebody overwrote is repaired, and theirs is kept."""
    namespace = world.make_namespace()
    secret = wanted(world, ONE)
    tenant = tenant_of(world, secret, namespace)
    onboard(api(world), tenant)
    path = service_account_path(namespace, "default")
    api(world).merge_patch(path, {"imagePullSecrets": [{"name": "theirs"}]})

    results = onboard(api(world), tenant)

    assert reported(results) == [
        (namespace, "updated", f"ServiceAccount default: imagePullSecrets:{secret.name} added")
    ]
    assert links(world, namespace) == ["theirs", secret.name]


def test_offboarded(world: World) -> None:
    """Offboarding unlinks every ServiceAccount and removes our Secret, and the namespace stays."""
    namespace, missing = world.make_namespace(), world.new_name()
    secret = wanted(world, ONE)
    tenant = tenant_of(world, secret, namespace)
    onboard(api(world), tenant)
    make_account(world, namespace, "later", "theirs", secret.name)
    leaving = replace(tenant, namespaces=(namespace, missing), present=False)

    cases = four_cases(world, lambda calls, check_mode: onboard(calls, leaving, check_mode=check_mode))

    assert actions(cases.done) == ["updated", "unchanged"]
    assert (links(world, namespace), links(world, namespace, "later")) == ([], ["theirs"])
    assert not exists(world, secret_path(namespace, secret.name))
    assert exists(world, namespace_path(namespace))


def test_offboarded_with_namespaces(world: World) -> None:
    """Only namespaces that were made for this owner are removed, the others are unlinked and say why they stay."""
    theirs, ours = world.make_namespace(), world.new_name()
    secret = wanted(world, ONE)
    tenant = tenant_of(world, secret, theirs, ours)
    onboard(api(world), tenant)

    results = onboard(api(world), replace(tenant, present=False), remove_namespaces=True)

    by_name = {result.name: result for result in results}
    assert (by_name[ours].action, by_name[ours].reason) == ("deleted", f"Namespace {ours}: with all that is in it")
    assert by_name[theirs].reason.endswith(f"Namespace {theirs}: kept: was not made for this owner")
    assert links(world, theirs) == []
    assert "deletionTimestamp" not in api(world).get(namespace_path(theirs))["metadata"]
    if exists(world, namespace_path(ours)):
        assert "deletionTimestamp" in api(world).get(namespace_path(ours))["metadata"]


def test_namespace_changed_hands(world: World) -> None:
    """A namespace that somebody takes over after we looked at it is not removed, and not reported to be."""
    name = world.new_name()
    tenant = tenant_of(world, wanted(world, ONE), name)
    onboard(api(world), tenant)

    def take_over(calls: KubeApi, request: Request) -> None:
        calls.merge_patch(request.path, {"metadata": {"labels": ownership_labels("somebody-else")}})

    leaving = replace(tenant, present=False)
    results = onboard(api(world, first_times(1, "DELETE", take_over)), leaving, remove_namespaces=True)

    kept = "kept: was not made for this owner since it was looked at; run again"
    assert reported(results) == [(name, "failed", f"Namespace {name}: {kept}")]
    assert not results[0].is_changed
    assert "deletionTimestamp" not in api(world).get(namespace_path(name))["metadata"]


def test_namespace_changed_before_it_was_removed(world: World) -> None:
    """A namespace that changes, and is still the tenant's, is looked at again and removed; one that is going is as wanted."""
    touched, going = world.new_name(), world.new_name()
    tenant = tenant_of(world, wanted(world, ONE), touched, going)
    onboard(api(world), tenant)

    def meddle(calls: KubeApi, request: Request) -> None:
        if request.path == namespace_path(touched):
            calls.merge_patch(request.path, {"metadata": {"labels": {"touched": "yes"}}})
        else:
            calls.delete(request.path, uid=calls.get(request.path)["metadata"]["uid"])

    leaving = replace(tenant, present=False)
    results = onboard(api(world, first_times(2, "DELETE", meddle)), leaving, remove_namespaces=True)

    assert actions(results) == ["deleted", "deleted"]
    for name in (touched, going):
        if exists(world, namespace_path(name)):
            assert "deletionTimestamp" in api(world).get(namespace_path(name))["metadata"]


def test_namespace_of_another_tenant(world: World) -> None:
    """A namespace that was made for another tenant of the same owner is not removed with this one."""
    name = world.new_name()
    secret = wanted(world, ONE)
    other = tenant_of(world, secret, name)
    onboard(api(world), other)

    results = onboard(api(world), tenant_of(world, secret, name, present=False), remove_namespaces=True)

    assert results[0].reason.endswith(f"Namespace {name}: kept: belongs to the tenant '{other.name}'")
    assert "deletionTimestamp" not in api(world).get(namespace_path(name))["metadata"]


def test_labels_of_another_owner(world: World) -> None:
    """Labels and annotations of another owner's namespace are its alone; the rest of a tenant needs no say there."""
    name = world.new_name()
    first = tenant_of(world, wanted(world, ONE), name, labels={"level": "baseline"})
    onboard(api(world), first)
    second = tenant_of(world, wanted(world, ONE), name)

    refused = onboard(api(world), replace(second, labels={"level": "privileged"}))
    plain = onboard(api(world), second)

    reason = f"belongs to the owner '{first.secret.owner}', who alone sets its labels and annotations"
    assert reported(refused) == [(name, "failed", f"Namespace {name}: {reason}; use that owner, or leave them out")]
    assert actions(plain) == ["created"]
    labels = api(world).get(namespace_path(name))["metadata"]["labels"]
    assert (labels["level"], labels["regcred.kubernetes/tenant"]) == ("baseline", first.name)


def test_labels_while_it_changed_hands(world: World) -> None:
    """Labels rest on what was looked at: who takes the namespace over first keeps it, who touches it loses nothing."""
    taken, touched = sorted([world.make_namespace(), world.make_namespace()])
    tenant = tenant_of(world, wanted(world, ONE), taken, touched, labels={"level": "baseline"})

    changes = {
        namespace_path(taken): ownership_labels("somebody-else"),
        namespace_path(touched): {"touched": "yes"},
    }

    def meddle(calls: KubeApi, request: Request) -> None:
        if request.method == "PATCH" and request.path in changes:
            calls.merge_patch(request.path, {"metadata": {"labels": changes.pop(request.path)}})

    results = onboard(api(world, meddle), tenant)

    assert actions(results) == ["failed", "updated"]
    assert "belongs to the owner 'somebody-else'" in results[0].reason
    assert "level" not in api(world).get(namespace_path(taken))["metadata"]["labels"]
    labels = api(world).get(namespace_path(touched))["metadata"]["labels"]
    assert (labels["touched"], labels["level"]) == ("yes", "baseline")


def test_offboarded_and_never_here(world: World) -> None:
    """Offboarding a tenant that never was here leaves a link of somebody else, and takes one that it made."""
    theirs, ours = sorted([world.make_namespace(), world.make_namespace()])
    secret = wanted(world, ONE)
    make_account(world, theirs, "builder", secret.name)
    tenant = tenant_of(world, secret, ours)
    onboard(api(world), tenant)
    api(world).delete(
        secret_path(ours, secret.name), uid=api(world).get(secret_path(ours, secret.name))["metadata"]["uid"]
    )

    four_cases(
        world,
        lambda calls, check_mode: onboard(
            calls, replace(tenant, namespaces=(theirs, ours), present=False), check_mode=check_mode
        ),
    )

    assert (links(world, theirs, "builder"), links(world, ours)) == ([secret.name], [])


def test_offboarded_by_name(world: World) -> None:
    """A tenant's name is enough to find its namespaces, whatever they are called, and twice is green with a warning."""
    there, new, moved = world.make_namespace(), world.new_name(), world.make_namespace()
    secret = wanted(world, ONE)
    tenant = replace(tenant_of(world, secret, there, new, moved), name=f"Team {world.new_name()}")
    onboard(api(world), tenant)
    heir = tenant_of(world, secret, moved)
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
    assert reported(foreseen.results) == reported(done.results)
    assert done.warnings == []
    assert set(actions(again.results)) == {"unchanged"}
    assert again.warnings == [
        f"tenants: nothing to offboard was found of {tenant.name}; check the names, or give the namespaces"
    ]
    removing = replace(task, remove_namespaces=True)
    removed = manage_tenants(api(world), removing, MARKS, check_mode=False)
    assert reported(removed.results) == [(new, "deleted", f"Namespace {new}: with all that is in it")]


def test_labels_that_were_planted(world: World) -> None:
    """A tenant whose label stands on too many namespaces is held up as a whole, with their names, and nobody else is."""
    mine, planted, other = world.make_namespace(), [world.new_name(), world.new_name()], world.make_namespace()
    secret = wanted(world, ONE)
    tenant = replace(tenant_of(world, secret, mine, *planted), name=mine)
    neighbour = replace(tenant_of(world, secret, other), name=other)
    onboard(api(world), tenant, neighbour)
    leaving = [replace(tenant, namespaces=(mine,), present=False, remembered=True), replace(neighbour, present=False)]
    task = TenantTask(tuple(leaving), owner=secret.owner, prune_limit=1)

    outcome = manage_tenants(api(world), task, MARKS, check_mode=False)

    places = ", ".join(sorted(planted))
    held_up = (
        f"Secret {secret.name}: left: 2 namespaces that are not named remember the tenant, and prune_limit is 1"
        f" ({places}); raise it if all of them are the tenant's, or give the namespaces that are"
    )
    assert [(name, why) for name, action, why in reported(outcome.results) if action == "failed"] == [
        (name, held_up) for name in (mine, *sorted(planted))
    ]
    assert [exists(world, secret_path(name, secret.name)) for name in (mine, *planted, other)] == [True] * 3 + [False]
    assert outcome.warnings == []


def test_label_on_a_secret(world: World) -> None:
    """Who may label a Secret does not get a namespace removed that was made for all: it remembers no tenant itself."""
    shared = world.new_name()
    secret = wanted(world, ONE)
    manage_secrets(api(world), secret_task(secret, shared, missing="create"))
    tenant = replace(tenant_of(world, secret), name=world.new_name(), present=False, remembered=True)
    planted = {"metadata": {"labels": dict(tenant.own_labels)}}
    api(world).merge_patch(secret_path(shared, secret.name), planted)
    task = TenantTask((tenant,), owner=secret.owner, remove_namespaces=True)

    results = manage_tenants(api(world), task, MARKS, check_mode=False).results

    assert "deletionTimestamp" not in api(world).get(namespace_path(shared))["metadata"]
    assert "Namespace " + shared + ": kept: does not remember the tenant; name it to remove it" in results[0].reason


def test_offboarded_by_name_without_rights(world: World) -> None:
    """Who may not list namespaces is warned that those that remember the tenant were not looked for."""
    namespace = world.make_namespace()
    tenant = replace(tenant_of(world, wanted(world, ONE), namespace), name=namespace)
    onboard(api(world), tenant)
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


def test_conflict_stops_its_namespace(world: World) -> None:
    """Where the Secret cannot be had, the ServiceAccount is not linked to it; other namespaces go on."""
    one, other = world.make_namespace(), world.make_namespace()
    secret = wanted(world, ONE)
    api(world).create(secrets_path(one), foreign_secret(secret.name, one))

    results = onboard(api(world), tenant_of(world, secret, one, other))

    assert actions(results) == ["failed", "created"]
    assert (links(world, one), links(world, other)) == ([], [secret.name])


def test_namespaces_that_may_not_be_made(world: World) -> None:
    """Each namespace that a user may not create is reported, and those that are there are done."""
    there, new = world.make_namespace(), world.new_name()
    secret = wanted(world, ONE)
    rights = [
        *READ_ALL,
        Allowed("namespaces", ["get"]),
        Allowed("secrets", ["create", "get", "patch"]),
        Allowed("serviceaccounts", ["create", "get", "patch"]),
    ]

    results = onboard(KubeApi(world.transport_of(rights), 4), tenant_of(world, secret, there, new))

    assert actions(results) == ["created", "failed"]
    assert results[1].reason.startswith(f"Namespace {new}: POST /api/v1/namespaces: 403 Forbidden: ")
    assert len(results[1].changes) == 1
    assert links(world, there) == [secret.name]


def test_tenants_that_cannot_be(world: World) -> None:
    """Names that are no names, tenants of one name, and a namespace of two tenants are refused before anything is written."""
    secret = wanted(world, ONE)
    shared = world.new_name()
    one = tenant_of(world, secret, shared)
    cases = [
        ([tenant_of(world, secret, "Not_A_Name")], ": namespaces[0]: 'Not_A_Name' cannot name a namespace; "),
        (
            [one, replace(one, namespaces=("x",))],
            f"tenants: the name {one.name} is given twice; give each tenant one entry",
        ),
        ([one, tenant_of(world, secret, shared)], f"tenants: the namespace {shared} belongs to {one.name} and "),
    ]
    for tenants, text in cases:
        with pytest.raises(InvalidInput) as caught:
            onboard(KubeApi(NothingWritten(world.transport), 4), *tenants)
        assert text in str(caught.value)


def test_no_tenants(world: World) -> None:
    """A list of tenants that is empty is nothing to do."""
    assert manage_tenants(api(world), TenantTask(()), MARKS, check_mode=False).results == []
