"""The one place that registers secrets."""

from __future__ import annotations

import base64
import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config import Credential
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge import secrets as secrets_module
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.secrets import SecretRegister

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

PASSWORD = 'hun"ter<2>\\'
BASE64 = base64.b64encode(PASSWORD.encode()).decode("ascii")
IN_JSON = 'hun\\"ter\\u003c2\\u003e\\\\'
AUTH = base64.b64encode(f"robot:{PASSWORD}".encode()).decode("ascii")


def register(*registered: str) -> tuple[SecretRegister, set[str]]:
    """A register, and what its module takes out of results."""
    no_log_values = set(registered)
    return SecretRegister(t.cast("AnsibleModule", SimpleNamespace(no_log_values=no_log_values))), no_log_values


def test_forms() -> None:
    """A secret is registered as it is, as JSON has it, and in base64."""
    secrets, no_log_values = register()

    assert secrets.add(PASSWORD) == SecretText(PASSWORD)
    assert no_log_values == {PASSWORD, IN_JSON, BASE64}


def test_empty() -> None:
    """An empty secret is none: registered, it would be found everywhere."""
    secrets, no_log_values = register()

    assert secrets.add("") == SecretText("")
    assert no_log_values == set()


def test_credential() -> None:
    """A credential is registered by its password and by what is made from both."""
    secrets, no_log_values = register()
    credential = Credential("robot", SecretText(PASSWORD))

    assert secrets.add_credential(credential) is credential
    assert no_log_values == {PASSWORD, IN_JSON, BASE64, AUTH}


def test_without_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter or lookup, which has no module, registers with ansible-core alone."""
    registered: dict[str, str] = {}
    monkeypatch.setattr(secrets_module, "register_secret", lambda text: registered.setdefault(text, text))

    found = SecretRegister()

    assert found.add(PASSWORD) == SecretText(PASSWORD)
    assert registered.keys() == {PASSWORD, IN_JSON, BASE64}
    assert found.mask().hide(f"a {BASE64} b") == "a ******** b"


def test_not_utf8() -> None:
    """A password of any bytes can be registered."""
    secrets, no_log_values = register()

    secrets.add_credential(Credential("u", SecretText("a\udcff")))

    assert base64.b64encode(b"u:a\xff").decode() in no_log_values


@pytest.mark.parametrize("form", [PASSWORD, IN_JSON, BASE64, AUTH, "from an option"])
def test_mask(form: str) -> None:
    """The mask hides every form, and what Ansible registered from the options."""
    secrets, _no_log_values = register("from an option")
    secrets.add_credential(Credential("robot", SecretText(PASSWORD)))

    assert secrets.mask().hide(f"a {form} b") == "a ******** b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("robot", {"hunter2"}),
        ("hunter2", {"robot", "hunter2"}),
        (None, {"robot", "hunter2"}),
        (7, {"robot", "hunter2"}),
    ],
    ids=["a user name", "a password that is a user name, too", "nothing", "a number"],
)
def test_declare_public(text: t.Any, expected: set[str]) -> None:
    """What stands beside a secret is shown again, unless it is a secret itself."""
    secrets, no_log_values = register("robot")
    secrets.add("hunter2")

    secrets.declare_public(text)

    assert no_log_values & {"robot", "hunter2"} == expected


def test_repr() -> None:
    """The register does not show what is in it."""
    secrets, _no_log_values = register()
    secrets.add("hunter2")

    assert "hunter2" not in repr(secrets) + repr(secrets.mask())


def test_no_text() -> None:
    """Ansible gets no bytes that are not UTF-8, as it would refuse the whole result; with and without them it is hidden."""
    secrets, no_log_values = register()
    secrets.add("pass\udcffword")

    assert "pass\ufffdword" in no_log_values
    assert not any("\udcff" in form for form in no_log_values)
    assert secrets.mask().hide("pass\udcffword, pass\ufffdword") == "********, ********"
