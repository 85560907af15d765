"""Files of a node: read as they are, replaced as a whole."""

from __future__ import annotations

import errno
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node import node_file
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.node_file import (
    FileState,
    NodeFileError,
    Rights,
    problem_of,
    read_file,
    real_path,
    remove_file,
    remove_strays,
    set_rights,
    write_file,
)

is_root = os.geteuid() == 0


def no_label(_written: Path, _target: Path, _is_there: bool) -> None:
    """Without SELinux there is nothing to do."""


def mode_of(path: Path) -> int:
    """Permission bits."""
    return path.stat().st_mode & 0o7777


def test_read(tmp_path: Path) -> None:
    """A file's contents and rights; one that is not there has none."""
    file = tmp_path / "f"
    file.write_bytes(b"a\xff")
    file.chmod(0o640)

    assert read_file(file) == FileState(file, b"a\xff", 0o640, os.geteuid(), file.stat().st_gid)
    assert read_file(tmp_path / "g") == FileState(tmp_path / "g")
    assert "a" not in repr(read_file(file)).partition("mode=")[0].rpartition("/f")[2]


def test_no_file(tmp_path: Path) -> None:
    """A folder, a FIFO and a device are told for what they are, and a FIFO is not waited for."""
    os.mkfifo(tmp_path / "fifo")
    for path, kind in ((tmp_path, "folder"), (tmp_path / "fifo", "FIFO"), (Path("/dev/null"), "device")):
        with pytest.raises(NodeFileError, match=f"is a {kind}, where a file should be; correct the path"):
            read_file(path)


def test_below_a_file(tmp_path: Path) -> None:
    """A path that leads through a file is no path."""
    (tmp_path / "f").write_text("")
    with pytest.raises(
        NodeFileError, match=r"/f/config\.json: lies below something that is no folder; correct the path"
    ):
        read_file(tmp_path / "f" / "config.json")


def test_links(tmp_path: Path) -> None:
    """A link is followed, wherever it is in the path; one that leads nowhere or in a circle is an error, as is a relative path."""
    folder, file = tmp_path / "folder", tmp_path / "folder" / "f"
    folder.mkdir()
    file.write_text("")
    for name, target in (
        ("good", file),
        ("parent", folder),
        ("dangling", tmp_path / "no"),
        ("circle", tmp_path / "circle"),
    ):
        (tmp_path / name).symlink_to(target)

    assert real_path(tmp_path / "good") == real_path(tmp_path / "parent" / "f") == real_path(file) == file
    with pytest.raises(
        NodeFileError, match=f"dangling: is a link to {tmp_path}/no, which does not exist; remove the link"
    ):
        real_path(tmp_path / "dangling")
    with pytest.raises(
        NodeFileError, match="circle: is a link that leads in a circle, or lies behind one; remove the link"
    ):
        real_path(tmp_path / "circle")
    with pytest.raises(NodeFileError, match=r"^f: is relative"):
        real_path(Path("f"))


@pytest.mark.parametrize("umask", [0o000, 0o077])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_mode_from_the_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, umask: int) -> None:
    """A file has its mode before it has its name, whatever the umask and the mode of the old one."""
    file, seen = tmp_path / "f", []
    file.write_text("old")
    file.chmod(0o666)
    rename = Path.rename

    def watched(self: Path, target: Path) -> t.Any:
        seen.append((mode_of(self), self.parent, self.read_bytes()))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", watched)
    before = os.umask(umask)
    try:
        write_file(read_file(file), b"new", Rights(mode), no_label)
    finally:
        os.umask(before)

    assert seen == [(mode, tmp_path, b"new")]
    assert (mode_of(file), file.read_bytes()) == (mode, b"new")


def test_synced_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written is on the disk, with its label, before it takes the place of the old file."""
    order: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def sync(descriptor: int) -> None:
        order.append("fsync")
        fsync(descriptor)

    def name(self: Path, target: Path) -> None:
        order.append("rename")
        rename(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "rename", name)
    write_file(FileState(tmp_path / "f"), b"new", Rights(0o600), lambda *_unused: order.append("label"))

    assert order == ["label", "fsync", "rename"]


def test_label(tmp_path: Path) -> None:
    """The label is given by the place that the file is for."""
    told: list[t.Any] = []
    file = tmp_path / "f"

    for _unused in range(2):
        write_file(read_file(file), b"x", Rights(0o600), lambda *args: told.append(args[1:]))

    assert told == [(file, False), (file, True)]


@pytest.mark.parametrize("where", ["fsync", "label", "rename"])
def test_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Whatever fails, and however, the old file is as it was, and nothing is left beside it."""
    file = tmp_path / "f"
    file.write_text("old")

    def fail(*_args: t.Any) -> t.NoReturn:
        raise {"fsync": OSError(errno.ENOSPC, "full"), "label": SystemExit(1), "rename": OSError(errno.EBUSY, "busy")}[
            where
        ]

    def fails(_written: Path, _target: Path, _is_there: bool) -> None:
        fail()

    if where != "label":
        monkeypatch.setattr(*{"fsync": (os, "fsync"), "rename": (Path, "rename")}[where], fail)
    with pytest.raises(SystemExit if where == "label" else NodeFileError):
        write_file(read_file(file), b"new", Rights(0o600), fails if where == "label" else no_label)

    assert (file.read_text(), list(tmp_path.iterdir())) == ("old", [file])


def test_strays(tmp_path: Path) -> None:
    """Removed is what a killed run left of its work on this file, and nothing else."""
    kept = ["f", ".f.regcred", ".g.regcred-abcd", "f.regcred-abcd", ".f.swp"]
    for name in [*kept, ".f.regcred-abcd1234"]:
        (tmp_path / name).write_text("")

    remove_strays(tmp_path / "f")

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_killed_run_is_known_by_its_name(tmp_path: Path) -> None:
    """What is written first has the name by which the next run knows it."""

    def end(*_unused: object) -> t.NoReturn:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", end)
        patch.setattr(node_file, "_remove_quietly", lambda _path: None)
        with pytest.raises(KeyboardInterrupt):
            write_file(FileState(tmp_path / "f"), b"new", Rights(0o600), no_label)
    assert len(list(tmp_path.iterdir())) == 1

    remove_strays(tmp_path / "f")

    assert list(tmp_path.iterdir()) == []


def test_rights_alone(tmp_path: Path) -> None:
    """Rights are set on the file that is there."""
    file = tmp_path / "f"
    file.write_text("x")
    inode = file.stat().st_ino

    set_rights(read_file(file), Rights(0o600))

    assert (mode_of(file), file.stat().st_ino, file.read_text()) == (0o600, inode, "x")


@pytest.mark.skipif(not is_root, reason="only root can give files to others")
def test_owner_is_kept(tmp_path: Path) -> None:
    """Who owns a file owns the one that takes its place, unless somebody else is named."""
    file = tmp_path / "f"
    file.write_text("x")
    os.chown(file, 1234, 2345)

    write_file(read_file(file), b"y", Rights(0o600), no_label)
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 2345)
    write_file(read_file(file), b"z", Rights(0o600, uid=0), no_label)
    assert (file.stat().st_uid, file.stat().st_gid) == (0, 2345)


def test_rights_of_a_new_file() -> None:
    """A new file belongs to whoever makes it."""
    state = FileState(Path("/f")).with_rights(Rights(0o600))

    assert (state.mode, state.uid, state.gid) == (0o600, os.geteuid(), os.getegid())
    assert FileState(Path("/f"), b"", 0o644, 1, 2).with_rights(Rights(0o600, gid=7)).uid == 1


def test_remove(tmp_path: Path) -> None:
    """A file is removed; one that is not there is no error."""
    (tmp_path / "f").write_text("")

    remove_file(tmp_path / "f")
    remove_file(tmp_path / "f")

    assert list(tmp_path.iterdir()) == []


PROBLEMS = {
    errno.EACCES: "permission denied for user {user} in /d; run the task as root or as the owner (become); a file can be ",
    errno.ENOSPC: "there is no space left on the disk of /d; free some, the file is as it was",
    errno.EDQUOT: "the quota of /d is used up; free some space, the file is as it was",
    errno.EROFS: "the file system of /d is read-only; mount it writable, or name another path",
    errno.EBUSY: "is a mount of its own, which cannot be replaced; mount its folder in place of the file",
    errno.ENAMETOOLONG: "has a name that is too long; give a shorter one",
    errno.EIO: "cannot be read or written (Input/output error); see what is there, and who may do what with it",
}


@pytest.mark.parametrize("number", PROBLEMS)
def test_problems(number: int) -> None:
    """Each error of the operating system has its words and its cure."""
    error = problem_of(OSError(number, os.strerror(number)), Path("/d/f"))

    assert str(error).startswith("/d/f: " + PROBLEMS[number].format(user=node_file.user_name(os.geteuid())))


def test_names() -> None:
    """Users and groups are shown by name; those that have none, by number."""
    assert (node_file.user_name(0), node_file.user_name(987654)) == ("root", "987654")
    assert node_file.group_name(987654) == "987654"
