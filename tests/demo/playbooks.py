"""Runs playbooks of the collection as a user would, on one cluster, away from the user's own settings."""

from __future__ import annotations

import json
import re
import sys
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from tests.demo.errors import DemoError
from tests.environment.processes import run

if t.TYPE_CHECKING:
    from tests.cluster.cluster import Cluster

CALLBACKS: t.Final = Path(__file__).parent / "callback"
COLLECTION: t.Final = "regcred.kubernetes."
SETTINGS: t.Final = f"""
[defaults]
callback_plugins = {CALLBACKS}
callbacks_enabled = demo_results
interpreter_python = {sys.executable}
localhost_warning = false
nocolor = true
nocows = true
retry_files_enabled = false

[inventory]
inventory_unparsed_warning = false
"""


@dataclass(frozen=True)
class Run:
    """
    A playbook that has ended well.

    Attributes:
        seconds: How long it took.
        text: All its output.
        result: What the module returned.
    """

    seconds: float
    text: str
    result: t.Mapping[str, t.Any]

    @property
    def changed(self) -> bool:
        """Whether anything was changed, or would be."""
        return bool(self.result["changed"])

    @property
    def summary(self) -> dict[str, int]:
        """Namespaces by action."""
        return dict(self.result["summary"])

    @property
    def tenants(self) -> set[str]:
        """The tenants with something that is not unchanged."""
        return {row["tenant"] for row in self.result["namespaces"]}

    def diffs(self) -> list[str]:
        """What ``--diff`` showed, a text for all namespaces with the same."""
        shown, _unused, _unused = self.text.partition("\nchanged: ")
        return [f"--- before{part}".rstrip() for part in shown.split("--- before")[1:]]


def count_of(diffs: t.Iterable[str]) -> int:
    """How many namespaces diffs are about, by their headers."""
    numbers = (re.match(r"--- before: (?:tenant \S+: )?(\d+) namespaces \(", diff) for diff in diffs)
    return sum(int(number[1]) if number else 1 for number in numbers)


def command_line(playbook: str, *arguments: str) -> list[str]:
    """How a playbook of the collection is run."""
    return ["ansible-playbook", f"regcred.kubernetes.{playbook}", *arguments]


class Desk:
    """
    The folder that a user works in, with all that a playbook needs.

    Args:
        folder: A private folder.
        collections: The folder that holds ``ansible_collections``.
        cluster: The cluster to work on.
    """

    def __init__(self, folder: Path, collections: Path, cluster: Cluster) -> None:
        self.folder = folder
        self._results = folder / "results.jsonl"
        settings = folder / "ansible.cfg"
        settings.write_text(SETTINGS, encoding="utf-8")
        strange = ("ANSIBLE_", "K8S_AUTH_", "PYTHON")
        own = {name: value for name, value in cluster.environment.items() if not name.startswith(strange)}
        self._environment = {
            **own,
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_CONFIG": str(settings),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_REMOTE_TMP": str(folder / "ansible" / "tmp"),
            "DEMO_RESULTS": str(self._results),
            "K8S_AUTH_KUBECONFIG": str(cluster.kubeconfig),
        }

    def play(self, playbook: str, *arguments: str) -> Run:
        """
        Run a playbook of the collection.

        Args:
            playbook: Its name, for example ``onboard_tenants``.
            arguments: For example ``("-e", "@tenants.yml", "--check")``.

        Raises:
            DemoError: It failed; the message holds all its output.
        """
        program, *rest = command_line(playbook, *arguments)
        self._results.unlink(missing_ok=True)
        started = time.monotonic()
        # Not the one on PATH, which may be of another Python.
        done = run([Path(sys.executable).with_name(program), *rest], cwd=self.folder, env=self._environment)
        seconds = time.monotonic() - started
        if done.status:
            raise DemoError(f"{playbook} ended with {done.status}:\n{done.text.rstrip()}")
        return Run(seconds, done.text + self._returned(), self._result())

    def _returned(self) -> str:
        return self._results.read_text(encoding="utf-8")

    def _result(self) -> dict[str, t.Any]:
        tasks = [json.loads(line) for line in self._returned().splitlines()]
        return next(task["result"] for task in tasks if task["action"].startswith(COLLECTION))
