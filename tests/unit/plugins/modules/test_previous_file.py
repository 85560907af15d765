"""previous_file through ``main()``, on what docker_config left."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.modules.docker_config import main as change
from ansible_collections.regcred.kubernetes.plugins.modules.previous_file import main
from tests.unit.module_run import Run, run_module

GIVEN: t.Final = {
    "registries": [{"registry": "quay.io", "username": "robot", "password": "hunter2"}],
    "keep_previous": True,
}


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    """A file with another mode than the modules give."""
    file = tmp_path / "config.json"
    file.write_text("{}")
    file.chmod(0o640)
    return file


def changed(file: Path) -> str:
    """Change it; where its copy is."""
    return str(run_module(change, {"path": str(file), **GIVEN}).result["previous"]["backup_file"])


def run(file: Path, *, check_mode: bool = False, **options: t.Any) -> Run:
    """Run the module."""
    return run_module(main, {"path": str(file), **options}, check_mode=check_mode, diff=True)


def reported(done: Run) -> tuple[bool, str, str]:
    """Changed, action and reason."""
    return done.result["changed"], done.result["action"], done.result["reason"]


def test_restored(file: Path) -> None:
    """The copy itself becomes the file, so that nothing is read and nothing given away; check mode says so before."""
    copy = changed(file)
    inode = Path(copy).stat().st_ino

    foreseen = run(file, backup_file=copy, state="restored", check_mode=True)
    assert Path(copy).exists()
    done = run(file, backup_file=copy, state="restored")

    assert reported(foreseen) == reported(done) == (True, "updated", "taken back")
    assert "mode: 0600" in done.result["diff"][0]["before"]
    assert "mode: 0640" in done.result["diff"][0]["after"]
    assert (file.read_text(), file.stat().st_mode & 0o777, file.stat().st_ino) == ("{}", 0o640, inode)
    assert list(file.parent.iterdir()) == [file]


def test_owner_alone(file: Path) -> None:
    """Where the contents stay, mode and owner are taken back as well."""
    changed(file)
    run(file, state="removed")
    file.chmod(0o644)
    copy = changed(file)

    run(file, backup_file=copy, state="restored")

    assert file.stat().st_mode & 0o777 == 0o644


def test_what_was_not_there(tmp_path: Path) -> None:
    """A file that was made is removed; once it is gone, there is nothing to do."""
    file = tmp_path / "config.json"
    run_module(change, {"path": str(file), **GIVEN})

    foreseen = run(file, backup_file="", state="restored", check_mode=True)
    assert file.exists()
    done, again = (run(file, backup_file="", state="restored") for _unused in range(2))

    assert reported(foreseen) == reported(done) == (True, "deleted", "taken back")
    assert reported(again) == (False, "unchanged", "")
    assert list(tmp_path.iterdir()) == []


def test_folder_is_gone(tmp_path: Path) -> None:
    """Where the folder of a file that was not there is gone, there is nothing to do; a copy in it is missed."""
    file = tmp_path / "gone" / "config.json"
    copy = file.with_name(".config.json.regcred-previous-1")

    assert reported(run(file, backup_file="", state="restored")) == (False, "unchanged", "")
    assert "the folder does not exist" in run(file, backup_file=str(copy), state="restored").message


def test_removed(file: Path) -> None:
    """The change stands, and no copy is left."""
    copy = Path(changed(file))

    foreseen = run(file, state="removed", check_mode=True)
    assert copy.exists()
    done, again = (run(file, state="removed") for _unused in range(2))

    assert reported(foreseen) == reported(done) == (True, "deleted", "copy removed")
    assert reported(again) == (False, "unchanged", "")
    assert list(file.parent.iterdir()) == [file]


def test_a_link_in_the_place_of_the_copy(file: Path, tmp_path: Path) -> None:
    """It is not put in the file's place; what it leads to stays as it is."""
    copy = Path(changed(file))
    (tmp_path / "roots").write_text("root's")
    copy.unlink()
    copy.symlink_to(tmp_path / "roots")

    done = run(file, backup_file=str(copy), state="restored")

    assert f"{copy}: is no file any more" in done.result["msg"]
    assert not file.is_symlink()


def test_a_link_in_the_place_of_the_file(file: Path, tmp_path: Path) -> None:
    """It is replaced, and what it leads to stays as it is."""
    copy = changed(file)
    roots = tmp_path / "roots"
    roots.write_text("root's")
    file.unlink()
    file.symlink_to(roots)

    run(file, backup_file=copy, state="restored")

    assert (file.is_symlink(), file.read_text(), roots.read_text()) == (False, "{}", "root's")


def test_a_link_in_the_place_of_the_folder(tmp_path: Path) -> None:
    """Root does not go through a folder's link of another user's."""
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 12345, 12345)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "config.json").write_text("root's")
    link = tmp_path / "theirs" / ".docker"
    link.symlink_to(tmp_path / "etc")
    os.chown(link, 12345, 12345, follow_symlinks=False)

    done = run(link / "config.json", backup_file="", state="restored")

    assert "is a link that belongs to 12345" in done.result["msg"]
    assert (tmp_path / "etc" / "config.json").exists()


@pytest.mark.parametrize(
    ("copy", "problem"),
    [
        ("{folder}/.config.json.regcred-previous-1", ": is not there"),
        ("{folder}/other", ": is no copy of "),
        ("/etc/.config.json.regcred-previous-1", "backup_file: /etc/.config.json.regcred-previous-1 is not beside "),
    ],
)
def test_no_copy(file: Path, copy: str, problem: str) -> None:
    """What is no copy of the file is not put in its place."""
    done = run(file, backup_file=copy.format(folder=file.parent), state="restored")

    assert problem in done.result["msg"]
    assert file.read_text() == "{}"
