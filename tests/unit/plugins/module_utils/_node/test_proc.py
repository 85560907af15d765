"""Processes as /proc shows them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.containerd_hosts import find_hosts_dir
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet.process import running_kubelets
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.proc import (
    Process,
    link_of,
    processes_of,
    text_of,
)
from tests.unit.fake_processes import show_process

SOMEBODY = 65534


def test_what_can_be_read(tmp_path: Path) -> None:
    """Texts, links and variables, whatever bytes are in them."""
    (tmp_path / "environ").write_bytes(b"HOME=/root\0A=b=c\0ODD=\xff\0")
    (tmp_path / "cwd").symlink_to("/srv")

    assert text_of(tmp_path / "environ") == "HOME=/root\0A=b=c\0ODD=\udcff\0"
    assert link_of(tmp_path / "cwd") == "/srv"
    found = Process(1, tmp_path).environment or {}
    assert (found["HOME"], found["A"], found["ODD"]) == ("/root", "b=c", "\udcff")


def test_a_process_that_has_ended(tmp_path: Path) -> None:
    """What is gone is not known, which is not the same as empty."""
    (tmp_path / "environ").mkdir()

    assert (text_of(tmp_path / "gone"), link_of(tmp_path / "gone")) == (None, None)
    assert (Process(1, tmp_path).environment, Process(1, tmp_path).cmdline) == (None, "")
    assert (Process(1, tmp_path).started, Process(1, tmp_path).sockets) == (None, frozenset())


def pids(proc: Path) -> list[int]:
    """The processes that are taken for kubelets."""
    return processes_of({"kubelet"}, lambda process: process.pid, proc)


@pytest.fixture(name="proc")
def _proc(tmp_path: Path) -> Path:
    """What is made like /proc."""
    return tmp_path / "proc"


def rename_program(folder: Path, name: str) -> None:
    """Have a process run a program that is called otherwise."""
    program = (folder / "exe").resolve()
    (folder / "exe").unlink()
    (folder / "exe").symlink_to(program.rename(program.with_name(name)))


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("kubelet", True),
        ("kubelet (deleted)", True),
        ("kubelet-v1.36.3", True),
        ("kubelet-1.36", True),
        ("kubelet.1.36 (deleted)", True),
        ("kubelet-helper", False),
        ("mykubelet", False),
        ("su", False),
        ("su (deleted)", False),
    ],
)
def test_names_of_programs(proc: Path, name: str, is_one: bool) -> None:
    """A program keeps its name in an upgrade, and may have its version behind it."""
    rename_program(show_process(proc, 7, "kubelet"), name)

    assert pids(proc) == ([7] if is_one else [])


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o4755, 0o2755, 0o6755])
def test_modes_of_programs(proc: Path, mode: int) -> None:
    """A program that others may write, or that lends its owner's rights, is anybody's."""
    folder = show_process(proc, 7, "kubelet")
    assert pids(proc) == [7]
    (folder / "exe").chmod(mode)

    assert pids(proc) == []


def test_no_file(proc: Path) -> None:
    """A process without a program, or whose program is no file, counts as little as what is no process."""
    (show_process(proc, 7, "kubelet") / "exe").unlink()
    folder = show_process(proc, 8, "kubelet")
    (folder / "exe").unlink()
    (folder / "exe").symlink_to(proc / "8" / "ns")
    (show_process(proc, 9, "kubelet") / "status").unlink()
    (proc / "10").touch()

    assert pids(proc) == []


@pytest.mark.parametrize("other", range(4))
def test_users(proc: Path, other: int) -> None:
    """Each of the four users of a process counts: a program that lends root's rights is root's by some of them."""
    show_process(proc, 7, "kubelet", users=[0, os.geteuid(), 0, 0])
    show_process(proc, 8, "kubelet", users=[12345 if number == other else 0 for number in range(4)])

    assert pids(proc) == [7]


def test_owner_of_a_program(proc: Path) -> None:
    """A program of another user's is what that user makes of it."""
    folder = show_process(proc, 7, "kubelet")
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    os.chown(folder / "exe", 12345, -1)

    assert pids(proc) == []


def test_a_number_that_is_given_again(proc: Path) -> None:
    """What was read of a process that ended meanwhile, or started another program, is dropped; nothing is read of its successor."""
    folder = show_process(proc, 7, "kubelet", "--root-dir=/data")
    show_process(proc, 8, "kubelet")
    seen = []

    def look(process: Process) -> int:
        if process.pid == 7:
            folder.rename(proc / "ended")
            show_process(proc, 7, "kubelet", "--root-dir=/theirs")
            seen.append(process.cmdline)
            (proc / "ended" / "exe").unlink()
        return process.pid

    assert processes_of({"kubelet"}, look, proc) == [8]
    assert seen == ["kubelet\0--root-dir=/data\0"]


@contextlib.contextmanager
def waiting_for_a_password(name: str, folder: Path) -> t.Iterator[int]:
    """A process of somebody's that root's rights are lent to, under a name of their choice; its number."""
    lender = shutil.which("su")
    if os.geteuid() != 0 or lender is None or not Path(lender).stat().st_mode & 0o4000:
        pytest.skip("it takes root and su")
    (folder / name).symlink_to(lender)
    command = [
        name,
        "--",
        "root",
        f"--root-dir={folder}",
        f"--config={folder}/config.toml",
        f"--address={folder}/their.sock",
    ]
    with subprocess.Popen(
        command,
        executable=folder / name,
        preexec_fn=lambda: os.setresuid(SOMEBODY, SOMEBODY, SOMEBODY),  # noqa: PLW1509  # no other thread runs here
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            prompt = process.stderr.read(1) if process.stderr else b""
            assert prompt == b"P", "it asks for no password"
            yield process.pid
        finally:
            process.kill()


@pytest.fixture(name="theirs")
def _theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that somebody else can look into."""
    folder = tmp_path_factory.mktemp("theirs")
    os.chown(folder, SOMEBODY, -1)
    for above in list(folder.parents)[:3]:  # pytest's own, and one more of a worker's
        above.chmod(above.stat().st_mode | 0o011)
    return folder


def test_a_kubelet_of_somebody_else(theirs: Path) -> None:
    """``exec -a kubelet su``: a process of root's by its owner, in which nothing but the program is root's choice."""
    with waiting_for_a_password("kubelet", theirs) as pid:
        assert Path(f"/proc/{pid}").stat().st_uid == 0
        assert f"--root-dir={theirs}" in Path(f"/proc/{pid}/cmdline").read_text()

        assert [kubelet for kubelet in running_kubelets() if kubelet.pid == pid] == []


def test_a_containerd_of_somebody_else(theirs: Path) -> None:
    """Otherwise credentials would go to the hosts that it names."""
    hosts = theirs / "hosts"
    hosts.mkdir()
    (theirs / "config.toml").write_text(f'config_path = "{hosts}"\n')
    endpoint = theirs / "their.sock"
    endpoint.touch()
    with waiting_for_a_password("containerd", theirs) as pid:
        assert re.search("^containerd$", Path(f"/proc/{pid}/comm").read_text(), re.MULTILINE)

        assert find_hosts_dir(str(endpoint)) != str(hosts)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a namespace of processes")
@pytest.mark.parametrize(
    ("around", "counts"), [([], True), (["unshare", "--pid", "--fork"], False)], ids=["node", "container"]
)
def test_what_runs_in_a_container(tmp_path: Path, around: t.Sequence[str], counts: bool) -> None:
    """Root in a container is not the node's root: its kubelet would choose what root runs, and where passwords go."""
    program = tmp_path / "kubelet"
    shutil.copy2(str(shutil.which("sleep")), program)
    program.chmod(0o755)

    with subprocess.Popen([*around, str(program), "600"], start_new_session=True) as process:
        try:
            ours = wait_for_command(str(program).encode())
            assert (ours in processes_of({"kubelet"}, lambda found: found.pid)) is counts
        finally:
            os.killpg(process.pid, 9)


def wait_for_command(program: bytes) -> int:
    """The number of the process that runs this, once it does."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if command.read_bytes().startswith(program + b"\0"):
                    return int(command.parent.name)
    raise AssertionError("the program did not start")


def test_what_a_process_names(tmp_path: Path) -> None:
    """A pipe keeps nobody waiting, and a device is not read without end."""
    os.mkfifo(tmp_path / "pipe")

    assert (text_of(tmp_path / "pipe"), text_of(Path("/dev/zero"))) == (None, None)
