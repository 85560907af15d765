"""The one place that knows what is secret."""

from __future__ import annotations

import base64
import json
import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import Credential
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge import secrets as secrets_module
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.secrets import LONGEST_SHOWN, SecretRegister

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

PASSWORD = 'hun"ter<2>\\'
BASE64 = base64.b64encode(PASSWORD.encode()).decode("ascii")
IN_JSON = 'hun\\"ter\\u003c2\\u003e\\\\'
AUTH = base64.b64encode(f"robot:{PASSWORD}".encode()).decode("ascii")
SECRETS = "/api/v1/namespaces/team-a/secrets"


@pytest.fixture(name="registered")
def _registered(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What ansible-core 2.22 is given to hide."""
    registered: set[str] = set()
    monkeypatch.setattr(secrets_module, "register_secret", registered.add)
    return registered


def register(*given: str) -> tuple[SecretRegister, set[str]]:
    """A register, and what ansible-core takes out of results."""
    no_log_values = set(given)
    return SecretRegister(t.cast("AnsibleModule", SimpleNamespace(no_log_values=no_log_values))), no_log_values


def test_forms(registered: set[str]) -> None:
    """A secret is registered as it is, as JSON has it, and in base64."""
    assert SecretRegister().add(PASSWORD) == SecretText(PASSWORD)
    assert registered == {PASSWORD, IN_JSON, BASE64}


@pytest.mark.parametrize("text", ["", "abc", "a:b", "default"])
def test_weak(text: str, registered: set[str]) -> None:
    """What is short or a word is not registered: it would be hidden in all that the controller shows in this run."""
    assert SecretRegister().add(text) == SecretText(text)
    assert registered == set()


def test_credential(registered: set[str]) -> None:
    """A credential is registered by its password and by what is made from both."""
    credential = Credential("robot", SecretText(PASSWORD))

    assert SecretRegister().add_credential(credential) is credential
    assert registered == {PASSWORD, IN_JSON, BASE64, AUTH}


def test_taken_over() -> None:
    """ansible-core, which would mask pieces of words and paths, has nothing left to mask; what it found in options is hidden here."""
    secrets, no_log_values = register("from an option-1")

    assert no_log_values == set()
    assert secrets.mask().hide("a from an option-1 b") == "a ******** b"


def test_not_utf8(registered: set[str]) -> None:
    """A password of any bytes can be registered; Ansible gets no bytes that are not UTF-8, as it would refuse the whole result."""
    secrets = SecretRegister()
    secrets.add_credential(Credential("u", SecretText("pass\udcffword")))

    assert base64.b64encode(b"u:pass\xffword").decode() in registered
    assert "pass\ufffdword" in registered
    assert not any("\udcff" in form for form in registered)
    assert secrets.mask().hide("pass\udcffword, pass\ufffdword") == "********, ********"


@pytest.mark.parametrize("form", [PASSWORD, IN_JSON, BASE64, AUTH])
def test_mask(form: str) -> None:
    """The mask hides every form."""
    secrets = SecretRegister()
    secrets.add_credential(Credential("robot", SecretText(PASSWORD)))

    assert PASSWORD not in secrets.hide(f"a {form} b")
    assert "********" in secrets.hide(f"a {form} b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("robot-1", "robot-1 ********"),
        ("hunter2", "******** hunter2"),
        (None, "******** ********"),
        (7, "******** ********"),
    ],
    ids=["a user name", "a password that is a user name, too", "nothing", "a number"],
)
def test_declare_public(text: t.Any, expected: str) -> None:
    """What stands beside a secret is shown again, and so is a password that is a user name, where no field says what it is."""
    secrets, _no_log_values = register("robot-1")
    secrets.add("hunter2")

    secrets.declare_public(text)

    assert secrets.hide("robot-1 hunter2") == expected
    assert "hunter2" not in secrets.hide('{"password": "hunter2"}')


def test_misplaced() -> None:
    """A secret that was given where names stand is hidden all the same."""
    secrets = SecretRegister(names=["--password=hunter2", "hunter2", "other"])
    secrets.add_misplaced("hunter2")

    assert secrets.hide("--password=hunter2 hunter2") == "--password=******** ********"


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("https://robot:pass%40word@quay.io", "pass@word"),
        ("https://robot:pass%40word@quay.io", "pass%40word"),
        ("robot:pass@word@quay.io", "pass@word"),
    ],
)
def test_url(url: str, password: str) -> None:
    """The password in a URL is known, as it stands there and as it is meant."""
    secrets = SecretRegister()
    secrets.add_url(url)

    assert secrets.hide(f"no: {password}") == "no: ********"


def test_headers() -> None:
    """Whatever proves who asks is known, and the names of the schemes stay."""
    secrets = SecretRegister()
    basic = base64.b64encode(b"user:pass-word-1").decode()
    secrets.see_headers({"Authorization": "Bearer token-word-1", "Accept": "application/json"})
    secrets.see_headers({"proxy-authorization": f"Basic {basic}"})

    assert secrets.hide(f"Bearer token-word-1, Basic {basic}: pass-word-1, application/json") == (
        "Bearer ********, Basic ********: ********, application/json"
    )


def encoded(password: str) -> str:
    """The value of a Secret."""
    return base64.b64encode(json.dumps({"auths": {"quay.io": {"password": password}}}).encode()).decode()


COPY = json.dumps({"data": {".dockerconfigjson": encoded("in-it-1")}})
OBJECTS: t.Mapping[str, t.Any] = {
    "an object": {"kind": "Secret", "data": {".dockerconfigjson": encoded("in-it-1")}},
    "a list": {"kind": "SecretList", "items": [{"data": {"a": encoded("other-1"), "b": encoded("in-it-1")}}]},
    "a merge patch": {"data": {".dockerconfigjson": encoded("in-it-1"), "old": None}},
    "a JSON patch": [{"op": "replace", "path": "/data/.dockerconfigjson", "value": encoded("in-it-1")}],
    "a JSON patch of all": [{"op": "add", "path": "/data", "value": {"x": encoded("in-it-1")}}],
    "a copy in an annotation": {
        "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": COPY}}
    },
    "no base64": {"data": {"x": "in-it-1"}},
}


@pytest.mark.parametrize("body", OBJECTS.values(), ids=OBJECTS.keys())
def test_objects(body: t.Any) -> None:
    """Whatever is in a Secret that is read or written is hidden, also when it is quoted within its document."""
    secrets = SecretRegister()

    secrets.see_object(SECRETS, body)

    assert secrets.hide("refused in-it-1.") == "refused ********."
    assert "in-it-1" not in secrets.hide(base64.b64encode(b'x{"p":"in-it-1"}').decode())


@pytest.mark.parametrize(
    "body", [None, {}, [], "x", {"items": None}, {"items": [None]}, {"data": 1}, {"metadata": {"annotations": 1}}]
)
def test_anything_else(body: t.Any) -> None:
    """An answer may be anything."""
    secrets = SecretRegister()

    secrets.see_object(SECRETS, body)

    assert secrets.hide("text") == "text"


def test_other_objects() -> None:
    """What is no Secret holds none."""
    secrets = SecretRegister()

    secrets.see_object("/api/v1/namespaces/team-a/configmaps", {"data": {"a": "some-text-1"}})

    assert secrets.hide("some-text-1") == "some-text-1"


def test_much_is_hidden() -> None:
    """Where much of a long text was hidden, what stands at the end of what was looked through is shown; it may be half of a secret."""
    secrets = SecretRegister()
    token = "0a1b2c3d" * 1000
    secrets.add(token)
    secrets.add("second-Zq9Kt4-and-more")
    text = f"{token} {'x' * 170} second-Zq9Kt4-and-more {'y' * 9000}"

    shown = secrets.hide(text)

    assert len(shown) < LONGEST_SHOWN
    assert "second" not in shown


def test_repr() -> None:
    """The register does not show what is in it."""
    secrets = SecretRegister()
    secrets.add("hunter2")

    assert "hunter2" not in repr(secrets) + repr(secrets.mask())
