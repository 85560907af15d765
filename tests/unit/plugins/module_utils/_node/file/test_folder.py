"""The folder of a node's file."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file import folder as node_folder
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file import private_folder
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.file import Rights
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.folder import Lock
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.path import way_to_file, way_to_folder
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.problems import NodeFileError, user_name

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders to others")
SOMEBODY = 1234


@pytest.fixture(name="lock_folder", autouse=True)
def _lock_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for locks of this test alone."""
    folder = tmp_path_factory.mktemp("locks") / "regcred"
    for module in (node_folder, private_folder):
        monkeypatch.setattr(module, "own_places", lambda: (folder,))
    return folder


@contextlib.contextmanager
def locked_folder(path: Path, **how: float) -> t.Iterator[Lock]:
    """A folder, locked."""
    with way_to_folder(path) as way, node_folder.locked_folder(way.folder, **how) as lock:
        yield lock


def check_folders(path: Path, most: int) -> None:
    """The folders of a file in it, checked."""
    with way_to_file(path / "f") as way:
        node_folder.check_folders(way, most)


def make_folders(path: Path, rights: Rights) -> None:
    """The folders of a file in it, made."""
    with way_to_file(path / "f") as way:
        node_folder.make_folders(way, rights)
        assert (way.missing, way.folder.path, way.path) == ([], path, path / "f")


def test_lock(tmp_path: Path) -> None:
    """A locked folder is nobody else's; the wait has an end, a message, and leaves no file."""
    with locked_folder(tmp_path) as lock:
        assert lock.warnings == ()
        with pytest.raises(NodeFileError) as caught, locked_folder(tmp_path, seconds=0.05):
            pytest.fail("locked twice")

    assert str(caught.value) == (
        f"{tmp_path}: another task has been writing here for more than 0.05 seconds; run one at a time; /proc/locks says which "
        "process it is"
    )
    assert list(tmp_path.iterdir()) == []
    with locked_folder(tmp_path, seconds=0):
        pass


def test_lock_ends_with_a_failure(tmp_path: Path) -> None:
    """Whatever happens, the lock goes."""
    with pytest.raises(ZeroDivisionError), locked_folder(tmp_path):
        raise ZeroDivisionError
    with locked_folder(tmp_path, seconds=0):
        pass


def test_lock_of_somebody_else(lock_folder: Path, tmp_path: Path) -> None:
    """Who can open a folder can lock it; where root alone writes that is no matter, and elsewhere nobody is waited for long."""
    tmp_path.chmod(0o755)
    with way_to_folder(tmp_path) as way, way.folder.listed() as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.geteuid() == 0:
            with locked_folder(tmp_path) as lock:
                assert lock.warnings == ()
        tmp_path.chmod(0o777)
        with locked_folder(tmp_path, courtesy=0.01) as lock:
            (warning,) = lock.warnings

    assert warning == (
        f"{tmp_path}: was locked by somebody for 0.01 seconds, who was not waited for any longer; see that no other task writes "
        "there at once, and /proc/locks for which process it is"
    )
    assert (lock_folder.stat().st_mode & 0o777, list(lock_folder.iterdir())) == (0o700, [])


def test_lock_that_a_killed_run_left(lock_folder: Path, tmp_path: Path) -> None:
    """A lock is held by a process, not by a file that is there: what a killed run left is taken over, and goes."""
    with locked_folder(tmp_path):
        (left,) = [path.name for path in lock_folder.iterdir()]
    (lock_folder / left).touch()

    with locked_folder(tmp_path, seconds=0):
        pass

    assert list(lock_folder.iterdir()) == []


def test_several_folders(tmp_path: Path) -> None:
    """Folders are locked one by one, and a folder is the same under each of its names."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to("a")
    with locked_folder(tmp_path), locked_folder(tmp_path / "a"), pytest.raises(NodeFileError), locked_folder(
        tmp_path / "b", seconds=0
    ):
        pytest.fail("locked twice")


@needs_root
@pytest.mark.parametrize("kind", ["theirs", "open to all", "a link", "a file"])
def test_no_place_for_a_lock(lock_folder: Path, tmp_path: Path, kind: str) -> None:
    """A place that somebody else has taken is not used: then the folder's own lock is all there is, with a warning."""
    if kind == "a link":
        lock_folder.symlink_to(tmp_path)
        os.chown(lock_folder, SOMEBODY, -1, follow_symlinks=False)
    elif kind == "a file":
        lock_folder.touch()
    else:
        lock_folder.mkdir()
        os.chown(lock_folder, SOMEBODY if kind == "theirs" else 0, -1)
        lock_folder.chmod(0o777 if kind == "open to all" else 0o700)

    with locked_folder(tmp_path) as lock:
        assert lock.warnings == (
            f"{tmp_path}: no lock can be kept in {lock_folder}; see that no two tasks write there at once",
        )
        with locked_folder(tmp_path, courtesy=0) as other:
            assert len(other.warnings) == 2

    assert list(tmp_path.iterdir()) == []


def test_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the folder itself cannot be locked, the work is done all the same, and the user is warned."""
    tmp_path.chmod(0o777)
    locks = fcntl.flock

    def refuse(descriptor: int, how: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.ENOLCK, "No locks available")
        locks(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", refuse)

    with locked_folder(tmp_path) as lock:
        (warning,) = lock.warnings

    assert warning == f"{tmp_path}: its file system has no locks; see that no two tasks write there at once"


def test_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder itself is synced; a file system that cannot is no error, a broken disk is."""
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    with locked_folder(tmp_path) as lock:
        lock.sync()
        for number in (errno.EINVAL, errno.EIO):

            def fail(_descriptor: int, number: int = number) -> t.NoReturn:
                raise OSError(number, os.strerror(number))

            monkeypatch.setattr(os, "fsync", fail)
            if number == errno.EIO:
                with pytest.raises(NodeFileError, match="Input/output error"):
                    lock.sync()
            else:
                lock.sync()

    assert synced == [str(tmp_path)]


def test_missing_folders(tmp_path: Path) -> None:
    """So many may be made as are allowed; of more, the first that is missing is named."""
    check_folders(tmp_path, 0)
    check_folders(tmp_path / "a", 1)
    with pytest.raises(
        NodeFileError, match="/a: the folder does not exist; correct the path, or make the folder first"
    ):
        check_folders(tmp_path / "a", 0)
    with pytest.raises(
        NodeFileError, match=f"/a/b: the folder does not exist, nor does {tmp_path}/a; correct the path"
    ):
        check_folders(tmp_path / "a" / "b", 1)


def test_made_for_the_owner_alone(tmp_path: Path) -> None:
    """What is made is mode 0700, whatever the umask leaves; what is there stays as it is."""
    tmp_path.chmod(0o755)
    before = os.umask(0)
    try:
        make_folders(tmp_path / "a" / "b", Rights(0o600))
    finally:
        os.umask(before)

    assert [path.stat().st_mode & 0o777 for path in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")] == [
        0o755,
        0o700,
        0o700,
    ]


@needs_root
def test_made_for_whom_the_file_is(tmp_path: Path) -> None:
    """A folder for somebody's file is theirs."""
    make_folders(tmp_path / "a", Rights(0o600, uid=1234))
    make_folders(tmp_path / "b", Rights(0o600, gid=2345))

    assert ((tmp_path / "a").stat().st_uid, (tmp_path / "b").stat().st_gid) == (1234, 2345)


def test_no_folder_can_be_made(tmp_path: Path) -> None:
    """Below a file there can be no folder."""
    (tmp_path / "f").write_text("")

    with pytest.raises(NodeFileError, match="/f/a/f: lies below something that is no folder"):
        make_folders(tmp_path / "f" / "a", Rights(0o600))


def test_made_folder_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's own name is synced, too, or else a file that was synced could be gone with it."""
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))

    make_folders(tmp_path / "a" / "b", Rights(0o600))

    assert synced == [str(tmp_path), str(tmp_path / "a")]


@needs_root
@pytest.mark.parametrize("other", ["of somebody", "with something in it", "open to others", "a link"])
def test_another_folder_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    """A folder that somebody puts in the place of the one that was made, before it is opened, is not given away."""
    target, mkdir = tmp_path / "target", os.mkdir
    target.mkdir(mode=0o755 if other == "open to others" else 0o700)
    if other == "with something in it":
        (target / "f").touch()
    if other == "of somebody":
        os.chown(target, 2345, 2345)
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, SOMEBODY, SOMEBODY)
    before = target.stat()

    def swapped(name: str, mode: int, *, dir_fd: int) -> None:
        mkdir(name, mode, dir_fd=dir_fd)
        (home / name).rename(home / "taken")
        if other == "a link":
            (home / name).symlink_to(target)
            os.chown(home / name, SOMEBODY, SOMEBODY, follow_symlinks=False)
        else:
            target.rename(home / name)

    monkeypatch.setattr(os, "mkdir", swapped)
    with pytest.raises(NodeFileError) as caught:
        make_folders(home / "a", Rights(0o600, uid=SOMEBODY))

    if other == "a link":
        assert str(caught.value).startswith(f"{home / 'a'}: is a link that belongs to {SOMEBODY}; it is not followed, ")
    else:
        assert str(caught.value) == (
            f"{home / 'a'}: is not the folder that was just made: somebody put another there, which belongs to "
            f"{user_name(before.st_uid)}; see who can write in {home}, and run the task again"
        )
    after = (target if other == "a link" else home / "a").stat()
    assert (after.st_ino, after.st_uid, after.st_mode) == (before.st_ino, before.st_uid, before.st_mode)
