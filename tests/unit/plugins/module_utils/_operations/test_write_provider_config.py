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
    ProviderComposer,
    ProviderTask,
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

    def composer(
        self, path: str = "c.json", *, reads_folder: bool = False, check_mode: bool = False, **declared: t.Any
    ) -> ProviderComposer:
        """One for this file."""
        declaration = Declaration(**{"present": (OURS,), **declared})
        task = ProviderTask(
            declaration,
            self.folder / path,
            self.folder if reads_folder else None,
            self.bin_dir,
            (1, 36),
            check_mode,
        )
        return ProviderComposer(task, Fingerprinter(b"key"), self.registered.append)


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
    composer = world.composer()
    first = composer(None)
    assert first.content is not None
    assert json.loads(first.content)["providers"][0]["env"] == [{"name": "PASSWORD", "value": SECRET}]
    assert composer.is_changed
    again = world.composer()
    assert again(first.content).content == first.content
    assert not again.is_changed
    assert again.names == ["ours"]


def test_merge_keeps_the_layout(world: World) -> None:
    """Others' providers stay as they are written, and what is told has no secret in it."""
    composed = world.composer()(theirs(env=[{"name": "A", "value": "their-Secret"}]))
    assert composed.content is not None
    assert composed.content.startswith(b'{\n    "apiVersion"')
    assert composed.reasons == ("ours: added",)
    assert world.registered == ["their-Secret"]
    for told in (composed.before, composed.after, composed.reasons):
        assert SECRET not in str(told)
        assert "their-Secret" not in str(told)


def test_yaml_by_name_and_comments(world: World) -> None:
    """A new file with another name is YAML, and comments that are lost are told."""
    pytest.importorskip("yaml")
    content = world.composer("c.yaml")(None).content
    assert content is not None
    assert content.startswith(b"apiVersion: kubelet.config.k8s.io/v1\n")
    composer = world.composer("c.yaml", absent=("theirs",), present=(OURS,))
    composer(content + b"# why\n")
    assert composer.warnings == []
    changing = world.composer("c.yaml", present=(Provider("theirs", ("quay.io",), "5m"),))
    changing(content + b"# why\n")
    assert [warning.endswith("because a YAML file is written anew") for warning in changing.warnings] == [True]


def test_without_pyyaml(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file is JSON then, which kubelets read under any name."""
    monkeypatch.setattr(yaml_text, "yaml", None)
    content = world.composer("c.yaml")(None).content
    assert content is not None
    assert content.startswith(b"{")


def test_program_must_be_there(world: World) -> None:
    """A kubelet needs the programs of all providers; in check mode one may come later."""
    with pytest.raises(InvalidInput, match=r"bin/gone: cannot be used \(No such file or directory\)"):
        world.composer()(theirs("gone"))
    composer = world.composer(check_mode=True)
    composer(theirs("gone"))
    assert [warning.endswith("a run needs it to be there by then") for warning in composer.warnings] == [True]


def test_removed_from_a_missing_file(world: World) -> None:
    """There is nothing to take out of a file that is not there, and no reason to make it."""
    composer = world.composer(present=(), absent=("ours",))
    assert composer(None).content is None
    assert not composer.is_changed


def test_folder(world: World) -> None:
    """Neighbours count: their names, their mistakes, their order; files with other endings do not."""
    (world.folder / "a.json").write_bytes(theirs(env=[{"name": "A", "value": "their-Secret"}]))
    (world.folder / "notes.txt").write_text("no configuration")
    (world.folder / "sub.json").mkdir()
    composer = world.composer("b.json", reads_folder=True)
    composer(None)
    assert composer.names == ["theirs", "ours"]
    assert world.registered == ["their-Secret"]
    assert composer.files() == [world.folder, world.folder / "a.json"]
    first = world.composer("A.json", reads_folder=True)
    first(None)
    assert first.names == ["ours", "theirs"]

    (world.folder / "0.json").write_bytes(theirs("ours"))
    with pytest.raises(InvalidInput, match=r"0\.json and .*b\.json: the provider 'ours' is there 2 times"):
        world.composer("b.json", reads_folder=True)(None)
    (world.folder / "0.json").write_text("{")
    with pytest.raises(RegcredError, match=r"0\.json: not JSON"):
        world.composer("b.json", reads_folder=True)(None)


def test_last_one_of_a_file_in_a_folder(world: World) -> None:
    """Our file may become empty as long as a neighbour has a provider."""
    (world.folder / "a.json").write_bytes(theirs())
    composed = world.composer("b.json", reads_folder=True, present=(), absent=("ours",))(theirs("ours"))
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
