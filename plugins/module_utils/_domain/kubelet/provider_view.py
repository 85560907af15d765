# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CredentialProviderConfig for people: what it holds and what becomes different, without its secrets."""

from __future__ import annotations

import typing as t

from ..masking.secret_forms import secrets_in_arguments
from ..secret_text import Fingerprinter, SecretText
from .provider_config import Document, Json, providers_of


def shown_document(document: Document | None, marks: Fingerprinter) -> dict[str, Json]:
    """A document for a diff: providers by name, and the value of each variable a mark."""
    if document is None:
        return {}
    return {
        "apiVersion": str(document.get("apiVersion")),
        "providers": {
            str((provider or {}).get("name")): _shown_provider(provider or {}, marks)
            for provider in providers_of(document)
        },
    }


def differences_between(before: Document | None, after: Document) -> list[str]:
    """What is different, in words, without secrets."""
    old, new = _by_name(before), _by_name(after)
    differences = []
    if before is not None and before.get("apiVersion") != after.get("apiVersion"):
        differences.append(f"apiVersion is {after.get('apiVersion')}")
    for name, provider in new.items():
        if name not in old:
            differences.append(f"{name}: added")
        elif provider != old[name]:
            fields = [field for field in {**old[name], **provider} if old[name].get(field) != provider.get(field)]
            differences.append(f"{name}: {', '.join(fields)} changed")
    differences += [f"{name}: removed" for name in old if name not in new]
    if not differences and list(old) != list(new):
        differences.append("order of providers changed")
    return differences


def secrets_in(document: Json) -> list[str]:
    """The values of all variables that a document sets, and passwords in arguments, however broken it is."""
    providers = document.get("providers") if isinstance(document, dict) else None
    found = []
    for provider in providers if isinstance(providers, list) else ():
        found += [value for _name, value in _variables(provider)]
        arguments = provider.get("args") if isinstance(provider, dict) else None
        found += secrets_in_arguments([str(one) for one in arguments] if isinstance(arguments, list) else [])
    return found


def _by_name(document: Document | None) -> dict[str, Document]:
    return {str((provider or {}).get("name")): provider or {} for provider in providers_of(document)}


def _shown_provider(provider: Document, marks: Fingerprinter) -> dict[str, Json]:
    shown = {name: _plain(value) for name, value in provider.items() if name not in ("name", "env")}
    env = {name: marks.mark(SecretText(value)) for name, value in _variables(provider)}
    return {**shown, "env": env} if env else shown


def _plain(value: Json) -> Json:
    """A value as a diff shows it, also where it is of the wrong type."""
    if isinstance(value, dict):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [str(member) for member in value]
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _variables(provider: Json) -> t.Iterator[tuple[str, str]]:
    """Names and values of a provider's variables, also of a broken one."""
    env = provider.get("env") if isinstance(provider, dict) else None
    for variable in env if isinstance(env, list) else ():
        if isinstance(variable, dict):
            value = variable.get("value")
            yield str(variable.get("name")), "" if value is None else str(value)
