from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.environment.layout import COLLECTION, PROJECT, collections_path

KEPT = ["README.md", "deep/inside.py", "not_tracked.txt"]
IGNORED = ["tests/output/report", "deep/__pycache__/inside.pyc", "old.pyc"]
PATTERNS = "# comment\n\n/tests/output/\n__pycache__/\n*.pyc\n.gitignore\n"


@pytest.fixture(name="project", params=["git", "archive"])
def _project(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A project with ignored files, as a git checkout and as an unpacked archive."""
    project = tmp_path / "project"
    for name in [*KEPT, *IGNORED]:
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name, encoding="utf-8")
    (project / ".gitignore").write_text(PATTERNS, encoding="utf-8")
    if request.param == "git":
        _git(project, "init", "--quiet")
        _git(project, "add", *KEPT[:2])
    return project


def _git(project: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, cwd=project)


def _files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def test_copy(project: Path) -> None:
    """The copy holds what is tracked or new, not what is ignored, and stands physically where Ansible looks."""
    with collections_path(project) as collections:
        copy = collections / COLLECTION

        assert sorted(KEPT) == _files(copy)
        assert copy.resolve() == copy
        assert not copy.is_symlink()


def test_changes_are_copied_without_git_add(project: Path) -> None:
    """A file counts as it is on disk, and one that was deleted is gone, whatever the index says."""
    (project / KEPT[0]).unlink()
    (project / KEPT[1]).write_text("changed", encoding="utf-8")

    with collections_path(project) as collections:
        assert not (collections / COLLECTION / KEPT[0]).exists()
        assert (collections / COLLECTION / KEPT[1]).read_text(encoding="utf-8") == "changed"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_removed_however_it_ends(project: Path, error: type[BaseException]) -> None:
    """Nothing is left behind, also when the user stops the run."""
    seen: list[Path] = []

    def fail() -> None:
        with collections_path(project) as collections:
            seen.append(collections)
            raise error

    with pytest.raises(error):
        fail()
    assert not seen[0].exists()


def test_two_copies(project: Path) -> None:
    """Two runs do not share a folder."""
    with collections_path(project) as one, collections_path(project) as other:
        assert one != other


def test_own_patterns_are_understood() -> None:
    """This project's .gitignore uses no pattern that means something else without git."""
    patterns = (PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert not [pattern for pattern in patterns if any(sign in pattern for sign in ("!", "**"))]
