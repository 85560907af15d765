"""
The collection where Ansible's tools look for it.

``ansible-test`` wants to stand physically in ``…/ansible_collections/regcred/kubernetes``; a link to a checkout
elsewhere is not enough. So each run works on a copy of its own, which nobody changes meanwhile and which vanishes with
the run.
"""

from __future__ import annotations

import contextlib
import fnmatch
import shutil
import subprocess
import tempfile
import typing as t
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
COLLECTION = Path("ansible_collections") / "regcred" / "kubernetes"


@contextlib.contextmanager
def collections_path(project: Path = PROJECT) -> t.Iterator[Path]:
    """
    A folder for ``ANSIBLE_COLLECTIONS_PATH`` that holds a fresh copy of the project as it is on disk now.

    The copy is ``<folder>/ansible_collections/regcred/kubernetes``; it is removed at the end.
    """
    with tempfile.TemporaryDirectory(prefix="regcred-") as name:
        folder = Path(name).resolve()
        copy_project(project, folder / COLLECTION)
        yield folder


def copy_project(project: Path, target: Path) -> None:
    """Copy the project's files, not those that its .gitignore names."""
    target.mkdir(parents=True)
    for file in project_files(project):
        copy = target / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(project / file, copy, follow_symlinks=False)


def project_files(project: Path) -> list[Path]:
    """The files of the project, relative to it: tracked or not, but never ignored; also without git."""
    listed = _git_files(project) if (project / ".git").exists() else _files_by_patterns(project)
    # git also lists what was deleted and is still in the index.
    return [file for file in listed if (project / file).exists() or (project / file).is_symlink()]


def _git_files(project: Path) -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
        cwd=project,
        text=True,
    )
    return [Path(name) for name in sorted(set(done.stdout.split("\0")) - {""})]


def _files_by_patterns(project: Path) -> list[Path]:
    """
    What git would list, from .gitignore alone, for a tree that was unpacked from an archive.

    It reads the patterns that this project uses: a name, a name/ for folders, and a leading / for the project's root.
    """
    lines = (project / ".gitignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    return sorted(_walk(project, Path(), patterns))


def _walk(project: Path, folder: Path, patterns: list[str]) -> t.Iterator[Path]:
    for entry in (project / folder).iterdir():
        file = folder / entry.name
        is_folder = entry.is_dir() and not entry.is_symlink()
        if any(is_ignored_by(pattern, file, is_folder=is_folder) for pattern in patterns):
            continue
        if is_folder:
            yield from _walk(project, file, patterns)
        else:
            yield file


def is_ignored_by(pattern: str, file: Path, *, is_folder: bool) -> bool:
    """Whether one pattern of a .gitignore names this file or folder itself."""
    if pattern.endswith("/") and not is_folder:
        return False
    wanted = pattern.strip("/")
    anchored = "/" in pattern.removesuffix("/")
    return fnmatch.fnmatchcase(str(file) if anchored else file.name, wanted)
