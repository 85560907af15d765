"""A docker config of a node with credentials put in and taken out."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.change import (
    WantedConfig,
    change_config,
    views,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    Credential,
    DockerConfigError,
    Format,
    RegistryCredential,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import Fingerprinter, SecretText

MARKS = Fingerprinter(b"a key for the test")
AUTH = "cm9ib3Q6c2VjcmV0"  # robot:secret


def credential(registry: str = "quay.io", password: str = "secret", email: str = "") -> RegistryCredential:
    """A credential of robot."""
    return RegistryCredential(registry, Credential("robot", SecretText(password)), email)


def wanted(*present: RegistryCredential, form: Format = "dockerconfigjson", **more: t.Any) -> WantedConfig:
    """What is declared."""
    return WantedConfig(form, present, **more)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("dockerconfigjson", '{\n\t"auths": {\n\t\t"quay.io": {\n\t\t\t"auth": "%s"\n\t\t}\n\t}\n}'),
        ("containers_auth", '{\n\t"auths": {\n\t\t"quay.io": {\n\t\t\t"auth": "%s"\n\t\t}\n\t}\n}'),
        ("dockercfg", '{\n\t"quay.io": {\n\t\t"auth": "%s"\n\t}\n}'),
    ],
)
def test_new_file(form: Format, text: str) -> None:
    """A new file is as docker and podman write it: the secret stands in it once, in auth."""
    change = change_config(None, wanted(credential(), form=form))

    assert change.text.reveal() == text % AUTH


def test_everything_else_is_kept() -> None:
    """Members, entries and fields that are not known stay where they are, odd numbers and layout included."""
    text = (
        '{\n  "HttpHeaders": {"X": "y"},\n  "auths": {\n    "ghcr.io": {"auth": "dTpw", "note": 1.50},\n'
        '    "https://quay.io/v1/": {"auth": "b3RoZXI6b2xk", "note": "mine"}\n  },\n  "number": 1e400, "last": null\n}\n'
    )

    change = change_config(text, wanted(credential()))

    expected = text.replace(
        '"https://quay.io/v1/": {"auth": "b3RoZXI6b2xk", "note": "mine"}',
        f'"quay.io": {{"auth": "{AUTH}", "note": "mine"}}',
    )
    assert "".join(change.text.reveal().split()) == "".join(expected.split())
    assert change.text.reveal().startswith('{\n  "HttpHeaders": {\n    "X": "y"\n  },\n  "auths": {\n    "ghcr.io": {')
    assert change.text.reveal().endswith('"last": null\n}\n')


@pytest.mark.parametrize(
    "text",
    [
        f'{{ "auths":{{"https://quay.io/v2/" :{{"auth":"{AUTH}"}}}} }}',
        f'{{"AUTHS": {{"quay.io": {{"auth": "{AUTH}", "username": "robot"}}}}, "a": 1, "a": 2}}',
    ],
)
def test_same_already(text: str) -> None:
    """A file that says the same is left as it is written, byte for byte."""
    change = change_config(text, wanted(credential(), absent=("ghcr.io",)))

    assert change.text.reveal() == text
    assert change.before == change.after


def test_auths_in_another_place() -> None:
    """Repeated and oddly written auths are one, in the place of the first."""
    text = '{"a": 1, "Auths": {"ghcr.io": {"auth": "dTpw"}}, "b": 2, "auths": {"docker.io": {"auth": "dTpw"}}}'

    change = change_config(text, wanted(credential()))

    assert list(json.loads(change.text.reveal())) == ["a", "Auths", "b"]
    assert list(json.loads(change.text.reveal())["Auths"]) == ["ghcr.io", "docker.io", "quay.io"]


def test_purge() -> None:
    """Purged are other registries, and not what stands beside them, nor an entry that says the same."""
    text = (
        f'{{"auths": {{"ghcr.io": {{"auth": "dTpw"}}, "quay.io": {{"auth": "{AUTH}", "n": 1}}}}, "credsStore": "pass"}}'
    )

    change = change_config(text, wanted(credential(), purge=True))

    assert change.text.reveal() == f'{{"auths": {{"quay.io": {{"auth": "{AUTH}", "n": 1}}}}, "credsStore": "pass"}}'


def test_absent_in_every_spelling() -> None:
    """What is to be absent goes in every spelling that its reader takes for the same."""
    text = '{"auths":{"docker.io":{"auth":"dTpw"},"https://index.docker.io/v1/":{"auth":"dTpw"},"quay.io":{"auth":"dTpw"}}}'

    change = change_config(text, wanted(absent=("docker.io",), form="containers_auth"))

    assert change.text.reveal() == '{"auths":{"quay.io":{"auth":"dTpw"}}}'


def test_email() -> None:
    """An address is written beside auth, except for readers that never had one."""
    for_docker = change_config(None, wanted(credential(email="a@example.org")))
    for_podman = change_config(None, wanted(credential(email="a@example.org"), form="containers_auth"))

    assert '"email"' in for_docker.text.reveal()
    assert "email" not in for_podman.text.reveal()


@pytest.mark.parametrize(("text", "problem"), [("{", "not_json"), ("[]", "wrong_json_type")])
def test_unreadable(text: str, problem: str) -> None:
    """What its reader cannot read is nothing to merge into."""
    with pytest.raises(DockerConfigError) as caught:
        change_config(text, wanted(credential(), purge=True))

    assert caught.value.problem == problem


def test_views() -> None:
    """Shown is what differs, with marks for secrets."""
    text = '{"auths": {"ghcr.io": {"auth": "dTpw"}, "quay.io": {"auth": "cm9ib3Q6b2xk"}, "old.io": {"auth": "dTpw"}}}'
    change = change_config(text, wanted(credential(), absent=("old.io",)))

    before, after, reasons = views(change, "dockerconfigjson", MARKS)

    assert list(before["registries"]) == ["quay.io", "old.io"]
    assert after == {"registries": {"quay.io": {"username": "robot", "password": MARKS.mark(SecretText("secret"))}}}
    assert reasons == ["old.io removed", "quay.io: password changed"]


def test_views_of_what_nobody_can_read() -> None:
    """An entry of an auth.json that is passed over is shown by a mark of what it has."""
    change = change_config('{"auths": {"quay.io": {"auth": "!"}}}', wanted(credential(), form="containers_auth"))

    before, _after, reasons = views(change, "containers_auth", MARKS)

    assert before == {"registries": {"quay.io": {"auth": MARKS.mark(SecretText("!"))}}}
    assert reasons == ["quay.io: auth and username and password changed"]
