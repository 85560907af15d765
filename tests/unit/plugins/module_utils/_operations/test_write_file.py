"""A node's file from what is wanted to what was done."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file import file as node_file
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.file import Rights
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.problems import NodeFileError
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.write_file import (
    Composed,
    FileResult,
    WantedFile,
    manage_file,
)


def manage(
    path: Path, content: bytes | None, *, check_mode: bool = False, mode: int = 0o600, **more: t.Any
) -> FileResult[Composed]:
    """Have this in a file."""
    wanted = WantedFile(path, Rights(mode), **more)
    composed = Composed(content, ("x added",), {"x": "old"}, {"x": "new"})
    return manage_file(wanted, lambda _existing: composed, label=lambda *_unused: "", check_mode=check_mode)


def reported(result: FileResult[Composed]) -> tuple[str, str]:
    """Action and reason."""
    return result.change.action, result.change.reason


def test_created(tmp_path: Path) -> None:
    """A new file, foreseen and made; its folder is made, too, and not in check mode."""
    file = tmp_path / "a" / "f"

    foreseen = manage(file, b"new", check_mode=True)
    assert list(tmp_path.iterdir()) == []
    made = manage(file, b"new")

    assert foreseen == made
    assert reported(made) == ("created", "x added")
    assert made.changed
    assert made.change.before == {}
    assert list(made.change.after) == ["mode", "owner", "group", "x"]
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o600)


def test_updated(tmp_path: Path) -> None:
    """Contents and rights together; a second time there is nothing to do."""
    file = tmp_path / "f"
    file.write_bytes(b"old")
    file.chmod(0o644)

    foreseen = manage(file, b"new", check_mode=True)
    assert file.read_bytes() == b"old"
    made, again = manage(file, b"new"), manage(file, b"new")

    assert foreseen == made
    assert reported(made) == ("updated", "x added; mode 0644 becomes 0600")
    assert (made.change.before["mode"], made.change.after["mode"]) == ("0644", "0600")
    assert (reported(again), again.changed) == (("unchanged", ""), False)


def test_rights_alone(tmp_path: Path) -> None:
    """A file that says the same is not written anew for its mode, and there is nothing to keep a copy of."""
    file = tmp_path / "f"
    file.write_bytes(b"new")
    file.chmod(0o644)
    inode = file.stat().st_ino

    result = manage(file, b"new", backup=True)

    assert reported(result) == ("updated", "mode 0644 becomes 0600")
    assert (file.stat().st_ino, file.stat().st_mode & 0o777) == (inode, 0o600)
    assert result.backup_file == ""


@pytest.mark.parametrize("content", [b"new", None], ids=["updated", "removed"])
def test_backup(tmp_path: Path, content: bytes | None) -> None:
    """A copy of what was there, for its owner alone; in check mode its name."""
    file = tmp_path / "f"
    file.write_bytes(b"old")
    file.chmod(0o644)

    foreseen = manage(file, content, backup=True, check_mode=True)
    assert list(tmp_path.iterdir()) == [file]
    result = manage(file, content, backup=True)

    assert foreseen.backup_file.startswith(f"{file}.")
    copy = Path(result.backup_file)
    assert (copy.read_bytes(), copy.stat().st_mode & 0o777) == (b"old", 0o600)


def test_no_copy_of_nothing(tmp_path: Path) -> None:
    """Of a file that is new, or stays as it is, there is no copy."""
    assert manage(tmp_path / "f", b"new", backup=True).backup_file == ""
    assert manage(tmp_path / "f", b"new", backup=True).backup_file == ""


def test_removed(tmp_path: Path) -> None:
    """A file that is not to be is removed; what is not there stays so, and its folder is not made."""
    file = tmp_path / "f"
    file.write_bytes(b"old")

    foreseen = manage(file, None, check_mode=True)
    assert file.exists()
    result, again = manage(file, None), manage(tmp_path / "a" / "f", None)

    assert foreseen == result
    assert reported(result) == ("deleted", "removed")
    assert result.change.after == {}
    assert reported(again) == ("unchanged", "")
    assert list(tmp_path.iterdir()) == []


def test_no_copy_stays_of_what_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the file cannot be replaced, its copy goes, too."""
    file = tmp_path / "f"
    file.write_bytes(b"old")
    write = node_file.write_file

    def fail_at_file(folder: t.Any, observed: t.Any, *args: t.Any) -> None:
        if observed.path == file:
            raise NodeFileError(file, "no", "cure")
        write(folder, observed, *args)

    monkeypatch.setattr(node_file, "write_file", fail_at_file)

    with pytest.raises(NodeFileError):
        manage(file, b"new", backup=True)

    assert list(tmp_path.iterdir()) == [file]


def test_refused(tmp_path: Path) -> None:
    """What cannot be composed leaves all as it is: no folder is made, and no file."""

    def refuse(_existing: bytes | None) -> t.NoReturn:
        raise InvalidInput("option", "is wrong", "correct it")

    for path in (tmp_path / "a" / "f", tmp_path / "f"):
        with pytest.raises(InvalidInput):
            manage_file(WantedFile(path, Rights(0o600)), refuse, label=lambda *_unused: "", check_mode=False)

    assert list(tmp_path.iterdir()) == []


def test_strays(tmp_path: Path) -> None:
    """What a killed run left goes with the next run, though nothing is changed; check mode touches nothing."""
    stray = tmp_path / ".f.regcred-abcd"
    manage(tmp_path / "f", b"new")
    stray.write_text("secret")

    manage(tmp_path / "f", b"new", check_mode=True)
    assert stray.exists()
    assert not manage(tmp_path / "f", b"new").changed

    assert not stray.exists()


def test_link(tmp_path: Path) -> None:
    """The file behind a link is replaced, where it is, and the link stays."""
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "f", tmp_path / "link"
    real.write_bytes(b"old")
    link.symlink_to(real)

    result = manage(link, b"new", backup=True)

    assert (link.is_symlink(), real.read_bytes(), result.path) == (True, b"new", str(real))
    assert Path(result.backup_file).parent == real.parent


def test_read_again_under_the_lock(tmp_path: Path) -> None:
    """When somebody else makes the folder and the file first, what they wrote is what counts."""
    file, seen = tmp_path / "a" / "f", []

    def compose(existing: bytes | None) -> Composed:
        seen.append(existing)
        if existing is None:
            file.parent.mkdir()
            file.write_bytes(b"theirs")
        return Composed((existing or b"") + b" ours")

    manage_file(WantedFile(file, Rights(0o600)), compose, label=lambda *_unused: "", check_mode=False)

    assert seen == [None, b"theirs"]
    assert file.read_bytes() == b"theirs ours"


def test_folder_is_synced_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a task has ended well, the file's name is on the disk, too: also that of a file that is removed."""
    synced: list[str] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    manage(tmp_path / "f", b"new")
    assert (len(synced), synced[-1]) == (2, str(tmp_path))
    manage(tmp_path / "f", None)

    assert synced[2:] == [str(tmp_path)]
