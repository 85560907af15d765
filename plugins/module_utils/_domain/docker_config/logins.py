# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The files in which docker, podman and skopeo keep logins, ``config.json`` and ``auth.json``, and who answers for a registry.

As in ``docker/cli`` (``cli/config/configfile/file.go``), one store answers: the helper of the registry's own, else the store
for all, else the file. Keys with a namespace are those of ``containers/image`` (``pkg/docker/config/config.go``).
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ..errors import InvalidInput
from ..go.json import Json
from ..image.registry_key import DOCKER_HUB, HUB_HOSTS, normalise_registry, shown_registry
from .config import LOGIN_FIELDS, THE_DOCUMENT, Credential, DockerConfigError, Entry, credential_of, parse_docker_config
from .usable_login import UnusableLogin, usable_login

_SUFFIX = re.compile(r"[A-Za-z0-9._-]*")
_OF_BROWSER_LOGIN = (f"{DOCKER_HUB}access-token", f"{DOCKER_HUB}refresh-token")
"""What docker keeps beside the login of who logged in with a browser (``internal/oauth/manager/manager.go``)."""


@dataclass(frozen=True)
class FromHelper:
    """
    A credential helper answers.

    Attributes:
        program: For example ``docker-credential-pass``.
        server: What it is asked for, as the login was stored, such as ``quay.io`` or ``https://index.docker.io/v1/``.
    """

    program: str
    server: str


@dataclass(frozen=True)
class FromFile:
    """The file itself answers, with the fields of one entry; an entry that is not there has none."""

    fields: Entry = field(default_factory=dict, repr=False)


Source = t.Union[FromHelper, FromFile]


@dataclass(frozen=True)
class LoginFile:
    """
    A file with logins.

    Attributes:
        entries: The credential fields of each key under ``auths``.
        helpers: The program of each key under ``credHelpers``; empty is the file itself.
        store: The program of ``credsStore``, which keeps all other logins; empty for none.
    """

    entries: t.Mapping[str, Entry] = field(default_factory=dict, repr=False)
    helpers: t.Mapping[str, str] = field(default_factory=dict)
    store: str = ""

    def source_of(self, registry: str) -> Source:
        """
        Who answers for a registry or for a namespace in it.

        Args:
            registry: A normalised key, such as ``quay.io`` or ``registry.example.com/team``.
        """
        host = list(_broadening(registry))[-1]
        key = _spelling(self.helpers, host)
        program, server = (self.store, host) if key is None else (self.helpers[key], key)
        return FromHelper(program, server) if program else FromFile(self.entry_of(registry))

    def entry_of(self, registry: str) -> Entry:
        """The fields of the closest entry under ``auths``, empty where there is none."""
        keys = (_spelling(self.entries, wanted) for wanted in _broadening(registry))
        return next((self.entries[key] for key in keys if key is not None), {})

    def all_sources(self, stored: t.Iterable[str] = ()) -> dict[str, Source]:
        """
        Who answers for each registry that has a login, by normalised key.

        Args:
            stored: The servers for which ``store`` has logins. Entries beside a store only mark that somebody logged in.
        """
        named = [registry_of(key) for key in (*(() if self.store else self.entries), *self.helpers) if _is_login(key)]
        sources = {registry: self.source_of(registry) for registry in named}
        # As docker writes it first: others with the same meaning are from elsewhere.
        for server in sorted(filter(_is_login, stored), key=lambda server: server != registry_of(server)):
            sources.setdefault(registry_of(server), FromHelper(self.store, server))
        return sources


def parse_login_file(text: str, *, where: str) -> LoginFile:
    """
    Read such a file; an empty one has no logins, as for docker.

    Args:
        text: The document.
        where: Its path, for messages.

    Raises:
        InvalidInput: It is no JSON, of another shape, or names a helper by what is no name; no secret is in the message.
    """
    try:
        document = parse_docker_config(text if text.strip() else "{}", "dockerconfigjson", "docker")
    except DockerConfigError as error:
        place = f"{where}: {error.where}" if error.where not in ("", THE_DOCUMENT) else where
        raise InvalidInput(place, error.explanation, "correct the file, or move it away and log in again") from None
    helpers = document.member("credhelpers") or {}
    return LoginFile(
        entries={
            key: {name: fields[name] for name in LOGIN_FIELDS if name in fields}
            for key, fields in document.entries.items()
        },
        helpers={
            key: _program(name, f"{where}: credHelpers[{shown_registry(key)!r}]") for key, name in helpers.items()
        },
        store=_program(document.member("credsstore"), f"{where}: credsStore"),
    )


def login_in_entry(fields: Entry) -> Credential | None:
    """
    The credential in an entry, ``None`` for an entry without one.

    Args:
        fields: As in `FromFile`.

    Raises:
        UnusableLogin: It holds a token, half of a credential, or an ``auth`` that cannot be read.
    """
    try:
        credential = credential_of(fields)
    except DockerConfigError as error:
        raise UnusableLogin(f"its auth {error}", "log in again") from None
    return usable_login(credential.username, credential.password, fields)


def registry_of(key: str) -> str:
    """
    The registry, normalised, that a key stands for: of a URL, docker takes the host (``ConvertToHostname``).

    What is no registry's key, because it holds a user or has another scheme, stays as it is.
    """
    registry = normalise_registry(key)
    if "://" in registry or not key.lower().startswith(("https://", "http://")):
        return registry
    host, _slash, _path = registry.partition("/")
    return registry if host in HUB_HOSTS else host


def _is_login(key: str) -> bool:
    return key not in _OF_BROWSER_LOGIN


def _broadening(registry: str) -> t.Iterator[str]:
    """The registry or namespace itself, then each wider one, the whole registry last."""
    while registry != DOCKER_HUB and "/" in registry:
        yield registry
        registry = normalise_registry(registry.rpartition("/")[0])
    yield registry


def _spelling(keys: t.Iterable[str], registry: str) -> str | None:
    """The key for a registry: the one that docker itself writes, or else the first that stands for the same."""
    same = [key for key in keys if registry_of(key) == registry]
    return registry if registry in same else next(iter(same), None)


def _program(value: Json, where: str) -> str:
    """The helper's program; empty for the file itself, which is what ``null`` stands for as well."""
    suffix: str = value or ""
    if _SUFFIX.fullmatch(suffix) is None:
        raise InvalidInput(
            where, f"{suffix!r} is no part of a program's name", "write what follows docker-credential-, such as 'pass'"
        )
    return f"docker-credential-{suffix}" if suffix else ""
