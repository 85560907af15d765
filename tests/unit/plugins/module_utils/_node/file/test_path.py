"""The way to a path, and whose links are followed on it."""

from __future__ import annotations

import contextlib
import gc
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file import path as safe_path
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.path import (
    ANYBODY,
    way_to_file,
    way_to_folder,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.problems import NodeFileError

if t.TYPE_CHECKING:
    from collections.abc import Iterator

SOMEBODY, ANOTHER = 1234, 2345

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


@pytest.fixture(autouse=True, scope="module")
def _from_here_on() -> Iterator[None]:
    """What thousands of tests before these have made is not looked through again before each of them."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _all_is_closed() -> Iterator[None]:
    """No way leaves a folder open."""
    gc.collect()  # else what an earlier test has left is closed in the middle of this one
    before = set(Path("/proc/self/fd").iterdir())
    yield
    assert set(Path("/proc/self/fd").iterdir()) <= before


def real_path(path: Path) -> Path:
    """Where a way leads."""
    with way_to_file(path) as way:
        return way.path


def strangers(path: Path) -> set[int]:
    """Who else can put files into a folder."""
    with way_to_folder(path) as way:
        assert way.missing == []
        return set(way.folder.strangers)


def give(path: Path, uid: int) -> None:
    """Give a file, a folder or a link to somebody."""
    os.chown(path, uid, uid, follow_symlinks=False)


def test_links_of_ours(tmp_path: Path) -> None:
    """A link is followed, wherever it is in the path; one that leads nowhere or in a circle is an error, as is a relative path."""
    folder, file = tmp_path / "folder", tmp_path / "folder" / "f"
    folder.mkdir()
    file.write_text("")
    for name, target in {
        "good": str(file),
        "relative": "folder/../folder/./f",
        "chain": "relative",
        "parent": str(folder),
        "up": f"parent/../../{tmp_path.name}/folder",
        "dangling": str(tmp_path / "no"),
        "deep": "no/no/f",
        "circle": str(tmp_path / "circle"),
        "round": "round/f",
    }.items():
        (tmp_path / name).symlink_to(target)

    for name in ("good", "relative", "chain", "parent/f", "up/f", "parent/../folder/f", "folder/f"):
        assert real_path(tmp_path / name) == file, name
    for name, target in (("dangling", "no"), ("deep", "no/no/f")):
        with pytest.raises(NodeFileError) as caught:
            real_path(tmp_path / name)
        assert str(caught.value) == (
            f"{tmp_path / name}: is a link to {tmp_path / target}, which does not exist; remove the link, or give its target as "
            "the path"
        )
    for name in ("circle", "round", "round/f"):
        with pytest.raises(
            NodeFileError, match=f"{name}: is a link that leads in a circle, or lies behind one; remove"
        ):
            real_path(tmp_path / name)
    with pytest.raises(
        NodeFileError, match=r"^f: is relative, to a folder that depends on how Ansible connects; give the"
    ):
        real_path(Path("f"))


def test_missing_folders(tmp_path: Path) -> None:
    """What is not there is reported by name, behind a link, too."""
    (tmp_path / "link").symlink_to("a/b")
    with way_to_file(tmp_path / "link" / "c" / "f") as way:
        assert (way.folder.path, way.missing, way.name) == (tmp_path, ["a", "b", "c"], "f")
        assert way.path == tmp_path / "a" / "b" / "c" / "f"
    with pytest.raises(
        NodeFileError, match="/no: the folder does not exist; correct the path, or make the folder first"
    ):
        real_path(tmp_path / "no" / ".." / "f")


@pytest.mark.parametrize("path", ["/", "..", "folder/..", "root"])
def test_a_folder_is_no_file(tmp_path: Path, path: str) -> None:
    """A path that can be no file's is an error."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "root").symlink_to("/")
    with pytest.raises(NodeFileError, match="is a folder, where a file should be; correct the path"):
        real_path(tmp_path / path)


def test_below_a_file(tmp_path: Path) -> None:
    """A path that leads through a file is no path."""
    (tmp_path / "f").write_text("")
    with pytest.raises(NodeFileError, match=r"/f/a/b: lies below something that is no folder; correct the path"):
        real_path(tmp_path / "f" / "a" / "b")


@needs_root
def test_where_there_is_no_o_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that is no Linux opens folders for reading, and is led by nobody's links either."""
    monkeypatch.setattr(safe_path, "_STEP", safe_path._STEP & ~os.O_PATH)  # noqa: SLF001  # what it is without
    (tmp_path / "folder").mkdir()
    for name, owner in (("ours", 0), ("theirs", SOMEBODY)):
        (tmp_path / name).symlink_to("folder")
        give(tmp_path / name, owner)

    assert real_path(tmp_path / "ours" / "f") == tmp_path / "folder" / "f"
    with pytest.raises(NodeFileError, match=f"is a link that belongs to {SOMEBODY}"):
        real_path(tmp_path / "theirs" / "f")


@needs_root
@pytest.mark.parametrize("place", ["last", "between"])
def test_link_of_somebody(tmp_path: Path, place: str) -> None:
    """A link that another user owns is not followed, and named with its owner and what to do."""
    link = tmp_path / "link"
    link.symlink_to("/etc")
    give(link, SOMEBODY)

    with pytest.raises(NodeFileError) as caught:
        real_path(link if place == "last" else link / "f")

    assert str(caught.value) == (
        f"{link}: is a link that belongs to {SOMEBODY}; it is not followed, because only root may say where root reads and writes; "
        f"give its target as the path, or run the task as {SOMEBODY} (become_user)"
    )


@needs_root
@pytest.mark.parametrize("how", ["owner", "group", "all", "sticky", "folder above"])
def test_link_where_others_write(tmp_path: Path, how: str) -> None:
    """Nor is a link of root's, where another can have moved it."""
    above = tmp_path / "above"
    folder = above / "folder"
    folder.mkdir(parents=True)
    (folder / "link").symlink_to("/etc/passwd")
    if how == "owner":
        give(folder, SOMEBODY)
    elif how == "folder above":
        give(above, SOMEBODY)
    else:
        folder.chmod({"group": 0o775, "all": 0o777, "sticky": 0o1777}[how])
    who = str(SOMEBODY) if how in ("owner", "folder above") else "others"

    with pytest.raises(NodeFileError) as caught:
        real_path(folder / "link")

    assert str(caught.value) == (
        f"{folder / 'link'}: is a link that belongs to root, in a folder that {who} can write to; it is not followed, because only "
        "root may say where root reads and writes; give its target as the path"
    )


@needs_root
def test_second_link(tmp_path: Path) -> None:
    """A link of root's may lead to one of somebody's, which is looked at as any other."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "link").symlink_to("/etc")
    give(tmp_path / "home", SOMEBODY)
    give(tmp_path / "home" / "link", SOMEBODY)
    (tmp_path / "first").symlink_to("home/link/passwd")

    with pytest.raises(NodeFileError, match=f"{tmp_path}/home/link: is a link that belongs to {SOMEBODY}; it is not"):
        real_path(tmp_path / "first")


@needs_root
def test_folders_of_somebody(tmp_path: Path) -> None:
    """Folders are passed through whoever owns them; it is remembered who can have put there what is in them."""
    home = tmp_path / "home"
    (home / "a" / "b").mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "ours").mkdir()
    give(home, SOMEBODY)
    give(home / "a", ANOTHER)

    assert real_path(home / "a" / "b" / "f") == home / "a" / "b" / "f"
    assert strangers(tmp_path) == set()
    assert strangers(home / "a" / "b") == {SOMEBODY, ANOTHER}
    for mode, found in ((0o1777, set()), (0o777, {ANYBODY}), (0o775, {ANYBODY}), (0o755, set())):
        (tmp_path / "shared").chmod(mode)
        assert strangers(tmp_path / "shared" / "ours") == found, f"{mode:o}"
    (tmp_path / "shared").chmod(0o1777)
    assert strangers(tmp_path / "shared") == {ANYBODY}


@needs_root
def test_our_own_links_where_we_are_not_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is ours is trusted beside root's; the message names us."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "ours").symlink_to("f")
    (home / "theirs").symlink_to("f")
    (home / "f").touch()
    for path, uid in ((home, SOMEBODY), (home / "ours", SOMEBODY), (home / "theirs", ANOTHER)):
        give(path, uid)
    monkeypatch.setattr(os, "geteuid", lambda: SOMEBODY)

    assert real_path(home / "ours") == home / "f"
    with pytest.raises(
        NodeFileError, match=f"because only root or {SOMEBODY} may say where {SOMEBODY} reads and writes"
    ):
        real_path(home / "theirs")


@needs_root
def test_swapped_between_two_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was opened stays what it is: a folder that becomes a link afterwards leads nowhere else."""
    home, secret = tmp_path / "home", tmp_path / "secret"
    (home / "a").mkdir(parents=True)
    (home / "a" / "f").write_text("theirs")
    secret.mkdir()
    (secret / "f").write_text("root's")
    with way_to_file(home / "a" / "f") as way:
        (home / "a").rename(home / "b")
        (home / "a").symlink_to(secret)
        with contextlib.closing(os.fdopen(os.open(way.name, os.O_RDONLY, dir_fd=way.folder.descriptor))) as file:
            assert file.read() == "theirs"
    opened = safe_path._opened  # noqa: SLF001

    def swapped(path: Path, above: safe_path.Folder | None) -> safe_path.Folder:
        if path == home / "a" and path.is_symlink():
            path.unlink()
            (home / "b").rename(path)
        elif path == home / "a":
            path.rename(home / "b")
            path.symlink_to(secret)
            give(path, SOMEBODY)
        return opened(path, above)

    monkeypatch.setattr(safe_path, "_opened", swapped)
    assert real_path(home / "a" / "f") == home / "a" / "f"
    with pytest.raises(NodeFileError, match=f"{home}/a: is a link that belongs to {SOMEBODY}"):
        real_path(home / "a" / "f")


@needs_root
def test_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    """A folder that may be passed through and not listed is passed through, as by everybody."""
    tmp_path.chmod(0o711)
    for folder in list(tmp_path.parents)[:3]:  # pytest's own, and one more of a worker's
        folder.chmod(folder.stat().st_mode | 0o011)
    (tmp_path / "theirs").mkdir()
    give(tmp_path / "theirs", SOMEBODY)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(SOMEBODY)
            os.setuid(SOMEBODY)
            with way_to_folder(tmp_path / "theirs") as way:
                assert way.folder.names() == []
            with way_to_folder(tmp_path) as way, pytest.raises(NodeFileError, match="permission denied for user 1234"):
                way.folder.names()
            code = 0
        finally:
            os._exit(code)

    assert os.waitpid(child, 0)[1] == 0
