"""Docker configs, read as the kubelet reads them and written as kubectl writes them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config import (
    DockerConfigError,
    parse_docker_config,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.json_text import decode_utf8

VECTORS = json.loads((Path(__file__).parents[3] / "vectors/kubelet/docker-config-parse.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_reads_as_the_kubelet(vector):
    """What the kubelet's own code made of a document is what we make of it."""
    given, expected = vector["input"], vector["expect"]
    raw = base64.b64decode(given["text_b64"]) if "text_b64" in given else given["text"].encode("utf-8", "surrogatepass")

    try:
        config = parse_docker_config(decode_utf8(raw), given["format"])
    except DockerConfigError:
        found = None
    else:
        found = {
            registry: {"username": credential.username, "password": credential.password.reveal()}
            for registry, credential in config.credentials().items()
        }

    assert expected["entries"] == found
