# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API objects, as dicts, turned into what the domain knows."""

from __future__ import annotations

import base64
import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kept_secret import KeptSecret, read_kept
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.namespace_selection import Namespace
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret import ObservedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.service_account import FIELDS, ServiceAccount


def namespace_from(item: t.Mapping[str, t.Any]) -> Namespace:
    """A namespace, from the object or from its metadata alone."""
    metadata = item["metadata"]
    return Namespace(
        name=metadata["name"],
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
        is_terminating="deletionTimestamp" in metadata,
        uid=metadata.get("uid") or "",
        resource_version=metadata.get("resourceVersion") or "",
    )


def secret_from(item: t.Mapping[str, t.Any]) -> ObservedSecret:
    """A Secret."""
    metadata = item["metadata"]
    return ObservedSecret(
        namespace=metadata["namespace"],
        name=metadata["name"],
        type=item.get("type") or "",
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
        finalizers=tuple(metadata.get("finalizers") or ()),
        is_terminating="deletionTimestamp" in metadata,
        owned_by=tuple(f"{owner['kind']} {owner['name']}" for owner in metadata.get("ownerReferences") or ()),
        immutable=bool(item.get("immutable")),
        data={key: base64.b64decode(value) for key, value in (item.get("data") or {}).items()},
    )


def kept_from(item: t.Mapping[str, t.Any]) -> KeptSecret | None:
    """What a second Secret keeps, ``None`` for one of another origin."""
    return read_kept(secret_from(item), item["metadata"].get("creationTimestamp") or "")


def service_account_from(item: t.Mapping[str, t.Any]) -> ServiceAccount:
    """A ServiceAccount."""
    metadata = item["metadata"]
    return ServiceAccount(
        namespace=metadata["namespace"],
        name=metadata["name"],
        resource_version=metadata["resourceVersion"],
        references={name: tuple(item[name]) for name in FIELDS.values() if item.get(name) is not None},
        annotations=metadata.get("annotations"),
    )
