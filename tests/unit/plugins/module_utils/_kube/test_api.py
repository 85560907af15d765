"""Calls on Kubernetes objects, as requests and answers."""

from __future__ import annotations

import threading
import typing as t
import weakref

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import (
    NAMESPACES,
    KubeApi,
    events_path,
    namespace_path,
    pods_path,
    secret_path,
    secrets_path,
    service_accounts_path,
    workloads_path,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import Expired, NotFound
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport
from tests.unit.loopback import Answer, Loopback, serve

pytest.importorskip("urllib3")

LIST = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
EXPIRED = Answer(410, {"kind": "Status", "reason": "Expired", "message": "too old"})


def api(server: Loopback, concurrency: int = 4) -> KubeApi:
    """Calls on a server of a test."""
    return KubeApi(Transport(Server(server.url), concurrency, sleep=lambda _seconds: None), concurrency)


def page(*names: str, token: str = "") -> Answer:
    """A page of a list."""
    metadata = {"continue": token} if token else {}
    return Answer(200, {**LIST, "metadata": metadata, "items": [{"name": name} for name in names]})


def names(items: t.Iterable[t.Mapping[str, t.Any]]) -> list[str]:
    """The names in a list."""
    return [item["name"] for item in items]


def test_list_in_pages() -> None:
    """A list is read to its end, page by page, with the same selectors."""
    with serve(page("a", "b", token="t/1"), page("c", token="t/2"), page("d")) as server:
        found = api(server).list_all(secrets_path(), field_selector="metadata.name=x", label_selector="a in (b,c)")

    assert names(found) == ["a", "b", "c", "d"]
    asked = "GET /api/v1/secrets?limit=2500&fieldSelector=metadata.name%3Dx&labelSelector=a+in+%28b%2Cc%29"
    assert server.requests == [asked, f"{asked}&continue=t%2F1", f"{asked}&continue=t%2F2"]


def test_empty_list() -> None:
    """A list without items is empty, also where the server says null."""
    with serve(Answer(200, {**LIST, "metadata": {}, "items": None})) as server:
        assert api(server).list_all(secrets_path()) == []


def test_list_that_expired() -> None:
    """A list that was continued too late is read again from its beginning, and nothing is there twice."""
    with serve(page("a", token="t"), EXPIRED, page("b", token="t"), page("c")) as server:
        assert names(api(server).list_all(secrets_path())) == ["b", "c"]


def test_list_that_expires_again() -> None:
    """A list that cannot be read at all is an error, not an endless loop."""
    with serve(*[EXPIRED] * 5) as server:
        with pytest.raises(Expired):
            api(server).list_all(secrets_path())

        assert len(server.received) == 2


def test_metadata_only() -> None:
    """Names and labels can be asked for alone."""
    with serve(page()) as server:
        api(server).list_all(NAMESPACES, metadata_only=True)

    accept = server.received[0].headers["Accept"]
    assert accept.startswith("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")


def name_unless_b(item: t.Mapping[str, t.Any]) -> str | None:
    """What a test keeps of an item."""
    return None if item["name"] == "b" else str(item["name"])


def test_collect() -> None:
    """What is made of each object is kept, ``None`` is dropped, and pages are as large as the caller says."""
    with serve(page("a", "b", token="t"), page("b", "c")) as server:
        found = api(server).collect(pods_path(), name_unless_b, label_selector="app=x", field_selector="f=1", page=2)

    assert found == ["a", "c"]
    asked = "GET /api/v1/pods?limit=2&fieldSelector=f%3D1&labelSelector=app%3Dx"
    assert server.requests == [asked, f"{asked}&continue=t"]


def test_collect_what_is_false() -> None:
    """Only ``None`` is dropped: an empty text is kept."""
    with serve(page("a", "b")) as server:
        assert api(server).collect(pods_path(), lambda item: "" if item["name"] == "a" else None) == [""]


def test_collect_that_expired() -> None:
    """A list that was continued too late is collected again from its beginning, and nothing is kept twice."""
    with serve(page("a", token="t"), EXPIRED, page("a", token="t"), page("b", "c")) as server:
        assert api(server).collect(pods_path(), name_unless_b) == ["a", "c"]


class Item(t.Dict[str, t.Any]):
    """An object of which one can tell whether it is still there."""


class Pages(Transport):
    """A server with three pages; before it answers, it counts the objects of earlier pages that somebody still holds."""

    def __init__(self) -> None:
        super().__init__(Server("http://pages.invalid"), 1)
        self.held: list[int] = []
        self._sent: list[weakref.ref[Item]] = []

    def send(self, _request: Request) -> dict[str, t.Any]:
        """The next page."""
        self.held.append(sum(each() is not None for each in self._sent))
        items = [Item(number=number) for number in range(10)]
        self._sent += [weakref.ref(item) for item in items]
        return {"metadata": {"continue": f"t{len(self.held)}" if len(self.held) < 3 else ""}, "items": items}


def test_one_page_at_a_time() -> None:
    """When a page is asked for, the one before is gone, but for the object that was looked at last."""
    pages = Pages()

    found = KubeApi(pages, 1).collect(pods_path(), lambda item: item["number"])

    assert len(found) == 30
    assert max(pages.held) <= 1


class Call(t.NamedTuple):
    """A call, and the request that it is."""

    call: t.Callable[[KubeApi], t.Any]
    request: str
    body: t.Any
    content_type: str | None
    answer: t.Any


def answered(kind: str, name: str, namespace: str | None = None) -> dict[str, t.Any]:
    """An object of the core API."""
    where = {"namespace": namespace} if namespace else {}
    return {"kind": kind, "apiVersion": "v1", "metadata": {"name": name, **where}}


SUCCESS = {"kind": "Status", "apiVersion": "v1", "status": "Success"}

CALLS = {
    "get": Call(
        lambda calls: calls.get(secret_path("a", "b")),
        "GET /api/v1/namespaces/a/secrets/b",
        None,
        None,
        answered("Secret", "b", "a"),
    ),
    "create": Call(
        lambda calls: calls.create(secrets_path("a"), {"x": 1}),
        "POST /api/v1/namespaces/a/secrets",
        {"x": 1},
        "application/json",
        answered("Secret", "b", "a"),
    ),
    "merge patch": Call(
        lambda calls: calls.merge_patch(namespace_path("a"), {"x": None}),
        "PATCH /api/v1/namespaces/a",
        {"x": None},
        "application/merge-patch+json",
        answered("Namespace", "a"),
    ),
    "delete": Call(
        lambda calls: calls.delete(secret_path("a", "b"), uid="u", resource_version="7"),
        "DELETE /api/v1/namespaces/a/secrets/b",
        {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": "u", "resourceVersion": "7"}},
        "application/json",
        SUCCESS,
    ),
    "delete, whatever its version": Call(
        lambda calls: calls.delete(namespace_path("a"), uid="u"),
        "DELETE /api/v1/namespaces/a",
        {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": "u"}},
        "application/json",
        answered("Namespace", "a"),
    ),
}


@pytest.mark.parametrize("case", CALLS.values(), ids=CALLS.keys())
def test_calls(case: Call) -> None:
    """Each call is the request that the API's reference describes."""
    with serve(Answer(200, case.answer)) as server:
        case.call(api(server))

    received = server.received[0]
    assert [case.request] == server.requests
    assert (case.body, case.content_type) == (received.body, received.headers.get("Content-Type"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (secrets_path(), "/api/v1/secrets"),
        (service_accounts_path(), "/api/v1/serviceaccounts"),
        (service_accounts_path("a"), "/api/v1/namespaces/a/serviceaccounts"),
        (pods_path(), "/api/v1/pods"),
        (pods_path("a"), "/api/v1/namespaces/a/pods"),
        (events_path(), "/api/v1/events"),
        (events_path("a"), "/api/v1/namespaces/a/events"),
        (workloads_path("Deployment"), "/apis/apps/v1/deployments"),
        (workloads_path("StatefulSet", "a"), "/apis/apps/v1/namespaces/a/statefulsets"),
        (workloads_path("DaemonSet"), "/apis/apps/v1/daemonsets"),
        (workloads_path("Job"), "/apis/batch/v1/jobs"),
        (workloads_path("CronJob", "a/b"), "/apis/batch/v1/namespaces/a%2Fb/cronjobs"),
        (secret_path("a/b", "c?d"), "/api/v1/namespaces/a%2Fb/secrets/c%3Fd"),
    ],
)
def test_paths(path: str, expected: str) -> None:
    """No name can lead to another path."""
    assert expected == path


def test_errors_reach_the_caller() -> None:
    """A refusal is raised as its type."""
    with serve(Answer(404, {"kind": "Status", "reason": "NotFound", "message": "no"})) as server, pytest.raises(
        NotFound
    ):
        api(server).get(namespace_path("a"))


def test_at_once() -> None:
    """Jobs run beside each other, as many as are allowed, and results come in the order of the jobs."""
    together = threading.Barrier(3)

    def work(number: int) -> int:
        together.wait(300)
        return number * 2

    with serve() as server:
        assert api(server, concurrency=3).at_once(work, range(6)) == [0, 2, 4, 6, 8, 10]


def test_not_more_at_once() -> None:
    """No more jobs run beside each other than are allowed."""
    running, most, lock = [0], [0], threading.Lock()

    def work(_number: int) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.005)
        with lock:
            running[0] -= 1

    with serve() as server:
        api(server, concurrency=2).at_once(work, range(10))

    assert most == [2]


@pytest.mark.parametrize("jobs", [[], [1]], ids=["none", "one"])
def test_few_jobs(jobs: t.Sequence[int]) -> None:
    """For no job, or one, no thread is started."""
    with serve() as server:
        found = api(server).at_once(lambda _job: threading.current_thread(), jobs)

    assert found == [threading.current_thread()] * len(jobs)
