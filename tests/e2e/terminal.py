"""Playbooks run as a user does from a scheduled job, with what a person gets to see of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.module_runs import PROJECT

TIMEOUT_SECONDS: t.Final = 300


@dataclass(frozen=True)
class Ended:
    """What a run printed, warnings and errors with it, in lines without breaks, and its status."""

    output: str
    status: int


@dataclass(frozen=True)
class Terminal:
    """Runs playbooks as a user does from a scheduled job: without -v, and with nobody to answer."""

    folder: Path

    def run(
        self,
        playbook: str,
        kubeconfig: Path,
        variables: t.Mapping[str, t.Any] | None = None,
        *options: str,
        **environment: str,
    ) -> Ended:
        """Run a playbook of the collection by name, or a file; ``environment`` are further variables of it."""
        collection = self.folder / "collections" / "ansible_collections" / "regcred" / "kubernetes"
        if not collection.exists():
            collection.parent.mkdir(parents=True)
            collection.symlink_to(PROJECT)
        given = self.folder / "variables.json"
        given.write_text(json.dumps(variables or {}), encoding="utf-8")
        own = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_", "KUBE"))}
        done = subprocess.run(
            [
                Path(sys.executable).parent / "ansible-playbook",
                f"--extra-vars=@{given}",
                *options,
                playbook if playbook.endswith(".yml") else f"regcred.kubernetes.{playbook}",
            ],
            check=False,
            cwd=self.folder,
            env={
                **own,
                "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "collections"),
                "ANSIBLE_NOCOLOR": "true",
                "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
                "COLUMNS": "4000",
                "K8S_AUTH_KUBECONFIG": str(kubeconfig),
                "LC_ALL": "C.UTF-8",
                **environment,
            },
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
        return Ended(done.stdout, done.returncode)
