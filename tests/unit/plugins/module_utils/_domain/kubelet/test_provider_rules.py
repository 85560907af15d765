"""What a kubelet refuses to start with, of its CredentialProviderConfig."""

from __future__ import annotations

import contextlib
import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput, RegcredError
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubelet.provider_config import (
    FILE_ENDINGS,
    Declaration,
    declared_document,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubelet.provider_rules import (
    ConfigFile,
    check_configs,
    check_outline,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.yaml_text import has_yaml, read_document
from tests.unit.provider_documents import Document, document, fields

VECTORS = [
    vector
    for vector in json.loads(
        (Path(__file__).parents[4] / "vectors/kubelet/credential-providers.json").read_text("utf-8")
    )
    if vector["input"]["op"] == "providers"
]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_against_the_kubelet(vector: t.Mapping[str, t.Any]) -> None:
    """A configuration is refused where a kubelet would not start with it, and nowhere else."""
    files = sorted(vector["input"]["files"].items())
    if vector["input"].get("folder"):
        files = [(name, text) for name, text in files if name.endswith(FILE_ENDINGS)]
    if not has_yaml() and not all(text.lstrip().startswith("{") for _name, text in files):
        pytest.skip("there is no PyYAML")
    expectation = pytest.raises(RegcredError) if vector["expect"]["error"] else contextlib.nullcontext()
    with expectation:
        check_configs([ConfigFile(name, read_document(text.encode(), where=name).document) for name, text in files])


@pytest.mark.parametrize(
    ("release", "token", "refused"),
    [
        ((1, 36), {"cacheType": "Token"}, ""),
        ((1, 34), {"cacheType": "Token"}, ""),
        ((1, 34), {}, "tokenAttributes: cacheType: is neither"),
        ((1, 33), {}, "tokenAttributes: is not for Kubernetes 1.33"),
        ((1, 33), {"cacheType": "Token"}, "unknown field 'cacheType'"),
        ((1, 32), {}, "unknown field 'tokenAttributes'"),
    ],
)
def test_tokens_by_release(release: tuple[int, int], token: Document, refused: str) -> None:
    """Tokens come with 1.34; 1.33 has them behind a gate that is off, and without a cache type."""
    attributes = {"serviceAccountTokenAudience": "x", "requireServiceAccount": True, **token}
    config = ConfigFile("c.yaml", document(fields(tokenAttributes=attributes)))
    if not refused:
        check_configs([config], release)
        return
    with pytest.raises(InvalidInput) as caught:
        check_configs([config], release)
    assert refused in str(caught.value)


def test_message_names_file_and_place() -> None:
    """What a kubelet says in its log is reported with the file, the provider and the cure."""
    broken = ConfigFile("/etc/b.yaml", document(fields("gcr", timeout=None)))
    with pytest.raises(InvalidInput) as caught:
        check_configs([ConfigFile("/etc/a.yaml", document(fields())), broken])
    assert str(caught.value).startswith(
        "/etc/b.yaml: providers[0]: has the unknown field 'timeout', and a kubelet starts"
    )
    twice = [ConfigFile(path, document(fields())) for path in ("/etc/a.yaml", "/etc/b.yaml")]
    with pytest.raises(InvalidInput, match=r"/etc/a\.yaml and /etc/b\.yaml: the provider 'ecr' is there 2 times"):
        check_configs(twice)


def test_last_provider() -> None:
    """Taking the last one out would keep the kubelet from starting; the message says how to do without."""
    empty = declared_document(document(fields()), Declaration(absent=("ecr",)))
    with pytest.raises(InvalidInput, match="take both --image-credential-provider flags from the kubelet"):
        check_configs([ConfigFile("c.yaml", empty)])


@pytest.mark.parametrize(
    "broken", [[], "text", None, {"providers": "x"}, {"providers": ["x"]}, document({"name": ["x"]})]
)
def test_nothing_to_add_to(broken: t.Any) -> None:
    """A file whose providers cannot be known is not written over."""
    with pytest.raises(InvalidInput, match=r"^c\.yaml"):
        check_outline(ConfigFile("c.yaml", broken))
