# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A docker config for people: registries and user names in clear, each secret as a mark, and what differs in words."""

from __future__ import annotations

import typing as t

from ..image.registry_key import shown_registry
from ..secret_text import TOKEN_FIELDS, Fingerprinter, SecretText
from .config import DockerConfig, DockerConfigError, Entry, Format, credential_of


def redact(
    document: DockerConfig, marks: Fingerprinter, form: Format = "dockerconfigjson"
) -> dict[str, dict[str, str]]:
    """Each entry's user name and email in clear, its password and other secret fields as marks."""
    return {shown_registry(key): _redacted(fields, marks, form) for key, fields in document.entries.items()}


def _redacted(fields: Entry, marks: Fingerprinter, form: Format) -> dict[str, str]:
    shown: dict[str, str] = {}
    try:
        credential = credential_of(fields, form)
    except DockerConfigError:
        shown["auth"] = marks.mark(fields["auth"])
    else:
        shown.update(username=credential.username, password=marks.mark(credential.password))
    if isinstance(fields.get("email"), str) and fields["email"]:
        shown["email"] = fields["email"]
    for token in TOKEN_FIELDS:
        if isinstance(fields.get(token), SecretText) and fields[token]:
            shown[token] = marks.mark(fields[token])
    return shown


def registry_differences(before: t.Any, after: t.Mapping[str, t.Mapping[str, str]]) -> list[str]:
    """What differs between two sets of entries that :func:`redact` gave, in words; of the first there may be only a text."""
    if isinstance(before, str):
        return [f"contents replaced: {before}"]
    differences = [f"{registry} added" for registry in after if registry not in before]
    differences += [f"{registry} removed" for registry in before if registry not in after]
    for registry in (registry for registry in after if registry in before):
        fields = {**before[registry], **after[registry]}
        changed = [name for name in fields if before[registry].get(name) != after[registry].get(name)]
        if changed:
            differences.append(f"{registry}: {' and '.join(changed)} changed")
    return differences
