"""Links on many ServiceAccounts."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import owner_of
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi, service_account_path
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.carry_out import ATTEMPTS
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.link_service_accounts import manage_links
from tests.unit.fake_api import Allowed
from tests.unit.worlds import (
    AnswersLost,
    NothingWritten,
    World,
    actions,
    api,
    first_times,
    four_cases,
    link_task,
    links,
    make_account,
    make_secrets,
    reported,
)


def test_linked_and_unlinked(world: World) -> None:
    """References are added behind those of others, and taken away without touching them."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a", "b")
    make_account(world, namespace, "builder", "z", "b")
    task = link_task([namespace], "a", "b", names=("default", "build*"))

    cases = four_cases(world, lambda calls, check_mode: manage_links(calls, task, check_mode=check_mode).results)

    reason = (
        "ServiceAccount builder: imagePullSecrets:a added;"
        " ServiceAccount default: imagePullSecrets:a added, imagePullSecrets:b added"
    )
    assert reported(cases.done) == [(namespace, "updated", reason)]
    assert (links(world, namespace, "builder"), links(world, namespace)) == (["z", "b", "a"], ["a", "b"])
    task = replace(task, wanted=replace(task.wanted, present=False))
    four_cases(world, lambda calls, check_mode: manage_links(calls, task, check_mode=check_mode).results)
    assert (links(world, namespace, "builder"), links(world, namespace)) == (["z"], [])


def test_links_of_two_owners(world: World) -> None:
    """What one owner linked is left by another, and what was linked by hand goes when it is named."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "ours", "theirs")
    make_account(world, namespace, "builder", "by-hand")
    task = link_task([namespace], "ours", names=("builder", "default"))
    manage_links(api(world), task, check_mode=False)
    manage_links(api(world), link_task([namespace], "theirs", names=("builder",), link_owner="ci"), check_mode=False)
    absent = link_task([namespace], "ours", "theirs", "by-hand", present=False, names=("builder", "default"))

    cases = four_cases(world, lambda calls, check_mode: manage_links(calls, absent, check_mode=check_mode).results)

    removed = "imagePullSecrets:ours removed, imagePullSecrets:by-hand removed"
    left = "imagePullSecrets:theirs left: belongs to the owner 'ci'"
    assert reported(cases.done) == [
        (
            namespace,
            "updated",
            f"ServiceAccount builder: {removed}, {left}; ServiceAccount default: imagePullSecrets:ours removed",
        )
    ]
    assert reported(cases.again) == [(namespace, "skipped", f"ServiceAccount builder: {left}")]
    assert (links(world, namespace, "builder"), links(world, namespace)) == (["theirs"], [])


def test_left_links_stop_nothing(world: World) -> None:
    """A ServiceAccount whose link belongs to another owner does not keep the next one from being unlinked."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a")
    make_account(world, namespace, "builder")
    manage_links(api(world), link_task([namespace], "a", names=("builder",), link_owner="ci"), check_mode=False)
    manage_links(api(world), link_task([namespace], "a"), check_mode=False)

    absent = link_task([namespace], "a", present=False, names=("builder", "default"))
    four_cases(world, lambda calls, check_mode: manage_links(calls, absent, check_mode=check_mode).results)

    assert (links(world, namespace, "builder"), links(world, namespace)) == (["a"], [])


def test_unlinking_has_a_limit(world: World) -> None:
    """Taking links away by glob refuses beyond the limit; names that are written out are meant."""
    names = sorted([world.make_namespace(), world.make_namespace()])
    for name in names:
        make_secrets(world, name, "a")
    manage_links(api(world), link_task(names, "a"), check_mode=False)
    globs = [f"{name[:-1]}[{name[-1]}]" for name in names]
    task = replace(link_task(globs, "a", present=False), prune_limit=1)

    with pytest.raises(InvalidInput) as caught:
        manage_links(KubeApi(NothingWritten(world.transport), 4), task, check_mode=False)

    places = ", ".join(f"{name}/default" for name in names)
    refused = (
        f"prune_limit: 2 links to a would be removed, and 1 is the limit ({places}); raise prune_limit if that is right"
    )
    assert str(caught.value) == refused
    named = replace(link_task(names, "a", present=False), prune_limit=0)
    assert actions(manage_links(api(world), named, check_mode=False).results) == ["updated", "updated"]


def test_linked_by_label(world: World) -> None:
    """A label selector narrows the ServiceAccounts, and then no name has to exist."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a")
    make_account(world, namespace, "one", labels={"pulls": "yes"})
    make_account(world, namespace, "other")
    task = link_task([namespace], "a", names=("one", "other", "missing"), selector="pulls=yes")

    four_cases(world, lambda calls, check_mode: manage_links(calls, task, check_mode=check_mode).results)

    assert (links(world, namespace, "one"), links(world, namespace, "other")) == (["a"], [])


def test_list_changed_meanwhile(world: World) -> None:
    """Who adds an entry between our reading and our writing keeps it, first where it stands."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a")
    writers = iter(["first", "second"])

    def add(calls: KubeApi, request: Request) -> None:
        there = calls.get(request.path).get("imagePullSecrets") or []
        calls.merge_patch(request.path, {"imagePullSecrets": [*there, {"name": next(writers)}]})

    outcome = manage_links(api(world, first_times(2, "PATCH", add)), link_task([namespace], "a"), check_mode=False)

    assert reported(outcome.results) == [(namespace, "updated", "ServiceAccount default: imagePullSecrets:a added")]
    assert links(world, namespace) == ["first", "second", "a"]


def test_linked_meanwhile(world: World) -> None:
    """Who adds our entry first leaves nothing to do, and it is not doubled."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a")

    def add(calls: KubeApi, request: Request) -> None:
        calls.merge_patch(request.path, {"imagePullSecrets": [{"name": "a"}]})

    outcome = manage_links(api(world, first_times(1, "PATCH", add)), link_task([namespace], "a"), check_mode=False)

    assert actions(outcome.results) == ["unchanged"]
    assert links(world, namespace) == ["a"]


def test_lists_that_never_rest(world: World) -> None:
    """A list that changes before each of our writes is given up after so many attempts, and says so."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a")
    count = itertools.count(1)

    def touch(calls: KubeApi, request: Request) -> None:
        calls.merge_patch(request.path, {"imagePullSecrets": [{"name": f"theirs-{next(count)}"}]})

    outcome = manage_links(api(world, first_times(1000, "PATCH", touch)), link_task([namespace], "a"), check_mode=False)

    assert actions(outcome.results) == ["failed"]
    assert outcome.results[0].reason.endswith("; another writer keeps changing the object: run again")
    assert next(count) == ATTEMPTS + 1


def test_missing_secret(world: World) -> None:
    """A Secret that is not there keeps its namespace from being linked, or is only warned of, as asked."""
    namespace, other = sorted([world.make_namespace(), world.make_namespace()])
    make_secrets(world, other, "a")

    failed = manage_links(api(world), link_task([namespace, other], "a"), check_mode=False)

    assert reported(failed.results) == [
        (
            namespace,
            "failed",
            "Secret a: does not exist; create it first, or set missing_secret to warn",
        ),
        (other, "updated", "ServiceAccount default: imagePullSecrets:a added"),
    ]
    assert links(world, namespace) == []
    foreseen = manage_links(api(world), link_task([namespace, other], "a"), check_mode=True)
    warning = f"Secret a does not exist in: {namespace}; a run fails there, unless an earlier task makes it"
    assert foreseen.warnings == [warning]
    assert reported(foreseen.results) == [
        (namespace, "updated", "ServiceAccount default: imagePullSecrets:a added"),
    ]
    warned = manage_links(api(world), link_task([namespace, other], "a", missing_secret="warn"), check_mode=False)
    assert warned.warnings == [f"Secret a does not exist in: {namespace}"]
    assert links(world, namespace) == ["a"]


def test_secrets_that_may_not_be_listed(world: World) -> None:
    """Who may not list Secrets can link all the same, and is warned that nobody looked."""
    namespace = world.make_namespace()
    rights = [Allowed("serviceaccounts", ["list", "get", "patch"], [namespace])]

    outcome = manage_links(KubeApi(world.transport_of(rights), 4), link_task([namespace], "a"), check_mode=False)

    assert actions(outcome.results) == ["updated"]
    assert outcome.warnings == [
        (
            f"the user may not list secrets in namespace {namespace}, so it was not checked whether a is there;"
            " grant the verb by a Role or ClusterRole"
        )
    ]
    assert links(world, namespace) == ["a"]


def test_missing_account(world: World) -> None:
    """A ServiceAccount that is not there fails its namespace, or is made here and linked from birth, as asked."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a")
    owner = world.new_name()

    failed = manage_links(api(world), link_task([namespace], "a", names=("builder",), missing="fail"), check_mode=False)

    assert reported(failed.results) == [
        (
            namespace,
            "failed",
            ("ServiceAccount builder: does not exist; create it, or set missing_service_account to create"),
        )
    ]
    task = link_task([namespace], "a", names=("builder",), missing="create", owner=owner)
    cases = four_cases(world, lambda calls, check_mode: manage_links(calls, task, check_mode=check_mode).results)
    assert reported(cases.done) == [(namespace, "created", "ServiceAccount builder: new, linked to a")]
    made = api(world).get(service_account_path(namespace, "builder"))
    assert owner_of(made["metadata"]["labels"]) == owner
    assert links(world, namespace, "builder") == ["a"]


def test_account_that_comes_later(world: World) -> None:
    """A ServiceAccount that a controller is about to make is waited for."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a")
    lists = itertools.count(1)

    def controller(_calls: KubeApi, request: Request) -> None:
        if request.path.endswith("serviceaccounts") and next(lists) == 2:
            make_account(world, namespace, "builder")

    task = link_task([namespace], "a", names=("builder",), wait_seconds=10.0)
    foreseen = manage_links(KubeApi(NothingWritten(world.transport), 4), task, check_mode=True).results

    outcome = manage_links(api(world, controller), task, check_mode=False)

    waited = "ServiceAccount builder: does not exist yet: waited for up to 10 s, then linked to a"
    assert reported(foreseen) == [(namespace, "updated", waited)]
    assert reported(outcome.results) == [(namespace, "updated", "ServiceAccount builder: imagePullSecrets:a added")]
    assert links(world, namespace, "builder") == ["a"]


def test_account_that_never_comes(world: World) -> None:
    """A ServiceAccount that does not come in time fails its namespace, and says how long was waited."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a")

    outcome = manage_links(
        api(world), link_task([namespace], "a", names=("builder",), wait_seconds=0.1), check_mode=False
    )

    assert reported(outcome.results) == [
        (
            namespace,
            "failed",
            (
                "ServiceAccount builder: does not exist, waited 0.1 s;"
                " correct the name, raise wait_timeout, or set missing_service_account to create"
            ),
        )
    ]


def test_answers_to_links_are_lost(world: World) -> None:
    """A link that was made is reported, though the answer was lost and the repetition refused."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a")
    calls = KubeApi(AnswersLost(world.transport), 1)

    for present in (True, False):
        outcome = manage_links(calls, link_task([namespace], "a", present=present), check_mode=False)
        assert actions(outcome.results) == ["updated"]
    born = link_task([namespace], "a", names=("builder",), missing="create")
    assert actions(manage_links(calls, born, check_mode=False).results) == ["created"]
    assert links(world, namespace, "builder") == ["a"]


def test_what_tenants_may_write(world: World) -> None:
    """A reference and a record that have several spellings in JSON, as a tenant can have them, hold up no link."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a")
    make_account(world, namespace, "builder", "a&b", "\u00f6")
    path, records = service_account_path(namespace, "builder"), {"links.regcred.kubernetes/default": "<\u00f6>"}
    api(world).merge_patch(path, {"metadata": {"annotations": records}})

    for present, left in ((True, ["a&b", "\u00f6", "a"]), (False, ["a&b", "\u00f6"])):
        task = link_task([namespace], "a", names=("builder",), present=present)
        assert actions(manage_links(api(world), task, check_mode=False).results) == ["updated"]
        assert links(world, namespace, "builder") == left


def test_born_twice(world: World) -> None:
    """A ServiceAccount that a controller makes just before us is linked, reported as planned, and what it has is kept."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a")

    def controller(_calls: KubeApi, _request: Request) -> None:
        make_account(world, namespace, "builder", "theirs")

    task = link_task([namespace], "a", names=("builder",), missing="create")
    outcome = manage_links(api(world, first_times(1, "POST", controller)), task, check_mode=False)

    assert reported(outcome.results) == [(namespace, "created", "ServiceAccount builder: new, linked to a")]
    assert links(world, namespace, "builder") == ["theirs", "a"]


def test_account_deleted_meanwhile(world: World) -> None:
    """A ServiceAccount that is deleted before it can be linked fails its namespace alone."""
    namespace = world.make_namespace()
    make_secrets(world, namespace, "a")
    make_account(world, namespace, "builder")

    def delete(calls: KubeApi, request: Request) -> None:
        calls.delete(request.path, uid=calls.get(request.path)["metadata"]["uid"])

    task = link_task([namespace], "a", names=("builder",))
    outcome = manage_links(api(world, first_times(1, "PATCH", delete)), task, check_mode=False)

    assert actions(outcome.results) == ["failed"]
    assert ': 404 NotFound: serviceaccounts "builder" not found' in outcome.results[0].reason
