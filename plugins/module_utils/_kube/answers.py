# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
What an API server answers to a request that it carried out, so that nobody else's answer is taken for it.

Source: ``k8s.io/apiserver/pkg/endpoints/installer.go`` (which kind each verb gives), ``k8s.io/apimachinery/pkg/apis/meta/v1``.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from urllib.parse import unquote

_METADATA_LIST = "PartialObjectMetadataList"
_ANSWERED_AS = {"projectrequests": "projects"}
"""OpenShift answers the request for a project with the project."""


@dataclass(frozen=True)
class Place:
    """
    What a path of the API leads to.

    Attributes:
        version: As ``apiVersion`` has it, such as ``apps/v1``.
        resource: Such as ``secrets``.
        namespace: Empty for what is in none, or for all.
        name: Empty for the collection.
    """

    version: str
    resource: str
    namespace: str
    name: str

    @property
    def title(self) -> str:
        """What is there, for messages, such as ``v1 secrets regcred``."""
        return " ".join(filter(None, (self.version, self.resource, self.name)))


def place_of(path: str) -> Place | None:
    """Where a path leads, ``None`` when it is no path of objects."""
    root, *parts = [unquote(part) for part in path.strip("/").split("/")]
    if root == "apis" and len(parts) > 2:
        version, parts = f"{parts[0]}/{parts[1]}", parts[2:]
    elif root == "api" and len(parts) > 1:
        version, parts = parts[0], parts[1:]
    else:
        return None
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 2 and parts[2] != "status":
        namespace, parts = parts[1], parts[2:]
    return Place(version, parts[0], namespace, parts[1] if len(parts) > 1 else "")


def is_answer(answer: t.Any, method: str, place: Place | None, body: t.Any) -> bool:
    """
    Whether ``answer`` can be what an API server says when it has carried out a request.

    Args:
        answer: The parsed body.
        method: Of the request.
        place: Where the request went.
        body: What it carried, ``None`` for nothing.
    """
    if place is None:
        return isinstance(answer, dict)
    if not isinstance(answer, dict) or not isinstance(answer.get("kind"), str):
        return False
    if method == "DELETE" and answer["kind"] == "Status":
        return answer.get("status") == "Success"
    kind, metadata = answer["kind"], answer.get("metadata")
    if method == "GET" and not place.name:
        is_list = kind == _METADATA_LIST or (kind.endswith("List") and _is_of(kind[: -len("List")], answer, place))
        return is_list and isinstance(answer.get("items"), (list, type(None)))
    if not isinstance(metadata, dict) or not _is_of(kind, answer, place):
        return False
    name = place.name or (body.get("metadata", {}).get("name", "") if isinstance(body, dict) else "")
    is_named = not name or metadata.get("name") == name
    return is_named and (not place.namespace or metadata.get("namespace", place.namespace) == place.namespace)


def _is_of(kind: str, answer: t.Mapping[str, t.Any], place: Place) -> bool:
    word = kind.lower()
    plurals = {f"{word}s", f"{word}es", f"{word[:-1]}ies"}
    resources = {place.resource, _ANSWERED_AS.get(place.resource, place.resource)}
    return answer.get("apiVersion") == place.version and not plurals.isdisjoint(resources)
