"""
An API server in memory, at the border: requests in, objects or errors out.

It keeps resourceVersions, refuses what rests on an old one, checks rights, and validates as much as the operations rely
on. The tests of operations run against it and against a real API server, which holds it to the truth.
"""

from __future__ import annotations

import base64
import copy
import json
import re
import threading
import typing as t
from dataclasses import dataclass, field

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ApiError, api_error
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.check_permissions import REVIEWS

Object = t.Dict[str, t.Any]

_RESOURCES = {
    "/api/v1": ("namespaces", "nodes", "secrets", "serviceaccounts", "pods", "events"),
    "/apis/apps/v1": ("deployments", "statefulsets", "daemonsets"),
    "/apis/batch/v1": ("jobs", "cronjobs"),
}
_KINDS = {
    "namespaces": "Namespace",
    "nodes": "Node",
    "secrets": "Secret",
    "serviceaccounts": "ServiceAccount",
    "pods": "Pod",
    "events": "Event",
    "deployments": "Deployment",
    "statefulsets": "StatefulSet",
    "daemonsets": "DaemonSet",
    "jobs": "Job",
    "cronjobs": "CronJob",
}
_PATH = re.compile(
    r"(?P<path>(?P<group>/api/v1|/apis/\w+/v1)/(?:namespaces/(?P<namespace>[^/]+)/)?(?P<resource>[a-z]+)"
    r"(?:/(?P<name>[^/]+))?)(?P<status>/status)?"
)
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_DATA_KEYS = {"kubernetes.io/dockerconfigjson": ".dockerconfigjson", "kubernetes.io/dockercfg": ".dockercfg"}


class Allowed(t.NamedTuple):
    """A right: these verbs on this resource, in these namespaces or, with ``None``, everywhere."""

    resource: str
    verbs: t.Sequence[str]
    namespaces: t.Sequence[str] | None = None


@dataclass
class Store:
    """What the server holds, by path."""

    objects: dict[str, Object] = field(default_factory=dict)
    version: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def next_version(self) -> str:
        """The version of the next write."""
        self.version += 1
        return str(self.version)


class FakeServer(Transport):
    """
    One user's way to the server.

    Args:
        store: What it holds; several users share one.
        allowed: The user's rights, ``None`` for an administrator.
    """

    def __init__(self, store: Store, allowed: t.Sequence[Allowed] | None = None) -> None:
        super().__init__(Server("http://fake.invalid"), 1)
        self.store = store
        self.sent: list[str] = []
        self._allowed = allowed

    def send(self, request: Request) -> Object:
        """Answer as the API server does."""
        self.sent.append(request.title)
        if request.path == REVIEWS:
            return self._review(request.body["spec"]["resourceAttributes"])
        place = _place_of(request.path)
        with self.store.lock:
            if place is None:
                raise _refused(request, 403 if self._allowed is not None else 404, "NotFound", "no such kind")
            self._check_right(request, place)
            answer = copy.deepcopy(_VERBS[request.method, bool(place.name)](self.store, request, place))
        return {**_type_of(request, place), **answer}

    def _check_right(self, request: Request, place: _Place) -> None:
        if self._allowed is None:
            return
        verb = _RIGHTS[request.method, bool(place.name)]
        where = place.namespace or (place.name if place.resource == "namespaces" else "")
        if self._is_allowed(verb, place.resource, where):
            return
        scope = f'in the namespace "{place.namespace}"' if place.namespace else "at the cluster scope"
        message = f'{place.resource} is forbidden: User "u" cannot {verb} resource "{place.resource}" {scope}'
        raise _refused(request, 403, "Forbidden", message)

    def _is_allowed(self, verb: str, resource: str, namespace: str) -> bool:
        return self._allowed is None or any(
            right.resource == resource
            and verb in right.verbs
            and (right.namespaces is None or namespace in right.namespaces)
            for right in self._allowed
        )

    def _review(self, asked: t.Mapping[str, str]) -> Object:
        allowed = self._is_allowed(asked["verb"], asked["resource"], asked.get("namespace", ""))
        return {
            "kind": "SelfSubjectAccessReview",
            "apiVersion": "authorization.k8s.io/v1",
            "metadata": {},
            "status": {"allowed": allowed},
        }


class _Place(t.NamedTuple):
    path: str
    resource: str
    namespace: str
    name: str
    is_status: bool


def _place_of(path: str) -> _Place | None:
    match = _PATH.fullmatch(path)
    if match is None or match.group("resource") not in _RESOURCES.get(match.group("group"), ()):
        return None
    path, resource, namespace, name = (match.group(part) or "" for part in ("path", "resource", "namespace", "name"))
    return _Place(path, resource, namespace, name, bool(match.group("status")))


def _type_of(request: Request, place: _Place) -> Object:
    """``kind`` and ``apiVersion`` of an answer, of which tests leave most out in the objects that they make."""
    if request.method == "GET" and not place.name and "PartialObjectMetadataList" in request.accept:
        return {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
    group = next(group for group, resources in _RESOURCES.items() if place.resource in resources)
    version = group.replace("/apis/", "").replace("/api/", "")
    is_list = request.method == "GET" and not place.name
    return {"kind": _KINDS[place.resource] + ("List" if is_list else ""), "apiVersion": version}


def _list(store: Store, request: Request, place: _Place) -> Object:
    query = dict(request.query)
    fields = _conditions(request, query.get("fieldSelector", ""))
    labels = _conditions(request, query.get("labelSelector", ""))
    items = [
        item
        for path, item in sorted(store.objects.items())
        if _in_collection(path, place)
        and all(_holds(condition, _field(item, condition[0])) for condition in fields)
        and all(_holds(condition, item["metadata"].get("labels", {}).get(condition[0])) for condition in labels)
    ]
    if "PartialObjectMetadataList" in request.accept:
        items = [{"metadata": item["metadata"]} for item in items]
    return {"metadata": {"resourceVersion": str(store.version)}, "items": items}


def _get(store: Store, request: Request, place: _Place) -> Object:
    if place.path not in store.objects:
        raise _refused(request, 404, "NotFound", f'{place.resource} "{place.name}" not found')
    return store.objects[place.path]


def _create(store: Store, request: Request, place: _Place) -> Object:
    made: Object = copy.deepcopy(request.body)
    name = made["metadata"]["name"]
    path = f"{request.path}/{name}"
    if place.namespace:
        namespace = store.objects.get(f"/api/v1/namespaces/{place.namespace}")
        if namespace is None:
            raise _refused(request, 404, "NotFound", f'namespaces "{place.namespace}" not found')
        if "deletionTimestamp" in namespace["metadata"]:
            message = (
                f'{place.resource} "{name}" is forbidden: unable to create new content because it is being terminated'
            )
            raise _refused(request, 403, "Forbidden", message)
        made["metadata"].setdefault("namespace", place.namespace)
    if path in store.objects:
        raise _refused(request, 409, "AlreadyExists", f'{place.resource} "{name}" already exists')
    _validate(request, made, None)
    if place.resource == "pods":
        _admit_pod(store, request, made)
    version = store.next_version()
    made["metadata"].update(uid=f"uid-{version}", resourceVersion=version)
    store.objects[path] = made
    return made


def _patch(store: Store, request: Request, place: _Place) -> Object:
    old = _get(store, request, place)
    version = request.body.get("metadata", {}).get("resourceVersion")
    if version and version != old["metadata"]["resourceVersion"]:
        message = "the object has been modified; please apply your changes to the latest version"
        raise _refused(request, 409, "Conflict", message)
    kept = {name: value for name, value in request.body.items() if (name == "status") is place.is_status}
    new = _merged(old, kept)
    _validate(request, new, old)
    if new != old:
        new["metadata"]["resourceVersion"] = store.next_version()
        store.objects[place.path] = new
        is_going = "deletionTimestamp" in new["metadata"] and place.resource != "namespaces"
        if is_going and not new["metadata"].get("finalizers"):
            del store.objects[place.path]
    return new


def _admit_pod(store: Store, request: Request, pod: Object) -> None:
    """What the admission plugin ServiceAccount does with its lists, and the status that every Pod begins with."""
    spec, namespace = pod["spec"], pod["metadata"]["namespace"]
    name = spec.setdefault("serviceAccountName", "default")
    account = store.objects.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}")
    if account is None:
        message = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
        raise _refused(request, 403, "Forbidden", f'pods "{pod["metadata"]["name"]}" is forbidden: {message}')
    if not spec.get("imagePullSecrets"):
        spec["imagePullSecrets"] = copy.deepcopy(account.get("imagePullSecrets") or [])
    pod["status"] = {"phase": "Pending"}


def _delete(store: Store, request: Request, place: _Place) -> Object:
    old = _get(store, request, place)
    for name, value in request.body["preconditions"].items():
        if old["metadata"][name] != value:
            raise _refused(request, 409, "Conflict", f"Precondition failed: {name}")
    if place.resource == "namespaces" and "deletionTimestamp" in old["metadata"]:
        raise _refused(request, 409, "Conflict", "the system is ensuring all content is removed from this namespace")
    if place.resource == "namespaces" or old["metadata"].get("finalizers"):
        if "deletionTimestamp" not in old["metadata"]:
            old["metadata"].update(deletionTimestamp="2026-11-22T00:00:00Z", resourceVersion=store.next_version())
        return old
    del store.objects[place.path]
    return {"kind": "Status", "status": "Success"}


_VERBS: t.Mapping[tuple[str, bool], t.Callable[[Store, Request, _Place], Object]] = {
    ("GET", False): _list,
    ("GET", True): _get,
    ("POST", False): _create,
    ("PATCH", True): _patch,
    ("DELETE", True): _delete,
}
_RIGHTS = {
    ("GET", False): "list",
    ("GET", True): "get",
    ("POST", False): "create",
    ("PATCH", True): "patch",
    ("DELETE", True): "delete",
}


def _validate(request: Request, new: Object, old: Object | None) -> None:
    metadata = new["metadata"]
    bad = [value for value in (metadata.get("labels") or {}).values() if _LABEL_VALUE.fullmatch(value) is None]
    if bad:
        raise _refused(request, 422, "Invalid", f'metadata.labels: Invalid value: "{bad[0]}"')
    key = _DATA_KEYS.get(new.get("type", ""))
    if key and not _is_json(new.get("data", {}).get(key)):
        raise _refused(request, 422, "Invalid", f"data[{key}]: Invalid value")
    if old is not None and new.get("type") != old.get("type"):
        raise _refused(request, 422, "Invalid", "type: field is immutable")
    if old is not None and old.get("immutable") and (new.get("data"), new.get("immutable")) != (old.get("data"), True):
        raise _refused(request, 422, "Invalid", "data: field is immutable when `immutable` is set")


def _is_json(encoded: str | None) -> bool:
    try:
        json.loads(base64.b64decode(encoded or "", validate=True))
    except ValueError:
        return False
    return True


def _merged(old: Object, patch: Object) -> Object:
    new = dict(old)
    for name, value in patch.items():
        if value is None:
            new.pop(name, None)
        elif isinstance(value, dict):
            new[name] = _merged(new.get(name) or {}, value)
        else:
            new[name] = value
    return new


def _in_collection(path: str, place: _Place) -> bool:
    found = _place_of(path)
    return bool(found and found.resource == place.resource and place.namespace in ("", found.namespace))


def _conditions(request: Request, selector: str) -> list[tuple[str, str, str]]:
    """As much of selectors as is needed here: no sets."""
    parts = [re.fullmatch(r"([^!= ]+)(!?==?)([^ ]*)", part) for part in selector.split(",") if part]
    if None in parts:
        raise _refused(request, 400, "BadRequest", "unable to parse requirement")
    return [(part.group(1), part.group(2), part.group(3)) for part in parts if part]


def _field(item: Object, path: str) -> t.Any:
    value: t.Any = item
    for name in path.split("."):
        value = (value or {}).get(name)
    return value


def _holds(condition: tuple[str, str, str], value: t.Any) -> bool:
    _name, operator, expected = condition
    return bool((value != expected) if operator == "!=" else (value == expected))


def _refused(request: Request, status: int, reason: str, message: str) -> ApiError:
    return api_error(status, {"kind": "Status", "reason": reason, "message": message}, request.title)
