# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The forms in which a secret may stand in the words of others.

What kubelets, container runtimes and registries say is repeated to users, and they quote as they like: as it is, escaped,
as a part of a URL, or somewhere inside of base64.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
import typing as t
from urllib.parse import quote, quote_plus

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config import (
    DockerConfig,
    DockerConfigError,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.json_text import decode_utf8, render_json
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret import ObservedSecret

SHORTEST = 4
"""Base64 of less, or a shorter value of a Secret that is no docker config, stands in texts for other reasons."""

LONGEST = 4096
"""What has more bytes is no password; nobody quotes a part of it in another form."""

_FIELDS = ("password", "auth", "identitytoken", "registrytoken")
_QUOTED_FIELD = re.compile(rf'"({"|".join(_FIELDS)})"\s*:\s*"((?:[^"\\]|\\.)*)', re.IGNORECASE | re.DOTALL)
"""A secret field of a document, which need not be JSON: the quote at its end may be missing."""


def forms_of(secret: str) -> set[str]:
    """
    What to look for.

    Args:
        secret: A password, or another text that nobody may see; bytes that are not UTF-8 as surrogates.
    """
    raw = _bytes(secret)
    if len(raw) > LONGEST:
        return {secret, base64.b64encode(raw).decode("ascii")}
    written = {
        secret,
        decode_utf8(raw),
        repr(secret)[1:-1],
        quote(raw, safe=""),
        quote_plus(raw),
        *_as_json(secret),
    }
    encoded = {form for text in written for form in _inside_base64(_bytes(text))}
    encoded.add(base64.b64encode(raw).decode("ascii").rstrip("="))
    long_enough = {form for form in encoded if len(form) >= SHORTEST}
    return written | long_enough | {form.replace("+", "-").replace("/", "_") for form in long_enough}


def forms_in_document(document: DockerConfig) -> set[str]:
    """The forms of all that is secret in a document."""
    texts: set[str] = set()
    for credential in document.credentials().values():
        password = credential.password.reveal()
        texts |= {password, f"{credential.username}:{password}"} if password else set()
    for fields in document.entries.values():
        texts.update(text for name in _FIELDS for text in _told_by(name, fields.get(name)))
    return {form for text in texts if text for form in forms_of(text)}


def forms_in_secret(secret: ObservedSecret) -> set[str]:
    """The forms of all that is secret in a Secret, also when nobody can read its document, or it is meant for something else."""
    forms: set[str] = set()
    with contextlib.suppress(DockerConfigError):  # what can be found in a broken document is found below
        forms |= forms_in_document(secret.document())
    for value in secret.data.values():
        text = decode_utf8(value).strip()
        texts = {
            one for found in _QUOTED_FIELD.finditer(text) for one in _told_by(found.group(1), _read(found.group(2)))
        }
        if len(text) >= SHORTEST:
            forms |= {text, base64.b64encode(value).decode("ascii")}
            texts = texts or {text}
        forms |= {form for one in texts if one for form in forms_of(one)}
    return forms


def _told_by(name: str, value: t.Any) -> t.Iterator[str]:
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
        return str(json.loads(f'"{quoted}"', strict=False))
    except ValueError:
        return quoted


def _as_json(text: str) -> set[str]:
    """As Python and Go write it, and as it stands in JSON inside of JSON."""
    as_it_is = json.dumps(text, ensure_ascii=False)[1:-1]
    twice = json.dumps(as_it_is, ensure_ascii=False)[1:-1]
    return {as_it_is, twice, json.dumps(text)[1:-1], render_json(text)[1:-1], render_json(as_it_is)[1:-1]}


def _inside_base64(raw: bytes) -> t.Iterator[str]:
    """The characters that base64 of any document has for these bytes, wherever in it they stand."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw).decode("ascii")
        first = (before * 4 + 2) // 3  # characters that other bytes have a part in are left out
        yield encoded[first : (before + len(raw)) * 4 // 3]


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair that stood in JSON as \ud800
        return text.encode("utf-8", "surrogatepass")
