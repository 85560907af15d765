# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A docker config: registry credentials as ``config.json``, ``.dockerconfigjson``, ``.dockercfg`` and ``auth.json`` hold them.

Read as the kubelet reads it (``pkg/credentialprovider/config.go``): one entry that cannot be read fails the whole
document. Written as ``kubectl create secret docker-registry`` writes it (``pkg/cmd/create/create_secret_docker.go``).
The ``auth.json`` of podman, skopeo and CRI-O is read and written as they do it (``containers/image``,
``pkg/docker/config/config.go``): nothing but ``auth`` and ``identitytoken`` counts, and a bad ``auth`` is a matter of its entry.
Logins are read as ``docker/cli`` has them (``cli/config/configfile/file.go``), but for a bad ``auth``, which is a matter of its entry, too.
"""

from __future__ import annotations

import base64
import re
import typing as t
from dataclasses import dataclass, field, replace

from ..go.json import Json, NotJson, Pairs, TooDeep, as_plain, parse_json, render_json
from ..image.reader_keys import Reader, canonical_key
from ..image.registry_key import shown_registry
from ..secret_text import SECRET_FIELDS, TOKEN_FIELDS, SecretText

Entry = t.Mapping[str, Json]
"""The fields of an entry as in a :class:`DockerConfig`."""

Format = t.Literal["dockerconfigjson", "dockercfg", "containers_auth"]
Problem = t.Literal["not_json", "too_deep", "wrong_json_type", "not_looked_at", "bad_base64", "no_colon"]

READERS: t.Mapping[Format, Reader] = {
    "dockerconfigjson": "kubelet",
    "dockercfg": "kubelet",
    "containers_auth": "containers_auth",
}
"""Whose rules the registry keys of a document follow."""

CREDENTIAL_FIELDS = ("username", "email", *SECRET_FIELDS)
"""What an entry says about who pulls; everything else in an entry is kept when its credential is replaced."""

LOGIN_FIELDS = ("username", *SECRET_FIELDS)
"""What docker reads of an entry."""

THE_DOCUMENT = "the document"
"""The place of a problem that is about the document as a whole."""

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


@dataclass(frozen=True)
class _Reading:
    """
    What a reader looks at, whose type it therefore checks; names folded.

    Attributes:
        fields: The texts of an entry.
        maps: Members beside ``auths`` that are from names to texts.
        texts: Members that are texts.
        decodes_auth: Whether one ``auth`` that cannot be decoded fails the document.
    """

    fields: tuple[str, ...]
    maps: tuple[str, ...]
    texts: tuple[str, ...] = ()
    decodes_auth: bool = False


_READINGS: t.Mapping[Reader, _Reading] = {
    "kubelet": _Reading(("username", "password", "email", "auth"), ("httpheaders",), decodes_auth=True),
    "containers_auth": _Reading(("auth", "identitytoken"), ("credhelpers",)),
    "docker": _Reading(LOGIN_FIELDS, ("credhelpers",), ("credsstore",)),
}
_FOLDED = {0x017F: "s", 0x212A: "k"}


class DockerConfigError(ValueError):
    """
    The reader could not read this document.

    Args:
        problem: What kind of problem.
        where: The place, such as ``auths["quay.io"].auth``; empty for the document.
        explanation: A sentence for people, without any contents.
    """

    def __init__(self, problem: Problem, where: str, explanation: str) -> None:
        super().__init__(f"{where}: {explanation}" if where else explanation)
        self.problem = problem
        self.where = where
        self.explanation = explanation


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

    Attributes:
        registry: The key under which readers look it up, such as ``quay.io`` or ``https://index.docker.io/v1/``.
        credential: Who pulls.
        email: Kept for readers of old; empty leaves the field out.
        is_terse: Whether user name and password are written in ``auth`` alone, as docker does it, and not beside it as well.
    """

    registry: str
    credential: Credential
    email: str = ""
    is_terse: bool = False

    def as_fields(self, form: Format = "dockerconfigjson") -> dict[str, str | SecretText]:
        """The entry's fields in kubectl's order; in ``auth.json`` there is ``auth`` alone."""
        if form == "containers_auth":
            return {"auth": self.credential.auth}
        fields: dict[str, str | SecretText] = {}
        if not self.is_terse:
            fields = {"username": self.credential.username, "password": self.credential.password}
        if self.email:
            fields["email"] = self.email
        fields["auth"] = self.credential.auth
        return fields


@dataclass(frozen=True)
class DockerConfig:
    """
    A readable docker config.

    Attributes:
        entries: The fields of each registry key under their names in the document; texts that are secret become `SecretText`.
        extras: Members beside ``auths``, such as ``credHelpers``; kept, never interpreted.
    """

    # No repr: what is kept and not known can hold secrets, too.
    entries: t.Mapping[str, Entry] = field(default_factory=dict, repr=False)
    extras: t.Mapping[str, Json] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", {key: sealed_entry(fields) for key, fields in self.entries.items()})

    def credentials(self, form: Format = "dockerconfigjson") -> dict[str, Credential]:
        """
        What readers take from each entry, by registry key.

        Raises:
            DockerConfigError: ``bad_base64`` with the place, in an ``auth.json`` alone.
        """
        return {
            registry: _credential_at(fields, form, where=f"auths[{shown_registry(registry)!r}]")
            for registry, fields in self.entries.items()
        }

    def member(self, folded: str) -> Json:
        """
        A member beside ``auths`` as Go reads it: under any spelling, and those under two spellings are joined.

        Args:
            folded: Its name in lower case, such as ``credhelpers``.

        Returns:
            ``None`` where it is not there.
        """
        found: Json = None
        for name, value in self.extras.items():
            if folded_name(name) == folded:
                found = _joined(found, value)
        return found


def parse_docker_config(text: str, form: Format, reader: Reader | None = None) -> DockerConfig:
    """
    Read a document as its readers do.

    Args:
        text: The document.
        form: ``dockerconfigjson`` and ``containers_auth`` have the entries under ``auths``, ``dockercfg`` at the top.
        reader: ``docker`` for its logins; left out, who else reads such documents.

    Raises:
        DockerConfigError: They would refuse it; a kubelet would refuse every pull of a Pod that uses it.
    """
    reading = _READINGS[reader or READERS[form]]
    try:
        document = parse_json(text)
    except NotJson as error:
        raise DockerConfigError("too_deep" if isinstance(error, TooDeep) else "not_json", "", str(error)) from None
    if form == "dockercfg":
        return DockerConfig(entries=_entries(document, {}, reading, where=""))
    entries: dict[str, Entry] = {}
    extras: dict[str, Json] = {}
    for name, value in _members(document, where=THE_DOCUMENT):
        folded = folded_name(name)
        if folded == "auths":
            entries = _entries(value, entries, reading, where="auths")
        elif folded in (*reading.maps, *reading.texts):
            _check_member(name, value, is_map=folded in reading.maps)
            extras[name] = _joined(extras.get(name), as_plain(value))
        else:
            extras[name] = as_plain(value)
    return DockerConfig(entries=entries, extras=extras)


def build_docker_config(credentials: t.Iterable[RegistryCredential], form: Format = "dockerconfigjson") -> DockerConfig:
    """A document with exactly these credentials, ordered by registry key as Go orders a map."""
    ordered = sorted(credentials, key=lambda wanted: wanted.registry.encode("utf-8", "surrogatepass"))
    return DockerConfig(entries={wanted.registry: wanted.as_fields(form) for wanted in ordered})


def merge_docker_config(
    existing: DockerConfig,
    present: t.Iterable[RegistryCredential],
    absent: t.Iterable[str] = (),
    form: Format = "dockerconfigjson",
) -> DockerConfig:
    """
    ``existing`` with some registries' credentials replaced, added or taken out.

    Entries of the same registry under another spelling of its key give way, since the kubelet would try both.
    Order, unknown fields and other registries are kept; an entry that already says the same is left as it is written.
    """
    reader = READERS[form]
    entries = dict(existing.entries)
    spellings: dict[str, list[str]] = {}
    for key in entries:
        spellings.setdefault(canonical_key(key, reader), []).append(key)
    for registry in absent:
        for key in spellings.pop(canonical_key(registry, reader), ()):
            del entries[key]
    for wanted in present:
        same = spellings.get(canonical_key(wanted.registry, reader), [])
        if len(same) == 1 and _says_the_same(entries[same[0]], wanted, form):
            continue
        kept = {
            name: value
            for key in same
            for name, value in entries[key].items()
            if folded_name(name) not in CREDENTIAL_FIELDS
        }
        for key in same:
            if key != wanted.registry:
                del entries[key]
        entries[wanted.registry] = {**wanted.as_fields(form), **kept}
        spellings[canonical_key(wanted.registry, reader)] = [wanted.registry]
    return replace(existing, entries=entries)


def render_docker_config(config: DockerConfig, form: Format) -> SecretText:
    """The document's text, compact, as kubectl writes it."""
    if form == "dockercfg":
        return SecretText(render_json(revealed_entries(config)))
    return SecretText(render_json({"auths": revealed_entries(config), **config.extras}))


def sealed_entry(fields: t.Mapping[str, Json]) -> Entry:
    """Fields with each text that is secret as a `SecretText`; those that are so already stay."""
    return {
        name: SecretText(value) if isinstance(value, str) and folded_name(name) in SECRET_FIELDS else value
        for name, value in fields.items()
    }


def revealed_entries(config: DockerConfig) -> dict[str, dict[str, Json]]:
    """The entries in clear: for the text that is written, and nothing else."""
    return {
        key: {name: value.reveal() if isinstance(value, SecretText) else value for name, value in fields.items()}
        for key, fields in config.entries.items()
    }


def credential_of(fields: Entry, form: Format = "dockerconfigjson") -> Credential:
    """
    What readers take from an entry: for kubelets, a non-empty ``auth`` always wins over ``username`` and ``password``.

    Args:
        fields: An entry of a :class:`DockerConfig`.
        form: Of its document.

    Raises:
        DockerConfigError: ``bad_base64``, in an ``auth.json`` alone; other documents were refused when they were read.
    """
    auth = fields.get("auth")
    if form == "containers_auth":
        return _containers_credential(auth or SecretText(""))
    if auth:
        return decode_auth(auth)
    return Credential(fields.get("username") or "", fields.get("password") or SecretText(""))


def decode_auth(auth: SecretText) -> Credential:
    """
    Read ``base64(username:password)``, padded or not, as the kubelet does.

    Raises:
        DockerConfigError: ``bad_base64`` or ``no_colon``.
    """
    username, colon, password = _base64_text(auth, padded=auth.reveal().strip().endswith("=")).partition(":")
    if not colon:
        raise DockerConfigError("no_colon", "", "does not decode to username:password")
    return Credential(username, SecretText(password))


def _containers_credential(auth: SecretText) -> Credential:
    """An ``auth`` must be padded; without a colon it is passed over; NUL bytes around the password are dropped."""
    username, colon, password = _base64_text(auth, padded=True).partition(":")
    return Credential(username if colon else "", SecretText(password.strip("\0")))


def _base64_text(encoded: SecretText, *, padded: bool) -> str:
    compact = encoded.reveal().replace("\r", "").replace("\n", "")
    fits = len(compact) % 4 == 0 if padded else ("=" not in compact and len(compact) % 4 != 1)
    if not fits or _BASE64.fullmatch(compact) is None:
        raise DockerConfigError("bad_base64", "", "is not base64")
    return base64.b64decode(compact + "=" * (-len(compact) % 4)).decode("utf-8", "surrogateescape")


def _entries(value: Json, so_far: t.Mapping[str, Entry], reading: _Reading, *, where: str) -> dict[str, Entry]:
    if value is None:
        return {}
    entries = dict(so_far)
    for registry, entry in _members(value, where=where or THE_DOCUMENT):
        entries[registry] = _entry(entry, reading, where=f"{where}[{shown_registry(registry)!r}]")
    return entries


def _entry(value: Json, reading: _Reading, *, where: str) -> Entry:
    fields: dict[str, Json] = {}
    for name, member in _members(value, where=where):
        known = folded_name(name)
        if known not in reading.fields:
            fields[name] = as_plain(member)
        elif member is None:
            continue
        elif not isinstance(member, str):
            raise DockerConfigError("wrong_json_type", f"{where}.{known}", "must be a string")
        else:
            fields[known] = member
    entry = sealed_entry(fields)
    if reading.decodes_auth:
        _credential_at(entry, "dockerconfigjson", where=where)
    return entry


def _credential_at(fields: Entry, form: Format, *, where: str) -> Credential:
    try:
        return credential_of(fields, form)
    except DockerConfigError as error:
        raise DockerConfigError(error.problem, f"{where}.auth", str(error)) from None


def _members(value: Json, *, where: str) -> Pairs:
    if value is None:
        return Pairs()
    if not isinstance(value, Pairs):
        raise DockerConfigError("wrong_json_type", where, "must be a JSON object")
    return value


def _check_member(name: str, value: Json, *, is_map: bool) -> None:
    """A member whose type is checked by readers, also those that want nothing of it."""
    texts = [(name, value)]
    if is_map:
        texts = [(f"{name}[{shown_registry(key)!r}]", text) for key, text in _members(value, where=name)]
    for where, text in texts:
        if text is not None and not isinstance(text, str):
            raise DockerConfigError("wrong_json_type", where, "must be a string")


def _joined(before: Json, value: Json) -> Json:
    """What Go has after it read two values into one field: ``null`` leaves a text as it was, and the members of maps add up."""
    if isinstance(before, dict) and isinstance(value, dict):
        return {**before, **value}
    return before if value is None and isinstance(before, str) else value


def _says_the_same(fields: Entry, wanted: RegistryCredential, form: Format) -> bool:
    """Whether every reader takes ``wanted`` from an entry: those that read ``auth`` alone, and those that read tokens."""
    if not fields.get("auth") or any(fields.get(name) for name in TOKEN_FIELDS):
        return False
    try:
        same_credential = credential_of(fields, form) == wanted.credential
    except DockerConfigError:
        return False
    return same_credential and (form == "containers_auth" or not wanted.email or fields.get("email") == wanted.email)


def folded_name(name: str) -> str:
    """``name`` as Go's JSON decoder compares field names: ASCII case, U+017F and U+212A do not count."""
    ascii_lower = "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in name)
    return ascii_lower.translate(_FOLDED)
