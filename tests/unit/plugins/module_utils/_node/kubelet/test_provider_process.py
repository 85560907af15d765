"""What a running kubelet's flags say of credential providers."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet.provider_process import (
    RANCHER_BIN_DIR,
    RANCHER_CONFIG,
    ProviderKubelet,
    provider_kubelets,
    release_of,
    started_before,
)
from tests.unit.fake_processes import show_process

CONFIG, BIN_DIR = "--image-credential-provider-config", "--image-credential-provider-bin-dir"


@pytest.fixture(name="proc")
def _proc(tmp_path: Path) -> Path:
    """What is made like /proc."""
    return tmp_path / "proc"


def show(proc: Path, *arguments: str, pid: int = 42, cgroup: str = "", directory: Path | None = None) -> Path:
    """A process as /proc has it."""
    folder = show_process(proc, pid, *arguments)
    (folder / "root").symlink_to("/")
    (folder / "cwd").symlink_to(directory or "/")
    (folder / "cgroup").write_text(cgroup)
    (folder / "environ").write_text("SNAP_DATA=/snap/data\0")
    (folder / "stat").write_text(f"{pid} (a ) b) S " + " ".join(map(str, range(4, 60))))
    return folder


def only(proc: Path) -> ProviderKubelet:
    """The one that is found."""
    (kubelet,) = provider_kubelets(proc)
    return kubelet


def test_flags(tmp_path: Path, proc: Path) -> None:
    """Both flags in both spellings; a relative path is meant from the kubelet's folder; the last one counts."""
    show(proc, "/usr/bin/kubelet", f"{CONFIG}=/old", f"{CONFIG}=c.yaml", BIN_DIR, "/opt/bin/", directory=tmp_path)
    kubelet = only(proc)
    assert (kubelet.pid, kubelet.config, kubelet.bin_dir) == (42, f"{tmp_path}/c.yaml", "/opt/bin")
    assert kubelet.service == "kubelet"


def test_without_flags(proc: Path) -> None:
    """A kubelet that was given nothing has no provider."""
    show(proc, "kubelet")
    assert (only(proc).config, only(proc).bin_dir) == ("", "")


@pytest.mark.parametrize(
    ("arguments", "cgroup", "service", "config", "bin_dir"),
    [
        (["/usr/local/bin/k3s", "server"], "0::/system.slice/k3s.service\n", "k3s", RANCHER_CONFIG, RANCHER_BIN_DIR),
        (["k3s", "agent", f"{CONFIG}=/c"], "", "k3s", "/c", RANCHER_BIN_DIR),
        (
            ["k3s", "agent", f"--kubelet-arg={CONFIG[2:]}=/c"],
            "0::/k3s-agent.service",
            "k3s-agent",
            "/c",
            RANCHER_BIN_DIR,
        ),
        (
            ["kubelet", "--v=0"],
            "1:name=systemd:/system.slice/rke2-agent.service\n",
            "rke2-agent",
            RANCHER_CONFIG,
            RANCHER_BIN_DIR,
        ),
        (["/usr/bin/kubelet"], "0::/system.slice/kubelet.service/child", "kubelet", "", ""),
    ],
)
def test_distributions(proc: Path, arguments: list[str], cgroup: str, service: str, config: str, bin_dir: str) -> None:
    """The service is that of the cgroup; k3s and RKE2 have places that they look at without any flag."""
    show(proc, *arguments, cgroup=cgroup)
    kubelet = only(proc)
    assert (kubelet.service, kubelet.config, kubelet.bin_dir) == (service, config, bin_dir)


def test_microk8s(tmp_path: Path, proc: Path) -> None:
    """MicroK8s has the options in a file, with variables in them."""
    options = tmp_path / "kubelet-args"
    options.write_text(f"# comment\n{CONFIG}=${{SNAP_DATA}}/c.yaml\n{BIN_DIR}=/b\n")
    show(proc, "/snap/kubelite", f"--kubelet-args-file={options}", cgroup="0::/snap.microk8s.daemon-kubelite.service")
    kubelet = only(proc)
    assert (kubelet.config, kubelet.bin_dir) == ("/snap/data/c.yaml", "/b")
    assert kubelet.service == "snap.microk8s.daemon-kubelite"


def test_start_of_a_real_process(tmp_path: Path) -> None:
    """A file that was written before a process started is older than it, and one that is written after it newer."""
    before = tmp_path / "before"
    before.touch()
    time.sleep(0.05)
    program = tmp_path / "kubelet"
    shutil.copy(shutil.which("cat") or "", program)
    with subprocess.Popen([str(program)], stdin=subprocess.PIPE) as process:
        time.sleep(0.05)
        after = tmp_path / "after"
        after.touch()
        (kubelet,) = [found for found in provider_kubelets() if found.pid == process.pid]
        process.communicate(b"\n")
    assert kubelet.started is not None
    assert not started_before(kubelet.started, [before, tmp_path / "missing"])
    assert started_before(kubelet.started, [before, after])
    assert not started_before(kubelet.started, [])


def test_release(proc: Path) -> None:
    """The program is asked, and one that does not answer says nothing; one that lends root's rights is not started."""
    folder = show(proc, "kubelet")
    assert release_of(only(proc), proc) is None
    (folder / "exe").write_text("#!/bin/sh\necho Kubernetes v1.35.2\n")
    kubelet = only(proc)
    assert release_of(kubelet, proc) == (1, 35)
    (folder / "exe").chmod(0o4755)
    assert release_of(kubelet, proc) is None
