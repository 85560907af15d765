"""The folder of a node's file."""

from __future__ import annotations

import errno
import fcntl
import os
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.node_file import NodeFileError, Rights
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.node_folder import (
    check_folders,
    locked_folder,
    make_folders,
)

if t.TYPE_CHECKING:
    from pathlib import Path


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


def test_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no locks, the work is done all the same, and the user is told."""

    def refuse(*_args: object) -> t.NoReturn:
        raise OSError(errno.ENOLCK, "No locks available")

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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders to others")
def test_made_for_whom_the_file_is(tmp_path: Path) -> None:
    """A folder for somebody's file is theirs."""
    make_folders(tmp_path / "a", Rights(0o600, uid=1234))
    make_folders(tmp_path / "b", Rights(0o600, gid=2345))

    assert ((tmp_path / "a").stat().st_uid, (tmp_path / "b").stat().st_gid) == (1234, 2345)


def test_no_folder_can_be_made(tmp_path: Path) -> None:
    """Below a file there can be no folder."""
    (tmp_path / "f").write_text("")

    with pytest.raises(NodeFileError, match="/f/a: lies below something that is no folder"):
        make_folders(tmp_path / "f" / "a", Rights(0o600))


def test_made_folder_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's own name is synced, too, or else a file that was synced could be gone with it."""
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))

    make_folders(tmp_path / "a" / "b", Rights(0o600))

    assert synced == [str(tmp_path), str(tmp_path / "a")]
