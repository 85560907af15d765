"""The cgroup of a node, on machines of both versions: in folders that look like those of the kernel, which has only one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster import cgroups
from tests.cluster.cgroups import make_cgroups, remove_cgroups

CONTROLLERS = "cpuset cpu io memory hugetlb pids"


@pytest.fixture(name="unified")
def _unified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of version 2, on which systemd hands down less than there is."""
    folder = tmp_path / "cgroup"
    folder.mkdir()
    (folder / "cgroup.controllers").write_text(f"{CONTROLLERS}\n", encoding="utf-8")
    (folder / "cgroup.subtree_control").write_text("cpu memory pids\n", encoding="utf-8")
    monkeypatch.setattr(cgroups, "UNIFIED", str(folder))
    mount(tmp_path, monkeypatch, f"cgroup2 {folder} cgroup2 rw,nosuid,nsdelegate 0 0")
    return folder


def mount(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Have these mounts, and one that is none of cgroups."""
    text = "\n".join(["tmpfs /tmp tmpfs rw 0 0", *lines])
    (folder / "mounts").write_text(text, encoding="utf-8")
    monkeypatch.setattr(cgroups, "MOUNTS", folder / "mounts")


def test_version_2_hands_down(unified: Path) -> None:
    """What a kubelet uses, and the machine has and does not hand down, is handed down first; no more, and nothing is taken away."""
    cgroup = unified / "node"
    cgroup.mkdir()
    (cgroup / "cgroup.controllers").write_text(CONTROLLERS, encoding="utf-8")

    assert make_cgroups("node") == []

    assert (unified / "cgroup.subtree_control").read_text(encoding="utf-8") == "+cpuset +hugetlb"


def test_version_2_without_a_controller(unified: Path) -> None:
    """A controller that a kubelet needs and that is not to be had is named, as in a container to which little was handed down."""
    (unified / "node").mkdir()
    (unified / "node" / "cgroup.controllers").write_text("memory pids", encoding="utf-8")

    assert make_cgroups("node") == ["cpu", "cpuset"]


def test_version_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one cgroup in each hierarchy, also in that of version 2 beside them, and nothing is handed down there."""
    folders = {name: tmp_path / name for name in ("cpu,cpuacct", "cpuset", "memory", "pids", "unified")}
    for folder in folders.values():
        folder.mkdir()
    lines = [f"cgroup {folder} cgroup rw,{name} 0 0" for name, folder in folders.items() if name != "unified"]
    mount(tmp_path, monkeypatch, *lines, f"cgroup2 {folders['unified']} cgroup2 rw 0 0")

    assert make_cgroups("node") == []
    assert [folder.name for folder in folders.values() if not (folder / "node").is_dir()] == []

    remove_cgroups("node")
    assert [folder.name for folder in folders.values() if (folder / "node").is_dir()] == []


def test_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no cgroups are mounted, all is missing."""
    mount(tmp_path, monkeypatch)

    assert make_cgroups("node") == ["cpu", "cpuset", "memory"]
