"""What a pull Secret is."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    DockerConfig,
    DockerConfigError,
    Format,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import (
    ObservedSecret,
    check_size,
    encoded_document,
    manifest_of,
)

ENTRIES = {"quay.io": {"auth": "dTpw"}}


@pytest.mark.parametrize(
    ("type_name", "expected"),
    [
        ("kubernetes.io/dockerconfigjson", "dockerconfigjson"),
        ("kubernetes.io/dockercfg", "dockercfg"),
        ("Opaque", None),
        ("", None),
    ],
)
def test_form(type_name: str, expected: Format | None) -> None:
    """The type says what a kubelet reads."""
    assert expected == ObservedSecret("team-a", "regcred", type_name).form


@pytest.mark.parametrize(
    ("type_name", "key", "text"),
    [
        ("kubernetes.io/dockerconfigjson", ".dockerconfigjson", b'{"auths": {"quay.io": {"auth": "dTpw"}}}'),
        ("kubernetes.io/dockercfg", ".dockercfg", b'{"quay.io": {"auth": "dTpw"}}'),
    ],
)
def test_document(type_name: str, key: str, text: bytes) -> None:
    """The document is read from where a kubelet reads it."""
    assert DockerConfig(ENTRIES) == ObservedSecret("team-a", "regcred", type_name, data={key: text}).document()


NO_DOCUMENT = {
    "Opaque": ("Opaque", {".dockerconfigjson": b"{}"}, "holds no docker config that a kubelet reads"),
    "wrong key": (
        "kubernetes.io/dockerconfigjson",
        {".dockercfg": b"{}"},
        "holds no docker config that a kubelet reads",
    ),
    "not JSON": ("kubernetes.io/dockercfg", {".dockercfg": b"hunter2"}, "not JSON (line 1, column 1)"),
}


@pytest.mark.parametrize(("type_name", "data", "expected"), NO_DOCUMENT.values(), ids=NO_DOCUMENT.keys())
def test_no_document(type_name: str, data: t.Mapping[str, bytes], expected: str) -> None:
    """A Secret that a kubelet cannot use says why, without its contents."""
    with pytest.raises(DockerConfigError, match=f"^{re.escape(expected)}$"):
        ObservedSecret("team-a", "regcred", type_name, data=data).document()


def test_repr_hides_contents() -> None:
    """Neither data nor annotations, where kubectl leaves a copy, are in the text of a Secret."""
    observed = ObservedSecret("team-a", "regcred", "Opaque", annotations={"a": "hunter2"}, data={"b": b"hunter2"})

    assert "hunter2" not in repr(observed)


@pytest.mark.parametrize(("surplus", "fits"), [(0, True), (1, False)], ids=["just fits", "one byte too many"])
def test_check_size(surplus: int, fits: bool) -> None:
    """The limit is that of the API server, to the byte."""
    frame = len('{"auths":{"quay.io":{"username":""}}}')
    document = DockerConfig({"quay.io": {"username": "u" * (1024 * 1024 - frame + surplus)}})
    expected = "the docker config has 1048577 bytes, and a Secret holds at most 1048576"

    assert (None if fits else expected) == check_size(document, "dockerconfigjson")


def test_encoded_document() -> None:
    """Data hold base64 of the document."""
    assert encoded_document(DockerConfig({}), "dockercfg") == "e30="


def test_manifest_of() -> None:
    """An observed Secret can be put back as it was."""
    observed = ObservedSecret(
        "team-a", "regcred", "Opaque", "uid", "7", {"l": "1"}, {"a": "2"}, immutable=True, data={"k": b"v\xff"}
    )

    assert manifest_of(observed) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "regcred", "namespace": "team-a", "labels": {"l": "1"}, "annotations": {"a": "2"}},
        "type": "Opaque",
        "immutable": True,
        "data": {"k": "dv8="},
    }
