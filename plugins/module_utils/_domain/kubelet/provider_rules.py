# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
What a kubelet refuses to start with, of its CredentialProviderConfig.

Sources: ``pkg/credentialprovider/plugin/config.go`` (``readCredentialProviderConfig``, ``decode``,
``validateCredentialProviderConfig``) and ``k8s.io/kubelet/config`` of Kubernetes 1.33, 1.34 and 1.36.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, field

from ..cluster.names import check_annotations
from ..errors import InvalidInput
from ..go.duration import parse_duration
from ..image.registry_key import shown_registry
from .match_image import is_match_image
from .provider_config import (
    CACHE_TYPES,
    GROUP,
    KIND,
    NEWEST,
    PROVIDER_GROUP,
    SENDS_TOKENS,
    VERSIONS,
    Document,
    Json,
    Release,
    providers_of,
)

_Check = t.Callable[[Json, str], None]


@dataclass(frozen=True)
class ConfigFile:
    """
    A file that a kubelet reads, or will read.

    Attributes:
        path: Where it is.
        document: What it holds (secrets included, hence no ``repr``).
    """

    path: str
    document: Json = field(repr=False)


def check_outline(config: ConfigFile) -> None:
    """
    Refuse to add to what is no list of providers.

    Raises:
        InvalidInput: naming the file and the place.
    """
    where, document = config.path, config.document
    if not isinstance(document, dict):
        raise InvalidInput(where, f"must be a mapping with kind {KIND}", "repair or remove the file")
    _list_of(_mapping)(document.get("providers"), f"{where}: providers")
    for index, provider in enumerate(providers_of(document)):
        _text((provider or {}).get("name"), f"{where}: providers[{index}].name")


def check_configs(configs: t.Sequence[ConfigFile], release: Release = NEWEST) -> None:
    """
    Refuse what a kubelet would not start with.

    Args:
        configs: All that it reads: one file, or those of its folder in their order.
        release: Of the kubelet.

    Raises:
        InvalidInput: naming file and place, of the first thing that is wrong.
    """
    for config in configs:
        _check_schema(config, release)
    _check_names(configs)
    for config in configs:
        for index, provider in enumerate(providers_of(config.document)):
            _check_provider(provider or {}, f"{config.path}: {_place(index, provider)}", release)


def _check_schema(config: ConfigFile, release: Release) -> None:
    """What ``decode`` does: unknown fields and wrong types are errors, ``null`` is as good as a missing field."""
    where, document = config.path, config.document
    if not isinstance(document, dict):
        raise InvalidInput(where, f"must be a mapping with kind {KIND}", "repair or remove the file")
    version = document.get("apiVersion")
    if document.get("kind") != KIND or version not in [f"{GROUP}/{known}" for known in VERSIONS]:
        raise InvalidInput(
            where,
            f"is no {KIND} that a kubelet reads",
            f"set kind to {KIND} and apiVersion to {GROUP}/v1, v1beta1 or v1alpha1",
        )
    provider = _PROVIDER if version == f"{GROUP}/v1" else _OLD_PROVIDER
    if provider is _PROVIDER and release < SENDS_TOKENS:
        provider = _PROVIDER_1_33 if release == (1, 33) else _OLD_PROVIDER
    fields: dict[str, _Check] = {"apiVersion": _text, "kind": _text, "providers": _list_of(_object(provider))}
    for name, value in document.items():
        _check_field(fields, name, value, where)


def _check_field(fields: t.Mapping[str, _Check], name: Json, value: Json, where: str) -> None:
    if name not in fields:
        raise InvalidInput(
            where,
            f"has the unknown field {name!r}, and a kubelet starts with none",
            f"set the file's apiVersion to {GROUP}/v1, for Kubernetes 1.34 or newer"
            if name == "tokenAttributes"
            else f"remove it; known are {', '.join(sorted(fields))}",
        )
    fields[name](value, f"{where}: {name}")


def _object(fields: t.Mapping[str, _Check]) -> _Check:
    def check(value: Json, where: str) -> None:
        _mapping(value, where)
        for name, member in (value or {}).items():
            _check_field(fields, name, member, where)

    return check


def _list_of(check_member: _Check) -> _Check:
    def check(value: Json, where: str) -> None:
        if value is not None and not isinstance(value, list):
            raise InvalidInput(where, "must be a list", "correct it")
        for index, member in enumerate(value or ()):
            check_member(member, f"{where}[{index}]")

    return check


def _mapping(value: Json, where: str) -> None:
    if value is not None and not isinstance(value, dict):
        raise InvalidInput(where, "must be a mapping", "correct it")


def _text(value: Json, where: str) -> None:
    if value is not None and not isinstance(value, str):
        raise InvalidInput(where, "must be a text", "put it in quotes")


def _flag(value: Json, where: str) -> None:
    if value is not None and not isinstance(value, bool):
        raise InvalidInput(where, "must be true or false", "write it without quotes")


def _duration(value: Json, where: str) -> None:
    _text(value, where)
    if value is not None and parse_duration(value) is None:
        raise InvalidInput(
            where, f"{value!r} is no duration", "write hours, minutes and seconds, such as '12h' or '1h30m'"
        )


_TEXTS = _list_of(_text)
_OLD_PROVIDER: t.Mapping[str, _Check] = {
    "name": _text,
    "matchImages": _TEXTS,
    "defaultCacheDuration": _duration,
    "apiVersion": _text,
    "args": _TEXTS,
    "env": _list_of(_object({"name": _text, "value": _text})),
}
_TOKEN_1_33: t.Mapping[str, _Check] = {
    "serviceAccountTokenAudience": _text,
    "requireServiceAccount": _flag,
    "requiredServiceAccountAnnotationKeys": _TEXTS,
    "optionalServiceAccountAnnotationKeys": _TEXTS,
}
_PROVIDER_1_33: t.Mapping[str, _Check] = {**_OLD_PROVIDER, "tokenAttributes": _object(_TOKEN_1_33)}
_PROVIDER: t.Mapping[str, _Check] = {
    **_OLD_PROVIDER,
    "tokenAttributes": _object({**_TOKEN_1_33, "cacheType": _text}),
}


def _check_names(configs: t.Sequence[ConfigFile]) -> None:
    """A kubelet wants one provider at least, and each name once, over all files."""
    names = [
        (config.path, (one or {}).get("name") or "") for config in configs for one in providers_of(config.document)
    ]
    if not names:
        raise InvalidInput(
            " and ".join(config.path for config in configs) or "the kubelet's folder",
            "would hold no provider, and a kubelet does not start with none",
            "give one; to do without, take both --image-credential-provider flags from the kubelet",
        )
    counted = Counter(name for _path, name in names)
    for _path, name in names:
        if counted[name] > 1:
            paths = list(dict.fromkeys(path for path, other in names if other == name))
            raise InvalidInput(
                " and ".join(paths),
                f"the provider {name!r} is there {counted[name]} times, and a kubelet does not start with that",
                "remove all but one",
            )


def check_provider_name(name: str, *, where: str) -> None:
    """
    Refuse what is no name of a program.

    Raises:
        InvalidInput: naming ``where``.
    """
    if not name or name in (".", "..") or "/" in name or " " in name:
        raise InvalidInput(
            where, f"{name!r} cannot name a provider", "give the name of a program in the kubelet's bin-dir"
        )


def _check_provider(provider: Document, where: str, release: Release) -> None:
    check_provider_name(provider.get("name") or "", where=f"{where}: name")
    known = [f"{PROVIDER_GROUP}/{version}" for version in VERSIONS]
    if provider.get("apiVersion") not in known:
        raise InvalidInput(
            f"{where}: apiVersion",
            f"{provider.get('apiVersion') or ''!r} is unknown",
            f"write one of {', '.join(known)}",
        )
    _check_match_images(provider.get("matchImages") or [], f"{where}: matchImages")
    duration = parse_duration(provider.get("defaultCacheDuration") or "")
    if duration is None or duration < 0:
        raise InvalidInput(
            f"{where}: defaultCacheDuration",
            "is missing or negative",
            "give a duration such as '12h', or '0s' for none",
        )
    if provider.get("tokenAttributes") is not None:
        _check_token(provider["tokenAttributes"], f"{where}: tokenAttributes", str(provider["apiVersion"]), release)


def _check_match_images(patterns: t.Sequence[str | None], where: str) -> None:
    if not patterns:
        raise InvalidInput(where, "is empty", "name the registries that the provider is asked for")
    for index, pattern in enumerate(patterns):
        if not is_match_image(pattern or ""):
            raise InvalidInput(
                f"{where}[{index}]",
                f"{shown_registry(pattern or '')!r} is no host with an optional port and path",
                "write it as it stands in image names",
            )


def _check_token(token: Document, where: str, api_version: str, release: Release) -> None:
    if release < SENDS_TOKENS:
        raise InvalidInput(where, f"is not for Kubernetes {release[0]}.{release[1]}", "use it from 1.34 on")
    if api_version != f"{PROVIDER_GROUP}/v1":
        raise InvalidInput(where, "is only for providers with the API version v1", "set apiVersion to v1")
    if not token.get("serviceAccountTokenAudience"):
        raise InvalidInput(f"{where}: serviceAccountTokenAudience", "is missing", "give the audience of the token")
    if token.get("requireServiceAccount") is None:
        raise InvalidInput(f"{where}: requireServiceAccount", "is missing", "set it to true or false")
    if token.get("cacheType") not in CACHE_TYPES:
        raise InvalidInput(
            f"{where}: cacheType",
            "is neither Token nor ServiceAccount",
            "write Token if the provider passes the token on",
        )
    _check_annotations(token, where)


def _check_annotations(token: Document, where: str) -> None:
    required = token.get("requiredServiceAccountAnnotationKeys") or []
    optional = token.get("optionalServiceAccountAnnotationKeys") or []
    for name, keys in (("required", required), ("optional", optional)):
        place = f"{where}: {name}ServiceAccountAnnotationKeys"
        # The API server's rule, but for capitals, which count for nothing here.
        check_annotations({(key or "").lower(): "" for key in keys}, where=place)
        if len(set(keys)) != len(keys):
            raise InvalidInput(place, "has a key twice", "give each key once")
    if required and not token["requireServiceAccount"]:
        raise InvalidInput(
            f"{where}: requiredServiceAccountAnnotationKeys",
            "asks for annotations of a ServiceAccount that requireServiceAccount does not ask for",
            "set requireServiceAccount to true",
        )
    both = sorted(set(required) & set(optional))
    if both:
        raise InvalidInput(where, f"has {both[0]!r} among the required and the optional keys", "give it in one of them")


def _place(index: int, provider: Document | None) -> str:
    return f"providers[{index}]" + (f" ({provider['name']})" if provider and provider.get("name") else "")
