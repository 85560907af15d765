"""Playbooks of the collection, run by name on the node in a box."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass

from tests.e2e.ansible_programs import run_ansible
from tests.e2e.playbook_runs import watched_command_lines

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.cluster import Cluster
    from tests.cluster.node import Node


@dataclass(frozen=True)
class NodePlay:
    """
    A playbook's output.

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
        with watched_command_lines() as command_lines:
            done = run_ansible(
                "ansible-playbook",
                "-vvvv",
                "--diff",
                f"--inventory={self.folder / 'inventory.json'}",
                f"--extra-vars=@{self.folder / 'variables.json'}",
                *options,
                playbook,
                folder=self.folder,
                environment={"K8S_AUTH_KUBECONFIG": self.cluster.kubeconfig},
            )
        return NodePlay(done.stdout, "\n".join([done.stdout, *command_lines]), done.returncode)
