# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
What a pull Secret is: what it should hold, and what it holds.

Sources: ``k8s.io/api/core/v1/types.go`` (types, keys, size), ``pkg/credentialprovider/secrets/secrets.go`` of the kubelet.
"""

from __future__ import annotations

import base64
import typing as t
from dataclasses import dataclass, field

from ..docker_config.config import (
    DockerConfig,
    DockerConfigError,
    Format,
    RegistryCredential,
    parse_docker_config,
    render_docker_config,
)
from ..go.json import decode_utf8

ConflictPolicy = t.Literal["fail", "skip", "adopt", "replace"]

TYPES: t.Mapping[Format, str] = {
    "dockerconfigjson": "kubernetes.io/dockerconfigjson",
    "dockercfg": "kubernetes.io/dockercfg",
}
KEYS: t.Mapping[Format, str] = {"dockerconfigjson": ".dockerconfigjson", "dockercfg": ".dockercfg"}
MAX_BYTES = 1024 * 1024
"""``MaxSecretSize`` of the API: all values together, decoded."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Where client-side apply leaves a second copy of the whole Secret; it is taken off what we manage."""


@dataclass(frozen=True)
class WantedSecret:
    """
    What the user declared about a pull Secret.

    Attributes:
        form: Which kind of document it holds.
        document: The whole document, where ``purge`` is set.
        present: Credentials to merge into what is there, where it is not.
        absent: Registries to take out, where it is not.
        purge: Whether the Secret holds exactly ``document``.
        owner: Whose it is.
        labels: Labels to set beside our own; other labels are kept.
        annotations: Annotations to set beside our own; other annotations are kept.
        immutable: ``None`` leaves it as it is.
        on_conflict: What to do with a Secret of this name that is not ours.
    """

    name: str
    document: DockerConfig = field(default_factory=DockerConfig)
    form: Format = "dockerconfigjson"
    present: tuple[RegistryCredential, ...] = ()
    absent: tuple[str, ...] = ()
    purge: bool = True
    owner: str = "default"
    labels: t.Mapping[str, str] = field(default_factory=dict)
    annotations: t.Mapping[str, str] = field(default_factory=dict)
    immutable: bool | None = None
    on_conflict: ConflictPolicy = "fail"


@dataclass(frozen=True)
class Keeper:
    """A second Secret, which keeps what another holds while that is deleted and created again."""

    name: str
    uid: str


@dataclass(frozen=True)
class ObservedSecret:
    """
    A Secret as it was read.

    Attributes:
        owned_by: Kind and name of the objects that its ``ownerReferences`` name.
        finalizers: What has to be taken off before it goes.
        is_terminating: It was deleted, and waits for that.
        data: The decoded values (hence no ``repr``).
        keeper: What an interrupted run left beside it, to be removed.
        is_there: ``False`` for what ``keeper`` holds of a Secret that is gone.
    """

    namespace: str
    name: str
    type: str
    uid: str = ""
    resource_version: str = ""
    labels: t.Mapping[str, str] = field(default_factory=dict)
    annotations: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    owned_by: tuple[str, ...] = ()
    finalizers: tuple[str, ...] = ()
    is_terminating: bool = False
    immutable: bool = False
    data: t.Mapping[str, bytes] = field(default_factory=dict, repr=False)
    keeper: Keeper | None = None
    is_there: bool = True

    @property
    def form(self) -> Format | None:
        """The kind of document that a kubelet would read from it, ``None`` for a Secret of another type."""
        for form, type_name in TYPES.items():
            if self.type == type_name:
                return form
        return None

    def document(self) -> DockerConfig:
        """
        The docker config in it.

        Raises:
            DockerConfigError: The kubelet could not read it, or would not look.
        """
        form = self.form
        if form is None or KEYS[form] not in self.data:
            raise DockerConfigError("not_looked_at", "", "holds no docker config that a kubelet reads")
        return parse_docker_config(decode_utf8(self.data[KEYS[form]]), form)


def check_size(document: DockerConfig, form: Format) -> str | None:
    """What is wrong with a document that does not fit into a Secret, ``None`` for nothing."""
    size = len(render_docker_config(document, form).reveal().encode("utf-8", "surrogatepass"))
    if size <= MAX_BYTES:
        return None
    return f"the docker config has {size} bytes, and a Secret holds at most {MAX_BYTES}"


def encoded_document(document: DockerConfig, form: Format) -> str:
    """The document as a Secret's ``data`` hold it."""
    text = render_docker_config(document, form).reveal()
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")


def manifest_of(observed: ObservedSecret) -> dict[str, t.Any]:
    """What puts an observed Secret back after it was deleted."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": observed.name,
            "namespace": observed.namespace,
            "labels": dict(observed.labels),
            "annotations": dict(observed.annotations),
        },
        "type": observed.type,
        **({"immutable": True} if observed.immutable else {}),
        "data": {key: base64.b64encode(value).decode("ascii") for key, value in observed.data.items()},
    }
