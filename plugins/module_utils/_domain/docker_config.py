# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A docker config: registry credentials as ``config.json``, ``.dockerconfigjson`` and ``.dockercfg`` hold them.

Read as the kubelet reads it (``pkg/credentialprovider/config.go``): one entry that cannot be read fails the whole
document. Written as ``kubectl create secret docker-registry`` writes it (``pkg/cmd/create/create_secret_docker.go``).
"""

from __future__ import annotations

import base64
import re
import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.json_text import (
    Json,
    NotJson,
    Pairs,
    as_plain,
    parse_json,
    render_json,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.registry_key import (
    same_registry,
    shown_registry,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText

Format = t.Literal["dockerconfigjson", "dockercfg"]
Problem = t.Literal["not_json", "wrong_json_type", "not_looked_at", "bad_base64", "no_colon"]

CREDENTIAL_FIELDS = ("username", "password", "email", "auth", "identitytoken", "registrytoken")
"""What an entry says about who pulls; everything else in an entry is kept when its credential is replaced."""

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_READ_FIELDS = ("username", "password", "email", "auth")
_FOLDED = {0x017F: "s", 0x212A: "k"}


class DockerConfigError(ValueError):
    """
    The kubelet could not read this document.

    Args:
        problem: What kind of problem.
        where: The place, such as ``auths["quay.io"].auth``; empty for the document.
        explanation: A sentence for people, without any contents.
    """

    def __init__(self, problem: Problem, where: str, explanation: str) -> None:
        super().__init__(f"{where}: {explanation}" if where else explanation)
        self.problem = problem
        self.where = where


@dataclass(frozen=True)
class Credential:
    """The user name and password that are sent to a registry."""

    username: str
    password: SecretText

    @property
    def auth(self) -> SecretText:
        """``base64(username:password)``, padded."""
        text = f"{self.username}:{self.password.reveal()}"
        return SecretText(base64.b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii"))


@dataclass(frozen=True)
class RegistryCredential:
    """
    One registry's credential as it is to be written.

    Args:
        registry: The key under which readers look it up, such as ``quay.io`` or ``https://index.docker.io/v1/``.
        credential: Who pulls.
        email: Kept for readers of old; empty leaves the field out.
    """

    registry: str
    credential: Credential
    email: str = ""

    def as_fields(self) -> dict[str, str]:
        """The entry's fields in kubectl's order."""
        fields = {"username": self.credential.username, "password": self.credential.password.reveal()}
        if self.email:
            fields["email"] = self.email
        fields["auth"] = self.credential.auth.reveal()
        return fields


@dataclass(frozen=True)
class DockerConfig:
    """
    A readable docker config.

    Args:
        entries: The fields of each registry key, as they stand in the document (secrets included, hence no ``repr``).
        extras: Members beside ``auths``, such as ``credHelpers``; kept, never interpreted.
    """

    entries: t.Mapping[str, t.Mapping[str, Json]] = field(default_factory=dict, repr=False)
    extras: t.Mapping[str, Json] = field(default_factory=dict, repr=False)

    def credentials(self) -> dict[str, Credential]:
        """What the kubelet takes from each entry, by registry key."""
        return {registry: credential_of(fields) for registry, fields in self.entries.items()}


def parse_docker_config(text: str, form: Format) -> DockerConfig:
    """
    Read a document as the kubelet does.

    Args:
        text: The document.
        form: ``dockerconfigjson`` has the entries under ``auths``, ``dockercfg`` at the top.

    Raises:
        DockerConfigError: The kubelet would refuse it, and with it every pull of a Pod that uses it.
    """
    try:
        document = parse_json(text)
    except NotJson as error:
        raise DockerConfigError("not_json", "", str(error)) from None
    if form == "dockercfg":
        return DockerConfig(entries=_entries(document, {}, where=""))
    entries: dict[str, dict[str, Json]] = {}
    extras: dict[str, Json] = {}
    for name, value in _members(document, where="the document"):
        if _folded(name) == "auths":
            entries = _entries(value, entries, where="auths")
        else:
            _check_headers(name, value)
            extras[name] = as_plain(value)
    return DockerConfig(entries=entries, extras=extras)


def build_docker_config(credentials: t.Iterable[RegistryCredential]) -> DockerConfig:
    """A document with exactly these credentials, ordered by registry key as Go orders a map."""
    ordered = sorted(credentials, key=lambda wanted: wanted.registry.encode("utf-8", "surrogatepass"))
    return DockerConfig(entries={wanted.registry: wanted.as_fields() for wanted in ordered})


def merge_docker_config(
    existing: DockerConfig, present: t.Iterable[RegistryCredential], absent: t.Iterable[str] = ()
) -> DockerConfig:
    """
    ``existing`` with some registries' credentials replaced, added or taken out.

    Entries of the same registry under another spelling of its key give way, since the kubelet would try both.
    Order, unknown fields and other registries are kept; an entry that already says the same is left as it is written.
    """
    entries = {key: dict(fields) for key, fields in existing.entries.items()}
    for registry in absent:
        for key in [key for key in entries if same_registry(key, registry)]:
            del entries[key]
    for wanted in present:
        spellings = [key for key in entries if same_registry(key, wanted.registry)]
        if len(spellings) == 1 and _says_the_same(entries[spellings[0]], wanted):
            continue
        kept = {
            name: value
            for key in spellings
            for name, value in entries[key].items()
            if _folded(name) not in CREDENTIAL_FIELDS
        }
        for key in spellings:
            if key != wanted.registry:
                del entries[key]
        entries[wanted.registry] = {**wanted.as_fields(), **kept}
    return replace(existing, entries=entries)


def render_docker_config(config: DockerConfig, form: Format) -> SecretText:
    """The document's text, compact, as kubectl writes it."""
    if form == "dockercfg":
        return SecretText(render_json(config.entries))
    return SecretText(render_json({"auths": config.entries, **config.extras}))


def credential_of(fields: t.Mapping[str, Json]) -> Credential:
    """
    What the kubelet takes from an entry: a non-empty ``auth`` always wins over ``username`` and ``password``.

    Args:
        fields: An entry of a :class:`DockerConfig`.
    """
    auth = fields.get("auth")
    if auth:
        return decode_auth(auth)
    return Credential(fields.get("username") or "", SecretText(fields.get("password") or ""))


def decode_auth(auth: str) -> Credential:
    """
    Read ``base64(username:password)``, padded or not, as the kubelet does.

    Raises:
        DockerConfigError: ``bad_base64`` or ``no_colon``.
    """
    compact = auth.replace("\r", "").replace("\n", "")
    padded = auth.strip().endswith("=")
    fits = len(compact) % 4 == 0 if padded else ("=" not in compact and len(compact) % 4 != 1)
    if not fits or _BASE64.fullmatch(compact) is None:
        raise DockerConfigError("bad_base64", "", "is not base64")
    raw = base64.b64decode(compact + "=" * (-len(compact) % 4))
    username, colon, password = raw.decode("utf-8", "surrogateescape").partition(":")
    if not colon:
        raise DockerConfigError("no_colon", "", "does not decode to username:password")
    return Credential(username, SecretText(password))


def _entries(value: Json, so_far: t.Mapping[str, dict[str, Json]], *, where: str) -> dict[str, dict[str, Json]]:
    if value is None:
        return {}
    entries = dict(so_far)
    for registry, entry in _members(value, where=where or "the document"):
        entries[registry] = _entry(entry, where=f"{where}[{shown_registry(registry)!r}]")
    return entries


def _entry(value: Json, *, where: str) -> dict[str, Json]:
    fields: dict[str, Json] = {}
    for name, member in _members(value, where=where):
        known = _folded(name)
        if known not in _READ_FIELDS:
            fields[name] = as_plain(member)
        elif member is None:
            continue
        elif not isinstance(member, str):
            raise DockerConfigError("wrong_json_type", f"{where}.{known}", "must be a string")
        else:
            fields[known] = member
    try:
        credential_of(fields)
    except DockerConfigError as error:
        raise DockerConfigError(error.problem, f"{where}.auth", str(error)) from None
    return fields


def _members(value: Json, *, where: str) -> Pairs:
    if value is None:
        return Pairs()
    if not isinstance(value, Pairs):
        raise DockerConfigError("wrong_json_type", where, "must be a JSON object")
    return value


def _check_headers(name: str, value: Json) -> None:
    if _folded(name) != "httpheaders":
        return
    for header, text in _members(value, where=name):
        if text is not None and not isinstance(text, str):
            raise DockerConfigError("wrong_json_type", f"{name}[{header!r}]", "must be a string")


def _says_the_same(fields: t.Mapping[str, Json], wanted: RegistryCredential) -> bool:
    """Whether every reader takes ``wanted`` from an entry: those that read ``auth`` alone, and those that read tokens."""
    tokens = any(fields.get(name) for name in ("identitytoken", "registrytoken"))
    same_email = not wanted.email or fields.get("email") == wanted.email
    return bool(fields.get("auth")) and not tokens and same_email and credential_of(fields) == wanted.credential


def _folded(name: str) -> str:
    """``name`` as Go's JSON decoder compares field names: ASCII case, U+017F and U+212A do not count."""
    ascii_lower = "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in name)
    return ascii_lower.translate(_FOLDED)
