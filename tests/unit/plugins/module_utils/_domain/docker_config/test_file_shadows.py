"""Files that hide one another from their reader."""

from __future__ import annotations

import json

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import DockerConfig
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.file_shadows import (
    OtherFiles,
    shadows_for_containers,
    shadows_for_kubelet,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.node_files import NodeFile
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText

ROOT, HOME = "/var/lib/kubelet/config.json", "/root/.docker/config.json"
OURS = DockerConfig({"quay.io": {"auth": "dTpw"}})


def config(*hosts: str) -> str:
    """A docker config's text."""
    return json.dumps({"auths": {host: {"auth": "dTpw"} for host in hosts}})


def kubelet(path: str, text: str | None) -> NodeFile:
    """A file of the kubelet."""
    return NodeFile(path, "dockerconfigjson", None if text is None else SecretText(text))


def test_kubelet_hides_a_later_file() -> None:
    """A later file that was, or would be, read is named, with the registries that are lost."""
    later = OtherFiles(after=(kubelet("/config.json", None), kubelet(HOME, config("quay.io", "docker.io", "ghcr.io"))))

    (warning,) = shadows_for_kubelet(ROOT, OURS, later)

    assert warning == (
        f"{HOME} is not read by the kubelet, which looks at {ROOT} first and merges nothing; it has credentials for docker.io, "
        "ghcr.io: declare them here as well"
    )


def test_kubelet_hides_nothing_of_use() -> None:
    """A later file is no matter when it is broken, or has nothing that ours has not."""
    for text in ("{", "{}", config("https://quay.io/v1/")):
        assert shadows_for_kubelet(ROOT, OURS, OtherFiles(after=(kubelet(HOME, text),))) == []


def test_kubelet_looks_at_another_first() -> None:
    """A valid file before ours hides it, even if there is nothing in it; a broken one does not."""
    empty, broken = OtherFiles(before=(kubelet(ROOT, "{}"),)), OtherFiles(before=(kubelet(ROOT, "{"),))

    (warning,) = shadows_for_kubelet(HOME, OURS, empty)

    assert warning.startswith(f"the kubelet never reads {HOME}: it looks at {ROOT} first, and merges nothing; ")
    assert shadows_for_kubelet(HOME, OURS, broken) == []


def test_containers() -> None:
    """What reads auth.json merges, so an earlier file matters for the registries that are in both, and when it is broken."""
    runtime = "/run/containers/0/auth.json"

    def shadows(text: str | None) -> list[str]:
        before = (NodeFile(runtime, "containers_auth", None if text is None else SecretText(text)),)
        return shadows_for_containers("/root/.config/containers/auth.json", OURS, OtherFiles(before=before))

    assert shadows(None) == shadows(config("ghcr.io")) == shadows('{"auths": {"quay.io": {}}}') == []
    assert shadows(config("quay.io", "ghcr.io"))[0].endswith("and has credentials for quay.io: log out there")
    assert shadows("[" * 300 + "]" * 300)[0].endswith("cannot be read (nested deeper than 200 levels); correct it")
    assert shadows("{secret")[0].endswith(
        "cannot be read (not JSON (line 1, column 2)), so every pull fails; correct it"
    )


def test_many_names() -> None:
    """Of many registries five are named; a password in a key is not."""
    hosts = ["u:secret@a.io", *(f"{number}.example.com" for number in range(8))]

    (warning,) = shadows_for_kubelet(ROOT, OURS, OtherFiles(after=(kubelet(HOME, config(*hosts)),)))

    assert "for ...@a.io, 0.example.com, 1.example.com, 2.example.com, 3.example.com and 4 more:" in warning
