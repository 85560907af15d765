"""The kubelets of a machine, found in a folder that is made like /proc."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet.process import (
    RunningKubelet,
    running_kubelets,
)
from tests.unit.fake_processes import show_process

if t.TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="proc")
def _proc(tmp_path: Path) -> Path:
    """A /proc of a machine on which this process and a shell run."""
    folder = tmp_path / "proc"
    start(folder, "self", "python")
    start(folder, "1", "sh")
    return folder


def start(
    proc: Path, pid: str, *command: str, home: str | None = None, root: str = "/", mounts: str = "mnt:[1]"
) -> Path:
    """A process, and its folder."""
    folder = show_process(proc, pid, *command)
    (folder / "net").mkdir()
    variables = {"PATH": "/bin", **({} if home is None else {"HOME": home}), "SNAP_COMMON": "/var/snap/common"}
    (folder / "environ").write_bytes("\0".join(f"{name}={value}" for name, value in variables.items()).encode())
    (folder / "cwd").symlink_to("/work")
    (folder / "root").symlink_to(root)
    (folder / "ns" / "mnt").symlink_to(mounts)
    return folder


def test_none(proc: Path) -> None:
    """No process is a kubelet here."""
    assert running_kubelets(proc) == []
    assert running_kubelets(proc / "missing") == []


def test_kubelet(proc: Path, tmp_path: Path) -> None:
    """Folder, working directory and home are those of the process; without HOME there is none."""
    start(proc, "20", "/usr/bin/kubelet", f"--root-dir={tmp_path}", home="/root")
    start(proc, "3", "kubelet")

    assert running_kubelets(proc) == [
        RunningKubelet(3, "/var/lib/kubelet", "/work", ""),
        RunningKubelet(20, str(tmp_path), "/work", "/root"),
    ]


def test_relative_root_dir(proc: Path) -> None:
    """A relative folder is one of the working directory."""
    start(proc, "2", "kubelet", "--root-dir", "data/../kubelet")

    assert running_kubelets(proc)[0].root_dir == "/work/kubelet"


def test_of_somebody_else(proc: Path) -> None:
    """What only root may see of a process is not known, which is not the same as that there is none."""
    folder = start(proc, "2", "kubelet", "--root-dir=/a")
    (folder / "environ").unlink()
    (folder / "cwd").unlink()

    assert running_kubelets(proc) == [RunningKubelet(2, "/a", None, None)]


def test_microk8s(proc: Path, tmp_path: Path) -> None:
    """MicroK8s' options are in a file, with variables of the process in them."""
    options = tmp_path / "args"
    options.write_text("--v=1\n--root-dir=${SNAP_COMMON}/var/lib/kubelet\n")
    folder = start(proc, "2", "/snap/microk8s/1/kubelite", f"--kubelet-args-file={options}")

    assert running_kubelets(proc)[0] == RunningKubelet(2, "/var/snap/common/var/lib/kubelet", "/work", "")
    (folder / "environ").unlink()
    assert not running_kubelets(proc)[0].is_certain
    options.unlink()
    assert running_kubelets(proc)[0] == RunningKubelet(2, "/var/lib/kubelet", "/work", None, is_certain=False)


def test_options_that_are_not_read(proc: Path, tmp_path: Path) -> None:
    """A file of options that is there and refused is named; one that is gone says nothing."""
    options = tmp_path / "args"
    start(proc, "2", "kubelite", f"--kubelet-args-file={options}")
    gone = running_kubelets(proc)[0]
    options.mkdir()
    refused = running_kubelets(proc)[0]

    assert (gone.unread, gone.is_certain, refused.is_certain) == (None, False, False)
    assert str(refused.unread).startswith(f"{options}: is a folder")


def test_k3s(proc: Path) -> None:
    """k3s hides its options, and its kubelet's socket does not; that of another process is nobody's word."""
    folder = start(proc, "2", "/usr/local/bin/k3s server")
    assert running_kubelets(proc) == [RunningKubelet(2, "/var/lib/kubelet", "/work", "", is_certain=False)]

    line = "0000: 00000002 00000000 00010000 0001 01 {} {}/pod-resources/3577137149\n"
    (folder / "net" / "unix").write_text(line.format(1, "/home/somebody") + line.format(23, "/data"))
    (folder / "fd").mkdir()
    (folder / "fd" / "4").symlink_to("socket:[23]")

    assert running_kubelets(proc) == [RunningKubelet(2, "/data", "/work", "")]
    (folder / "fd" / "4").unlink()
    assert not running_kubelets(proc)[0].is_certain


def test_in_a_container(proc: Path, tmp_path: Path) -> None:
    """A kubelet in a container is another machine's, as far as files go; mounts of its own alone make it none."""
    ours, theirs = tmp_path / "ours", tmp_path / "container"
    inside = theirs / str(ours).lstrip("/")
    inside.mkdir(parents=True)
    ours.mkdir()
    start(proc, "2", "kubelet", f"--root-dir={ours}", root=str(theirs), mounts="mnt:[2]")
    start(proc, "3", "kubelet", f"--root-dir={ours}", mounts="mnt:[2]")
    start(proc, "4", "kubelet", "--root-dir=/not/here", root=str(theirs), mounts="mnt:[2]")
    start(proc, "5", "kubelet", "--root-dir=/not/made/yet")

    assert [kubelet.pid for kubelet in running_kubelets(proc)] == [3, 5]


def test_this_machine() -> None:
    """The real /proc can be read, whoever reads it."""
    assert isinstance(running_kubelets(), list)


def test_options(proc: Path, tmp_path: Path) -> None:
    """An option is looked for on the command line, or in the file that stands for it."""
    options = tmp_path / "args"
    options.write_text("--config=${SNAP_COMMON}/kubelet.yaml\n", encoding="utf-8")
    start(proc, "2", "kubelet", "--config", "a.yaml", "--config=b.yaml")
    start(proc, "3", "kubelite", f"--kubelet-args-file={options}", "--config=of-another-part.yaml")

    found = running_kubelets(proc)
    assert [kubelet.option("--config") for kubelet in found] == ["b.yaml", "/var/snap/common/kubelet.yaml"]
    assert found[0].option("--kubeconfig") is None
