# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup ``docker_credentials``: logins of docker, podman and skopeo as items for ``registries``."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from .._domain.docker_config.config import Credential
from .._domain.docker_config.helper_answer import login_in_answer, servers_in_answer
from .._domain.docker_config.logins import FromFile, FromHelper, LoginFile, Source, login_in_entry, parse_login_file
from .._domain.docker_config.usable_login import UnusableLogin
from .._domain.errors import InvalidInput
from .._domain.go.json import decode_utf8
from .._domain.image.registry_key import check_registry_key, normalise_registry, shown_registry
from .._node.credential_helper import ask_helper
from .._node.file.file import read_named
from .._node.file.problems import NodeFileError
from .options.argument_spec import Bounds
from .secrets import SecretRegister

_HELPER_TIMEOUT = Bounds(0, 3600, "seconds", above=True)


@dataclass(frozen=True)
class DockerCredentials:
    """
    The lookup's options.

    Attributes:
        path: The file; ``None`` for docker's own.
        helper_timeout: Seconds for each run of a credential helper.
        missing: What becomes of a registry without a login.
        environment: Where docker's own file is found by.
    """

    path: str | None
    helper_timeout: float
    missing: t.Literal["fail", "skip"]
    environment: t.Mapping[str, str] = field(repr=False)

    def look_up(self, registries: t.Sequence[str]) -> list[dict[str, str]]:
        """
        Items with ``registry``, ``username`` and ``password``, whose secrets are registered.

        Args:
            registries: As users call them; none for all that have a login.

        Raises:
            InvalidInput: naming file and registry, without secrets.
        """
        _HELPER_TIMEOUT.check("helper_timeout", self.helper_timeout)
        path = Path(self.path) if self.path else _path_of_docker(self.environment)
        logins = parse_login_file(_read(path), where=str(path))
        secrets = SecretRegister()
        found = []
        for registry, source in self._sources(logins, registries, path).items():
            where = f"{path}: {shown_registry(registry)}"
            credential = self._login(source, where)
            if credential is not None:
                secrets.add_credential(credential)
                found.append(_item(registry, credential))
            elif self.missing == "fail":
                raise _missing(where, logins, registry, source)
        if not found and self.missing == "fail":
            raise InvalidInput(str(path), "there is no login", "log in, or allow that with missing=skip")
        return found

    def _sources(self, logins: LoginFile, registries: t.Sequence[str], path: Path) -> dict[str, Source]:
        if registries:
            wanted = [normalise_registry(registry) for registry in registries]
            for registry, given in zip(wanted, registries):
                check_registry_key(registry, where="docker_credentials", given=given)
            return {registry: logins.source_of(registry) for registry in wanted}
        try:
            sources = logins.all_sources(self._stored(logins.store))
        except UnusableLogin as error:
            raise InvalidInput(f"{path}: credsStore", error.problem, error.cure) from None
        for registry in sources:
            check_registry_key(registry, where=str(path))
        return sources

    def _stored(self, program: str) -> list[str]:
        if not program:
            return []
        # What docker's own client sends along.
        return servers_in_answer(program, ask_helper(program, "list", "unused", timeout=self.helper_timeout))

    def _login(self, source: Source, where: str) -> Credential | None:
        try:
            if isinstance(source, FromFile):
                return login_in_entry(source.fields)
            answer = ask_helper(source.program, "get", source.server, timeout=self.helper_timeout)
            return login_in_answer(source.program, answer)
        except UnusableLogin as error:
            raise InvalidInput(where, error.problem, error.cure) from None


def _item(registry: str, credential: Credential) -> dict[str, str]:
    return {"registry": registry, "username": credential.username, "password": credential.password.reveal()}


def _missing(where: str, logins: LoginFile, registry: str, source: Source) -> InvalidInput:
    problem = "there is no login"
    if isinstance(source, FromHelper):
        problem = f"{source.program} has no login for {shown_registry(source.server)}"
        if any(logins.entry_of(registry).values()):
            problem += ", and the one in the file itself does not count beside it"
    return InvalidInput(where, problem, "log in, or leave out what has no login with missing=skip")


def _path_of_docker(environment: t.Mapping[str, str]) -> Path:
    folder = environment.get("DOCKER_CONFIG")
    return (Path(folder) if folder else Path.home() / ".docker") / "config.json"


def _read(path: Path) -> str:
    try:
        content = read_named(path)
    except NodeFileError as error:
        raise InvalidInput(str(error.path), error.problem, error.cure) from None
    if content is None:
        raise InvalidInput(
            str(path),
            "cannot be read (No such file or directory)",
            "log in, or name the file of the program that did with path",
        )
    return decode_utf8(content)
