# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The kubelet's CredentialProviderConfig: what stands in it, and how what is declared gets into it.

Source: ``k8s.io/kubelet/config`` (``v1``, ``v1beta1``, ``v1alpha1``). Documents are dicts and lists in the order in which they
are written.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..go.duration import parse_duration
from ..secret_text import SecretText

Json = t.Any
Document = t.Mapping[str, Json]
Release = t.Tuple[int, int]
"""Of Kubernetes, such as ``(1, 36)``."""

Version = t.Literal["v1", "v1beta1", "v1alpha1"]
VERSIONS: tuple[Version, ...] = ("v1", "v1beta1", "v1alpha1")
"""Of the file and of requests to a provider; a kubelet reads and sends all of them."""

CACHE_TYPES = ("ServiceAccount", "Token")
KIND = "CredentialProviderConfig"
GROUP = "kubelet.config.k8s.io"
PROVIDER_GROUP = "credentialprovider.kubelet.k8s.io"

NEWEST: Release = (1, 36)
"""Whose rules are applied where nobody knows better."""

OLDEST: Release = (1, 26)
"""The first that reads ``v1`` of the file."""

READS_FOLDERS: Release = (1, 34)
SENDS_TOKENS: Release = (1, 34)
"""Where the feature KubeletServiceAccountTokenForCredentialProviders is on by default; 1.33 has it without ``cacheType``."""

FILE_ENDINGS = (".json", ".yaml", ".yml")
"""How the names of files end that a kubelet reads in a folder; those that begin with a dot count as well."""

_RELEASE = re.compile(r"\bv?(1)\.([0-9]+)\b")


@dataclass(frozen=True)
class TokenAttributes:
    """
    That a provider gets a token of the Pod's ServiceAccount.

    Attributes:
        audience: ``serviceAccountTokenAudience``.
        cache_type: One of ``CACHE_TYPES``.
        require_service_account: Whether Pods without a ServiceAccount do without the provider.
        required_annotations: ``requiredServiceAccountAnnotationKeys``.
        optional_annotations: ``optionalServiceAccountAnnotationKeys``.
    """

    audience: str
    cache_type: str
    require_service_account: bool
    required_annotations: tuple[str, ...] = ()
    optional_annotations: tuple[str, ...] = ()

    def as_fields(self) -> dict[str, Json]:
        """The object ``tokenAttributes`` as the file has it; lists that are empty are left out."""
        fields = {
            "serviceAccountTokenAudience": self.audience,
            "cacheType": self.cache_type,
            "requireServiceAccount": self.require_service_account,
            "requiredServiceAccountAnnotationKeys": list(self.required_annotations),
            "optionalServiceAccountAnnotationKeys": list(self.optional_annotations),
        }
        return {name: value for name, value in fields.items() if value != []}


@dataclass(frozen=True)
class Provider:
    """
    A provider as it is declared, all of it.

    Attributes:
        name: Of its program.
        match_images: The images that it is asked for.
        default_cache_duration: Such as ``12h``.
        api_version: What is spoken with it.
        args: Of its command line.
        env: Names and values.
        token_attributes: Where it wants a token.
    """

    name: str
    match_images: tuple[str, ...]
    default_cache_duration: str
    api_version: Version = "v1"
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, SecretText], ...] = ()
    token_attributes: TokenAttributes | None = None

    def as_fields(self) -> dict[str, Json]:
        """As the file has it, secrets included."""
        fields: dict[str, Json] = {
            "name": self.name,
            "matchImages": list(self.match_images),
            "defaultCacheDuration": self.default_cache_duration,
            "apiVersion": f"{PROVIDER_GROUP}/{self.api_version}",
        }
        if self.args:
            fields["args"] = list(self.args)
        if self.env:
            fields["env"] = [{"name": name, "value": value.reveal()} for name, value in self.env]
        if self.token_attributes:
            fields["tokenAttributes"] = self.token_attributes.as_fields()
        return fields


@dataclass(frozen=True)
class Declaration:
    """
    What the file is to hold.

    Attributes:
        present: Providers, each replaced or added as a whole.
        absent: The names of those to take out.
        purge: Whether nothing else stays.
        version: Of the file; empty for that which it has.
    """

    present: tuple[Provider, ...] = ()
    absent: tuple[str, ...] = ()
    purge: bool = False
    version: str = ""


def parse_release(text: str) -> Release | None:
    """The release in a version such as ``v1.36.3``, or in what a program says of itself; ``None`` where there is none."""
    match = _RELEASE.search(text)
    return (int(match.group(1)), int(match.group(2))) if match else None


def declared_document(existing: Document | None, wanted: Declaration) -> dict[str, Json]:
    """
    The document with all that is declared.

    Order, and what is not declared, are kept; a provider that says the same already is left as it is written.

    Args:
        existing: What is there, checked by ``check_outline``; ``None`` where there is no file.
        wanted: What is declared.
    """
    document: dict[str, Json] = {"apiVersion": f"{GROUP}/v1", "kind": KIND}
    if existing is not None and wanted.purge:
        document["apiVersion"] = existing.get("apiVersion") or document["apiVersion"]
    elif existing is not None:
        document = {**existing, **{name: existing.get(name) or value for name, value in document.items()}}
    if wanted.version:
        document["apiVersion"] = f"{GROUP}/{wanted.version}"
    document["providers"] = _merged(providers_of(existing), wanted)
    return document


def providers_of(document: Document | None) -> list[Json]:
    """The providers in a document; none where it is empty."""
    return list((document or {}).get("providers") or ())


def _merged(existing: t.Sequence[Json], wanted: Declaration) -> list[Json]:
    declared = {provider.name: provider for provider in wanted.present}
    there: dict[str, Json] = {}
    for provider in existing:
        there.setdefault((provider or {}).get("name") or "", provider)
    if wanted.purge:
        return [_updated(there.get(name), provider) for name, provider in declared.items()]
    merged = []
    seen = set()
    for provider in existing:
        name = (provider or {}).get("name")
        if name in wanted.absent or (name in declared and name in seen):
            continue
        seen.add(name)
        merged.append(_updated(provider, declared[name]) if name in declared else provider)
    return merged + [provider.as_fields() for name, provider in declared.items() if name not in seen]


def _updated(existing: Document | None, wanted: Provider) -> dict[str, Json]:
    """The declared provider, with its fields in the order in which they are there."""
    fields = wanted.as_fields()
    if existing is None:
        return fields
    if _meaning(existing) == _meaning(fields):
        return dict(existing)
    return {
        **{name: fields[name] for name in existing if name in fields},
        **{name: value for name, value in fields.items() if name not in existing},
    }


def _meaning(fields: Document) -> dict[str, Json]:
    """Fields as a kubelet takes them: empty ones are as good as none, and a duration can be written in many ways."""
    meant = {name: value for name, value in fields.items() if value not in (None, [], "")}
    duration = meant.get("defaultCacheDuration")
    if isinstance(duration, str):
        meant["defaultCacheDuration"] = parse_duration(duration)
    if isinstance(meant.get("tokenAttributes"), dict):
        meant["tokenAttributes"] = {
            name: value for name, value in meant["tokenAttributes"].items() if value not in (None, [], "")
        }
    return meant
