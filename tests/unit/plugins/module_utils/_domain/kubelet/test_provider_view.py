"""A CredentialProviderConfig for people, without its secrets."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubelet.provider_view import (
    differences_between,
    secrets_in,
    shown_document,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import Fingerprinter
from tests.unit.provider_documents import GROUP, Document, document, fields

SECRET = "made-up-Secret"


def test_shown_without_values() -> None:
    """In a diff, a variable's value is a mark that changes with it."""
    marks = Fingerprinter(b"key")
    one, other = (
        shown_document(document(fields(args=["a"], env=[{"name": "A", "value": value}])), marks)
        for value in (SECRET, "other")
    )
    assert SECRET not in str(one)
    assert one != other
    assert one["providers"]["ecr"]["args"] == ["a"]


@pytest.mark.parametrize(
    "broken",
    [fields(env="x"), fields(env=[None, "x", {"name": 1, "value": 2}]), fields(args=[1]), fields(tokenAttributes=[1])],
)
def test_broken_documents_can_be_shown(broken: Document) -> None:
    """What somebody broke is shown all the same when it is replaced."""
    shown = shown_document(document(broken, None), Fingerprinter(b"key"))
    assert list(shown["providers"]) == ["ecr", "None"]


def test_secrets_are_found() -> None:
    """Each value of each variable is one, and what is a password on a command line, also in a broken file."""
    env = [None, {"name": "A", "value": SECRET}, {"name": "B", "value": 5}, {"name": "C"}]
    assert secrets_in(document(None, "x", fields(env=env, args=[1, "--token=x"]))) == [SECRET, "5", "", "x"]
    assert secrets_in(["x"]) == secrets_in({"providers": "x"}) == []


def test_differences_between() -> None:
    """Each provider with what is different of it, and no value."""
    before = document(fields(env=[{"name": "A", "value": SECRET}]), fields("gone"), fields("same"), version="v1beta1")
    after = document(fields(args=["x"]), fields("same"), fields("new"))
    assert differences_between(before, after) == [
        f"apiVersion is {GROUP}/v1",
        "ecr: env, args changed",
        "new: added",
        "gone: removed",
    ]
    assert differences_between(document(fields(), fields("b")), document(fields("b"), fields())) == [
        "order of providers changed"
    ]
