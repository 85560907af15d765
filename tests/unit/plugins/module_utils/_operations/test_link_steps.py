"""Writes of a ServiceAccount's references beside other writers."""

from __future__ import annotations

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi, service_account_path
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.link_service_accounts import manage_links
from tests.unit.worlds import (
    AnswersLost,
    World,
    actions,
    api,
    first_times,
    link_task,
    links,
    make_account,
    make_secrets,
    reported,
)


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
