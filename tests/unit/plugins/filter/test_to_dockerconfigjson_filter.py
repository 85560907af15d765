"""The filter to_dockerconfigjson."""

from __future__ import annotations

import re
import typing as t

import ansible.template
import pytest
from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.regcred.kubernetes.plugins.filter.to_dockerconfigjson import FilterModule, to_dockerconfigjson
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge import secrets

# Since ansible-core 2.19, the texts in a playbook are subclasses of str.
tagged = getattr(ansible.template, "trust_as_template", str)
ROBOT = {"registry": "quay.io", "username": "robot", "password": "hunter2"}
AUTH = "cm9ib3Q6aHVudGVyMg=="
CURE = "give a list of dictionaries with registry, username and password, or registry and auth"
KNOWN = "correct or remove it; there are auth, email, password, registry, state, username"

WRITTEN: t.Mapping[str, tuple[t.Any, str, str]] = {
    "one": (
        [ROBOT],
        "dockerconfigjson",
        f'{{"auths":{{"quay.io":{{"username":"robot","password":"hunter2","auth":"{AUTH}"}}}}}}',
    ),
    "auth": (
        [{"registry": "docker.io", "auth": AUTH, "email": "a@example.org"}],
        "dockerconfigjson",
        (
            '{"auths":{"https://index.docker.io/v1/":{"username":"robot","password":"hunter2",'
            f'"email":"a@example.org","auth":"{AUTH}"}}}}}}'
        ),
    ),
    "legacy": ([ROBOT], "dockercfg", f'{{"quay.io":{{"username":"robot","password":"hunter2","auth":"{AUTH}"}}}}'),
    "containers": (
        [{**ROBOT, "registry": "index.docker.io", "email": "a@example.org"}],
        "containers_auth",
        f'{{"auths":{{"docker.io":{{"auth":"{AUTH}"}}}}}}',
    ),
    "an iterator": (iter([ROBOT]), "containers_auth", f'{{"auths":{{"quay.io":{{"auth":"{AUTH}"}}}}}}'),
    "absent": ([{"registry": "quay.io", "state": "absent"}], "dockerconfigjson", '{"auths":{}}'),
    "null is left out": (
        [{"registry": "quay.io", "username": None, "password": None, "auth": AUTH, "email": None}],
        "containers_auth",
        f'{{"auths":{{"quay.io":{{"auth":"{AUTH}"}}}}}}',
    ),
    "a number as password": (
        [{**ROBOT, "password": 12345}],
        "dockercfg",
        '{"quay.io":{"username":"robot","password":"12345","auth":"cm9ib3Q6MTIzNDU="}}',
    ),
    "nothing": ([], "dockercfg", "{}"),
}


@pytest.mark.parametrize(("registries", "form", "expected"), WRITTEN.values(), ids=WRITTEN.keys())
def test_writes(registries: t.Any, form: str, expected: str) -> None:
    """A document holds the credentials in the form that was asked for."""
    assert expected == to_dockerconfigjson(registries, format=form)


def test_tagged() -> None:
    """What templates hand over is understood, and what comes out is a plain text."""
    found = to_dockerconfigjson([{tagged(name): tagged(value) for name, value in ROBOT.items()}])

    assert to_dockerconfigjson([ROBOT]) == found
    assert {str} == {type(found)}


class Vaulted:
    """A text from a vault, as ansible-core 2.18 hands it over."""

    __ENCRYPTED__ = True

    def __str__(self) -> str:
        return "hunter2"


def test_vaulted() -> None:
    """A password from a vault is decrypted."""
    assert to_dockerconfigjson([ROBOT]) == to_dockerconfigjson([{**ROBOT, "password": Vaulted()}])


REFUSED: t.Mapping[str, tuple[t.Any, t.Mapping[str, t.Any], str]] = {
    "no list": (ROBOT, {}, f"registries: is no list but dict; {CURE}"),
    "a text": ("robot:hunter2", {}, f"registries: is no list but str; {CURE}"),
    "a number": (5, {}, f"registries: is no list but int; {CURE}"),
    "a list of texts": (["robot:hunter2"], {}, f"registries[0]: is no dictionary but str; {CURE}"),
    "no registry": (
        [ROBOT, {"password": "hunter2"}],
        {},
        f"registries[1]: missing required arguments: registry; {CURE}",
    ),
    "no password": (
        [{"registry": "quay.io", "username": "robot", "password": None}],
        {},
        f"registries[0]: parameters are required together: username, password; {CURE}",
    ),
    "both": (
        [{**ROBOT, "auth": AUTH}],
        {},
        f"registries[0]: parameters are mutually exclusive: auth|username, auth|password; {CURE}",
    ),
    "no credential": (
        [{"registry": "quay.io"}],
        {},
        f"registries[0]: state is present but any of the following are missing: username, auth; {CURE}",
    ),
    "an unknown field": (
        [{**ROBOT, "token": "hunter2", "name": "hunter2"}],
        {},
        f"registries[0]: token: unknown; {KNOWN} | registries[0]: name: unknown; {KNOWN}",
    ),
    "a mistyped field": (
        [{"registry": "quay.io", "user": "hunter2", "password": "hunter2"}],
        {},
        "registries[0]: user: unknown; did you mean username?",
    ),
    "an empty password": (
        [{**ROBOT, "password": ""}],
        {},
        "registries[0].password: is empty; give the password; check the variable it comes from",
    ),
    "an auth that is none": (
        [{"registry": "quay.io", "auth": "hunter2!"}],
        {},
        "registries[0].auth: is not base64; give base64 of username:password, or username and password",
    ),
    "a user in the registry": (
        [{**ROBOT, "registry": "robot:hunter2@quay.io"}],
        {},
        (
            "registries[0].registry: '...@quay.io' holds a user, which only kubelets pass over;"
            " give the registry alone, and the user as username"
        ),
    ),
    "a glob for podman": (
        [{**ROBOT, "registry": "*.example.com"}],
        {"format": "containers_auth"},
        "registries[0].registry: '*.example.com' has a glob, which has no place in auth.json; name each registry",
    ),
    "given twice": (
        [ROBOT, {**ROBOT, "registry": "https://Quay.io/"}],
        {"format": "containers_auth"},
        "registries[1].registry: 'https://Quay.io/' is given twice; give each registry once",
    ),
    "a password as state": (
        [{**ROBOT, "state": 'hunter2 "x"'}],
        {},
        f"registries[0]: value of state must be one of: present, absent, got: ********; {CURE}",
    ),
    "a password as field": (
        [{**ROBOT, 'hunter2 "x"': 1}],
        {},
        f"registries[0]: (not shown): unknown; {KNOWN}",
    ),
    "a password as format": (
        [ROBOT],
        {"format": 'hunter2 "x"'},
        "format: is (not shown); use one of dockerconfigjson, dockercfg, containers_auth",
    ),
    "another format": (
        [ROBOT],
        {"format": "yaml"},
        "format: is 'yaml'; use one of dockerconfigjson, dockercfg, containers_auth",
    ),
}


@pytest.mark.parametrize(("registries", "options", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(registries: t.Any, options: t.Mapping[str, t.Any], message: str) -> None:
    """Bad input fails with the item, what is wrong and what to do, and without a secret."""
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(f'to_dockerconfigjson: {message}')}$") as caught:
        to_dockerconfigjson(registries, **options)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_large_auth_json() -> None:
    """What a Secret can hold at most is no limit of a file."""
    registries = [{**ROBOT, "password": "x" * (1024 * 1024)}]

    assert len(to_dockerconfigjson(registries, format="containers_auth")) > 1024 * 1024
    with pytest.raises(AnsibleFilterError, match="a Secret holds at most 1048576"):
        to_dockerconfigjson(registries)


def test_secrets_are_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Password, auth and document are registered in every form, and nothing else."""
    registered: dict[str, str] = {}
    monkeypatch.setattr(secrets, "register_secret", lambda text: registered.setdefault(text, text))

    text = to_dockerconfigjson([ROBOT])

    assert {"hunter2", AUTH, "aHVudGVyMg==", text} <= registered.keys()
    assert not {"robot", "quay.io"} & registered.keys()


def test_nothing_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty document is not registered: it would be hidden wherever it stands."""
    registered: dict[str, str] = {}
    monkeypatch.setattr(secrets, "register_secret", lambda text: registered.setdefault(text, text))

    assert to_dockerconfigjson([], format="dockercfg") == "{}"
    assert not registered


def test_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is probably not meant is written and warned of."""
    warned: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _display, text: warned.append(text))

    to_dockerconfigjson([{**ROBOT, "registry": "hub.docker.com"}], format="containers_auth")

    assert warned == [
        (
            "to_dockerconfigjson: registries[0].registry: 'hub.docker.com' is not the host of any image on Docker Hub;"
            " write 'docker.io' for Docker Hub"
        )
    ]


def test_name() -> None:
    """Ansible finds it by its name."""
    assert FilterModule().filters() == {"to_dockerconfigjson": to_dockerconfigjson}
