"""A file of a node survives whatever happens while it is written, and whoever runs the task learns what happened."""

from __future__ import annotations

import base64
import contextlib
import ctypes
import json
import os
import pwd
import select
import subprocess
import sys
import tempfile
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.module_runs import PROJECT, ModuleRun, Modules

KILLED_RUNS: t.Final = 200
AT_ONCE: t.Final = 2
SOMEBODY: t.Final = 65534
PASSWORD: t.Final = "made-up-Zq9Kt4"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others, and mount")


def write(modules: Modules, file: Path, host: str = "quay.io", **more: t.Any) -> ModuleRun:
    """Put a credential into a docker config."""
    uid = more.pop("uid", None)
    args = {"path": str(file), "registries": [{"registry": host, "username": "robot", "password": PASSWORD}], **more}
    return modules.run_module("docker_config", args, uid=uid)


def document(*hosts: str, **more: t.Any) -> dict[str, t.Any]:
    """A docker config with a credential for each."""
    auth = base64.b64encode(f"somebody:{PASSWORD}".encode()).decode()
    return {"auths": {host: {"auth": auth} for host in hosts}, **more}


def alone(file: Path) -> bool:
    """Whether nothing was left beside a file."""
    return [path.name for path in file.parent.iterdir()] == [file.name]


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """Of 200 runs that are killed, none leaves half a file, none, one that others can read, or a stray after the next run."""

    def kill(number: int) -> dict[str, t.Any]:
        folder = tmp_path / str(number)
        folder.mkdir()
        seed = str(time.time_ns())
        command = [sys.executable, "-m", "tests.e2e.killed_writers", str(folder), str(KILLED_RUNS // AT_ONCE), seed]
        done = subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True, timeout=600)
        return {"seed": seed, **json.loads(done.stdout)}

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(kill, range(AT_ONCE)))

    assert [problem for each in found for problem in each["problems"]] == [], found
    killed, strays, written = (sum(each[what] for each in found) for what in ("killed", "strays", "written"))
    assert killed > KILLED_RUNS // 4, found
    assert strays, "no kill came while a file was written, so nothing was tested"
    assert written, "no kill came after the file was there, so nothing was tested"


def test_two_at_once(node_modules: Modules, tmp_path: Path) -> None:
    """Of tasks that write one file at once, each finds what the others wrote."""
    file = tmp_path / "config.json"
    hosts = [f"registry-{number}.example.com" for number in range(8)]

    with ThreadPoolExecutor(len(hosts)) as pool:
        runs = list(pool.map(lambda host: write(node_modules, file, host), hosts))

    assert [run.message for run in runs if not run.changed] == []
    assert set(json.loads(file.read_text())["auths"]) == set(hosts)
    assert alone(file)


HOLDING: t.Final = """
import fcntl, os, sys
fcntl.flock(os.open(sys.argv[1], os.O_RDWR if os.path.isfile(sys.argv[1]) else os.O_RDONLY), fcntl.LOCK_EX)
print(flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def holder_of(path: Path) -> t.Iterator[None]:
    """Another process that holds a lock, until the end of the ``with``."""
    command = [sys.executable, "-c", HOLDING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        try:
            yield
        finally:
            holder.communicate()


IN_OPEN: t.Final = 0x20
INOTIFY_EVENT_BYTES: t.Final = 16
HANGING_SECONDS: t.Final = 120


@contextlib.contextmanager
def seen_openings(file: Path) -> t.Iterator[t.Callable[[int], None]]:
    """Waits until a file was opened so many times since the ``with`` began."""
    libc = ctypes.CDLL(None)
    watching = libc.inotify_init()
    libc.inotify_add_watch(watching, os.fsencode(file), IN_OPEN)

    def wait_for(count: int) -> None:
        for _number in range(count):
            assert select.select([watching], [], [], HANGING_SECONDS)[0], f"{file}: nobody opened it"
            os.read(watching, INOTIFY_EVENT_BYTES)

    try:
        yield wait_for
    finally:
        os.close(watching)


@needs_root
def test_lock_that_nobody_lets_go(node_modules: Modules, tmp_path: Path) -> None:
    """A task waits for the one that has the lock; who can open the folder, and is not root, can hold nobody up."""
    file, place = tmp_path / "config.json", Path("/run/regcred")
    found = tmp_path.stat()
    lock = place / f"{found.st_dev:x}-{found.st_ino:x}"
    place.mkdir(mode=0o700, exist_ok=True)
    lock.touch()

    with ThreadPoolExecutor() as pool:
        with holder_of(lock):
            with seen_openings(lock) as wait_for_openings:
                waiting = pool.submit(write, node_modules, file)
                wait_for_openings(2)  # the second follows on a first that was in vain
            assert not waiting.done()
        assert waiting.result(timeout=120).changed
    with holder_of(tmp_path):
        run = write(node_modules, file, "ghcr.io")

    assert (run.changed, run.warnings, lock.exists()) == (True, [], False)


@pytest.fixture
def small_disk(tmp_path: Path) -> t.Iterator[Path]:
    """A file system of 64 kB; skipped where nobody may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", str(folder)],
        check=False, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@needs_root
@pytest.mark.parametrize("backup", [False, True], ids=["plain", "with a backup"])
def test_disk_full(node_modules: Modules, small_disk: Path, backup: bool) -> None:
    """On a full disk the old file stays as it is, nothing is left beside it, and the message says so."""
    file = small_disk / "config.json"
    file.write_text(json.dumps(document("ghcr.io", filling="x" * 36_000)))
    before = file.read_bytes()

    run = write(node_modules, file, backup=backup)

    message = f": there is no space left on the disk of {small_disk}; free some, the file is as it was"
    assert run.message.endswith(message)
    assert run.message.startswith(f"{file}." if backup else f"{file}:")
    assert file.read_bytes() == before
    assert alone(file)


@needs_root
def test_read_only_disk(node_modules: Modules, small_disk: Path) -> None:
    """On a file system that is read-only the message says so, also when only the mode is to be changed."""
    file = small_disk / "config.json"
    file.write_text(json.dumps(document("ghcr.io")))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    runs = [
        write(node_modules, file),
        write(node_modules, small_disk / "new.json"),
        write(node_modules, small_disk / "folder" / "config.json"),
    ]

    assert [run.message for run in runs] == [
        f"{path}: the file system of {path.parent} is read-only; mount it writable, or name another path"
        for path in (file, small_disk / "new.json", small_disk / "folder")
    ]
    assert alone(file)


def test_large_file(node_modules: Modules, tmp_path: Path) -> None:
    """Of a file of 5 MB all is kept."""
    file = tmp_path / "config.json"
    hosts = [f"registry-{number}.example.com" for number in range(20_000)]
    file.write_text(json.dumps(document(*hosts, filling="x" * 4_000_000)))
    assert file.stat().st_size > 5_000_000

    run = write(node_modules, file)

    assert run.changed, run.message
    after = json.loads(file.read_text())
    assert list(after["auths"]) == [*hosts, "quay.io"]
    assert len(after["filling"]) == 4_000_000


@pytest.fixture(name="open_folder")
def _open_folder() -> t.Iterator[Path]:
    """A folder for everybody; pytest closes the one above its own to others whenever a run begins."""
    with tempfile.TemporaryDirectory(prefix="regcred-open-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


@needs_root
def test_file_of_somebody_else(node_modules: Modules, open_folder: Path) -> None:
    """Root leaves a file to whom it belongs; who is not root learns that it cannot be done, before anything is written."""
    file, foreign = open_folder / "theirs.json", open_folder / "roots.json"
    for each in (file, foreign):
        each.write_text(json.dumps(document("ghcr.io")))
    os.chown(file, SOMEBODY, SOMEBODY)
    foreign.chmod(0o644)
    before = foreign.read_bytes()

    by_root = write(node_modules, file)
    by_somebody = write(node_modules, foreign, uid=SOMEBODY)

    assert by_root.changed, by_root.message
    assert (file.stat().st_uid, file.stat().st_gid, file.stat().st_mode & 0o777) == (SOMEBODY, SOMEBODY, 0o600)
    assert by_somebody.message == (
        f"{foreign}: permission denied for user {pwd.getpwuid(SOMEBODY).pw_name} in {open_folder}; run the task as root or as "
        "the owner (become); a file can be immutable, too (lsattr)"
    )
    assert foreign.read_bytes() == before
    assert sorted(path.name for path in open_folder.iterdir()) == ["roots.json", "theirs.json"]


BROKEN: t.Final = {
    "cut off": ('{\n  "auths": {\n    "ghcr.io": {"auth": "', "not JSON (line 3, column 25)"),
    "no colon": ('{\r\n"auths" {}}', "not JSON (line 2, column 9)"),
    "empty": ("", "not JSON (line 1, column 1)"),
    "of another shape": ('{"auths": []}', "auths: must be a JSON object"),
    "no base64": ('{"auths": {"ghcr.io": {"auth": "!"}}}', "auths['ghcr.io'].auth: is not base64"),
    "not UTF-8": ('{\n"auths": {"\udcff"', "not UTF-8 (line 2, byte 12)"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file(node_modules: Modules, tmp_path: Path, name: str) -> None:
    """A file that its reader cannot read is an error that says where, and stays as it is."""
    file = tmp_path / "config.json"
    text, problem = BROKEN[name]
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    before = file.stat()

    run = write(node_modules, file)

    assert run.message == f"{file}: {problem}; correct it, or move it away; it was not changed"
    assert (file.stat().st_mtime_ns, file.stat().st_ino, file.stat().st_mode) == (
        before.st_mtime_ns, before.st_ino, before.st_mode,
    )  # fmt: skip
    assert alone(file)
