"""No object of ours shows a secret that it holds, however it is turned into a text."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    Format,
    parse_docker_config,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.logins import parse_login_file
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SECRET_FIELDS, SecretText

PACKAGE = "ansible_collections.regcred.kubernetes.plugins.module_utils"
FOLDER = Path(importlib.import_module(f"{PACKAGE}._domain.secret_text").__file__ or "").parents[1]
SECRET = "hunter2-geheim"

RAW = re.compile(r"\b(bytes|Json|Document|Entry)\b|environment|\b(auth|content|output|password|text|token): .*\bstr\b")
"""A field that holds what was read as it was, or that is named after a secret."""

SHOWN_RAW = {
    "Alike.text": "of a result, which has marks in place of secrets",
    "Candidate.index_key": "a registry's host and path",
    "PodEvent.text": "passed the mask",
    "Url.host": "of an image or a registry key",
    "Url.path": "of an image or a registry key",
}


class Field(t.NamedTuple):
    """A field of a class: its annotation, and whether ``repr`` shows it."""

    name: str
    kind: str
    is_shown: bool


def _classes() -> dict[str, type]:
    found = {}
    for file in sorted(FOLDER.rglob("*.py")):
        module = importlib.import_module(".".join((PACKAGE, *file.relative_to(FOLDER).with_suffix("").parts)))
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__ and _fields(value):
                found[value.__name__] = value
    return found


def _fields(kind: type) -> list[Field]:
    if dataclasses.is_dataclass(kind):
        return [Field(each.name, str(each.type), each.repr) for each in dataclasses.fields(kind) if each.init]
    if issubclass(kind, tuple):
        annotations = kind.__annotations__
        return [Field(name, str(annotations[name]), True) for name in getattr(kind, "_fields", ())]
    return []


CLASSES = _classes()


def _made(kind: type) -> t.Any:
    """An object that holds the secret wherever the class says that it may be, also in what it is made of."""
    return kind(**{each.name: _value(each) for each in _fields(kind)})


def _value(field: Field) -> t.Any:
    inner: t.Any = "" if field.is_shown else SECRET.encode() if "bytes" in field.kind else SECRET
    if "SecretText" in field.kind:
        inner = SecretText(SECRET)
    for name in re.findall(r"\w+", field.kind):
        if name in CLASSES and not inspect.isabstract(CLASSES[name]):
            inner = _made(CLASSES[name])
    if "Entry" in field.kind:
        inner = dict.fromkeys(SECRET_FIELDS, inner)
    if re.match(r"t\.Mapping|dict", field.kind):
        return {"name": inner}
    return (inner,) if re.match(r"tuple|list|t\.Sequence", field.kind) else inner


@pytest.mark.parametrize("name", sorted(name for name in CLASSES if not inspect.isabstract(CLASSES[name])))
def test_no_way_to_text(name: str) -> None:
    """Neither ``repr`` nor ``str`` nor formatting gives a secret away."""
    made = _made(CLASSES[name])

    for shown in (repr(made), str(made), f"{made}", "%s" % (made,), repr([made])):  # noqa: UP031  # one of the ways
        assert SECRET not in shown


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_what_was_read_is_not_shown(name: str) -> None:
    """What came from outside as it was can hold anything, and is left out of ``repr``, or is a `SecretText`."""
    shown = [
        f"{name}.{each.name}"
        for each in _fields(CLASSES[name])
        if each.is_shown and "SecretText" not in each.kind and RAW.search(f"{each.name}: {each.kind}")
    ]

    assert [field for field in shown if field not in SHOWN_RAW] == []


def test_that_secrets_are_made() -> None:
    """The objects that are made do hold the secret, or else nothing would be tested."""
    assert len(CLASSES) > 100
    assert {"DockerConfig", "FromFile", "LoginFile", "NodeFile", "ObservedSecret", "Access"} <= set(CLASSES)
    assert _made(CLASSES["Credential"]).password.reveal() == SECRET
    assert _made(CLASSES["ObservedSecret"]).data == {"name": SECRET.encode()}
    assert _made(CLASSES["DockerConfig"]).entries["name"]["auth"].reveal() == SECRET


@pytest.mark.parametrize("form", ["dockerconfigjson", "containers_auth"])
@pytest.mark.parametrize(
    "name", ["password", "Password", "identitytoken", "identityToken", "registryToken", "REGISTRYTOKEN"]
)
def test_no_bare_text_is_held(name: str, form: Format) -> None:
    """Between the text that is read and the text that is written, a secret is no plain text, under whatever spelling."""
    document = parse_docker_config(f'{{"auths": {{"quay.io": {{"{name}": "{SECRET}"}}}}}}', form)

    assert SECRET not in str(document.entries)
    assert [value for value in document.entries["quay.io"].values() if value == SecretText(SECRET)]


def test_no_bare_text_in_logins() -> None:
    """The same of logins."""
    logins = parse_login_file(f'{{"auths": {{"quay.io": {{"Password": "{SECRET}"}}}}}}', where="config.json")

    assert SECRET not in str(logins.entries)
    assert logins.entry_of("quay.io") == {"password": SecretText(SECRET)}
