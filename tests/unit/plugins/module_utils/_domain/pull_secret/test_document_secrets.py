"""What is secret in documents, Secrets and headers."""

from __future__ import annotations

import base64
import json

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import parse_docker_config
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking.mask import HIDDEN, Mask
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.document_secrets import (
    secrets_in_document,
    secrets_in_header,
    secrets_in_secret,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import ObservedSecret


def in_base64(text: str) -> str:
    """Base64 of a text."""
    return base64.b64encode(text.encode()).decode()


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
    sentence = "quay.io puller robot a@example.com unused-word auth-word identity-word registry-word"

    hidden = Mask(secrets_in_document(parse_docker_config(text, "dockerconfigjson"))).hide(sentence)

    assert hidden == f"quay.io puller robot a@example.com {HIDDEN} {HIDDEN} {HIDDEN} {HIDDEN}"


@pytest.mark.parametrize(
    "fields", [{}, {"auth": in_base64(":")}, {"username": "user", "password": ""}, {"auth": in_base64("user:")}]
)
def test_empty_password(fields: dict[str, str]) -> None:
    """An entry without a password hides nothing that anybody would say."""
    forms = secrets_in_document(parse_docker_config(document(**fields), "dockerconfigjson"))

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
QUOTED = {"no base64": "secret-word=x", "escaped badly": "secret-word\\q", "no text": "secret-word\ufffd"}


@pytest.mark.parametrize("case", SECRETS)
def test_whatever_is_in_a_secret(case: str) -> None:
    """A password is found in a Secret that nobody can read, too, and the whole value is hidden in base64."""
    whole = base64.b64encode(next(iter(SECRETS[case].data.values()))).decode()

    hidden = Mask(secrets_in_secret(SECRETS[case])).hide(
        f"quay.io: {QUOTED.get(case, 'secret-word')} in {whole} of puller"
    )

    assert hidden == f"quay.io: {HIDDEN} in {HIDDEN} of puller"


def test_value_in_another_form() -> None:
    """The value of a Secret that is no docker config is looked for in all forms as well."""
    sentence = in_base64("user:secret-word")

    hidden = Mask(secrets_in_secret(secret("secret-word", "Opaque", "password"))).hide(sentence)

    assert HIDDEN in hidden


def test_values_that_are_words() -> None:
    """Short values of a Secret that is no docker config are left in texts, and so is an empty document."""
    assert secrets_in_secret(secret("db", "Opaque", "name")) == set()
    assert secrets_in_secret(secret("{}")) == set()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Bearer token-word", {"token-word"}),
        ("bearer  token-word", {"token-word"}),
        (f"Basic {in_base64('user:pass-word')}", {in_base64("user:pass-word"), "user:pass-word", "pass-word"}),
        ("token-alone", {"token-alone"}),
        ("", set()),
    ],
)
def test_header(header: str, expected: set[str]) -> None:
    """Of a header, what proves who asks, and not the scheme."""
    assert secrets_in_header(header) == expected
