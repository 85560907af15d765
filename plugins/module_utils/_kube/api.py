# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The few calls on Kubernetes objects that the operations need; objects are plain dicts as the API has them."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from .errors import ConnectionProblem, Expired
from .transport import Request, Transport

PAGE = 2500
"""Objects in a page of a list: half a second of the server's time at most, and bounded memory here."""

MOST_PAGES = 10_000
"""No cluster has as many objects: a list of more pages has no end."""

NAMESPACES = "/api/v1/namespaces"
NODES = "/api/v1/nodes"

MERGE_PATCH = "application/merge-patch+json"
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

Object = t.Dict[str, t.Any]
Job = t.TypeVar("Job")
Result = t.TypeVar("Result")
Kept = t.TypeVar("Kept")


class KubeApi:
    """
    Calls on one API server, from one thread or several.

    Args:
        transport: What sends.
        concurrency: How many calls may be under way at once.
    """

    def __init__(self, transport: Transport, concurrency: int) -> None:
        self.deadline = transport.deadline
        self._transport = transport
        self._concurrency = concurrency

    def list_all(
        self, path: str, *, field_selector: str = "", label_selector: str = "", metadata_only: bool = False
    ) -> list[Object]:
        """
        All objects of a collection, read in pages.

        Args:
            path: The collection, such as ``/api/v1/secrets`` for all namespaces.
            field_selector: As kubectl takes it, empty for all.
            label_selector: As kubectl takes it, empty for all.
            metadata_only: Ask for names, labels and annotations, not for contents.

        Raises:
            ApiError: as :meth:`Transport.send`.
        """
        return self.collect(
            path,
            lambda item: item,
            field_selector=field_selector,
            label_selector=label_selector,
            metadata_only=metadata_only,
        )

    def collect(
        self,
        path: str,
        keep: t.Callable[[Object], Kept | None],
        *,
        field_selector: str = "",
        label_selector: str = "",
        metadata_only: bool = False,
        page: int = PAGE,
    ) -> list[Kept]:
        """
        What is kept of the objects of a collection; no more than a page of them is in memory at a time.

        Args:
            path: As :meth:`list_all`, and so are selectors and errors.
            keep: Makes something of an object, or ``None`` to drop it. Called again from the first object on when the
                list expires while it is read.
            field_selector: As kubectl takes it, empty for all.
            label_selector: As kubectl takes it, empty for all.
            metadata_only: Ask for names, labels and annotations, not for contents.
            page: How many objects are asked for at once.
        """
        accept = METADATA_ONLY + ",application/json" if metadata_only else "application/json"
        query = [("limit", str(page))]
        query += [("fieldSelector", field_selector)] if field_selector else []
        query += [("labelSelector", label_selector)] if label_selector else []

        def read() -> list[Kept]:
            kept = (keep(item) for item in self._pages(path, query, accept))
            return [each for each in kept if each is not None]

        try:
            return read()
        except Expired:
            return read()

    def get(self, path: str) -> Object:
        """One object. Raises ``NotFound`` when there is none."""
        return self._transport.send(Request("GET", path))

    def create(self, path: str, manifest: t.Mapping[str, t.Any], *, is_finishing: bool = False) -> Object:
        """
        Create in the collection at ``path``; ``is_finishing`` as :class:`Request`.

        Raises:
            AlreadyExists: There is one of this name, which may be ours when the error ``was_repeated``. And ``Invalid``, ``Forbidden``.
        """
        return self._transport.send(Request("POST", path, body=manifest, is_finishing=is_finishing))

    def merge_patch(self, path: str, patch: t.Mapping[str, t.Any]) -> Object:
        """Change an object. Raises ``Conflict`` when ``patch`` names a resourceVersion that has passed."""
        return self._transport.send(Request("PATCH", path, body=patch, content_type=MERGE_PATCH))

    def delete(self, path: str, *, uid: str, resource_version: str = "", is_finishing: bool = False) -> Object:
        """
        Delete exactly this object.

        Returns:
            A ``Status`` when it is gone, or the object when it goes later, as with ``finalizers``.

        Raises:
            Conflict: Another has taken its place, or it has changed.
        """
        preconditions = {"uid": uid}
        if resource_version:
            preconditions["resourceVersion"] = resource_version
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": preconditions}
        return self._transport.send(Request("DELETE", path, body=options, is_finishing=is_finishing))

    def at_once(self, work: t.Callable[[Job], Result], jobs: t.Sequence[Job]) -> list[Result]:
        """``work`` on each job, several at a time; results in the order of the jobs. ``work`` handles its own errors."""
        if len(jobs) <= 1:
            return [work(job) for job in jobs]
        with ThreadPoolExecutor(max_workers=self._concurrency) as pool:
            return list(pool.map(work, jobs))

    def _pages(self, path: str, fixed: t.Sequence[tuple[str, str]], accept: str) -> t.Iterator[Object]:
        token = ""
        seen: set[str] = set()
        for _unused in range(MOST_PAGES):
            query = (*fixed, ("continue", token)) if token else tuple(fixed)
            page = self._transport.send(Request("GET", path, query=query, accept=accept))
            token = page.get("metadata", {}).get("continue") or ""
            yield from page.pop("items", None) or ()  # taken out, so that it is gone when the next page comes
            if not token:
                return
            if token in seen:
                break
            seen.add(token)
        raise ConnectionProblem(f"GET {path}: the list has no end, each page names another; see the API server's log")


def namespace_path(name: str) -> str:
    """The path of one namespace, its name quoted."""
    return f"{NAMESPACES}/{quote(name, safe='')}"


def secrets_path(namespace: str = "") -> str:
    """The path of the collection of Secrets, of all namespaces by default."""
    return _collection("secrets", namespace)


def secret_path(namespace: str, name: str) -> str:
    """The path of one Secret, its name quoted."""
    return f"{secrets_path(namespace)}/{quote(name, safe='')}"


def service_accounts_path(namespace: str = "") -> str:
    """The path of the collection of ServiceAccounts, of all namespaces by default."""
    return _collection("serviceaccounts", namespace)


def service_account_path(namespace: str, name: str) -> str:
    """The path of one ServiceAccount, its name quoted."""
    return f"{service_accounts_path(namespace)}/{quote(name, safe='')}"


def pods_path(namespace: str = "") -> str:
    """The path of the collection of Pods, of all namespaces by default."""
    return _collection("pods", namespace)


def pod_path(namespace: str, name: str) -> str:
    """The path of one Pod, its name quoted."""
    return f"{pods_path(namespace)}/{quote(name, safe='')}"


def events_path(namespace: str = "") -> str:
    """The path of the collection of events, of all namespaces by default."""
    return _collection("events", namespace)


def workloads_path(kind: str, namespace: str = "") -> str:
    """The path of the collection of workloads of a kind such as ``Deployment``, of all namespaces by default."""
    group = "batch/v1" if kind in ("Job", "CronJob") else "apps/v1"
    return _collection(f"{kind.lower()}s", namespace, f"/apis/{group}")


def _collection(resource: str, namespace: str, group: str = "/api/v1") -> str:
    return f"{group}/namespaces/{quote(namespace, safe='')}/{resource}" if namespace else f"{group}/{resource}"
