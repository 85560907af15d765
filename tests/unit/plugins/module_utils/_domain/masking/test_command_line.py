"""Passwords on a command line."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking.command_line import (
    secrets_in_arguments,
)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--password=x1", "--token=x2"], ["x1", "x2"]),
        (["--api-key", "x1"], ["x1"]),
        (["registry_token=x1"], ["x1"]),
        (["--token-file=/x"], []),
        (["--password", "/run/secret"], []),
        (["--password"], []),
        (["get-credentials", "x1"], []),
    ],
)
def test_secrets_in_arguments(arguments: list[str], found: list[str]) -> None:
    """A password on the command line is noticed, and a file's name is none."""
    assert secrets_in_arguments(arguments) == found
