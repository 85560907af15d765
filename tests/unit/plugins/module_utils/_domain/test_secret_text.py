"""A secret that does not show itself, and marks that tell changed from same."""

from __future__ import annotations

import re

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import Fingerprinter, SecretText

SECRET = SecretText("hunter2")


@pytest.mark.parametrize(
    "shown",
    [repr(SECRET), str(SECRET), f"{SECRET}", "%s" % SECRET, repr([SECRET]), repr(Fingerprinter(b"hunter2"))],  # noqa: UP031  # one of the ways to show it
)
def test_never_shown(shown: str) -> None:
    """No way of turning a secret into text gives it away."""
    assert "hunter2" not in shown


def test_revealed_on_demand() -> None:
    """The text is there for the bytes that are written."""
    assert SECRET.reveal() == "hunter2"


@pytest.mark.parametrize(
    ("other", "expected"),
    [(SecretText("hunter2"), True), (SecretText("hunter3"), False), ("hunter2", False), (None, False)],
    ids=["same", "different", "plain text", "nothing"],
)
def test_equality(other: object, expected: bool) -> None:
    """Secrets are equal when their texts are, and equal to nothing else."""
    assert expected is (other == SECRET)


def test_equal_secrets_have_equal_hashes() -> None:
    """Secrets can be members of a set."""
    assert len({SecretText("ä\udcff"), SecretText("ä\udcff"), SecretText("b")}) == 2


def test_marks() -> None:
    """Within a run a mark tells same from changed; it is eight digits, not made from the secret alone."""
    one, other = Fingerprinter(b"one key"), Fingerprinter(b"other key")

    assert one.mark(SECRET) == one.mark(SecretText("hunter2"))
    assert one.mark(SECRET) != one.mark(SecretText("hunter3"))
    assert one.mark(SECRET) != other.mark(SECRET)
    assert re.fullmatch("secret [0-9a-f]{8}", one.mark(SECRET))


def test_mark_of_what_is_not_utf8() -> None:
    """A password of any bytes has a mark."""
    assert Fingerprinter(b"key").mark(SecretText("a\udcff\ud800")).startswith("secret ")
