"""The kubelet's CredentialProviderConfig: how what is declared gets into it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubelet.provider_config import (
    Declaration,
    Provider,
    TokenAttributes,
    declared_document,
    parse_release,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from tests.unit.provider_documents import GROUP, Document, document, fields

SECRET = "made-up-Secret"


def declared(name: str = "ecr", **others: t.Any) -> Provider:
    """The same provider as it is declared."""
    return Provider(name, ("*.example.com",), "12h", **others)


def test_new_file() -> None:
    """A new file holds what is declared, all of it."""
    token = TokenAttributes("aud", "Token", require_service_account=False, optional_annotations=("a/b",))
    provider = declared(args=("x",), env=(("A", SecretText("b")),), token_attributes=token)
    assert declared_document(None, Declaration((provider,))) == document(
        fields(
            args=["x"],
            env=[{"name": "A", "value": "b"}],
            tokenAttributes={
                "serviceAccountTokenAudience": "aud",
                "cacheType": "Token",
                "requireServiceAccount": False,
                "optionalServiceAccountAnnotationKeys": ["a/b"],
            },
        )
    )


def test_merge_keeps_others_and_order() -> None:
    """Others' providers, their order and the order of fields stay; what is new goes last; what is gone goes."""
    theirs = fields("gcr", env=[{"name": "A", "value": SECRET}])
    ours = {"apiVersion": "credentialprovider.kubelet.k8s.io/v1beta1", "args": ["x"], "name": "ecr"}
    existing = {"kind": "CredentialProviderConfig", **document(ours, theirs, fields("old"), version="v1beta1")}
    merged = declared_document(existing, Declaration((declared(), declared("new")), absent=("old", "never")))
    assert [each["name"] for each in merged["providers"]] == ["ecr", "gcr", "new"]
    assert list(merged["providers"][0].items())[:2] == [("apiVersion", fields()["apiVersion"]), ("name", "ecr")]
    assert merged["providers"][0] == fields()
    assert merged["providers"][1] is theirs
    assert list(merged) == ["kind", "apiVersion", "providers"]
    assert merged["apiVersion"] == f"{GROUP}/v1beta1"


@pytest.mark.parametrize(
    "same",
    [
        fields(defaultCacheDuration="720m"),
        fields(args=[], env=None),
        fields(tokenAttributes=None),
        dict(reversed(list(fields().items()))),
    ],
)
def test_same_meaning_is_left_alone(same: Document) -> None:
    """A provider that a kubelet takes for the declared one stays as somebody wrote it."""
    assert declared_document(document(same), Declaration((declared(),))) == document(same)
    assert list(declared_document(document(same), Declaration((declared(),)))["providers"][0]) == list(same)


def test_purge() -> None:
    """Nothing else stays, and the order is the declared one."""
    existing = {**document(fields("old"), fields(), version="v1beta1"), "metadata": {}}
    wanted = Declaration((declared("new"), declared()), purge=True, version="v1")
    assert declared_document(existing, wanted) == document(fields("new"), fields())


def test_name_twice_in_the_file() -> None:
    """Of a declared provider that is there twice one is left, and the kubelet starts again."""
    merged = declared_document(document(fields(), fields(args=["x"])), Declaration((declared(),)))
    assert merged == document(fields())


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("Kubernetes v1.36.3\n", (1, 36)),
        ("k3s version v1.34.1+k3s1 (abcdef12)\ngo version go1.24.6\n", (1, 34)),
        ("1.33", (1, 33)),
        ("v1.36.3-rke2r1", (1, 36)),
        ("Python 3.13.0", None),
    ],
)
def test_release(text: str, release: tuple[int, int] | None) -> None:
    """The release is found in what kubelets say of themselves."""
    assert parse_release(text) == release
