# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is secret in a docker config, in a Secret, and in the header that says who asks."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
import typing as t

from ..docker_config.config import DockerConfig, DockerConfigError, parse_docker_config
from ..go.json import decode_utf8, loads
from ..secret_text import SECRET_FIELDS, SecretText
from .secret import LAST_APPLIED, ObservedSecret

SHORTEST = 4
"""A shorter value of a Secret that is no docker config stands in texts for other reasons."""

_QUOTED_FIELD = re.compile(rf'"({"|".join(SECRET_FIELDS)})"\s*:\s*"((?:[^"\\]|\\.)*)', re.IGNORECASE | re.DOTALL)
"""A secret field of a document, which need not be JSON: the quote at its end may be missing."""


def secrets_in_document(document: DockerConfig) -> set[str]:
    """All that is secret in a document."""
    texts: set[str] = set()
    for credential in document.credentials().values():
        password = credential.password.reveal()
        texts |= {password, f"{credential.username}:{password}"} if password else set()
    for fields in document.entries.values():
        for name, value in fields.items():
            texts.update(_secrets_in_field(name, value.reveal()) if isinstance(value, SecretText) else ())
    return texts - {""}


def secrets_in_value(value: bytes) -> set[str]:
    """All that is secret in a value of a Secret, also when nobody can read its document, or it is meant for something else."""
    text = value.decode("utf-8", "surrogateescape")
    found = {
        one
        for field in _QUOTED_FIELD.finditer(text)
        for one in _secrets_in_field(field.group(1), _read(field.group(2)))
    }
    for form in ("dockerconfigjson", "dockercfg"):
        with contextlib.suppress(DockerConfigError):  # what can be found in a broken document is found above
            found |= secrets_in_document(parse_docker_config(decode_utf8(value), form))
    whole = {text, text.strip()} if len(text.strip()) >= SHORTEST else set()
    return (found | whole) - {""}


def secrets_in_secret(secret: ObservedSecret) -> set[str]:
    """All that is secret in a Secret."""
    return {text for value in secret.data.values() for text in secrets_in_value(value)}


def values_in_object(body: t.Any) -> t.Iterator[str]:
    """The values, in base64, of a Secret, a list of Secrets, or a patch of one; and of the copy that an annotation may have."""
    if isinstance(body, list):
        for operation in body:
            if isinstance(operation, dict) and str(operation.get("path", "")).startswith("/data"):
                value = operation.get("value")
                yield from _texts(value.values() if isinstance(value, dict) else (value,))
    elif isinstance(body, dict):
        for item in body["items"] if isinstance(body.get("items"), list) else (body,):
            yield from _values_in_secret(item)


def _values_in_secret(item: t.Any) -> t.Iterator[str]:
    if not isinstance(item, dict):
        return
    if isinstance(item.get("data"), dict):
        yield from _texts(item["data"].values())
    metadata = item.get("metadata")
    notes = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(notes, dict) and isinstance(notes.get(LAST_APPLIED), str):
        with contextlib.suppress(ValueError):
            yield from _values_in_secret(loads(notes[LAST_APPLIED]))


def _texts(values: t.Iterable[t.Any]) -> t.Iterator[str]:
    return (value for value in values if isinstance(value, str))


def secrets_in_header(value: str) -> set[str]:
    """What is secret in an ``Authorization``, such as ``Bearer TOKEN`` or ``Basic BASE64``."""
    scheme, _blank, credential = value.strip().partition(" ")
    return {*_secrets_in_field("auth" if scheme.lower() == "basic" else "", credential.strip() or scheme)} - {""}


def _secrets_in_field(name: str, value: t.Any) -> t.Iterator[str]:
    """A field's value, and for ``auth`` what it decodes to, and the password in that."""
    if not isinstance(value, str):
        return
    yield value
    if name.lower() == "auth":
        try:
            text = base64.b64decode(value + "=" * (-len(value) % 4)).decode("utf-8", "surrogateescape")
        except (binascii.Error, ValueError):
            return
        _user, colon, password = text.partition(":")
        if password or not colon:
            yield text
            yield password


def _read(quoted: str) -> str:
    try:
        return str(loads(f'"{quoted}"', strict=False))
    except ValueError:
        return quoted
