"""
Requests to an API server, dicts in and dicts out: what the tests and the demo arrange and look at things with.

It shares no code with the collection, so that it can bear witness to what the collection does.
"""

from __future__ import annotations

import contextlib
import http
import json
import ssl
import tempfile
import typing as t
import urllib.parse

from tests.cluster.connections import Connections
from tests.cluster.errors import ApiError, ClusterError

if t.TYPE_CHECKING:
    from tests.cluster.kubeconfig import Access

Document: t.TypeAlias = dict[str, t.Any]
Documents: t.TypeAlias = list[Document]
PATCH_TYPES: t.Final[t.Mapping[str, str]] = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
    "apply": "application/apply-patch+yaml",
}
PAGE: t.Final = 500


class Client:
    """
    One user's access to an API server; safe to use from many threads.

    Every method raises an `ApiError` (`NotFound`, `Forbidden`, ...) when the server refuses, and `Unreachable` when none answers or its
    certificate is not from the authority that this client trusts.
    """

    def __init__(self, access: Access, *, timeout: float = 300) -> None:
        """
        Make a client; nothing is connected yet.

        Args:
            access: Which server, and as whom.
            timeout: Seconds that one answer may take.
        """
        url = urllib.parse.urlsplit(access.server)
        self._connections = Connections(
            url.hostname or "", url.port or 443, context=tls_context(access), timeout=timeout
        )
        self._prefix = url.path.rstrip("/")
        self._headers = {
            "Accept": "application/json",
            **({"Authorization": f"Bearer {access.token}"} if access.token else {}),
        }
        self._resources: dict[str, dict[str, Document]] = {}

    def request(
        self, method: str, path: str, body: t.Any = None, *, content_type: str = "application/json", **query: str
    ) -> Document:
        """
        Any request.

        Args:
            method: For example ``POST``.
            path: For example ``/api/v1/namespaces``; may carry a query.
            body: What is sent as JSON; None sends nothing.
            content_type: The kind of ``body``.
            query: Parameters, for example ``fieldSelector="type=kubernetes.io/dockerconfigjson"``.

        Returns:
            The answer's JSON object; for an answer that is plain text, ``{"text": "ok"}``.
        """
        if query:
            path += ("&" if "?" in path else "?") + urllib.parse.urlencode(query)
        content = None if body is None else json.dumps(body).encode()
        headers = self._headers if content is None else {**self._headers, "Content-Type": content_type}
        status, answer = self._connections.exchange(method, self._prefix + path, content, headers)
        document = _parse(answer)
        if status >= http.HTTPStatus.BAD_REQUEST:
            raise ApiError.of(f"{method} {path}", status, document)
        return document

    def get(self, path: str, **query: str) -> Document:
        """One object, for example ``/api/v1/namespaces/default``."""
        return self.request("GET", path, **query)

    def list(self, path: str, **query: str) -> Documents:
        """All objects of a collection, read in pages; as the API gives them, items bear no ``kind``."""
        items: Documents = []
        page: dict[str, str] = {"limit": str(PAGE)}
        while True:
            answer = self.request("GET", path, **query, **page)
            items += answer.get("items") or []
            token = answer.get("metadata", {}).get("continue")
            if not token:
                return items
            page["continue"] = token

    def create(self, document: Document) -> Document:
        """Create an object at the place that its apiVersion, kind and namespace say; returns what is stored."""
        return self.request("POST", self.path(document, named=False), document)

    def apply(self, document: Document, *, manager: str = "tests-cluster") -> Document:
        """Create the object or bring it to this state (server-side apply, by force); returns what is stored."""
        return self.patch(self.path(document), document, kind="apply", fieldManager=manager, force="true")

    def replace(self, document: Document) -> Document:
        """Put this object in the place of the one that is there; returns what is stored."""
        return self.request("PUT", self.path(document), document)

    def patch(
        self, path: str, patch: t.Any, *, kind: t.Literal["merge", "strategic", "json", "apply"] = "merge", **query: str
    ) -> Document:
        """Patch the object at ``path``; returns what is stored."""
        return self.request("PATCH", path, patch, content_type=PATCH_TYPES[kind], **query)

    def delete(self, path: str, **query: str) -> Document:
        """Delete the object at ``path``, or the whole collection."""
        return self.request("DELETE", path, **query)

    def exists(self, path: str) -> bool:
        """Whether there is something at ``path``."""
        try:
            self.get(path)
        except ApiError as error:
            if error.status == http.HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    def path(self, document: Document, *, named: bool = True) -> str:
        """
        The path of an object, or (not ``named``) of its collection; the plural comes from the server's discovery.

        Raises:
            ClusterError: The server knows no such kind.
        """
        version, kind, metadata = document["apiVersion"], document["kind"], document["metadata"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if kind not in self._resources.get(root, {}):
            found = self.get(root)["resources"]
            self._resources[root] = {resource["kind"]: resource for resource in found if "/" not in resource["name"]}
        resource = self._resources[root].get(kind)
        if resource is None:
            raise ClusterError(f"{version} {kind}: the API server has no such kind")
        parts = ["namespaces", metadata.get("namespace", "default")] if resource["namespaced"] else []
        return "/".join([root, *parts, resource["name"], *([metadata["name"]] if named else [])])


def tls_context(access: Access) -> ssl.SSLContext:
    """Whom an access trusts, and the certificate that it comes with."""
    context = ssl.create_default_context(cadata=access.authority.decode() or None)
    if access.certificate is not None:
        # Python's ssl takes certificates from a file only.
        with tempfile.NamedTemporaryFile() as both:
            both.write(access.certificate.public + access.certificate.private)
            both.flush()
            context.load_cert_chain(both.name)
    return context


def _parse(answer: bytes) -> Document:
    with contextlib.suppress(ValueError):
        document = json.loads(answer)
        if isinstance(document, dict):
            return document
    return {"text": answer.decode(errors="replace")}
