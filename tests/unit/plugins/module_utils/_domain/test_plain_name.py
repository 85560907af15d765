"""What can be a name, and is quoted in messages."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.plain_name import (
    is_plain,
    quoted_name,
    shown_name,
)

PASSWORD = "S3cr-t/Pa ss\"word'ql"


@pytest.mark.parametrize(
    "text",
    ["regcred", "Team_A", "shop-[ab]*", "a=b,!c", "https://quay.io:443/v2/", "jane@example.com", "quay.io/a@sha256:1f"],
)
def test_names(text: str) -> None:
    """Names, globs, selectors and URLs are shown, mistyped ones too."""
    assert (shown_name(text), quoted_name(text)) == (text, repr(text))


@pytest.mark.parametrize(
    "text",
    [
        PASSWORD,
        base64.b64encode(f"robot:{PASSWORD}".encode()).decode(),
        "cm9ib3Q6cMOkc3M=",
        "https://robot:x@quay.io",
        '{"auths": {}}',
        "a\nb",
        "x" * 1025,
    ],
)
def test_not_shown(text: str) -> None:
    """Passwords, base64 of user and password, and documents are not."""
    assert not is_plain(text)
    assert shown_name(text) == quoted_name(text) == "(not shown)"


@pytest.mark.parametrize("text", ["namespace-one", "shop", "abcdefghijkl", "registry", "YWJjZGVmZ2hp", "Zm9v"])
def test_names_that_are_base64(text: str) -> None:
    """A name of as many letters as base64 has is one, unless it decodes to a user and a password."""
    assert is_plain(text)
