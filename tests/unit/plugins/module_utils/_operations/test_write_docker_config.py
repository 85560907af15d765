"""A docker config of a node: what is composed, and what is reported of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.change import WantedConfig
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    Credential,
    DockerConfig,
    Format,
    RegistryCredential,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.file_shadows import OtherFiles
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.node_files import NodeFile
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reader_keys import Reader
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import Fingerprinter, SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.problems import NodeFileError
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet.reader_files import Place, Target
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.write_docker_config import (
    compose_config,
    registry_rows,
    warnings_about,
)

WANTED = WantedConfig("dockerconfigjson", (RegistryCredential("quay.io", Credential("robot", SecretText("secret"))),))
OTHER = '{"auths": {"quay.io": {"auth": "dTpw"}, "ghcr.io": {"auth": "dTpw"}}}'


def test_composed() -> None:
    """What is there is registered before anything is reported of it, and what will be there is kept for the result."""
    registered: list[tuple[DockerConfig, Format]] = []
    marks = Fingerprinter(b"a key for the test")
    there = '{"auths":{"ghcr.io":{"auth":"ZMO2OnA="}},"ü":1}'.encode()

    composed = compose_config(there, WANTED, Place(Path("/f")), marks, lambda *found: registered.append(found))

    assert registered == [(DockerConfig({"ghcr.io": {"auth": "ZMO2OnA="}}, {"ü": 1}), "dockerconfigjson")]
    assert composed.content == (
        '{"auths":{"ghcr.io":{"auth":"ZMO2OnA="},"quay.io":{"auth":"cm9ib3Q6c2VjcmV0"}},"ü":1}'.encode()
    )
    assert composed.reasons == ("quay.io added",)
    assert list(composed.document.entries) == ["ghcr.io", "quay.io"]
    assert "secret" not in repr(composed).replace("secret " + marks.mark(SecretText("secret"))[7:], "")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"auths":\n {"quay.io": {]', "not JSON (line 2, column 15)"),
        (b'{"auths": {"quay.io": {"auth": "*"}}}', "auths['quay.io'].auth: is not base64"),
        (b'{"a":\n"\xc3"}', "not UTF-8 (line 2, byte 2)"),
    ],
)
def test_unreadable(content: bytes, problem: str) -> None:
    """What cannot be read is reported with its place and without its contents."""
    with pytest.raises(NodeFileError) as caught:
        compose_config(content, WANTED, Place(Path("/f")), Fingerprinter(b""), lambda *_unused: None)

    assert str(caught.value) == f"/f: {problem}; correct it, or move it away; it was not changed"


def test_registries() -> None:
    """Registries and user names are shown, and passwords in keys are not."""
    document = DockerConfig({"u:p@quay.io": {"auth": "dTpw"}, "ghcr.io": {"auth": "!"}})

    assert registry_rows(document, "containers_auth") == [
        {"registry": "...@quay.io", "username": "u"},
        {"registry": "ghcr.io", "username": ""},
    ]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("kubelet", ["/later is not read"]),
        ("podman", ["/earlier is looked at"]),
        ("crio", ["/earlier is"]),
        ("docker", []),
        (None, []),
    ],
)
def test_shadows(target: Target | None, expected: list[str]) -> None:
    """Each reader has its own rules for several files."""
    document = DockerConfig({"quay.io": {"auth": "dTpw"}})
    earlier = (NodeFile("/earlier", "containers_auth", SecretText(OTHER)),) if target in ("podman", "crio") else ()
    place = Place(Path("/f"), OtherFiles(earlier, (NodeFile("/later", "dockerconfigjson", SecretText(OTHER)),)))
    reader: Reader = "containers_auth" if target in ("podman", "crio") else "kubelet"

    found = warnings_about(place, document, WANTED, target, reader)

    assert [each.startswith(begin) for each, begin in zip(found, expected)] == [True] * len(expected)
    assert len(found) == len(expected)
