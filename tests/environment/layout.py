"""
The collection where Ansible's tools look for it.

``ansible-test`` wants to stand physically in ``…/ansible_collections/regcred/kubernetes``; a link to a checkout
elsewhere is not enough. So each run works on a copy of its own, which nobody changes meanwhile and which vanishes with
the run.
"""

from __future__ import annotations

import contextlib
import os
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
    """Copy the project's files, tracked or not, but not those that its .gitignore names; also without git."""
    if not (project / ".git").exists():  # unpacked from an archive
        shutil.copytree(project, target, symlinks=True, ignore=shutil.ignore_patterns(*_ignored_names(project)))
        return
    for file in _git_files(project):
        # git also lists what was deleted and is still in the index.
        if os.path.lexists(project / file):
            copy = target / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project / file, copy, follow_symlinks=False)


def _git_files(project: Path) -> set[str]:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
        cwd=project,
        text=True,
    )
    return set(done.stdout.split("\0")) - {""}


def _ignored_names(project: Path) -> list[str]:
    """The last parts of the patterns in .gitignore: without git, what is called like this is left out wherever it is."""
    lines = (project / ".gitignore").read_text(encoding="utf-8").splitlines()
    return [line.strip("/").rpartition("/")[2] for line in lines if line and not line.startswith("#")]
