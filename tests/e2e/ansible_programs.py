"""Programs of ansible-core as tests run them: with the collection as it is on disk, and without the user's own settings."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

from tests.e2e.module_runs import PROJECT

TIMEOUT_SECONDS: t.Final = 600
OF_THE_USER: t.Final = ("ANSIBLE_", "K8S_", "KUBE")


def run_ansible(
    program: str, *arguments: str | Path, folder: Path, environment: t.Mapping[str, str | Path]
) -> subprocess.CompletedProcess[str]:
    """
    Run a program, with both of its outputs as one text.

    Args:
        program: For example ``ansible-playbook``, of the ansible-core that this Python has.
        arguments: All of them.
        folder: Where it runs; what it needs of the collection is put there.
        environment: Its variables beside those of this process.
    """
    collection = folder / "collections" / "ansible_collections" / "regcred" / "kubernetes"
    if not collection.exists():
        collection.parent.mkdir(parents=True)
        collection.symlink_to(PROJECT)
    own = {name: value for name, value in os.environ.items() if not name.startswith(OF_THE_USER)}
    settings = {"ANSIBLE_COLLECTIONS_PATH": folder / "collections", "ANSIBLE_NOCOLOR": "true", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [Path(sys.executable).with_name(program), *arguments],
        check=False,
        cwd=folder,
        env={name: str(value) for name, value in {**own, **settings, **environment}.items()},
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
