"""A credential provider's program, as a kubelet finds it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet.provider_program import (
    program_problem,
    program_warnings,
)


def test_problems(tmp_path: Path) -> None:
    """It must be there, be no folder, and be executable."""
    (tmp_path / "folder").mkdir()
    for name, mode in (("plain", 0o644), ("good", 0o755)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    assert program_problem(tmp_path, "good") == ""
    assert program_problem(tmp_path, "folder") == "is a folder"
    assert program_problem(tmp_path, "plain") == "is not executable"
    assert program_problem(tmp_path, "missing") == "cannot be used (No such file or directory)"
    assert program_problem(tmp_path / "good", "x") == "cannot be used (Not a directory)"


@pytest.mark.parametrize(("mode", "is_warned_of"), [(0o755, False), (0o757, True), (0o775, True)])
def test_who_can_replace_it(tmp_path: Path, mode: int, is_warned_of: bool) -> None:
    """Others than root who can write the program, or its folder, run what they like as root."""
    tmp_path.chmod(0o755)
    program = tmp_path / "program"
    program.touch()
    program.chmod(mode)
    os.chown(program, -1, 12345) if os.geteuid() == 0 else pytest.skip("only root gives files away")
    assert bool(list(program_warnings(tmp_path, "program"))) == is_warned_of
    os.chown(program, -1, 0)
    assert bool(list(program_warnings(tmp_path, "program"))) == (mode == 0o757)
    program.chmod(0o755)
    tmp_path.chmod(0o777)
    assert [str(tmp_path) + ":" in warning for warning in program_warnings(tmp_path, "program")] == [True]
    tmp_path.chmod(0o755)
    os.chown(program, 12345, -1)
    assert ["its owner is not root" in warning for warning in program_warnings(tmp_path, "program")] == [True]


def test_who_can_replace_a_folder_above(tmp_path: Path) -> None:
    """Whoever can put another folder in the place of the program's, or leads there by a link, is warned of as well."""
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    folder = tmp_path / "theirs" / "bin"
    folder.mkdir(parents=True)
    (folder / "program").touch()
    (folder / "program").chmod(0o755)
    assert list(program_warnings(folder, "program")) == []
    os.chown(tmp_path / "theirs", 12345, -1)
    assert [f"{folder}: 12345 can put another" in warning for warning in program_warnings(folder, "program")] == [True]
    (tmp_path / "theirs" / "link").symlink_to(folder)
    warnings = list(program_warnings(tmp_path / "theirs" / "link", "program"))
    assert [
        "is a link that belongs to root, in a folder that 12345 can write to" in warning for warning in warnings
    ] == [True]
