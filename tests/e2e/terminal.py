"""Playbooks run as a user does from a scheduled job, with what a person gets to see of it."""

from __future__ import annotations

import json
import sys
import typing as t
from dataclasses import dataclass

from tests.e2e.ansible_programs import run_ansible

if t.TYPE_CHECKING:
    from pathlib import Path


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
        given = self.folder / "variables.json"
        given.write_text(json.dumps(variables or {}), encoding="utf-8")
        done = run_ansible(
            "ansible-playbook",
            f"--extra-vars=@{given}",
            *options,
            playbook if playbook.endswith(".yml") else f"regcred.kubernetes.{playbook}",
            folder=self.folder,
            environment={
                "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
                "COLUMNS": "4000",
                "K8S_AUTH_KUBECONFIG": kubeconfig,
                **environment,
            },
        )
        return Ended(done.stdout, done.returncode)
