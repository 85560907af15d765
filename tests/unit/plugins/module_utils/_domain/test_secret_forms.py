"""The forms in which a secret may stand in the words of others."""

from __future__ import annotations

import base64
import json
import typing as t
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config import parse_docker_config
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.json_text import render_json
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking import HIDDEN, Mask
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret import ObservedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_forms import (
    LONGEST,
    forms_in_document,
    forms_in_secret,
    forms_of,
)

PASSWORDS = {
    "plain": "hunter2-word",
    "short": "q~7%k",
    "nasty": "pä\"ss\\w<o>r&d:'x y/z",
    "other in URLs": "?>~?>~?>~",
    "no UTF-8": "p\udcfew-secret",
    "half a pair": "p\ud800w-secret",
}


def in_base64(text: str) -> str:
    """Base64 of a text."""
    return base64.b64encode(text.encode("utf-8", "surrogatepass" if "\ud800" in text else "surrogateescape")).decode()


def url_bytes(text: str) -> bytes:
    """What a URL is made of."""
    return base64.b64decode(in_base64(text))


QUOTED: t.Mapping[str, t.Callable[[str], str]] = {
    "as it is": lambda text: text,
    "JSON by Python": json.dumps,
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON by Go": render_json,
    "JSON in JSON": lambda text: json.dumps(json.dumps(text, ensure_ascii=False), ensure_ascii=False),
    "by Python": repr,
    "in a path": lambda text: quote(url_bytes(text), safe=""),
    "in a query": lambda text: quote_plus(url_bytes(text)),
    "base64": in_base64,
    "base64 without padding": lambda text: in_base64(text).rstrip("="),
    "base64 of user and password": lambda text: in_base64(f"user:{text}"),
    "base64 for URLs": lambda text: in_base64(f"us:{text}").replace("+", "-").replace("/", "_"),
    "base64 of a document": lambda text: in_base64(f'{{"password": {json.dumps(text)}, "more": 1}}'),
}


@pytest.mark.parametrize("quoted", QUOTED.values(), ids=QUOTED.keys())
@pytest.mark.parametrize("password", PASSWORDS.values(), ids=PASSWORDS.keys())
def test_quoted(quoted: t.Callable[[str], str], password: str) -> None:
    """However somebody quotes a password, nothing of it is left but letters that tell less than one of its characters."""
    hidden = Mask(forms_of(password)).hide(f"refused: {quoted(password)}.")

    assert HIDDEN in hidden
    left = hidden.replace(HIDDEN, "")
    assert password not in left
    assert not any(password[at : at + 4] in left for at in range(len(password) - 3))


def test_no_text() -> None:
    """Bytes that are not UTF-8 are hidden as Go writes them, too."""
    assert Mask(forms_of("p\udcfew")).hide("p\ufffdw was refused") == f"{HIDDEN} was refused"


def test_too_short_for_base64() -> None:
    """Base64 of two characters would be found in any text; the password itself is hidden."""
    assert Mask(forms_of("q7")).hide("q7 in cTc") == f"{HIDDEN} in cTc"


def test_long() -> None:
    """What is too long for a password is hidden as it is and in base64, without hundreds of megabytes of other forms."""
    text = "x" * (LONGEST + 1)

    assert forms_of(text) == {text, in_base64(text)}


def document(**fields: str) -> str:
    """A docker config with one entry."""
    return json.dumps({"auths": {"quay.io": fields}})


def test_all_of_a_document() -> None:
    """Password, auth and tokens are secret; registry, user and email are not."""
    text = document(
        username="robot",
        password="unused-word",
        auth=in_base64("puller:auth-word"),
        email="a@example.com",
        identitytoken="identity-word",
        registrytoken="registry-word",
    )
    said = "quay.io puller robot a@example.com unused-word auth-word identity-word registry-word"

    hidden = Mask(forms_in_document(parse_docker_config(text, "dockerconfigjson"))).hide(said)

    assert hidden == f"quay.io puller robot a@example.com {HIDDEN} {HIDDEN} {HIDDEN} {HIDDEN}"


@pytest.mark.parametrize(
    "fields", [{}, {"auth": in_base64(":")}, {"username": "user", "password": ""}, {"auth": in_base64("user:")}]
)
def test_empty_password(fields: dict[str, str]) -> None:
    """An entry without a password hides nothing that anybody would say."""
    forms = forms_in_document(parse_docker_config(document(**fields), "dockerconfigjson"))

    assert Mask(forms).hide("quay.io: user: denied") == "quay.io: user: denied"


def secret(
    text: str | bytes, kind: str = "kubernetes.io/dockerconfigjson", key: str = ".dockerconfigjson"
) -> ObservedSecret:
    """A Secret with one value."""
    return ObservedSecret("team-a", "x", kind, data={key: text if isinstance(text, bytes) else text.encode()})


SECRETS = {
    "good": secret(document(username="u", password="secret-word")),
    "by auth": secret(document(auth=in_base64("u:secret-word"))),
    "of another type": secret(document(auth=in_base64("u:secret-word")), "Opaque", "config.json"),
    "no base64": secret(document(auth="secret-word=x")),
    "no colon": secret(document(auth=in_base64("secret-word"))),
    "a wrong field beside it": secret('{"auths": {"quay.io": {"username": 1, "Password": "secret-word"}}}'),
    "not JSON": secret('{\'auths\': {"quay.io": {"password" : "secret-word", }}'),
    "cut off": secret('{"auths": {"quay.io": {"password": "secret-word'),
    "escaped": secret('{"auths": {"quay.io": {"password": "\\u0073ecret-word", "auth": 1}}}'),
    "an escaped name": secret('{"auths": {"quay.io": {"pass\\u0077ord": "secret-word"}}}'),
    "escaped badly": secret('{"password": "secret-word\\q"'),
    "no document": secret("secret-word\n", "Opaque", "password"),
    "no text": secret(b"secret-word\xff", "Opaque", "password"),
}
SAID = {"no base64": "secret-word=x", "escaped badly": "secret-word\\q", "no text": "secret-word\ufffd"}


@pytest.mark.parametrize("case", SECRETS)
def test_whatever_is_in_a_secret(case: str) -> None:
    """A password is found in a Secret that nobody can read, too, and the whole value is hidden in base64."""
    whole = base64.b64encode(next(iter(SECRETS[case].data.values()))).decode()

    hidden = Mask(forms_in_secret(SECRETS[case])).hide(f"quay.io: {SAID.get(case, 'secret-word')} in {whole} of puller")

    assert hidden == f"quay.io: {HIDDEN} in {HIDDEN} of puller"


def test_value_in_another_form() -> None:
    """The value of a Secret that is no docker config is looked for in all forms as well."""
    said = in_base64("user:secret-word")

    hidden = Mask(forms_in_secret(secret("secret-word", "Opaque", "password"))).hide(said)

    assert HIDDEN in hidden


def test_values_that_are_words() -> None:
    """Short values of a Secret that is no docker config are left in texts, and so is an empty document."""
    assert forms_in_secret(secret("db", "Opaque", "name")) == set()
    assert forms_in_secret(secret("{}")) == set()
