"""Playbooks of the collection, run by name on the node in a box."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.module_runs import PROJECT
from tests.e2e.playbook_runs import watched_command_lines

if t.TYPE_CHECKING:
    from tests.cluster.cluster import Cluster
    from tests.cluster.node import Node

TIMEOUT_SECONDS: t.Final = 600


@dataclass(frozen=True)
class NodePlay:
    """
    What a playbook said.

    Attributes:
        output: With ``-vvvv --diff``.
        seen: The same, and the command lines of all processes meanwhile.
        status: Of ansible-playbook.
    """

    output: str
    seen: str
    status: int

    def count(self, word: str) -> int:
        """A column of the recap, such as ``changed``, over all hosts."""
        return sum(map(int, re.findall(rf"\b{word}=(\d+)", self.output.rpartition("PLAY RECAP")[2])))


@dataclass(frozen=True)
class NodePlaybooks:
    """
    Runs playbooks with the node as their only host.

    Attributes:
        cluster: The node's.
        node: Named in the inventory as in the cluster.
        folder: An empty folder.
    """

    cluster: Cluster
    node: Node
    folder: Path

    def run(self, playbook: str, variables: t.Mapping[str, t.Any], *options: str) -> NodePlay:
        """
        Run a playbook.

        Args:
            playbook: Its name in the collection, or a path.
            variables: They come by a file, as from a vault.
            options: Further options, such as ``--check``.
        """
        inventory = {"all": {"hosts": {self.node.name: self.node.ansible_variables}}}
        inputs = {"inventory.json": inventory, "variables.json": variables}
        for name, content in inputs.items():
            (self.folder / name).write_text(json.dumps(content), encoding="utf-8")
        command: list[str | Path] = [Path(sys.executable).parent / "ansible-playbook", "-vvvv", "--diff"]
        command += ["--inventory", self.folder / "inventory.json"]
        command += [f"--extra-vars=@{self.folder / 'variables.json'}", *options, playbook]
        with watched_command_lines() as command_lines:
            done = subprocess.run(
                command,
                check=False,
                env=self._environment(),
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
                timeout=TIMEOUT_SECONDS,
            )
        return NodePlay(done.stdout, "\n".join([done.stdout, *command_lines]), done.returncode)

    def _environment(self) -> dict[str, str]:
        collection = self.folder / "collections" / "ansible_collections" / "regcred" / "kubernetes"
        if not collection.exists():
            collection.parent.mkdir(parents=True)
            collection.symlink_to(PROJECT)
        own = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_"))}
        return {
            **own,
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "collections"),
            "ANSIBLE_NOCOLOR": "true",
            "K8S_AUTH_KUBECONFIG": str(self.cluster.kubeconfig),
            "LC_ALL": "C.UTF-8",
        }
