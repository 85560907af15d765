# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that hold credentials: registries one by one, or a ready docker config; and what they come to."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ..._domain.docker_config.config import (
    READERS,
    Credential,
    DockerConfig,
    DockerConfigError,
    Entry,
    Format,
    RegistryCredential,
    build_docker_config,
    credential_of,
    decode_auth,
    parse_docker_config,
    render_docker_config,
)
from ..._domain.docker_config.problems import IDENTITY_TOKEN_USER, Fault, fault_of, is_text, mark_at_end
from ..._domain.errors import InvalidInput
from ..._domain.go.json import decode_utf8
from ..._domain.image.reader_keys import Reader, ReaderKey, canonical_key, key_for
from ..._domain.image.registry_key import check_registry_key, normalise_registry
from ..._domain.pull_secret.secret import TYPES, check_size
from ..._domain.secret_text import SecretText
from ..._node.file.file import read_named
from ..._node.file.problems import NodeFileError
from ..secrets import SecretRegister
from .argument_spec import ArgumentSpec, path_option

REGISTRY_SPEC = ArgumentSpec(
    {
        "registry": {"type": "str", "required": True},
        "username": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        "auth": {"type": "str", "no_log": True},
        "email": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    },
    mutually_exclusive=(("auth", "username"), ("auth", "password")),
    required_together=(("username", "password"),),
    required_if=(("state", "present", ("username", "auth"), True),),
)

CREDENTIAL_SPEC = ArgumentSpec(
    {
        "registries": {"type": "list", "elements": "dict", **REGISTRY_SPEC.as_suboptions()},
        "config_json": {"type": "json", "no_log": True},
        "config_file": {"type": "path"},
    },
    mutually_exclusive=(("registries", "config_json", "config_file"),),
)

NO_CREDENTIAL_CURE = "log in where no credential store is used, or give registries with username and password"
_LEFT_OUT: t.Mapping[Fault, str] = {
    "empty": "has no credential in it and is left out",
    "token_only": "has an identity token in place of a password, which is never written, and is left out",
}
_HALVES: t.Mapping[Fault, str] = {"no_username": "no user name", "no_password": "no password"}


@dataclass
class Declared:
    """
    What the user declared.

    Attributes:
        document: All of it as one document.
        present: Its credentials one by one, for merging; ``absent`` the registries to take out.
        warnings: What the user should know.
    """

    document: DockerConfig = field(default_factory=DockerConfig)
    present: list[RegistryCredential] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def declared_credentials(
    params: t.Mapping[str, t.Any],
    secrets: SecretRegister,
    *,
    form: Format = "dockerconfigjson",
    reader: Reader | None = None,
    where: str = "",
) -> Declared:
    """
    Read the options, registering each secret before anything else is done with it.

    Args:
        params: ``registries``, ``config_json`` and ``config_file`` as the module got them.
        secrets: Where secrets are registered.
        form: The kind of document that is to be written.
        reader: Who reads the file of a node that it is for; left out, it is for a Secret, which is of a bounded size.
        where: The item that the options belong to, for messages.

    Raises:
        InvalidInput: naming the option and the cure; without secrets.
    """
    prefix = f"{where}: " if where else ""
    register_urls(params.get("registries") or [], secrets)
    if params.get("config_json") is not None:
        declared = _from_document(params["config_json"], secrets, reader, where=f"{prefix}config_json")
    elif params.get("config_file") is not None:
        path = path_option(params, "config_file", secrets, where=f"{prefix}config_file")
        if not path:
            raise InvalidInput(f"{prefix}config_file", "is empty", "give a path; check the variable it comes from")
        text = _read(path, where=f"{prefix}config_file")
        declared = _from_document(text, secrets, reader, where=f"{prefix}config_file {path}")
    else:
        declared = _from_registries(
            params.get("registries") or [], secrets, reader or READERS[form], where=f"{prefix}registries"
        )
        declared.document = build_docker_config(declared.present, form)
    problem = check_size(declared.document, form) if reader is None and form in TYPES else None
    if problem:
        option = next((name for name in ("config_json", "config_file") if params.get(name) is not None), "registries")
        raise InvalidInput(f"{prefix}{option}", problem, "use several Secrets")
    if declared.present:  # an empty document is no secret, and "{}" would be hidden wherever it stands
        secrets.add(render_docker_config(declared.document, form).reveal())
    return declared


def unused_credentials(params: t.Mapping[str, t.Any], secrets: SecretRegister) -> Declared:
    """
    Nothing, for a task that takes away and needs no credential: what is wrong with one, or a file that is gone, is no matter.

    Args:
        params: As for :func:`declared_credentials`.
        secrets: Where secrets are registered all the same.
    """
    items = params["registries"] or []
    register_urls(items, secrets)
    for text in (*(item[name] for item in items for name in ("password", "auth")), params["config_json"]):
        if text is not None:
            secrets.add(text)
    return Declared()


def _from_registries(
    items: t.Iterable[t.Mapping[str, t.Any]], secrets: SecretRegister, reader: Reader, *, where: str
) -> Declared:
    declared = Declared()
    seen: set[str] = set()
    for index, item in enumerate(items):
        place = f"{where}[{index}]"
        found = key_for(item["registry"], reader, where=f"{place}.registry")
        registry = found.key
        declared.warnings += [found.warning] if found.warning else []
        if normalise_registry(registry) in seen:
            raise InvalidInput(f"{place}.registry", f"{item['registry']!r} is given twice", "give each registry once")
        seen.add(normalise_registry(registry))
        if item["state"] == "absent":
            declared.absent.append(registry)
        else:
            credential = secrets.add_credential(_credential(item, secrets, where=place))
            declared.warnings += _check_ends(credential, where=place)
            declared.present.append(RegistryCredential(registry, credential, item["email"] or ""))
    return declared


def register_urls(items: t.Iterable[t.Mapping[str, t.Any]], secrets: SecretRegister) -> None:
    """Passwords in registries' URLs are refused, the first with the whole task, and secrets all the same."""
    for item in items:
        secrets.add_url(item["registry"])


def _credential(item: t.Mapping[str, t.Any], secrets: SecretRegister, *, where: str) -> Credential:
    if item["auth"] is not None:
        credential = _decoded(secrets.add(item["auth"]), where=where)
    else:
        credential = Credential(item["username"], secrets.add(item["password"]))
    fault = fault_of(credential, {})
    if fault == "not_text":
        name = "password" if is_text(credential.username) else "username"
        raise InvalidInput(f"{where}.{name}", "holds half of a character", "check the variable it comes from")
    if item["auth"] is None and ":" in credential.username:
        raise InvalidInput(f"{where}.username", "holds a colon, where readers would split it", "give the user alone")
    if fault == "token_only":
        problem = f"is {IDENTITY_TOKEN_USER}, under which credential stores keep an identity token, which kubelets drop"
        raise InvalidInput(f"{where}.username", problem, "give a user name and a password, such as a robot account's")
    if fault in ("empty", "no_username"):
        raise InvalidInput(f"{where}.username", "is empty", "give the user name; check the variable it comes from")
    if fault == "no_password":
        raise InvalidInput(f"{where}.password", "is empty", "give the password; check the variable it comes from")
    return credential


def _check_ends(credential: Credential, *, where: str) -> list[str]:
    """A warning for each blank at an end; no registry knows a user or a password with a line break there."""
    marks = {"user name": mark_at_end(credential.username), "password": mark_at_end(credential.password.reveal())}
    for name, mark in marks.items():
        if mark == "a line break":
            raise InvalidInput(where, f"the {name} begins or ends with {mark}", "take it off, as by the filter trim")
    return [
        f"{where}: the {name} begins or ends with {mark}; take it off, if it is not part of it"
        for name, mark in marks.items()
        if mark
    ]


def _decoded(auth: SecretText, *, where: str) -> Credential:
    try:
        return decode_auth(auth)
    except DockerConfigError as error:
        raise InvalidInput(
            f"{where}.auth", str(error), "give base64 of username:password, or username and password"
        ) from None


def _read(path: str, *, where: str) -> str:
    try:
        content = read_named(Path(path))
    except NodeFileError as error:
        raise InvalidInput(where, f"{error.path} {error.problem}", error.cure) from None
    if content is None:
        beside = "" if path.startswith("/") else f" in the folder {Path.cwd()}"
        raise InvalidInput(
            where, f"{path}{beside} cannot be read (No such file or directory)", "correct the path or the permissions"
        )
    return decode_utf8(content)


def _from_document(text: str, secrets: SecretRegister, reader: Reader | None, *, where: str) -> Declared:
    secrets.add(text)
    try:
        document = parse_docker_config(text, "dockerconfigjson")
    except DockerConfigError as error:
        raise InvalidInput(where, str(error), "give a docker config such as docker login writes") from None
    register_document(document, secrets)
    declared = Declared()
    usable = {}
    has_tokens = False
    seen: set[str] = set()
    for registry, fields in document.entries.items():
        credential = credential_of(fields)
        fault = fault_of(credential, fields)
        if fault in _LEFT_OUT:
            declared.warnings.append(f"{where}: {registry!r} {_LEFT_OUT[fault]}; {NO_CREDENTIAL_CURE}")
            has_tokens = has_tokens or fault == "token_only"
            continue
        if fault in _HALVES:
            declared.warnings.append(f"{where}: {registry!r} has {_HALVES[fault]}; give one, or leave the entry out")
        declared.warnings += _check_ends(credential, where=f"{where}: {registry!r}")
        found = _document_key(registry, reader, where=f"{where}: auths")
        declared.warnings += [found.warning] if found.warning else []
        if reader is not None and canonical_key(found.key, reader) in seen:
            raise InvalidInput(f"{where}: auths", f"{registry!r} is there in two spellings", "give each registry once")
        seen.add(canonical_key(found.key, reader or "kubelet"))
        usable[registry] = fields
        declared.present.append(RegistryCredential(found.key, credential, fields.get("email") or ""))
    if not usable:
        raise InvalidInput(where, _why_none(document, has_tokens=has_tokens), NO_CREDENTIAL_CURE)
    declared.document = DockerConfig(usable)
    return declared


def _document_key(registry: str, reader: Reader | None, *, where: str) -> ReaderKey:
    """A Secret gets the key as it stands there; a node's file gets it as its reader wants it."""
    if reader is None:
        return ReaderKey(registry, check_registry_key(registry, where=where))
    return key_for(registry, reader, where=where)


def _why_none(document: DockerConfig, *, has_tokens: bool) -> str:
    kept_elsewhere = [name for name in ("credsStore", "credHelpers") if document.member(name.lower())]
    if kept_elsewhere:
        return f"keeps its credentials elsewhere ({', '.join(kept_elsewhere)})"
    return "holds identity tokens alone, which are never written" if has_tokens else "holds no credential"


def register_document(document: DockerConfig, secrets: SecretRegister, form: Format = "dockerconfigjson") -> None:
    """Register the secrets in a document that a user gave; user names in it, which Ansible hid with the whole option, are shown."""
    for fields in document.entries.values():
        credential = _register_entry(fields, secrets, form)
        for text in (credential.username, fields.get("email")) if credential else ():
            secrets.declare_public(text)


def register_found_document(document: DockerConfig, secrets: SecretRegister, form: Format) -> None:
    """Register the secrets in a document that is there."""
    for fields in document.entries.values():
        _register_entry(fields, secrets, form)


def _register_entry(fields: Entry, secrets: SecretRegister, form: Format) -> Credential | None:
    for value in fields.values():
        if isinstance(value, SecretText):
            secrets.add(value.reveal())
    try:
        return secrets.add_credential(credential_of(fields, form))
    except DockerConfigError:  # an entry of an auth.json that nobody can read
        return None
