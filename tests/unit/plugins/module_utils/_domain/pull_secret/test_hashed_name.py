"""Names that kubectl gives with --append-hash."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.hashed_name import (
    hashed_secret_name,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText

# What kubectl's own tests expect (`TestCreateSecretDockerRegistry`), and what kubectl 1.36.3 made of the rest.
HUB_ENTRY = (
    '{"auths":{"https://index.docker.io/v1/":{"username":"test-user","password":"test-password",%s"auth":"%s"}}}'
)
AUTH = "dGVzdC11c2VyOnRlc3QtcGFzc3dvcmQ="


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HUB_ENTRY % ('"email":"test-user@example.org",', AUTH), "foo-548cm7fgdh"),
        (HUB_ENTRY % ("", AUTH), "foo-bff5bt4f92"),
        ('{"auths":{}}', "foo-ttbdmhf7h8"),
        ('{"auths": {}}', "foo-4g8298kmk4"),
        ('{"auths":{"quay.io":{"auth":"dTrDpA=="}}}\n', "foo-5h7f94428f"),
        ("ä", "foo-9k2hkk84d4"),
    ],
    ids=["with email", "without", "empty", "a blank more", "a line break more", "not ASCII"],
)
def test_kubectls_names(text: str, expected: str) -> None:
    """The name is the one that kubectl gives to the same document."""
    assert expected == hashed_secret_name("foo", SecretText(text))
