"""The filter from_dockerconfigjson."""

from __future__ import annotations

import re
import typing as t

import ansible.template
import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.regcred.kubernetes.plugins.filter.from_dockerconfigjson import (
    FilterModule,
    from_dockerconfigjson,
)
from ansible_collections.regcred.kubernetes.plugins.filter.to_dockerconfigjson import to_dockerconfigjson
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge import secrets

# Since ansible-core 2.19, the texts in a playbook are subclasses of str.
tagged = getattr(ansible.template, "trust_as_template", str)
AUTH = "cm9ib3Q6aHVudGVyMg=="
DOCUMENT = f'{{"auths":{{"quay.io":{{"auth":"{AUTH}","email":"a@example.org"}},"u:p@ghcr.io":{{"username":"x"}}}}}}'

READ: t.Mapping[str, tuple[t.Any, t.Mapping[str, t.Any], list[dict[str, str]]]] = {
    "redacted": (
        DOCUMENT,
        {},
        [
            {"registry": "quay.io", "username": "robot", "email": "a@example.org"},
            {"registry": "...@ghcr.io", "username": "x", "email": ""},
        ],
    ),
    "revealed": (
        DOCUMENT,
        {"reveal": True},
        [
            {"registry": "quay.io", "username": "robot", "password": "hunter2", "email": "a@example.org"},
            {"registry": "u:p@ghcr.io", "username": "x", "password": "", "email": ""},
        ],
    ),
    "redacted by a text": (
        '{"auths":{"quay.io":{"auth":"dTpw"}}}',
        {"reveal": tagged("false")},
        [{"registry": "quay.io", "username": "u", "email": ""}],
    ),
    "legacy": (
        '{"quay.io":{"auth":"dTpw"}}',
        {"format": "dockercfg"},
        [{"registry": "quay.io", "username": "u", "email": ""}],
    ),
    "containers": (
        '{"auths":{"quay.io":{"auth":"dTpw","username":1,"email":2},"ghcr.io":{"username":"x","password":"y"}}}',
        {"format": "containers_auth"},
        [
            {"registry": "quay.io", "username": "u", "email": ""},
            {"registry": "ghcr.io", "username": "", "email": ""},
        ],
    ),
    "a dict": (
        {"auths": {"quay.io": {"auth": "dTpw"}}},
        {},
        [{"registry": "quay.io", "username": "u", "email": ""}],
    ),
    "nothing": ("{}", {}, []),
}


@pytest.mark.parametrize(("document", "options", "expected"), READ.values(), ids=READ.keys())
def test_reads(document: t.Any, options: t.Mapping[str, t.Any], expected: list[dict[str, str]]) -> None:
    """What the readers of a document find is listed, with passwords only when asked."""
    assert expected == from_dockerconfigjson(document, **options)


def test_plain_result() -> None:
    """What comes out carries no tag of what went in."""
    found = from_dockerconfigjson(tagged(DOCUMENT), reveal=True)

    assert {str} == {type(text) for item in found for part in item.items() for text in part}


def test_undoes_to_dockerconfigjson() -> None:
    """What is read makes the same document again, in each format."""
    registries = [
        {"registry": "docker.io", "username": "robot", "password": 'a"\\:<ä>\u2028', "email": "a@example.org"},
        {"registry": "quay.io/team", "username": "jürgen", "password": "hunter2"},
    ]
    for form in ("dockerconfigjson", "dockercfg", "containers_auth"):
        text = to_dockerconfigjson(registries, format=form)

        assert text == to_dockerconfigjson(from_dockerconfigjson(text, format=form, reveal=True), format=form)


REFUSED: t.Mapping[str, tuple[t.Any, t.Mapping[str, t.Any], str]] = {
    "not JSON": (
        "{\n hunter2}",
        {},
        "document: not JSON (line 2, column 2); what is in a Secret's data needs b64decode first",
    ),
    "base64": (
        "eyJhdXRocyI6e319",
        {},
        "document: not JSON (line 1, column 1); what is in a Secret's data needs b64decode first",
    ),
    "a JSON text": ('"hunter2"', {}, "the document: must be a JSON object"),
    "auth that is none": (
        '{"auths":{"hunter2@quay.io":{"auth":"hunter2!"}}}',
        {},
        "auths['...@quay.io'].auth: is not base64",
    ),
    "auth that is none for podman": (
        '{"auths":{"quay.io":{"auth":"hunter2!"}}}',
        {"format": "containers_auth"},
        "auths['quay.io'].auth: is not base64",
    ),
    "a list": (["hunter2"], {}, "document: is no text but list; give a text"),
    "another format": (
        "{}",
        {"format": "json"},
        "format: is 'json'; use one of dockerconfigjson, dockercfg, containers_auth",
    ),
    "neither": ("{}", {"reveal": "perhaps"}, "reveal: is neither true nor false; use true or false"),
    "none": ("{}", {"reveal": None}, "reveal: is neither true nor false; use true or false"),
}


@pytest.mark.parametrize(("document", "options", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(document: t.Any, options: t.Mapping[str, t.Any], message: str) -> None:
    """A document that cannot be read fails with the place and what is wrong, and without its contents."""
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(f'from_dockerconfigjson: {message}')}$") as caught:
        from_dockerconfigjson(document, **options)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("reveal", [False, True])
def test_secrets_are_registered(monkeypatch: pytest.MonkeyPatch, reveal: bool) -> None:
    """The secrets in a document are registered, user names are not."""
    registered: dict[str, str] = {}
    monkeypatch.setattr(secrets, "register_secret", lambda text: registered.setdefault(text, text))

    from_dockerconfigjson(f'{{"auths":{{"quay.io":{{"auth":"{AUTH}","identitytoken":"t0ken"}}}}}}', reveal=reveal)

    assert {"hunter2", AUTH, "aHVudGVyMg==", "t0ken"} <= registered.keys()
    assert not {"robot", "quay.io"} & registered.keys()


def test_name() -> None:
    """Ansible finds it by its name."""
    assert FilterModule().filters() == {"from_dockerconfigjson": from_dockerconfigjson}
