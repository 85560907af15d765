"""Files of a node: read as they are, replaced as a whole."""

from __future__ import annotations

import contextlib
import errno
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file import file as node_file
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.file import (
    FileState,
    Rights,
    check_not_planted,
    read_path,
    text_at,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.path import Folder, way_to_folder
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.problems import NodeFileError

is_root = os.geteuid() == 0


def no_label(_path: Path, _context: str) -> str:
    """Without SELinux there is nothing to do."""
    return ""


@contextlib.contextmanager
def opened(path: Path) -> t.Iterator[Folder]:
    """A folder that is there."""
    with way_to_folder(path) as way:
        assert way.missing == []
        yield way.folder


def read_file(path: Path) -> FileState:
    """A file in its folder."""
    with opened(path.parent) as folder:
        return node_file.read_file(folder, path.name)


def write_file(observed: FileState, content: bytes, rights: Rights, label: node_file.Label) -> None:
    """The same, written."""
    with opened(observed.path.parent) as folder:
        node_file.write_file(folder, observed, content, rights, label)


def set_rights(observed: FileState, rights: Rights) -> None:
    """The same, given these rights."""
    with opened(observed.path.parent) as folder:
        node_file.set_rights(folder, observed, rights)


def remove_strays(path: Path) -> None:
    """What killed runs left beside it, removed."""
    with opened(path.parent) as folder:
        node_file.remove_strays(folder, path.name)


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
    """A folder, a FIFO and a device are reported as what they are, and a FIFO is not waited for."""
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
        read_path(tmp_path / "f" / "config.json")


@pytest.mark.parametrize("umask", [0o000, 0o077])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_mode_from_the_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, umask: int) -> None:
    """A file has its mode before it has its name, whatever the umask and the mode of the old one."""
    file, seen = tmp_path / "f", []
    file.write_text("old")
    file.chmod(0o666)
    rename = os.rename

    def watched(source: str, target: str, **folders: int) -> None:
        written = Path(os.readlink(f"/proc/self/fd/{folders['src_dir_fd']}"), source)
        seen.append((mode_of(written), written.parent, written.read_bytes()))
        rename(source, target, **folders)

    monkeypatch.setattr(os, "rename", watched)
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
    fsync, rename = os.fsync, os.rename

    def sync(descriptor: int) -> None:
        order.append("fsync")
        fsync(descriptor)

    def name(source: str, target: str, **folders: int) -> None:
        order.append("rename")
        rename(source, target, **folders)

    def label(_path: Path, _context: str) -> str:
        order.append("label")
        return ""

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "rename", name)
    write_file(FileState(tmp_path / "f"), b"new", Rights(0o600), label)

    assert order == ["label", "fsync", "rename"]


def test_label(tmp_path: Path) -> None:
    """The label is that of the place that the file is for, or of the file that it replaces; it is set on the file, not on a name."""
    file, asked, labels = tmp_path / "f", [], {}

    def set_label(descriptor: int, name: str, value: bytes) -> None:
        labels[os.fstat(descriptor).st_ino] = (name, value)

    def get_label(descriptor: int, _name: str) -> bytes:
        try:
            return labels[os.fstat(descriptor).st_ino][1] + b"\0"
        except KeyError:
            raise OSError(errno.ENODATA, "none") from None

    def label(path: Path, context: str) -> str:
        asked.append((path, context))
        return context or "u:r:default:s0"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "setxattr", set_label)
        patch.setattr(os, "getxattr", get_label)
        write_file(read_file(file), b"x", Rights(0o600), label)
        made = labels[file.stat().st_ino]
        labels[file.stat().st_ino] = ("security.selinux", b"u:r:chosen:s0")
        write_file(read_file(file), b"y", Rights(0o600), label)

    assert asked == [(file, ""), (file, "u:r:chosen:s0")]
    assert [made, labels[file.stat().st_ino]] == [
        ("security.selinux", b"u:r:default:s0"),
        ("security.selinux", b"u:r:chosen:s0"),
    ]


def test_file_system_without_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no labels are kept, a file is written all the same."""

    def refuse(*_unused: object) -> t.NoReturn:
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(os, "setxattr", refuse)

    write_file(read_file(tmp_path / "f"), b"x", Rights(0o600), lambda *_unused: "u:r:default:s0")

    assert (tmp_path / "f").read_bytes() == b"x"


@pytest.mark.parametrize("where", ["fsync", "label", "rename"])
def test_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Whatever fails, and however, the old file is as it was, and nothing is left beside it."""
    file = tmp_path / "f"
    file.write_text("old")

    def fail(*_args: t.Any, **_folders: int) -> t.NoReturn:
        raise {"fsync": OSError(errno.ENOSPC, "full"), "label": SystemExit(1), "rename": OSError(errno.EBUSY, "busy")}[
            where
        ]

    def fails(_path: Path, _context: str) -> str:
        fail()

    if where != "label":
        monkeypatch.setattr(*{"fsync": (os, "fsync"), "rename": (os, "rename")}[where], fail)
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

    def end(*_unused: object, **_folders: int) -> t.NoReturn:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "rename", end)
        patch.setattr(node_file, "_remove_quietly", lambda *_unused: None)
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

    with opened(tmp_path) as folder:
        node_file.remove_file(folder, "f")
        node_file.remove_file(folder, "f")

    assert list(tmp_path.iterdir()) == []


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is larger than any docker config is not read, however large it says that it is."""
    monkeypatch.setattr(node_file, "LARGEST_FILE", 1024 * 1024)
    file = tmp_path / "f"
    for size in (1024 * 1024 + 1, 10**12):
        with file.open("wb") as opened_file:
            opened_file.truncate(size)
        with pytest.raises(NodeFileError) as caught:
            read_file(file)
        assert (
            str(caught.value) == f"{file}: is larger than 1 MiB, and is not read; correct the path, or make it smaller"
        )
    os.truncate(file, 1024 * 1024)

    assert len(read_file(file).content or b"") == 1024 * 1024


def test_replaced_while_it_was_looked_at(tmp_path: Path) -> None:
    """Rights are given to the file that was looked at, and to no other that has its name by now, nor behind a link."""
    file, other = tmp_path / "f", tmp_path / "other"
    for each in (file, other):
        each.write_text("x")
        each.chmod(0o644)
    observed = read_file(file)
    file.rename(tmp_path / "kept")
    os.link(other, file)
    with pytest.raises(NodeFileError, match="/f: was replaced while the task ran; see by whom, and run it again"):
        set_rights(observed, Rights(0o600))
    file.unlink()
    file.symlink_to(other)
    with pytest.raises(NodeFileError, match="/f: became a link while the task ran; see who made it"):
        set_rights(observed, Rights(0o600))

    assert mode_of(other) == 0o644


SOMEBODY, ANOTHER = 1234, 2345
FOREIGN = frozenset({SOMEBODY})
# Who can write in the folder beside us; the file's owner, mode and names; the rights that are wanted; whether that is refused.
PLANTED: t.Mapping[str, tuple[frozenset[int], tuple[int, int, int], Rights, bool]] = {
    "root's, given to whoever can write there": (FOREIGN, (0, 0o600, 1), Rights(0o600, uid=SOMEBODY), True),
    "root's, opened to all": (FOREIGN, (0, 0o600, 1), Rights(0o644), True),
    "root's, given to a group": (FOREIGN, (0, 0o640, 1), Rights(0o640, gid=77), True),
    "root's, with another name elsewhere": (FOREIGN, (0, 0o644, 2), Rights(0o600), True),
    "another's, given away": (FOREIGN, (ANOTHER, 0o600, 1), Rights(0o600, uid=SOMEBODY), True),
    "root's, in a folder for all": (frozenset({-1}), (0, 0o600, 1), Rights(0o600, uid=SOMEBODY), True),
    "root's, and stays so": (FOREIGN, (0, 0o644, 1), Rights(0o600), False),
    "their own": (FOREIGN, (SOMEBODY, 0o600, 2), Rights(0o644, uid=ANOTHER), False),
    "their own, in a folder for all": (frozenset({-1}), (SOMEBODY, 0o644, 1), Rights(0o600), False),
    "in a folder of ours": (frozenset(), (0, 0o600, 3), Rights(0o644, uid=SOMEBODY), False),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted(name: str) -> None:
    """What another than its owner can have put there is not opened to others, and no second name of a file is touched."""
    strangers, (uid, mode, names), rights, is_refused = PLANTED[name]
    folder = Folder(Path("/h"), -1, SOMEBODY, strangers, holds_folders=False)
    observed = FileState(Path("/h/f"), b"x", mode, uid, 0, names=names)

    if not is_refused:
        check_not_planted(folder, observed, rights)
        return
    with pytest.raises(NodeFileError) as caught:
        check_not_planted(folder, observed, rights)

    owner = {0: "root", ANOTHER: str(ANOTHER)}[uid]
    many, by = f" and has {names} names" if names > 1 else "", "others" if -1 in strangers else str(SOMEBODY)
    assert str(caught.value) == (
        f"/h/f: belongs to {owner}{many}, and {by} can have put it there without being allowed to read it; see what it is; then "
        "remove it, or give it mode and owner (chmod, chown) yourself"
    )


def test_text_of_a_program(tmp_path: Path) -> None:
    """What a program is configured with is read as other files are: no FIFO is waited for, and no link of a stranger's followed."""
    (tmp_path / "config").write_bytes(b"a=\xff")
    os.mkfifo(tmp_path / "fifo")

    assert text_at(tmp_path / "config") == "a=\udcff"
    assert text_at(tmp_path / "gone") is None
    for path in (tmp_path / "fifo", tmp_path):
        with pytest.raises(NodeFileError, match="where a file should be"):
            text_at(path)
