"""A CredentialProviderConfig in its file, among its neighbours, with its programs."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput, RegcredError
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubelet.provider_config import (
    Declaration,
    Provider,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import Fingerprinter, SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._node import yaml_text
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.write_provider_config import (
    ComposedProviders,
    ProviderTask,
    compose_providers,
    files_read,
    own_file,
)

SECRET = "made-up-Secret"
OURS = Provider("ours", ("registry.example.com",), "5m", env=(("PASSWORD", SecretText(SECRET)),))


class World:
    """A folder with programs and files, and what was registered as a secret."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "etc"
        self.bin_dir = folder / "bin"
        self.folder.mkdir()
        self.bin_dir.mkdir(mode=0o755)
        self.registered: list[str] = []
        for name in ("ours", "theirs"):
            self.install(name)

    def install(self, name: str) -> None:
        """Put a program there."""
        (self.bin_dir / name).touch()
        (self.bin_dir / name).chmod(0o755)

    def task(
        self, path: str = "c.json", *, reads_folder: bool = False, check_mode: bool = False, **declared: t.Any
    ) -> ProviderTask:
        """One for this file."""
        declaration = Declaration(**{"present": (OURS,), **declared})
        folder = self.folder if reads_folder else None
        return ProviderTask(declaration, self.folder / path, folder, self.bin_dir, (1, 36), check_mode)

    def compose(self, existing: bytes | None, path: str = "c.json", **how: t.Any) -> ComposedProviders:
        """What is to be in this file."""
        return compose_providers(existing, self.task(path, **how), Fingerprinter(b"key"), self.registered.append)


@pytest.fixture(name="world")
def _world(tmp_path: Path) -> World:
    return World(tmp_path)


def theirs(name: str = "theirs", **others: t.Any) -> bytes:
    """Somebody's file."""
    provider = {
        "name": name,
        "matchImages": ["quay.io"],
        "defaultCacheDuration": "1h",
        "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
        **others,
    }
    return json.dumps(
        {"apiVersion": "kubelet.config.k8s.io/v1", "kind": "CredentialProviderConfig", "providers": [provider]},
        indent=4,
    ).encode()


def test_new_file_and_again(world: World) -> None:
    """A new file is JSON by its name; the same once more is nothing to write."""
    first = world.compose(None)
    assert first.content is not None
    assert json.loads(first.content)["providers"][0]["env"] == [{"name": "PASSWORD", "value": SECRET}]
    assert first.is_changed
    again = world.compose(first.content)
    assert again.content == first.content
    assert not again.is_changed
    assert again.names == ("ours",)


def test_merge_keeps_the_layout(world: World) -> None:
    """Others' providers stay as they are written, and what is reported has no secret in it."""
    composed = world.compose(theirs(env=[{"name": "A", "value": "their-Secret"}]))
    assert composed.content is not None
    assert composed.content.startswith(b'{\n    "apiVersion"')
    assert composed.reasons == ("ours: added",)
    assert world.registered == ["their-Secret"]
    for shown in (composed.before, composed.after, composed.reasons):
        assert SECRET not in str(shown)
        assert "their-Secret" not in str(shown)


def test_yaml_by_name_and_comments(world: World) -> None:
    """A new file with another name is YAML, and comments that are lost are reported."""
    pytest.importorskip("yaml")
    content = world.compose(None, "c.yaml").content
    assert content is not None
    assert content.startswith(b"apiVersion: kubelet.config.k8s.io/v1\n")
    same = world.compose(content + b"# why\n", "c.yaml", absent=("theirs",), present=(OURS,))
    assert same.warnings == ()
    changing = world.compose(content + b"# why\n", "c.yaml", present=(Provider("theirs", ("quay.io",), "5m"),))
    assert [warning.endswith("because a YAML file is written anew") for warning in changing.warnings] == [True]


def test_without_pyyaml(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file is JSON then, which kubelets read under any name."""
    monkeypatch.setattr(yaml_text, "yaml", None)
    content = world.compose(None, "c.yaml").content
    assert content is not None
    assert content.startswith(b"{")


def test_program_must_be_there(world: World) -> None:
    """A kubelet needs the programs of all providers; in check mode one may come later."""
    with pytest.raises(InvalidInput, match=r"bin/gone: cannot be used \(No such file or directory\)"):
        world.compose(theirs("gone"))
    composed = world.compose(theirs("gone"), check_mode=True)
    assert [warning.endswith("a run needs it to be there by then") for warning in composed.warnings] == [True]


def test_removed_from_a_missing_file(world: World) -> None:
    """There is nothing to take out of a file that is not there, and no reason to make it."""
    composed = world.compose(None, present=(), absent=("ours",))
    assert composed.content is None
    assert not composed.is_changed


def test_folder(world: World) -> None:
    """Neighbours count: their names, their mistakes, their order; files with other endings do not."""
    (world.folder / "a.json").write_bytes(theirs(env=[{"name": "A", "value": "their-Secret"}]))
    (world.folder / "notes.txt").write_text("no configuration")
    (world.folder / "sub.json").mkdir()
    assert world.compose(None, "b.json", reads_folder=True).names == ("theirs", "ours")
    assert world.registered == ["their-Secret"]
    assert files_read(world.task("b.json", reads_folder=True)) == [world.folder, world.folder / "a.json"]
    assert world.compose(None, "A.json", reads_folder=True).names == ("ours", "theirs")

    (world.folder / "0.json").write_bytes(theirs("ours"))
    with pytest.raises(InvalidInput, match=r"0\.json and .*b\.json: the provider 'ours' is there 2 times"):
        world.compose(None, "b.json", reads_folder=True)
    (world.folder / "0.json").write_text("{")
    with pytest.raises(RegcredError, match=r"0\.json: not JSON"):
        world.compose(None, "b.json", reads_folder=True)


def test_last_one_of_a_file_in_a_folder(world: World) -> None:
    """Our file may become empty as long as a neighbour has a provider."""
    (world.folder / "a.json").write_bytes(theirs())
    composed = world.compose(theirs("ours"), "b.json", reads_folder=True, present=(), absent=("ours",))
    assert composed.content is not None
    assert json.loads(composed.content)["providers"] == []


def test_own_file(tmp_path: Path) -> None:
    """In a folder ours has a name of its own, which the kubelet must read; before 1.34 it reads no folder."""
    assert own_file(str(tmp_path / "c.yaml"), "regcred.yaml", (1, 33)) == (tmp_path / "c.yaml", None)
    assert own_file(str(tmp_path), "regcred.yaml", (1, 34)) == (tmp_path / "regcred.yaml", tmp_path)
    with pytest.raises(InvalidInput, match=r"which kubelets read from Kubernetes 1\.34 on, and this one is 1\.33"):
        own_file(str(tmp_path), "regcred.yaml", (1, 33))
    for name in ("regcred.conf", "../regcred.yaml"):
        with pytest.raises(InvalidInput, match="is no name that a kubelet reads in a folder"):
            own_file(str(tmp_path), name, (1, 36))
