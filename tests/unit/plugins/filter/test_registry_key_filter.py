"""The filter registry_key."""

from __future__ import annotations

import re
import typing as t

import ansible.template
import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.regcred.kubernetes.plugins.filter.registry_key import FilterModule, registry_key
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reader_keys import Reader
from tests.environment.layout import PROJECT

READERS: t.Final[t.Sequence[str]] = t.get_args(Reader)

# Since ansible-core 2.19, the texts in a playbook are subclasses of str.
tagged = getattr(ansible.template, "trust_as_template", str)


@pytest.mark.parametrize(
    ("registry", "options", "expected"),
    [
        ("docker.io", {}, "https://index.docker.io/v1/"),
        ("docker.io", {"reader": "containers_auth"}, "docker.io"),
        (tagged("docker.io"), {"reader": tagged("k3s_configs")}, "registry-1.docker.io"),
        (tagged("quay.io"), {}, "quay.io"),
        (tagged("*"), {"reader": "k3s_mirrors"}, "*"),
    ],
)
def test_key(registry: str, options: dict[str, str], expected: str) -> None:
    """The key is the reader's, and a plain text."""
    found = registry_key(registry, **options)

    assert expected == found
    assert {str} == {type(found)}


@pytest.mark.parametrize(
    ("registry", "options", "message"),
    [
        (
            "quay.io/team",
            {"reader": "containerd_certs_d"},
            (
                "registry: 'quay.io/team' has a path, which has no place in containerd's certs.d;"
                " write 'quay.io' for the whole registry"
            ),
        ),
        (
            "robot:hunter2@quay.io",
            {},
            (
                "registry: '...@quay.io' holds a user, which only kubelets pass over;"
                " give the registry alone, and the user as username"
            ),
        ),
        (
            "quay.io",
            {"reader": "podman"},
            f"reader: is 'podman'; use one of {', '.join(READERS)}",
        ),
        ({"registry": "quay.io"}, {}, "registry: is no text but dict; give a text"),
        ("quay.io", {"reader": None}, "reader: is no text but NoneType; give a text"),
    ],
)
def test_refused(registry: t.Any, options: dict[str, t.Any], message: str) -> None:
    """What cannot be written fails with what to write instead."""
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(f'registry_key: {message}')}$"):
        registry_key(registry, **options)


def test_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is probably not meant is written and warned of."""
    warned: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _display, text: warned.append(text))

    assert registry_key("registry-1.docker.io", reader="containerd_certs_d") == "registry-1.docker.io"
    assert warned == [
        (
            "registry_key: registry: 'registry-1.docker.io' is not the host of any image on Docker Hub;"
            " write 'docker.io' for Docker Hub"
        )
    ]


def test_name() -> None:
    """Ansible finds it by its name."""
    assert FilterModule().filters() == {"registry_key": registry_key}


def test_documented_readers() -> None:
    """The documentation has each reader, in the order of the code, and says for which file it is."""
    document = yaml.safe_load((PROJECT / "plugins/filter/registry_key.yml").read_text(encoding="utf-8"))
    option = document["DOCUMENTATION"]["options"]["reader"]

    assert option["choices"] == list(READERS), "choices in plugins/filter/registry_key.yml: write them as in Reader"
    described = re.findall(r"^V\((\w+)\) is ", "\n".join(option["description"]), flags=re.MULTILINE)
    assert described == list(READERS), "description in plugins/filter/registry_key.yml: say for which file each is"
