# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The second Secret that keeps what a Secret holds while it is deleted and created again.

It has a type of its own, so that no kubelet and no list of pull Secrets takes it for one. All that it keeps is in its data,
since annotations and labels are shown to people who may not read data.
"""

from __future__ import annotations

import base64
import hashlib
import json
import typing as t
from dataclasses import dataclass, replace

from ..change import Change
from ..cluster.ownership import MANAGED_BY, MANAGER, owner_of
from ..go.json import loads
from ..secret_text import Fingerprinter
from .plan import SecretPlan, view_observed
from .secret import Keeper, ObservedSecret, WantedSecret, manifest_of

KEPT_TYPE = "regcred.kubernetes/kept"
_SUFFIX = ".regcred-kept"
_RECORD = "regcred-kept-record"
"""The key of what is kept beside the data: name, uid, resource version, type, labels, annotations, immutable."""

_LONGEST = 253
_TOKEN_TYPE = "kubernetes.io/service-account-token"  # the API server fills such a Secret with a token


@dataclass(frozen=True)
class KeptSecret:
    """What was found in a second Secret: ``created`` is its creationTimestamp, ``secret`` what it keeps."""

    keeper: Keeper
    created: str
    secret: ObservedSecret


def kept_name(name: str) -> str:
    """The name of the second Secret."""
    if len(name) + len(_SUFFIX) <= _LONGEST:
        return name + _SUFFIX
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{name[: _LONGEST - len(_SUFFIX) - 17]}x{digest}{_SUFFIX}"


def kept_manifest(observed: ObservedSecret) -> dict[str, t.Any]:
    """The second Secret for one that is going to be deleted."""
    whole = manifest_of(observed)
    record = {
        **{name: whole["metadata"][name] for name in ("name", "labels", "annotations")},
        "uid": observed.uid,
        "resourceVersion": observed.resource_version,
        "type": observed.type,
        "immutable": observed.immutable,
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": kept_name(observed.name),
            "namespace": observed.namespace,
            "labels": {MANAGED_BY: MANAGER},
        },
        "type": KEPT_TYPE,
        "data": {**whole["data"], _RECORD: base64.b64encode(json.dumps(record).encode()).decode("ascii")},
    }


def read_kept(found: ObservedSecret, created: str) -> KeptSecret | None:
    """
    What a second Secret keeps, ``None`` when it is none of ours.

    Whoever can make Secrets can make one of this type: nothing is believed of its form, and no token is made with our rights.
    """
    try:
        record = loads(found.data[_RECORD])
        texts = {name: record[name] for name in ("name", "type", "uid", "resourceVersion")}
        maps = {name: record[name] for name in ("labels", "annotations")}
        is_immutable = record["immutable"]
    except (KeyError, ValueError, TypeError):
        return None
    if not (_are_texts(texts) and all(isinstance(each, dict) and _are_texts(each) for each in maps.values())):
        return None
    if found.type != KEPT_TYPE or found.name != kept_name(texts["name"]) or texts["type"] == _TOKEN_TYPE:
        return None
    secret = ObservedSecret(
        namespace=found.namespace,
        name=texts["name"],
        type=texts["type"],
        uid=texts["uid"],
        resource_version=texts["resourceVersion"],
        labels=maps["labels"],
        annotations=maps["annotations"],
        immutable=is_immutable is True,
        data={key: value for key, value in found.data.items() if key != _RECORD},
    )
    return KeptSecret(Keeper(found.name, found.uid), created, secret)


def _are_texts(values: t.Mapping[str, t.Any]) -> bool:
    return all(isinstance(value, str) for value in values.values())


def with_kept(observed: ObservedSecret | None, kept: KeptSecret | None, recent: str) -> ObservedSecret | None:
    """
    A Secret as it is to be planned with, given what an earlier run left.

    Args:
        observed: What is there.
        kept: What was kept of it.
        recent: The time, as ``creationTimestamp`` has it, after which another run may still be at work.

    Returns:
        Where nothing is there, what was kept, as not there. Else what is there, with what is to be removed beside it: not when
        a run may just be going to delete it, nor when somebody else made it, so that what was kept is still of use.
    """
    if kept is None:
        return observed
    if observed is None:
        return replace(kept.secret, keeper=kept.keeper, is_there=False)
    is_same = observed.uid == kept.secret.uid
    if is_same and observed.resource_version == kept.secret.resource_version and kept.created > recent:
        return observed
    if is_same or owner_of(observed.labels) is not None:
        return replace(observed, keeper=kept.keeper)
    return observed


def finish(plan: SecretPlan, wanted: WantedSecret, marks: Fingerprinter) -> SecretPlan:
    """The plan for a Secret, with the end of what an interrupted run began."""
    observed = plan.observed
    if observed is None or observed.keeper is None or plan.verb == "delete":
        return plan
    if observed.is_there:
        if plan.change.action != "unchanged":
            return plan
        reason = f"Secret {observed.keeper.name}, which an interrupted run left, is removed"
        return replace(plan, change=replace(plan.change, action="updated", reason=reason))
    manifest = plan.body if plan.verb == "recreate" else _patched(manifest_of(observed), plan.body)
    reason = "put back, since the run that deleted it was interrupted"
    change = Change(
        "Secret",
        observed.name,
        "created",
        "; ".join(filter(None, (reason, plan.change.reason))),
        after=plan.change.after or view_observed(observed, wanted, marks),
    )
    return SecretPlan(change, "create", manifest, observed)


def _patched(manifest: t.Mapping[str, t.Any], patch: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """RFC 7396, for a manifest that is created: it has no resource version."""
    new = dict(manifest)
    for name, value in patch.items():
        if value is None or name == "resourceVersion":
            new.pop(name, None)
        elif isinstance(value, dict):
            new[name] = _patched(new.get(name) or {}, value)
        else:
            new[name] = value
    return new
